"""From schedule to run: every time makes one run, whatever clocks and processes do meanwhile, and none is sent at a wrong time."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import date, datetime, time, timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from structlog.testing import capture_logs

from bot.store.database import Database
from bot.store.tables import broadcasts, members, named_days, runs
from bot.store.tables.broadcasts import BroadcastState, Priority, RunState
from broadcasts import confirming, starting, timing, writing
from broadcasts import named_days as named_days_
from broadcasts.policy import Policy
from broadcasts.recurrence import Cycle, Rule
from broadcasts.timing import Joined, Named, Once, Recurring, Schedule
from broadcasts.writing import Draft
from tests import people
from tests.broadcasts.ledger import ledger, tick
from tests.broadcasts.test_timing import at
from tests.conftest import MovingClock
from tests.people import People

EVENING = time(18, 30)
DAILY = Recurring(Rule(Cycle.WEEK, weekdays=tuple(range(7))).to_text(), date(2026, 11, 23), EVENING)
Plan = Callable[..., Awaitable[int]]


@pytest.fixture
def plan(database: Database, union: People, draft: Callable[..., Draft], clock: MovingClock) -> Plan:
    """Confirms an announcement for a schedule; returns the broadcast."""

    async def confirm(schedule: Schedule, **values: Any) -> int:
        async with database.writing() as connection:
            broadcast_id = await writing.create(connection, draft(**values), staff_id=union.an, now=clock())
            due_at = await timing.next_due(connection, schedule, clock())
            assert due_at is not None
            await confirming.confirm(
                connection, broadcast_id, due_at=due_at, staff_id=union.an, counted=2, now=clock(),
                schedule=timing.to_json(schedule),
            )  # fmt: skip
        return broadcast_id

    return confirm


async def _start(database: Database, now: datetime, policy: Policy | None = None) -> list[int]:
    async with database.writing() as connection:
        return await starting.start_due(connection, now, policy=policy or Policy())


async def _runs(database: Database) -> list[Any]:
    async with database.reading() as connection:
        return list(await connection.execute(sa.select(runs).order_by(runs.c.due_at, runs.c.id)))


async def _broadcast(database: Database, broadcast_id: int) -> Any:
    async with database.reading() as connection:
        return (await connection.execute(sa.select(broadcasts).where(broadcasts.c.id == broadcast_id))).one()


async def test_what_comes_again_is_due_again_until_its_last_time(
    database: Database, plan: Plan, clock: MovingClock
) -> None:
    rule = Rule(Cycle.MONTH, day=31, times=3)
    broadcast_id = await plan(Recurring(rule.to_text(), date(2026, 11, 23), EVENING))
    for due, then in [
        ("2026-11-30 18:30", "2026-12-31 18:30"),
        ("2026-12-31 18:30", "2027-01-31 18:30"),
    ]:
        assert await _start(database, at(due) - timedelta(seconds=1)) == []
        assert len(await _start(database, at(due))) == 1
        assert await _start(database, at(due)) == []
        row = await _broadcast(database, broadcast_id)
        assert (row.state, row.due_at) == (BroadcastState.SCHEDULED, at(then))
    await _start(database, at("2027-01-31 18:30"))
    assert (await _broadcast(database, broadcast_id)).state is BroadcastState.RUN
    assert await _start(database, at("2028-01-01 00:00")) == []
    assert [run.due_at for run in await _runs(database)] == [
        at("2026-11-30 18:30"), at("2026-12-31 18:30"), at("2027-01-31 18:30"),
    ]  # fmt: skip


async def test_a_clock_that_is_set_back_sends_nothing_again(
    database: Database, plan: Plan, clock: MovingClock
) -> None:
    await plan(DAILY)
    assert len(await _start(database, at("2026-11-23 18:30"))) == 1
    assert await _start(database, at("2026-11-23 17:30")) == []
    assert await _start(database, at("2026-11-23 18:30")) == []
    assert len(await _start(database, at("2026-11-24 18:30"))) == 1


async def test_a_clock_that_is_set_ahead_sends_one_and_says_what_it_passed_over(
    database: Database, plan: Plan, clock: MovingClock
) -> None:
    await plan(DAILY)
    with capture_logs() as logs:
        started = await _start(database, at("2026-11-26 19:00"))
    found = [(run.due_at, run.state, run.code, run.id in started) for run in await _runs(database)]
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
    await _start(database, due + late)
    assert [run.state for run in await _runs(database)] == states
    assert (await _broadcast(database, broadcast_id)).state is BroadcastState.RUN


async def test_the_cancelled_run_of_what_was_missed_comes_to_its_end(
    database: Database, plan: Plan, clock: MovingClock
) -> None:
    await plan(Once(at("2026-11-24 08:00")))
    clock.moment = at("2026-11-25 08:00")
    await tick(database, clock)
    (run,) = await _runs(database)
    assert (run.state, run.code, run.finished_at) == (RunState.CANCELLED, starting.MISSED_CODE, clock())


async def test_two_schedulers_at_the_same_moment_make_one_run_of_each(database: Database, plan: Plan) -> None:
    for _ in range(5):
        await plan(DAILY)
    due = at("2026-11-23 18:30")
    await asyncio.gather(*(_start(database, due) for _ in range(4)))
    found = await _runs(database)
    assert sorted(run.broadcast_id for run in found) == [1, 2, 3, 4, 5]
    assert {run.due_at for run in found} == {due}


async def test_schedules_that_meet_make_a_run_each(database: Database, plan: Plan) -> None:
    mondays = Recurring(Rule(Cycle.WEEK, weekdays=(0,)).to_text(), date(2026, 11, 23), EVENING)
    ends = Recurring(Rule(Cycle.MONTH, day=30).to_text(), date(2026, 11, 23), EVENING)
    both = at("2026-11-30 18:30")
    first, second, third = await plan(mondays), await plan(ends), await plan(Once(both))
    await _start(database, at("2026-11-23 18:30"))
    await _start(database, both)
    assert {(run.broadcast_id, run.due_at) for run in await _runs(database)} == {
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
    await _start(database, at(due))
    (run,) = await _runs(database)
    assert run.by_day is by_day


async def test_the_hours_are_those_that_the_union_has_laid_down(database: Database, plan: Plan) -> None:
    await plan(Once(at("2026-11-24 20:30")))
    await _start(database, at("2026-11-24 20:30"), Policy(day_ends=time(20)))
    (run,) = await _runs(database)
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
    assert len(await _start(database, at("2026-11-25 18:30"))) == 1
    row = await _broadcast(database, broadcast_id)
    assert (row.state, row.due_at) == (BroadcastState.SCHEDULED, None)
    assert await _start(database, at("2027-11-25 18:30")) == []


async def test_what_cannot_be_started_is_tried_again_at_its_next_time(
    database: Database, plan: Plan, clock: MovingClock
) -> None:
    broadcast_id = await plan(DAILY)
    good = (await _broadcast(database, broadcast_id)).audience
    async with database.writing() as connection:
        await connection.execute(sa.update(broadcasts).values(audience={"nobody": 1}))
    with capture_logs():
        assert await _start(database, at("2026-11-23 18:30")) == []
    async with database.writing() as connection:
        await connection.execute(sa.update(broadcasts).values(audience=good))
    assert len(await _start(database, at("2026-11-24 18:30"))) == 1
    assert [run.code for run in await _runs(database)] == [starting.NOT_READY_CODE, ""]


async def test_a_schedule_that_nobody_can_read_holds_up_no_other(database: Database, plan: Plan) -> None:
    broken = await plan(DAILY)
    await plan(DAILY)
    async with database.writing() as connection:
        bad = timing.to_json(replace(DAILY, rule="FREQ=HOURLY"))
        await connection.execute(sa.update(broadcasts).where(broadcasts.c.id == broken).values(schedule=bad))
    with capture_logs():
        assert len(await _start(database, at("2026-11-23 18:30"))) == 1
    assert (await _broadcast(database, broken)).state is BroadcastState.RUN


async def test_a_series_that_was_given_up_is_not_due_any_more(
    database: Database, plan: Plan, union: People, clock: MovingClock
) -> None:
    broadcast_id = await plan(DAILY)
    await _start(database, at("2026-11-23 18:30"))
    async with database.writing() as connection:
        await confirming.cancel(connection, broadcast_id, staff_id=union.an, now=clock())
    assert await _start(database, at("2026-11-24 18:30")) == []


# When somebody joins.


@pytest.fixture(autouse=True)
async def members_of_old(database: Database, union: People) -> None:
    """Hoa and Lan joined years ago."""
    async with database.writing() as connection:
        await connection.execute(sa.update(members).values(created_at=at("2020-01-01 09:00")))


async def _join(database: Database, union: People, moment: datetime, **values: Any) -> int:
    given = {"allows_announcements": True, **values}
    async with database.writing() as connection:
        member_id = await people.add_member(
            connection, f"Chị {moment:%H%M%S}", union.branch_id, now=moment, **given
        )
        address = f"new{member_id}"
        await people.add_contact(connection, union.account_id, address, member_id=member_id, now=moment)
    return member_id


async def _ticks(database: Database, clock: MovingClock, until: datetime) -> dict[int, datetime]:
    """Everything that the clockwork does until then, a tick each quarter of an hour; who was reached, and when first."""
    reached: dict[int, datetime] = {}
    while clock() < until:
        clock.move(timedelta(minutes=15))
        await tick(database, clock)
        for run in await _runs(database):
            for row in await ledger(database, run.id):
                reached.setdefault(row.member_id, clock())
    return reached


async def _greeted(database: Database) -> list[int]:
    """Every delivery's member: somebody who stands there twice was greeted twice."""
    return sorted([row.member_id for run in await _runs(database) for row in await ledger(database, run.id)])


