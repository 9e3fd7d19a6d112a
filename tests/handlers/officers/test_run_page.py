import html
import re
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from bot.clock import in_vietnam
from bot.store.database import Database
from bot.store.tables import accounts, approvals, deliveries, members, receipts, runs
from bot.store.tables.broadcasts import ApprovalState, DeliveryState, RunState
from broadcasts import revising, running
from tests.broadcasts.ledger import outcomes, run_of
from tests.conftest import MovingClock
from tests.handlers.officers.announcing import BROADCASTS, confirm, start_run
from tests.handlers.officers.browser import Browser, Page
from tests.handlers.officers.conftest import PASSWORD, Union, Write
from tests.handlers.officers.connecting_platform import TROUBLES


@pytest.fixture
def running_one(
    write: Write, database: Database, clock: MovingClock
) -> Callable[..., Awaitable[tuple[int, int]]]:
    async def start(browser: Browser, **values: str) -> tuple[int, int]:
        broadcast_id = await write(browser, **values)
        await confirm(browser, broadcast_id)
        return broadcast_id, await start_run(database, clock)

    return start


async def _settle(database: Database, run_id: int, member_id: int, **values: Any) -> None:
    async with database.writing() as connection:
        await connection.execute(
            sa.update(deliveries)
            .where(deliveries.c.run_id == run_id, deliveries.c.member_id == member_id)
            .values(**values)
        )


async def test_run_page_tells_how_far_it_is_and_who_got_it(
    browser: Browser, readers: Union, running_one: Any, database: Database, clock: MovingClock
) -> None:
    await browser.sign_in("an", PASSWORD)
    broadcast_id, run_id = await running_one(browser)
    await _settle(database, run_id, readers.people.hoa, state=DeliveryState.SENT, sent_at=clock())
    await _settle(database, run_id, readers.people.lan, state=DeliveryState.UNCERTAIN, code="sender_died")
    page = await browser.open(f"{BROADCASTS}/{broadcast_id}")
    assert "66% · xong 2 trên 3 người" in page
    assert "Chưa chắc đã tới: 1 · máy gửi ngừng giữa chừng" in page
    page = await browser.open(f"{BROADCASTS}/{broadcast_id}?outcome=sent")
    assert ("Nguyễn Thị Hoa" in page, "Thạch Thị Lan" in page) == (True, False)


async def test_names_outside_her_unit_are_shown_to_nobody(
    browser: Browser, readers: Union, running_one: Any, database: Database
) -> None:
    await browser.sign_in("dung", PASSWORD)
    broadcast_id, _run_id = await running_one(browser, unit=str(readers.people.commune_id))
    async with database.writing() as connection:  # Lan has moved away since.
        await connection.execute(
            sa.update(members)
            .where(members.c.id == readers.people.lan)
            .values(unit_id=readers.people.other_commune_id)
        )
    page = await browser.open(f"{BROADCASTS}/{broadcast_id}")
    assert ("Nguyễn Thị Hoa" in page, "Thạch Thị Lan" in page) == (True, False)


async def test_run_is_paused_resumed_and_cancelled(
    browser: Browser, running_one: Any, database: Database
) -> None:
    await browser.sign_in("an", PASSWORD)
    broadcast_id, run_id = await running_one(browser)
    for act, state, said in (
        ("pause", RunState.PAUSED, "Đã tạm dừng"),
        ("resume", RunState.RUNNING, "Đang gửi tiếp"),
        ("cancel", RunState.CANCELLED, "Đã hủy đợt gửi"),
        ("resume", RunState.CANCELLED, "đã hủy"),
    ):
        token = (await browser.open("/console/account")).csrf
        page = await browser.send(f"{BROADCASTS}/{broadcast_id}/{act}", csrf=token)
        assert said in page
        assert (await run_of(database, run_id)).state is state


async def test_uncertain_ones_are_sent_again_when_she_says_so(
    browser: Browser, readers: Union, running_one: Any, database: Database
) -> None:
    await browser.sign_in("an", PASSWORD)
    broadcast_id, run_id = await running_one(browser)
    for member_id in (readers.people.hoa, readers.people.lan):
        await _settle(database, run_id, member_id, state=DeliveryState.UNCERTAIN, code="sender_died")
    page = await browser.open(f"{BROADCASTS}/{broadcast_id}?outcome=uncertain")
    delivery = page.html.split('name="delivery-')[1].split('"')[0]
    page = await browser.send(f"{BROADCASTS}/{broadcast_id}/again")
    assert "Chị đánh dấu người cần gửi lại" in page
    page = await browser.send(f"{BROADCASTS}/{broadcast_id}/again", **{f"delivery-{delivery}": "1"})
    assert "Đang gửi lại cho 1 người" in page
    assert (await outcomes(database, run_id))["uncertain", "sender_died"] == 1


