import json
from datetime import timedelta

import pytest

from bot.channels.contract import Outgoing, Retry, Revising, SendError
from tests.bot.channels.web_chat.conftest import Browser, MakeBrowser, bubbles
from tests.bot.channels.web_chat.test_delivery import Stream
from tests.conftest import MovingClock


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


@pytest.mark.parametrize("is_elsewhere", [True, False])
async def test_an_open_page_is_shown_the_change_at_once_whichever_process_made_it(
    chat: MakeBrowser, clock: MovingClock, *, is_elsewhere: bool
) -> None:
    browser = await chat()
    await browser.open()
    line = await browser.answer("Họp lúc 8 giờ.")
    await browser.answer("Nhớ mang căn cước.")
    clock.move(timedelta(days=2))  # Long after it was young.
    stream = await Stream.open(browser, after=await _read_to(browser))
    channel = (await chat(organisation="the other process")).channel if is_elsewhere else browser.channel
    for hour in (9, 10):
        await channel.edit(browser.address, line, Outgoing(f"Họp lúc {hour} giờ."))
        event = await stream.event()
        html = json.loads(event["data"])["html"]
        assert bubbles(html) == [f"Họp lúc {hour} giờ."]
        assert f'id="m{line}"' in html
        assert f'data-changed="{event["id"]}"' in html
    await browser.answer("Hẹn gặp chị.")
    assert (await stream.bubbles())[-1:] == ["Hẹn gặp chị."]
    stream.response.close()
    assert bubbles(await browser.open())[-3:] == ["Họp lúc 10 giờ.", "Nhớ mang căn cước.", "Hẹn gặp chị."]


async def test_a_page_that_asks_now_and_then_is_told_of_the_change_too(
    chat: MakeBrowser, clock: MovingClock
) -> None:
    browser = await chat()
    await browser.open()
    line = await browser.answer("Họp lúc 8 giờ.")
    after = await _read_to(browser)
    clock.move(timedelta(days=2))
    await browser.channel.recall(browser.address, line)
    response = await browser.client.get(f"/chat/messages?after={after}")
    assert bubbles((await response.json())["html"]) == ["Hội đã thu hồi tin nhắn này."]
    clock.move(timedelta(minutes=2))
    response = await browser.client.get(f"/chat/messages?after={await _read_to(browser)}")
    assert (await response.json())["html"] == ""


async def _read_to(browser: Browser) -> str:
    """How far the page has read, as it says itself."""
    return (await browser.open()).split('data-last="')[1].split('"')[0]
