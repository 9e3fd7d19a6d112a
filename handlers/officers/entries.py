"""The FAQ: the list, trying a phrase as a member would type it, and switching entries on and off.

Every officer may look and try; texts and switches are the province's.
"""

from collections.abc import Callable
from dataclasses import dataclass

from aiohttp import web
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.answers import Rung, choose, editing
from bot.answers.book import filled
from bot.answers.matcher import Match
from bot.answers.safety import SafetyHit
from bot.people import acts
from bot.store.tables.people import Role
from bot.text import clean
from handlers.officers import query
from handlers.officers.permission import allowed
from handlers.officers.visit import Visit

ENTRIES = "/console/entries"
SECTION = "entries"
_FIELDS = ("topic", "show")
_LONGEST_PHRASE = 500


@dataclass(frozen=True, slots=True)
class Tried:
    """What the assistant would do with a phrase."""

    phrase: str
    danger: SafetyHit | None
    rung: Rung
    best_is_off: bool  # It would have answered or suggested, were the entry on.
    matches: list[tuple[Match, str, bool]]  # With the entry's question, and whether it is on.


@allowed(Role.OFFICER)
async def show_list(visit: Visit) -> web.StreamResponse:
    return await _list(visit)


@allowed(Role.OFFICER)
async def search(visit: Visit) -> web.StreamResponse:
    return visit.go(f"{ENTRIES}?{query.from_form(visit, SECTION, _FIELDS)}")


@allowed(Role.OFFICER)
async def try_phrase(visit: Visit) -> web.StreamResponse:
    phrase = clean(visit.field("phrase"))[:_LONGEST_PHRASE]
    async with visit.console.database.reading() as connection:
        tried = await _try(visit, connection, phrase) if phrase else None
    return await _list(visit, tried, block="tried")


async def _list(visit: Visit, tried: Tried | None = None, block: str = "results") -> web.StreamResponse:
    asked = visit.request.query
    words = query.words(visit, SECTION)
    async with visit.console.database.reading() as connection:
        rows = await editing.listed(connection)
        topics = await editing.topic_names(connection)
    is_shown = _SHOWN.get(asked.get("show", ""))
    found = [
        row
        for row in editing.search(rows, words)
        if (not asked.get("topic") or row.topic == asked["topic"]) and (is_shown is None or is_shown(row))
    ]
    by_topic: dict[str, list[editing.Row]] = {}
    for row in found:
        by_topic.setdefault(row.topic_name, []).append(row)
    context = {
        "by_topic": by_topic,
        "found": len(found),
        "on": sum(row.is_on for row in rows),
        "total": len(rows),
        "topics": topics,
        "topic": asked.get("topic", ""),
        "show": asked.get("show", ""),
        "words_searched": words,
        "query": query.again(visit),
        "tried": tried,
        "may_write": visit.viewer.sees_everything,
    }
    return visit.page("entries/list.html", context, block=block, section=SECTION)


# What the list can be narrowed to.
_SHOWN: dict[str, Callable[[editing.Row], bool]] = {
    "on": lambda row: row.is_on,
    "off": lambda row: not row.is_on,
    "check": editing.needs_vouching,
    "khmer": lambda row: row.khmer_is_reviewed is False,
    "no_khmer": lambda row: row.khmer_is_reviewed is None,
}


async def _try(visit: Visit, connection: AsyncConnection, phrase: str) -> Tried:
    """As `handlers.members.asking` goes about a question, danger first."""
    book = await visit.console.answers.current(connection)
    matches = book.search(phrase)
    decision = choose(matches)
    found = [book.entries[entry_id] for entry_id in decision.entry_ids]
    best_is_off = bool(found) and not found[0].is_on
    safety = visit.console.safety
    return Tried(
        phrase,
        safety.check(phrase) if safety else None,
        Rung.ASK_CADRE if best_is_off else decision.rung,
        best_is_off,
        [
            (match, entry.texts["vi"].question, entry.is_on)
            for match in matches
            for entry in [book.entries[match.entry_id]]
        ],
    )


@allowed(Role.OFFICER)
async def switch(visit: Visit) -> web.StreamResponse:
    """Switch an entry; an unconfirmed one only when she says that she answers for it."""
    _ = visit.gettext
    only_the_province(visit)
    is_on = visit.field("to") == "on"
    async with visit.console.database.writing() as connection:
        row = await entry(visit, connection)
        if is_on and editing.needs_vouching(row) and not visit.field("vouched"):
            answer = await filled(connection, row.answer, None)
            return visit.page("entries/vouch.html", {"entry": row, "answer": answer}, section=SECTION)
        if await editing.switch(
            connection, row.id, is_on=is_on, staff_id=visit.viewer.staff_id, now=visit.now
        ):
            await acts.record(
                connection, visit.viewer.staff_id, "entry_switched_on" if is_on else "entry_switched_off",
                now=visit.now, subject=f"entry {row.id}", vouched=bool(visit.field("vouched")),
            )  # fmt: skip
    visit.flash(
        _("Đã bật: từ nay trợ lý trả lời bằng câu này.")
        if is_on
        else _("Đã tắt: ai hỏi câu này sẽ được mời hỏi cán bộ.")
    )
    return visit.go(f"{ENTRIES}/{row.id}")


async def entry(visit: Visit, connection: AsyncConnection) -> editing.Row:
    row = await editing.get(connection, visit.request.match_info["entry_id"])
    if row is None:
        raise web.HTTPNotFound
    return row


def only_the_province(visit: Visit) -> None:
    if not visit.viewer.sees_everything:
        raise web.HTTPForbidden


ROUTES = [
    web.get(ENTRIES, show_list),
    web.post(ENTRIES, search),
    web.post(ENTRIES + "/try", try_phrase),
    web.post(ENTRIES + "/{entry_id}/switch", switch),
]
