"""Runs that stop themselves: an officer looks, mends what is wrong, and lets them go on.

By figures and not by single messages: too many are refused for no reason of the people's own, or an account that a run
still needs is not accepted by its platform. That an account's money is used up, settling says at once.
"""

import sqlalchemy as sa
import structlog
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.store.tables import accounts, deliveries, runs
from bot.store.tables.accounts import AccountState
from bot.store.tables.broadcasts import DeliveryState, RunState
from broadcasts.codes import STOPPED_ACCOUNT, STOPPED_REJECTED
from broadcasts.policy import Policy

log = structlog.get_logger()

LEAST_SENDS = 50
"""Fewer say nothing yet."""


async def stop_troubled(connection: AsyncConnection, policy: Policy) -> list[tuple[int, str]]:
    """Pause every running run that has come to trouble; returns each with its code, said once."""
    stopped: list[tuple[int, str]] = []
    for run_id in (await connection.scalars(_NEEDS_REFUSED)).all():
        stopped += await _stop(connection, run_id, STOPPED_ACCOUNT)
    if policy.stop_rejected > 0:
        for row in (await connection.execute(_REJECTED)).all():
            if await _is_rejected(connection, row.id, row.rejected, policy.stop_rejected):
                stopped += await _stop(connection, row.id, STOPPED_REJECTED)
    return stopped


async def _is_rejected(connection: AsyncConnection, run_id: int, rejected: int, share: float) -> bool:
    """Whether so many are at least `share` of all that were tried."""
    # No more are counted than it takes to be below the share.
    enough = max(LEAST_SENDS, int(rejected / share)) - rejected + 1
    some = (
        sa.select(sa.literal(1))
        .where(deliveries.c.run_id == run_id, deliveries.c.state == DeliveryState.SENT)
        .limit(enough)
        .subquery()
    )
    tried = rejected + (await connection.execute(sa.select(sa.func.count()).select_from(some))).scalar_one()
    return tried >= LEAST_SENDS and rejected >= share * tried


async def _stop(connection: AsyncConnection, run_id: int, code: str) -> list[tuple[int, str]]:
    stopped = await connection.execute(
        sa.update(runs)
        .where(runs.c.id == run_id, runs.c.state == RunState.RUNNING)
        .values(state=RunState.PAUSED, code=code)
    )
    if not stopped.rowcount:
        return []
    log.warning("run_stopped", run=run_id, code=code)
    return [(run_id, code)]


_STILL_NEEDED = (
    sa.select(sa.literal(1))
    .where(
        deliveries.c.run_id == runs.c.id,
        deliveries.c.state == DeliveryState.PLANNED,
        deliveries.c.account_id == accounts.c.id,
    )
    .limit(1)
    .scalar_subquery()
    .correlate(runs, accounts)
)
_NEEDS_REFUSED = (
    sa.select(runs.c.id)
    .distinct()
    .select_from(runs.join(accounts, accounts.c.state == AccountState.REFUSED))
    .where(runs.c.state == RunState.RUNNING, _STILL_NEEDED.is_not(None))
    .order_by(runs.c.id)
)
_REJECTED = (
    sa.select(runs.c.id, runs.c.rejected)
    .where(runs.c.state == RunState.RUNNING, runs.c.rejected > 0)
    .order_by(runs.c.id)
)
