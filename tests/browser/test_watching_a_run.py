"""A sending is watched: its page follows what happens, and takes away nothing that she is just doing."""

from collections.abc import AsyncIterator

import pytest
import sqlalchemy as sa
from playwright.async_api import Locator, Page, expect

from bot.clock import utc_now
from bot.store.database import Database
from bot.store.tables import deliveries, responses, runs
from bot.store.tables.broadcasts import DeliveryState, RunState
from tests.browser import province
from tests.browser.conftest import NewVisitor
from tests.browser.held_answers import slowly
from tests.browser.province import Province
from tests.service import ServiceProcess

pytestmark = [
    pytest.mark.browser,
    pytest.mark.timeout(240),
    # The trouble is the browser's, whatever keeps the rows.
    pytest.mark.parametrize("fresh_database", ["sqlite"], indirect=True),
]


@pytest.fixture
async def settled(database: Database) -> Province:
    return await province.settle(database, utc_now())


@pytest.fixture
async def service(settled: Province, service: ServiceProcess) -> AsyncIterator[ServiceProcess]:
    """Started when the province is there."""
    yield service


async def _stand(database: Database, broadcast_id: int, state: RunState) -> None:
    """As a colleague's click leaves it."""
    async with database.writing() as connection:
        await connection.execute(
            sa.update(runs).where(runs.c.broadcast_id == broadcast_id).values(state=state)
        )


async def _send_to(database: Database, delivery_id: int) -> None:
    """As a sender leaves it."""
    values = {"state": DeliveryState.SENT, "sent_at": utc_now()}
    async with database.writing() as connection:
        await connection.execute(sa.update(deliveries).where(deliveries.c.id == delivery_id).values(**values))


async def test_what_she_is_typing_and_has_ticked_stays_when_a_colleague_pauses_it(
    settled: Province, new_visitor: NewVisitor, database: Database
) -> None:
    page = await province.opens_as_officer(
        new_visitor(), f"/console/broadcasts/{settled.running_id}?outcome=uncertain"
    )
    tick = page.locator("#people input[type=checkbox]")
    await tick.check()
    await page.locator("#ask-pace > summary").click()
    pace = page.get_by_label("Số tin mỗi phút")
    await pace.press_sequentially("30")
    await _stand(database, settled.running_id, RunState.PAUSED)
    await expect(page.locator("#ask-resume")).to_be_visible()
    await expect(page.locator("#stands")).to_have_text("Đang tạm dừng")
    await expect(page.locator("#ask-pause")).to_have_count(0)
    await expect(pace).to_be_visible()
    await expect(pace).to_have_value("30")
    await expect(pace).to_be_focused()
    await expect(tick).to_be_checked()


async def test_names_follow_what_happens_and_what_she_is_searching_for_stays(
    settled: Province, new_visitor: NewVisitor, database: Database
) -> None:
    page = await province.opens_as_officer(
        new_visitor(), f"/console/broadcasts/{settled.running_id}?outcome=planned"
    )
    rows = page.locator("#people tbody tr")
    waiting = await rows.count()
    first = rows.first.get_by_role("link")
    name = await first.inner_text()
    search = page.get_by_placeholder("Tìm theo tên")
    await search.press_sequentially("chi hai")
    await _send_to(database, int((await first.get_attribute("id") or "").removeprefix("to-")))
    await expect(page.get_by_role("row", name=name)).to_have_count(0)
    await expect(rows).to_have_count(waiting - 1)
    await expect(_tab(page, "planned")).to_have_attribute("aria-current", "true")
    await expect(search).to_have_value("chi hai")
    await expect(search).to_be_focused()


