import asyncio
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from bot.sending.parcels import Verdict
from bot.store.database import Database
from bot.store.tables import deliveries, runs, staff_acts
from bot.store.tables.broadcasts import DeliveryState, OnUncertain, RunState
from broadcasts import confirming, filling, results, running, starting, writing
from broadcasts.message import STOP_LINES
from broadcasts.refused import Refused
from broadcasts.writing import Draft
from tests.broadcasts.conftest import Announce
from tests.broadcasts.desk import Desk
from tests.broadcasts.ledger import add_members, change_member, ledger, outcomes, run_of
from tests.conftest import MovingClock
from tests.people import People


async def _fill(database: Database, run_id: int, clock: MovingClock, chunk: int = 2) -> bool:
    async with database.writing() as connection:
        return await filling.fill(connection, run_id, clock(), chunk)


async def _finish(database: Database, clock: MovingClock) -> list[int]:
    async with database.writing() as connection:
        return await running.finish_done(connection, clock())


async def _set(database: Database, run_id: int, state: DeliveryState, count: int | None = None) -> None:
    async with database.writing() as connection:
        some = (
            sa.select(deliveries.c.id)
            .where(deliveries.c.run_id == run_id)
            .order_by(deliveries.c.id)
            .limit(count)
        )
        await connection.execute(
            sa.update(deliveries).where(deliveries.c.id.in_(some.scalar_subquery())).values(state=state)
        )


async def test_a_run_starts_when_it_is_due_and_not_before(
    database: Database, union: People, draft: Callable[..., Draft], clock: MovingClock
) -> None:
    due_at = clock() + timedelta(minutes=1)
    async with database.writing() as connection:
        broadcast_id = await writing.create(
            connection, draft(texts={"vi": "Mời {{ten}}"}), staff_id=union.an, now=clock()
        )
        await confirming.confirm(
            connection, broadcast_id, due_at=due_at, staff_id=union.an, counted=2, now=clock()
        )
        assert await starting.start_due(connection, clock()) == []
    clock.move(timedelta(minutes=1))
    async with database.writing() as connection:
        (run_id,) = await starting.start_due(connection, clock())
    run = await run_of(database, run_id)
    assert (run.broadcast_id, run.due_at, run.state) == (broadcast_id, due_at, RunState.FILLING)
    assert run.texts == {"vi": f"Mời {{{{ten}}}}\n\n{STOP_LINES['vi']}"}


async def test_two_schedulers_at_once_make_one_run_with_everybody_once(
    database: Database, union: People, draft: Callable[..., Draft], clock: MovingClock
) -> None:
    members = await add_members(database, union, 20, clock)
    async with database.writing() as connection:
        for _ in range(3):
            broadcast_id = await writing.create(connection, draft(), staff_id=union.an, now=clock())
            await confirming.confirm(
                connection, broadcast_id, due_at=clock(), staff_id=union.an, counted=22, now=clock()
            )
    other = Database.open(database.engine.url.render_as_string(hide_password=False))

    async def scheduler(its: Database) -> list[int]:
        async with its.writing() as connection:
            started = await starting.start_due(connection, clock())
        async with its.reading() as connection:
            unfilled = await filling.unfilled(connection)
        for run_id in unfilled:
            while not await _fill(its, run_id, clock, chunk=3):
                pass
        return started

    try:
        started = [
            run_id for ids in await asyncio.gather(*map(scheduler, [database, other] * 2)) for run_id in ids
        ]
    finally:
        await other.close()
    assert len(started) == len(set(started)) == 3
    for run_id in started:
        while not await _fill(database, run_id, clock):
            pass
        assert [row.member_id for row in await ledger(database, run_id)] == [union.hoa, union.lan, *members]
        assert (await run_of(database, run_id)).state is RunState.RUNNING


async def test_filling_goes_on_after_a_crash_between_chunks(
    database: Database, union: People, announce: Announce, clock: MovingClock
) -> None:
    members = await add_members(database, union, 5, clock)
    run_id = await announce(fill=False)
    assert not await _fill(database, run_id, clock)
    with pytest.raises(RuntimeError):
        async with database.writing() as connection:
            await filling.fill(connection, run_id, clock(), 2)
            raise RuntimeError("the process died before the commit")
    assert len(await ledger(database, run_id)) == 2
    assert (await run_of(database, run_id)).state is RunState.FILLING
    while not await _fill(database, run_id, clock):
        pass
    assert [row.member_id for row in await ledger(database, run_id)] == [union.hoa, union.lan, *members]
    run = await run_of(database, run_id)
    assert (run.state, run.filled_at) == (RunState.RUNNING, clock())
    assert await _fill(database, run_id, clock)
    assert len(await ledger(database, run_id)) == 7


