"""The people behind a number: who gets an announcement, or who is left out of it for one reason, by name.

Of an announcement that is being written, from what was counted for its form; of a kept one, from its row.
"""

import json

from aiohttp import web

from bot.people import viewers
from bot.store.pages import Place
from bot.store.tables.people import Role
from broadcasts import people, sentences
from broadcasts.people import Asked, LeftOut
from broadcasts.refused import Refused
from handlers.officers import query
from handlers.officers.broadcasts import BROADCASTS, SECTION, broadcast
from handlers.officers.permission import allowed
from handlers.officers.visit import Visit

_LONGEST = 60_000


def written(asked: Asked) -> str:
    """For a hidden field `asked` of a form, so that the names are those of the very number beside it."""
    return json.dumps(asked.to_json(), ensure_ascii=False)


@allowed(Role.OFFICER)
async def show_counted(visit: Visit) -> web.StreamResponse:
    """From the form of an announcement; the list's own buttons turn its pages."""
    stored = visit.field("asked")
    try:
        asked = Asked.from_json(json.loads(stored[:_LONGEST]))
    except (Refused, ValueError, KeyError, TypeError, AttributeError, RecursionError):
        raise web.HTTPNotFound from None
    place = Place(after=query.number(visit.field("after")), before=query.number(visit.field("before")))
    return await _page(visit, asked, place, visit.field("left_out"), stored=stored)


@allowed(Role.OFFICER)
async def show_kept(visit: Visit) -> web.StreamResponse:
    async with visit.console.database.reading() as connection:
        row = await broadcast(visit, connection)
    try:
        asked = Asked.of(row)
    except Refused:
        raise web.HTTPNotFound from None
    return await _page(
        visit, asked, query.place(visit), visit.request.query.get("left_out", ""), broadcast_id=row.id
    )


async def _page(
    visit: Visit,
    asked: Asked,
    place: Place,
    reason: str,
    *,
    stored: str = "",
    broadcast_id: int | None = None,
) -> web.Response:
    left_out = query.choice(LeftOut, reason)
    async with visit.console.database.reading() as connection:
        units = await viewers.names_in_sight(connection, visit.viewer, asked.audience.unit_ids)
        if broadcast_id is None and len(units) < len(set(asked.audience.unit_ids)):
            raise web.HTTPForbidden
        try:
            page = await people.names(
                connection, asked, visit.viewer, now=visit.now, left_out=left_out, page=place
            )
            said = await sentences.of_audience(connection, asked.audience, visit.gettext)
        except Refused:
            raise web.HTTPNotFound from None
    context = {
        "page": page,
        "said": said,
        "left_out": left_out,
        "asked": stored,
        "broadcast_id": broadcast_id,
        "query": query.again(visit),
    }
    return visit.page("broadcasts/people.html", context, block="results", section=SECTION)


ROUTES = [
    web.post(BROADCASTS + "/people", show_counted),
    web.get(BROADCASTS + "/{broadcast_id}/people", show_kept),
]