async def test_everybody_who_joins_is_greeted_once_and_nobody_who_was_there_before(
    database: Database, plan: Plan, union: People, clock: MovingClock
) -> None:
    clock.moment = at("2026-11-23 09:30")
    await plan(Joined())
    assert await _ticks(database, clock, at("2026-11-23 10:30")) == {}
    assert await _runs(database) == []
    first = await _join(database, union, at("2026-11-23 10:35"))
    second = await _join(database, union, at("2026-11-23 10:55"))
    reached = await _ticks(database, clock, at("2026-11-23 14:00"))
    assert reached == {first: at("2026-11-23 11:00"), second: at("2026-11-23 12:00")}
    assert await _greeted(database) == [first, second]
    assert len(await _runs(database)) == 2


async def test_who_joins_at_night_is_greeted_in_the_morning(
    database: Database, plan: Plan, union: People, clock: MovingClock
) -> None:
    clock.moment = at("2026-11-23 19:30")
    await plan(Joined())
    late = await _join(database, union, at("2026-11-23 20:30"))
    night = await _join(database, union, at("2026-11-24 03:00"))
    reached = await _ticks(database, clock, at("2026-11-24 09:00"))
    assert reached == {late: at("2026-11-24 07:00"), night: at("2026-11-24 07:00")}
    assert all(run.by_day for run in await _runs(database))


