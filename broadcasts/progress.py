"""How far a run has come: figures that are read again every few seconds while somebody looks, so they must stay cheap.

They are counted from indexes alone, whatever the run's size; first and last messages are looked up at the ends of one.
"""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.store.tables import deliveries, paces, runs
from bot.store.tables.broadcasts import DeliveryState, Priority, RunState
from broadcasts import hours, posts
from broadcasts.codes import CAPPED
from broadcasts.policy import Policy
from broadcasts.refused import N_, Refused
from broadcasts.trial import NEVER

_USUAL = Policy()
_OPEN = (DeliveryState.PLANNED, DeliveryState.CLAIMED)
_MOVES = (RunState.FILLING, RunState.RUNNING)
_MICROSECOND = timedelta(microseconds=1)
_SAMPLE = 200  # Messages at each end of an account's that are looked at.
_JUST_NOW = timedelta(minutes=5)

Row = sa.Row[*tuple[Any, ...]]


@dataclass(frozen=True, slots=True)
class Progress:
    state: RunState
    total: int
    by_state: Mapping[DeliveryState, int]
    by_code: Mapping[tuple[DeliveryState, str], int]  # By why, where there is a reason.
    first_sent: datetime | None
    last_sent: datetime | None
    finish: datetime | None
    """When the last one will have been sent, at this pace; None where nothing can be said."""
    per_minute: float | None = None  # What goes out at present, all accounts together.
    pace_per_minute: int | None = None  # What an officer has bounded it to.
    waits_until: datetime | None = None  # It sends nothing at night and goes on then.
    code: str = ""  # Why it stopped or was cancelled, when no officer did it.
    accounts: frozenset[int] = frozenset()  # That have anything to do with it.
    posts: Mapping[DeliveryState, int] = field(
        default_factory=dict
    )  # Apart from people, who are counted above.

    @property
    def left(self) -> int:
        return sum(self.by_state.get(state, 0) for state in _OPEN)

    @property
    def percent(self) -> int:
        """How much of it is settled, rounded down: 100 only when nothing is left."""
        if self.state is RunState.FILLING:
            return 0
        everything = self.total + sum(self.posts.values())
        left = self.left + sum(self.posts.get(state, 0) for state in _OPEN)
        return 100 * (everything - left) // everything if everything else 100


@dataclass(frozen=True, slots=True)
class _Sent:
    """When an account sent its first and its last messages of a run."""

    first: datetime
    last: datetime
    interval: timedelta | None  # Between two of the last ones.


async def of_run(
    connection: AsyncConnection, run_id: int, *, now: datetime, policy: Policy = _USUAL
) -> Progress:
    """Where a run stands. Refused when there is none."""
    run = (await connection.execute(sa.select(runs).where(runs.c.id == run_id))).one_or_none()
    if run is None:
        raise Refused(N_("Không có lượt gửi này."))
    by_state: dict[DeliveryState, int] = {}
    waiting: dict[int, int] = {}  # By account.
    accounts: set[int] = set()
    sending: set[int] = set()
    for row in await connection.execute(_COUNTED, {"run": run_id}):
        by_state[row.state] = by_state.get(row.state, 0) + row.people
        accounts.add(row.account_id)
        if row.state in _OPEN:
            waiting[row.account_id] = waiting.get(row.account_id, 0) + row.people
        elif row.state is DeliveryState.SENT:
            sending.add(row.account_id)
    sent = {account_id: await _sent(connection, run_id, account_id) for account_id in sorted(sending)}
    known = {account_id: one for account_id, one in sent.items() if one is not None}
    finish = None
    if run.state is RunState.RUNNING and waiting:
        finish = await _finish(connection, run, waiting, known, now, policy)
    posted = (await posts.tally(connection, [run_id])).get(run_id, Counter[DeliveryState]())
    by_state = {state: count for state, people in by_state.items() if (count := people - posted[state])}
    waits = run.by_day and run.state in _MOVES and not hours.is_day(now, policy=policy)
    return Progress(
        run.state,
        sum(by_state.values()),
        by_state,
        await _by_code(connection, run_id, has_posts=bool(posted)),
        min((one.first for one in known.values()), default=None),
        max((one.last for one in known.values()), default=None),
        finish,
        per_minute=_per_minute(known, now) if run.state is RunState.RUNNING else None,
        pace_per_minute=60_000_000 // run.interval_us if run.interval_us else None,
        waits_until=hours.next_morning(now, policy=policy) if waits else None,
        code=run.code,
        accounts=frozenset(accounts),
        posts=dict(posted),
    )


