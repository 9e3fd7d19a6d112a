"""The whole story in real browsers against the real service: a member asks, a cadre answers, an announcement arrives.

Before it arrives a second officer has agreed to it in her own chat.
"""

from datetime import datetime, timedelta

import pytest
import sqlalchemy as sa
from playwright.async_api import expect
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.clock import utc_now
from bot.people import units as bot_units
from bot.store.database import Database
from bot.store.tables import accounts, deliveries, staff, units
from bot.store.tables.broadcasts import DeliveryState, Priority
from broadcasts import writing
from broadcasts.audience import Audience
from broadcasts.writing import Draft
from tests import people
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
    await member.says("loa keo tay cua chi hoi ai dang giu", "nói lại bằng lời khác")
    await member.taps("Hỏi cán bộ", "Em chuyển câu này cho cán bộ nghen")
    await member.says("1", "tới hộp thư của cán bộ Hội")

    # The officer comes in and gives a cadre the desk of the member's commune.
    page = await new_visitor().opens("/console/sign-in", viewport=OFFICE_PC)
    await console.sign_in_for_the_first_time(page, first_link)
    code = await console.add_cadre(page, "Lý Thị Sa Rum", "Xã Mỹ Tú")
    cadre = await ChatPage.opened(new_visitor())
    await cadre.registers("ly thi sa rum", "1984", "my tu", picks="Xã Mỹ Tú")
    await cadre.says(code.lower(), "em nhận ra chị rồi: cán bộ Xã Mỹ Tú")

    # A colleague of hers joins from her own chat.
    code = await console.add_officer(page, "Đỗ Thị Em", "Hội LHPN thành phố Cần Thơ", "thi.em")
    colleague = await ChatPage.opened(new_visitor())
    await colleague.says(code.lower(), "em nhận ra chị rồi: cán bộ Hội LHPN thành phố Cần Thơ")

    # She writes to both, a minute ahead; on PostgreSQL at once, so that only one of these tests has to wait. What goes to the
    # whole province needs her colleague, who reads the very message, its people, its cost and its hour.
    await console.write_announcement(
        page, "Nói chuyện vay vốn", TEXT, preview="Chào chị Mai, thứ Bảy này", count=2
    )
    if database.engine.dialect.name == "sqlite":
        soon = utc_now() + CONFIRMING
        await console.ask_for_approval_at(page, soon.replace(second=0, microsecond=0) + MINUTE, 2)
        await approves(colleague)
    announcement = page.url.removesuffix("/approval")

    # Meanwhile the question finds its way to the cadre, and her answer back.
    await console.hand_on_question(page, "loa keo tay cua chi hoi", "Lý Thị Sa Rum")
    await cadre.reads("Tran Thi Be Ba ở Xã Mỹ Tú")
    await cadre.says("Chi Hai truong ap dang giu, chi ghe lay nghe", "Dạ, em đã gửi")
    await member.reads("Chi Hai truong ap dang giu, chi ghe lay nghe")
    await member.says("da ro", "em mừng quá")

    # The next question goes to her desk by itself; she answers that message in particular.
    await member.says("sao bua nay van phong dong cua som vay", "nói lại bằng lời khác")
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
        await console.ask_for_approval_now(page, 2)
        await approves(colleague)
        await page.goto(announcement.removesuffix("/review"))
    invitation = "thứ Bảy này Hội mời chị tới nhà văn hóa Xã Mỹ Tú"
    await member.reads(f"Chào chị Ba, {invitation}", within=2 * MINUTE)
    await cadre.reads(f"Chào chị Rum, {invitation}")
    for name in ("Tran Thi Be Ba", "Ly Thi Sa Rum"):
        await expect(page.get_by_role("row", name=name)).to_contain_text("Đã gửi")
    await expect(page.locator("#progress")).to_contain_text("xong 2 trên 2 người")


async def approves(colleague: ChatPage) -> None:
    await colleague.reads(
        "nhờ chị duyệt thông báo «Nói chuyện vay vốn»",
        "thứ Bảy này Hội mời chị tới nhà văn hóa",
        "Số người: 2",
    )
    await colleague.taps("Duyệt", "em ghi nhận chị đã duyệt thông báo «Nói chuyện vay vốn»")


async def test_sending_is_cancelled_in_the_middle_and_nobody_else_gets_it(
    database: Database, first_link: str, new_visitor: NewVisitor
) -> None:
    # Three members of a branch; one of them a day, so that the middle lasts.
    async with database.writing() as connection:
        broadcast_id = await _drip(connection, utc_now())
    page = await new_visitor().opens("/console/sign-in", viewport=OFFICE_PC)
    await console.sign_in_for_the_first_time(page, first_link)
    await page.goto(f"/console/broadcasts/{broadcast_id}/review")
    plan = page.locator("#confirmation")
    await expect(plan).to_contain_text("3 người sẽ nhận")
    await expect(plan).to_contain_text("không mất tiền")
    await console.confirm_now(page, 3)
    await expect(page.locator("#progress")).to_contain_text("xong 1 trên 3 người")
    await page.locator("summary", has_text="Hủy đợt gửi").click()
    await page.get_by_role("button", name="Hủy hẳn đợt gửi").click()
    await expect(page.locator("main")).to_contain_text("Những người chưa được gửi sẽ không nhận tin này")
    await expect(page.locator("#progress")).to_contain_text("hủy giữa chừng")
    async with database.reading() as connection:
        states = await connection.scalars(sa.select(deliveries.c.state).order_by(deliveries.c.id))
        assert sorted(states) == [DeliveryState.SENT, DeliveryState.SKIPPED, DeliveryState.SKIPPED]


async def _drip(connection: AsyncConnection, now: datetime) -> int:
    account_id = await connection.scalar(sa.select(accounts.c.id).where(accounts.c.channel == "web_chat"))
    commune_id = await connection.scalar(sa.select(units.c.id).where(units.c.name == "Xã Mỹ Tú"))
    province_id = await bot_units.province_id(connection)
    assert account_id is not None
    assert commune_id is not None
    assert province_id is not None
    for name in ("Nguyễn Thị Hoa", "Thạch Thị Lan", "Lý Thị Sa Rây"):
        member = await people.add_member(connection, name, commune_id, allows_announcements=True, now=now)
        await people.add_contact(
            connection, account_id, f"chat-{member}", member_id=member, last_in_at=now, now=now
        )
    audience = Audience.of_units([commune_id], ("web_chat",))
    draft = Draft("Lớp may", {"vi": TEXT}, province_id, audience, priority=Priority.DRIP, per_day=1)
    officer_id = await connection.scalar(sa.select(staff.c.id).order_by(staff.c.id).limit(1))
    assert officer_id is not None
    return await writing.create(connection, draft, staff_id=officer_id, now=now)
