"""What became of a run: figures for everybody who may see it, names for officers of the members' own unit."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.clock import LONG_PAST
from bot.people import acts
from bot.people.viewers import Viewer, in_sight
from bot.store.tables import accounts, deliveries, members, paces, receipts, runs, units
from bot.store.tables.broadcasts import DeliveryState, RunState
from broadcasts.hours import after_working, is_day, next_morning
from broadcasts.refused import N_, Refused

PAGE_SIZE = 50
_OPEN = (DeliveryState.PLANNED, DeliveryState.CLAIMED)
_MOVES = (RunState.FILLING, RunState.RUNNING)
_WITH_CODE = (DeliveryState.FAILED, DeliveryState.UNCERTAIN, DeliveryState.SKIPPED)
_MICROSECOND = timedelta(microseconds=1)


@dataclass(frozen=True, slots=True)
class Progress:
    state: RunState
    total: int
    by_state: Mapping[DeliveryState, int]
    by_code: Mapping[tuple[DeliveryState, str], int]  # Failed, uncertain and skipped, by why.
    first_sent: datetime | None
    last_sent: datetime | None
    finish: (
        datetime | None
    )  # When the last one will have been sent, at this pace; None where nothing can be said.
    waits_until: datetime | None = None  # It sends nothing at night and goes on then.
    code: str = ""  # Why it was cancelled, when no officer did it.

    @property
    def percent(self) -> int:
        """How much of it is settled, rounded down: 100 only when nothing is left."""
        left = sum(self.by_state.get(state, 0) for state in _OPEN)
        if self.state is RunState.FILLING:
            return 0
        return 100 * (self.total - left) // self.total if self.total else 100


@dataclass(frozen=True, slots=True)
class Recipient:
    delivery_id: int
    member_id: int
    full_name: str
    unit_name: str
    channel: str
    state: DeliveryState
    code: str
    attempts: int
    uncertain_sends: int
    sent_at: datetime | None


@dataclass(frozen=True, slots=True)
class Read:
    """What became of the messages of a run that were sent, where the platform tells."""

    delivered: int
    seen: int


@dataclass(frozen=True, slots=True)
class Charge:
    """So many messages of a run that a platform took from this (its own word, "charged": from money)."""

    channel: str
    charge: str
    messages: int


@dataclass(frozen=True, slots=True)
class Recipients:
    total: int  # Of all pages.
    page: int
    rows: Sequence[Recipient]

    @property
    def pages(self) -> int:
        return max(1, -(-self.total // PAGE_SIZE))


async def progress(connection: AsyncConnection, run_id: int, *, now: datetime) -> Progress:
    """Where a run stands. Refused when there is none."""
    found = sa.select(runs.c.state, runs.c.by_day, runs.c.code).where(runs.c.id == run_id)
    run = (await connection.execute(found)).one_or_none()
    if run is None:
        raise Refused(N_("Không có lượt gửi này."))
    by_state: dict[DeliveryState, int] = {}
    waiting: dict[int, int] = {}  # By account.
    counted = sa.select(deliveries.c.state, deliveries.c.account_id, sa.func.count().label("people"))
    grouped = counted.where(deliveries.c.run_id == run_id).group_by(
        deliveries.c.state, deliveries.c.account_id
    )
    for row in await connection.execute(grouped):
        by_state[row.state] = by_state.get(row.state, 0) + row.people
        if row.state in _OPEN:
            waiting[row.account_id] = waiting.get(row.account_id, 0) + row.people
    by_code = {
        (row.state, row.code): row.people
        for row in await connection.execute(
            sa.select(deliveries.c.state, deliveries.c.code, sa.func.count().label("people"))
            .where(deliveries.c.run_id == run_id, deliveries.c.state.in_(_WITH_CODE))
            .group_by(deliveries.c.state, deliveries.c.code)
        )
    }
    span = (
        await connection.execute(
            sa.select(
                sa.func.min(deliveries.c.sent_at).label("first"),
                sa.func.max(deliveries.c.sent_at).label("last"),
            ).where(deliveries.c.run_id == run_id, deliveries.c.state == DeliveryState.SENT)
        )
    ).one()
    sent = by_state.get(DeliveryState.SENT, 0)
    observed = (span.last - span.first) / (sent - 1) if sent > 1 else None
    left = await _time_left(connection, waiting, observed) if run.state is RunState.RUNNING else None
    finish = None
    if left is not None:
        finish = after_working(now, left) if run.by_day else now + left
    waits = run.by_day and run.state in _MOVES and not is_day(now)
    return Progress(
        run.state,
        sum(by_state.values()),
        by_state,
        by_code,
        span.first,
        span.last,
        finish,
        waits_until=next_morning(now) if waits else None,
        code=run.code,
    )


async def _time_left(
    connection: AsyncConnection, waiting: Mapping[int, int], observed: timedelta | None
) -> timedelta | None:
    """The slowest account's share; what an account without a pace can do is seen from what was sent already."""
    if not waiting:
        return None
    intervals = {
        row.account_id: row.interval_us * _MICROSECOND
        for row in await connection.execute(
            sa.select(paces.c.account_id, paces.c.interval_us).where(
                paces.c.account_id.in_(waiting), paces.c.interval_us > 0
            )
        )
    }
    spans: list[timedelta] = []
    for account_id, count in waiting.items():
        interval = intervals.get(account_id, observed)
        if interval is None:
            return None
        spans.append(interval * count)
    return max(spans)


