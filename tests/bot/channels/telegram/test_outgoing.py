from typing import Any

import pytest

from bot.channels.contract import Choice, Incoming, IncomingKind, Outgoing, Span, Style
from bot.channels.telegram.channel import Telegram
from bot.channels.telegram.outgoing import PHONE_LABEL
from tests.emulators.telegram import TelegramEmulator, User

YES, NO = Choice("1", "Đồng ý"), Choice("2", "Không")
REMOVED = {"remove_keyboard": True}

# What is sent, and the whole `reply_markup` that goes with it.
KEYBOARDS: list[tuple[str, Outgoing, dict[str, Any]]] = [
    ("no buttons", Outgoing("chào"), REMOVED),
    (
        "short buttons stand beside each other",
        Outgoing("1 hay 2?", (YES, NO)),
        {"inline_keyboard": [[{"text": "Đồng ý", "callback_data": "1"}, {"text": "Không", "callback_data": "2"}]]},
    ),
    (
        "long ones below each other",
        Outgoing("1 hay 2?", (Choice("1", "Phường Ninh Kiều (cũ)"), Choice("2", "Xã Kế Sách"))),
        {
            "inline_keyboard": [
                [{"text": "Phường Ninh Kiều (cũ)", "callback_data": "1"}],
                [{"text": "Xã Kế Sách", "callback_data": "2"}],
            ]
        },
    ),
    (
        "a label that is too long is cut, one that is missing is the value",
        Outgoing("?", (Choice("1", "ấp " * 40), Choice("2", " "))),
        {
            "inline_keyboard": [
                [{"text": "ấp " * 20 + "ấp…", "callback_data": "1"}],
                [{"text": "2", "callback_data": "2"}],
            ]
        },
    ),
    (
        "what no button can carry is left to the text",
        Outgoing("?", (Choice("ậ" * 21 + "bb", "Quá dài"), Choice("", "Trống"), Choice("ậ" * 21 + "b", "Vừa"))),
        {"inline_keyboard": [[{"text": "Vừa", "callback_data": "ậ" * 21 + "b"}]]},
    ),
    ("no button left", Outgoing("?", (Choice("x" * 65, "Quá dài"),)), REMOVED),
    (
        "her number",
        Outgoing("Số của chị?", asks_phone=True),
        {"keyboard": [[{"text": PHONE_LABEL, "request_contact": True}]], "one_time_keyboard": True, "resize_keyboard": True},
    ),
    (
        "her number, or not",
        Outgoing("Số của chị? 0 để bỏ qua", (Choice("0", "Bỏ qua"),), asks_phone=True),
        {
            "keyboard": [[{"text": PHONE_LABEL, "request_contact": True}], [{"text": "0\u2063 – Bỏ qua"}]],
            "one_time_keyboard": True,
            "resize_keyboard": True,
        },
    ),
]  # fmt: skip


@pytest.mark.parametrize(
    ("sent", "keyboard"), [case[1:] for case in KEYBOARDS], ids=[case[0] for case in KEYBOARDS]
)
async def test_a_message_is_sent_with_its_buttons(
    bot_api: TelegramEmulator, hoa: User, channel: Telegram, sent: Outgoing, keyboard: dict[str, Any]
) -> None:
    message_id = (await channel.send(str(hoa.user_id), sent, key="reply:1")).platform_id
    [received] = await hoa.hears()
    assert message_id == str(received.message_id)
    [call] = bot_api.calls_of("sendMessage")
    assert call.params == {
        "chat_id": str(hoa.user_id),
        "text": sent.text,
        "link_preview_options": {"is_disabled": True},
        "reply_markup": keyboard,
    }


@pytest.mark.parametrize(
    "words", ["<b>đậm</b> & *sao* _gạch_ [x](y)", "/start", "=1+1", "👩‍🌾" * 500, "ជំរាបសួរ", "ạ" * 4096]
)
async def test_text_arrives_as_it_was_written(hoa: User, channel: Telegram, words: str) -> None:
    await channel.send(str(hoa.user_id), Outgoing(words), key="reply:1")
    assert [received.text for received in await hoa.hears()] == [words]


async def test_the_buttons_come_back_as_their_values(
    bot_api: TelegramEmulator, hoa: User, channel: Telegram
) -> None:
    async def pressed(label: str) -> list[tuple[IncomingKind, str]]:
        before = bot_api.world.updates.pending_count
        await hoa.presses(label)
        updates = await bot_api.world.updates.poll(offset=0, limit=100, timeout_s=0)
        understood = [channel.parse(update) for update in updates[before:]]
        return [(said.kind, said.text) for said in understood if isinstance(said, Incoming)]

    skip = Outgoing("Số của chị? 0 để bỏ qua", (Choice("0", "Bỏ qua"),), asks_phone=True)
    await channel.send(str(hoa.user_id), Outgoing("1 hay 2?", (YES, NO)), key="reply:1")
    await channel.send(str(hoa.user_id), skip, key="reply:2")
    assert await pressed("Không") == [(IncomingKind.CHOICE, "2")]
    assert await pressed("0\u2063 – Bỏ qua") == [(IncomingKind.CHOICE, "0")]
    assert await pressed(PHONE_LABEL) == [(IncomingKind.PHONE, "+84912000111")]


async def test_what_stands_out_is_told_beside_the_text(
    bot_api: TelegramEmulator, hoa: User, channel: Telegram
) -> None:
    spans = (Span(Style.BOLD, 0, 4), Span(Style.ITALIC, 5, 2))
    await channel.send(str(hoa.user_id), Outgoing("Chào ấp", spans=spans), key="reply:1")
    assert [received.text for received in await hoa.hears()] == ["Chào ấp"]
    [call] = bot_api.calls_of("sendMessage")
    assert call.params["entities"] == [
        {"type": "bold", "offset": 0, "length": 4},
        {"type": "italic", "offset": 5, "length": 2},
    ]
