"""The calendar of announcements and the officers' table of feasts, as An (province) and Dung (a commune) use them."""

from collections.abc import Awaitable, Callable
from datetime import date, datetime, time
from typing import Any

import pytest
import sqlalchemy as sa

from bot.store.database import Database
from bot.store.tables import broadcasts, named_days, runs, staff_acts
from bot.store.tables.broadcasts import BroadcastState, RunState
from broadcasts import confirming, starting, timing, writing
from broadcasts.audience import Audience
from broadcasts.recurrence import Cycle, Rule
from broadcasts.timing import Joined, Named, Once, Recurring, Schedule
from broadcasts.writing import Draft
from tests.broadcasts.ledger import count_ahead
from tests.broadcasts.test_timing import at
from tests.conftest import MovingClock
from tests.handlers.officers.announcing import form
from tests.handlers.officers.browser import Browser, Page
from tests.handlers.officers.conftest import PASSWORD, NewBrowser, Union

CALENDAR, FEASTS = "/console/broadcasts/calendar", "/console/broadcasts/feasts"
Plan = Callable[..., Awaitable[int]]


@pytest.fixture
def plan(database: Database, readers: Union, clock: MovingClock) -> Plan:
    """Confirms an announcement for a schedule; returns the broadcast."""

    async def confirm(title: str, schedule: Schedule, unit_id: int | None = None, **values: Any) -> int:
        union = readers.people
        unit_id = unit_id or union.province_id
        draft = Draft(title, {"vi": "Chào chị"}, unit_id, Audience.of_units([unit_id], ("web_chat",)))
        async with database.writing() as connection:
            broadcast_id = await writing.create(connection, draft, staff_id=union.an, now=clock())
            due_at = await timing.next_due(connection, schedule, clock())
            await confirming.confirm(
                connection, broadcast_id, due_at=due_at or clock(), staff_id=union.an, counted=2, now=clock(),
                schedule=timing.to_json(schedule),
            )  # fmt: skip
            await connection.execute(
                sa.update(broadcasts).where(broadcasts.c.id == broadcast_id).values(due_at=due_at, **values)
            )
        return broadcast_id

    return confirm


def _of(page: Page, day: str) -> str:
    """What stands in one day's field, as text: "23/11"."""
    field = page.html.split(f", {day}</span>")[1].split('<li class="day')[0]
    return " ".join(field.split())


MONDAYS = Recurring(
    Rule(Cycle.WEEK, weekdays=(0,)).to_text(), date(2026, 11, 23), time(18, 30), (date(2026, 12, 14),)
)


async def test_each_day_shows_what_is_planned_waits_and_ran(
    browser: Browser, plan: Plan, database: Database, clock: MovingClock
) -> None:
    once = await plan("Họp tổ", Once(at("2026-11-25 08:00")))
    await plan("Nhắc vay vốn", MONDAYS)
    await plan("Chờ duyệt", Once(at("2026-11-26 08:00")), state=BroadcastState.WAITING)
    await plan("Rải dần", Once(at("2026-11-27 08:00")), per_day=300)
    await count_ahead(database, at("2026-11-23 18:30"))
    async with database.writing() as connection:
        (run_id,) = await starting.start_due(connection, at("2026-11-23 18:30"))
        await connection.execute(sa.update(runs).where(runs.c.id == run_id).values(state=RunState.DONE))
    clock.moment = at("2026-11-24 09:00")
    await browser.sign_in("an", PASSWORD)
    page = await browser.open(CALENDAR)
    assert "Tháng 11 năm 2026" in page
    assert f"?run={run_id}" in _of(page, "23/11")
    assert "Đã xong" in _of(page, "23/11")
    assert f"/console/broadcasts/{once}" in _of(page, "25/11")
    assert "Chờ duyệt" in _of(page, "26/11")
    assert "mỗi ngày 300 người" in _of(page, "27/11")
    assert "lặp lại" in _of(page, "30/11")
    page = await browser.open(f"{CALENDAR}?month=2026-12")
    assert [day for day in ("07/12", "14/12", "21/12", "28/12") if "Nhắc vay vốn" in _of(page, day)] == [
        "07/12", "21/12", "28/12",
    ]  # fmt: skip


async def test_a_month_shows_whole_weeks_and_a_week_its_seven_days(browser: Browser, union: Union) -> None:
    await browser.sign_in("an", PASSWORD)
    month = await browser.open(f"{CALENDAR}?month=2027-02")
    assert month.html.count('<li class="day') == 28
    assert ", 01/02</span>" in month.html
    week = await browser.open(f"{CALENDAR}?week=2027-01-01")
    assert "Tuần từ 28/12/2026" in week
    assert week.html.count('<li class="day') == 7
    assert "?week=2026-12-21" in week.html
    assert "?week=2027-01-04" in week.html


