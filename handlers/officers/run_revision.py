"""Changing the words of an announcement that is being sent or was sent, where the platforms let us."""

from aiohttp import web
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.languages import NAMES
from bot.store.tables.people import Role
from broadcasts import merge_fields, overview, progress, revising, text_faults
from broadcasts.content import Content
from broadcasts.refused import Refused
from handlers.officers import chosen_run, possible_acts, run_page
from handlers.officers.broadcasts import BROADCASTS, SECTION
from handlers.officers.chosen_run import ChosenRun
from handlers.officers.permission import allowed
from handlers.officers.visit import Visit

_ENOUGH = 2000


@allowed(Role.OFFICER)
async def show(visit: Visit) -> web.StreamResponse:
    async with visit.console.database.reading() as connection:
        chosen, run = await chosen_run.with_run(visit, connection)
        return await _page(visit, connection, chosen, run, dict(run.revised or run.texts), [])


@allowed(Role.OFFICER)
async def change(visit: Visit) -> web.StreamResponse:
    _ = visit.gettext
    texts = {language: words for language in NAMES if (words := visit.field(f"text-{language}"))}
    async with visit.console.database.reading() as connection:
        chosen, run = await chosen_run.with_run(visit, connection)
        local = await merge_fields.local(connection)
        content = Content.from_json(run.content)
        limit = min((limits.text_units for limits in visit.console.limits.values()), default=_ENOUGH)
        found = text_faults.faults_of_all(texts, limit, _, local=local, content=content)
        faults = [fault for of_language in found.values() for fault in of_language]
        if faults:
            return await _page(visit, connection, chosen, run, texts, faults)
    async with visit.console.database.writing() as connection:
        try:
            await revising.revise(connection, run.id, texts, staff_id=visit.viewer.staff_id, now=visit.now)
            visit.flash(
                _("Đã sửa. Máy nào kênh cho sửa thì chữ đổi ngay trên máy; ai chưa nhận thì nhận chữ mới.")
            )
        except Refused as refused:
            visit.flash(_(str(refused)), "warning")
    return visit.go(chosen.here)


async def _page(
    visit: Visit,
    connection: AsyncConnection,
    chosen: ChosenRun,
    run: overview.Row,
    texts: dict[str, str],
    faults: list[str],
) -> web.StreamResponse:
    console = visit.console
    figures = await progress.of_run(
        connection, run.id, now=visit.now, policy=console.policy, foretelling=console.foretelling, may_last=False
    )  # fmt: skip
    may = await possible_acts.of(visit, connection, run, figures)
    if not may["revise"]:
        _ = visit.gettext
        why = _(revising.AGREED_TO) if may["agreed"] else _("Đợt gửi này không sửa lời được nữa.")
        visit.flash(why, "warning")
        return visit.go(chosen.here)
    context = {
        "broadcast": chosen.broadcast,
        "run": run,
        "here": chosen.here,
        "texts": {language: texts.get(language, "") for language in run.texts} or {"vi": ""},
        "faults": faults,
        "edits": may["edits"],
        "has_trial": Content.from_json(run.content).trial is not None,
        "preview": await run_page.preview_of(
            visit, connection, chosen, {one: text for one, text in texts.items() if text}
        ),
    }
    return visit.page("broadcasts/revise.html", context, section=SECTION, status=422 if faults else 200)


ROUTES = [
    web.get(BROADCASTS + "/{broadcast_id}/revise", show),
    web.post(BROADCASTS + "/{broadcast_id}/revise", change),
]
