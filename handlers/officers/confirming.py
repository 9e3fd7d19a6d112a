"""Switching entries of the FAQ on and off. An unconfirmed one goes on only by the word of an officer who has read it: one by itself,
or one after the other as they wait.

She answers for what she read: where the entry was changed meanwhile, she reads it again.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import urlencode

from aiohttp import web
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.answers import confirming, editing, local_facts
from bot.answers.book import filled
from bot.answers.kept_entries import FIELD
from bot.people import acts
from bot.store.tables.people import Role
from handlers.officers.entries import ENTRIES, SECTION, entry, only_hers
from handlers.officers.permission import allowed
from handlers.officers.taken_askings import sight_of
from handlers.officers.visit import Visit

CONFIRMING = ENTRIES + "/confirming"


@dataclass(frozen=True, slots=True)
class Place:
    """Where she is among those that wait, and where "later" leads."""

    number: int
    total: int
    after: str


@allowed(Role.OFFICER)
async def show_next(visit: Visit) -> web.StreamResponse:
    """The first that waits, or the first behind `?after=`; from the last on again from the first."""
    async with visit.console.database.reading() as connection:
        ids = await confirming.waiting(connection, sight_of(visit), now=visit.now)
        if not ids:
            return visit.page("entries/confirmed.html", {}, section=SECTION)
        at = await _first_behind(connection, ids, visit.request.query.get("after", ""))
        row = await editing.get(connection, ids[at])
        if row is None:
            raise web.HTTPNotFound
        return await _page(visit, connection, row, Place(at + 1, len(ids), row.id))


@allowed(Role.OFFICER)
async def switch(visit: Visit) -> web.StreamResponse:
    """Switch an entry; an unconfirmed one only when she says that she answers for it as it stands."""
    _ = visit.gettext
    is_on = visit.field("to") == "on"
    goes_on = bool(visit.field("goes_on"))
    async with visit.console.database.writing() as connection:
        row = await entry(visit, connection)
        only_hers(row, visit)
        if is_on and not row.is_on and confirming.needs_vouching(row):
            has_read = visit.field("read") == row.updated_at.isoformat()
            if not has_read:
                if visit.field("read"):
                    visit.flash(_("Câu này vừa được sửa. Chị đọc lại bản mới rồi xác nhận giúp."), "warning")
                return await _page(visit, connection, row, await _place(visit, connection, row.id))
        if await editing.switch(
            connection,
            row.id,
            is_on=is_on,
            seen_at=row.updated_at,
            staff_id=visit.viewer.staff_id,
            now=visit.now,
        ):
            await acts.record(
                connection, visit.viewer.staff_id, "entry_switched_on" if is_on else "entry_switched_off",
                now=visit.now, subject=f"entry {row.id}", vouched=bool(visit.field("read")),
            )  # fmt: skip
        elif row.is_on != is_on:  # A colleague has changed it in this very moment.
            visit.flash(_("Câu này vừa được sửa. Chị đọc lại bản mới rồi xác nhận giúp."), "warning")
            if not is_on:
                return visit.go(f"{ENTRIES}/{row.id}")
            row = await entry(visit, connection)
            return await _page(visit, connection, row, await _place(visit, connection, row.id))
    if goes_on and is_on:
        visit.flash(_("Đã bật: %s") % row.question)
        return visit.go(f"{CONFIRMING}?{urlencode({'after': row.id})}")
    if is_on:
        visit.flash(_("Đã bật: từ nay trợ lý trả lời bằng câu này."))
    elif row.stands_for:
        visit.flash(_("Đã tắt: ai hỏi được trả lời bằng câu chung mà câu này thay."))
    else:
        visit.flash(_("Đã tắt: ai hỏi câu này sẽ được mời hỏi cán bộ."))
    return visit.go(f"{ENTRIES}/{row.id}")


async def _first_behind(connection: AsyncConnection, ids: Sequence[str], entry_id: str) -> int:
    """By the order of the list, also where the entry named waits no more."""
    if not entry_id:
        return 0
    order = {row.id: at for at, row in enumerate(await editing.listed(connection))}
    behind = order.get(entry_id, -1)
    return next((at for at, one in enumerate(ids) if order.get(one, 0) > behind), 0)


async def _place(visit: Visit, connection: AsyncConnection, entry_id: str) -> Place | None:
    """Only where she goes through them one by one."""
    if not visit.field("goes_on"):
        return None
    ids = await confirming.waiting(connection, sight_of(visit), now=visit.now)
    return Place(ids.index(entry_id) + 1, len(ids), entry_id) if entry_id in ids else None


async def _page(
    visit: Visit, connection: AsyncConnection, row: editing.Row, place: Place | None
) -> web.Response:
    unit_id = row.unit_id or visit.viewer.unit_id
    names = set(FIELD.findall(row.answer))
    facts = await local_facts.of_unit(connection, unit_id) if names else []
    context = {
        "entry": row,
        "place": place,
        "answer": await filled(connection, row.answer, unit_id),
        "khmer_answer": await filled(connection, row.khmer_answer or "", unit_id),
        "facts": [fact for fact in facts if fact.name in names],
        "general": await editing.get(connection, row.stands_for) if row.stands_for else None,
    }
    return visit.page("entries/vouch.html", context, section=SECTION)


ROUTES = [
    web.get(CONFIRMING, show_next),
    web.post(ENTRIES + "/{entry_id}/switch", switch),
]
