"""The story on Zalo, in real browsers: the member writes to the Official Account and the cadre to the bot, and the other way
round. The officer connects the account herself.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import pytest
from playwright.async_api import Page, expect

from bot.store.database import Database
from tests.browser import chromium
from tests.browser import console_page as console
from tests.browser.chromium import OFFICE_PC, Visitor
from tests.browser.conftest import first_sign_in
from tests.browser.zalo_phone import ZaloPhone
from tests.emulators.zalo_bot import RemoteZaloBot
from tests.emulators.zalo_oa import RemoteZaloOA
from tests.service import ServiceProcess

pytestmark = [pytest.mark.browser, pytest.mark.timeout(300)]

MINUTE = timedelta(minutes=1)
TEXT = "Chào chị {{ten}}, thứ Bảy này Hội mời chị tới nhà văn hóa {{xa}} nghe nói chuyện về vay vốn."


@dataclass
class Zalo:
    """Both emulators, each with a page of phones, and the service that is connected with them."""

    service: ServiceProcess
    oa: RemoteZaloOA
    officer: Page
    colleague: Page  # Of another officer, who has not signed in yet.
    oa_phones: Page
    bot_phones: Page


@pytest.fixture
async def zalo(database: Database, tmp_path: Path) -> AsyncIterator[Zalo]:
    if chromium.EXECUTABLE is None:
        pytest.skip("no Chromium on this machine (Debian and Ubuntu: apt install chromium)")
    async with AsyncExitStack() as stack:
        oa, bot = await asyncio.gather(
            stack.enter_async_context(RemoteZaloOA.started()),
            stack.enter_async_context(RemoteZaloBot.started()),
        )
        app, its_bot = await oa.app(), await bot.bot()
        settings = {
            "CHIHOI_DATABASE_URL": database.engine.url.render_as_string(hide_password=False),
            "CHIHOI_ZALO_BOT_TOKEN": its_bot["token"],
            "CHIHOI_ZALO_BOT_BASE_URL": bot.base_url,
            "CHIHOI_ZALO_APP_ID": app["app_id"],
            "CHIHOI_ZALO_APP_SECRET": app["secret"],
            "CHIHOI_ZALO_OA_SECRET_KEY": app["oa_secret_key"],
            "CHIHOI_ZALO_OA_BASE_URL": oa.base_url,
            "CHIHOI_ZALO_OAUTH_BASE_URL": oa.oauth_base_url,
            "CHIHOI_ZALO_BUSINESS_BASE_URL": oa.business_base_url,
        }
        service, browser = await asyncio.gather(
            stack.enter_async_context(ServiceProcess.started(settings, tmp_path)),
            stack.enter_async_context(chromium.started()),
        )
        visitors = [Visitor(browser, address) for address in (service.address, oa.address, bot.address)]
        officer, oa_phones, bot_phones = [
            await visitor.opens(path, viewport=OFFICE_PC)
            for visitor, path in zip(visitors, ("/console/sign-in", "/", "/"), strict=True)
        ]
        colleague = await visitors[0].opens("/console/sign-in", viewport=OFFICE_PC)
        await console.sign_in_for_the_first_time(officer, first_sign_in(service))
        webhook = await console.connect_official_account(officer)
        assert await oa.saves_webhook(webhook)
        yield Zalo(service, oa, officer, colleague, oa_phones, bot_phones)
        for visitor in visitors:
            await visitor.leaves()
        assert [complaint for visitor in visitors for complaint in visitor.complaints] == []
        said = "\n".join(service.lines)
        assert "Traceback" not in said
        assert its_bot["token"].partition(":")[2] not in said


async def _tells(zalo: Zalo, member: ZaloPhone, cadre: ZaloPhone, database: Database) -> None:
    """The member registers, asks and hears back; an announcement reaches both."""
    await member.registers("tran thi be ba", "1979", "my tu", picks="Xã Mỹ Tú")
    page = zalo.officer
    code = await console.add_cadre(page, "Lý Thị Sa Rum", "Xã Mỹ Tú")
    await cadre.registers("ly thi sa rum", "1984", "my tu", picks="Xã Mỹ Tú")
    await cadre.says(code.lower(), "em nhận ra chị rồi: cán bộ Xã Mỹ Tú")

    await member.says("loa keo tay cua chi hoi ai dang giu", "nói lại bằng lời khác")
    await member.says("0", "Em chuyển câu này cho cán bộ nghen")
    await member.says("1", "em đã chuyển câu hỏi của chị cho cán bộ ở Xã Mỹ Tú")
    await cadre.reads("«loa keo tay cua chi hoi ai dang giu»")
    await cadre.says("Chi Hai truong ap dang giu, chi ghe lay nghe", "Dạ, em đã gửi")
    await member.reads("Chi Hai truong ap dang giu, chi ghe lay nghe")
    await member.says("da ro", "em mừng quá")

    await _brings_a_colleague(zalo)
    await console.write_announcement(
        page, "Nói chuyện vay vốn", TEXT, preview="Chào chị Mai, thứ Bảy này", count=2
    )
    await console.ask_for_approval_now(page, 2)
    announcement = page.url.removesuffix("/approval")
    await console.approve(zalo.colleague, "Nói chuyện vay vốn")
    await page.goto(announcement)
    invitation = "thứ Bảy này Hội mời chị tới nhà văn hóa Xã Mỹ Tú"
    await member.reads(f"Chào chị Ba, {invitation}", within=2 * MINUTE)
    await cadre.reads(f"Chào chị Rum, {invitation}")
    for name in ("Tran Thi Be Ba", "Ly Thi Sa Rum"):
        await expect(page.get_by_role("row", name=name)).to_contain_text("Đã gửi")
    await expect(page.locator("#progress")).to_contain_text("xong 2 trên 2 người")


async def _brings_a_colleague(zalo: Zalo) -> None:
    """What goes to the whole province needs a second officer, here in her console."""
    page = zalo.officer
    await console.add_officer(page, "Đỗ Thị Em", "Hội LHPN thành phố Cần Thơ", "thi.em")
    await page.go_back()
    await console.sign_in_for_the_first_time(zalo.colleague, await console.sign_in_link(page))


# Each way on one kind of database: what they do there, many smaller tests show on both.
@pytest.mark.parametrize("fresh_database", ["sqlite"], indirect=True)
async def test_a_member_on_the_official_account_and_a_cadre_on_the_bot(
    zalo: Zalo, database: Database
) -> None:
    member = await ZaloPhone.bought(zalo.oa_phones, "Chị Ba")
    await member.taps("Quan tâm")
    await member.reads("Em là máy trả lời")
    cadre = await ZaloPhone.bought(zalo.bot_phones, "Chị Rum")
    await cadre.says("chao em", "Em là máy trả lời")
    await _tells(zalo, member, cadre, database)


@pytest.mark.parametrize("fresh_database", ["postgresql"], indirect=True)
async def test_a_member_on_the_bot_and_a_cadre_on_the_official_account(
    zalo: Zalo, database: Database
) -> None:
    member = await ZaloPhone.bought(zalo.bot_phones, "Chị Ba")
    await member.says("chao em", "Em là máy trả lời")
    cadre = await ZaloPhone.bought(zalo.oa_phones, "Chị Rum")
    await cadre.taps("Quan tâm")
    await cadre.reads("Em là máy trả lời")
    await _tells(zalo, member, cadre, database)
