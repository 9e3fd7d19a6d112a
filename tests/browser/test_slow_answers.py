"""The server answers late, and she goes on meanwhile: no answer takes back what she typed or chose after it was asked for."""

from collections.abc import AsyncIterator
from datetime import timedelta

import pytest
import sqlalchemy as sa
from playwright.async_api import FilePayload, Page, Route, expect

from bot.clock import in_vietnam, utc_now
from bot.store.database import Database
from bot.store.tables import broadcasts
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


@pytest.fixture
async def page(new_visitor: NewVisitor) -> Page:
    """An officer's, signed in."""
    return await province.opens_as_officer(new_visitor())


async def test_a_condition_that_is_begun_while_people_are_counted_stays(page: Page) -> None:
    await page.goto("/console/broadcasts/new")
    async with (
        slowly(page, "**/broadcasts/count") as fields,
        slowly(page, "**/broadcasts/reached") as numbers,
    ):
        await page.get_by_label("Thông báo về việc gì").select_option(index=1)
        counted = await numbers.next()
        await page.get_by_label("Điều kiện về").select_option("age")
        begun = await fields.next()
        counted.set()
        begun.set()
        again = await numbers.next()
        await page.get_by_label("Từ (tuổi)").fill("18")
        again.set()
        await expect(page.locator("#reached .people-count")).to_be_visible()
        await expect(page.get_by_label("Điều kiện về")).to_have_value("age")
        await expect(page.get_by_label("Từ (tuổi)")).to_have_value("18")


async def test_what_is_chosen_while_a_condition_is_added_counts_too(page: Page) -> None:
    await page.goto("/console/broadcasts/new")
    await page.get_by_label("Điều kiện về").select_option("age")
    await page.get_by_label("Từ (tuổi)").fill("18")
    async with slowly(page, "**/broadcasts/count") as fields:
        await page.get_by_role("button", name="Thêm", exact=True).click()
        added = await fields.next()
        await page.get_by_label("Điều kiện về").select_option("active")
        await page.get_by_label("Trang web của Hội").uncheck()
        added.set()
        await expect(page.locator(".sentences")).to_contain_text("Từ 18 tuổi trở lên")
        (await fields.next()).set()
    await expect(page.get_by_label("Trong bao nhiêu ngày qua")).to_be_visible()
    await expect(page.locator(".sentences")).to_contain_text("Từ 18 tuổi trở lên")
    await expect(page.get_by_label("Trang web của Hội")).not_to_be_checked()


async def test_a_button_that_is_pressed_while_an_answer_is_under_way_does_what_it_says(
    settled: Province, new_visitor: NewVisitor
) -> None:
    visitor = new_visitor()
    page = await province.opens_as_officer(visitor, "/console/broadcasts/new")
    await page.get_by_label("Điều kiện về").select_option("age")
    await page.get_by_label("Từ (tuổi)").fill("18")
    async with slowly(page, "**/broadcasts/count") as fields:
        await page.get_by_label("Hội viên của đơn vị").select_option(index=1)
        chosen = await fields.next()
        await page.get_by_role("button", name="Thêm", exact=True).click()
        chosen.set()
        (await fields.next()).set()
        await expect(page.locator(".sentences")).to_contain_text("Từ 18 tuổi trở lên")
    await expect(page.locator(".sentences .sentence")).to_have_count(1)
    # The answer that is not waited for any more htmx takes for an error.
    assert all("htmx:" in complaint for complaint in visitor.complaints)
    visitor.complaints.clear()


async def test_a_button_counts_though_two_changes_are_under_way(
    settled: Province, new_visitor: NewVisitor
) -> None:
    visitor = new_visitor()
    page = await province.opens_as_officer(visitor, "/console/broadcasts/new")
    await page.get_by_label("Điều kiện về").select_option("age")
    await page.get_by_label("Từ (tuổi)").fill("18")
    async with slowly(page, "**/broadcasts/count") as fields:
        unit = page.get_by_label("Hội viên của đơn vị")
        await unit.select_option(index=1)
        chosen = await fields.next()
        await unit.select_option(index=2)
        second = await unit.input_value()
        await page.get_by_role("button", name="Thêm", exact=True).click()
        chosen.set()
        fields.flow()
        await expect(page.locator(".sentences .sentence")).to_have_text(["Từ 18 tuổi trở lên Bỏ"])
        await expect(unit).to_have_value(second)
    assert all("htmx:" in complaint for complaint in visitor.complaints)
    visitor.complaints.clear()


