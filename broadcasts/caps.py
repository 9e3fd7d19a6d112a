"""How often one member is written to: what would be too much in her day or her week waits for another day.

Nothing is dropped, and what is urgent neither counts nor waits. Two runs that go to her at once from two accounts are told
apart by her own row, which whoever looks holds until what it claims is written.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.clock import VIETNAM, in_vietnam
from bot.store.tables import deliveries, members
from bot.store.tables.broadcasts import DeliveryState
from broadcasts.policy import Policy

_WEEK = timedelta(days=7)
_SOON = timedelta(seconds=1)  # Somebody else is just deciding about her.
_HAD = (DeliveryState.CLAIMED, DeliveryState.SENT, DeliveryState.UNCERTAIN)


@dataclass(frozen=True, slots=True)
class Wanted:
    """A delivery that has been claimed, and whom it goes to."""

    delivery_id: int
    member_id: int


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
    of_week = sorted((at for at in had if at > now - _WEEK), reverse=True)
    of_today = sum(in_vietnam(at).date() >= today for at in of_week)
    moments: list[datetime] = []
    if policy.most_per_day and of_today >= policy.most_per_day:
        moments.append(_morning_after(now, policy.day_begins))
    if policy.most_per_week and len(of_week) >= policy.most_per_week:
        moments.append(of_week[policy.most_per_week - 1] + _WEEK)
    return max(moments, default=None)


def _morning_after(now: datetime, begins: time) -> datetime:
    return datetime.combine(in_vietnam(now).date() + timedelta(days=1), begins, VIETNAM)


_IDS: sa.BindParameter[Any] = sa.bindparam("ids", expanding=True)
# Who is held elsewhere is left to whoever holds her: waiting for one another, two senders would end in a ring.
_HOLD = (
    sa.select(members.c.id).where(members.c.id.in_(_IDS)).with_for_update(key_share=True, skip_locked=True)
)
_HAD_BEFORE = sa.select(
    deliveries.c.member_id, sa.func.coalesce(deliveries.c.sent_at, deliveries.c.next_at).label("at")
).where(
    deliveries.c.member_id.in_(_IDS),
    deliveries.c.run_id.in_(sa.bindparam("runs", expanding=True)),
    deliveries.c.state.in_(_HAD),
    deliveries.c.id.not_in(sa.bindparam("mine", expanding=True)),
)
