"""What a message carries, on her own page and nobody else's."""

import re

import pytest

from bot import files
from bot.channels.contract import Attachment, FileKind, Outgoing
from bot.store.database import Database
from tests.bot.channels.web_chat.conftest import Browser, MakeBrowser
from tests.conftest import MovingClock

JPEG = b"\xff\xd8\xff\xe0 a made-up picture"


async def carries(
    browser: Browser, database: Database, clock: MovingClock, kind: FileKind, data: bytes
) -> str:
    """Sends her a message with a file; returns the address on her page."""
    await browser.open()
    await browser.say("chào")
    async with database.writing() as connection:
        file_id = await files.keep(connection, data, kind=kind, name="a.x", now=clock())
    message = Outgoing("Kèm câu hỏi mã 12", attachment=Attachment(kind, file_id))
    await browser.channel.send(browser.address, message, key=f"reply:{file_id}")
    found = set(re.findall(r'(?:src|href)="(/chat/files/[^"]+)"', await browser.open()))
    assert len(found) == 1
    return str(found.pop())


@pytest.mark.parametrize(
    ("kind", "shown"),
    [
        (FileKind.IMAGE, "<img"),
        (FileKind.GIF, "<img"),
        (FileKind.VOICE, "<audio"),
        (FileKind.FILE, "Mở tập tin"),
    ],
)
async def test_a_file_is_shown_or_offered_below_its_words(
    chat: MakeBrowser, database: Database, clock: MovingClock, kind: FileKind, shown: str
) -> None:
    browser = await chat()
    address = await carries(browser, database, clock, kind, JPEG)
    page = await browser.open()
    assert shown in page
    assert "Kèm câu hỏi mã 12" in page
    response = await browser.client.get(address)
    assert (response.status, await response.read()) == (200, JPEG)
    assert response.headers["Content-Security-Policy"] == "default-src 'none'; sandbox"


async def test_another_visitor_finds_nothing_there(
    chat: MakeBrowser, database: Database, clock: MovingClock
) -> None:
    browser, other = await chat(), await chat()
    address = await carries(browser, database, clock, FileKind.IMAGE, JPEG)
    assert (await other.client.get(address)).status == 404  # Without a cookie.
    await other.open()
    await other.say("chào")
    assert (await other.client.get(address)).status == 404


@pytest.mark.parametrize("line", ["0", "999999", "x", "1" * 40])
async def test_a_line_without_a_file_has_none(chat: MakeBrowser, line: str) -> None:
    browser = await chat()
    await browser.open()
    await browser.say("chào")
    assert (await browser.client.get(f"/chat/files/{line}")).status == 404


async def test_a_cleared_chat_gives_no_file(
    chat: MakeBrowser, database: Database, clock: MovingClock
) -> None:
    browser = await chat()
    address = await carries(browser, database, clock, FileKind.IMAGE, JPEG)
    await browser.post("/chat/forget")
    assert (await browser.client.get(address)).status == 404
