from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import Any

import pytest
import sqlalchemy as sa

from bot.store.database import Database
from bot.store.tables import accounts, deliveries, members, receipts
from bot.store.tables.broadcasts import DeliveryState, RunState
from tests.broadcasts.ledger import outcomes, run_of
from tests.conftest import MovingClock
from tests.handlers.officers.announcing import BROADCASTS, confirm, start_run
from tests.handlers.officers.browser import Browser
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


async def test_page_that_refreshes_itself_is_drawn_anew_when_the_state_has_changed(
    browser: Browser, running_one: Any, database: Database
) -> None:
    await browser.sign_in("an", PASSWORD)
    broadcast_id, _run_id = await running_one(browser)
    for drawn, anew in (("running", None), ("scheduled", "true")):
        async with browser.client.get(
            f"{BROADCASTS}/{broadcast_id}?drawn={drawn}", headers={"HX-Request": "true"}
        ) as response:
            assert response.headers.get("HX-Refresh") == anew
            assert (await response.text()).strip().startswith('<section class="card mb-3" id="progress"')


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