async def test_a_series_of_welcomes_reaches_everybody_with_each_of_its_delays(
    database: Database, plan: Plan, union: People, clock: MovingClock
) -> None:
    clock.moment = at("2026-11-23 09:30")
    for hours in (0, 24, 72):
        await plan(Joined(hours))
    joined = [await _join(database, union, at(f"2026-11-23 {hour}:20")) for hour in (10, 12, 14)]
    clock.moment = at("2026-11-23 20:00")
    await _ticks(database, clock, at("2026-11-26 20:30"))
    assert await _greeted(database) == sorted(joined * 3)
    by_broadcast = {run.broadcast_id: run.due_at for run in await _runs(database)}
    assert by_broadcast[1] < by_broadcast[2] < by_broadcast[3]


async def test_hours_without_the_service_miss_and_double_nobody(
    database: Database, plan: Plan, union: People, clock: MovingClock
) -> None:
    clock.moment = at("2026-11-23 09:30")
    await plan(Joined())
    joined = [await _join(database, union, at("2026-11-23 09:40"))]
    await _ticks(database, clock, at("2026-11-23 10:30"))
    joined += [
        await _join(database, union, at("2026-11-23 10:20") + timedelta(hours=6 * i)) for i in range(8)
    ]
    clock.moment = at("2026-11-26 09:10")
    await _ticks(database, clock, at("2026-11-26 12:00"))
    assert await _greeted(database) == sorted(joined)
    assert len(await _runs(database)) == 2


async def test_two_schedulers_greet_nobody_twice(
    database: Database, plan: Plan, union: People, clock: MovingClock
) -> None:
    clock.moment = at("2026-11-23 09:30")
    await plan(Joined())
    joined = await _join(database, union, at("2026-11-23 09:40"))
    clock.moment = at("2026-11-23 10:00")
    await asyncio.gather(*(_start(database, clock()) for _ in range(4)))
    await tick(database, clock)
    clock.moment = at("2026-11-23 11:00")
    await asyncio.gather(*(_start(database, clock()) for _ in range(4)))
    await tick(database, clock)
    assert await _greeted(database) == [joined]


