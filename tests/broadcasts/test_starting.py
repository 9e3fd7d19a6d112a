"""From schedule to run: every time makes one run, whatever clocks and processes do meanwhile, and none is sent at a wrong time."""

import asyncio
from dataclasses import replace
from datetime import date, datetime, time, timedelta

import pytest
import sqlalchemy as sa
from structlog.testing import capture_logs

from bot.store.database import Database
from bot.store.tables import broadcasts, named_days
from bot.store.tables.broadcasts import BroadcastState, Priority, RunState
from broadcasts import confirming, starting, timing
from broadcasts import named_days as named_days_
from broadcasts.policy import Policy
from broadcasts.recurrence import Cycle, Rule
from broadcasts.timing import Named, Once, Recurring
from tests.broadcasts.conftest import Plan
from tests.broadcasts.ledger import broadcast_of, count_ahead, runs_made, start_due, tick
from tests.broadcasts.test_timing import at
from tests.conftest import MovingClock
from tests.people import People

EVENING = time(18, 30)
DAILY = Recurring(Rule(Cycle.WEEK, weekdays=tuple(range(7))).to_text(), date(2026, 11, 23), EVENING)


async def test_what_comes_again_is_due_again_until_its_last_time(
    database: Database, plan: Plan, clock: MovingClock
) -> None:
    rule = Rule(Cycle.MONTH, day=31, times=3)
    broadcast_id = await plan(Recurring(rule.to_text(), date(2026, 11, 23), EVENING))
    for due, then in [
        ("2026-11-30 18:30", "2026-12-31 18:30"),
        ("2026-12-31 18:30", "2027-01-31 18:30"),
    ]:
        assert await start_due(database, at(due) - timedelta(seconds=1)) == []
        assert len(await start_due(database, at(due))) == 1
        assert await start_due(database, at(due)) == []
        row = await broadcast_of(database, broadcast_id)
        assert (row.state, row.due_at) == (BroadcastState.SCHEDULED, at(then))
    await start_due(database, at("2027-01-31 18:30"))
    assert (await broadcast_of(database, broadcast_id)).state is BroadcastState.RUN
    assert await start_due(database, at("2028-01-01 00:00")) == []
    assert [run.due_at for run in await runs_made(database)] == [
        at("2026-11-30 18:30"), at("2026-12-31 18:30"), at("2027-01-31 18:30"),
    ]  # fmt: skip


async def test_a_clock_that_is_set_back_sends_nothing_again(
    database: Database, plan: Plan, clock: MovingClock
) -> None:
    await plan(DAILY)
    assert len(await start_due(database, at("2026-11-23 18:30"))) == 1
    assert await start_due(database, at("2026-11-23 17:30")) == []
    assert await start_due(database, at("2026-11-23 18:30")) == []
    assert len(await start_due(database, at("2026-11-24 18:30"))) == 1


async def test_a_clock_that_is_set_ahead_sends_one_and_says_what_it_passed_over(
    database: Database, plan: Plan, clock: MovingClock
) -> None:
    await plan(DAILY)
    with capture_logs() as logs:
        started = await start_due(database, at("2026-11-26 19:00"))
    found = [(run.due_at, run.state, run.code, run.id in started) for run in await runs_made(database)]
    assert found == [
        (at("2026-11-23 18:30"), RunState.CANCELLED, starting.MISSED_CODE, False),
        (at("2026-11-24 18:30"), RunState.CANCELLED, starting.MISSED_CODE, False),
        (at("2026-11-25 18:30"), RunState.CANCELLED, starting.MISSED_CODE, False),
        (at("2026-11-26 18:30"), RunState.FILLING, "", True),
    ]
    assert [entry["event"] for entry in logs].count("run_missed") == 3


LATE = [
    ("in time", timedelta(), None, ["filling"]),
    ("six hours late", timedelta(hours=6), None, ["filling"]),
    ("later", timedelta(hours=6, seconds=1), None, ["cancelled"]),
    ("before its deadline", timedelta(hours=1), timedelta(hours=2), ["filling"]),
    ("past its deadline", timedelta(hours=2), timedelta(hours=2), ["cancelled"]),
]


@pytest.mark.parametrize(
    ("late", "deadline", "states"), [case[1:] for case in LATE], ids=[case[0] for case in LATE]
)
async def test_what_was_missed_while_nothing_was_alive_is_not_sent_at_a_wrong_time(
    database: Database, plan: Plan, late: timedelta, deadline: timedelta | None, states: list[str]
) -> None:
    due = at("2026-11-24 08:00")
    broadcast_id = await plan(Once(due), deadline_at=due + deadline if deadline else None)
    await start_due(database, due + late)
    assert [run.state for run in await runs_made(database)] == states
    assert (await broadcast_of(database, broadcast_id)).state is BroadcastState.RUN


async def test_the_cancelled_run_of_what_was_missed_comes_to_its_end(
    database: Database, plan: Plan, clock: MovingClock
) -> None:
    await plan(Once(at("2026-11-24 08:00")))
    clock.moment = at("2026-11-25 08:00")
    await count_ahead(database, clock())
    await tick(database, clock)
    (run,) = await runs_made(database)
    assert (run.state, run.code, run.finished_at) == (RunState.CANCELLED, starting.MISSED_CODE, clock())


async def test_two_schedulers_at_the_same_moment_make_one_run_of_each(database: Database, plan: Plan) -> None:
    for _ in range(5):
        await plan(DAILY)
    due = at("2026-11-23 18:30")
    await asyncio.gather(*(start_due(database, due) for _ in range(4)))
    found = await runs_made(database)
    assert sorted(run.broadcast_id for run in found) == [1, 2, 3, 4, 5]
    assert {run.due_at for run in found} == {due}