async def test_page_of_a_finished_run_follows_what_is_answered_calmly_and_not_for_ever(
    browser: Browser, readers: Union, running_one: Any, database: Database, clock: MovingClock
) -> None:
    await browser.sign_in("an", PASSWORD)
    broadcast_id, run_id = await running_one(browser)
    path = f"{BROADCASTS}/{broadcast_id}"
    assert 'hx-trigger="every 2s"' in (await browser.open(path)).html
    async with database.writing() as connection:
        await connection.execute(
            sa.update(deliveries).values(
                state=DeliveryState.SKIPPED, next_at=clock() - timedelta(days=1), sent_at=None
            )
        )
        await connection.execute(sa.update(runs).values(state=RunState.DONE, finished_at=clock()))
    assert "every" not in _refreshes((await browser.open(path)).html)  # Nobody has it who could answer.
    await _settle(database, run_id, readers.people.hoa, state=DeliveryState.SENT, sent_at=clock())
    headers, asked = {"HX-Request": "true", "X-Refresh": "1"}, 0
    shown = (await browser.open(path)).html
    while "every" in (said := _refreshes(shown)):
        assert "every 20s" in said
        assert "Chị em trả lời thêm thì số liệu ở đây tự đổi theo." in shown
        asked += 1
        found = re.search(r'id="progress".*?hx-get="([^"]+)"', shown)
        assert found
        async with browser.client.get(html.unescape(found[1]), headers=headers) as response:
            assert response.headers["HX-Trigger"] == "moved"
            shown = await response.text()
        if asked == 1:
            shown = shown.replace("asked=2", "asked=179")
    assert (asked, "Trang thôi tự cập nhật" in shown) == (3, True)
    async with database.writing() as connection:
        await connection.execute(sa.update(runs).values(state=RunState.RUNNING))
    async with browser.client.get(f"{path}?drawn=done&asked=180", headers=headers) as response:
        assert "every 2s" in _refreshes(await response.text())


async def test_page_of_a_paused_run_promises_answers_only_of_those_who_have_it(
    browser: Browser, readers: Union, running_one: Any, database: Database, clock: MovingClock
) -> None:
    await browser.sign_in("an", PASSWORD)
    broadcast_id, run_id = await running_one(browser)
    await browser.open(f"{BROADCASTS}/{broadcast_id}")
    await browser.send(f"{BROADCASTS}/{broadcast_id}/pause")
    page = await browser.open(f"{BROADCASTS}/{broadcast_id}")
    assert "every 20s" in _refreshes(page.html)  # A colleague may let it go on.
    assert ("Chị em trả lời thêm" in page, "Trang tự cập nhật. Lúc" in page) == (False, True)
    await _settle(database, run_id, readers.people.hoa, state=DeliveryState.SENT, sent_at=clock())
    page = await browser.open(f"{BROADCASTS}/{broadcast_id}")
    assert ("Chị em trả lời thêm" in page, "Trang tự cập nhật. Lúc" in page) == (True, False)


def _refreshes(shown: str) -> str:
    """How the figures ask for themselves anew."""
    return shown.split('id="progress"')[1].split(">", maxsplit=1)[0]