async def test_a_chunk_in_which_nobody_is_reached_does_not_end_the_filling(
    database: Database, union: People, announce: Announce, clock: MovingClock
) -> None:
    members = await add_members(database, union, 4, clock)
    for member_id in members[:3]:
        await change_member(database, member_id, allows_announcements=False)
    run_id = await announce(fill=False)
    while not await _fill(database, run_id, clock, chunk=1):
        pass
    assert [row.member_id for row in await ledger(database, run_id)] == [union.hoa, union.lan, members[3]]


@pytest.mark.parametrize(
    ("state", "is_done"),
    [
        (DeliveryState.PLANNED, False), (DeliveryState.CLAIMED, False), (DeliveryState.SENT, True),
        (DeliveryState.FAILED, True), (DeliveryState.UNCERTAIN, True), (DeliveryState.SKIPPED, True),
    ],
)  # fmt: skip
async def test_a_run_is_done_when_nothing_is_left_to_send(
    database: Database, announce: Announce, clock: MovingClock, state: DeliveryState, is_done: bool
) -> None:
    run_id = await announce()
    await _set(database, run_id, DeliveryState.SENT)
    await _set(database, run_id, state, 1)
    assert await _finish(database, clock) == ([run_id] if is_done else [])
    assert (await run_of(database, run_id)).state is (RunState.DONE if is_done else RunState.RUNNING)


async def test_a_run_that_reaches_nobody_is_done(
    database: Database, union: People, announce: Announce, clock: MovingClock
) -> None:
    for member_id in (union.hoa, union.lan):
        await change_member(database, member_id, allows_announcements=False)
    run_id = await announce()
    assert await _finish(database, clock) == [run_id]
    assert (await run_of(database, run_id)).finished_at == clock()


async def test_a_run_that_is_being_filled_is_not_done(
    database: Database, announce: Announce, clock: MovingClock
) -> None:
    await announce(fill=False)
    assert await _finish(database, clock) == []


Step = Callable[..., Any]
ALL = frozenset(RunState)
STEPS = [
    # step, from, to (None: refused), whether it did anything
    (running.pause, RunState.FILLING, RunState.PAUSED, True),
    (running.pause, RunState.RUNNING, RunState.PAUSED, True),
    (running.pause, RunState.PAUSED, RunState.PAUSED, False),
    (running.pause, RunState.DONE, None, False),
    (running.pause, RunState.CANCELLED, None, False),
    (running.resume, RunState.FILLING, RunState.FILLING, False),
    (running.resume, RunState.RUNNING, RunState.RUNNING, False),
    (running.resume, RunState.PAUSED, RunState.RUNNING, True),
    (running.resume, RunState.DONE, None, False),
    (running.resume, RunState.CANCELLED, None, False),
    (running.cancel, RunState.FILLING, RunState.CANCELLED, True),
    (running.cancel, RunState.RUNNING, RunState.CANCELLED, True),
    (running.cancel, RunState.PAUSED, RunState.CANCELLED, True),
    (running.cancel, RunState.DONE, None, False),
    (running.cancel, RunState.CANCELLED, RunState.CANCELLED, False),
]


@pytest.mark.parametrize(
    ("step", "start", "end", "acts"), STEPS, ids=lambda v: getattr(v, "__name__", str(v))
)
async def test_every_step_of_a_run_is_checked_and_recorded(
    database: Database,
    union: People,
    announce: Announce,
    clock: MovingClock,
    step: Step,
    start: RunState,
    end: RunState | None,
    acts: bool,
) -> None:
    run_id = await announce()
    async with database.writing() as connection:
        await connection.execute(sa.update(runs).values(state=start))
        await connection.execute(sa.delete(staff_acts))
    if end is None:
        with pytest.raises(Refused):
            async with database.writing() as connection:
                await step(connection, run_id, staff_id=union.an, now=clock())
    else:
        async with database.writing() as connection:
            assert await step(connection, run_id, staff_id=union.an, now=clock()) is acts
    assert (await run_of(database, run_id)).state is (end or start)
    async with database.reading() as connection:
        recorded = (await connection.execute(sa.select(staff_acts))).all()
    assert [(act.staff_id, act.subject) for act in recorded] == (
        [(union.an, f"run {run_id}")] if acts else []
    )


