"""How often one member is written to: what would be too much in her day or her week waits for another day.

Nothing is dropped, and what is urgent neither counts nor waits. Two runs that go to her at once from two accounts are told
apart by her own row, which whoever looks holds until what it claims is written.
"""

import heapq
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, time, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.clock import VIETNAM, in_vietnam
from bot.store.tables import deliveries, members
from bot.store.tables.broadcasts import DeliveryState
from broadcasts import hours
from broadcasts.policy import Policy

WEEK = timedelta(days=7)
HAD = (DeliveryState.CLAIMED, DeliveryState.SENT, DeliveryState.UNCERTAIN)
"""The deliveries that count for what she has had."""
HAD_AT = sa.func.coalesce(deliveries.c.sent_at, deliveries.c.next_at)
"""When she had it: what is under way or in doubt, when it was claimed."""
_SOON = timedelta(seconds=1)  # Somebody else is just deciding about her.


@dataclass(frozen=True, slots=True)
class Wanted:
    """A delivery that has been claimed, and whom it goes to."""

    delivery_id: int
    member_id: int


@dataclass(frozen=True, slots=True, order=True)
class Turn:
    """An announcement that is to go to one member; of two that could go at the same moment the lesser goes first."""

    at: datetime  # Not before.
    priority: int
    since: datetime  # When its run was begun, or will be.
    number: int  # Tells it from the others that she is to get.
    by_day: bool = field(default=True, compare=False)  # It waits for the morning.
    until: datetime | None = field(default=None, compare=False)  # It is of no use from then on.


async def too_much(
    connection: AsyncConnection,
    wanted: Sequence[Wanted],
    counted: Collection[int],
    policy: Policy,
    *,
    now: datetime,
) -> Mapping[int, datetime]:
    """The deliveries that have to wait, and until when. `counted` are the runs that count; the first of `wanted` goes first."""
    if not wanted or len(counted) < 2 or not (policy.most_per_day or policy.most_per_week):
        return {}
    member_ids = sorted({one.member_id for one in wanted})
    held = set((await connection.scalars(_HOLD, {"ids": member_ids})).all())
    values = {"ids": member_ids, "runs": sorted(counted), "mine": [one.delivery_id for one in wanted]}
    had: dict[int, list[datetime]] = {}
    for row in (await connection.execute(_HAD_BEFORE, values)).all():
        had.setdefault(row.member_id, []).append(row.at)
    waits: dict[int, datetime] = {}
    for one in wanted:
        before = had.setdefault(one.member_id, [])
        if one.member_id not in held:
            waits[one.delivery_id] = now + _SOON
        elif until := free_again(before, policy, now):
            waits[one.delivery_id] = until
        else:
            before.append(now)
    return waits


def free_again(had: Iterable[datetime], policy: Policy, now: datetime) -> datetime | None:
    """When she may be written to who was at these moments; None: now."""
    today = in_vietnam(now).date()
    of_week = sorted((at for at in had if at > now - WEEK), reverse=True)
    of_today = sum(in_vietnam(at).date() >= today for at in of_week)
    moments: list[datetime] = []
    if policy.most_per_day and of_today >= policy.most_per_day:
        moments.append(_morning_after(now, policy.day_begins))
    if policy.most_per_week and len(of_week) >= policy.most_per_week:
        moments.append(of_week[policy.most_per_week - 1] + WEEK)
    return max(moments, default=None)


def turn_of(mine: Turn, others: Iterable[Turn], had: Iterable[datetime], policy: Policy) -> datetime:
    """When one of the announcements to a member goes to her, where nothing but the caps keeps it: each is claimed when it may
    go and waits as `free_again` says, and so do those that go before it.
    """
    taken = list(had)
    turns = [mine, *others]
    heapq.heapify(turns)
    while turns:
        turn = heapq.heappop(turns)
        is_mine = turn.number == mine.number
        if turn.until is not None and turn.at >= turn.until and not is_mine:
            continue
        if turn.by_day and not hours.is_day(turn.at, policy=policy):
            then: datetime | None = hours.next_morning(turn.at, policy=policy)
        else:
            then = free_again(taken, policy, turn.at)
        if then is not None:
            heapq.heappush(turns, replace(turn, at=then))
        elif is_mine:
            return turn.at
        else:
            taken.append(turn.at)
    return mine.at


def _morning_after(now: datetime, begins: time) -> datetime:
    return datetime.combine(in_vietnam(now).date() + timedelta(days=1), begins, VIETNAM)


_IDS: sa.BindParameter[Any] = sa.bindparam("ids", expanding=True)
# Who is held elsewhere is left to whoever holds her: waiting for one another, two senders would end in a ring.
_HOLD = (
    sa.select(members.c.id).where(members.c.id.in_(_IDS)).with_for_update(key_share=True, skip_locked=True)
)
_HAD_BEFORE = sa.select(deliveries.c.member_id, HAD_AT.label("at")).where(
    deliveries.c.member_id.in_(_IDS),
    deliveries.c.run_id.in_(sa.bindparam("runs", expanding=True)),
    deliveries.c.state.in_(HAD),
    deliveries.c.id.not_in(sa.bindparam("mine", expanding=True)),
)
