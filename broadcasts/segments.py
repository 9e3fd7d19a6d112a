"""People chosen again and again, saved as sentences under a name; and what an audience names, looked up.

A segment belongs to a unit. Officers of that unit and of those below it may use it, those who see the unit may change it.
A segment may use others, a few deep and never itself.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.people import acts
from bot.people.viewers import Viewer, in_sight
from bot.store.database import insert_ignoring
from bot.store.tables import broadcasts, member_lists, runs, segments, units
from bot.store.tables.broadcasts import BroadcastState, RunState
from bot.text import clean, sort_key
from broadcasts.audience import Audience, Condition, Is
from broadcasts.refused import N_, Refused

DEEPEST = 5
_MOST_LOOKED_UP = 60  # For one audience: each of a few levels may name several.
LONGEST_NAME = 100

Row = sa.Row[*tuple[Any, ...]]

_GONE: Mapping[Is, tuple[str, sa.Column[int], str]] = {
    Is.UNITS: ("units", units.c.id, N_("Đơn vị nhận thông báo không còn trong danh sách.")),
    Is.LIST: ("list", member_lists.c.id, N_("Danh sách đã tải lên không còn nữa. Chị chọn lại người nhận.")),
    Is.GOT: ("broadcast", broadcasts.c.id, N_("Thông báo dùng để chọn người nhận không còn nữa.")),
    Is.ANSWERED: ("broadcast", broadcasts.c.id, N_("Thông báo dùng để chọn người nhận không còn nữa.")),
}


async def opened(connection: AsyncConnection, audience: Audience) -> Audience:
    """The audience with its segments looked up. Refused when something it names is gone, or a segment is within itself.

    What has been looked up before stays as it was: a run keeps whom it meant.
    """
    await _check(connection, audience)
    return await looked_up(connection, audience)


async def looked_up(connection: AsyncConnection, audience: Audience) -> Audience:
    """The same, where nothing but the segments is asked about."""
    return await _looked_up(connection, audience, (), [])


async def _looked_up(
    connection: AsyncConnection, audience: Audience, within: tuple[int, ...], all_ids: list[int]
) -> Audience:
    return replace(
        audience,
        who=tuple([await _one_looked_up(connection, one, within, all_ids) for one in audience.who]),
        but_not=tuple([await _one_looked_up(connection, one, within, all_ids) for one in audience.but_not]),
    )


async def _one_looked_up(
    connection: AsyncConnection, one: Condition, within: tuple[int, ...], all_ids: list[int]
) -> Condition:
    if one.kind is not Is.SEGMENT or "inside" in one.values:
        return one
    segment_id = one.values["segment"]
    if segment_id in within:
        raise Refused(N_("Nhóm này dùng lại chính nó. Chị sửa lại nhóm đã lưu."))
    all_ids.append(segment_id)
    if len(within) >= DEEPEST or len(all_ids) > _MOST_LOOKED_UP:
        raise Refused(N_("Các nhóm lồng vào nhau nhiều lớp quá. Chị chọn người nhận đơn giản hơn."))
    stored = await connection.scalar(sa.select(segments.c.audience).where(segments.c.id == segment_id))
    if stored is None:
        raise Refused(N_("Nhóm người đã lưu không còn nữa. Chị chọn lại người nhận."))
    inside = Audience.part(stored)
    await _check(connection, inside)
    found = await _looked_up(connection, inside, (*within, segment_id), all_ids)
    return Condition(one.kind, {"segment": segment_id, "inside": found.to_json()})


async def _check(connection: AsyncConnection, audience: Audience) -> None:
    for kind, (name, column, sentence) in _GONE.items():
        wanted: set[Any] = set()
        for one in audience.conditions:
            if one.kind is kind:
                value = one.values[name]
                wanted |= set(value) if isinstance(value, list) else {value}
        if not wanted:
            continue
        there = sa.select(sa.func.count()).where(column.in_(wanted))
        if (await connection.scalar(there) or 0) < len(wanted):
            raise Refused(sentence)


# What officers keep.


async def page(connection: AsyncConnection, viewer: Viewer) -> Sequence[Row]:
    """Those that the viewer may use, by name: of her unit, of those below it and of those above."""
    found = await connection.execute(
        _select().where(_usable(viewer)).order_by(segments.c.name_sort, segments.c.id)
    )
    return found.all()


async def get(connection: AsyncConnection, viewer: Viewer, segment_id: int) -> Row | None:
    """One that the viewer may use. Whether she may change it, `is_hers` says."""
    found = await connection.execute(_select().where(_usable(viewer), segments.c.id == segment_id))
    return found.one_or_none()


def is_hers(viewer: Viewer, segment: Row) -> bool:
    """Whether the viewer may rename and delete it: it belongs to her unit or to one below it."""
    return bool(segment.unit_path.startswith(viewer.unit_path))


async def save(
    connection: AsyncConnection, name: str, audience: Audience, *, unit_id: int, staff_id: int, now: datetime
) -> int:
    """Keep an audience under a name; its channels are not kept, an announcement has its own. Returns the segment's id."""
    kept = replace(
        audience,
        who=tuple(as_kept(one) for one in audience.who if one.kind is not Is.CHANNELS),
        but_not=tuple(as_kept(one) for one in audience.but_not),
    )
    if not kept.who and not kept.but_not:
        raise Refused(N_("Chưa chọn người nhận."))
    await opened(connection, kept)
    name = _name(name)
    inserted = await connection.execute(
        insert_ignoring(segments, connection.dialect.name)
        .values(
            unit_id=unit_id, name=name, name_sort=sort_key(name), audience=kept.to_json(), created_by=staff_id,
            created_at=now, updated_at=now,
        )
        .returning(segments.c.id)
    )  # fmt: skip
    segment_id = inserted.scalar()
    if segment_id is None:
        raise Refused(N_("Đơn vị đã có nhóm tên này. Chị đặt tên khác."))
    await acts.record(connection, staff_id, "segment_saved", now=now, subject=f"segment {segment_id}")
    return int(segment_id)


