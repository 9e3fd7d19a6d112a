"""One process that writes the deliveries of the run there is and claims some of them: first of the first, then of the last.

    python -m tests.bench.scale_work CLAIMS

Each claim, and each recording of what was claimed as sent, is a transaction of its own, as in a sender. Between the two the
database marks all but the last ones as sent. Prints what it took as one line of JSON; the database's address comes from the
settings.
"""

import asyncio
import json
import resource
import sys
from collections.abc import Mapping
from datetime import datetime, time, timedelta
from time import monotonic, process_time

import sqlalchemy as sa

from bot.channels.contract import Receipt
from bot.clock import utc_now
from bot.sending.parcels import Outcome, Verdict
from bot.store.database import Database
from bot.store.tables import deliveries
from bot.store.tables.broadcasts import DeliveryState
from broadcasts import filling, starting
from broadcasts.delivery import DeliveryLane
from broadcasts.policy import Policy
from config.settings import read_settings

_BATCH = 100
_PART = 50_000
_LEASE = timedelta(minutes=1)


async def main(claims: int) -> None:
    database = Database.open(read_settings().database_address)
    async with database.writing() as connection:
        (run_id,) = await starting.start_due(connection, utc_now())
    lane = DeliveryLane(Policy(day_begins=time.min, day_ends=time.min))
    print("ready", flush=True)
    await asyncio.to_thread(sys.stdin.readline)
    try:
        print(json.dumps(await _measured(database, lane, run_id, claims)), flush=True)
    finally:
        await database.close()


async def _measured(database: Database, lane: DeliveryLane, run_id: int, claims: int) -> Mapping[str, float]:
    ready_mb, began, cpu_before = _peak_mb(), monotonic(), process_time()
    is_filled = False
    while not is_filled:
        async with database.writing() as connection:
            is_filled = await filling.fill(connection, run_id, utc_now())
    expand_s, expand_cpu_s = monotonic() - began, process_time() - cpu_before
    async with database.reading() as connection:
        whole = sa.select(sa.func.count()).where(deliveries.c.run_id == run_id)
        people = (await connection.execute(whole)).scalar_one()
        account_id = await connection.scalar(sa.select(deliveries.c.account_id).limit(1)) or 0
    first_s = await _claim(database, lane, account_id, claims)
    await _mark_all_but(database, run_id, claims)
    last_s = await _claim(database, lane, account_id, claims)
    return {
        "people": people,
        "expand_s": expand_s,
        "expand_cpu_s": expand_cpu_s,
        "first_s": first_s,
        "last_s": last_s,
        "above_mb": _peak_mb() - ready_mb,
    }


async def _claim(database: Database, lane: DeliveryLane, account_id: int, count: int) -> float:
    """Seconds to claim and record so many."""
    began, done = monotonic(), 0
    while done < count:
        now = utc_now()
        async with database.writing() as connection:
            parcels = await lane.claim(
                connection, account_id, min(_BATCH, count - done), owner="bench", now=now, until=now + _LEASE
            )
        assert parcels, f"{done} of {count} were there to be claimed"
        async with database.writing() as connection:
            sent = [Outcome(p, Verdict.SENT, now, receipt=Receipt(str(p.row_id))) for p in parcels]
            await lane.settle(connection, sent, owner="bench")
        done += len(parcels)
    return monotonic() - began


async def _mark_all_but(database: Database, run_id: int, count: int) -> None:
    """As if the middle of the run had been sent."""
    planned = sa.and_(deliveries.c.run_id == run_id, deliveries.c.state == DeliveryState.PLANNED)
    async with database.reading() as connection:
        ids = sa.select(deliveries.c.id).where(planned).order_by(deliveries.c.id)
        kept_from = await connection.scalar(
            ids.order_by(None).order_by(deliveries.c.id.desc()).offset(count - 1).limit(1)
        )
        first = await connection.scalar(ids.limit(1))
    assert kept_from is not None
    assert first is not None
    now: datetime = utc_now()
    for begins in range(first, kept_from, _PART):
        part = deliveries.c.id.between(begins, min(begins + _PART, kept_from) - 1)
        async with database.writing() as connection:
            await connection.execute(
                sa.update(deliveries)
                .where(planned, part)
                .values(state=DeliveryState.SENT, sent_at=now, attempts=1, platform_id="m")
            )
    if not database.is_sqlite:
        # As autovacuum does all along a run of hours; here its middle took seconds.
        async with database.engine.connect() as connection:
            await connection.execution_options(isolation_level="AUTOCOMMIT")
            await connection.execute(sa.text("VACUUM deliveries"))


def _peak_mb() -> float:
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak / (1024 * 1024 if sys.platform == "darwin" else 1024)


if __name__ == "__main__":
    asyncio.run(main(int(sys.argv[1])))
