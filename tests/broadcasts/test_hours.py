"""Announcements keep the hours from seven to nine in the evening, Vietnam time, unless the night was agreed to."""

from datetime import UTC, datetime, time, timedelta

import pytest
import sqlalchemy as sa

from bot.sending import pace
from bot.sending.parcels import Verdict
from bot.store.database import Database
from broadcasts import progress
from broadcasts.hours import after_working, evening, is_day, next_morning
from broadcasts.policy import Policy
from tests.broadcasts.conftest import Announce
from tests.broadcasts.desk import Desk
from tests.conftest import MovingClock
from tests.people import People


def _at(hour: int, minute: int = 0, *, day: int = 23) -> datetime:
    """An hour of November 2026 in Vietnam."""
    return datetime(2026, 11, day, 12, minute, tzinfo=UTC) + timedelta(hours=hour - 19)


@pytest.fixture
def desk(database: Database, union: People, clock: MovingClock) -> Desk:
    return Desk(database, union, clock)


@pytest.mark.parametrize(
    ("moment", "day", "morning"),
    [
        (_at(6, 59), False, _at(7)),
        (_at(7), True, _at(7, day=24)),
        (_at(20, 59), True, _at(7, day=24)),
        (_at(21), False, _at(7, day=24)),
        (_at(2), False, _at(7)),
    ],
)
def test_the_day_is_from_seven_to_nine_in_the_evening(moment: datetime, day: bool, morning: datetime) -> None:
    assert (is_day(moment), next_morning(moment)) == (day, morning)


@pytest.mark.parametrize(
    ("start", "hours", "end"),
    [
        (_at(20), 1, _at(21)),
        (_at(20), 2, _at(8, day=24)),
        (_at(2), 1, _at(8)),
        (_at(22), 1, _at(8, day=24)),
        (_at(20), 16, _at(8, day=25)),
    ],
)
def test_work_that_is_left_in_the_evening_is_done_the_next_day(
    start: datetime, hours: int, end: datetime
) -> None:
    assert after_working(start, timedelta(hours=hours)) == end


_LONG = Policy(day_begins=time(5, 30), day_ends=time(0))


@pytest.mark.parametrize(
    ("moment", "day", "morning", "ends"),
    [
        (_at(5, 29), False, _at(5, 30), _at(0, day=24)),
        (_at(5, 30), True, _at(5, 30, day=24), _at(0, day=24)),
        (_at(23, 59), True, _at(5, 30, day=24), _at(0, day=24)),
        (_at(0, day=24), False, _at(5, 30, day=24), _at(0, day=25)),
    ],
)
def test_the_union_lays_down_its_own_hours_and_may_send_until_midnight(
    moment: datetime, day: bool, morning: datetime, ends: datetime
) -> None:
    assert is_day(moment, policy=_LONG) is day
    assert next_morning(moment, policy=_LONG) == morning
    assert evening(moment, policy=_LONG) == ends


def test_work_fills_the_hours_that_are_laid_down() -> None:
    short = Policy(day_begins=time(8), day_ends=time(10))
    assert after_working(_at(9), timedelta(hours=4), policy=short) == _at(9, day=25)


async def test_a_run_of_the_day_rests_at_night_and_says_so(
    database: Database, union: People, desk: Desk, announce: Announce, clock: MovingClock
) -> None:
    clock.moment = _at(20, 59)
    run_id = await announce()
    (first,) = await desk.claim(1)
    await desk.settle([first], Verdict.SENT)
    clock.moment = _at(2, day=24)
    assert await desk.claim() == []
    async with database.writing() as connection:
        await pace.set_pace(connection, union.account_id, per_second=1)
        seen = await progress.of_run(connection, run_id, now=clock())
    assert seen.waits_until == _at(7, day=24)
    assert seen.finish is not None
    assert _at(7, day=24) < seen.finish < _at(7, 1, day=24)
    clock.moment = _at(7, day=24)
    assert len(await desk.claim()) == 1
    async with database.reading() as connection:
        assert (await progress.of_run(connection, run_id, now=clock())).waits_until is None


async def test_a_run_that_was_confirmed_for_the_night_is_sent_at_night(
    desk: Desk, announce: Announce, clock: MovingClock
) -> None:
    clock.moment = _at(22)
    await announce()
    assert len(await desk.claim()) == 2


async def test_what_was_due_in_the_evening_and_is_started_late_waits_for_the_morning(
    database: Database, desk: Desk, announce: Announce, clock: MovingClock
) -> None:
    clock.moment = _at(20)
    await announce(fill=False)
    clock.moment = _at(2, day=24)
    async with database.writing() as connection:
        await connection.execute(sa.text("UPDATE runs SET state = 'running'"))
    assert await desk.claim() == []
