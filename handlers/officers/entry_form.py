"""Writing an entry of the FAQ: one that is there, or a new one, for everybody or for one unit."""

import asyncio
from collections.abc import Mapping
from dataclasses import replace
from datetime import date, datetime

from aiohttp import web
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.answers import editing, entry_faults, overlaps
from bot.answers.editing import Written
from bot.clock import in_vietnam
from bot.people import acts, units, viewers
from bot.store.tables.people import Role
from bot.text import clean
from handlers.officers import query, taken_askings
from handlers.officers.entries import ENTRIES, SECTION, entry, is_hers, is_seen, only_hers
from handlers.officers.permission import allowed
from handlers.officers.taken_askings import Taken
from handlers.officers.visit import Visit

_EMPTY = Written(
    topic="", question="", phrasings=(), answer="", source="", escalate="cadre", sensitive="none"
)
_DAYS = ("cites_on", "expires_on")


@allowed(Role.OFFICER)
async def show_entry(visit: Visit) -> web.StreamResponse:
    async with visit.console.database.reading() as connection:
        row = await entry(visit, connection)
        return await _page(visit, connection, row, _as_kept(row))


@allowed(Role.OFFICER)
async def show_new(visit: Visit) -> web.StreamResponse:
    """Empty; or `?stands_for=` a general entry, for the officer's unit, to be put in other words there; or of what was `?asked=`."""
    async with visit.console.database.reading() as connection:
        written = replace(_EMPTY, unit_id=None if visit.viewer.sees_everything else visit.viewer.unit_id)
        general = await editing.get(connection, visit.request.query.get("stands_for", ""))
        if general is not None and general.unit_id is None:
            written = replace(
                _as_kept(general), phrasings=(), unit_id=written.unit_id, stands_for=general.id, source=""
            )
        if taken := await _taken(visit, connection):
            written = replace(written, phrasings=tuple(taken.phrasings))
        return await _page(visit, connection, None, written)


@allowed(Role.OFFICER)
async def create(visit: Visit) -> web.StreamResponse:
    written = written_of(visit)
    async with visit.console.database.writing() as connection:
        await only_where_she_may(visit, connection, written)
        if faults := await _faults(visit, connection, written, None):
            return await _page(visit, connection, None, written, faults)
        written = await _as_careful(visit, connection, written)
        entry_id = await editing.create(connection, written, staff_id=visit.viewer.staff_id, now=visit.now)
        await _record(visit, connection, entry_id, "entry_created")
        if visit.field("asked"):
            await taken_askings.put_with(visit, connection, entry_id)
    visit.flash(visit.gettext("Đã lưu câu mới. Câu này còn tắt: chị xem lại rồi bật."))
    return visit.go(f"{ENTRIES}/{entry_id}")


@allowed(Role.OFFICER)
async def save(visit: Visit) -> web.StreamResponse:
    _ = visit.gettext
    written = written_of(visit)
    async with visit.console.database.writing() as connection:
        row = await entry(visit, connection)
        only_hers(row, visit)
        await only_where_she_may(visit, connection, written)
        if faults := await _faults(visit, connection, written, row):
            return await _page(visit, connection, row, written, faults)
        written = await _as_careful(visit, connection, written)
        is_saved = await editing.save(
            connection, row.id, written, seen_at=_moment(visit.field("seen_at")) or visit.now,
            staff_id=visit.viewer.staff_id, now=visit.now,
        )  # fmt: skip
        if not is_saved:
            changed = {
                "": _("Câu này vừa được người khác sửa nên chưa lưu. Chị mở lại trang để xem bản mới.")
            }
            return await _page(visit, connection, row, written, changed)
        await _record(visit, connection, row.id, "entry_edited")
    visit.flash(_("Đã lưu. Trợ lý dùng câu này ngay.") if row.is_on else _("Đã lưu."))
    return visit.go(f"{ENTRIES}/{row.id}")


@allowed(Role.OFFICER)
async def show_overlaps(visit: Visit) -> web.StreamResponse:
    """While she writes: which of her phrasings another entry is asked by as well."""
    written = written_of(visit)
    async with visit.console.database.reading() as connection:
        await only_where_she_may(visit, connection, written)
        row = await editing.get(connection, visit.field("entry_id"))
        return await _page(visit, connection, row if row and is_seen(row, visit.viewer) else None, written)


async def _as_careful(visit: Visit, connection: AsyncConnection, written: Written) -> Written:
    """As private as the general entry that it stands for; she is told where that is more than she chose."""
    careful = await editing.as_careful(connection, written)
    if careful != written:
        visit.flash(
            visit.gettext(
                "Câu chung được thay giữ kín hơn hoặc dẫn tới cán bộ, nên câu này được giữ y như vậy."
            ),
            "warning",
        )
    return careful


async def _taken(visit: Visit, connection: AsyncConnection) -> Taken | None:
    """What was asked and is to be answered by the new entry."""
    is_wanted = "asked" in visit.request.query or visit.field("asked")
    return await taken_askings.taken(visit, connection) if is_wanted else None


