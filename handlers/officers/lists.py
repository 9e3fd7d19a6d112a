"""Lists of people that officers upload from a file: the upload, who was found, and every row that nobody was found for."""

import asyncio

from aiohttp import web
from aiohttp.web_request import FileField
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.store.tables.people import Role
from broadcasts import list_files, lists
from broadcasts.refused import Refused
from handlers.officers import query
from handlers.officers.broadcasts import SECTION
from handlers.officers.permission import allowed
from handlers.officers.visit import Visit

LISTS = "/console/lists"


@allowed(Role.OFFICER)
async def show_list(visit: Visit) -> web.StreamResponse:
    async with visit.console.database.reading() as connection:
        return await _page(visit, connection)


@allowed(Role.OFFICER, most_mb=list_files.MOST_MB)
async def upload(visit: Visit) -> web.StreamResponse:
    _ = visit.gettext
    sent = visit.form.get("file")
    errors: dict[str, str] = {}
    name = visit.field("name")
    if not isinstance(sent, FileField):
        errors["file"] = _("Chị chọn tệp danh sách trong máy giúp.")
    else:
        name = name or sent.filename.rpartition(".")[0] or sent.filename
        try:
            lines = await asyncio.to_thread(lambda: list_files.read(sent.file.read()))
            async with visit.console.database.reading() as connection:
                matched = await lists.match(connection, visit.viewer, lines)
            async with visit.console.database.writing() as connection:
                list_id = await lists.keep(
                    connection, name, matched, unit_id=visit.viewer.unit_id,
                    staff_id=visit.viewer.staff_id, now=visit.now,
                )  # fmt: skip
        except Refused as refused:
            errors["file"] = _(str(refused))
    if errors:
        async with visit.console.database.reading() as connection:
            return await _page(visit, connection, errors)
    return visit.go(f"{LISTS}/{list_id}")


@allowed(Role.OFFICER)
async def show_one(visit: Visit) -> web.StreamResponse:
    after = query.number(visit.request.query.get("after", "")) or 0
    async with visit.console.database.reading() as connection:
        row = await _list(visit, connection)
        only = query.choice(lists.Apart, visit.request.query.get("only", ""))
        misses = await lists.misses(connection, row.id, after, only=only)
    context = {
        "list": row,
        "misses": misses[: lists.MISSES_ON_A_PAGE],
        "after": misses[lists.MISSES_ON_A_PAGE - 1].row if len(misses) > lists.MISSES_ON_A_PAGE else None,
        "is_first": not after,
        "only": only,
    }
    return visit.page("lists/list.html", context, block="results", section=SECTION)


@allowed(Role.OFFICER)
async def delete(visit: Visit) -> web.StreamResponse:
    async with visit.console.database.writing() as connection:
        row = await _list(visit, connection)
        try:
            await lists.delete(connection, row.id, staff_id=visit.viewer.staff_id, now=visit.now)
        except Refused as refused:
            visit.flash(visit.gettext(str(refused)), "warning")
            return visit.go(f"{LISTS}/{row.id}")
    visit.flash(visit.gettext("Đã xóa danh sách. Không ai bị xóa khỏi danh sách hội viên."))
    return visit.go(LISTS)


async def _list(visit: Visit, connection: AsyncConnection) -> lists.Row:
    list_id = query.number(visit.request.match_info["list_id"])
    row = await lists.get(connection, visit.viewer, list_id) if list_id is not None else None
    if row is None:
        raise web.HTTPNotFound
    return row


async def _page(
    visit: Visit, connection: AsyncConnection, errors: dict[str, str] | None = None
) -> web.Response:
    context = {
        "lists": await lists.page(connection, visit.viewer),
        "errors": errors or {},
        "name": visit.field("name"),
        "most_mb": list_files.MOST_MB,
    }
    return visit.page("lists/all.html", context, section=SECTION, status=422 if errors else 200)


ROUTES = [
    web.get(LISTS, show_list),
    web.post(LISTS, upload),
    web.get(LISTS + "/{list_id}", show_one),
    web.post(LISTS + "/{list_id}/delete", delete),
]