async def test_what_goes_day_by_day_says_how_many_when_the_next_and_when_the_last(
    browser: Browser, readers: Union, running_one: Any, write: Write, database: Database, clock: MovingClock
) -> None:
    await browser.sign_in("an", PASSWORD)
    await write(browser, priority="2", per_day="1")
    page = browser.page
    assert "mỗi ngày 1 người phần kế tiếp gửi từ 24/11/2026 07:00" in page
    assert ", mỗi ngày 1 người Gửi rồi thì" in page
    assert "Gửi xong chừng 25/11/2026 07:00" in page
    broadcast_id, run_id = await running_one(browser, priority="2", per_day="1")
    await _settle(database, run_id, readers.people.hoa, state=DeliveryState.SENT, sent_at=clock())
    async with database.writing() as connection:
        await connection.execute(sa.update(runs).values(day=in_vietnam(clock()).date(), day_count=1))
    page = await browser.open(f"{BROADCASTS}/{broadcast_id}")
    said = "Gửi rải dần: mỗi ngày 1 người. Hôm nay đã gửi 1 tin. Phần kế tiếp gửi từ 24/11/2026 07:00."
    assert said in page
    assert "dự kiến xong lúc 25/11/2026 07:00" in page
    assert "Đợt này gửi rải dần, mỗi ngày 1 người. Tốc độ chỉ đổi" in page
    assert "đặt chậm quá thì mỗi ngày gửi được ít hơn" in page
    await browser.send(f"{BROADCASTS}/{broadcast_id}/pause", csrf=page.csrf)
    page = await browser.open(f"{BROADCASTS}/{broadcast_id}")
    assert ("mỗi ngày 1 người" in page, "Phần kế tiếp" in page) == (True, False)


async def test_what_goes_at_once_says_nothing_of_days(browser: Browser, running_one: Any) -> None:
    await browser.sign_in("an", PASSWORD)
    broadcast_id, _run_id = await running_one(browser)
    page = await browser.open(f"{BROADCASTS}/{broadcast_id}")
    assert ("rải dần" in page, "mỗi ngày" in page) == (False, False)


async def test_page_that_refreshes_itself_is_drawn_anew_when_the_state_has_changed(
    browser: Browser, running_one: Any, database: Database
) -> None:
    await browser.sign_in("an", PASSWORD)
    broadcast_id, _run_id = await running_one(browser)
    for drawn, anew, with_buttons in (
        ("running", None, False), ("paused", None, True), ("filling", "true", True), ("scheduled", "true", True)
    ):  # fmt: skip
        async with browser.client.get(
            f"{BROADCASTS}/{broadcast_id}?drawn={drawn}", headers={"HX-Request": "true"}
        ) as response:
            assert response.headers.get("HX-Refresh") == anew
            text = (await response.text()).strip()
            assert text.startswith('<section class="card mb-3" id="progress"')
            assert ('id="acts" hx-swap-oob="true"' in text, "Tạm dừng ngay" in text) == (with_buttons,) * 2


async def test_words_that_a_second_person_agreed_to_are_not_offered_to_be_changed(
    browser: Browser, readers: Union, running_one: Any, database: Database, clock: MovingClock
) -> None:
    await browser.sign_in("an", PASSWORD)
    broadcast_id, run_id = await running_one(browser)
    path = f"{BROADCASTS}/{broadcast_id}"
    assert f"{path}/revise?run={run_id}" in (await browser.open(path)).html
    agreed = {"decided_by": readers.people.an, "decided_at": clock(), "asked_by": readers.people.an}
    async with database.writing() as connection:
        begun = sa.update(runs).where(runs.c.id == run_id).values(created_at=clock())
        await connection.execute(begun)
        await connection.execute(
            sa.insert(approvals).values(
                broadcast_id=broadcast_id, state=ApprovalState.APPROVED, digest="d", summary={}, asked_at=clock(), **agreed
            )
        )  # fmt: skip
    page = await browser.open(path)
    assert f"{path}/revise" not in page.html
    assert "Lời đã có người thứ hai duyệt" in page
    assert "đã có người thứ hai duyệt nên không tự sửa" in await browser.open(f"{path}/revise?run={run_id}")


async def test_how_many_have_it_no_more_is_said_after_a_recall_and_by_name(
    browser: Browser, readers: Union, running_one: Any, database: Database, clock: MovingClock
) -> None:
    await browser.sign_in("an", PASSWORD)
    broadcast_id, run_id = await running_one(browser)
    for member_id in (readers.people.hoa, readers.people.lan):
        await _settle(
            database, run_id, member_id, state=DeliveryState.SENT, sent_at=clock(), next_at=clock(), platform_id="m"
        )  # fmt: skip
    async with database.writing() as connection:
        await revising.recall(connection, run_id, staff_id=readers.people.an, now=clock())
    await _settle(database, run_id, readers.people.hoa, revision=1)
    page = await browser.open(f"{BROADCASTS}/{broadcast_id}")
    assert "Đã gỡ tin khỏi máy của 1 người. 1 người vẫn còn tin trên máy" in page
    for reads, shown in (("new", (True, False)), ("old", (False, True))):
        page = await browser.open(f"{BROADCASTS}/{broadcast_id}?reads={reads}")
        assert ("Nguyễn Thị Hoa" in page, "Thạch Thị Lan" in page) == shown


