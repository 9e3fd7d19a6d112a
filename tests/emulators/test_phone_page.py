"""The phone page in a real browser: what happens shows at once, and a half-written line stays."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from urllib.parse import urljoin

import aiohttp
import pytest
from playwright.async_api import Page, async_playwright, expect

from bot.media_types import media_type_of
from tests.emulators.zalo_bot import ZaloBotEmulator
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


@pytest.mark.parametrize("emulator", [ZaloOAEmulator, ZaloBotEmulator])
async def test_a_picture_from_the_page_is_one_that_the_service_takes_in(
    emulator: type[ZaloOAEmulator | ZaloBotEmulator],
) -> None:
    async with emulator() as zalo, aiohttp.ClientSession(raise_for_status=True) as http:
        zalo.user(name="Chị Hoa")
        async with http.get(zalo.server.address) as page:
            found = re.search(r'name="phone" value="([^"]+)"', await page.text())
        assert found
        form = {"act": "picture", "phone": found[1], "value": ""}
        async with http.post(
            f"{zalo.server.address}/phones/act", data=form, headers={"X-Phones": "1"}
        ) as answer:
            assert await answer.json() == {"wrong": ""}
        async with http.get(zalo.server.address) as page:
            shown = re.search(r'<img[^>]* src="([^"]+)"', await page.text())
        assert shown
        async with http.get(urljoin(zalo.server.address, shown[1])) as picture:
            assert (picture.content_type, media_type_of(await picture.read())) == ("image/png", "image/png")