async def test_schedules_that_meet_make_a_run_each(database: Database, plan: Plan) -> None:
    mondays = Recurring(Rule(Cycle.WEEK, weekdays=(0,)).to_text(), date(2026, 11, 23), EVENING)
    ends = Recurring(Rule(Cycle.MONTH, day=30).to_text(), date(2026, 11, 23), EVENING)
    both = at("2026-11-30 18:30")
    first, second, third = await plan(mondays), await plan(ends), await plan(Once(both))
    await start_due(database, at("2026-11-23 18:30"))
    await start_due(database, both)
    assert {(run.broadcast_id, run.due_at) for run in await runs_made(database)} == {
        (first, at("2026-11-23 18:30")), (first, both), (second, both), (third, both),
    }  # fmt: skip


NIGHTS = [
    ("by day", "2026-11-24 20:59", Priority.NORMAL, True),
    ("agreed to the night", "2026-11-24 21:00", Priority.NORMAL, False),
    ("urgent", "2026-11-24 20:59", Priority.URGENT, False),
]


@pytest.mark.parametrize(
    ("due", "priority", "by_day"), [case[1:] for case in NIGHTS], ids=[case[0] for case in NIGHTS]
)
async def test_what_was_due_by_day_rests_at_night_but_what_is_urgent(
    database: Database, plan: Plan, due: str, priority: Priority, by_day: bool
) -> None:
    await plan(Once(at(due)), priority=priority)
    await start_due(database, at(due))
    (run,) = await runs_made(database)
    assert run.by_day is by_day


async def test_the_hours_are_those_that_the_union_has_laid_down(database: Database, plan: Plan) -> None:
    await plan(Once(at("2026-11-24 20:30")))
    await start_due(database, at("2026-11-24 20:30"), Policy(day_ends=time(20)))
    (run,) = await runs_made(database)
    assert not run.by_day


async def test_a_feast_is_announced_each_year_that_it_is_confirmed(
    database: Database, plan: Plan, union: People, clock: MovingClock
) -> None:
    async with database.writing() as connection:
        day = {
            "name": "Ok Om Bok",
            "day": date(2026, 11, 28),
            "confirmed_by": union.an,
            "confirmed_at": clock(),
        }
        await connection.execute(sa.insert(named_days).values(**day))
    broadcast_id = await plan(Named("Ok Om Bok", 3, EVENING))
    assert len(await start_due(database, at("2026-11-25 18:30"))) == 1
    row = await broadcast_of(database, broadcast_id)
    assert (row.state, row.due_at) == (BroadcastState.SCHEDULED, None)
    assert await start_due(database, at("2027-11-25 18:30")) == []


async def test_what_cannot_be_started_is_tried_again_at_its_next_time(
    database: Database, plan: Plan, clock: MovingClock
) -> None:
    broadcast_id = await plan(DAILY)
    good = (await broadcast_of(database, broadcast_id)).audience
    async with database.writing() as connection:
        await connection.execute(sa.update(broadcasts).values(audience={"nobody": 1}))
    with capture_logs():
        assert await start_due(database, at("2026-11-23 18:30")) == []
    async with database.writing() as connection:
        await connection.execute(sa.update(broadcasts).values(audience=good))
    assert len(await start_due(database, at("2026-11-24 18:30"))) == 1
    assert [run.code for run in await runs_made(database)] == [starting.NOT_READY_CODE, ""]


async def test_a_schedule_that_nobody_can_read_holds_up_no_other(database: Database, plan: Plan) -> None:
    broken = await plan(DAILY)
    await plan(DAILY)
    async with database.writing() as connection:
        bad = timing.to_json(replace(DAILY, rule="FREQ=HOURLY"))
        await connection.execute(sa.update(broadcasts).where(broadcasts.c.id == broken).values(schedule=bad))
    with capture_logs():
        assert len(await start_due(database, at("2026-11-23 18:30"))) == 1
    assert (await broadcast_of(database, broken)).state is BroadcastState.RUN


async def test_a_series_that_was_given_up_is_not_due_any_more(
    database: Database, plan: Plan, union: People, clock: MovingClock
) -> None:
    broadcast_id = await plan(DAILY)
    await start_due(database, at("2026-11-23 18:30"))
    async with database.writing() as connection:
        await confirming.cancel(connection, broadcast_id, staff_id=union.an, now=clock())
    assert await start_due(database, at("2026-11-24 18:30")) == []


async def test_a_feast_put_right_after_its_announcement_went_out_sends_nothing_twice(
    database: Database, plan: Plan, union: People, clock: MovingClock
) -> None:
    async def confirmed(day: date, now: datetime) -> None:
        async with database.writing() as connection:
            assert await named_days_.confirm(
                connection, "Ok Om Bok", day, staff_id=union.an, now=now, policy=Policy()
            )

    await confirmed(date(2026, 11, 28), clock())
    broadcast_id = await plan(Named("Ok Om Bok", 3, EVENING))
    sent_at = at("2026-11-25 18:30")
    assert len(await start_due(database, sent_at)) == 1
    async with database.writing() as connection:
        wrong = await connection.scalar(sa.select(named_days.c.id))
        await named_days_.take_back(connection, wrong or 0, staff_id=union.an, now=sent_at, policy=Policy())
    await confirmed(date(2026, 11, 29), sent_at)
    assert (await broadcast_of(database, broadcast_id)).due_at is None
    assert await start_due(database, at("2026-11-26 18:30")) == []
    await confirmed(date(2027, 11, 17), at("2027-10-01 08:00"))
    assert (await broadcast_of(database, broadcast_id)).due_at == at("2027-11-14 18:30")