async def rename(
    connection: AsyncConnection, segment: Row, name: str, *, staff_id: int, now: datetime
) -> None:
    """Refused when the unit has another of this name."""
    name = _name(name)
    same = sa.select(segments.c.id).where(
        segments.c.unit_id == segment.unit_id, segments.c.name == name, segments.c.id != segment.id
    )
    if await connection.scalar(same) is not None:
        raise Refused(N_("Đơn vị đã có nhóm tên này. Chị đặt tên khác."))
    await connection.execute(
        sa.update(segments)
        .where(segments.c.id == segment.id)
        .values(name=name, name_sort=sort_key(name), updated_at=now)
    )
    await acts.record(connection, staff_id, "segment_renamed", now=now, subject=f"segment {segment.id}")


async def delete(connection: AsyncConnection, segment_id: int, *, staff_id: int, now: datetime) -> None:
    """Refused while an announcement that is yet to be sent, or another segment, uses it."""
    if await is_used(connection, Is.SEGMENT, segment_id):
        raise Refused(
            N_("Nhóm này đang được dùng trong một thông báo chưa gửi hoặc một nhóm khác, nên chưa xóa được.")
        )
    await connection.execute(sa.delete(segments).where(segments.c.id == segment_id))
    await acts.record(connection, staff_id, "segment_deleted", now=now, subject=f"segment {segment_id}")


async def is_used(connection: AsyncConnection, kind: Is, row_id: int) -> bool:
    """Whether an announcement that is yet to be sent, a run that is being filled, or a segment names this list or segment."""
    yet_to_be_sent = sa.select(broadcasts.c.audience).where(
        broadcasts.c.state.in_([BroadcastState.DRAFT, BroadcastState.WAITING, BroadcastState.SCHEDULED])
    )
    # Who was left out by a list must not be meant because it is gone, halfway through.
    being_filled = sa.select(runs.c.audience).where(
        runs.c.state.in_([RunState.FILLING, RunState.PAUSED]), runs.c.filled_at.is_(None)
    )
    for query in (yet_to_be_sent, being_filled, sa.select(segments.c.audience)):
        for stored in await connection.scalars(query):
            if _names(Audience.part(stored), kind, row_id):
                return True
    return False


def _names(audience: Audience, kind: Is, row_id: int) -> bool:
    return any(
        (one.kind is kind and one.values[kind.value] == row_id)
        or ((inside := one.inside) is not None and _names(inside, kind, row_id))
        for one in audience.conditions
    )


def as_kept(one: Condition) -> Condition:
    """A segment as officers keep it: by its number, to be looked up each time."""
    return Condition(one.kind, {"segment": one.values["segment"]}) if one.kind is Is.SEGMENT else one


def _name(typed: str) -> str:
    name = " ".join(clean(typed).split())
    if not name:
        raise Refused(N_("Chị đặt cho nhóm một cái tên để dễ tìm lại."))
    if len(name) > LONGEST_NAME:
        raise Refused(N_("Tên dài quá, chị viết ngắn lại giúp."))
    return name


def _select() -> sa.Select[*tuple[Any, ...]]:
    return sa.select(segments, units.c.name.label("unit_name"), units.c.path.label("unit_path")).join(
        units, units.c.id == segments.c.unit_id
    )


def _usable(viewer: Viewer) -> sa.ColumnElement[bool]:
    above = [int(part) for part in viewer.unit_path.split("/") if part]
    return sa.or_(in_sight(viewer, segments.c.unit_id), segments.c.unit_id.in_(above))
