"""When an announcement is sent: the next time of every kind of schedule, in Viet Nam's time, and how it is said."""

from datetime import UTC, date, datetime, time, timedelta
from typing import NamedTuple

import pytest
import sqlalchemy as sa

from bot.clock import VIETNAM
from bot.store.database import Database
from bot.store.tables import named_days
from broadcasts import timing
from broadcasts.policy import Policy
from broadcasts.recurrence import Cycle, Rule
from broadcasts.timing import Joined, Named, Once, Recurring, Schedule
from tests.people import People


def at(written: str) -> datetime:
    """A moment as clocks in Viet Nam show it: "2026-11-23 18:30"."""
    return datetime.fromisoformat(written).replace(tzinfo=VIETNAM)


EVENING = time(18, 30)
MONDAYS = Recurring(Rule(Cycle.WEEK, weekdays=(0,)).to_text(), date(2026, 11, 23), EVENING)
LAST_DAYS = Recurring(Rule(Cycle.MONTH, day=31).to_text(), date(2026, 11, 1), EVENING)
LEAP_DAYS = Recurring(Rule(Cycle.YEAR, day=29, month=2).to_text(), date(2026, 11, 1), EVENING)
NEW_YEAR = Named("Tết Nguyên đán", 7, EVENING)
DOLTA = Named("Lễ Sene Dolta", 0, time(7, 30))


class Case(NamedTuple):
    label: str
    schedule: Schedule
    after: datetime
    next_due: datetime | None


CASES = [
    Case("once, ahead", Once(at("2026-11-23 18:30")), at("2026-11-23 18:29"), at("2026-11-23 18:30")),
    Case("once, at that very moment", Once(at("2026-11-23 18:30")), at("2026-11-23 18:30"), None),
    Case("a Monday before its hour", MONDAYS, at("2026-11-23 18:29"), at("2026-11-23 18:30")),
    Case("a Monday at its hour", MONDAYS, at("2026-11-23 18:30"), at("2026-11-30 18:30")),
    Case(
        "a moment before", MONDAYS, at("2026-11-30 18:30") - timedelta(microseconds=1), at("2026-11-30 18:30")
    ),
    Case("before it begins", MONDAYS, at("2020-01-01 00:00"), at("2026-11-23 18:30")),
    Case("a clock that ran ahead for a year", MONDAYS, at("2027-11-23 12:00"), at("2027-11-29 18:30")),
    Case(
        "early on a day in Viet Nam that is still yesterday in UTC",
        Recurring(MONDAYS.rule, MONDAYS.start, time(5)),
        at("2026-11-29 23:59"),
        at("2026-11-30 05:00"),
    ),
    Case(
        "an exception is passed over",
        Recurring(MONDAYS.rule, MONDAYS.start, EVENING, (date(2026, 11, 30), date(2026, 12, 7))),
        at("2026-11-24 00:00"),
        at("2026-12-14 18:30"),
    ),
    Case(
        "nothing but exceptions",
        Recurring(
            Rule(Cycle.WEEK, weekdays=(0,), times=1).to_text(), MONDAYS.start, EVENING, (date(2026, 11, 23),)
        ),
        at("2026-11-01 00:00"),
        None,
    ),
    Case("the end of April", LAST_DAYS, at("2027-03-31 18:30"), at("2027-04-30 18:30")),
    Case("the end of February", LAST_DAYS, at("2027-02-01 00:00"), at("2027-02-28 18:30")),
    Case("the end of February in a leap year", LAST_DAYS, at("2028-02-28 18:30"), at("2028-02-29 18:30")),
    Case("no leap day", LEAP_DAYS, at("2026-12-01 00:00"), at("2027-02-28 18:30")),
    Case("a leap day", LEAP_DAYS, at("2027-03-01 00:00"), at("2028-02-29 18:30")),
    Case("days before a feast", NEW_YEAR, at("2026-11-23 09:00"), at("2027-01-30 18:30")),
    Case("too late for this year's", NEW_YEAR, at("2027-01-30 18:30"), at("2028-01-19 18:30")),
    Case("between the days before and the feast", NEW_YEAR, at("2027-02-05 09:00"), at("2028-01-19 18:30")),
    Case("no further year is confirmed", NEW_YEAR, at("2028-01-19 18:30"), None),
    Case("a feast without any day", DOLTA, at("2026-11-23 09:00"), None),
    Case("who joins, at the next full hour", Joined(), at("2026-11-23 09:10"), at("2026-11-23 10:00")),
    Case("who joins, after that hour", Joined(72), at("2026-11-23 10:00"), at("2026-11-23 11:00")),
    Case("who joins in the evening", Joined(), at("2026-11-23 20:00"), at("2026-11-24 07:00")),
    Case("who joins at night", Joined(), at("2026-11-24 02:10"), at("2026-11-24 07:00")),
]


@pytest.fixture
async def feasts(database: Database, union: People) -> None:
    async with database.writing() as connection:
        days = [date(2026, 2, 17), date(2027, 2, 6), date(2028, 1, 26)]
        await connection.execute(
            sa.insert(named_days),
            [
                {
                    "name": NEW_YEAR.name,
                    "day": day,
                    "confirmed_by": union.an,
                    "confirmed_at": at("2026-01-01 08:00"),
                }
                for day in days
            ],
        )


