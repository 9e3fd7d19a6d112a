"""What an officer wants to know when she opens the console: who waits, what runs, what the last day brought."""

from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from bot import rules
from bot.people.viewers import Viewer, in_sight
from bot.store.tables import (
    accounts,
    broadcasts,
    contacts,
    inbox,
    interactions,
    members,
    outbox,
    questions,
    runs,
)
from bot.store.tables.broadcasts import RunState
from bot.store.tables.messages import Direction, InboxState, OutboxState
from bot.store.tables.questions import QuestionState
from bot.usage import Usage, usage_of

DAY = timedelta(hours=24)
CLOSES_SOON = timedelta(hours=6)
"""What closes within this is marked: time to answer first."""

_OPEN_RUNS = (RunState.FILLING, RunState.RUNNING, RunState.PAUSED)
_MOST_RUNS = 50  # Whoever has more looks at the list of announcements.


@dataclass(frozen=True, slots=True)
class OpenRun:
    """An announcement that is being sent. How far it has come is counted where announcements are."""

    run_id: int
    broadcast_id: int
    title: str
    state: RunState


@dataclass(frozen=True, slots=True)
class Today:
    in_inbox: int  # Questions that wait for an officer.
    on_desks: int  # Questions that wait for a cadre.
    urgent: int
    closing_soon: int  # To whom an answer gets through for nothing only for a few hours more.
    oldest_at: datetime | None  # When the one that waits longest was asked.
    runs: tuple[OpenRun, ...]  # The newest first.
    messages_in: int
    messages_out: int
    answered_by_bot: int
    asked_cadres: int
    new_members: int
    failed_updates: int | None  # None for whom the whole service is not her business.
    failed_sends: int | None
    usages: tuple[
        Usage, ...
    ]  # Of accounts with a monthly plan; none for whom the whole service is not her business.

    @property
    def waiting(self) -> int:
        return self.in_inbox + self.on_desks


async def figures(connection: AsyncConnection, viewer: Viewer, *, now: datetime) -> Today:
    """The figures of the viewer's unit and everything below it."""
    since = now - DAY
    waiting = (
        await connection.execute(
            sa.select(
                _count_if(questions.c.state == QuestionState.WAITING).label("in_inbox"),
                _count_if(questions.c.state == QuestionState.FORWARDED).label("on_desks"),
                _count_if(questions.c.is_urgent).label("urgent"),
                sa.func.min(questions.c.asked_at).label("oldest_at"),
            ).where(
                questions.c.state.in_([QuestionState.WAITING, QuestionState.FORWARDED]),
                in_sight(viewer, questions.c.unit_id),
            )
        )
    ).one()
    said = (
        await connection.execute(
            sa.select(
                _count_if(interactions.c.direction == Direction.IN).label("heard"),
                _count_if(interactions.c.direction == Direction.OUT).label("said"),
                _count_if(
                    sa.and_(interactions.c.direction == Direction.OUT, interactions.c.entry_id.is_not(None))
                ).label("by_bot"),
            ).where(interactions.c.at >= since, in_sight(viewer, interactions.c.unit_id))
        )
    ).one()
    asked = await _count(
        connection, questions, questions.c.asked_at >= since, in_sight(viewer, questions.c.unit_id)
    )
    joined = await _count(
        connection, members, members.c.created_at >= since, in_sight(viewer, members.c.unit_id)
    )
    failed_updates = failed_sends = None
    usages: tuple[Usage, ...] = ()
    if viewer.sees_everything:
        failed_updates = await _count(
            connection, inbox, inbox.c.state == InboxState.FAILED, inbox.c.received_at >= since
        )
        failed_sends = await _count(
            connection, outbox, outbox.c.state == OutboxState.FAILED, outbox.c.created_at >= since
        )
        usages = await usage_of(connection, now)
    return Today(
        in_inbox=waiting.in_inbox,
        on_desks=waiting.on_desks,
        urgent=waiting.urgent,
        closing_soon=await _closing_soon(connection, viewer, now),
        oldest_at=waiting.oldest_at,
        runs=await _open_runs(connection, viewer),
        messages_in=said.heard,
        messages_out=said.said,
        answered_by_bot=said.by_bot,
        asked_cadres=asked,
        new_members=joined,
        failed_updates=failed_updates,
        failed_sends=failed_sends,
        usages=usages,
    )


async def _closing_soon(connection: AsyncConnection, viewer: Viewer, now: datetime) -> int:
    """The open questions whose askers' free windows close within `CLOSES_SOON`."""
    closing = []
    for channel in rules.bound_channels():
        bound = rules.rules_of(channel)
        for window in bound.windows if bound else ():
            if not window.price:
                written_after, written_before = now - window.within, now - window.within + CLOSES_SOON
                written = contacts.c.last_in_at.between(written_after, written_before)
                closing.append(sa.and_(accounts.c.channel == channel, written))
    if not closing:
        return 0
    joined = questions.join(contacts, contacts.c.id == questions.c.contact_id).join(
        accounts, accounts.c.id == contacts.c.account_id
    )
    found = await connection.scalar(
        sa.select(sa.func.count())
        .select_from(joined)
        .where(
            questions.c.state.in_([QuestionState.WAITING, QuestionState.FORWARDED]),
            in_sight(viewer, questions.c.unit_id),
            sa.or_(*closing),
        )
    )
    return found or 0


async def _open_runs(connection: AsyncConnection, viewer: Viewer) -> tuple[OpenRun, ...]:
    rows = await connection.execute(
        sa.select(runs.c.id, runs.c.broadcast_id, broadcasts.c.title, runs.c.state)
        .join(broadcasts, broadcasts.c.id == runs.c.broadcast_id)
        .where(runs.c.state.in_(_OPEN_RUNS), in_sight(viewer, broadcasts.c.unit_id))
        .order_by(runs.c.id.desc())
        .limit(_MOST_RUNS)
    )
    return tuple(OpenRun(row.id, row.broadcast_id, row.title, row.state) for row in rows)


def _count_if(condition: sa.ColumnElement[bool]) -> sa.Function[int]:
    return sa.func.count(sa.case((condition, 1)))


async def _count(connection: AsyncConnection, table: sa.Table, *conditions: sa.ColumnElement[bool]) -> int:
    return await connection.scalar(sa.select(sa.func.count()).select_from(table).where(*conditions)) or 0
