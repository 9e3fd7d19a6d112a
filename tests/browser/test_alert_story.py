"""A cry for help in real browsers: what she reads at once, two phones within ten seconds, and how somebody takes it on."""

from datetime import timedelta

import pytest
from playwright.async_api import expect

from tests.browser import console_page as console
from tests.browser.chat_page import ChatPage
from tests.browser.chromium import OFFICE_PC
from tests.browser.conftest import NewVisitor

pytestmark = [pytest.mark.browser, pytest.mark.timeout(300)]

AT_ONCE = timedelta(seconds=10)


async def test_two_phones_know_within_ten_seconds_and_one_takes_it_on(
    first_link: str, new_visitor: NewVisitor
) -> None:
    # The commune's cadre and a colleague at the top are on duty, each in her own chat.
    page = await new_visitor().opens("/console/sign-in", viewport=OFFICE_PC)
    await console.sign_in_for_the_first_time(page, first_link)
    code = await console.add_cadre(page, "Lý Thị Sa Rum", "Xã Mỹ Tú")
    await console.put_on_duty(page, "Lý Thị Sa Rum")
    cadre = await ChatPage.opened(new_visitor())
    await cadre.says(code.lower(), "em nhận ra chị rồi: cán bộ Xã Mỹ Tú")
    code = await console.add_officer(page, "Đỗ Thị Em", "Hội LHPN thành phố Cần Thơ", "thi.em")
    await console.put_on_duty(page, "Đỗ Thị Em")
    colleague = await ChatPage.opened(new_visitor())
    await colleague.says(code.lower(), "em nhận ra chị rồi: cán bộ Hội LHPN thành phố Cần Thơ")

    # A member of that commune writes, without marks and in a hurry.
    member = await ChatPage.opened(new_visitor())
    await member.registers("tran thi be ba", "1979", "my tu", picks="Xã Mỹ Tú")
    await member.says("chong em dang danh em cuu em voi", "113")
    first = member.page.locator(".line.ours .bubble").last
    await expect(first).to_contain_text("Chị có đang an toàn không?")
    await expect(first).to_contain_text("KIN")
    for phone in (cadre, colleague):
        await phone.reads("KHẨN", within=AT_ONCE)
    letter = cadre.page.locator(".line.ours .bubble").last
    await expect(letter).to_contain_text("«chong em dang danh em cuu em voi»")
    await expect(letter).to_contain_text("Xã Mỹ Tú")

    # She is not safe, and asks to be called; both phones learn that there is news, and nothing more.
    await member.says("2", "113")
    for phone in (cadre, colleague):
        await phone.reads("có tin mới", within=AT_ONCE)
        assert "danh em" not in await phone.page.locator(".line.ours .bubble").last.inner_text()
    await member.says("3", "số")
    await member.says("0912 345 678", "lúc nào")

    # The console shows it above every page; the cadre takes it on, the others need do nothing, and she writes to her.
    await page.goto("/console/members")
    await expect(page.locator("#alarm")).to_contain_text("Có chị kêu cứu")
    await cadre.page.get_by_role("button", name="Tôi nhận").last.click()
    question = cadre.page.locator(".line.ours .bubble").filter(has_text="CHUYỆN RIÊNG")
    await expect(question.last).to_contain_text("chong em dang danh em")
    await expect(colleague.page.locator(".line.ours .bubble").last).to_contain_text("Lý Thị Sa Rum đã nhận")
    await expect(member.page.locator(".line.ours .bubble").last).to_contain_text(
        "cán bộ Hội đã nhận tin của chị"
    )

    # What the cadre writes reaches her; what she says back does, too.
    await cadre.page.get_by_label("Tin nhắn của chị").fill("Chi oi, chi toi lien, chi khoa cua cho em nghe")
    await cadre.page.get_by_label("Tin nhắn của chị").press("Enter")
    await expect(member.page.locator(".line.ours .bubble").last).to_contain_text("chi khoa cua cho em nghe")

    # Nobody waits any more: the banner is gone, and the log says who did what.
    await page.goto("/console/alerts")
    await expect(page.locator("#alarm .alarm")).to_have_count(0)
    await page.get_by_role("link", name="mã").first.click()
    await expect(page.locator("main")).to_contain_text("Lý Thị Sa Rum")
