"""Announcements: the list, and what to start a new one from."""

from aiohttp import web
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.people import viewers
from bot.questions.post import Post
from bot.store.tables.people import Role
from broadcasts import overview
from handlers.officers import query
from handlers.officers.permission import allowed
from handlers.officers.visit import Visit

BROADCASTS = "/console/broadcasts"
SECTION = "broadcasts"


@allowed(Role.OFFICER)
async def show_list(visit: Visit) -> web.StreamResponse:
    async with visit.console.database.reading() as connection:
        page = await overview.page(connection, visit.viewer, query.place(visit))
        settled = await overview.settled(connection, [row.run_id for row in page.rows if row.run_id])
    context = {
        "page": page,
        "settled": settled,
        "for_newcomers": {row.id for row in page.rows if overview.is_for_newcomers(row)},
        "query": query.again(visit),
    }
    return visit.page("broadcasts/list.html", context, block="results", section=SECTION)


@allowed(Role.OFFICER)
async def show_start(visit: Visit) -> web.StreamResponse:
    by_category: dict[str, list[object]] = {}
    for announcement in visit.console.announcements:
        by_category.setdefault(announcement.category, []).append(announcement)
    day = visit.request.query.get("day", "")
    context = {
        "by_category": by_category,
        "day": day if query.day(day) else "",  # Of the calendar, where she began.
        "on": query.day(day),
    }
    return visit.page("broadcasts/start.html", context, section=SECTION)


async def broadcast(visit: Visit, connection: AsyncConnection) -> overview.Row:
    """The announcement of this address. One that is not the officer's business is not there."""
    broadcast_id = query.number(visit.request.match_info["broadcast_id"])
    row = await overview.get(connection, visit.viewer, broadcast_id) if broadcast_id is not None else None
    if row is None:
        raise web.HTTPNotFound
    return row


def post_of(visit: Visit, connection: AsyncConnection) -> Post:
    """What letters to officers' chats are written with."""
    return Post(connection, visit.console.outbox, visit.console.languages, visit.now)


async def is_hers_to_reach(visit: Visit, connection: AsyncConnection, unit_id: int | None) -> bool:
    """Whether she may write to the members of this unit: it is hers or below hers."""
    return unit_id is not None and await viewers.path_in_sight(connection, visit.viewer, unit_id) is not None


ROUTES = [
    web.get(BROADCASTS, show_list),
    web.get(BROADCASTS + "/start", show_start),
]
