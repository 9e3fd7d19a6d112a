"""When an announcement is sent, as an officer chooses it on the plan page: every way, and everything that cannot be meant."""

from datetime import date, time
from typing import NamedTuple

import pytest
import sqlalchemy as sa

from bot.store.database import Database
from bot.store.tables import named_days
from bot.store.tables.broadcasts import BroadcastState
from broadcasts import timing
from broadcasts.recurrence import Cycle, Rule
from broadcasts.timing import Joined, Named, Once, Recurring, Schedule
from handlers.officers import timing_reading
from handlers.officers.timing_reading import Wrong
from tests.broadcasts.test_timing import at
from tests.conftest import MovingClock
from tests.handlers.officers.announcing import BROADCASTS, broadcast_row, hidden
from tests.handlers.officers.browser import Browser
from tests.handlers.officers.conftest import PASSWORD, Union, Write

NOW = at("2026-11-23 09:00")  # A Monday; the clock of the tests.
EVERY = {"when": "every", "every_hour": "18:30", "from": "2026-11-23", "ends": "never"}
WEEKLY = {**EVERY, "cycle": "week", "on-0": "1"}


class Case(NamedTuple):
    label: str
    typed: dict[str, str]
    schedule: Schedule


GOOD = [
    Case("at a time", {"when": "at", "day": "2026-11-24", "hour": "18:30"}, Once(at("2026-11-24 18:30"))),
    Case("now", {"when": "now"}, Once(NOW)),
    Case("nothing chosen is a time", {"day": "2026-11-24", "hour": "18:30"}, Once(at("2026-11-24 18:30"))),
    Case(
        "every week",
        {**WEEKLY, "on-3": "1"},
        Recurring(Rule(Cycle.WEEK, weekdays=(0, 3)).to_text(), date(2026, 11, 23), time(18, 30)),
    ),
    Case(
        "one that began in the past goes on from now",
        {**WEEKLY, "from": "2026-01-05", "every_hour": "08:00"},
        Recurring(Rule(Cycle.WEEK, weekdays=(0,)).to_text(), date(2026, 11, 24), time(8)),
    ),
    Case(
        "every month until a day",
        {**EVERY, "cycle": "month", "month_day": "31", "ends": "until", "until": "2027-03-31"},
        Recurring(Rule(Cycle.MONTH, day=31, until=date(2027, 3, 31)).to_text(), date(2026, 11, 23), time(18, 30)),
    ),
    Case(
        "every leap day, so many times, but one",
        {
            **EVERY, "cycle": "year", "year_day": "29", "year_month": "2", "ends": "times", "times": "3",
            "skip-2028-02-29": "1", "skip-nonsense": "1", "skip-2027-02-28": "",
        },
        Recurring(
            Rule(Cycle.YEAR, day=29, month=2, times=3).to_text(), date(2026, 11, 23), time(18, 30), (date(2028, 2, 29),)
        ),
    ),
    Case(
        "by a feast",
        {"when": "named", "feast": "Ok Om Bok", "before": "3", "feast_hour": "07:30"},
        Named("Ok Om Bok", 3, time(7, 30)),
    ),
    Case("who joins, at once", {"when": "joined", "delay": "0", "delay_unit": "hours"}, Joined(0)),
    Case("who joins, after days", {"when": "joined", "delay": "3", "delay_unit": "days"}, Joined(72)),
]  # fmt: skip

