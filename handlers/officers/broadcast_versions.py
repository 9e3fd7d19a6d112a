"""What was written of an announcement before, going back to it, a copy of it, and the file that goes with it."""

from aiohttp import web

from bot import files
from bot.store.tables.people import Role
from bot.text import cut
from bot.web.file_response import file_response
from broadcasts import approval_news, draft_versions, writing
from broadcasts.content import Content
from broadcasts.refused import Refused
from broadcasts.steps import OPEN
from handlers.officers import chosen_run, query
from handlers.officers.broadcasts import BROADCASTS, SECTION, broadcast, post_of
from handlers.officers.permission import allowed
from handlers.officers.visit import Visit

_TITLE_UNITS = 185


@allowed(Role.OFFICER)
async def show_versions(visit: Visit) -> web.StreamResponse:
    async with visit.console.database.reading() as connection:
        row = await broadcast(visit, connection)
        versions = await draft_versions.listed(connection, row.id)
    context = {"broadcast": row, "versions": versions, "can_go_back": row.state in OPEN}
    return visit.page("broadcasts/versions.html", context, section=SECTION)


@allowed(Role.OFFICER)
async def go_back(visit: Visit) -> web.StreamResponse:
    _ = visit.gettext
    version_id = query.number(visit.field("version"))
    async with visit.console.database.writing() as connection:
        row = await broadcast(visit, connection)
        try:
            staff_id = visit.viewer.staff_id
            async with approval_news.of_withdrawal(post_of(visit, connection), row.id, staff_id=staff_id):
                await writing.go_back(connection, row.id, version_id or 0, staff_id=staff_id, now=visit.now)
        except Refused as refused:
            visit.flash(_(str(refused)), "warning")
            return visit.go(f"{BROADCASTS}/{row.id}/versions")
    visit.flash(_("Đã lấy lại bản đó. Bản vừa rồi vẫn còn trong danh sách."))
    return visit.go(f"{BROADCASTS}/{row.id}/edit")


@allowed(Role.OFFICER)
async def copy(visit: Visit) -> web.StreamResponse:
    """A new draft like this one, also of what was sent long ago."""
    _ = visit.gettext
    async with visit.console.database.writing() as connection:
        row = await broadcast(visit, connection)
        title = _("%(title)s (bản sao)") % {"title": cut(row.title, _TITLE_UNITS)}
        try:
            copied = await writing.copy(
                connection, row.id, title, staff_id=visit.viewer.staff_id, now=visit.now
            )
        except Refused as refused:
            visit.flash(_(str(refused)), "warning")
            return visit.go(f"{BROADCASTS}/{row.id}")
    visit.flash(_("Đây là bản sao, chưa gửi cho ai. Chị sửa rồi gửi như một thông báo mới."))
    return visit.go(f"{BROADCASTS}/{copied}/edit")


@allowed(Role.OFFICER)
async def show_file(visit: Visit) -> web.StreamResponse:
    """What goes with the announcement, or went with one sending of it, to whoever may see that."""
    async with visit.console.database.reading() as connection:
        stored = (
            (await chosen_run.with_run(visit, connection))[1]
            if "run" in visit.request.query
            else await broadcast(visit, connection)
        )
        attachment = Content.from_json(stored.content).attachment
        file = await files.read(connection, attachment.file_id) if attachment else None
    if file is None:
        raise web.HTTPNotFound
    return file_response(file)


ROUTES = [
    web.get(BROADCASTS + "/{broadcast_id}/versions", show_versions),
    web.post(BROADCASTS + "/{broadcast_id}/versions", go_back),
    web.post(BROADCASTS + "/{broadcast_id}/copy", copy),
    web.get(BROADCASTS + "/{broadcast_id}/file", show_file),
]
