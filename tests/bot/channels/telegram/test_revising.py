import pytest

from bot.channels.contract import (
    Attachment,
    Choice,
    FileKind,
    Outgoing,
    Retry,
    Revising,
    SendError,
    Span,
    Style,
)
from bot.channels.telegram.channel import Telegram
from bot.files import StoredFile
from tests.bot.channels.telegram.conftest import MakeChannel
from tests.emulators.telegram import TelegramEmulator, User
from tests.emulators.telegram.faults import refusal

PNG = b"\x89PNG\r\n\x1a\n" + b"\0" * 40


async def _send(channel: Telegram, hoa: User, message: Outgoing) -> str:
    return (await channel.send(str(hoa.user_id), message, key="announcement:1")).platform_id


async def test_what_was_sent_reads_otherwise_however_often_it_is_asked_for(
    hoa: User, channel: Telegram
) -> None:
    assert isinstance(channel, Revising)
    sent = await _send(channel, hoa, Outgoing("Họp lúc 8 giờ.", (Choice("1", "Em đi"),)))
    new = Outgoing("Họp lúc 9 giờ.", (Choice("1", "Em đi"),), spans=(Span(Style.BOLD, 8, 5),))
    for _ in range(2):
        await channel.edit(str(hoa.user_id), sent, new)
    [seen] = await hoa.hears()
    assert (seen.text, seen.edits) == ("Họp lúc 9 giờ.", 1)
    assert seen.raw["entities"] == [{"type": "bold", "offset": 8, "length": 5}]
    assert [button.text for button in seen.buttons] == ["Em đi"]


async def test_words_below_a_picture_are_edited_there(
    bot_api: TelegramEmulator, hoa: User, make_channel: MakeChannel
) -> None:
    async def read_file(_file_id: int) -> StoredFile:
        return StoredFile(1, FileKind.IMAGE, "hop.png", "image/png", "0" * 64, PNG)

    channel = make_channel(read_file=read_file)
    await channel.open()
    picture = Attachment(FileKind.IMAGE, 1)
    sent = await _send(channel, hoa, Outgoing("Họp lúc 8 giờ.", attachment=picture))
    await channel.edit(str(hoa.user_id), sent, Outgoing("Họp lúc 9 giờ.", attachment=picture))
    [seen] = await hoa.hears()
    assert seen.raw["caption"] == "Họp lúc 9 giờ."
    assert "text" not in seen.raw


async def test_words_that_stand_apart_from_their_file_are_edited_as_words(
    bot_api: TelegramEmulator, hoa: User, channel: Telegram
) -> None:
    sent = await _send(channel, hoa, Outgoing("Họp lúc 8 giờ."))
    bot_api.order_fault(
        refusal(400, "Bad Request: there is no caption in the message to edit"), method="editMessageCaption"
    )
    await channel.edit(str(hoa.user_id), sent, Outgoing("9 giờ.", attachment=Attachment(FileKind.IMAGE, 1)))
    assert [seen.text for seen in await hoa.hears()] == ["9 giờ."]


async def test_what_was_sent_is_taken_back_once_for_all(hoa: User, channel: Telegram) -> None:
    sent = await _send(channel, hoa, Outgoing("Họp lúc 8 giờ."))
    await hoa.hears()
    for _ in range(2):
        await channel.recall(str(hoa.user_id), sent)
    assert [seen.is_deleted for seen in hoa.received] == [True]


async def test_a_message_that_she_deleted_cannot_be_edited(hoa: User, channel: Telegram) -> None:
    with pytest.raises(SendError) as error:
        await channel.edit(str(hoa.user_id), "999", Outgoing("9 giờ."))
    assert (error.value.code, error.value.retry) == ("telegram_too_late", Retry.NEVER)


async def test_a_refusal_means_what_it_means_for_a_send(
    bot_api: TelegramEmulator, hoa: User, channel: Telegram
) -> None:
    sent = await _send(channel, hoa, Outgoing("Họp lúc 8 giờ."))
    bot_api.order_fault(refusal(403, "Forbidden: bot was blocked by the user"), method="deleteMessage")
    with pytest.raises(SendError) as error:
        await channel.recall(str(hoa.user_id), sent)
    assert (error.value.code, error.value.retry) == ("telegram_blocked", Retry.NEVER)