async def test_page_of_a_finished_run_follows_late_news_and_keeps_what_she_ticked_and_typed(
    settled: Province, new_visitor: NewVisitor, database: Database
) -> None:
    await _stand(database, settled.running_id, RunState.DONE)
    page = await province.opens_as_officer(new_visitor())
    await page.clock.install()
    await page.goto(f"/console/broadcasts/{settled.running_id}?outcome=uncertain")
    tick = page.locator("#people input[type=checkbox]")
    await tick.check()
    search = page.get_by_placeholder("Tìm theo tên")
    await search.press_sequentially("chi hai")
    sent = page.locator("#progress .figure").first.locator(".figure-value")
    before = int(await sent.inner_text())
    async with database.writing() as connection:
        late = await connection.scalar(
            sa.select(deliveries.c.id).where(deliveries.c.state == DeliveryState.PLANNED).limit(1)
        )
        heard = await connection.scalar(
            sa.select(deliveries.c.id).where(deliveries.c.state == DeliveryState.SENT).limit(1)
        )
        run_id = await connection.scalar(
            sa.select(runs.c.id).where(runs.c.broadcast_id == settled.running_id)
        )
        await connection.execute(
            sa.insert(responses).values(delivery_id=heard, run_id=run_id, replied_at=utc_now(), clicks=0)
        )
    await _send_to(database, late or 0)
    await page.clock.run_for(21_000)
    await expect(sent).to_have_text(str(before + 1))
    await expect(page.locator("#progress .bars")).to_contain_text("Nhắn lại bằng lời")
    await expect(tick).to_be_checked()
    await expect(search).to_have_value("chi hai")
    await expect(search).to_be_focused()
    # Where she marks nothing the names follow, too.
    await page.goto(f"/console/broadcasts/{settled.running_id}?outcome=planned")
    rows = page.locator("#people tbody tr")
    waiting = await rows.count()
    await search.press_sequentially("chi hai")
    first = rows.first.get_by_role("link")
    await _send_to(database, int((await first.get_attribute("id") or "").removeprefix("to-")))
    await page.clock.run_for(21_000)
    await expect(rows).to_have_count(waiting - 1)
    await expect(search).to_have_value("chi hai")


async def test_of_two_clicks_on_names_the_later_one_counts(
    settled: Province, new_visitor: NewVisitor
) -> None:
    visitor = new_visitor()
    page = await province.opens_as_officer(visitor, f"/console/broadcasts/{settled.running_id}")
    async with slowly(page, "**/broadcasts/*outcome=*") as names:
        for outcome in ("sent", "uncertain"):
            await _tab(page, outcome).click()
        first, second = await names.next(), await names.next()
        second.set()
        await expect(_tab(page, "uncertain")).to_have_attribute("aria-current", "true")
        first.set()
        names.flow()
        await page.wait_for_load_state("networkidle")
        await expect(_tab(page, "uncertain")).to_have_attribute("aria-current", "true")
        await expect(page.locator("#people tbody tr")).to_have_count(1)
    # The answer that is not waited for any more htmx takes for an error.
    assert all("htmx:" in complaint for complaint in visitor.complaints)
    visitor.complaints.clear()


@pytest.mark.parametrize("state", [RunState.RUNNING, RunState.DONE])
async def test_what_the_page_asks_by_itself_does_not_say_that_she_is_there_and_what_she_clicks_does(
    settled: Province, new_visitor: NewVisitor, database: Database, state: RunState
) -> None:
    await _stand(database, settled.running_id, state)
    page = await province.opens_as_officer(new_visitor())
    await page.clock.install()
    await page.goto(f"/console/broadcasts/{settled.running_id}")
    async with page.expect_request("**/broadcasts/*drawn=*") as figures, page.expect_request(
        lambda request: request.url.endswith(f"/broadcasts/{settled.running_id}")
    ) as names:  # fmt: skip
        await page.clock.run_for(21_000)
    for asked in (figures, names):
        assert (await (await asked.value).all_headers()).get("x-refresh") == "1"
    for clicked in (_tab(page, "sent"), page.locator("#progress .figure").first):
        async with page.expect_request("**/broadcasts/*outcome=*") as by_her:
            await clicked.click()
        headers = await (await by_her.value).all_headers()
        assert ("x-csrf-token" in headers, "x-refresh" in headers) == (True, False)


def _tab(page: Page, outcome: str) -> Locator:
    return page.locator(f'#people .tabs a[href*="outcome={outcome}"]')
