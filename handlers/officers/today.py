"""Today: the page that an officer sees first."""

from aiohttp import web

from bot import today
from bot.store.tables.people import Role
from handlers.officers.permission import allowed
from handlers.officers.visit import Visit


@allowed(Role.OFFICER)
async def show(visit: Visit) -> web.StreamResponse:
    async with visit.console.database.reading() as connection:
        figures = await today.figures(connection, visit.viewer, now=visit.now)
    return visit.page("today/today.html", {"figures": figures}, block="figures", section="today")


ROUTES = [web.get("/console", show)]
