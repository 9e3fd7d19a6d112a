"""Lists of people that officers upload: phones or member codes, matched with the members they may see.

Every row that adds nobody is kept with why, for thirty days, so that she can mend her file. Nobody is guessed: a number
that several share finds the one who is named in the same row, or nobody; and where the file says names (`list_names`), who is
plainly called otherwise than her row says is left out, for what is meant for one woman must not reach another.
"""

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.people import acts
from bot.people.member_code import looks_like_code, read_code
from bot.people.viewers import Viewer, in_sight
from bot.phone import Slip, parse_phone, slip_in
from bot.store.tables import list_members, list_misses, member_lists, members, units
from bot.text import clean, fold
from broadcasts import list_names, segments
from broadcasts.audience import Is
from broadcasts.list_files import Line
from broadcasts.refused import N_, Refused

MISSES_ON_A_PAGE = 100
_AT_ONCE = 500  # Values in one IN, and rows in one INSERT: both databases bound a statement.

Row = sa.Row[*tuple[Any, ...]]


class Miss(StrEnum):
    """Why a row adds nobody."""

    NO_KEY = "no_key"  # No phone number and no code in it.
    BAD_CODE = "bad_code"  # Written like a code, but its last digit does not fit: a slip.
    SHORT_PHONE = "short_phone"  # Written like a phone number, but digits are missing.
    LONG_PHONE = "long_phone"  # Or there are too many.
    WRONG_PHONE = "wrong_phone"  # Or no number begins like that.
    NOBODY = "nobody"  # No member with it whom the officer may see.
    SEVERAL = "several"  # Several share the number, and none of them is named beside it.
    OTHER_NAME = "other_name"  # Whose number or code it is, is called otherwise.
    REPEATED = "repeated"  # She stands in a row before.


class Apart(StrEnum):
    """Rows that are counted and shown for themselves: nobody was looked for in vain."""

    PHONE = "phone"
    OTHER_NAME = "other_name"
    REPEATED = "repeated"


_APART: Mapping[Apart, tuple[Miss, ...]] = {
    Apart.PHONE: (Miss.SHORT_PHONE, Miss.LONG_PHONE, Miss.WRONG_PHONE),
    Apart.OTHER_NAME: (Miss.OTHER_NAME,),
    Apart.REPEATED: (Miss.REPEATED,),
}
_PHONE = re.compile(r"\b(?:sdt|so dt|dt|dtdd|dien thoai|di dong|phone|tel|mobile)\b")
_SLIPS = {Slip.SHORT: Miss.SHORT_PHONE, Slip.LONG: Miss.LONG_PHONE, Slip.WRONG: Miss.WRONG_PHONE}


@dataclass(frozen=True, slots=True)
class Matched:
    """What became of the rows."""

    rows: int
    member_ids: frozenset[int]
    misses: Sequence[tuple[Line, Miss]]


@dataclass(frozen=True, slots=True)
class _Key:
    line: Line
    phone: str | None
    member_id: int | None
    at: int  # The cell that says it.


async def match(connection: AsyncConnection, viewer: Viewer, lines: Sequence[Line]) -> Matched:
    """Find the members. A heading above the rows is none of them."""
    heading: Line | None = None
    if lines and _key_of(lines[0]) is Miss.NO_KEY and not any(c.isdigit() for c in lines[0].written):
        heading, lines = lines[0], lines[1:]
    keys: list[_Key] = []
    misses: list[tuple[Line, Miss]] = []
    for line in lines:
        key = _key_of(line)
        if isinstance(key, Miss):
            misses.append((line, key))
        else:
            keys.append(key)
    phones_in = _phone_column(heading, keys)
    misses = [(line, _slip(line, phones_in) or why if why is Miss.NO_KEY else why) for line, why in misses]
    by_phone = await _by_phone(connection, viewer, {key.phone for key in keys if key.phone})
    known = await _known(connection, viewer, {key.member_id for key in keys if key.member_id})
    owners = [
        (
            key.line,
            by_phone.get(key.phone, {})
            if key.phone
            else {one: known[one] for one in [key.member_id] if one in known},
        )
        for key in keys
    ]
    column = list_names.column(
        heading, [(line, next(iter(who.values()))) for line, who in owners if len(who) == 1]
    )
    found: set[int] = set()
    for line, who in owners:
        outcome = _whose(who, line, column)
        if outcome in found:
            outcome = Miss.REPEATED
        if isinstance(outcome, Miss):
            misses.append((line, outcome))
        else:
            found.add(outcome)
    misses.sort(key=lambda miss: miss[0].row)
    return Matched(len(lines), frozenset(found), misses)