async def test_a_clock_that_is_set_back_greets_nobody_twice(
    database: Database, plan: Plan, union: People, clock: MovingClock
) -> None:
    clock.moment = at("2026-11-23 09:30")
    await plan(Joined())
    joined = [await _join(database, union, at("2026-11-23 09:40"))]
    await _ticks(database, clock, at("2026-11-23 12:00"))
    clock.moment = at("2026-11-23 08:00")
    joined.append(await _join(database, union, at("2026-11-23 12:10")))
    await _ticks(database, clock, at("2026-11-23 14:00"))
    assert await _greeted(database) == sorted(joined)


async def test_changing_the_words_of_a_welcome_misses_nobody(
    database: Database, plan: Plan, union: People, draft: Callable[..., Draft], clock: MovingClock
) -> None:
    clock.moment = at("2026-11-23 09:30")
    broadcast_id = await plan(Joined(48))
    joined = await _join(database, union, at("2026-11-23 10:00"))
    await _ticks(database, clock, at("2026-11-25 08:30"))
    async with database.writing() as connection:
        await writing.edit(
            connection, broadcast_id, draft(texts={"vi": "Chào mừng chị"}), staff_id=union.an, now=clock()
        )
    clock.moment = at("2026-11-25 14:30")
    async with database.writing() as connection:
        due_at = await timing.next_due(connection, Joined(48), clock())
        assert due_at is not None
        await confirming.confirm(
            connection, broadcast_id, due_at=due_at, staff_id=union.an, counted=1, now=clock(),
            schedule=timing.to_json(Joined(48)),
        )  # fmt: skip
    reached = await _ticks(database, clock, at("2026-11-25 18:00"))
    assert reached == {joined: at("2026-11-25 15:00")}


async def test_a_welcome_ends_with_its_deadline_and_one_that_rested_for_months_greets_only_the_last_ones(
    database: Database, plan: Plan, union: People, clock: MovingClock
) -> None:
    clock.moment = at("2026-11-23 09:30")
    broadcast_id = await plan(Joined(), deadline_at=at("2027-04-01 12:00"))
    await _ticks(database, clock, at("2026-11-23 10:15"))
    await _join(database, union, at("2026-12-24 10:00"))
    joined = await _join(database, union, at("2027-03-30 10:00"))
    clock.moment = at("2027-04-01 10:50")
    await _ticks(database, clock, at("2027-04-01 14:00"))
    assert await _greeted(database) == [joined]
    assert (await _broadcast(database, broadcast_id)).state is BroadcastState.RUN


async def test_a_welcome_after_days_also_reaches_who_joined_within_those_days(
    database: Database, plan: Plan, union: People, clock: MovingClock
) -> None:
    clock.moment = at("2026-11-23 09:30")
    joined = await _join(database, union, at("2026-11-22 15:30"))
    await _join(database, union, at("2026-11-20 15:30"))
    await plan(Joined(48))
    reached = await _ticks(database, clock, at("2026-11-24 18:00"))
    assert reached == {joined: at("2026-11-24 16:00")}


async def test_who_agreed_to_no_announcements_makes_no_run(
    database: Database, plan: Plan, union: People, clock: MovingClock
) -> None:
    clock.moment = at("2026-11-23 09:30")
    await plan(Joined())
    await _join(database, union, at("2026-11-23 09:40"), allows_announcements=False)
    await _ticks(database, clock, at("2026-11-23 12:00"))
    assert await _runs(database) == []
    async with database.reading() as connection:
        assert await connection.scalar(sa.select(sa.func.count()).select_from(members)) == 3


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
    assert len(await _start(database, sent_at)) == 1
    async with database.writing() as connection:
        wrong = await connection.scalar(sa.select(named_days.c.id))
        await named_days_.take_back(connection, wrong or 0, staff_id=union.an, now=sent_at, policy=Policy())
    await confirmed(date(2026, 11, 29), sent_at)
    assert (await _broadcast(database, broadcast_id)).due_at is None
    assert await _start(database, at("2026-11-26 18:30")) == []
    await confirmed(date(2027, 11, 17), at("2027-10-01 08:00"))
    assert (await _broadcast(database, broadcast_id)).due_at == at("2027-11-14 18:30")
