"""People chosen sentence by sentence in the real browser."""

import pytest
from playwright.async_api import Page, expect

from tests.browser import province
from tests.browser.conftest import NewVisitor
from tests.browser.province import Province
from tests.browser.test_pages import faults_here, service, settled

__all__ = ["service", "settled"]  # Fixtures: the service is started when the province is there.

pytestmark = [
    pytest.mark.browser,
    pytest.mark.timeout(240),
    pytest.mark.parametrize("fresh_database", ["sqlite"], indirect=True),
]


async def test_sentences_are_added_counted_and_lead_to_the_names(
    settled: Province,
    new_visitor: NewVisitor,
) -> None:
    page = await province.opens_as_officer(new_visitor(), f"/console/broadcasts/new?list={settled.list_id}")
    sentences = page.locator(".sentence")
    await expect(sentences).to_have_count(1)
    await _begin(page, "age")
    await page.get_by_label("Từ (tuổi)").fill("18")
    await _add(page)
    await expect(sentences.nth(1)).to_contain_text("Từ 18 tuổi trở lên")
    await _begin(page, "segment")
    await page.get_by_label("Những người này").select_option("not")
    await _add(page)
    await expect(sentences.nth(2)).to_contain_text("Trừ: thuộc nhóm “Chị em trẻ chưa học may”")
    assert await faults_here(page) == []
    async with page.context.expect_page() as opened:
        await page.locator(".count-strong").click()
    names = await opened.value
    await expect(names.locator("table")).to_contain_text("Nguyễn Thị Hoa")
    await names.close()
    await page.get_by_role("button", name="Bỏ điều kiện: Có trong danh sách “Lớp may khóa 3”").click()
    await expect(sentences).to_have_count(2)


async def _begin(page: Page, kind: str) -> None:
    await page.get_by_label("Điều kiện về").select_option(kind)
    await page.get_by_label("Những người này").wait_for()


async def _add(page: Page) -> None:
    await page.get_by_role("button", name="Thêm", exact=True).click()
