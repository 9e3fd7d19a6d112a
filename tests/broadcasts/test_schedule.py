import asyncio
from collections.abc import Callable
from datetime import timedelta
from functools import partial

import pytest
import sqlalchemy as sa
from structlog.testing import capture_logs

from bot.channels.contract import Receipt
from bot.sending.parcels import Verdict
from bot.store.database import Database
from bot.store.tables import broadcasts, runs
from bot.store.tables.broadcasts import RunState
from broadcasts import confirming, filling, running, starting, writing
from broadcasts.audience import Audience
from broadcasts.schedule import Schedule, Tick
from broadcasts.ticks import broadcast_ticks
from broadcasts.writing import Draft
from tests.broadcasts import ledger
from tests.broadcasts.conftest import Announce
from tests.broadcasts.desk import Desk
from tests.broadcasts.ledger import add_members, outcomes, run_of
from tests.conftest import MovingClock
from tests.people import People

SOON = 0.01


class Ticked:
    """Counts its calls and can be waited for."""

    def __init__(self) -> None:
        self.calls = 0
        self._called = asyncio.Event()

    async def __call__(self) -> None:
        self.calls += 1
        self._called.set()

    async def reached(self, calls: int) -> None:
        async with asyncio.timeout(20):
            while self.calls < calls:
                self._called.clear()
                await self._called.wait()


async def test_every_tick_is_called_again_and_again_until_the_stop() -> None:
    one, two = Ticked(), Ticked()
    schedule = Schedule([Tick("one", SOON, one), Tick("two", SOON, two)])
    await schedule.start()
    await one.reached(3)
    await two.reached(3)
    await schedule.stop()
    calls = one.calls
    for _ in range(20):
        await asyncio.sleep(0)
    assert one.calls == calls


async def test_a_ticks_error_is_logged_and_the_next_one_comes() -> None:
    ticked = Ticked()

    async def failing() -> None:
        await ticked()
        raise OSError("the database is away")

    schedule = Schedule([Tick("failing", SOON, failing)])
    with capture_logs() as logs:
        await schedule.start()
        await ticked.reached(3)
        await schedule.stop()
    assert {(entry["event"], entry["tick"]) for entry in logs} == {("tick_failed", "failing")}


async def test_a_slow_tick_is_never_called_twice_at_a_time_and_is_waited_for() -> None:
    entered, release = asyncio.Event(), asyncio.Event()
    other = Ticked()
    finished = 0

    async def slow() -> None:
        nonlocal finished
        assert not entered.is_set()
        entered.set()
        await release.wait()
        finished += 1

    schedule = Schedule([Tick("slow", SOON, slow), Tick("other", SOON, other)])
    await schedule.start()
    await entered.wait()
    await other.reached(5)
    stop = asyncio.create_task(schedule.stop())
    await asyncio.sleep(0)
    release.set()
    await stop
    assert finished == 1


async def test_a_broadcast_goes_from_its_time_to_its_end_by_ticks(
    database: Database, union: People, draft: Callable[..., Draft], clock: MovingClock
) -> None:
    woken = 0

    def wake() -> None:
        nonlocal woken
        woken += 1

    tick = partial(ledger.tick, database, clock, wake)
    async with database.writing() as connection:
        broadcast_id = await writing.create(connection, draft(), staff_id=union.an, now=clock())
        due_at = clock() + timedelta(minutes=1)
        await confirming.confirm(
            connection, broadcast_id, due_at=due_at, staff_id=union.an, counted=2, now=clock()
        )
    await tick()
    assert woken == 0
    clock.move(timedelta(minutes=1))
    await tick()
    assert woken
    desk = Desk(database, union, clock)
    parcels = await desk.claim()
    assert len(parcels) == 2
    run_id = 1
    await tick()
    assert (await run_of(database, run_id)).state is RunState.RUNNING
    await desk.settle(parcels, Verdict.SENT, receipt=Receipt("m"))
    await tick()
    assert (await run_of(database, run_id)).state is RunState.DONE
    assert await outcomes(database, run_id) == {("sent", ""): 2}


async def test_one_run_that_cannot_be_filled_holds_up_no_other(
    database: Database, union: People, draft: Callable[..., Draft], clock: MovingClock
) -> None:
    async with database.writing() as connection:
        for audience in (
            Audience.of_units([999], ("web_chat",)),
            Audience.of_units([union.province_id], ("web_chat",)),
        ):
            broadcast_id = await writing.create(
                connection, draft(audience=audience), staff_id=union.an, now=clock()
            )
            await confirming.confirm(
                connection, broadcast_id, due_at=clock(), staff_id=union.an, counted=2, now=clock()
            )
    with capture_logs() as logs:
        await ledger.tick(database, clock)
    assert [entry["run"] for entry in logs if entry["event"] == "run_not_filled"] == [1]
    assert (await run_of(database, 2)).state is RunState.RUNNING
    async with database.reading() as connection:
        assert await filling.unfilled(connection) == []
    run = await run_of(database, 1)
    assert (run.state, run.code, run.finished_at) == (RunState.CANCELLED, starting.NOT_READY_CODE, clock())