@pytest.mark.parametrize(
    "query", ["?month=2026-13", "?month=x", "?week=2026-02-30", "?week=", "?month=9999-12", "?month=0001-01"]
)
async def test_a_time_that_is_none_is_this_one(browser: Browser, union: Union, query: str) -> None:
    await browser.sign_in("an", PASSWORD)
    page = await browser.open(CALENDAR + query)
    assert page.status == 200
    assert ", 23/11</span>" in page.html


async def test_the_year_is_beside_the_plans(browser: Browser, union: Union) -> None:
    await browser.sign_in("an", PASSWORD)
    page = await browser.open(f"{CALENDAR}?month=2027-03")
    assert "Ngày Quốc tế Phụ nữ" in _of(page, "08/03")
    assert "Tuần lễ Áo dài" in _of(page, "01/03")
    assert "Tuần lễ Áo dài" not in _of(page, "02/03")


async def test_a_day_from_today_on_is_where_an_announcement_begins(browser: Browser, union: Union) -> None:
    await browser.sign_in("an", PASSWORD)
    page = await browser.open(CALENDAR)
    assert "start?day=2026-11-23" in page.html
    assert "start?day=2026-11-22" not in page.html


async def test_everybody_sees_what_is_sent_in_the_name_of_her_own_unit_or_one_below(
    browser: Browser, plan: Plan, readers: Union
) -> None:
    await plan("Của tỉnh", Once(at("2026-11-25 08:00")))
    await plan("Của xã", Once(at("2026-11-25 08:00")), readers.people.commune_id)
    await browser.sign_in("dung", PASSWORD)
    page = await browser.open(CALENDAR)
    assert "Của xã" in page
    assert "Của tỉnh" not in page


async def test_greetings_have_no_day_and_their_runs_of_a_day_are_one_line(
    browser: Browser, plan: Plan, database: Database, readers: Union, clock: MovingClock
) -> None:
    broadcast_id = await plan("Chào mừng", Joined(24))
    async with database.writing() as connection:
        for hour in (10, 11, 12):
            due_at = at(f"2026-11-24 {hour}:00")
            values = {
                "broadcast_id": broadcast_id,
                "due_at": due_at,
                "state": RunState.DONE,
                "texts": {},
                "audience": {},
            }
            await connection.execute(
                sa.insert(runs).values(on_uncertain="leave", created_at=due_at, **values)
            )
    await browser.sign_in("an", PASSWORD)
    page = await browser.open(CALENDAR)
    assert "cho từng người mới vào Hội, sau 1 ngày" in page
    assert "3 lượt trong ngày" in _of(page, "24/11")
    assert _of(page, "24/11").count("Chào mừng") == 1


# Feasts.


async def _due(database: Database, broadcast_id: int) -> datetime | None:
    async with database.reading() as connection:
        due: datetime | None = await connection.scalar(
            sa.select(broadcasts.c.due_at).where(broadcasts.c.id == broadcast_id)
        )
        return due


async def test_a_confirmed_feast_moves_what_is_planned_by_it(
    browser: Browser, plan: Plan, database: Database, clock: MovingClock
) -> None:
    await browser.sign_in("an", PASSWORD)
    page = await browser.send(FEASTS, name="Lễ Sene Dolta", day="2027-09-29", sure="1")
    assert "Đã ghi ngày lễ" in page
    broadcast_id = await plan("Chúc mừng", Named("Lễ Sene Dolta", 2, time(7, 30)))
    assert await _due(database, broadcast_id) == at("2027-09-27 07:30")
    page = await browser.open(FEASTS)
    assert "gửi 27/09/2027 07:30" in page
    assert "Thứ Tư, 29/09/2027" in page
    page = await browser.send(f"{FEASTS}/1/take-back")
    assert "chờ ngày mới" in page
    assert await _due(database, broadcast_id) is None
    assert "Có thông báo đang chờ ngày của Lễ Sene Dolta" in page
    assert "chưa biết ngày gửi" in await browser.open(CALENDAR)
    await browser.send(FEASTS, name=" Lễ  Sene Dolta", day="2027-09-28", sure="1")
    assert await _due(database, broadcast_id) == at("2027-09-26 07:30")
    async with database.reading() as connection:
        acts = await connection.scalars(sa.select(staff_acts.c.act).order_by(staff_acts.c.id))
        assert [act for act in acts if act.startswith("feast")] == [
            "feast_confirmed", "feast_taken_back", "feast_confirmed",
        ]  # fmt: skip