BAD = [
    ("in the past", {"when": "at", "day": "2026-11-23", "hour": "08:59"}, "day", "Giờ này đã qua"),
    ("at this moment", {"when": "at", "day": "2026-11-23", "hour": "09:00"}, "day", "Giờ này đã qua"),
    ("no day", {"when": "at", "day": "2027-02-29", "hour": "09:00"}, "day", "Ngày giờ chưa đúng"),
    ("no hour", {"when": "at", "day": "2027-02-28", "hour": "7 giờ"}, "day", "Ngày giờ chưa đúng"),
    ("the end of time", {"when": "at", "day": "9999-12-31", "hour": "23:59"}, "day", "Ngày giờ chưa đúng"),
    ("no weekday", {**EVERY, "cycle": "week"}, "on", "ít nhất một ngày trong tuần"),
    ("no such day of a month", {**EVERY, "cycle": "month", "month_day": "32"}, "month_day", "từ 1 đến 31"),
    (
        "no such day of the year",
        {**EVERY, "cycle": "year", "year_day": "31", "year_month": "4"},
        "year_day",
        "Không có ngày này",
    ),
    ("no beginning", {**WEEKLY, "from": ""}, "from", "Ngày bắt đầu chưa đúng"),
    ("a beginning years ahead", {**WEEKLY, "from": "2029-01-01"}, "from", "xa quá một năm"),
    ("no hour again and again", {**WEEKLY, "every_hour": ""}, "every_hour", "Giờ gửi chưa đúng"),
    ("no end", {**WEEKLY, "ends": "until", "until": ""}, "until", "Ngày kết thúc chưa đúng"),
    (
        "over before it begins",
        {**WEEKLY, "ends": "until", "until": "2026-11-22"},
        "until",
        "không còn lần gửi nào",
    ),
    (
        "no time left of it",
        {**WEEKLY, "ends": "times", "times": "1", "skip-2026-11-23": "1"},
        "until",
        "không còn lần",
    ),
    ("never", {**WEEKLY, "ends": "times", "times": "0"}, "times", "từ 1 đến 366"),
    ("too often", {**WEEKLY, "ends": "times", "times": "99999999999"}, "times", "từ 1 đến 366"),
    (
        "no feast",
        {"when": "named", "feast": "", "before": "1", "feast_hour": "08:00"},
        "feast",
        "chọn ngày lễ",
    ),
    (
        "days that are none",
        {"when": "named", "feast": "Tết", "before": "-1", "feast_hour": "08:00"},
        "before",
        "từ 0 đến 60",
    ),
    (
        "a delay of years",
        {"when": "joined", "delay": "91", "delay_unit": "days"},
        "delay",
        "không quá 90 ngày",
    ),
    ("a bad joke", {"when": "joined", "delay": "<b>", "delay_unit": "'; DROP"}, "delay", "không quá 90 ngày"),
]


@pytest.mark.parametrize("case", GOOD, ids=[case.label for case in GOOD])
def test_what_is_typed_is_the_schedule_that_is_meant(case: Case) -> None:
    assert timing_reading.read(case.typed, NOW, str) == case.schedule


@pytest.mark.parametrize("case", GOOD, ids=[case.label for case in GOOD])
def test_a_schedule_is_shown_in_the_fields_that_say_it(case: Case) -> None:
    typed = timing_reading.typed_of(case.schedule, NOW)
    if typed["when"] == "at" and case.label == "now":
        return
    assert timing_reading.read(typed, NOW, str) == case.schedule


@pytest.mark.parametrize(
    ("typed", "field", "sentence"), [case[1:] for case in BAD], ids=[case[0] for case in BAD]
)
def test_what_cannot_be_meant_is_said_at_its_field(typed: dict[str, str], field: str, sentence: str) -> None:
    with pytest.raises(Wrong) as wrong:
        timing_reading.read(typed, NOW, str)
    assert (wrong.value.field, sentence in wrong.value.sentence) == (field, True)


def test_of_so_many_times_only_those_that_are_left_are_offered_again() -> None:
    rule = Rule(Cycle.WEEK, weekdays=(0,), times=5).to_text()
    schedule = Recurring(rule, date(2026, 11, 9), time(18, 30), (date(2026, 11, 16), date(2026, 11, 30)))
    typed = timing_reading.typed_of(schedule, NOW)
    assert (typed["from"], typed["times"]) == ("2026-11-23", "3")
    assert timing_reading.skipped(typed) == [date(2026, 11, 30)]


