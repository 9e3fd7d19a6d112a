"""Adding how members ask to an entry that is there: what would come of it first, then saving."""

from collections.abc import Sequence

from aiohttp import web
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.answers import editing
from bot.answers.learning import dealing, effect, waiting
from bot.answers.learning.effect import Effect
from bot.answers.learning.grouping import wordings_of
from bot.people import acts
from bot.store.tables.people import Role
from handlers.officers import taken_askings
from handlers.officers.entries import SECTION, only_hers
from handlers.officers.learning import LEARNING, hers, nothing_ticked
from handlers.officers.permission import allowed
from handlers.officers.taken_askings import sight_of
from handlers.officers.visit import Visit


@allowed(Role.OFFICER)
async def preview(visit: Visit) -> web.StreamResponse:
    """What adding the ticked wordings, or what she has made of them, would do."""
    async with visit.console.database.writing() as connection:
        asking_ids = await hers(visit, connection)
    if not asking_ids:
        return nothing_ticked(visit)
    async with visit.console.database.reading() as connection:
        row = await _entry(visit, connection)
        return await _page(visit, connection, row, await _phrasings(visit, connection, asking_ids))


@allowed(Role.OFFICER)
async def add(visit: Visit) -> web.StreamResponse:
    _ = visit.gettext
    phrasings = editing.phrasings_of(visit.field("phrasings"))
    async with visit.console.database.writing() as connection:
        row = await _entry(visit, connection)
        asking_ids = await hers(visit, connection)
        if not asking_ids:
            return nothing_ticked(visit)
        fault = await _add(visit, connection, row.id, phrasings)
        if not fault:
            await taken_askings.record_put(visit, connection, asking_ids, row.id)
    if fault:
        async with visit.console.database.reading() as connection:
            return await _page(visit, connection, row, phrasings, fault)
    visit.flash(
        _("Đã thêm. Từ nay ai hỏi như vậy, trợ lý trả lời bằng câu này.")
        if row.is_on
        else _("Đã thêm. Câu này đang tắt: chị mở ra xem rồi bật.")
    )
    return visit.go(LEARNING)


async def _add(visit: Visit, connection: AsyncConnection, entry_id: str, phrasings: Sequence[str]) -> str:
    """Why they are not added; empty when they are."""
    _ = visit.gettext
    if any(len(one) > editing.LONGEST_PHRASING for one in phrasings):
        return _("Có dòng dài quá %d ký tự. Mỗi dòng là một cách hỏi ngắn.") % editing.LONGEST_PHRASING
    added = await dealing.add_phrasings(
        connection, entry_id, phrasings, staff_id=visit.viewer.staff_id, now=visit.now
    )
    if added is None:
        return _("Nhiều cách hỏi quá, chị giữ tối đa %d dòng.") % editing.MOST_PHRASINGS
    if added:
        await acts.record(
            connection, visit.viewer.staff_id, "entry_edited", now=visit.now, subject=f"entry {entry_id}"
        )
    return ""


async def _entry(visit: Visit, connection: AsyncConnection) -> editing.Row:
    """The entry that is named in the form, if it is hers to write."""
    row = await editing.get(connection, visit.field("entry"))
    if row is None:
        raise web.HTTPNotFound
    only_hers(row, visit)
    return row


async def _phrasings(visit: Visit, connection: AsyncConnection, asking_ids: Sequence[int]) -> Sequence[str]:
    """As she has written them; at first, those that tell most."""
    if "phrasings" in visit.form:
        return editing.phrasings_of(visit.field("phrasings"))
    wanted = set(asking_ids)
    waits = await waiting.waiting(connection, sight_of(visit), now=visit.now)
    return dealing.phrasings_of(wordings_of([asking for asking in waits if asking.asking_id in wanted]))


async def _page(
    visit: Visit, connection: AsyncConnection, row: editing.Row, phrasings: Sequence[str], fault: str = ""
) -> web.Response:
    book = await visit.console.answers.current(connection)
    context = {
        "entry": row,
        "entry_answers": book.entries[row.id].is_on,
        "entry_is_draft": book.entries[row.id].is_draft,
        "group_id": visit.request.match_info["asking_id"],
        "asked": [value for name, value in visit.form.items() if taken_askings.is_tick(name)],
        "phrasings": phrasings,
        "fault": fault,
        "effect": await _effect(visit, connection, row.id, phrasings),
    }
    return visit.page(
        "learning/entry.html", context, block="effect", section=SECTION, status=422 if fault else 200
    )


async def _effect(
    visit: Visit, connection: AsyncConnection, entry_id: str, phrasings: Sequence[str]
) -> Effect:
    book = await visit.console.answers.current(connection)
    change = await effect.with_phrasings(connection, book.entries[entry_id], phrasings)
    return await effect.of_change(connection, book, change, sight_of(visit), now=visit.now)


ROUTES = [
    web.post(LEARNING + "/{asking_id}/entry", preview),
    web.post(LEARNING + "/{asking_id}/add", add),
]
