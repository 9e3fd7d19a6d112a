"""What became of claimed deliveries, written down: sent, failed, in doubt, to be tried again; and what follows for their run."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa
import structlog
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.channels.contract import Receipt
from bot.sending.parcels import Outcome, Parcel, Verdict
from bot.store.tables import deliveries, runs
from bot.store.tables.broadcasts import DeliveryState, OnUncertain, RunState
from bot.store.types import Moment
from broadcasts import bounds, posts
from broadcasts.codes import REFUSED_AGAIN, SENDER_DIED, STOPPED_MONEY

log = structlog.get_logger()

_UNCERTAIN_SENDS = 1  # Where the policy is to send again: so often.


async def settle(connection: AsyncConnection, outcomes: Sequence[Outcome], *, owner: str) -> None:
    """As `bot.sending.parcels.Lane`."""
    if unsent := [outcome for outcome in outcomes if outcome.verdict is not Verdict.SENT]:
        await _account_for(connection, unsent, owner)
    for verdict, statement in _SETTLE.items():
        if rows := [_values(outcome, owner) for outcome in outcomes if _verdict(outcome) is verdict]:
            await connection.execute(statement, rows)


async def release(connection: AsyncConnection, parcels: Sequence[Parcel], *, owner: str) -> None:
    """As `bot.sending.parcels.Lane`."""
    if parcels:
        await bounds.give_back(connection, [parcel.row_id for parcel in parcels])
        await unclaim(connection, [parcel.row_id for parcel in parcels], owner=owner)


async def unclaim(connection: AsyncConnection, delivery_ids: Sequence[int], *, owner: str) -> None:
    """Give back what was claimed and for which nothing was taken yet."""
    await connection.execute(_RELEASE, [{"row": row_id, "owner": owner} for row_id in delivery_ids])


async def recover(connection: AsyncConnection, *, now: datetime) -> int:
    """As `bot.sending.parcels.Lane`."""
    recovered = await connection.execute(_RECOVER, {"now": now, "why": SENDER_DIED})
    return recovered.rowcount


def _verdict(outcome: Outcome) -> Verdict:
    """Where the money is used up nobody has failed: the run stops, and goes on with her when there is some."""
    is_over = outcome.verdict in {Verdict.FAILED, Verdict.HELD}
    return Verdict.AGAIN if outcome.is_for_money and is_over else outcome.verdict


async def _account_for(connection: AsyncConnection, unsent: Sequence[Outcome], owner: str) -> None:
    """What was not sent used nothing up; what was refused, and what had no money, may stop its run."""
    ids = {outcome.parcel.row_id: outcome for outcome in unsent}
    found = await connection.execute(_RUNS_OF, {"ids": list(ids), "owner": owner})
    mine = [(row.run_id, ids[row.id]) for row in found]
    not_sent = [one.parcel.row_id for _, one in mine if one.verdict is not Verdict.UNCERTAIN]
    if not_sent:
        await bounds.give_back(connection, not_sent)
    rejected: dict[int, int] = {}
    for run_id, one in mine:
        if _verdict(one) is Verdict.FAILED and not one.unreachable:
            rejected[run_id] = rejected.get(run_id, 0) + 1
    for run_id, count in sorted(rejected.items()):
        await connection.execute(_REJECTED, {"run": run_id, "more": count})
    for run_id in sorted({run_id for run_id, one in mine if one.is_for_money}):
        stopped = await connection.execute(_STOP, {"run": run_id, "why": STOPPED_MONEY})
        if stopped.rowcount:
            log.warning("run_stopped", run=run_id, code=STOPPED_MONEY)


def _values(outcome: Outcome, owner: str) -> dict[str, Any]:
    verdict = _verdict(outcome)
    values: dict[str, Any] = {"row": outcome.parcel.row_id, "owner": owner}
    if verdict is Verdict.SENT:
        receipt = outcome.receipt or Receipt("")
        return values | {"when": outcome.at, "platform": receipt.platform_id, "charge": receipt.charge}
    values["why"] = outcome.code
    if verdict is Verdict.AGAIN:
        values["tries"] = int(outcome.counts and not outcome.is_for_money)
    if verdict not in {Verdict.FAILED, Verdict.HELD}:
        values["then"] = outcome.next_at or outcome.at
    return values


_MINE = sa.and_(deliveries.c.id == sa.bindparam("row"), deliveries.c.lease_by == sa.bindparam("owner"))
_NO_LEASE = {"lease_by": None, "lease_until": None}
_TRIED = deliveries.c.attempts + 1
_THEN = sa.bindparam("then", type_=Moment())

# A send in doubt: once more where the run says so and it was not in doubt before. What many see is never repeated by itself.
_MAY_REPEAT = sa.and_(
    deliveries.c.uncertain_sends < _UNCERTAIN_SENDS,
    *[deliveries.c.route != route for route in posts.ROUTES],  # Not IN: executemany takes no lists.
    deliveries.c.run_id.in_(sa.select(runs.c.id).where(runs.c.on_uncertain == OnUncertain.SEND_AGAIN)),
)
_IN_DOUBT = {
    "state": sa.type_coerce(
        sa.case((_MAY_REPEAT, DeliveryState.PLANNED.value), else_=DeliveryState.UNCERTAIN.value),
        deliveries.c.state.type,
    ),
    "attempts": _TRIED,
    "uncertain_sends": deliveries.c.uncertain_sends + 1,
    "code": sa.bindparam("why"),
    **_NO_LEASE,
}

# Refused: but whoever was in doubt before may have it all the same, and stays there by name.
_WAS_IN_DOUBT = deliveries.c.uncertain_sends > 0
_REFUSED = {
    "state": sa.type_coerce(
        sa.case((_WAS_IN_DOUBT, DeliveryState.UNCERTAIN.value), else_=DeliveryState.FAILED.value),
        deliveries.c.state.type,
    ),
    "code": sa.case((_WAS_IN_DOUBT, REFUSED_AGAIN), else_=sa.bindparam("why", type_=sa.String)),
    "attempts": _TRIED,
    **_NO_LEASE,
}

_SETTLE = {
    Verdict.SENT: sa.update(deliveries).where(_MINE).values(
        state=DeliveryState.SENT, code="", attempts=_TRIED, sent_at=sa.bindparam("when"),
        platform_id=sa.bindparam("platform"), charge=sa.bindparam("charge"), **_NO_LEASE,
    ),
    Verdict.FAILED: sa.update(deliveries).where(_MINE).values(_REFUSED),
    Verdict.HELD: sa.update(deliveries).where(_MINE).values(_REFUSED),
    Verdict.AGAIN: sa.update(deliveries).where(_MINE).values(
        state=DeliveryState.PLANNED, code=sa.bindparam("why"), next_at=_THEN,
        attempts=deliveries.c.attempts + sa.bindparam("tries", type_=sa.Integer), **_NO_LEASE,
    ),
    # What stays in doubt keeps the moment of its claim.
    Verdict.UNCERTAIN: sa.update(deliveries).where(_MINE).values(
        _IN_DOUBT | {"next_at": sa.case((_MAY_REPEAT, _THEN), else_=deliveries.c.next_at)}
    ),
}  # fmt: skip
_RELEASE = sa.update(deliveries).where(_MINE).values(state=DeliveryState.PLANNED, **_NO_LEASE)
_RECOVER = (
    sa.update(deliveries)
    .where(deliveries.c.state == DeliveryState.CLAIMED, deliveries.c.lease_until < sa.bindparam("now"))
    .values(_IN_DOUBT)
)
_RUNS_OF = sa.select(deliveries.c.id, deliveries.c.run_id).where(
    deliveries.c.id.in_(sa.bindparam("ids", expanding=True)), deliveries.c.lease_by == sa.bindparam("owner")
)
_THE_RUN = runs.c.id == sa.bindparam("run")
_REJECTED = (
    sa.update(runs).where(_THE_RUN).values(rejected=runs.c.rejected + sa.bindparam("more", type_=sa.Integer))
)
_STOP = (
    sa.update(runs)
    .where(_THE_RUN, runs.c.state == RunState.RUNNING)
    .values(state=RunState.PAUSED, code=sa.bindparam("why"))
)