async def _by_code(
    connection: AsyncConnection, run_id: int, *, has_posts: bool
) -> dict[tuple[DeliveryState, str], int]:
    found = Counter[tuple[DeliveryState, str]]()
    for row in await connection.execute(_BY_CODE, {"run": run_id}):
        if row.state not in _OPEN or row.code == CAPPED:
            found[row.state, row.code] = row.people
    if has_posts:
        for row in await connection.execute(_BY_CODE_OF_POSTS, {"run": run_id}):
            found[row.state, row.code] -= row.people
    return dict(+found)


async def _sent(connection: AsyncConnection, run_id: int, account_id: int) -> _Sent | None:
    ends = []
    for statement in (_FIRST_SENT, _LAST_SENT):
        found = await connection.scalars(statement, {"run": run_id, "account": account_id, "most": _SAMPLE})
        ends.append(sorted(at for at in found if at is not None))
    first, last = ends
    if not first or not last:
        return None
    interval = (last[-1] - last[0]) / (len(last) - 1) if len(last) > 1 else None
    return _Sent(first[0], last[-1], interval or None)


def _per_minute(sent: Mapping[int, _Sent], now: datetime) -> float | None:
    going = [one.interval for one in sent.values() if one.interval and now - one.last <= _JUST_NOW]
    return sum(timedelta(minutes=1) / interval for interval in going) or None


async def _finish(
    connection: AsyncConnection,
    run: Row,
    waiting: Mapping[int, int],
    sent: Mapping[int, _Sent],
    now: datetime,
    policy: Policy,
) -> datetime | None:
    """The slowest account's share says when, and then whoever is planned for another day."""
    if run.decide_at is not None and run.winner is None:
        return None  # The rest waits for the better text.
    left = await _time_left(connection, run, waiting, sent)
    if left is None:
        return None
    finish: datetime = hours.after_working(now, left, policy=policy) if run.by_day else now + left
    for account_id in waiting:
        planned: datetime | None = await connection.scalar(
            _LAST_PLANNED, {"run": run.id, "account": account_id}
        )
        if planned is not None and planned < NEVER:
            finish = max(finish, planned)
    return finish


async def _time_left(
    connection: AsyncConnection, run: Row, waiting: Mapping[int, int], sent: Mapping[int, _Sent]
) -> timedelta | None:
    """What an account without a pace can do is seen from what it sent already."""
    count = sum(waiting.values())
    if run.priority == Priority.DRIP and run.per_day:
        return timedelta(days=-(-count // run.per_day) - 1) + timedelta(hours=1)
    intervals = {
        row.account_id: row.interval_us * _MICROSECOND
        for row in await connection.execute(
            sa.select(paces.c.account_id, paces.c.interval_us).where(
                paces.c.account_id.in_(waiting), paces.c.interval_us > 0
            )
        )
    }
    spans: list[timedelta] = []
    for account_id, people in waiting.items():
        interval = intervals.get(account_id) or (sent[account_id].interval if account_id in sent else None)
        if interval is None:
            return None
        spans.append(interval * people)
    bounded: timedelta = run.interval_us * _MICROSECOND * count
    return max(*spans, bounded)


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


_PEOPLE = sa.func.count().label("people")
_COUNTED = (
    sa.select(deliveries.c.state, deliveries.c.account_id, _PEOPLE)
    .where(deliveries.c.run_id == sa.bindparam("run"))
    .group_by(deliveries.c.state, deliveries.c.account_id)
)
_BY_CODE = (
    sa.select(deliveries.c.state, deliveries.c.code, _PEOPLE)
    # Written out: SQLite takes a partial index only where the statement says its condition.
    .where(deliveries.c.run_id == sa.bindparam("run"), sa.text("deliveries.code <> ''"))
    .group_by(deliveries.c.state, deliveries.c.code)
)
_BY_CODE_OF_POSTS = _BY_CODE.where(deliveries.c.member_id.is_(None), deliveries.c.route.in_(posts.ROUTES))
_FIRST_SENT = _at_end(deliveries.c.next_at, deliveries.c.id)
_LAST_SENT = _at_end(deliveries.c.next_at.desc(), deliveries.c.id.desc())
_LAST_PLANNED = sa.select(sa.func.max(deliveries.c.next_at)).where(
    deliveries.c.run_id == sa.bindparam("run"),
    deliveries.c.state == DeliveryState.PLANNED,
    deliveries.c.account_id == sa.bindparam("account"),
)
