"""What the FAQ did not answer, asked alike together, and what an officer may make of it.

Below the top an officer sees what was asked in her own units, and may make entries of them; only the top puts aside, for what is
put aside is gone for everybody.
"""

import asyncio
from collections.abc import Sequence
from datetime import datetime

from aiohttp import web
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.answers import editing
from bot.answers.learning import dealing, drafted, waiting
from bot.answers.learning.drafted import Drafted
from bot.answers.learning.grouping import Group
from bot.answers.learning.nearest import Near, nearest
from bot.people import acts, units
from bot.store.tables.people import Role
from bot.text import clean, fold
from handlers.officers import query, taken_askings
from handlers.officers.entries import ENTRIES, SECTION, is_hers, is_seen
from handlers.officers.permission import allowed
from handlers.officers.taken_askings import sight_of
from handlers.officers.visit import Visit

LEARNING = ENTRIES + "/learning"
_ON_A_PAGE = 20
_WORDINGS = 30  # Of one group at a time: the rest comes up when these are dealt with.
_FOUND = 8
_PUT_ASIDE = "askings.put_aside"


@allowed(Role.OFFICER)
async def show_list(visit: Visit) -> web.StreamResponse:
    async with visit.console.database.reading() as connection:
        groups = await visit.console.asked_alike.current(connection, sight_of(visit), now=visit.now)
        first = max(0, (query.number(visit.request.query.get("page", "")) or 1) - 1) * _ON_A_PAGE
        shown = groups[first : first + _ON_A_PAGE]
        context = {
            "groups": await _near(visit, connection, shown),
            "first": first,
            "page": first // _ON_A_PAGE + 1,
            "has_more": len(groups) > first + _ON_A_PAGE,
            "repeated": sum(group.count > 1 for group in groups),
            "private": await waiting.private_ones(connection, sight_of(visit), now=visit.now),
            "may_put_aside": visit.viewer.sees_everything,
            "drafted": await _drafted(visit, connection) if not first else (),
            "put_aside": len(visit.session.get(_PUT_ASIDE, {}).get("ids", ())),
        }
    return visit.page("learning/list.html", context, block="results", section=SECTION)


async def _drafted(visit: Visit, connection: AsyncConnection) -> list[tuple[Drafted, bool]]:
    """What has an entry that is still off, and whether she may switch that on."""
    found = await drafted.drafted(connection, sight_of(visit), now=visit.now)
    return [(one, is_hers(one, visit.viewer)) for one in found if is_seen(one, visit.viewer)]


async def _near(
    visit: Visit, connection: AsyncConnection, groups: Sequence[Group]
) -> list[tuple[Group, list[Near]]]:
    book = await visit.console.answers.current(connection)
    at = () if visit.viewer.sees_everything else await units.line(connection, visit.viewer.unit_id)
    return await asyncio.to_thread(lambda: [(group, nearest(book, group, at=at)) for group in groups])


@allowed(Role.OFFICER)
async def show_group(visit: Visit) -> web.StreamResponse:
    async with visit.console.database.reading() as connection:
        return await _group_page(visit, connection)


@allowed(Role.OFFICER)
async def search(visit: Visit) -> web.StreamResponse:
    """Entries by words of theirs, where the right one is not among the nearest."""
    async with visit.console.database.reading() as connection:
        words = visit.field("words")[:200]
        rows = await editing.listed(connection) if words else []
        found = [row for row in editing.search(rows, words) if is_seen(row, visit.viewer)]
        asked = clean(words)
        found.sort(key=lambda row: fold(asked) not in fold(row.question))  # Those that ask it first.
        return await _group_page(visit, connection, words, found[:_FOUND])