@pytest.mark.usefixtures("feasts")
async def test_the_next_time_of_every_kind_of_schedule(database: Database) -> None:
    async with database.reading() as connection:
        for case in CASES:
            assert await timing.next_due(connection, case.schedule, case.after) == case.next_due, case.label


async def test_who_joins_is_looked_for_in_the_hours_that_the_union_has_laid_down(database: Database) -> None:
    policy = Policy(day_begins=time(8, 30), day_ends=time(10))
    moment = at("2026-11-23 00:00")
    found: list[str] = []
    async with database.reading() as connection:
        while len(found) < 4:
            moment = await timing.next_due(connection, Joined(), moment, policy=policy) or moment
            found.append(f"{moment.astimezone(VIETNAM):%d %H:%M}")
    assert found == ["23 08:30", "23 09:00", "24 08:30", "24 09:00"]


async def test_the_wall_clock_says_one_moment_in_every_season(database: Database) -> None:
    every_month = Recurring(Rule(Cycle.MONTH, day=1, times=24).to_text(), date(2026, 1, 1), EVENING)
    async with database.reading() as connection:
        found = await timing.upcoming(connection, every_month, at("2025-12-31 00:00"), most=24)
    assert {moment.astimezone(UTC).time() for moment in found} == {time(11, 30)}
    assert len(found) == 24


async def test_the_next_times_end_where_they_are_not_wanted_any_more(database: Database) -> None:
    async with database.reading() as connection:
        found = await timing.upcoming(
            connection, MONDAYS, at("2026-11-20 00:00"), until=at("2026-12-07 18:30")
        )
        assert found == [at("2026-11-23 18:30"), at("2026-11-30 18:30"), at("2026-12-07 18:30")]
        assert len(await timing.upcoming(connection, MONDAYS, at("2026-11-20 00:00"))) == 5
        assert await timing.upcoming(connection, Joined(), at("2026-11-20 00:00")) == []


DEADLINES = [
    ("once", Once(at("2026-11-23 18:30")), "2026-11-23 18:30", "2026-11-24 12:00", "2026-11-24 12:00"),
    ("the first of several", MONDAYS, "2026-11-23 18:30", "2026-11-24 12:00", "2026-11-24 12:00"),
    ("a later one has as long", MONDAYS, "2026-12-07 18:30", "2026-11-24 12:00", "2026-12-08 12:00"),
    ("a feast's next year", NEW_YEAR, "2028-01-19 18:30", "2027-02-06 12:00", "2028-01-26 12:00"),
    ("who joins has none", Joined(), "2026-12-07 10:00", "2027-01-01 00:00", None),
]


@pytest.mark.usefixtures("feasts")
@pytest.mark.parametrize(
    ("schedule", "due", "deadline", "expect"),
    [case[1:] for case in DEADLINES],
    ids=[case[0] for case in DEADLINES],
)
async def test_every_run_has_as_long_as_the_officer_gave_the_first(
    database: Database, schedule: Schedule, due: str, deadline: str, expect: str | None
) -> None:
    async with database.reading() as connection:
        found = await timing.deadline_of(connection, schedule, at(due), at(deadline))
        assert found == (at(expect) if expect else None)
        assert await timing.deadline_of(connection, schedule, at(due), None) is None


SAID = [
    (Once(at("2026-11-23 18:30")), "lúc 18:30 ngày 23/11/2026"),
    (
        Recurring(Rule(Cycle.WEEK, weekdays=(0, 6)).to_text(), date(2026, 11, 23), EVENING),
        "lúc 18:30 thứ Hai, Chủ nhật hằng tuần, từ ngày 23/11/2026",
    ),
    (
        Recurring(
            Rule(Cycle.MONTH, day=31, times=6).to_text(), date(2026, 11, 23), EVENING, (date(2026, 12, 31),)
        ),
        (
            "lúc 18:30 ngày 31 hằng tháng, tháng không có ngày ấy thì gửi ngày cuối tháng, từ ngày 23/11/2026, "
            "tất cả 6 lần, trừ ngày 31/12/2026"
        ),
    ),
    (
        Recurring(
            Rule(Cycle.YEAR, day=8, month=3, until=date(2030, 3, 8)).to_text(), date(2026, 11, 23), EVENING
        ),
        "lúc 18:30 ngày 8 tháng 3 hằng năm, từ ngày 23/11/2026, đến hết ngày 08/03/2030",
    ),
    (NEW_YEAR, "lúc 18:30, 7 ngày trước Tết Nguyên đán, mỗi năm"),
    (DOLTA, "lúc 07:30 đúng ngày Lễ Sene Dolta, mỗi năm"),
    (Joined(), "cho từng người mới vào Hội, trong vòng khoảng một giờ"),
    (Joined(5), "cho từng người mới vào Hội, sau 5 giờ"),
    (Joined(72), "cho từng người mới vào Hội, sau 3 ngày"),
]


@pytest.mark.parametrize(("schedule", "sentence"), SAID)
def test_a_schedule_is_said_as_officers_say_it_and_kept_as_data(schedule: Schedule, sentence: str) -> None:
    assert timing.sentence(schedule, str) == sentence
    kept = timing.from_json(timing.to_json(schedule))
    assert kept == schedule


def test_where_nothing_was_chosen_there_is_no_schedule() -> None:
    assert timing.from_json({}) is None
