"""Opening what a member or a cadre sent."""

from aiohttp import web

from bot import file_sight
from bot.store.tables.people import Role
from bot.web.file_response import file_response
from handlers.officers import query
from handlers.officers.permission import allowed
from handlers.officers.visit import Visit

FILES = "/console/files"


@allowed(Role.OFFICER)
async def show_file(visit: Visit) -> web.StreamResponse:
    file_id = query.number(visit.request.match_info["file_id"])
    async with visit.console.database.reading() as connection:
        file = await file_sight.seen_by(connection, visit.viewer, file_id) if file_id is not None else None
    if file is None:
        raise web.HTTPNotFound
    return file_response(file)


ROUTES = [web.get(FILES + "/{file_id}", show_file)]