async def test_of_two_buttons_pressed_one_after_the_other_both_do_what_they_say(page: Page) -> None:
    await page.goto("/console/broadcasts/new")
    said = page.locator(".sentences .sentence")
    for number, age in enumerate(("18", "19", "20"), 1):
        await page.get_by_label("Điều kiện về").select_option("age")
        await page.get_by_label("Từ (tuổi)").fill(age)
        await page.get_by_role("button", name="Thêm", exact=True).click()
        await expect(said).to_have_count(number)
    async with slowly(page, "**/broadcasts/count") as fields:
        for age in ("18", "19"):
            await page.get_by_role("button", name=f"Bỏ điều kiện: Từ {age} tuổi trở lên").click()
        (await fields.next()).set()
        (await fields.next()).set()
        await expect(said).to_have_text(["Từ 20 tuổi trở lên Bỏ"])


async def test_a_button_that_is_replaced_while_she_presses_it_is_pressed_all_the_same(page: Page) -> None:
    await page.goto("/console/broadcasts/new")
    await page.get_by_label("Điều kiện về").select_option("age")
    await page.get_by_label("Từ (tuổi)").fill("18")
    button = page.get_by_role("button", name="Thêm", exact=True)
    async with slowly(page, "**/broadcasts/count") as fields:
        await page.get_by_label("Hội viên của đơn vị").select_option(index=1)
        chosen = await fields.next()
        await button.hover()
        await page.mouse.down()
        await page.locator("#audience").evaluate("element => { element.dataset.before = '1'; }")
        fields.flow()
        chosen.set()
        await expect(page.locator("#audience[data-before]")).to_have_count(0)
        await expect(page.locator("#audience.htmx-added, #audience.htmx-settling")).to_have_count(0)
        await button.hover()
        await page.mouse.up()
        await expect(page.locator(".sentences .sentence")).to_have_count(1)


async def test_a_second_text_that_is_written_while_the_rest_of_the_form_comes_stays(page: Page) -> None:
    await page.goto("/console/broadcasts/new")
    await page.locator("#more-second > summary").click()
    await page.get_by_label("Gửi thử hai lời").check()
    second = page.get_by_label("Lời thứ hai", exact=True)
    await expect(second).to_be_visible()
    async with slowly(page, "**/broadcasts/more") as answers:
        await page.locator("#more-cost > summary").click()
        await page.get_by_label("Được tốn phí cho người không gửi miễn phí được").check()
        asked = await answers.next()
        await second.press_sequentially("Chị đi họp nhé.")
        asked.set()
        await expect(page.locator("#more-cost .folded-state")).to_have_text("có")
    await expect(second).to_have_value("Chị đi họp nhé.")
    await expect(second).to_be_focused()


async def test_a_draft_that_is_kept_twice_at_the_same_time_is_one_draft(
    page: Page, database: Database
) -> None:
    await page.goto("/console/broadcasts/new")
    async with slowly(page, "**/broadcasts/go-on") as answers:
        await page.get_by_label("Lời nhắn", exact=True).fill("Mời chị đi họp.")
        kept = await answers.next()
        await page.locator("#more-file > summary").click()
        picture = FilePayload(name="hop.png", mimeType="image/png", buffer=b"\x89PNG\r\n\x1a\n")
        await page.locator("[name=file]").set_input_files(picture)
        kept.set()
        (await answers.next()).set()
        await expect(page.locator("#file-box")).to_contain_text("hop.png")
    async with database.reading() as connection:
        number = await connection.scalar(
            sa.select(sa.func.count()).select_from(broadcasts).where(broadcasts.c.title == "Mời chị đi họp.")
        )
    assert number == 1