async def keep(
    connection: AsyncConnection, name: str, matched: Matched, *, unit_id: int, staff_id: int, now: datetime
) -> int:
    """Keep the list under a name. Returns its id. Refused when nobody at all was found."""
    name = " ".join(clean(name).split())[: segments.LONGEST_NAME]
    if not name:
        raise Refused(N_("Chị đặt cho danh sách một cái tên để dễ tìm lại."))
    if not matched.rows:
        raise Refused(N_("Tệp này trống."))
    inserted = await connection.execute(
        sa.insert(member_lists)
        .values(unit_id=unit_id, name=name, rows=matched.rows, created_by=staff_id, created_at=now)
        .returning(member_lists.c.id)
    )
    list_id = int(inserted.scalar_one())
    for some in _chunks(sorted(matched.member_ids)):
        await connection.execute(
            sa.insert(list_members), [{"list_id": list_id, "member_id": one} for one in some]
        )
    for missed in _chunks(matched.misses):
        await connection.execute(
            sa.insert(list_misses),
            [
                {"list_id": list_id, "row": line.row, "written": line.written, "code": why.value}
                for line, why in missed
            ],
        )
    await acts.record(
        connection, staff_id, "list_uploaded", now=now, subject=f"list {list_id}",
        rows=matched.rows, found=len(matched.member_ids), missed=len(matched.misses),
    )  # fmt: skip
    return list_id


async def page(connection: AsyncConnection, viewer: Viewer) -> Sequence[Row]:
    """The lists of the viewer's unit and of those below it, the newest first, with how many people are in each."""
    found = await connection.execute(
        _select().where(in_sight(viewer, member_lists.c.unit_id)).order_by(member_lists.c.id.desc())
    )
    return found.all()


async def get(connection: AsyncConnection, viewer: Viewer, list_id: int) -> Row | None:
    found = await connection.execute(
        _select().where(in_sight(viewer, member_lists.c.unit_id), member_lists.c.id == list_id)
    )
    return found.one_or_none()


async def misses(
    connection: AsyncConnection, list_id: int, after: int = 0, *, only: Apart | None = None
) -> Sequence[Row]:
    """Those that add nobody, or `only` some of them, from the row after `after` on: one more than a page, where there are more."""
    which = [list_misses.c.code.in_(_APART[only])] if only else []
    found = await connection.execute(
        sa.select(list_misses.c.row, list_misses.c.written, list_misses.c.code)
        .where(list_misses.c.list_id == list_id, list_misses.c.row > after, *which)
        .order_by(list_misses.c.row)
        .limit(MISSES_ON_A_PAGE + 1)
    )
    return found.all()


async def delete(connection: AsyncConnection, list_id: int, *, staff_id: int, now: datetime) -> None:
    """Refused while an announcement that is yet to be sent, or a segment, uses it."""
    if await segments.is_used(connection, Is.LIST, list_id):
        raise Refused(
            N_("Danh sách này đang được dùng trong một thông báo chưa gửi hoặc một nhóm, nên chưa xóa được.")
        )
    for table in (list_members, list_misses):
        await connection.execute(sa.delete(table).where(table.c.list_id == list_id))
    await connection.execute(sa.delete(member_lists).where(member_lists.c.id == list_id))
    await acts.record(connection, staff_id, "list_deleted", now=now, subject=f"list {list_id}")


