"""The list of announcements: what it says of each without being opened."""

import sqlalchemy as sa

from bot.store.database import Database
from bot.store.tables import deliveries
from bot.store.tables.broadcasts import DeliveryState
from broadcasts import revising, running
from tests.conftest import MovingClock
from tests.handlers.officers.announcing import BROADCASTS, confirm, start_run
from tests.handlers.officers.browser import Browser
from tests.handlers.officers.conftest import PASSWORD, Union, Write


async def test_what_was_cancelled_counts_who_got_it_and_what_was_taken_back_says_so(
    browser: Browser, readers: Union, write: Write, database: Database, clock: MovingClock
) -> None:
    await browser.sign_in("an", PASSWORD)
    broadcast_id = await write(browser)
    await confirm(browser, broadcast_id)
    run_id = await start_run(database, clock)
    async with database.writing() as connection:
        await connection.execute(
            sa.update(deliveries)
            .where(deliveries.c.run_id == run_id, deliveries.c.member_id == readers.people.hoa)
            .values(state=DeliveryState.SENT, sent_at=clock(), platform_id="m")
        )
        await running.cancel(connection, run_id, staff_id=readers.people.an, now=clock())
    page = await browser.open(BROADCASTS)
    assert "đã gửi 1 trên 3" in page
    assert '<progress max="3" value="1"' in page.html
    assert "Đã hủy giữa chừng" in page
    async with database.writing() as connection:
        await revising.recall(connection, run_id, staff_id=readers.people.an, now=clock())
    for address in (BROADCASTS, f"{BROADCASTS}/calendar"):
        page = await browser.open(address)
        assert ("Đã thu hồi" in page, "Đã hủy giữa chừng" in page) == (True, False)
