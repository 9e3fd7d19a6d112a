"""By name: who gets an announcement on another day, because she has had enough by then or gets others first.

The numbers to these names come from the plan and from a run's progress; both ask the same rule.
"""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.clock import in_vietnam
from bot.people.viewers import Viewer
from bot.store.pages import Page, Place
from broadcasts import marks, people, plan, releases, rivals
from broadcasts.approval import Row
from broadcasts.caps import Turn
from broadcasts.content import Content
from broadcasts.marks import Marked, People
from broadcasts.people import Asked, opened
from broadcasts.policy import Policy

Names = Page[sa.Row[*tuple[Any, ...]]]
"""Each as `people.names` says."""


async def of_plan(
    connection: AsyncConnection,
    row: Row,
    when: datetime,
    day: date,
    policy: Policy,
    viewer: Viewer,
    *,
    now: datetime,
    page: Place,
) -> Names:
    """Whom a broadcast's row is not sent to before that day, were it begun at `when`.

    Of two texts nobody knows yet who gets one at first: then everybody for whom it may be that day. Refused when its audience
    cannot be read.
    """
    asked = Asked.of(row)
    if asked.is_urgent:
        return Page([], None, None)
    mine = plan.turn_of(row, when, policy)
    trial = Content.from_json(row.content).trial
    turns = [mine, plan.decided(mine, trial)] if trial else [mine]
    whom = marks.of_audience(await opened(connection, asked), now)
    return await _named(connection, whom, turns, day, policy, viewer, now=now, page=page)


async def of_run(
    connection: AsyncConnection,
    run: Row,
    day: date,
    policy: Policy,
    viewer: Viewer,
    *,
    now: datetime,
    page: Place,
) -> Names:
    """Whom a run is not sent to before that day."""
    whom, mine = marks.of_run(run.id, now), rivals.turn_of(run, now)
    return await _named(connection, whom, [mine], day, policy, viewer, now=now, page=page)


async def _named(
    connection: AsyncConnection,
    whom: People,
    turns: Sequence[Turn],
    day: date,
    policy: Policy,
    viewer: Viewer,
    *,
    now: datetime,
    page: Place,
) -> Names:
    some = whom.limit(marks.FEW + 1).subquery()
    number = await connection.scalar(sa.select(sa.func.count()).select_from(some)) or 0
    marked = await marks.look(connection, whom, turns[0], policy, number=number, now=now)
    if marked is None:
        return Page([], None, None)
    written = [
        words
        for alike, all_words in await marked.alike(connection)
        if any(_waits_for(day, alike, turn, policy) for turn in turns)
        for words in all_words
    ]
    where = sa.and_(marked.is_one, _is_one_of(marked, written, connection.dialect.name))
    return await people.named(connection, marked.people, viewer, page, where=where)


def _waits_for(day: date, alike: marks.Alike, turn: Turn, policy: Policy) -> bool:
    at, is_held = releases.release_of(alike, turn, policy)
    return is_held and in_vietnam(at).date() == day


def _is_one_of(marked: Marked, written: list[str], dialect_name: str) -> sa.ColumnElement[bool]:
    """As one parameter: there may be more of them than a statement can have."""
    listed = sa.literal(written, sa.JSON)
    unpacked = sa.func.json_each if dialect_name == "sqlite" else sa.func.json_array_elements_text
    return marked.people.c.marks.in_(sa.select(unpacked(listed).table_valued("value").c.value))
