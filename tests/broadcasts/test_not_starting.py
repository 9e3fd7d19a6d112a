"""What cannot be started is given up after a while and holds up no other."""

from collections.abc import Awaitable, Callable
from datetime import timedelta

import pytest
import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection
from structlog.testing import capture_logs

from bot.store.database import Database
from bot.store.tables import broadcasts
from bot.store.tables.broadcasts import BroadcastState, RunState
from broadcasts import segments, starting
from broadcasts.audience import Audience
from broadcasts.ticks import broadcast_ticks
from broadcasts.timing import Once
from tests.broadcasts.conftest import Plan
from tests.broadcasts.ledger import broadcast_of, count_ahead, runs_made
from tests.broadcasts.test_starting import DAILY
from tests.broadcasts.test_timing import at
from tests.conftest import MovingClock


async def test_what_the_database_will_not_start_for_ten_minutes_is_given_up_and_holds_up_no_other(
    database: Database, plan: Plan, clock: MovingClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    troubled, well = await plan(Once(at("2026-11-24 08:00"))), await plan(DAILY)
    clock.moment = at("2026-11-24 08:00")
    await count_ahead(database, clock())
    start = next(
        one.act for one in broadcast_ticks(database, clock, lambda: None) if one.name == "start_runs"
    )
    usual = segments.looked_up

    async def fails_for_one(connection: AsyncConnection, audience: Audience) -> Audience:
        if audience.unit_ids == ():
            return audience
        raise sa.exc.OperationalError("SELECT", None, Exception("too many variables"))

    await _change(database, well, audience={"nobody": True, "who": [], "not": []})
    monkeypatch.setattr(segments, "looked_up", fails_for_one)
    with capture_logs() as logs:
        for _ in range(10):
            await start()
            clock.move(timedelta(minutes=1))
            assert [run.broadcast_id for run in await runs_made(database)] == [well]
        await start()
    run = next(run for run in await runs_made(database) if run.broadcast_id == troubled)
    assert (run.state, run.code) == (RunState.CANCELLED, starting.NOT_STARTED_CODE)
    assert (await broadcast_of(database, troubled)).state is BroadcastState.RUN
    together = [entry for entry in logs if entry["event"] == "broadcasts_not_started_together"]
    assert {entry["error"] for entry in together} == {"OperationalError"}
    assert logs[-1] == {
        "event": "run_not_started", "broadcast": troubled, "code": "not_started", "log_level": "warning",
    }  # fmt: skip
    monkeypatch.setattr(segments, "looked_up", usual)
    await start()
    assert len(await runs_made(database)) == 2


async def test_trouble_that_passes_delays_a_run_and_is_forgotten(
    database: Database, plan: Plan, clock: MovingClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    await plan(DAILY)
    clock.moment = at("2026-11-23 18:30")
    await count_ahead(database, clock())
    start = next(
        one.act for one in broadcast_ticks(database, clock, lambda: None) if one.name == "start_runs"
    )

    async def away(*_args: object) -> Audience:
        raise sa.exc.OperationalError("SELECT", None, Exception("away"))

    for day in (0, 1):
        clock.moment = at("2026-11-23 18:30") + timedelta(days=day)
        await count_ahead(database, clock())
        with monkeypatch.context() as patched, capture_logs():
            patched.setattr(segments, "looked_up", away)
            await _looks_for(start, clock, minutes=9)
        assert len(await runs_made(database)) == day
        await start()
        assert [run.state for run in await runs_made(database)] == [RunState.FILLING] * (day + 1)


async def test_what_nothing_counts_for_half_an_hour_is_given_up_too(
    database: Database, plan: Plan, clock: MovingClock
) -> None:
    broadcast_id = await plan(Once(at("2026-11-24 08:00")))
    clock.moment = at("2026-11-24 08:00")
    start = next(
        one.act for one in broadcast_ticks(database, clock, lambda: None) if one.name == "start_runs"
    )
    await _looks_for(start, clock, minutes=29)
    assert await runs_made(database) == []
    clock.move(timedelta(minutes=1))
    with capture_logs():
        await start()
    (run,) = await runs_made(database)
    assert (run.broadcast_id, run.state, run.code) == (broadcast_id, RunState.CANCELLED, "not_started")


async def test_time_in_which_nobody_looked_is_no_trouble(
    database: Database, plan: Plan, clock: MovingClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    uncounted = await plan(Once(at("2026-11-24 08:00")))
    clock.moment = at("2026-11-24 08:00")
    start = next(
        one.act for one in broadcast_ticks(database, clock, lambda: None) if one.name == "start_runs"
    )
    await start()
    clock.move(timedelta(minutes=31))
    await start()
    assert await runs_made(database) == []
    await count_ahead(database, clock())

    async def away(*_args: object) -> Audience:
        raise sa.exc.OperationalError("SELECT", None, Exception("away"))

    with monkeypatch.context() as patched, capture_logs():
        patched.setattr(segments, "looked_up", away)
        await start()
        clock.move(timedelta(minutes=11))
        await start()
    assert await runs_made(database) == []
    await start()
    assert [(run.broadcast_id, run.state) for run in await runs_made(database)] == [
        (uncounted, RunState.FILLING)
    ]


async def _looks_for(start: Callable[[], Awaitable[None]], clock: MovingClock, *, minutes: int) -> None:
    await start()
    for _ in range(minutes):
        clock.move(timedelta(minutes=1))
        await start()


async def _change(database: Database, broadcast_id: int, **values: object) -> None:
    async with database.writing() as connection:
        await connection.execute(
            sa.update(broadcasts).where(broadcasts.c.id == broadcast_id).values(**values)
        )