async def _confirmed(
    browser: Browser, database: Database, broadcast_id: int, **typed: str
) -> Schedule | None:
    """Look at the plan with this choice, then confirm it as the page carries it along."""
    address = f"{BROADCASTS}/{broadcast_id}/review"
    page = await browser.open(address + "?" + "&".join(f"{name}={value}" for name, value in typed.items()))
    assert page.status == 200, page.text
    sent = {
        "counted": hidden(page, "counted"),
        "seen_at": hidden(page, "seen_at"),
        "agreed": "1",
        "at_night": "1",
    }
    await browser.send(address, **typed, **sent)
    row = await broadcast_row(database, broadcast_id)
    assert row.state in {BroadcastState.SCHEDULED, BroadcastState.WAITING}
    return timing.from_json(row.schedule)


async def test_the_plan_shows_the_next_times_and_leaves_out_what_is_ticked(
    browser: Browser, write: Write, database: Database
) -> None:
    await browser.sign_in("an", PASSWORD)
    broadcast_id = await write(browser)
    address = f"{BROADCASTS}/{broadcast_id}/review"
    every = "when=every&cycle=week&on-0=1&from=2026-11-23&every_hour=18:30&ends=never"
    page = await browser.open(f"{address}?{every}")
    for day in (
        "23/11/2026 18:30",
        "30/11/2026 18:30",
        "07/12/2026 18:30",
        "14/12/2026 18:30",
        "21/12/2026 18:30",
    ):
        assert f"Thứ Hai, {day}" in page
    page = await browser.open(f"{address}?{every}&skip-2026-11-30=1")
    assert "Thứ Hai, 30/11/2026" not in page
    assert "28/12/2026 18:30" in page
    assert "trừ ngày 30/11/2026" in page


async def test_a_feast_without_a_day_is_not_taken(browser: Browser, write: Write, database: Database) -> None:
    await browser.sign_in("an", PASSWORD)
    broadcast_id = await write(browser)
    page = await browser.open(
        f"{BROADCASTS}/{broadcast_id}/review?when=named&feast=Ok+Om+Bok&before=3&feast_hour=08:00"
    )
    assert "Lễ này chưa có ngày nào được xác nhận" in page
    assert "Xác nhận hẹn giờ" not in page


async def test_a_day_says_what_it_is_and_what_is_advised(
    browser: Browser, write: Write, database: Database, union: Union, clock: MovingClock
) -> None:
    async with database.writing() as connection:
        await connection.execute(
            sa.insert(named_days).values(
                name="Tết Nguyên đán",
                day=date(2027, 2, 6),
                confirmed_by=union.people.an,
                confirmed_at=clock(),
            )
        )
    await browser.sign_in("an", PASSWORD)
    broadcast_id = await write(browser)
    page = await browser.open(f"{BROADCASTS}/{broadcast_id}/review?when=at&day=2027-02-05&hour=18:30")
    assert "06/02/2027 là Tết Nguyên đán. Không gửi tin hàng loạt từ 28 tháng chạp tới mùng 3." in page
    page = await browser.open(f"{BROADCASTS}/{broadcast_id}/review?when=at&day=2027-03-08&hour=18:30")
    assert "Ngày này có: Ngày Quốc tế Phụ nữ" in page


async def test_what_was_chosen_is_there_again_after_a_change(
    browser: Browser, write: Write, database: Database
) -> None:
    await browser.sign_in("an", PASSWORD)
    broadcast_id = await write(browser)
    chosen = {**WEEKLY, "on-3": "1"}
    schedule = await _confirmed(browser, database, broadcast_id, **chosen)
    assert schedule == timing_reading.read(chosen, NOW, str)
    async with database.writing() as connection:
        await connection.execute(sa.text("UPDATE broadcasts SET state = 'draft', due_at = NULL"))
    page = await browser.open(f"{BROADCASTS}/{broadcast_id}/review")
    assert "lúc 18:30 thứ Hai, thứ Năm hằng tuần" in page