async def test_a_run_paused_while_it_was_filled_goes_on_filling(
    database: Database, union: People, announce: Announce, clock: MovingClock
) -> None:
    run_id = await announce(fill=False)
    await _fill(database, run_id, clock, chunk=1)
    async with database.writing() as connection:
        await running.pause(connection, run_id, staff_id=union.an, now=clock())
    assert await _fill(database, run_id, clock)
    assert len(await ledger(database, run_id)) == 1
    async with database.writing() as connection:
        await running.resume(connection, run_id, staff_id=union.an, now=clock())
    while not await _fill(database, run_id, clock):
        pass
    assert len(await ledger(database, run_id)) == 2
    assert (await run_of(database, run_id)).state is RunState.RUNNING


async def test_cancelling_skips_what_is_planned_and_lets_what_is_under_way_finish(
    database: Database, union: People, announce: Announce, clock: MovingClock
) -> None:
    await add_members(database, union, 2, clock)
    run_id = await announce()
    await _set(database, run_id, DeliveryState.CLAIMED, 2)
    await _set(database, run_id, DeliveryState.SENT, 1)
    async with database.writing() as connection:
        await running.cancel(connection, run_id, staff_id=union.an, now=clock())
    assert await outcomes(database, run_id) == {
        ("sent", ""): 1,
        ("claimed", ""): 1,
        ("skipped", "cancelled"): 2,
    }
    assert await _finish(database, clock) == []
    # It came back unsent, as one that was told to wait does.
    async with database.writing() as connection:
        await connection.execute(
            sa.update(deliveries)
            .where(deliveries.c.state == DeliveryState.CLAIMED)
            .values(state=DeliveryState.PLANNED)
        )
    assert await _finish(database, clock) == [run_id]
    assert await outcomes(database, run_id) == {("sent", ""): 1, ("skipped", "cancelled"): 3}
    assert (await run_of(database, run_id)).state is RunState.CANCELLED


async def test_what_is_sent_again_is_not_closed_over(
    database: Database, union: People, announce: Announce, clock: MovingClock
) -> None:
    run_id = await announce()
    await _set(database, run_id, DeliveryState.UNCERTAIN)
    assert await _finish(database, clock) == [run_id]
    async with database.writing() as connection:
        again = await results.send_uncertain_again(connection, run_id, None, staff_id=union.an, now=clock())
    assert again == 2
    assert await _finish(database, clock) == []
    run = await run_of(database, run_id)
    assert (run.state, run.finished_at) == (RunState.RUNNING, None)


async def test_what_is_in_doubt_when_a_run_is_cancelled_stays_on_the_list_of_doubt(
    database: Database, announce: Announce, union: People, clock: MovingClock
) -> None:
    run_id = await announce(on_uncertain=OnUncertain.SEND_AGAIN)
    desk = Desk(database, union, clock)
    (hoa,) = await desk.claim(1)
    await desk.settle([hoa], Verdict.UNCERTAIN, code="timeout", next_at=clock() + timedelta(minutes=1))
    async with database.writing() as connection:
        await running.cancel(connection, run_id, staff_id=union.an, now=clock())
    await _finish(database, clock)
    assert await outcomes(database, run_id) == {("uncertain", "timeout"): 1, ("skipped", "cancelled"): 1}


async def test_paused_run_whose_deadline_goes_by_comes_to_its_end(
    database: Database, announce: Announce, union: People, clock: MovingClock
) -> None:
    run_id = await announce(deadline_at=clock() + timedelta(hours=2))
    async with database.writing() as connection:
        await running.pause(connection, run_id, staff_id=union.an, now=clock())
    assert await _finish(database, clock) == []
    clock.move(timedelta(hours=3))
    async with database.writing() as connection:
        assert await running.skip_overdue(connection, clock())
    assert await _finish(database, clock) == [run_id]
    assert (await run_of(database, run_id)).state is RunState.DONE


@pytest.mark.parametrize("is_done", [True, False])
async def test_past_its_deadline_nothing_is_sent_again_and_that_is_said(
    database: Database, announce: Announce, union: People, clock: MovingClock, *, is_done: bool
) -> None:
    run_id = await announce(deadline_at=clock() + timedelta(hours=2))
    await _set(database, run_id, DeliveryState.FAILED, 1)
    if is_done:
        async with database.writing() as connection:
            await connection.execute(sa.update(runs).values(state=RunState.DONE, finished_at=clock()))
    clock.move(timedelta(hours=3))
    async with database.writing() as connection:
        with pytest.raises(Refused, match="đã quá hạn"):
            await running.retry_failed(connection, run_id, staff_id=union.an, now=clock())
        with pytest.raises(Refused, match="đã quá hạn"):
            await results.send_uncertain_again(connection, run_id, None, staff_id=union.an, now=clock())
    assert (await run_of(database, run_id)).state is (RunState.DONE if is_done else RunState.RUNNING)
