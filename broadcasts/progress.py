"""How far a run has come: figures that are read again every few seconds while somebody looks, so they must stay cheap.

They are counted from indexes alone, whatever the run's size; first and last messages are looked up at the ends of one. Who will
have to wait for another day is counted seldom, and kept (`broadcasts.foretelling`).
"""

from collections import Counter
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.clock import in_vietnam
from bot.store.tables import deliveries, runs
from bot.store.tables.broadcasts import DeliveryState, Priority, RunState
from bot.store.types import Moment
from broadcasts import hours, posts, tempo
from broadcasts.codes import CAPPED
from broadcasts.finishing import Release
from broadcasts.foretelling import Foretelling, Foretold
from broadcasts.marks import slice_of
from broadcasts.policy import Policy
from broadcasts.refused import N_, Refused
from broadcasts.trial import NEVER

_USUAL = Policy()
_OPEN = (DeliveryState.PLANNED, DeliveryState.CLAIMED)
_MOVES = (RunState.FILLING, RunState.RUNNING)

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
    later: Mapping[date, int] = field(default_factory=dict)
    """So many people will not be written to before that day, because they have had enough by then or get others first."""
    per_day: int | None = None  # It goes day by day, to so many people a day.
    of_today: int = 0  # So many of them have had it today, or it is under way to them.
    next_portion: datetime | None = None
    """When it goes on after what can go now; None where nothing can be said."""
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


async def of_run(
    connection: AsyncConnection,
    run_id: int,
    *,
    now: datetime,
    policy: Policy = _USUAL,
    foretelling: Foretelling | None = None,
    may_last: bool = True,
) -> Progress:
    """Where a run stands. Refused when there is none.

    `foretelling` keeps what takes seconds to count of many people; where it is not known yet and this may not last, `finish`
    is left open.
    """
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
    per_day = run.per_day if run.priority == Priority.DRIP else None
    used = run.day_count if run.day == in_vietnam(now).date() else 0
    known = await tempo.sent(connection, run_id, sending, since_rest=bool(per_day))
    finish, next_portion, later = None, None, Counter[date]()
    if run.state is RunState.RUNNING and waiting:
        foretold = await (foretelling or Foretelling()).of_run(
            connection, run, sum(waiting.values()), policy, now=now, may_last=may_last
        )
        wanted = await _wanted(connection, run.id, waiting, foretold, now)
        for one in wanted:
            if one.is_held:
                later[in_vietnam(one.at).date()] += one.people
        if foretold.is_known:
            finish, next_portion = await tempo.finish(connection, run, wanted, known, now, policy, used)
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
        later=dict(sorted(later.items())),
        per_minute=tempo.per_minute(known, now) if run.state is RunState.RUNNING else None,
        pace_per_minute=60_000_000 // run.interval_us if run.interval_us else None,
        per_day=per_day or None,
        of_today=used,
        next_portion=next_portion,
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


async def _wanted(
    connection: AsyncConnection, run_id: int, waiting: Mapping[int, int], foretold: Foretold, now: datetime
) -> list[Release]:
    """Who may be sent to now, and who waits for a moment to come."""
    left = dict(waiting)
    wanted: list[Release] = []
    for one in (
        await _later(connection, run_id, waiting, now) if foretold.releases is None else foretold.releases
    ):
        # What was counted a while ago may be of more than are left.
        people = min(one.people, left.get(one.account_id, 0))
        if people and one.at > now:
            left[one.account_id] -= people
            wanted.append(replace(one, people=people))
    return [*(Release(account_id, now, people) for account_id, people in left.items() if people), *wanted]


async def _later(
    connection: AsyncConnection, run_id: int, account_ids: Collection[int], now: datetime
) -> list[Release]:
    """What stands in the deliveries of those who wait for a moment to come."""
    return [
        Release(account_id, row.at, row.people)
        for account_id in account_ids
        for row in await connection.execute(_LATER, {"run": run_id, "account": account_id, "now": now})
    ]


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
_BY_CODE_OF_POSTS = _BY_CODE.where(posts.IS_POST)
_LATER = (
    sa.select(sa.func.max(deliveries.c.next_at).label("at"), _PEOPLE)
    .where(
        deliveries.c.run_id == sa.bindparam("run"),
        deliveries.c.state == DeliveryState.PLANNED,
        deliveries.c.account_id == sa.bindparam("account"),
        deliveries.c.next_at > sa.bindparam("now", type_=Moment()),
        deliveries.c.next_at < sa.literal(NEVER, Moment()),
    )
    .group_by(slice_of(deliveries.c.next_at))
)
