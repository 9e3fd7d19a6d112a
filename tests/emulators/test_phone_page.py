"""The phone page in a real browser: what happens shows at once, and a half-written line stays."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
from playwright.async_api import Page, async_playwright, expect

from tests.emulators.zalo_oa import ZaloOAEmulator


@pytest.fixture
async def page() -> AsyncIterator[Page]:
    async with async_playwright() as playwright:
        chromium = await playwright.chromium.launch(
            executable_path="/usr/bin/chromium", args=["--no-sandbox"]
        )
        yield await chromium.new_page()
        await chromium.close()


@pytest.mark.browser
async def test_two_people_write_and_the_oa_answers_by_hand(page: Page) -> None:
    wrong: list[str] = []
    page.on("pageerror", lambda error: wrong.append(str(error)))
    async with ZaloOAEmulator() as zalo:
        await page.goto(zalo.server.address)
        for name in ("Chị Hoa", "Cô Sáu"):
            await page.get_by_label("Thêm người").fill(name)
            await page.get_by_role("button", name="Thêm", exact=True).click()
            await expect(page.get_by_label(f"Điện thoại của {name}")).to_be_visible()
        hoa = page.get_by_label("Điện thoại của Chị Hoa")
        line = hoa.get_by_label("Tin nhắn của Chị Hoa")
        await line.fill("em oi")
        await line.press("Enter")
        await expect(hoa.locator(".mine")).to_have_count(1)
        await line.fill("đang viết dở")
        zalo.admin_says(next(iter(zalo.oa.users.values())), "Dạ, em đây chị")
        await expect(hoa.locator(".by-hand")).to_contain_text("Dạ, em đây chị")
        await expect(line).to_have_value("đang viết dở")
        await hoa.get_by_role("button", name="Quan tâm", exact=True).click()
        await expect(hoa.get_by_text("đã quan tâm")).to_be_visible()
        await page.get_by_role("button", name="+48 giờ").click()
        await expect(hoa.get_by_text("mất phí")).to_be_visible()
        await page.goto("about:blank")
    assert wrong == []
