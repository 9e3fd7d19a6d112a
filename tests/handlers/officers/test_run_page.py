from collections.abc import Awaitable, Callable
from typing import Any

import pytest
import sqlalchemy as sa

from bot.store.database import Database
from bot.store.tables import deliveries, members
from bot.store.tables.broadcasts import DeliveryState, RunState
from tests.broadcasts.ledger import outcomes, run_of
from tests.conftest import MovingClock
from tests.handlers.officers.announcing import BROADCASTS, confirm, start_run
from tests.handlers.officers.browser import Browser
from tests.handlers.officers.conftest import PASSWORD, Union, Write


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
