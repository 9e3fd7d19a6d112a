"""Today: the page that an officer sees first."""

from aiohttp import web
from sqlalchemy.ext.asyncio import AsyncConnection

from bot import accounts, today
from bot.store.tables.people import Role
from handlers.officers.accounts import sentence_of, troubles
from handlers.officers.permission import allowed
from handlers.officers.templates import channel
from handlers.officers.visit import Visit


@allowed(Role.OFFICER)
async def show(visit: Visit) -> web.StreamResponse:
    async with visit.console.database.reading() as connection:
        context = {
            "figures": await today.figures(connection, visit.viewer, now=visit.now),
            "notices": await _notices(visit, connection),
        }
    return visit.page("today/today.html", context, block="figures", section="today")


async def _notices(visit: Visit, connection: AsyncConnection) -> list[tuple[str, str]]:
    """What does not work now and she can do something about: (where, sentence). The whole service is not everybody's business."""
    if not visit.viewer.sees_everything:
        return []
    return [
        *(
            (account.name, sentence_of(visit, account.channel, account.trouble))
            for account in await accounts.refused(connection)
        ),
        *((channel(one["channel"]), one["sentence"]) for one in await troubles(visit, connection)),
    ]


ROUTES = [web.get("/console", show)]