async def test_a_broadcast_that_cannot_be_started_is_seen_and_holds_up_no_other(
    database: Database, union: People, draft: Callable[..., Draft], clock: MovingClock
) -> None:
    async with database.writing() as connection:
        for _ in range(2):
            broadcast_id = await writing.create(connection, draft(), staff_id=union.an, now=clock())
            await confirming.confirm(
                connection, broadcast_id, due_at=clock(), staff_id=union.an, counted=2, now=clock()
            )
        bad = sa.update(broadcasts).where(broadcasts.c.id == 1)
        await connection.execute(bad.values(audience={"unit_id": "?"}))
    with capture_logs() as logs:
        await ledger.tick(database, clock)
        await ledger.tick(database, clock)
    assert [entry["broadcast"] for entry in logs if entry["event"] == "broadcast_not_started"] == [1]
    async with database.reading() as connection:
        rows = (await connection.execute(sa.select(runs).order_by(runs.c.broadcast_id))).all()
    assert [(row.broadcast_id, row.state, row.code) for row in rows] == [
        (1, RunState.CANCELLED, starting.NOT_READY_CODE),
        (2, RunState.RUNNING, ""),
    ]


async def test_a_database_that_is_away_cancels_nothing(
    database: Database,
    union: People,
    draft: Callable[..., Draft],
    clock: MovingClock,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async with database.writing() as connection:
        broadcast_id = await writing.create(connection, draft(), staff_id=union.an, now=clock())
        await confirming.confirm(
            connection, broadcast_id, due_at=clock(), staff_id=union.an, counted=2, now=clock()
        )

    async def away(*_args: object) -> bool:
        raise sa.exc.OperationalError("SELECT 1", None, Exception("away"))

    with monkeypatch.context() as patched, capture_logs():
        patched.setattr(filling, "fill", away)
        await ledger.tick(database, clock)
    assert (await run_of(database, 1)).state is RunState.FILLING
    await ledger.tick(database, clock)
    assert (await run_of(database, 1)).state is RunState.RUNNING


async def test_a_run_that_cannot_be_filled_for_ten_minutes_stops_and_goes_on_when_an_officer_says_so(
    database: Database, union: People, announce: Announce, clock: MovingClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    run_id = await announce(fill=False)
    fill = next(one.act for one in broadcast_ticks(database, clock, lambda: None) if one.name == "fill_runs")

    async def away(*_args: object) -> bool:
        raise sa.exc.OperationalError("INSERT", None, Exception("no room on the disk"))

    with monkeypatch.context() as patched, capture_logs() as logs:
        patched.setattr(filling, "fill", away)
        for _ in range(10):
            await fill()
            clock.move(timedelta(minutes=1))
            assert (await run_of(database, run_id)).state is RunState.FILLING
        await fill()
    run = await run_of(database, run_id)
    assert (run.state, run.code) == (RunState.PAUSED, "stopped_filling")
    assert logs[-1]["event"] == "run_stopped"
    await fill()
    assert (await run_of(database, run_id)).state is RunState.PAUSED
    async with database.writing() as connection:
        await running.resume(connection, run_id, staff_id=union.an, now=clock())
    await fill()
    assert (await run_of(database, run_id)).state is RunState.RUNNING


async def test_ten_minutes_in_which_nobody_looked_stop_no_run(
    database: Database, announce: Announce, clock: MovingClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    run_id = await announce(fill=False)
    fill = next(one.act for one in broadcast_ticks(database, clock, lambda: None) if one.name == "fill_runs")

    async def away(*_args: object) -> bool:
        raise sa.exc.OperationalError("INSERT", None, Exception("away"))

    with monkeypatch.context() as patched, capture_logs():
        patched.setattr(filling, "fill", away)
        await fill()
        clock.move(timedelta(minutes=11))
        await fill()
    await fill()
    assert (await run_of(database, run_id)).state is RunState.RUNNING


async def test_a_large_run_is_cancelled_chunk_by_chunk(
    database: Database, union: People, announce: Announce, clock: MovingClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(running, "_SKIP_CHUNK", 2)
    await add_members(database, union, 5, clock)
    run_id = await announce()
    async with database.writing() as connection:
        await running.cancel(connection, run_id, staff_id=union.an, now=clock())
    assert await outcomes(database, run_id) == {("skipped", "cancelled"): 2, ("planned", ""): 5}
    await ledger.tick(database, clock)
    assert await outcomes(database, run_id) == {("skipped", "cancelled"): 7}
    assert (await run_of(database, run_id)).finished_at == clock()