async def only_where_she_may(visit: Visit, connection: AsyncConnection, written: Written) -> None:
    """An entry is of a unit of hers; of everybody at the top alone."""
    if written.unit_id is None:
        if not visit.viewer.sees_everything:
            raise web.HTTPForbidden
    elif await viewers.path_in_sight(connection, visit.viewer, written.unit_id) is None:
        raise web.HTTPForbidden


def written_of(visit: Visit) -> Written:
    def words(name: str) -> str:
        return clean(visit.field(name))

    return Written(
        topic=visit.field("topic"),
        question=words("question"),
        phrasings=editing.phrasings_of(visit.field("phrasings")),
        answer=words("answer"),
        source=words("source"),
        escalate=visit.field("escalate"),
        sensitive=visit.field("sensitive"),
        khmer_question=words("khmer_question"),
        khmer_answer=words("khmer_answer"),
        khmer_is_reviewed=bool(visit.field("khmer_is_reviewed")),
        cites=words("cites"),
        cites_on=_day(visit.field("cites_on")),
        unit_id=query.number(visit.field("unit_id")),
        stands_for=visit.field("stands_for"),
        expires_on=_day(visit.field("expires_on")),
    )


def _as_kept(row: editing.Row) -> Written:
    return Written(
        topic=row.topic,
        question=row.question,
        phrasings=tuple(row.phrasings),
        answer=row.answer,
        source=row.source,
        escalate=row.escalate,
        sensitive=row.sensitive,
        khmer_question=row.khmer_question or "",
        khmer_answer=row.khmer_answer or "",
        khmer_is_reviewed=bool(row.khmer_is_reviewed),
        cites=row.cites,
        cites_on=row.cites_on,
        unit_id=row.unit_id,
        stands_for=row.stands_for or "",
        expires_on=row.expires_on,
    )


async def _faults(
    visit: Visit, connection: AsyncConnection, written: Written, row: editing.Row | None
) -> dict[str, str]:
    _ = visit.gettext
    topics, fields = await editing.topic_names(connection), await editing.field_names(connection)
    today = in_vietnam(visit.now).date()
    unread = {
        name: _("Ngày này chưa đọc được. Chị chọn lại giúp.")
        for name in _DAYS
        if visit.field(name) and _day(visit.field(name)) is None
    }
    return (
        entry_faults.faults(written, topics, fields, _)
        | await entry_faults.scope_faults(connection, written, row, today, _)
        | unread
    )


async def _page(
    visit: Visit,
    connection: AsyncConnection,
    row: editing.Row | None,
    written: Written,
    faults: Mapping[str, str] | None = None,
) -> web.Response:
    viewer = visit.viewer
    at = await units.line(connection, written.unit_id)
    book = await visit.console.answers.current(connection)
    known = await editing.listed(connection)
    opened = written.unit_id
    context = {
        "entry": row,
        "written": written,
        "faults": faults or {},
        "taken": await _taken(visit, connection) if row is None else None,
        "topics": await editing.topic_names(connection),
        "fields": await editing.field_names(connection),
        "units": [
            unit
            for unit in await viewers.units_to_choose(connection, viewer, opened=opened)
            if unit.id != viewer.unit_id or not viewer.sees_everything
        ],
        "general": _by_topic([one for one in known if one.unit_id is None and (not row or one.id != row.id)]),
        "stand_ins": [one for one in known if row and one.stands_for == row.id and is_seen(one, viewer)],
        # In a thread: it takes some milliseconds for each phrasing.
        "overlaps": await asyncio.to_thread(
            overlaps.overlaps,
            book,
            [written.question, *written.phrasings][: editing.MOST_PHRASINGS],
            but={row.id if row else "", written.stands_for},
            at=at,
        ),
        "may_write": row is None or is_hers(row, viewer),
        "longest": editing.LONGEST_ANSWER,
        "today": in_vietnam(visit.now).date(),
    }
    return visit.page(
        "entries/entry.html", context, block="overlaps", section=SECTION, status=422 if faults else 200
    )


def _by_topic(rows: list[editing.Row]) -> dict[str, list[editing.Row]]:
    found: dict[str, list[editing.Row]] = {}
    for row in rows:
        found.setdefault(row.topic_name, []).append(row)
    return found


async def _record(visit: Visit, connection: AsyncConnection, entry_id: str, act: str) -> None:
    await acts.record(connection, visit.viewer.staff_id, act, now=visit.now, subject=f"entry {entry_id}")


def _day(typed: str) -> date | None:
    try:
        return date.fromisoformat(typed)
    except ValueError:
        return None


def _moment(text: str) -> datetime | None:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return None
    return moment if moment.tzinfo else None


ROUTES = [
    web.get(ENTRIES + "/new", show_new),
    web.post(ENTRIES + "/new", create),
    web.post(ENTRIES + "/overlaps", show_overlaps),
    web.get(ENTRIES + "/{entry_id}", show_entry),
    web.post(ENTRIES + "/{entry_id}", save),
]