async def test_who_has_had_enough_today_is_said_by_name_in_the_plan_and_while_it_is_sent(
    browser: Browser, readers: Union, running_one: Any, write: Write, database: Database, clock: MovingClock
) -> None:
    await browser.sign_in("an", PASSWORD)
    _, run_id = await running_one(browser)
    await _settle(database, run_id, readers.people.hoa, state=DeliveryState.SENT, sent_at=clock())
    async with database.writing() as connection:
        await running.cancel(connection, run_id, staff_id=readers.people.an, now=clock())
    second = await write(browser, title="Họp lần nữa")
    page = await browser.open(f"{BROADCASTS}/{second}/review")
    await _names_lead_to_hoa(browser, page)
    for address in re.findall(r'href="([^"]*/people(?:\?account[^"]*)?)"', page.html):
        names = await browser.open(html.unescape(address))
        assert ("Nguyễn Thị Hoa" in names, "Thạch Thị Lan" in names) == (True, True)
    await browser.open(f"{BROADCASTS}/{second}/review")
    await confirm(browser, second)
    await start_run(database, clock)
    page = await browser.open(f"{BROADCASTS}/{second}")
    assert "vì trước đó đã nhận đủ thông báo khác" in page
    await _names_lead_to_hoa(browser, page)


async def _names_lead_to_hoa(browser: Browser, page: Page) -> None:
    assert "1 người từ ngày" in page
    address = html.unescape(re.findall(r'href="([^"]*/people/later[^"]*)"', page.html)[0])
    names = await browser.open(address)
    assert "Những người nhận ngày khác" in names
    assert ("Nguyễn Thị Hoa" in names, "Thạch Thị Lan" in names) == (True, False)


async def test_what_a_platform_tells_of_delivery_and_money_is_shown_and_nothing_where_it_tells_nothing(
    browser: Browser, readers: Union, running_one: Any, database: Database, clock: MovingClock
) -> None:
    await browser.sign_in("an", PASSWORD)
    broadcast_id, run_id = await running_one(browser)
    settled = readers.people
    for number, member_id in enumerate((settled.hoa, settled.lan)):
        await _settle(
            database, run_id, member_id, state=DeliveryState.SENT, sent_at=clock(), platform_id=f"m{number}"
        )
    page = await browser.open(f"{BROADCASTS}/{broadcast_id}")
    assert "Đã tới máy" not in page
    assert "mất phí" not in page
    for number, seen_at in enumerate((None, clock())):
        await _receive(database, settled.account_id, f"m{number}", clock(), seen_at)
    await _receive(database, settled.account_id, "of another run", clock(), clock())
    await _settle(database, run_id, settled.hoa, charge="charged")
    await _settle(database, run_id, settled.lan, charge="sub_quota")
    async with database.writing() as connection:  # A channel of which we know the price.
        await connection.execute(sa.update(accounts).values(channel="zalo_oa"))
    page = await browser.open(f"{BROADCASTS}/{broadcast_id}")
    assert "Đã tới máy: 2 người · đã mở xem: 1 người" in page
    assert "Zalo OA: 1 tin mất phí, chừng 55 đ" in page
    assert "Zalo OA: 1 tin trong phần được tặng của gói" in page


async def _receive(
    database: Database, account_id: int, platform_id: str, at: datetime, seen_at: datetime | None
) -> None:
    async with database.writing() as connection:
        await connection.execute(
            sa.insert(receipts).values(
                account_id=account_id, platform_id=platform_id, delivered_at=at, seen_at=seen_at
            )
        )


async def test_code_of_a_platform_is_said_in_its_own_words(
    browser: Browser, readers: Union, running_one: Any, database: Database
) -> None:
    await browser.sign_in("an", PASSWORD)
    broadcast_id, run_id = await running_one(browser)
    for member_id, code in ((readers.people.hoa, "too_fast"), (readers.people.lan, "unheard_of")):
        await _settle(database, run_id, member_id, state=DeliveryState.FAILED, code=code)
    page = await browser.open(f"{BROADCASTS}/{broadcast_id}")
    for words in (TROUBLES["too_fast"], "mã unheard_of"):
        assert f"Không gửi được: 1 · {words}" in page
