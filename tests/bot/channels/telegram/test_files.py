"""Files both ways: what we attach as Telegram gets it, what people send as we fetch it."""

import traceback
from collections.abc import Awaitable, Callable

import pytest

from bot.channels.contract import (
    Attachment,
    Choice,
    FetchError,
    FileKind,
    Incoming,
    Outgoing,
    RemoteFile,
    SendError,
)
from bot.channels.telegram.channel import Telegram
from bot.files import StoredFile
from bot.media_types import media_type_of
from tests.bot.channels.telegram.conftest import TOKEN, MakeChannel
from tests.emulators.telegram import TelegramEmulator, User

JPEG = b"\xff\xd8\xff\xe0 a made-up picture"
OGG = b"OggS a made-up voice"
AAC = b"\xff\xf1 a made-up voice"
PDF = b"%PDF-1.7 a made-up form"
HTML = b"<script>alert(1)</script>"


def stored(kind: FileKind, data: bytes, name: str = "") -> StoredFile:
    return StoredFile(5, kind, name, media_type_of(data), f"sha of {data!r}", data)


async def sender(make_channel: MakeChannel, file: StoredFile | None) -> Telegram:
    async def read_file(file_id: int) -> StoredFile | None:
        assert file_id == 5
        return file

    channel = make_channel(read_file=read_file)
    await channel.open()
    return channel


def carrying(kind: FileKind, text: str = "Kèm câu hỏi mã 12") -> Outgoing:
    return Outgoing(text, (Choice("1", "Rõ"),), attachment=Attachment(kind, 5))


@pytest.mark.parametrize(
    ("kind", "data", "name", "field", "file_name"),
    [
        (FileKind.IMAGE, JPEG, "", "photo", None),
        (FileKind.IMAGE, HTML, "a.jpg", "document", "a.jpg"),
        (FileKind.GIF, b"GIF89a", "", "animation", "gif.gif"),
        (FileKind.VOICE, OGG, "", "voice", None),
        (FileKind.VOICE, AAC, "", "document", "voice.aac"),
        (FileKind.VIDEO, b"\x00\x00\x00\x18ftypisom", "", "video", "video.mp4"),
        (FileKind.FILE, PDF, "đơn xin vay.pdf", "document", "đơn xin vay.pdf"),
        (FileKind.FILE, PDF, "đơn", "document", "đơn.pdf"),
        (FileKind.FILE, HTML, "", "document", "file"),
    ],
)
async def test_a_file_goes_as_what_it_is(
    bot_api: TelegramEmulator, hoa: User, make_channel: MakeChannel,
    kind: FileKind, data: bytes, name: str, field: str, file_name: str | None,
) -> None:  # fmt: skip
    channel = await sender(make_channel, stored(kind, data, name))
    receipt = await channel.send(str(hoa.user_id), carrying(kind), key="reply:1")
    [received] = await hoa.hears()
    assert receipt.platform_id == str(received.message_id)
    assert received.text == "Kèm câu hỏi mã 12"
    assert [button.text for button in received.buttons] == ["Rõ"]
    content = received.raw[field]
    content = content[-1] if isinstance(content, list) else content
    assert content.get("file_name") == file_name
    assert bot_api.world.files[content["file_id"]].content == data


async def test_a_file_is_uploaded_once_for_everybody(
    bot_api: TelegramEmulator, hoa: User, make_channel: MakeChannel
) -> None:
    channel = await sender(make_channel, stored(FileKind.IMAGE, JPEG))
    for n in range(3):
        await channel.send(str(hoa.user_id), carrying(FileKind.IMAGE), key=f"reply:{n}")
    assert len(await hoa.hears(3)) == 3
    assert len(bot_api.world.files) == 1


async def test_words_too_long_for_a_caption_follow_the_file(
    hoa: User, bot_api: TelegramEmulator, make_channel: MakeChannel
) -> None:
    channel = await sender(make_channel, stored(FileKind.IMAGE, JPEG))
    message = carrying(FileKind.IMAGE, "ạ" * 1025)
    bot_api.order_fault("server_error", method="sendMessage")
    with pytest.raises(SendError):
        await channel.send(str(hoa.user_id), message, key="reply:1")
    await channel.send(str(hoa.user_id), message, key="reply:1")  # The sender's second try.
    picture, words = await hoa.hears(2)
    assert ("photo" in picture.raw, picture.text) == (True, "")
    assert words.text == "ạ" * 1025


async def test_a_caption_of_just_the_limit_stays_below_its_picture(
    hoa: User, make_channel: MakeChannel
) -> None:
    channel = await sender(make_channel, stored(FileKind.IMAGE, JPEG))
    await channel.send(str(hoa.user_id), carrying(FileKind.IMAGE, "ạ" * 1024), key="reply:1")
    assert len(await hoa.hears()) == 1


async def test_words_go_alone_where_the_file_is_gone_or_refused(
    hoa: User, bot_api: TelegramEmulator, make_channel: MakeChannel
) -> None:
    gone = await sender(make_channel, None)
    await gone.send(str(hoa.user_id), carrying(FileKind.IMAGE), key="reply:1")
    refused = await sender(make_channel, stored(FileKind.IMAGE, JPEG))
    bot_api.order_fault("bad_request", method="sendPhoto")
    bot_api.order_fault("bad_request", method="sendDocument")
    await refused.send(str(hoa.user_id), carrying(FileKind.IMAGE), key="reply:2")
    assert [received.raw["text"] for received in await hoa.hears(2)] == ["Kèm câu hỏi mã 12"] * 2


