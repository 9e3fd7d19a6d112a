"""Today: the page that an officer sees first."""

from aiohttp import web
from sqlalchemy.ext.asyncio import AsyncConnection

from bot import accounts, today
from bot.store.tables.people import Role
from broadcasts import approval, requests
from handlers.officers.accounts import troubles
from handlers.officers.permission import allowed
from handlers.officers.standing import standing_of
from handlers.officers.templates import channel
from handlers.officers.visit import Visit


@allowed(Role.OFFICER)
async def show(visit: Visit) -> web.StreamResponse:
    async with visit.console.database.reading() as connection:
        context = {
            "figures": await today.figures(connection, visit.viewer, now=visit.now),
            "notices": await _notices(visit, connection),
            "to_approve": len(await approval.waiting_for(connection, visit.viewer.staff_id)),
            "returned": await requests.returned_to(connection, visit.viewer.staff_id),
        }
    return visit.page("today/today.html", context, block="figures", section="today")


async def _notices(visit: Visit, connection: AsyncConnection) -> list[tuple[str, str]]:
    """What does not work now and she can do something about: (where, sentence). The whole service is not everybody's business."""
    if not visit.viewer.sees_everything:
        return []
    heard = await accounts.heard(connection)
    stands = [(one, standing_of(visit, one, heard)) for one in await accounts.overview(connection)]
    found = [(one.name, standing.sentence) for one, standing in stands if standing.is_red]
    said = {sentence for _where, sentence in found}
    return found + [
        (channel(one["channel"]), one["sentence"])
        for one in await troubles(visit, connection)
        if one["sentence"] not in said  # What an account lacks shows as a trouble of its platform, too.
    ]


ROUTES = [web.get("/console", show)]
