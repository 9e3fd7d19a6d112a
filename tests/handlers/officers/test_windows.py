"""How long an answer still gets through, as the pages of questions say it."""

import re
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from bot import receipts
from bot.channels.contract import Limits
from bot.languages import Languages
from bot.outbox import Outbox
from bot.questions import asking
from bot.questions.post import Post
from bot.store.database import Database
from bot.store.tables import accounts, contacts, outbox, staff
from bot.store.tables.accounts import AccountState
from bot.store.tables.messages import OutboxState
from tests import people
from tests.conftest import MovingClock
from tests.handlers.officers.browser import Browser
from tests.handlers.officers.conftest import PASSWORD, Union

QUESTIONS = "/console/questions"
HOURS, MINUTES = timedelta(hours=1), timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class Case:
    label: str
    ago: timedelta | None  # Her last message; it is 23/11/2026 09:00.
    line: str
    tone: str
    on_sending: str
    may_cost: bool = False


AT_ONCE, WAITS = "Chị ấy nhận được ngay", "Câu trả lời được giữ lại"
CASES = [
    Case("just now", 0 * HOURS, "Còn 48 giờ để trả lời miễn phí (đến 09:00 ngày 25/11)", "open", AT_ONCE),
    Case("tomorrow", 20 * HOURS, "Còn 28 giờ để trả lời miễn phí (đến 13:00 ngày mai)", "open", AT_ONCE),
    Case("six hours left", 42 * HOURS, "Còn 6 giờ để trả lời miễn phí (đến 15:00 hôm nay)", "open", AT_ONCE),
    Case(
        "never rounded up", 42 * HOURS + 30 * MINUTES, "Còn 5 giờ để trả lời miễn phí (đến 14:30 hôm nay)", "soon", AT_ONCE
    ),
    Case("minutes", 47 * HOURS + 18 * MINUTES, "Còn 42 phút để trả lời miễn phí", "soon", AT_ONCE),
    Case("one minute left", 47 * HOURS + 59 * MINUTES, "Còn 1 phút để trả lời miễn phí", "soon", AT_ONCE),
    Case(
        "one minute late", 48 * HOURS + MINUTES, "Quá 48 giờ: câu trả lời chờ đến khi chị ấy nhắn lại", "closed", WAITS
    ),
    Case(
        "late, and allowed to cost", 48 * HOURS + MINUTES, "Quá 48 giờ: mỗi tin mất 55 đ (đến 08:59 ngày 28/11)", "paid",
        AT_ONCE, may_cost=True,
    ),
    Case("very late", 200 * HOURS, "Quá 7 ngày: câu trả lời chờ đến khi chị ấy nhắn lại", "closed", WAITS),
    Case(
        "too late for money", 200 * HOURS, "Quá 7 ngày: câu trả lời chờ đến khi chị ấy nhắn lại", "closed", WAITS, may_cost=True
    ),
    Case("never wrote", None, "Câu trả lời chờ đến khi chị ấy nhắn cho Hội", "closed", WAITS),
]  # fmt: skip


@pytest.fixture
async def question(database: Database, clock: MovingClock, union: Union) -> int:
    """Hoa asks by a channel with windows; no desk takes it."""
    async with database.writing() as connection:
        account = await people.add_account(connection, channel="zalo_oa", external_id="7", now=clock())
        await people.add_contact(
            connection, account, "9", member_id=union.people.hoa, last_in_at=clock(), now=clock()
        )
        await connection.execute(sa.update(staff).values(takes_questions=False))
    contact = await people.contact_of(database, account, "9")
    async with database.writing() as connection:
        post = Post(connection, Outbox({}), Languages({}), clock())
        question_id, _ = await asking.ask(post, contact, "Vay vốn ở đâu?", unit_id=union.people.branch_id)
    return question_id


async def _last_wrote(database: Database, at: datetime | None, *, may_cost: bool = False) -> None:
    async with database.writing() as connection:
        await connection.execute(sa.update(contacts).where(contacts.c.address == "9").values(last_in_at=at))
        await connection.execute(sa.update(accounts).values(may_cost=may_cost))


async def test_open_question_says_how_long_an_answer_gets_through_and_what_becomes_of_it(
    browser: Browser, question: int, database: Database, clock: MovingClock
) -> None:
    await browser.sign_in("an", PASSWORD)
    for case in CASES:
        await _last_wrote(
            database, case.ago if case.ago is None else clock() - case.ago, may_cost=case.may_cost
        )
        for path in (QUESTIONS, f"{QUESTIONS}/{question}"):
            page = await browser.open(path)
            assert case.line in page, case.label
            assert f'class="window window-{case.tone}"' in page.html, case.label
        assert case.on_sending in page, case.label
        says_how_to_pay = "bật tin có phí" in page
        assert says_how_to_pay == (case.label == "one minute late"), case.label


async def test_today_counts_what_closes_within_six_hours(
    browser: Browser, question: int, database: Database, clock: MovingClock
) -> None:
    await browser.sign_in("an", PASSWORD)
    for hours, counted in ((41, False), (43, True), (49, False)):
        await _last_wrote(database, clock() - hours * HOURS)
        assert ("1 sắp hết giờ trả lời miễn phí" in await browser.open("/console")) == counted


