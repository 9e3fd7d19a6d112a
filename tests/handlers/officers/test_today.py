from datetime import timedelta

import pytest
import sqlalchemy as sa

from bot import usage
from bot.channels.account_rows import open_account
from bot.store.database import Database
from bot.store.tables import broadcasts, deliveries, inbox, questions, runs
from bot.store.tables.broadcasts import BroadcastState, DeliveryState, OnUncertain, RunState
from bot.store.tables.messages import InboxState
from bot.store.tables.questions import QuestionState
from broadcasts import overview
from tests.conftest import MovingClock
from tests.handlers.officers.browser import Browser
from tests.handlers.officers.conftest import PASSWORD, Union


async def ask(database: Database, unit_id: int | None, state: QuestionState, **values: object) -> None:
    async with database.writing() as connection:
        await connection.execute(
            sa.insert(questions).values(unit_id=unit_id, text="?", state=state, **values)
        )


async def test_quiet_day_says_so(browser: Browser, union: Union) -> None:
    page = await browser.sign_in("dung", PASSWORD)
    assert "Không còn câu hỏi nào đang chờ." in page
    assert "Hiện không có thông báo nào đang gửi." in page


async def test_waiting_questions_are_counted_with_the_oldest(
    browser: Browser, union: Union, database: Database, clock: MovingClock
) -> None:
    now, unit = clock(), union.people.branch_id
    await ask(database, unit, QuestionState.WAITING, asked_at=now - timedelta(hours=30))
    await ask(database, unit, QuestionState.FORWARDED, asked_at=now - timedelta(hours=2), is_urgent=True)
    await ask(database, unit, QuestionState.ANSWERED, asked_at=now - timedelta(hours=40))
    await ask(database, union.people.other_commune_id, QuestionState.WAITING, asked_at=now)
    page = await browser.sign_in("dung", PASSWORD)
    assert "1 chờ cán bộ văn phòng 1 trên bàn cán bộ cơ sở 1 khẩn" in page
    assert "hỏi lúc 22/11/2026 03:00" in page
    assert "1 câu chuyển cán bộ" in page
    page = await browser.sign_in("an", PASSWORD)


async def test_running_broadcast_shows_how_far_it_is(
    browser: Browser, union: Union, database: Database, clock: MovingClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    now, settled = clock(), union.people
    async with database.writing() as connection:
        broadcast = await connection.scalar(
            sa.insert(broadcasts)
            .values(
                title="<b>Mời</b> dự lớp", texts={}, unit_id=settled.commune_id, audience={}, state=BroadcastState.RUN,
                created_at=now, updated_at=now,
            )
            .returning(broadcasts.c.id)
        )  # fmt: skip
        run = await connection.scalar(
            sa.insert(runs)
            .values(
                broadcast_id=broadcast, due_at=now, state=RunState.RUNNING, texts={}, audience={},
                on_uncertain=OnUncertain.LEAVE, created_at=now,
            )
            .returning(runs.c.id)
        )  # fmt: skip
        for state in (DeliveryState.SENT, DeliveryState.FAILED, DeliveryState.PLANNED, DeliveryState.CLAIMED):
            await connection.execute(
                sa.insert(deliveries).values(
                    run_id=run, account_id=settled.account_id, state=state, next_at=now
                )
            )
    page = await browser.sign_in("dung", PASSWORD)
    assert "<b>Mời</b> dự lớp" in page
    assert "<b>Mời" not in page.html
    assert "2 trên 4 người" in page
    with monkeypatch.context() as patched:  # Of a million no more are counted than a list shows.
        patched.setattr(overview, "MOST_COUNTED", 3)
        page = await browser.open("/console")
        assert "hơn 3 người" in page
        assert "trên 4 người" not in page
    assert "dự lớp" not in await browser.sign_in("chi", PASSWORD)


async def test_part_that_refreshes_itself_comes_alone(browser: Browser, union: Union) -> None:
    await browser.sign_in("dung", PASSWORD)
    page = await browser.open("/console", headers={"HX-Request": "true", "X-Refresh": "1"})
    assert page.html.strip().startswith('<div id="figures"')
    assert "<html" not in page.html


async def test_failures_of_the_service_are_the_provinces_business(
    browser: Browser, union: Union, database: Database, clock: MovingClock
) -> None:
    async with database.writing() as connection:
        await connection.execute(
            sa.insert(inbox).values(
                account_id=union.people.account_id, event_id="1", lane="x", payload={}, state=InboxState.FAILED,
                next_at=clock(), received_at=clock(),
            )
        )  # fmt: skip
    assert "1 tin nhận chưa xử lý được" in await browser.sign_in("an", PASSWORD)
    await browser.send("/console/sign-out")
    assert "chưa xử lý được" not in await browser.sign_in("dung", PASSWORD)


@pytest.mark.parametrize(
    ("sent", "shown", "warns"),
    [
        (2398, "2.399 trên 3.000", ""),
        (2399, "2.400 trên 3.000", "Gói này sắp hết."),
        (2999, "3.000 trên 3.000", "Gói tháng này đã hết"),
        (4000, "4.001 trên 3.000", "Gói tháng này đã hết"),
    ],
)
async def test_a_monthly_plan_shows_what_is_used_of_it_and_warns_in_time(
    browser: Browser, union: Union, database: Database, clock: MovingClock, sent: int, shown: str, warns: str
) -> None:
    async with database.writing() as connection:
        account = await open_account(
            connection, channel="x", external_id="1", name="<i>Bot</i> Chị Hội",
            settings=usage.plan_settings(messages=3000, people=50), now=clock(),
        )  # fmt: skip
        await usage.count(connection, account.account_id, now=clock(), sent=sent, received=1)
    page = await browser.sign_in("an", PASSWORD)
    assert "Gói của <i>Bot</i> Chị Hội" in page
    assert "<i>Bot" not in page.html
    assert shown in page
    assert "0 trên 50" in page
    assert ("Gói này sắp hết." in page, "Gói tháng này đã hết" in page) == (
        warns.startswith("Gói này"),
        warns.startswith("Gói tháng"),
    )
    await browser.send("/console/sign-out")
    assert "Gói của" not in await browser.sign_in("dung", PASSWORD)