async def read(connection: AsyncConnection, run_id: int) -> Read | None:
    """How many have it on their phones, and how many have opened it. None where no platform has told of any."""
    counted = (
        sa.select(sa.func.count().label("delivered"), sa.func.count(receipts.c.seen_at).label("seen"))
        .select_from(deliveries)
        .join(
            receipts,
            sa.and_(
                receipts.c.account_id == deliveries.c.account_id,
                receipts.c.platform_id == deliveries.c.platform_id,
            ),
        )
        .where(deliveries.c.run_id == run_id, deliveries.c.state == DeliveryState.SENT)
    )
    row = (await connection.execute(counted)).one()
    return Read(row.delivered, row.seen) if row.delivered else None


async def charges(connection: AsyncConnection, run_id: int) -> list[Charge]:
    """What the platforms took the messages of a run from, the most first; nothing where they count nothing."""
    messages = sa.func.count().label("messages")
    rows = await connection.execute(
        sa.select(accounts.c.channel, deliveries.c.charge, messages)
        .join(accounts, accounts.c.id == deliveries.c.account_id)
        .where(
            deliveries.c.run_id == run_id,
            deliveries.c.state == DeliveryState.SENT,
            deliveries.c.charge != "",
        )
        .group_by(accounts.c.channel, deliveries.c.charge)
        .order_by(messages.desc(), accounts.c.channel, deliveries.c.charge)
    )
    return [Charge(*tuple(row)) for row in rows]


async def recipients(
    connection: AsyncConnection,
    run_id: int,
    viewer: Viewer,
    *,
    state: DeliveryState | None = None,
    page: int = 1,
) -> Recipients:
    """One page of a run's people by name, only those whom the viewer may see; who was erased since is in no list."""
    conditions = [deliveries.c.run_id == run_id, in_sight(viewer, members.c.unit_id)]
    if state is not None:
        conditions.append(deliveries.c.state == state)
    joined = deliveries.join(members, members.c.id == deliveries.c.member_id)
    total = (
        await connection.execute(sa.select(sa.func.count()).select_from(joined).where(*conditions))
    ).scalar_one()
    page = min(max(page, 1), max(1, -(-total // PAGE_SIZE)))
    rows = await connection.execute(
        sa.select(
            deliveries.c.id.label("delivery_id"),
            deliveries.c.member_id,
            members.c.full_name,
            sa.func.coalesce(units.c.name, "").label("unit_name"),
            accounts.c.channel,
            deliveries.c.state,
            deliveries.c.code,
            deliveries.c.attempts,
            deliveries.c.uncertain_sends,
            deliveries.c.sent_at,
        )
        .select_from(joined.outerjoin(units, units.c.id == members.c.unit_id))
        .join(accounts, accounts.c.id == deliveries.c.account_id)
        .where(*conditions)
        .order_by(members.c.name_sort, deliveries.c.id)
        .limit(PAGE_SIZE)
        .offset((page - 1) * PAGE_SIZE)
    )
    return Recipients(total, page, [Recipient(*tuple(row)) for row in rows])


async def send_uncertain_again(
    connection: AsyncConnection,
    run_id: int,
    delivery_ids: Sequence[int] | None,
    *,
    staff_id: int,
    now: datetime,
) -> int:
    """Send once more to those of whom it is not known whether it arrived (None: to all of them). Returns how many.

    She may get it twice: that is the officer's choice. A run that was done runs again; a cancelled one is refused.
    """
    onward = sa.case((runs.c.state == RunState.DONE, RunState.RUNNING.value), else_=runs.c.state)
    # The run first, also where nothing changes: it keeps `finish_done` from closing the run meanwhile.
    held = await connection.execute(
        sa.update(runs)
        .where(runs.c.id == run_id, runs.c.state != RunState.CANCELLED)
        .values(state=sa.type_coerce(onward, runs.c.state.type), finished_at=None)
    )
    if not held.rowcount:
        raise Refused(N_("Lượt gửi này đã hủy, không gửi lại được."))
    which = [deliveries.c.run_id == run_id, deliveries.c.state == DeliveryState.UNCERTAIN]
    if delivery_ids is not None:
        which.append(deliveries.c.id.in_(delivery_ids))
    again = await connection.execute(
        sa.update(deliveries).where(*which).values(state=DeliveryState.PLANNED, next_at=LONG_PAST)
    )
    if again.rowcount:
        await acts.record(
            connection,
            staff_id,
            "uncertain_sent_again",
            now=now,
            subject=f"run {run_id}",
            count=again.rowcount,
        )
    return again.rowcount
