import pytest

from bot.channels.contract import Outgoing, Retry, Revising, SendError
from tests.bot.channels.web_chat.conftest import MakeBrowser, bubbles


async def test_a_line_of_ours_reads_otherwise_or_as_taken_back(chat: MakeBrowser) -> None:
    browser = await chat()
    await browser.open()
    first = await browser.answer("Họp lúc 8 giờ.")
    second = await browser.answer("Nhớ mang căn cước.")
    assert isinstance(browser.channel, Revising)
    for _ in range(2):
        await browser.channel.edit(browser.address, first, Outgoing("Họp lúc 9 giờ."))
        await browser.channel.recall(browser.address, second)
    assert bubbles(await browser.open())[-2:] == ["Họp lúc 9 giờ.", "Hội đã thu hồi tin nhắn này."]


async def test_what_stands_in_another_chat_is_not_touched(chat: MakeBrowser) -> None:
    hoa, lan = await chat(), await chat()
    for browser in (hoa, lan):
        await browser.open()
    line = await hoa.answer("Họp lúc 8 giờ.")
    for which in (line, "999", "", "x"):
        with pytest.raises(SendError) as error:
            await lan.channel.edit(lan.address, which, Outgoing("Họp lúc 9 giờ."))
        assert (error.value.code, error.value.retry) == ("chat_cleared", Retry.NEVER)
    assert bubbles(await hoa.open())[-1:] == ["Họp lúc 8 giờ."]
