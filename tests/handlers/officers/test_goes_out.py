"""What goes out with an announcement is said before it is confirmed, to whoever agrees to it, and with its results."""

from dataclasses import replace

import pytest
import sqlalchemy as sa

from bot.store.database import Database
from bot.store.tables import deliveries, runs
from bot.store.tables.broadcasts import DeliveryState, RunState, Variant
from broadcasts import running
from handlers.officers.console import Console
from tests.conftest import MovingClock
from tests.handlers.officers.announcing import BROADCASTS, confirm, start_run
from tests.handlers.officers.browser import Browser
from tests.handlers.officers.conftest import PASSWORD, Union, Write
from tests.handlers.officers.test_run_page import _settle

WHOLE = {
    "text-vi": "Chị xem https://hoi.vn/hop",
    "answer-1-vi": "Em đi được",
    "answer-2-vi": "Em bận",
    "counts_clicks": "1",
    "priority": "2",
    "per_day": "50",
    "deadline_day": "2026-11-30",
    "deadline_hour": "17:00",
    "has_second": "1",
    "second-vi": "Mời chị xem https://hoi.vn/hop",
    "share": "20",
    "hours": "4",
    "rule": "answered",
}
SAID = [
    "chưa chọn: ai đã chọn riêng những việc muốn nghe thì không nhận tin này",
    "tiếng Việt; chị em dùng tiếng Khmer cũng nhận lời tiếng Việt",
    "1. Em đi được",
    "2. Em bận",
    "thì gửi cho những người còn lại, nếu còn ai: ít người nên có thể không còn",
    "Gửi rải dần, mỗi ngày một số người: 50 người",
    "30/11/2026 17:00: sau giờ này không gửi nữa",
]
NO_ADDRESS = (
    "không đếm được, vì máy chủ chưa có địa chỉ công khai (CHIHOI_PUBLIC_URL): liên kết đi như chị viết"
)


@pytest.fixture(params=[True, False], ids=["counted", "no_address"])
def console(console: Console, request: pytest.FixtureRequest) -> Console:
    return replace(console, counts_clicks=request.param)


async def test_review_says_everything_that_goes_out(browser: Browser, write: Write, console: Console) -> None:
    await browser.sign_in("an", PASSWORD)
    broadcast_id = await write(browser, **WHOLE)
    page = await browser.open(f"{BROADCASTS}/{broadcast_id}/review")
    assert [one for one in SAID if one not in page] == []
    assert ("có đếm ai bấm" in page, NO_ADDRESS in page) == (console.counts_clicks, not console.counts_clicks)
    broadcast_id = await write(browser, title="Không hơn", **{"text-km": "សូមអញ្ជើញ"})
    page = await browser.open(f"{BROADCASTS}/{broadcast_id}/review")
    assert "tiếng Việt và tiếng Khmer" in page
    assert ("Câu trả lời để chị em chọn" in page, "Bấm liên kết" in page, "Thử hai lời" in page) == (
        False,
    ) * 3


async def test_no_page_promises_the_better_text_where_two_halves_take_all(
    browser: Browser, write: Write, readers: Union, database: Database, clock: MovingClock
) -> None:
    await browser.sign_in("an", PASSWORD)
    second = {name: WHOLE[name] for name in ("has_second", "second-vi", "hours", "rule", "answer-1-vi")}
    broadcast_id = await write(browser, **second, share="50")
    page = browser.page
    assert "mỗi lời gửi cho một nửa số người nhận, không còn ai để gửi lời hay hơn" in page
    assert "Thử hai lời: mỗi lời gửi cho một nửa nên ai cũng nhận ngay" in page
    assert "còn lại" not in page
    await confirm(browser, broadcast_id)
    run_id = await start_run(database, clock)
    nobody = "Hai lời đã chia cho tất cả mọi người, không còn ai để gửi lời tốt hơn."
    page = await browser.open(f"{BROADCASTS}/{broadcast_id}")
    assert (nobody in page, "còn lại" in page) == (True, False)
    async with database.writing() as connection:
        await connection.execute(
            sa.update(deliveries).values(state=DeliveryState.SENT, sent_at=clock(), variant=int(Variant.A))
        )
        assert await running.finish_done(connection, clock()) == [run_id]
    page = await browser.open(f"{BROADCASTS}/{broadcast_id}")
    assert (nobody in page, "còn lại" in page) == (True, False)
    async with database.writing() as connection:  # As it is where somebody was left for the better one.
        await connection.execute(
            sa.update(deliveries)
            .where(deliveries.c.member_id == readers.people.hoa)
            .values(state=DeliveryState.PLANNED, variant=int(Variant.WAITS))
        )
        await connection.execute(sa.update(runs).values(state=RunState.RUNNING))
    page = await browser.open(f"{BROADCASTS}/{broadcast_id}")
    assert (nobody in page, "rồi gửi lời tốt hơn cho những người còn lại" in page) == (False, True)


async def test_results_do_not_show_clicks_that_nobody_counts(
    browser: Browser, write: Write, console: Console, database: Database, clock: MovingClock
) -> None:
    await browser.sign_in("an", PASSWORD)
    broadcast_id = await write(browser, **{"text-vi": "Xem https://hoi.vn/hop", "counts_clicks": "1"})
    await confirm(browser, broadcast_id)
    await start_run(database, clock)
    page = await browser.open(f"{BROADCASTS}/{broadcast_id}")
    assert ("Bấm liên kết (0 lượt)" in page) is console.counts_clicks
    assert (f"Bấm liên kết: {NO_ADDRESS}." in page) is not console.counts_clicks
    page = await browser.open(f"{BROADCASTS}/{broadcast_id}/units")
    assert ("Bấm liên kết" in page) is console.counts_clicks


async def test_a_cancelled_run_says_how_far_it_came_and_asks_no_more_once_that_is_sure(
    browser: Browser, write: Write, readers: Union, database: Database, clock: MovingClock
) -> None:
    await browser.sign_in("an", PASSWORD)
    broadcast_id = await write(browser)
    await confirm(browser, broadcast_id)
    run_id = await start_run(database, clock)
    await _settle(database, run_id, readers.people.hoa, state=DeliveryState.SENT, sent_at=clock())
    await _settle(database, run_id, readers.people.lan, state=DeliveryState.CLAIMED)
    token = (await browser.open("/console/account")).csrf
    page = await browser.send(f"{BROADCASTS}/{broadcast_id}/cancel", csrf=token)
    said = "Đã gửi cho 1 trên 3 người. 1 người chưa được gửi sẽ không nhận tin này."
    waits = "Đang chờ kết quả của những tin đã lên đường."
    assert (said in page, waits in page, "Trang tự cập nhật" in page, "%" in page) == (
        True,
        True,
        True,
        False,
    )
    await _settle(database, run_id, readers.people.lan, state=DeliveryState.SENT, sent_at=clock())
    page = await browser.open(f"{BROADCASTS}/{broadcast_id}")
    assert ("Đã gửi cho 2 trên 3 người" in page, waits in page, "Trang tự cập nhật" in page) == (
        True,
        False,
        False,
    )
    async with database.reading() as connection:
        assert await connection.scalar(sa.select(runs.c.finished_at).where(runs.c.id == run_id)) is None
