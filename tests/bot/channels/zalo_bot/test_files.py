"""Files both ways: what Zalo fetches from us, what we fetch from where Zalo keeps it, and the sign that we are typing."""

import asyncio
import re
import socket
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from datetime import timedelta

import aiohttp
import pytest
from aiohttp import web

from bot import files
from bot.channels.contract import (
    Account,
    Attachment,
    FetchError,
    FileKind,
    Incoming,
    Outgoing,
    RemoteFile,
    SendError,
    Update,
)
from bot.channels.zalo_bot.attachments import NOT_CARRIED, OPEN_HERE
from bot.channels.zalo_bot.channel import ZaloBot
from bot.store.database import Database
from tests.bot.channels.zalo_bot.conftest import MakeChannel
from tests.conftest import MovingClock
from tests.emulators.zalo_bot import User, ZaloBotEmulator

JPEG = b"\xff\xd8\xff\xe0 a made-up picture"
AAC = b"\xff\xf1 a made-up voice"
PDF = b"%PDF-1.7 a made-up form"
WORDS = "Kèm câu hỏi mã 12: một tấm hình."


@dataclass
class Site:
    """A channel whose addresses are served, as the service would."""

    channel: ZaloBot
    database: Database
    clock: MovingClock
    address: str

    async def keeps(self, kind: FileKind, data: bytes) -> Outgoing:
        """A message that carries this file."""
        async with self.database.writing() as connection:
            file_id = await files.keep(connection, data, kind=kind, now=self.clock())
        return Outgoing(WORDS, attachment=Attachment(kind, file_id))


@pytest.fixture
async def site(
    make_channel: MakeChannel, account: Account, books: Database, clock: MovingClock
) -> AsyncIterator[Site]:
    application = web.Application()
    runner = web.AppRunner(application, access_log=None, shutdown_timeout=0)
    taken = socket.socket()
    taken.bind(("127.0.0.1", 0))  # The address is needed before the routes are.
    port = taken.getsockname()[1]
    channel = make_channel(account, books, public_url=f"http://127.0.0.1:{port}")
    application.add_routes(channel.routes())
    await runner.setup()
    await web.SockSite(runner, taken).start()
    await channel.open()
    yield Site(channel, books, clock, f"http://127.0.0.1:{port}")
    await runner.cleanup()


def methods(zalo: ZaloBotEmulator) -> list[str]:
    return [call.method for call in zalo.calls.entries]


async def test_a_picture_goes_with_its_words_and_zalo_fetches_it(
    zalo: ZaloBotEmulator, binh: User, site: Site
) -> None:
    message = await site.keeps(FileKind.IMAGE, JPEG)
    receipt = await site.channel.send(binh.chat_id, message, key="reply:1")
    [received] = await binh.hears()
    assert (received.kind, received.text, received.message_id) == ("photo", WORDS, receipt.platform_id)
    assert received.media.endswith(".jpg")
    assert methods(zalo) == ["sendPhoto"]


async def test_a_voice_goes_before_its_words(zalo: ZaloBotEmulator, binh: User, site: Site) -> None:
    message = await site.keeps(FileKind.VOICE, AAC)
    zalo.order_fault("server_error", method="sendMessage")
    with pytest.raises(SendError):
        await site.channel.send(binh.chat_id, message, key="reply:1")
    await site.channel.send(binh.chat_id, message, key="reply:1")  # The sender's second try.
    assert [received.kind for received in await binh.hears(2)] == ["voice", "text"]
    assert methods(zalo) == ["sendVoice", "sendMessage", "sendMessage"]


@pytest.mark.parametrize(
    ("kind", "data"), [(FileKind.FILE, PDF), (FileKind.VOICE, b"OggS"), (FileKind.GIF, b"GIF89a")]
)
async def test_what_zalo_has_no_way_for_goes_as_an_address(
    binh: User, site: Site, kind: FileKind, data: bytes
) -> None:
    await site.channel.send(binh.chat_id, await site.keeps(kind, data), key="reply:1")
    [received] = await binh.hears()
    assert received.text.startswith(f"{WORDS}\n\n{OPEN_HERE} {site.address}/")
    async with aiohttp.ClientSession() as session, session.get(received.text.split()[-1]) as answer:
        assert await answer.read() == data


async def test_a_picture_that_zalo_did_not_fetch_goes_as_an_address(
    zalo: ZaloBotEmulator, binh: User, site: Site
) -> None:
    zalo.order_fault(400, method="sendPhoto")
    await site.channel.send(binh.chat_id, await site.keeps(FileKind.IMAGE, JPEG), key="reply:1")
    [received] = await binh.hears()
    assert OPEN_HERE in received.text


@pytest.mark.parametrize("fault", [401, 403, 429])
async def test_other_refusals_of_a_picture_are_those_of_any_message(
    zalo: ZaloBotEmulator, binh: User, site: Site, fault: int
) -> None:
    zalo.order_fault(fault, method="sendPhoto")
    with pytest.raises(SendError):
        await site.channel.send(binh.chat_id, await site.keeps(FileKind.IMAGE, JPEG), key="reply:1")
    assert binh.received == []


async def test_words_go_alone_where_nobody_reaches_us_or_the_file_is_gone(
    binh: User, channel: ZaloBot, site: Site
) -> None:
    await channel.send(binh.chat_id, await site.keeps(FileKind.IMAGE, JPEG), key="reply:1")
    await site.channel.send(
        binh.chat_id, Outgoing(WORDS, attachment=Attachment(FileKind.IMAGE, 999)), key="reply:2"
    )
    assert [received.text for received in await binh.hears(2)] == [f"{WORDS}\n\n{NOT_CARRIED}"] * 2