async def test_answer_to_a_closed_window_is_kept_and_the_pages_say_so(
    browser: Browser, question: int, database: Database, clock: MovingClock
) -> None:
    await _last_wrote(database, clock() - 49 * HOURS)
    await browser.sign_in("an", PASSWORD)
    page = await browser.open(f"{QUESTIONS}/{question}")
    seen = page.html.split('name="seen" value="')[1].split('"')[0]
    page = await browser.send(f"{QUESTIONS}/{question}/answer", words="Dạ, ở xã.", seen=seen)
    assert f"Đã giữ câu trả lời cho câu hỏi mã {question}. Chị ấy nhắn lại là gửi đi ngay." in page
    async with database.writing() as connection:  # As the sender does when it comes to it.
        await connection.execute(sa.update(outbox).values(state=OutboxState.HELD))
    page = await browser.open(f"{QUESTIONS}?state=answered")
    assert "Câu trả lời đang giữ lại, chờ chị ấy nhắn" in page
    page = await browser.open(f"{QUESTIONS}/{question}")
    assert "Câu trả lời đang được giữ lại: Zalo OA không cho nhắn" in page
    assert "Câu trả lời được giữ lại, chờ chị ấy nhắn" in page  # Among what happened.
    async with database.writing() as connection:
        await connection.execute(sa.update(outbox).values(state=OutboxState.SENT))
    assert "đang được giữ lại" not in await browser.open(f"{QUESTIONS}/{question}")


async def test_answer_by_an_account_that_sends_nothing_waits_and_the_pages_say_so(
    browser: Browser, question: int, database: Database, clock: MovingClock, running: dict[int, Limits]
) -> None:
    await browser.sign_in("an", PASSWORD)
    clock.move(timedelta(hours=1))
    path = f"{QUESTIONS}/{question}"
    no_right = "7 đang mất quyền gửi. Câu trả lời chờ ở đây cho tới khi kết nối lại."
    not_here = "7 hiện không chạy. Câu trả lời chờ ở đây cho tới khi kênh chạy lại."
    kept = running.copy()
    for state, runs, sentence in (
        (AccountState.REFUSED, True, no_right),
        (AccountState.ACTIVE, False, not_here),
        (AccountState.ACTIVE, True, ""),
    ):
        running.clear()
        running.update(kept if runs else {})
        async with database.writing() as connection:
            await connection.execute(sa.update(accounts).values(state=state))
        page = await browser.open(path)
        assert (AT_ONCE in page) == (not sentence)
        assert sentence in page
        seen = page.html.split('name="seen" value="')[1].split('"')[0]
        page = await browser.send(f"{path}/answer", words="Dạ, ở xã.", seen=seen)
        assert (f"Đã gửi câu trả lời cho câu hỏi mã {question}." in page) == (not sentence)
        assert not sentence or f"Đã giữ câu trả lời cho câu hỏi mã {question}. {sentence}" in page


async def test_trail_tells_how_far_an_answer_has_come(
    browser: Browser, question: int, database: Database, clock: MovingClock
) -> None:
    sent, there, seen = (
        "Câu trả lời đã gửi đi",
        "Câu trả lời đã tới máy chị ấy",
        "Chị ấy đã mở xem",
    )
    await _last_wrote(database, clock() - 49 * HOURS)
    await browser.sign_in("an", PASSWORD)
    path = f"{QUESTIONS}/{question}"
    page = await browser.open(path)
    number = page.html.split('name="seen" value="')[1].split('"')[0]
    await browser.send(f"{path}/answer", words="Dạ, ở xã. " * 250, seen=number)  # Too long for one message.
    page = await browser.open(path)
    assert not [words for words in (sent, there, seen) if words in page]
    clock.move(HOURS)
    async with database.writing() as connection:
        rows = list(await connection.scalars(sa.select(outbox.c.id).order_by(outbox.c.id)))
        assert len(rows) > 1
        for row_id in rows:
            its = sa.update(outbox).where(outbox.c.id == row_id)
            await connection.execute(
                its.values(state=OutboxState.SENT, sent_at=clock(), platform_id=f"m{row_id}")
            )
        account_id = await connection.scalar(sa.select(outbox.c.account_id).limit(1))
        assert account_id is not None
        await receipts.delivered(connection, account_id, [f"m{rows[0]}"], now=clock())
    page = await browser.open(path)
    assert page.text.index("được giữ lại, chờ chị ấy nhắn") < page.text.index(f"{sent} 23/11/2026 10:00")
    assert there not in page  # Not all of it.
    clock.move(HOURS)
    async with database.writing() as connection:
        await receipts.seen(connection, account_id, [f"m{row_id}" for row_id in rows], now=clock())
    page = await browser.open(path)
    assert f"{there} 23/11/2026 11:00 {seen} 23/11/2026 11:00" in page


async def test_question_says_that_a_person_writes_to_her_by_hand(
    browser: Browser, question: int, database: Database, clock: MovingClock
) -> None:
    async with database.writing() as connection:
        await connection.execute(sa.update(contacts).values(human_until=clock() + HOURS))
    await browser.sign_in("an", PASSWORD)
    by_hand = "Có cán bộ đang nhắn tay với chị ấy qua 7, trợ lý nhường đến 23/11/2026 10:00."
    assert by_hand in await browser.open(f"{QUESTIONS}/{question}")
    clock.move(HOURS)
    assert "nhắn tay" not in await browser.open(f"{QUESTIONS}/{question}")


async def test_channel_without_windows_says_nothing_of_them(
    browser: Browser, union: Union, database: Database, clock: MovingClock
) -> None:
    contact = await people.contact_of(database, union.people.account_id, "hoa")
    async with database.writing() as connection:
        await connection.execute(sa.update(staff).values(takes_questions=False))
        post = Post(connection, Outbox({}), Languages({}), clock())
        question_id, _ = await asking.ask(post, contact, "Hỏi", unit_id=union.people.branch_id)
    clock.move(timedelta(days=30))
    await browser.sign_in("an", PASSWORD)
    for path in (QUESTIONS, f"{QUESTIONS}/{question_id}"):
        page: Any = await browser.open(path)
        assert not re.search(r'class="(window|on-sending)', page.html)
