"""How fast a run goes, by what its accounts have sent of it, and when it will be over at that pace."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.store.tables import deliveries, paces
from bot.store.tables.broadcasts import DeliveryState, Priority
from broadcasts.finishing import UNPACED, Pace, Release
from broadcasts.policy import Policy

_MICROSECOND = timedelta(microseconds=1)
_SAMPLE = 200  # Messages at each end of an account's that are looked at.
_JUST_NOW = timedelta(minutes=5)
_ENOUGH, _LONG_ENOUGH = 50, timedelta(seconds=10)  # A pace is said of so many messages, or of so long a time.

Row = sa.Row[*tuple[Any, ...]]


@dataclass(frozen=True, slots=True)
class Sent:
    """When an account sent its first and its last messages of a run."""

    first: datetime
    last: datetime
    interval: timedelta | None  # Between two of the last ones.
    is_measured: bool  # Over enough of them that the interval says something of the pace.
    has_many: bool  # So many that a short rest among them says little.


async def sent(
    connection: AsyncConnection, run_id: int, account_ids: Collection[int], *, since_rest: bool
) -> dict[int, Sent]:
    """By account, of those that have sent any. `since_rest`: over a night or a pause lies no pace."""
    found = {
        account_id: await _sent(connection, run_id, account_id, since_rest=since_rest)
        for account_id in sorted(account_ids)
    }
    return {account_id: one for account_id, one in found.items() if one is not None}


def per_minute(known: Mapping[int, Sent], now: datetime) -> float | None:
    """What goes out at present, all accounts together."""
    going = [
        one.interval
        for one in known.values()
        if one.interval and one.is_measured and now - one.last <= _JUST_NOW
    ]
    return sum(timedelta(minutes=1) / interval for interval in going) or None


async def finish(
    connection: AsyncConnection,
    run: Row,
    wanted: Sequence[Release],
    known: Mapping[int, Sent],
    now: datetime,
    policy: Policy,
    used: int,
) -> tuple[datetime | None, datetime | None]:
    """The slowest account's share says when; who waits for another day comes then. Of what goes day by day also when its next
    portion goes. None where a pace is not known yet.
    """
    if run.decide_at is not None and run.winner is None:
        return None, None  # The rest waits for the better text.
    account_ids = {one.account_id for one in wanted}
    is_drip = run.priority == Priority.DRIP and run.per_day
    if (
        is_drip
    ):  # The days say when, and hardly the pace: a short rest between a few messages must not become days.
        known = {account_id: one for account_id, one in known.items() if one.has_many}
    intervals = await _intervals(connection, account_ids, known)
    if is_drip:
        intervals = dict.fromkeys(account_ids, UNPACED) | intervals
    if intervals.keys() != account_ids:
        return None, None
    pace = Pace(intervals, run.by_day, policy, run.interval_us * _MICROSECOND)
    if not is_drip:
        return pace.finish(wanted, dict.fromkeys(account_ids, now)), None
    begins = (at for at in pace.portions_begin(wanted, now, run.per_day, used=used) if at > now)
    ends = run.deadline_at
    next_portion = next(begins, None)
    if next_portion is not None and ends is not None and next_portion >= ends:
        next_portion = None  # It is of no use by then, so nobody gets it.
    return pace.day_by_day(wanted, now, run.per_day, used=used), next_portion


async def _sent(
    connection: AsyncConnection, run_id: int, account_id: int, *, since_rest: bool
) -> Sent | None:
    ends = []
    for statement in (_FIRST_SENT, _LAST_SENT):
        found = await connection.scalars(statement, {"run": run_id, "account": account_id, "most": _SAMPLE})
        ends.append(sorted(at for at in found if at is not None))
    first, last = ends
    if not first or not last:
        return None
    if since_rest:
        last = _since_rest(last)
    interval = (last[-1] - last[0]) / (len(last) - 1) if len(last) > 1 else None
    is_measured = len(last) >= _ENOUGH or last[-1] - last[0] >= _LONG_ENOUGH
    return Sent(first[0], last[-1], interval or None, is_measured, len(last) >= _ENOUGH)


def _since_rest(moments: Sequence[datetime]) -> list[datetime]:
    """The last of them without a rest."""
    rests = [after for before, after in pairwise(moments) if after - before > _JUST_NOW]
    return [at for at in moments if not rests or at >= rests[-1]]


async def _intervals(
    connection: AsyncConnection, account_ids: Collection[int], known: Mapping[int, Sent]
) -> dict[int, timedelta]:
    """What an account without a pace can do is seen from what it sent already; where it sent nothing, nobody knows."""
    seen = {one: known[one].interval for one in account_ids if one in known}
    measured = {one: interval for one, interval in seen.items() if interval is not None}
    return measured | await paced(connection, account_ids)


async def paced(connection: AsyncConnection, account_ids: Collection[int]) -> dict[int, timedelta]:
    """How long each of them waits between two messages, of those that have a pace."""
    kept = await connection.execute(
        sa.select(paces.c.account_id, paces.c.interval_us).where(
            paces.c.account_id.in_(account_ids), paces.c.interval_us > 0
        )
    )
    return {row.account_id: row.interval_us * _MICROSECOND for row in kept}


def _at_end(*order: sa.ColumnElement[Any]) -> sa.Select[datetime | None]:
    return (
        sa.select(deliveries.c.sent_at)
        .where(
            deliveries.c.run_id == sa.bindparam("run"),
            deliveries.c.state == DeliveryState.SENT,
            deliveries.c.account_id == sa.bindparam("account"),
        )
        .order_by(*order)
        .limit(sa.bindparam("most", type_=sa.Integer))
    )


_FIRST_SENT = _at_end(deliveries.c.next_at, deliveries.c.id)
_LAST_SENT = _at_end(deliveries.c.next_at.desc(), deliveries.c.id.desc())
