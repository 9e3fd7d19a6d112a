"""The whole story in real browsers against the real service: a member asks, a cadre answers, an announcement arrives."""

from datetime import timedelta

import pytest
from playwright.async_api import expect

from bot.clock import utc_now
from bot.store.database import Database
from tests.browser import console_page as console
from tests.browser.chat_page import ChatPage
from tests.browser.chromium import OFFICE_PC
from tests.browser.conftest import NewVisitor

pytestmark = [pytest.mark.browser, pytest.mark.timeout(300)]

TEXT = "Chào chị {{ten}}, thứ Bảy này Hội mời chị tới nhà văn hóa {{xa}} nghe nói chuyện về vay vốn."
CONFIRMING = timedelta(seconds=15)  # As long as it may take on a busy machine.
MINUTE = timedelta(minutes=1)


async def test_a_member_asks_a_cadre_answers_and_an_announcement_arrives(
    database: Database, first_link: str, new_visitor: NewVisitor
) -> None:
    # A member registers and asks what nobody can answer yet.
    member = await ChatPage.opened(new_visitor())
    await member.registers("tran thi be ba", "1979", "my tu", picks="Xã Mỹ Tú")
    await member.says("loa keo tay cua chi hoi ai dang giu", "chưa có câu trả lời chắc chắn")
    await member.taps("Hỏi cán bộ", "Em chuyển câu này cho cán bộ nghen")
    await member.says("1", "tới hộp thư của cán bộ Hội")

    # The officer comes in and gives a cadre the desk of the member's commune.
    page = await new_visitor().opens("/console/sign-in", viewport=OFFICE_PC)
    await console.sign_in_for_the_first_time(page, first_link)
    code = await console.add_cadre(page, "Lý Thị Sa Rum", "Xã Mỹ Tú")
    cadre = await ChatPage.opened(new_visitor())
    await cadre.registers("ly thi sa rum", "1984", "my tu", picks="Xã Mỹ Tú")
    await cadre.says(code.lower(), "em nhận ra chị rồi: cán bộ Xã Mỹ Tú")

    # She writes to both, a minute ahead; on PostgreSQL at once, so that only one of these tests has to wait.
    await console.write_announcement(
        page, "Nói chuyện vay vốn", TEXT, preview="Chào chị Mai, thứ Bảy này", count=2
    )
    if database.engine.dialect.name == "sqlite":
        soon = utc_now() + CONFIRMING
        await console.confirm_at(page, soon.replace(second=0, microsecond=0) + MINUTE, 2)
    announcement = page.url

    # Meanwhile the question finds its way to the cadre, and her answer back.
    await console.hand_on_question(page, "loa keo tay cua chi hoi", "Lý Thị Sa Rum")
    await cadre.reads("Tran Thi Be Ba ở Xã Mỹ Tú")
    await cadre.says("Chi Hai truong ap dang giu, chi ghe lay nghe", "Dạ, em đã gửi")
    await member.reads("Chi Hai truong ap dang giu, chi ghe lay nghe")
    await member.says("da ro", "em mừng quá")

    # The next question goes to her desk by itself; she answers that message in particular.
    await member.says("sao bua nay van phong dong cua som vay", "chưa có câu trả lời chắc chắn")
    await member.says("0", "Em chuyển câu này cho cán bộ nghen")
    await member.taps("Chuyển", "em đã chuyển câu hỏi của chị cho cán bộ ở Xã Mỹ Tú")
    await cadre.reads("«sao bua nay van phong dong cua som vay»")
    await cadre.replies(
        "«sao bua nay van phong dong cua som vay»", "Bua nay tui em di hop tren xa", "Dạ, em đã gửi"
    )
    await member.reads("Bua nay tui em di hop tren xa")
    await member.taps("Đã rõ", "em mừng quá")

    # The announcement arrives on both open pages, and its own page says to whom.
    await page.goto(announcement)
    if database.engine.dialect.name == "postgresql":
        await console.confirm_now(page, 2)
    invitation = "thứ Bảy này Hội mời chị tới nhà văn hóa Xã Mỹ Tú"
    await member.reads(f"Chào chị Ba, {invitation}", within=2 * MINUTE)
    await cadre.reads(f"Chào chị Rum, {invitation}")
    for name in ("Tran Thi Be Ba", "Ly Thi Sa Rum"):
        await expect(page.get_by_role("row", name=name)).to_contain_text("Đã gửi")
    await expect(page.locator("#progress")).to_contain_text("xong 2 trên 2 người")