async def test_a_line_that_does_not_fit_is_left_out(binh: User, channel: ZaloBot) -> None:
    message = Outgoing("ạ" * 1999, attachment=Attachment(FileKind.IMAGE, 999))
    await channel.send(binh.chat_id, message, key="reply:1")
    assert [received.text for received in await binh.hears()] == ["ạ" * 1999]


# The address


async def address_of(site: Site, binh: User, data: bytes = PDF) -> str:
    await site.channel.send(binh.chat_id, await site.keeps(FileKind.FILE, data), key="reply:1")
    [received] = await binh.hears()
    return received.text.split()[-1]


async def test_a_file_can_do_nothing_in_a_browser(binh: User, site: Site) -> None:
    address = await address_of(site, binh, b"<script>alert(1)</script>")
    async with aiohttp.ClientSession() as session, session.get(address) as answer:
        assert answer.status == 200
        assert answer.content_type == "application/octet-stream"
        assert answer.headers["Content-Disposition"].startswith("attachment;")
        assert answer.headers["Content-Security-Policy"] == "default-src 'none'; sandbox"
        assert answer.headers["X-Content-Type-Options"] == "nosniff"


async def test_an_address_is_good_for_its_file_and_its_time_only(
    binh: User, site: Site, clock: MovingClock
) -> None:
    address = await address_of(site, binh)
    found = re.fullmatch(r"(.*/)(\d+)-(\d+)-([0-9a-f]+)\.pdf", address)
    assert found is not None
    start, file_id, until, mark = found.groups()
    other = "0" if mark[0] != "0" else "1"
    forged = [
        f"{start}{int(file_id) + 1}-{until}-{mark}",
        f"{start}{file_id}-{int(until) + 1}-{mark}",
        f"{start}{file_id}-{until}-{other}{mark[1:]}",
        f"{start}{file_id}-{until}",
        f"{start}{file_id}",
        f"{start}x",
        f"{start}{'9' * 30}-{until}-{mark}",
    ]
    async with aiohttp.ClientSession() as session:
        statuses = []
        for each in (address, *forged):
            async with session.get(each) as answer:
                statuses.append(answer.status)
        clock.move(timedelta(days=8))
        async with session.get(address) as answer:
            statuses.append(answer.status)
    assert statuses == [200, *[404] * 8]


# What people send


async def test_what_she_sends_is_fetched(zalo: ZaloBotEmulator, binh: User, channel: ZaloBot) -> None:
    await binh.sends_photo(JPEG)
    assert await _fetched(zalo, channel) == JPEG
    await binh.sends_voice(AAC)
    assert await _fetched(zalo, channel) == AAC


async def _fetched(zalo: ZaloBotEmulator, channel: ZaloBot) -> bytes:
    said = channel.parse({"update": zalo.bot.pending.popleft()})
    assert isinstance(said, Incoming)
    [file] = said.files
    return await channel.fetch(file, most_bytes=1000)


async def test_an_address_that_points_to_this_machine_is_not_followed(
    zalo: ZaloBotEmulator, make_channel: MakeChannel, account: Account, books: Database
) -> None:
    channel = make_channel(account, books, allow_private_media=False)
    file = RemoteFile(FileKind.IMAGE, zalo.base_url)
    with pytest.raises(FetchError) as caught:
        await channel.fetch(file, most_bytes=1000)
    assert (caught.value.code, caught.value.is_final) == ("not_public", True)


# Typing


async def receiving(channel: ZaloBot) -> list[str]:
    """Starts to receive; the list fills with what is kept."""
    kept: list[str] = []

    async def receive(account_id: int, updates: Sequence[Update]) -> None:
        assert account_id == channel.account.account_id
        kept.extend(update.event_id for update in updates)

    await channel.open()
    await channel.start_receiving(receive)
    return kept


async def until(is_so: object) -> None:
    assert callable(is_so)
    async with asyncio.timeout(20):
        while not is_so():
            await asyncio.sleep(0.01)


async def test_who_writes_sees_that_we_are_typing_once(
    zalo: ZaloBotEmulator, binh: User, make_channel: MakeChannel, account: Account, books: Database
) -> None:
    channel = make_channel(account, books)
    kept = await receiving(channel)
    await binh.says("chào")
    await until(lambda: binh.typing_ms)
    await binh.says("em ơi")
    await binh.follows()
    await until(lambda: len(kept) == 3)
    lan = zalo.user(name="Lan")
    await lan.says("chào")
    await until(lambda: lan.typing_ms)
    assert methods(zalo).count("sendChatAction") == 2
    assert [received.kind for received in binh.received] == []


@pytest.mark.parametrize("fault", [401, 429, "server_error", "close_before_reading", "html"])
async def test_a_sign_that_cannot_be_shown_harms_nothing(
    zalo: ZaloBotEmulator, binh: User, make_channel: MakeChannel, account: Account, books: Database,
    fault: str | int,
) -> None:  # fmt: skip
    channel = make_channel(account, books)
    zalo.order_fault(fault, method="sendChatAction")
    kept = await receiving(channel)
    await binh.says("chào")
    await until(lambda: "sendChatAction" in methods(zalo))
    await binh.says("em ơi")
    await until(lambda: len(kept) == 2)
    await channel.send(binh.chat_id, Outgoing("dạ"), key="reply:1")
    assert binh.typing_ms == []
