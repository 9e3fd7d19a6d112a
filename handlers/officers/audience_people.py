"""The people behind a number: who gets an announcement, who is left out of it for one reason, or gets it on a later day, by name.

Of an announcement that is being written, from what was counted for its form; of a kept one, from its row; of a sending, from what is
still to be sent.
"""

import json
from typing import Any

from aiohttp import web

from bot.clock import in_vietnam
from bot.people import viewers
from bot.store.pages import Place
from bot.store.tables.broadcasts import Route
from bot.store.tables.people import Role
from broadcasts import held, people, sentences, steps
from broadcasts.audience import Audience
from broadcasts.content import Content
from broadcasts.people import Asked, LeftOut
from broadcasts.refused import Refused
from handlers.officers import chosen_run, query
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
    wanted = visit.request.query
    account_id = query.number(wanted.get("account", ""))
    route = query.choice(Route, wanted.get("route", ""))
    return await _page(
        visit,
        asked,
        query.place(visit),
        wanted.get("left_out", ""),
        broadcast_id=row.id,
        way=(account_id, route) if account_id is not None and route is not None else None,
    )


@allowed(Role.OFFICER)
async def show_held(visit: Visit) -> web.StreamResponse:
    """Who gets it on a later day: as the plan of that moment says, or, given a sending, as it goes now."""
    console, wanted = visit.console, visit.request.query
    day, when = query.day(wanted.get("day", "")), query.moment(wanted.get("when", ""))
    async with console.database.reading() as connection:
        chosen = await chosen_run.of_visit(visit, connection)
        run = chosen.run if chosen.is_named else None
        if day is None or (run is None and when is None):
            raise web.HTTPNotFound
        asked = run or await steps.get(connection, chosen.broadcast.id)
        try:
            on, place = in_vietnam(day).date(), query.place(visit)
            if run is not None:
                page = await held.of_run(
                    connection, run, on, console.policy, visit.viewer, now=visit.now, page=place
                )
            else:
                page = await held.of_plan(
                    connection, asked, when or visit.now, on, console.policy, visit.viewer, now=visit.now, page=place
                )  # fmt: skip
            said = await sentences.of_audience(connection, Audience.from_json(asked.audience), visit.gettext)
            has_two_texts = run is None and Content.from_json(asked.content).trial is not None
        except Refused:
            raise web.HTTPNotFound from None
    context = _context(page, said, visit) | {
        "broadcast_id": chosen.broadcast.id, "held_to": day, "has_two_texts": has_two_texts, "address": visit.request.path
    }  # fmt: skip
    return visit.page("broadcasts/people.html", context, block="results", section=SECTION)


async def _page(
    visit: Visit,
    asked: Asked,
    place: Place,
    reason: str,
    *,
    stored: str = "",
    broadcast_id: int | None = None,
    way: tuple[int, Route] | None = None,
) -> web.Response:
    left_out = query.choice(LeftOut, reason)
    async with visit.console.database.reading() as connection:
        units = await viewers.names_in_sight(connection, visit.viewer, asked.audience.unit_ids)
        if broadcast_id is None and len(units) < len(set(asked.audience.unit_ids)):
            raise web.HTTPForbidden
        try:
            page = await people.names(
                connection, asked, visit.viewer, now=visit.now, left_out=left_out, page=place, way=way
            )
            said = await sentences.of_audience(connection, asked.audience, visit.gettext)
        except Refused:
            raise web.HTTPNotFound from None
    context = _context(page, said, visit) | {
        "left_out": left_out,
        "asked": stored,
        "broadcast_id": broadcast_id,
        "address": visit.request.path,
    }
    return visit.page("broadcasts/people.html", context, block="results", section=SECTION)


def _context(page: held.Names, said: list[str], visit: Visit) -> dict[str, Any]:
    return {
        "page": page,
        "said": said,
        "left_out": None,
        "held_to": None,
        "has_two_texts": False,
        "asked": "",
        "query": query.again(visit),
    }


ROUTES = [
    web.post(BROADCASTS + "/people", show_counted),
    web.get(BROADCASTS + "/{broadcast_id}/people", show_kept),
    web.get(BROADCASTS + "/{broadcast_id}/people/later", show_held),
]
