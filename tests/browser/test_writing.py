"""Writing an announcement in the real browser: what the script adds to a form that works without it."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from playwright.async_api import expect

from bot.clock import utc_now
from bot.store.database import Database
from tests.browser import console_page as console
from tests.browser import province
from tests.browser.conftest import NewVisitor
from tests.browser.province import Province
from tests.service import ServiceProcess

pytestmark = [
    pytest.mark.browser,
    pytest.mark.timeout(240),
    # Either database keeps a draft alike.
    pytest.mark.parametrize("fresh_database", ["sqlite"], indirect=True),
]

PICTURE = b"\x89PNG\r\n\x1a\n"


@pytest.fixture
async def settled(database: Database) -> Province:
    return await province.settle(database, utc_now())


@pytest.fixture
async def service(settled: Province, service: ServiceProcess) -> AsyncIterator[ServiceProcess]:
    """Started when the province is there."""
    yield service


async def test_the_draft_keeps_itself_and_the_phones_follow_her_typing(
    settled: Province, new_visitor: NewVisitor, tmp_path: Path
) -> None:
    page = await province.opens_as_officer(new_visitor(), "/console/broadcasts/new")
    words = page.get_by_label("Lời nhắn", exact=True)
    await words.fill("họp mặt")
    await words.select_text()
    await page.get_by_role("button", name="Đậm").first.click()
    await expect(words).to_have_value("**họp mặt**")
    await expect(page.locator("#preview .bubble b").first).to_have_text("họp mặt")
    await expect(page.locator("#kept-state")).to_contain_text("Đã tự lưu bản nháp lúc")

    picture = tmp_path / "hop-mat.png"
    picture.write_bytes(PICTURE)
    await page.locator("#more-file > summary").click()
    heavy = tmp_path / "nang.png"
    heavy.write_bytes(PICTURE + bytes(11 * 1024**2))
    await page.locator("[name=file]").set_input_files(heavy)
    await expect(page.locator("#file-box")).to_contain_text("Tệp nặng quá 10 MB")
    await page.locator("[name=file]").set_input_files(picture)
    await expect(page.locator("#file-box")).to_contain_text("hop-mat.png")
    await expect(page.locator("#file-box")).not_to_contain_text("Tệp nặng quá")
    await expect(page.locator("#preview .bubble-picture").first).to_be_attached()
    await page.get_by_label("Tên thông báo").fill("Họp mặt cuối năm")
    await page.get_by_role("button", name="Lưu nháp").click()
    await expect(page.locator("main")).to_contain_text("Đã lưu bản nháp.")
    await page.goto("/console/broadcasts")
    await expect(page.get_by_role("link", name="Họp mặt cuối năm", exact=True)).to_have_count(1)


async def test_nothing_that_she_types_is_lost_when_her_session_ends(
    settled: Province, new_visitor: NewVisitor
) -> None:
    visitor = new_visitor()
    page = await province.opens_as_officer(visitor, "/console/broadcasts/new")
    words = page.get_by_label("Lời nhắn", exact=True)
    await words.fill("Mời chị họp")
    await expect(page.locator("#preview .bubble").first).to_contain_text("Mời chị họp")
    await page.context.clear_cookies()
    await page.get_by_role("button", name="Lưu nháp").click()
    over = page.locator(".session-said", has_text="Phiên làm việc đã hết.")
    await expect(over).to_have_count(1)
    await words.fill("Mời chị họp tổ")
    await expect(words).to_have_value("Mời chị họp tổ")

    async with page.context.expect_page() as opened:
        await over.get_by_role("link").click()
    other = await opened.value
    await console.sign_in(other, province.OFFICER, province.PASSWORD)
    await other.close()
    await page.bring_to_front()
    await page.evaluate("window.dispatchEvent(new Event('focus'))")
    await expect(page.locator(".session-said")).to_contain_text("Chị đã đăng nhập lại")
    await page.get_by_label("Tên thông báo").fill("Họp tổ")
    await page.get_by_role("button", name="Lưu nháp").click()
    await expect(page.locator("main")).to_contain_text("Đã lưu bản nháp.")
    await expect(words).to_have_value("Mời chị họp tổ")
    # The browser itself tells of every answer that refuses.
    assert all("401" in one for one in visitor.complaints)
    visitor.complaints.clear()


async def test_an_announcement_is_written_without_javascript(
    settled: Province, new_visitor: NewVisitor
) -> None:
    page = await province.opens_as_officer(
        new_visitor(), "/console/broadcasts/new", java_script_enabled=False
    )
    await page.get_by_label("Tên thông báo").fill("Họp tổ")
    await page.get_by_label("Lời nhắn", exact=True).fill("Mời chị _họp tổ_.")
    await page.locator("#more-second > summary").click()
    await page.get_by_label("Gửi thử hai lời").check()
    await page.get_by_role("button", name="Mở phần này").click()
    await page.get_by_label("Lời thứ hai", exact=True).fill("Chị đi họp nhé.")
    await page.locator("#more-answers > summary").click()
    await page.get_by_label("Câu trả lời 1", exact=True).fill("Em đi được")
    await page.get_by_role("button", name="Xem trước, đếm người nhận").click()
    await expect(page.locator("#preview .bubble i").first).to_have_text("họp tổ")
    await page.get_by_role("button", name="Lưu và xem lại").click()
    await expect(page.get_by_role("heading", level=1)).to_have_text("Họp tổ")