async def test_a_picture_that_telegram_does_not_like_goes_as_a_file(
    hoa: User, bot_api: TelegramEmulator, make_channel: MakeChannel
) -> None:
    channel = await sender(make_channel, stored(FileKind.IMAGE, JPEG))
    bot_api.order_fault("bad_request", method="sendPhoto")
    await channel.send(str(hoa.user_id), carrying(FileKind.IMAGE), key="reply:1")
    [received] = await hoa.hears()
    assert "document" in received.raw


async def test_who_blocked_us_is_unreachable_for_a_picture_too(hoa: User, make_channel: MakeChannel) -> None:
    channel = await sender(make_channel, stored(FileKind.IMAGE, JPEG))
    await hoa.blocks()
    with pytest.raises(SendError) as caught:
        await channel.send(str(hoa.user_id), carrying(FileKind.IMAGE), key="reply:1")
    assert caught.value.code == "telegram_blocked"


@pytest.mark.parametrize(("quotes", "is_quoted"), [("{id}", True), ("999999", False), ("x", False)])
async def test_an_answer_quotes_her_message_where_it_is_still_there(
    hoa: User, channel: Telegram, quotes: str, is_quoted: bool
) -> None:
    asked = await hoa.says("hỏi")
    message = Outgoing("trả lời", quotes=quotes.format(id=asked))
    await channel.send(str(hoa.user_id), message, key="reply:1")
    [received] = await hoa.hears()
    assert received.reply_to == (asked if is_quoted else None)


# What people send

SENDS: list[tuple[str, Callable[[User], Awaitable[int]], FileKind, str]] = [
    ("a photo", lambda hoa: hoa.sends_photo(JPEG), FileKind.IMAGE, ""),
    ("a voice", lambda hoa: hoa.sends("voice", JPEG), FileKind.VOICE, ""),
    ("a song", lambda hoa: hoa.sends("audio", JPEG, name="a.mp3"), FileKind.VOICE, "a.mp3"),
    ("a film", lambda hoa: hoa.sends("video", JPEG, name="a.mp4"), FileKind.VIDEO, "a.mp4"),
    ("a round film", lambda hoa: hoa.sends("video_note", JPEG), FileKind.VIDEO, ""),
    ("an animation", lambda hoa: hoa.sends("animation", JPEG, name="a.gif"), FileKind.GIF, "a.gif"),
    ("a document", lambda hoa: hoa.sends("document", JPEG, name="đơn.pdf"), FileKind.FILE, "đơn.pdf"),
    (
        "a picture as it is",
        lambda hoa: hoa.sends("document", JPEG, name="a.jpg", content_type="image/jpeg"),
        FileKind.IMAGE,
        "a.jpg",
    ),
]


async def remote(bot_api: TelegramEmulator, channel: Telegram) -> RemoteFile:
    [update] = await bot_api.world.updates.poll(offset=0, limit=100, timeout_s=0)
    said = channel.parse(update)
    assert isinstance(said, Incoming)
    [file] = said.files
    return file


@pytest.mark.parametrize(("label", "send", "kind", "name"), SENDS, ids=[case[0] for case in SENDS])
async def test_what_she_sends_is_fetched(
    bot_api: TelegramEmulator, hoa: User, channel: Telegram,
    label: str, send: Callable[[User], Awaitable[int]], kind: FileKind, name: str,
) -> None:  # fmt: skip
    await send(hoa)
    file = await remote(bot_api, channel)
    assert (file.kind, file.name) == (kind, name)
    assert await channel.fetch(file, most_bytes=1000) == JPEG


async def test_a_sticker_is_no_file(bot_api: TelegramEmulator, hoa: User, channel: Telegram) -> None:
    await hoa.sends("sticker")
    [update] = await bot_api.world.updates.poll(offset=0, limit=100, timeout_s=0)
    said = channel.parse(update)
    assert isinstance(said, Incoming)
    assert (said.files, said.media) == ((), "sticker")


async def refused(channel: Telegram, file: RemoteFile, *, most_bytes: int = 1000) -> FetchError:
    with pytest.raises(FetchError) as caught:
        await channel.fetch(file, most_bytes=most_bytes)
    assert TOKEN.partition(":")[2] not in "".join(traceback.format_exception(caught.value))
    return caught.value


async def test_what_cannot_be_fetched_says_whether_for_good(
    bot_api: TelegramEmulator, hoa: User, channel: Telegram
) -> None:
    await hoa.sends_photo(JPEG)
    file = await remote(bot_api, channel)
    found = [
        await refused(channel, file, most_bytes=5),
        await refused(channel, RemoteFile(FileKind.IMAGE, "x")),
    ]
    bot_api.order_fault("server_error", method="getFile")
    found.append(await refused(channel, file))
    bot_api.order_fault("close_before_reading", method="getFile")
    found.append(await refused(channel, file))
    assert [(error.code, error.is_final) for error in found] == [
        ("too_large", True),
        ("gone", True),
        ("no_connection", False),
        ("no_connection", False),
    ]
    assert await channel.fetch(file, most_bytes=1000) == JPEG