async def test_what_is_already_on_its_way_stays_where_it_is(
    browser: Browser, plan: Plan, database: Database, clock: MovingClock
) -> None:
    await browser.sign_in("an", PASSWORD)
    await browser.send(FEASTS, name="Ok Om Bok", day="2026-11-24", sure="1")
    broadcast_id = await plan("Chúc mừng", Named("Ok Om Bok", 0, time(7, 30)))
    clock.moment = at("2026-11-24 07:30")
    await browser.send(f"{FEASTS}/1/take-back")
    assert await _due(database, broadcast_id) == at("2026-11-24 07:30")


WRONG = [
    ("no name", {"name": " "}, "Chị ghi tên ngày lễ"),
    ("a long name", {"name": "x" * 101}, "Chị ghi tên ngày lễ"),
    ("no day", {"day": "2027-02-30"}, "Ngày chưa đúng"),
    ("a day gone by", {"day": "2026-11-22"}, "Ngày này đã qua"),
    ("too far", {"day": "2031-01-01"}, "xa quá ba năm"),
    ("not sure", {"sure": ""}, "Chị hỏi cho chắc"),
    ("another day of the same year", {"day": "2027-02-07"}, "Lễ này đã có ngày trong năm đó"),
]


@pytest.mark.parametrize(
    ("values", "sentence"), [case[1:] for case in WRONG], ids=[case[0] for case in WRONG]
)
async def test_a_feast_that_cannot_be_meant_is_not_taken_down(
    browser: Browser, union: Union, database: Database, values: dict[str, str], sentence: str
) -> None:
    await browser.sign_in("an", PASSWORD)
    await browser.send(FEASTS, name="Tết Nguyên đán", day="2027-02-06", sure="1")
    page = await browser.send(
        FEASTS, **({"name": "Tết Nguyên đán", "day": "2028-01-26", "sure": "1"} | values)
    )
    assert (page.status, sentence in page) == (422, True)
    async with database.reading() as connection:
        assert list(await connection.scalars(sa.select(named_days.c.day))) == [date(2027, 2, 6)]


async def test_the_same_day_twice_is_one(browser: Browser, union: Union) -> None:
    await browser.sign_in("an", PASSWORD)
    for sentence in ("Đã ghi ngày lễ", "Ngày này đã có sẵn"):
        page = await browser.send(FEASTS, name="Tết Nguyên đán", day="2027-02-06", sure="1")
        assert sentence in page


async def test_officers_of_a_commune_see_the_feasts_and_change_none(
    new_browser: NewBrowser, union: Union
) -> None:
    an, dung = await new_browser(), await new_browser()
    await an.sign_in("an", PASSWORD)
    await an.send(FEASTS, name="Tết Nguyên đán", day="2027-02-06", sure="1")
    await dung.sign_in("dung", PASSWORD)
    page = await dung.open(FEASTS)
    assert "06/02/2027" in page
    assert "Bỏ ngày này" not in page
    assert (await dung.send(FEASTS, name="Lễ", day="2027-02-06", sure="1")).status == 403
    assert (await dung.send(f"{FEASTS}/1/take-back")).status == 403


async def test_the_names_of_lunar_feasts_lie_ready(browser: Browser, union: Union) -> None:
    await browser.sign_in("an", PASSWORD)
    page = await browser.open(FEASTS)
    assert "15/10 âm lịch" in page
    assert "từ 29/8 đến 1/9 âm lịch" in page


@pytest.mark.parametrize(
    ("day", "kept"),
    [("2026-12-08", at("2026-12-08 18:30")), ("2026-11-22", None), ("08/12", None), ("", None)],
)
async def test_an_announcement_begun_at_a_day_is_first_offered_for_that_day(
    browser: Browser, readers: Union, database: Database, day: str, kept: datetime | None
) -> None:
    await browser.sign_in("an", PASSWORD)
    page = await browser.open(f"/console/broadcasts/start?day={day}")
    assert page.status == 200
    page = await browser.open(f"/console/broadcasts/new?day={day}")
    assert page.status == 200
    await browser.send("/console/broadcasts/new", **(form(readers.people) | {"day": day}))
    async with database.reading() as connection:
        stored = await connection.scalar(sa.select(broadcasts.c.schedule))
    assert timing.from_json(stored or {}) == (Once(kept) if kept else None)
    assert f'value="{kept or at("2026-11-23 18:30"):%Y-%m-%d}"' in browser.page.html