def _key_of(line: Line) -> "_Key | Miss":
    """The first phone number or code in its cells."""
    looks_wrong = False
    for at, cell in enumerate(line.cells):
        if member_id := read_code(cell):
            return _Key(line, None, member_id, at)
        looks_wrong = looks_wrong or looks_like_code(cell) is not None
        if phone := parse_phone(cell):
            return _Key(line, phone, None, at)
    return Miss.BAD_CODE if looks_wrong else Miss.NO_KEY


def _phone_column(heading: Line | None, keys: Sequence[_Key]) -> int | None:
    """Where the phone numbers stand, as the heading says, else as most of those that are right; None where none is."""
    for number, cell in enumerate(heading.cells if heading else ()):
        if _PHONE.search(fold(cell)):
            return number
    right = Counter(key.at for key in keys if key.phone)
    return right.most_common(1)[0][0] if right else None


def _slip(line: Line, column: int | None) -> Miss | None:
    """What is wrong with the phone number of a row that has none; None where nothing in it is meant to be one."""
    # Where phone numbers stand, first: what is wrong elsewhere may be something else than one.
    for number, cell in sorted(enumerate(line.cells), key=lambda one: one[0] != column):
        if slip := slip_in(cell, is_meant=number == column):
            return _SLIPS[slip]
    return None


def _whose(owners: Mapping[int, str], line: Line, column: int | None) -> "int | Miss":
    if len(owners) == 1:
        ((member_id, name),) = owners.items()
        return Miss.OTHER_NAME if list_names.is_another(line, column, name) else member_id
    if not owners:
        return Miss.NOBODY
    named = {" ".join(fold(cell).split()) for cell in line.cells}
    hers = [member_id for member_id, name in owners.items() if name in named]
    return hers[0] if len(hers) == 1 else Miss.SEVERAL


async def _by_phone(
    connection: AsyncConnection, viewer: Viewer, phones: Iterable[str]
) -> dict[str, dict[int, str]]:
    """For each number its members: folded names by id."""
    found: dict[str, dict[int, str]] = {}
    for some in _chunks(sorted(phones)):
        rows = await connection.execute(
            sa.select(members.c.id, members.c.phone, members.c.name_folded).where(
                members.c.phone.in_(some), in_sight(viewer, members.c.unit_id)
            )
        )
        for row in rows:
            found.setdefault(row.phone or "", {})[row.id] = row.name_folded
    return found


async def _known(connection: AsyncConnection, viewer: Viewer, member_ids: Iterable[int]) -> dict[int, str]:
    """Those of them that there are: folded names by id."""
    found: dict[int, str] = {}
    for some in _chunks(sorted(member_ids)):
        rows = await connection.execute(
            sa.select(members.c.id, members.c.name_folded).where(
                members.c.id.in_(some), in_sight(viewer, members.c.unit_id)
            )
        )
        found.update({row.id: row.name_folded for row in rows})
    return found


def _chunks(everything: Sequence[Any]) -> Iterator[Sequence[Any]]:
    return (everything[start : start + _AT_ONCE] for start in range(0, len(everything), _AT_ONCE))


def _select() -> sa.Select[*tuple[Any, ...]]:
    people = sa.select(sa.func.count()).where(list_members.c.list_id == member_lists.c.id)
    adds_nobody = sa.select(sa.func.count()).where(list_misses.c.list_id == member_lists.c.id)
    apart = [why for several in _APART.values() for why in several]
    return sa.select(
        member_lists,
        units.c.name.label("unit_name"),
        people.scalar_subquery().label("people"),
        adds_nobody.where(list_misses.c.code.not_in(apart)).scalar_subquery().label("missed"),
        *(
            adds_nobody.where(list_misses.c.code.in_(which)).scalar_subquery().label(one.value)
            for one, which in _APART.items()
        ),
    ).join(units, units.c.id == member_lists.c.unit_id)