async def test_what_was_kept_though_its_answer_was_lost_is_taken_for_her_own(
    settled: Province, new_visitor: NewVisitor, database: Database
) -> None:
    visitor = new_visitor()
    page = await province.opens_as_officer(visitor, "/console/broadcasts/new")

    async def lose(route: Route) -> None:
        await route.fetch()
        await route.abort()

    words = page.get_by_label("Lời nhắn", exact=True)
    for is_new, before, after in (
        (True, "Mời chị", "Mời chị đi"),
        (False, "Mời chị đi họp", "Mời chị đi họp nghen"),
    ):
        await page.route("**/broadcasts/go-on", lose)
        await words.fill(before)
        await expect(page.locator("#kept-state")).to_contain_text("Chưa tự lưu được vì mất mạng")
        await page.unroute("**/broadcasts/go-on")
        await words.fill(after)
        await expect(page.locator("#kept-state")).to_contain_text("Đã tự lưu bản nháp")
        async with database.reading() as connection:
            texts = await connection.scalars(
                sa.select(broadcasts.c.texts).where(broadcasts.c.title.startswith("Mời chị"))
            )
            assert [one["vi"] for one in texts] == [after], is_new
    visitor.complaints.clear()  # That the line was down the browser says as well.


async def test_a_channel_that_she_unfolded_stays_so_while_the_phones_follow_her_typing(page: Page) -> None:
    await page.goto("/console/broadcasts/new")
    other = page.locator("#preview .on-channel").nth(1)
    await other.locator("summary").click()
    await page.get_by_label("Lời nhắn", exact=True).fill("Mời chị đi họp.")
    await expect(other.locator(".bubble")).to_contain_text("Mời chị đi họp.")
    await expect(other).to_have_attribute("open", "")


async def test_what_is_agreed_to_is_the_hour_that_stands_there(settled: Province, page: Page) -> None:
    await page.goto(f"/console/broadcasts/{settled.draft_id}/review")
    agreement = page.locator("[name=agreed]")
    await agreement.check()
    async with slowly(page, "**/review?*") as answers:
        await page.locator("#f-day").fill(f"{in_vietnam(utc_now()) + timedelta(days=2):%Y-%m-%d}")
        await page.locator("#f-hour").fill("09:15")
        await expect(agreement).not_to_be_checked()
        await page.locator("#f-hour").blur()
        asked = await answers.next()
        await expect(agreement).to_be_disabled()
        await page.locator("#f-hour").fill("10:45")
        asked.set()
        (await answers.next()).set()
        await expect(page.locator("#f-hour")).to_have_value("10:45")
        await expect(page.locator(".confirm-check")).to_contain_text("10:45")
    await expect(agreement).not_to_be_checked()


async def test_nothing_is_agreed_to_while_the_plan_of_a_new_hour_could_not_be_fetched(
    settled: Province, new_visitor: NewVisitor
) -> None:
    visitor = new_visitor()
    page = await province.opens_as_officer(visitor, f"/console/broadcasts/{settled.draft_id}/review")
    agreement, again = page.locator("[name=agreed]"), page.get_by_role("button", name="Xem lại kế hoạch")
    await page.locator("#f-day").fill(f"{in_vietnam(utc_now()) + timedelta(days=2):%Y-%m-%d}")
    await page.locator("#f-hour").fill("09:15")
    await page.locator("#f-hour").blur()
    await expect(page.locator(".confirm-check")).to_contain_text("09:15")
    await expect(again).to_be_hidden()
    await page.route("**/review?*", lambda route: route.abort())
    await page.locator("#f-hour").fill("10:45")
    await page.locator("#f-hour").blur()
    await expect(again).to_be_visible()
    await expect(agreement).to_be_disabled()
    await page.unroute("**/review?*")
    visitor.complaints.clear()  # That the line was down the browser says as well.
    await again.click()
    await expect(page.locator(".confirm-check")).to_contain_text("10:45")
    await expect(agreement).to_be_enabled()
    await expect(again).to_be_hidden()
