"""What the service sends reaches her page: once, whoever sends it, also while the page is open."""

import asyncio
import json

import pytest
import sqlalchemy as sa
from aiohttp import ClientResponse

from bot.channels.contract import Blame, Choice, Outgoing, Retry, SendError
from bot.store.database import Database
from bot.store.tables import mailbox
from tests.bot.channels.web_chat.conftest import Browser, MakeBrowser, bubbles
from tests.conftest import MovingClock

DEADLINE_S = 20


class Stream:
    """An open page's event stream."""

    def __init__(self, response: ClientResponse) -> None:
        self.response = response

    @classmethod
    async def open(cls, browser: Browser, after: str = "0", **headers: str) -> "Stream":
        response = await browser.client.get(f"/chat/events?after={after}", headers=headers)
        assert response.status == 200
        assert response.content_type == "text/event-stream"
        return cls(response)

    async def event(self) -> dict[str, str]:
        """The next event that is not a heartbeat."""
        fields: dict[str, str] = {}
        async with asyncio.timeout(DEADLINE_S):
            while True:
                line = (await self.response.content.readline()).decode()
                assert line, "the stream ended"
                name, _, value = line.rstrip("\n").partition(": ")
                if name in {"id", "data", "event"}:
                    fields[name] = value
                elif not name and fields:
                    return fields

    async def bubbles(self) -> list[str]:
        return bubbles(json.loads((await self.event())["data"])["html"])


async def test_an_open_page_is_told_at_once(chat: MakeBrowser) -> None:
    browser = await chat()
    await browser.open()
    stream = await Stream.open(browser)
    line_id = await browser.answer("Dạ có ngay.", Choice("1", "Được"))
    event = await stream.event()
    assert event["id"] == line_id
    assert bubbles(json.loads(event["data"])["html"]) == ["Dạ có ngay."]
    await browser.answer("Thêm nữa.")
    assert await stream.bubbles() == ["Thêm nữa."], "what it has is not sent again"
    stream.response.close()


async def test_what_another_process_delivered_is_found_too(chat: MakeBrowser) -> None:
    browser = await chat()
    other = (await chat(organisation="the other process")).channel
    await browser.open()
    stream = await Stream.open(browser)
    await other.send(browser.address, Outgoing("Từ máy kia."), key="reply:1")
    assert await stream.bubbles() == ["Từ máy kia."]
    stream.response.close()


async def test_a_stream_goes_on_where_it_broke_off(chat: MakeBrowser) -> None:
    browser = await chat()
    await browser.open()
    first = await browser.answer("một")
    stream = await Stream.open(browser)
    assert (await stream.event())["id"] == first
    stream.response.close()
    await browser.answer("hai")
    stream = await Stream.open(browser, **{"Last-Event-ID": first})
    assert "hai" in await stream.bubbles()
    stream.response.close()


async def test_a_line_that_became_visible_late_is_not_missed(
    chat: MakeBrowser, database: Database, clock: MovingClock
) -> None:
    browser = await chat()
    await browser.open()
    await browser.answer("số lớn hơn")
    async with database.writing() as connection:
        await connection.execute(sa.update(mailbox).values(id=1000))
    stream = await Stream.open(browser)
    assert (await stream.event())["id"] == "1000"
    early = {
        "account_id": browser.channel.account.account_id,
        "address": browser.address,
        "key": "early",
        "at": clock(),
    }
    async with (
        database.writing() as connection
    ):  # It took its number before the other, and is committed after it.
        message = Outgoing("số nhỏ hơn").to_json()
        await connection.execute(sa.insert(mailbox).values(id=999, direction="out", message=message, **early))
    await browser.channel.send(browser.address, Outgoing("số lớn hơn"), key="wakes the page")
    assert "số nhỏ hơn" in await stream.bubbles()
    stream.response.close()


async def test_a_page_can_ask_instead(chat: MakeBrowser) -> None:
    browser = await chat()
    await browser.open()
    await browser.answer("một")
    news = await (await browser.client.get("/chat/messages?after=0")).json()
    assert bubbles(news["html"]) == ["một"]
    assert news["gone"] is False


async def test_nobody_hears_what_is_said_to_another(chat: MakeBrowser) -> None:
    lan, hoa = await chat(), await chat()
    await lan.open()
    await hoa.open()
    await lan.answer("riêng cho Lan")
    assert (await (await hoa.client.get("/chat/messages?after=0")).json())["html"] == ""


async def test_another_tab_learns_that_the_chat_was_cleared(chat: MakeBrowser) -> None:
    browser = await chat()
    await browser.open()
    await browser.answer("một")
    stream = await Stream.open(browser)
    await stream.event()
    await browser.post("/chat/forget")
    assert (await stream.event())["event"] == "gone"
    stream.response.close()


async def test_an_open_page_lets_go_of_what_was_erased(chat: MakeBrowser, database: Database) -> None:
    browser = await chat()
    await browser.open()
    await browser.answer("chuyện riêng")
    stream = await Stream.open(browser)
    await stream.event()
    async with database.writing() as connection:
        await connection.execute(sa.delete(mailbox))
    await browser.answer("Dạ em đã xóa hết.")
    assert (await stream.event())["event"] == "gone"
    assert bubbles(await browser.open())[1:] == ["Dạ em đã xóa hết."]
    stream.response.close()


async def test_a_stranger_gets_no_stream(chat: MakeBrowser) -> None:
    browser = await chat()
    assert (await browser.client.get("/chat/events")).status == 204
    assert (await (await browser.client.get("/chat/messages")).json()) == {"html": "", "gone": True}


async def test_one_visitor_holds_only_so_many_streams(chat: MakeBrowser) -> None:
    browser = await chat()
    await browser.open()
    streams = [await Stream.open(browser) for _ in range(6)]
    assert (await browser.client.get("/chat/events")).status == 204
    for stream in streams:
        stream.response.close()


async def test_streams_end_when_the_service_stops(chat: MakeBrowser) -> None:
    browser = await chat()
    await browser.open()
    stream = await Stream.open(browser)
    await browser.client.app.shutdown()
    async with asyncio.timeout(DEADLINE_S):
        assert b"still here" in await stream.response.content.read()
    assert (await browser.client.get("/chat/events")).status == 204


async def test_the_same_message_sent_twice_is_there_once(chat: MakeBrowser) -> None:
    browser = await chat()
    await browser.open()
    first = await browser.answer("một", key="reply:1")
    assert await browser.answer("một", key="reply:1") == first
    assert await browser.answer("hai", key="reply:2") != first
    assert bubbles(await browser.open())[1:] == ["một", "hai"]


async def test_a_cleared_chat_cannot_be_reached_any_more(chat: MakeBrowser) -> None:
    browser = await chat()
    await browser.open()
    await browser.answer("một")
    before = browser.address
    await browser.post("/chat/forget")
    with pytest.raises(SendError) as refused:
        await browser.channel.send(before, Outgoing("hai"), key="reply:9")
    error = refused.value
    assert (error.code, error.retry, error.blame) == ("chat_cleared", Retry.NEVER, Blame.CONTACT)


async def test_a_database_that_is_away_means_later(chat: MakeBrowser, database: Database) -> None:
    browser = await chat()
    await browser.open()
    async with database.writing() as connection:
        await connection.execute(sa.text("ALTER TABLE mailbox RENAME TO away"))
    with pytest.raises(SendError) as failed:
        await browser.answer("một")
    assert (failed.value.code, failed.value.retry) == ("mailbox_unavailable", Retry.LATER)
