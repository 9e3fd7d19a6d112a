"""Every rung of the ladder as a member climbs it on her phone: an answer, a list, another wording, and a person in the end."""

import pytest
from playwright.async_api import expect

from tests.browser.chat_page import ChatPage
from tests.browser.conftest import NewVisitor

pytestmark = [pytest.mark.browser, pytest.mark.timeout(180)]


async def test_a_member_climbs_every_rung(new_visitor: NewVisitor) -> None:
    member = await ChatPage.opened(new_visitor())

    # Certain: the answer, the digits below it, and her verdict.
    await member.says(
        "vao hoi duoc quyen loi gi", "Hội viên được sinh hoạt, góp ý, bầu cử và ứng cử trong Hội"
    )
    await member.taps("Đã rõ", "em mừng")

    # Unsure: a list to pick from; the answer is not clear; in other words it finds a person.
    await member.says("nguoi ta goi doi ma otp", "Có phải chị muốn hỏi")
    await member.says("1", "không xin tiền, OTP, mật khẩu")
    await member.says("2", "chưa rõ")
    await member.says("0", "Em chuyển câu này cho cán bộ nghen")
    await member.says("thoi", "em không chuyển")

    # Low: once in other words, then a cadre.
    await member.says("bua nay nau mon gi ngon", "Chị nói lại bằng lời khác giúp em")
    await member.says("mai em di cho noi", "chưa có câu trả lời chắc chắn")
    await member.taps("Hỏi cán bộ", "Em chuyển câu này cho cán bộ nghen")
    await member.says("thoi", "em không chuyển")

    # What she says in passing, and who it is that answers.
    await member.says("cam on em nhieu", "không có chi")
    await member.says("em la nguoi that hay la may vay", "em là máy trả lời tự động")
    await member.says("😱😱😱", "Chị viết giúp em bằng chữ")


async def test_who_speaks_khmer_reads_the_vietnamese_beside_what_nobody_reviewed(
    new_visitor: NewVisitor,
) -> None:
    member = await ChatPage.opened(new_visitor())
    await member.says("KHMER", "ខ្មែរ")
    await member.says("muon thoi nhan tin thi lam sao", "សូមវាយ NGUNG")
    bubble = member.page.locator(".line.ours .bubble").last
    await expect(bubble).to_contain_text("trợ lý ngừng gửi tin hàng loạt ngay")
