"""The FAQ: the list, and trying a phrase as a member would type it.

Every officer sees and tries what is for everybody or in her line; she writes and switches what is of her unit or below it, the
province everything.
"""

from collections.abc import Sequence
from collections.abc import Set as AbstractSet
from typing import Protocol
from urllib.parse import urlencode

from aiohttp import web
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.answers import confirming, editing
from bot.answers.learning import usage
from bot.clock import in_vietnam
from bot.languages import DEFAULT
from bot.people.viewers import Viewer
from bot.store.tables.people import Role
from bot.text import clean
from handlers.officers import query, trying
from handlers.officers.permission import allowed
from handlers.officers.taken_askings import sight_of
from handlers.officers.trying import Tried
from handlers.officers.visit import Visit

ENTRIES = "/console/entries"
SECTION = "entries"
_FIELDS = ("topic", "show")
_LONGEST_PHRASE = 500
_OPEN = 30
"""So few are shown at once with all topics open."""
_MOST_ROWS = 300
"""Where more are found, a topic is opened as a page of its own."""


@allowed(Role.OFFICER)
async def show_list(visit: Visit) -> web.StreamResponse:
    return await _list(visit)


@allowed(Role.OFFICER)
async def search(visit: Visit) -> web.StreamResponse:
    return visit.go(f"{ENTRIES}?{query.from_form(visit, SECTION, _FIELDS)}")


@allowed(Role.OFFICER)
async def try_phrase(visit: Visit) -> web.StreamResponse:
    """As a member of her own unit would be answered. What is tried is kept nowhere."""
    phrase = clean(visit.field("phrase"))[:_LONGEST_PHRASE]
    chat, tried = visit.console.chat, None
    if phrase and chat:
        tried = await trying.try_phrase(
            visit.console.database,
            chat,
            phrase,
            unit_id=visit.viewer.unit_id,
            language="km" if visit.field("language") == "km" else DEFAULT,
            now=visit.now,
        )
    return await _list(visit, tried, block="tried")


async def _list(visit: Visit, tried: Tried | None = None, block: str = "results") -> web.StreamResponse:
    asked = visit.request.query
    words = query.words(visit, SECTION)
    async with visit.console.database.reading() as connection:
        rows = [row for row in await editing.listed(connection) if is_seen(row, visit.viewer)]
        topics = await editing.topic_names(connection)
        shown = await _shown(visit, connection, rows)
    today = in_vietnam(visit.now).date()
    topic = asked.get("topic", "")
    narrowed = [row for row in editing.search(rows, words) if not topic or row.topic == topic]
    show = asked.get("show", "")
    found = [row for row in narrowed if row.id in shown.get(show, shown[""])]
    by_topic: dict[str, list[editing.Row]] = {topic: [] for topic in topics}
    for row in found:
        by_topic[row.topic].append(row)
    context = {
        "by_topic": {key: of_topic for key, of_topic in by_topic.items() if of_topic},
        "found": len(found),
        "counts": {key: sum(row.id in ids for row in narrowed) for key, ids in shown.items()},
        "on": shown["on"],
        "waiting": shown["waiting"],
        "total": len(rows),
        "topics": topics,
        "topic": topic,
        "show": show if show in shown else "",
        "words_searched": words,
        "link": lambda **fields: _link(visit, **fields),
        "is_open": bool(topic or words or len(found) <= _OPEN),
        "has_rows": bool(topic or words or len(found) <= _MOST_ROWS),
        "tried": tried,
        "today": today,
    }
    return visit.page("entries/list.html", context, block=block, section=SECTION)


async def _shown(
    visit: Visit, connection: AsyncConnection, rows: Sequence[editing.Row]
) -> dict[str, AbstractSet[str]]:
    """What the list can be narrowed to: which entries belong there."""
    today = in_vietnam(visit.now).date()
    sight = sight_of(visit)
    return {
        "": {row.id for row in rows},
        "on": {row.id for row in rows if row.is_on and not editing.is_expired(row, today)},
        "off": {row.id for row in rows if not row.is_on},
        "waiting": set(await confirming.waiting(connection, sight, now=visit.now)),
        "expiring": {row.id for row in await usage.expiring(connection, sight, now=visit.now)},
        "unasked": {row.id for row in await usage.unasked(connection, sight, now=visit.now)},
        "own": {row.id for row in rows if row.unit_id is not None},
        "khmer": {row.id for row in rows if row.khmer_is_reviewed is False},
        "no_khmer": {row.id for row in rows if row.khmer_is_reviewed is None},
    }


def _link(visit: Visit, **fields: str) -> str:
    """The address of the list as it is asked for now, with some of it otherwise."""
    asked = {name: visit.request.query.get(name, "") for name in (*_FIELDS, "words")} | fields
    return f"{ENTRIES}?{urlencode({name: value for name, value in asked.items() if value})}"


async def entry(visit: Visit, connection: AsyncConnection) -> editing.Row:
    """The entry of the address, if it is for everybody or in her line."""
    row = await editing.get(connection, visit.request.match_info["entry_id"])
    if row is None or not is_seen(row, visit.viewer):
        raise web.HTTPNotFound
    return row


class OfUnit(Protocol):
    """An entry, as far as it matters whose it is."""

    @property
    def unit_path(self) -> str | None: ...


def is_seen(row: OfUnit, viewer: Viewer) -> bool:
    """Whether it is for everybody, or of a unit in her line: hers, above or below."""
    path = row.unit_path
    return path is None or path.startswith(viewer.unit_path) or viewer.unit_path.startswith(path)


def is_hers(row: OfUnit, viewer: Viewer) -> bool:
    """Whether she may write and switch it."""
    path = row.unit_path
    return viewer.sees_everything if path is None else path.startswith(viewer.unit_path)


def only_hers(row: OfUnit, visit: Visit) -> None:
    if not is_hers(row, visit.viewer):
        raise web.HTTPForbidden


def only_the_province(visit: Visit) -> None:
    if not visit.viewer.sees_everything:
        raise web.HTTPForbidden


ROUTES = [
    web.get(ENTRIES, show_list),
    web.post(ENTRIES, search),
    web.post(ENTRIES + "/try", try_phrase),
]