async def _group_page(
    visit: Visit, connection: AsyncConnection, words: str = "", found: Sequence[editing.Row] = ()
) -> web.StreamResponse:
    asking_id = query.number(visit.request.match_info["asking_id"])
    groups = await visit.console.asked_alike.current(connection, sight_of(visit), now=visit.now)
    group = next(
        (one for one in groups if any(asking.asking_id == asking_id for asking in one.askings)), None
    )
    if group is None:
        return _gone(visit)
    [(_group, near)] = await _near(visit, connection, [group])
    ticked = set(taken_askings.ticked(visit))
    wants_all = not visit.form and ("all" in visit.request.query or len(group.wordings) == 1)
    context = {
        "group": group,
        "near": near,
        "writable": {row.id for row in await editing.listed(connection) if is_hers(row, visit.viewer)},
        "wordings": group.wordings[:_WORDINGS],
        "more": len(group.wordings) - _WORDINGS,
        # Nothing is chosen for her: what looks alike may ask something else.
        "is_ticked": lambda wording: wants_all or wording.askings[0].asking_id in ticked,
        "words_searched": words,
        "found": found,
        "may_put_aside": visit.viewer.sees_everything,
    }
    return visit.page("learning/group.html", context, block="found", section=SECTION)


@allowed(Role.OFFICER)
async def put_aside(visit: Visit) -> web.StreamResponse:
    _only_the_top(visit)
    async with visit.console.database.writing() as connection:
        asking_ids = await hers(visit, connection)
        await dealing.put_aside(connection, asking_ids, now=visit.now)
        if asking_ids:
            await acts.record(
                connection, visit.viewer.staff_id, "askings_put_aside", now=visit.now, count=len(asking_ids)
            )
    visit.console.asked_alike.look_again()
    if not asking_ids:
        return nothing_ticked(visit)
    visit.session[_PUT_ASIDE] = {"ids": asking_ids, "at": visit.now.isoformat()}
    return visit.go(LEARNING)


@allowed(Role.OFFICER)
async def take_back(visit: Visit) -> web.StreamResponse:
    """What she put aside last waits again."""
    _only_the_top(visit)
    last = visit.session.pop(_PUT_ASIDE, None)
    if last:
        async with visit.console.database.writing() as connection:
            count = await dealing.take_back(
                connection, last["ids"], put_aside_at=datetime.fromisoformat(last["at"])
            )
            await acts.record(
                connection, visit.viewer.staff_id, "askings_taken_back", now=visit.now, count=count
            )
        visit.console.asked_alike.look_again()
        visit.flash(visit.gettext("Đã lấy lại, các câu này lại nằm trong danh sách."))
    return visit.go(LEARNING)


@allowed(Role.OFFICER)
async def begin_entry(visit: Visit) -> web.StreamResponse:
    """A new entry of what is ticked: its form opens with these phrasings."""
    async with visit.console.database.writing() as connection:
        asking_ids = await hers(visit, connection)
    if not asking_ids:
        return nothing_ticked(visit)
    taken_askings.keep(visit, asking_ids)
    return visit.go(f"{ENTRIES}/new?asked=1")


def _only_the_top(visit: Visit) -> None:
    if not visit.viewer.sees_everything:
        raise web.HTTPForbidden


async def hers(visit: Visit, connection: AsyncConnection) -> list[int]:
    """Of what is ticked, what still waits and is hers to deal with."""
    return await waiting.still_waiting(
        connection, sight_of(visit), taken_askings.ticked(visit), now=visit.now
    )


def nothing_ticked(visit: Visit) -> web.Response:
    """Back to where she came from: nothing was chosen, or colleagues have dealt with it meanwhile."""
    _ = visit.gettext
    if not taken_askings.ticked(visit):
        visit.flash(_("Chị chọn ít nhất một cách hỏi rồi bấm lại giúp."), "warning")
        return visit.go(f"{LEARNING}/{visit.request.match_info['asking_id']}")
    return _gone(visit)


def _gone(visit: Visit) -> web.Response:
    visit.flash(visit.gettext("Những câu này vừa được xử lý xong, không còn trong danh sách."), "warning")
    return visit.go(LEARNING)


ROUTES = [
    web.get(LEARNING, show_list),
    web.post(LEARNING + "/take-back", take_back),
    web.get(LEARNING + "/{asking_id}", show_group),
    web.post(LEARNING + "/{asking_id}", search),
    web.post(LEARNING + "/{asking_id}/put-aside", put_aside),
    web.post(LEARNING + "/{asking_id}/new", begin_entry),
]
