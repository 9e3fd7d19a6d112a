"""Announcements as the officers of a unit see them: the list, one of them with its run, and what may be sent through."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.people.viewers import Viewer, in_sight
from bot.store import pages
from bot.store.pages import Order, Page, Place
from bot.store.tables import accounts, broadcasts, deliveries, runs, staff, units
from bot.store.tables.accounts import AccountState
from bot.store.tables.broadcasts import BroadcastState, DeliveryState
from broadcasts import posts, timing
from broadcasts.writing import Draft

PAGE_SIZE = 20
MOST_COUNTED = 10_000

Row = sa.Row[*tuple[Any, ...]]
_OPEN = (DeliveryState.PLANNED, DeliveryState.CLAIMED)


@dataclass(frozen=True, slots=True)
class ChannelToChoose:
    """A channel that has accounts we send from, by the names of those accounts."""

    channel: str
    name: str
    account_ids: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Settled:
    """So many of so many deliveries; of a large run only that there are more."""

    done: int  # However it ended for them.
    total: int
    is_more: bool = False
    sent: int = (
        0  # Of a run that was cancelled this alone says how far it came: who got nothing is done with, too.
    )


async def channels(connection: AsyncConnection) -> list[ChannelToChoose]:
    """Every channel that an announcement can go through now."""
    rows = await connection.execute(
        sa.select(accounts.c.id, accounts.c.channel, accounts.c.name)
        .where(accounts.c.state == AccountState.ACTIVE)
        .order_by(accounts.c.channel, accounts.c.id)
    )
    found: dict[str, list[Row]] = {}
    for row in rows:
        found.setdefault(row.channel, []).append(row)
    return [
        ChannelToChoose(channel, ", ".join(row.name for row in same), tuple(row.id for row in same))
        for channel, same in found.items()
    ]


async def page(connection: AsyncConnection, viewer: Viewer, place: Place) -> Page[Row]:
    """A page of the announcements sent in the name of the viewer's unit or one below it, the newest first."""
    order = Order((broadcasts.c.id,), broadcasts.c.id, descending=True)
    return await pages.fetch(connection, _select(viewer), order, place, size=PAGE_SIZE)


async def get(connection: AsyncConnection, viewer: Viewer, broadcast_id: int) -> Row | None:
    """One announcement, if it is the viewer's business; what is of its run is None while it has none."""
    found = await connection.execute(_select(viewer).where(broadcasts.c.id == broadcast_id))
    return found.one_or_none()


def is_for_newcomers(row: Row) -> bool:
    """Whether it goes to people one by one as they join. Of a schedule that nobody can read: no."""
    try:
        return isinstance(timing.from_json(row.schedule), timing.Joined)
    except (ValueError, TypeError, KeyError):
        return False


async def settled(connection: AsyncConnection, run_ids: Sequence[int]) -> dict[int, Settled]:
    """For each run how many of its deliveries are settled, counted up to ten thousand: a list shows many runs at once."""
    if not run_ids:
        return {}
    some = [
        sa.select(
            sa.select(deliveries.c.run_id, deliveries.c.state)
            .where(deliveries.c.run_id == run_id)
            .limit(MOST_COUNTED + 1)
            .subquery()
        )
        for run_id in run_ids
    ]
    either = sa.union_all(*some).subquery()
    still_open = sa.func.count(sa.case((either.c.state.in_(_OPEN), 1)))
    sent = sa.func.count(sa.case((either.c.state == DeliveryState.SENT, 1)))
    rows = await connection.execute(
        sa.select(
            either.c.run_id,
            still_open.label("still_open"),
            sent.label("sent"),
            sa.func.count().label("people"),
        ).group_by(either.c.run_id)
    )
    posted = await posts.tally(connection, run_ids)
    return {row.run_id: _settled(row, posted.get(row.run_id, Counter())) for row in rows}


def _settled(row: Row, posted: Counter[DeliveryState]) -> Settled:
    if row.people > MOST_COUNTED:
        return Settled(0, MOST_COUNTED, is_more=True)
    open_posts = sum(posted[state] for state in _OPEN)
    done = row.people - row.still_open - (posted.total() - open_posts)
    return Settled(done, row.people - posted.total(), sent=row.sent - posted[DeliveryState.SENT])


async def same_draft(
    connection: AsyncConnection, draft: Draft, *, staff_id: int, since: datetime
) -> int | None:
    """Her latest draft, if she has just written the very same: a second click must not make a second announcement."""
    latest = await connection.execute(
        sa.select(broadcasts)
        .where(broadcasts.c.created_by == staff_id, broadcasts.c.created_at >= since)
        .order_by(broadcasts.c.id.desc())
        .limit(1)
    )
    row = latest.one_or_none()
    if row is None or row.state is not BroadcastState.DRAFT:
        return None
    texts = {language: text for language, text in draft.texts.items() if text.strip()}
    same = (row.title, row.texts, row.audience) == (draft.title.strip(), texts, draft.audience.to_json())
    return int(row.id) if same else None


async def runs_of(connection: AsyncConnection, broadcast_id: int, *, most: int = 50) -> Sequence[Row]:
    """The sendings of an announcement, the latest first: of one that comes again and again there are many."""
    found = await connection.execute(
        sa.select(
            runs.c.id,
            runs.c.due_at,
            runs.c.state,
            runs.c.code,
            runs.c.created_at,
            runs.c.finished_at,
            runs.c.revision,
            runs.c.revised,
        )
        .where(runs.c.broadcast_id == broadcast_id)
        .order_by(runs.c.due_at.desc(), runs.c.id.desc())
        .limit(most)
    )
    return found.all()


async def run_of(connection: AsyncConnection, broadcast_id: int, run_id: int | None) -> Row | None:
    """One sending of an announcement, whole; the latest where none is named, None where there is no such."""
    found = sa.select(runs).where(runs.c.broadcast_id == broadcast_id)
    if run_id is not None:
        found = found.where(runs.c.id == run_id)
    rows = await connection.execute(found.order_by(runs.c.due_at.desc(), runs.c.id.desc()).limit(1))
    return rows.one_or_none()


_SENDING = runs.alias("sending")
_LATEST = (
    sa.select(_SENDING.c.id)
    .where(_SENDING.c.broadcast_id == broadcasts.c.id)
    .order_by(_SENDING.c.due_at.desc(), _SENDING.c.id.desc())
    .limit(1)
    .correlate(broadcasts)
    .scalar_subquery()
)


def _select(viewer: Viewer) -> sa.Select[*tuple[Any, ...]]:
    return (
        sa.select(
            broadcasts,
            units.c.name.label("unit_name"),
            staff.c.name.label("writer_name"),
            runs.c.id.label("run_id"),
            runs.c.state.label("run_state"),
            runs.c.created_at.label("run_at"),
            runs.c.revision.label("run_revision"),
            runs.c.revised.label("run_revised"),
            runs.c.finished_at,
        )
        .join(units, units.c.id == broadcasts.c.unit_id)
        .outerjoin(staff, staff.c.id == broadcasts.c.created_by)
        .outerjoin(runs, runs.c.id == _LATEST)
        .where(in_sight(viewer, broadcasts.c.unit_id))
    )
