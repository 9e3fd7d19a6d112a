"""When somebody joins: everybody is greeted once, nobody who was there before, and none at night."""

import asyncio
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from bot.store.database import Database
from bot.store.tables import members
from bot.store.tables.broadcasts import BroadcastState
from bot.store.tables.people import Role
from broadcasts import confirming, deciding, timing, writing
from broadcasts.approval import Shown
from broadcasts.timing import Joined
from broadcasts.writing import Draft
from tests import people
from tests.broadcasts.conftest import Plan
from tests.broadcasts.ledger import broadcast_of, ledger, runs_made, start_due, tick
from tests.broadcasts.test_timing import at
from tests.conftest import MovingClock
from tests.people import People


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
        for run in await runs_made(database):
            for row in await ledger(database, run.id):
                reached.setdefault(row.member_id, clock())
    return reached


async def _greeted(database: Database) -> list[int]:
    """Every delivery's member: somebody who stands there twice was greeted twice."""
    return sorted(
        [row.member_id for run in await runs_made(database) for row in await ledger(database, run.id)]
    )


async def test_everybody_who_joins_is_greeted_once_and_nobody_who_was_there_before(
    database: Database, plan: Plan, union: People, clock: MovingClock
) -> None:
    clock.moment = at("2026-11-23 09:30")
    await plan(Joined())
    assert await _ticks(database, clock, at("2026-11-23 10:30")) == {}
    assert await runs_made(database) == []
    first = await _join(database, union, at("2026-11-23 10:35"))
    second = await _join(database, union, at("2026-11-23 10:55"))
    reached = await _ticks(database, clock, at("2026-11-23 14:00"))
    assert reached == {first: at("2026-11-23 11:00"), second: at("2026-11-23 12:00")}
    assert await _greeted(database) == [first, second]
    assert len(await runs_made(database)) == 2


async def test_who_joins_at_night_is_greeted_in_the_morning(
    database: Database, plan: Plan, union: People, clock: MovingClock
) -> None:
    clock.moment = at("2026-11-23 19:30")
    await plan(Joined())
    late = await _join(database, union, at("2026-11-23 20:30"))
    night = await _join(database, union, at("2026-11-24 03:00"))
    reached = await _ticks(database, clock, at("2026-11-24 09:00"))
    assert reached == {late: at("2026-11-24 07:00"), night: at("2026-11-24 07:00")}
    assert all(run.by_day for run in await runs_made(database))


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
    by_broadcast = {run.broadcast_id: run.due_at for run in await runs_made(database)}
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
    assert len(await runs_made(database)) == 2


async def test_two_schedulers_greet_nobody_twice(
    database: Database, plan: Plan, union: People, clock: MovingClock
) -> None:
    clock.moment = at("2026-11-23 09:30")
    await plan(Joined())
    joined = await _join(database, union, at("2026-11-23 09:40"))
    clock.moment = at("2026-11-23 10:00")
    await asyncio.gather(*(start_due(database, clock()) for _ in range(4)))
    await tick(database, clock)
    clock.moment = at("2026-11-23 11:00")
    await asyncio.gather(*(start_due(database, clock()) for _ in range(4)))
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
    assert (await broadcast_of(database, broadcast_id)).state is BroadcastState.RUN


@pytest.mark.parametrize("hours", [0, 1, 24, 48])
async def test_who_registered_before_a_welcome_was_confirmed_is_never_greeted_and_who_did_after_is(
    database: Database, plan: Plan, union: People, clock: MovingClock, hours: int
) -> None:
    clock.moment = at("2026-11-23 18:55")
    for moment in ("2026-11-20 15:30", "2026-11-22 15:30", "2026-11-23 18:39", "2026-11-23 18:54"):
        await _join(database, union, at(moment))
    await plan(Joined(hours))
    after = [await _join(database, union, at(moment)) for moment in ("2026-11-23 18:56", "2026-11-23 23:00")]
    await _ticks(database, clock, at("2026-11-24 12:00") + timedelta(hours=hours))
    assert await _greeted(database) == after


@pytest.mark.usefixtures("members_of_old")
async def test_a_welcome_that_a_second_person_agrees_to_begins_with_her_word(
    database: Database, draft: Callable[..., Draft], union: People, clock: MovingClock
) -> None:
    clock.moment = at("2026-11-23 09:30")
    async with database.writing() as connection:
        em = await people.add_staff(
            connection, "Đỗ Thị Em", union.province_id, role=Role.OFFICER, login="em", now=clock()
        )
        broadcast_id = await writing.create(connection, draft(), staff_id=union.an, now=clock())
        shown = Shown(people=2, cost=0, starts_at=at("2026-11-23 10:00"), finishes_at=None)
        approval_id = await confirming.ask(
            connection, broadcast_id, shown, staff_id=union.an, now=clock(), schedule=timing.to_json(Joined())
        )
    await _join(database, union, at("2026-11-23 09:40"))
    clock.moment = at("2026-11-23 09:50")
    async with database.writing() as connection:
        assert await deciding.approve(
            connection, approval_id or 0, staff_id=em, decided_in=deciding.IN_CONSOLE, now=clock()
        )
    after = await _join(database, union, at("2026-11-23 09:51"))
    await _ticks(database, clock, at("2026-11-23 18:00"))
    assert await _greeted(database) == [after]


async def test_who_agreed_to_no_announcements_makes_no_run(
    database: Database, plan: Plan, union: People, clock: MovingClock
) -> None:
    clock.moment = at("2026-11-23 09:30")
    await plan(Joined())
    await _join(database, union, at("2026-11-23 09:40"), allows_announcements=False)
    await _ticks(database, clock, at("2026-11-23 12:00"))
    assert await runs_made(database) == []
    async with database.reading() as connection:
        assert await connection.scalar(sa.select(sa.func.count()).select_from(members)) == 3
