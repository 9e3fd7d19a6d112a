"""What the Zalo Bot emulator takes, refuses and counts."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta

import aiohttp
import pytest

from tests.emulators.parameters import JSON
from tests.emulators.zalo_bot import User, ZaloBotEmulator
from tests.emulators.zalo_bot_tests.client import MORNING, BotClient


async def test_all_four_encodings_are_read_alike(zalo: ZaloBotEmulator, call: BotClient, lan: User) -> None:
    url = f"{zalo.base_url}{zalo.bot.token}/sendMessage"
    given = {"chat_id": lan.chat_id, "text": "Chào chị"}
    await call.session.post(url, json=given)
    await call.session.post(url, data=given)
    await call.session.post(url, data=aiohttp.FormData(given, default_to_multipart=True))
    await call.session.get(url, params=given)
    assert [r.text for r in await lan.hears(4)] == ["Chào chị"] * 4


async def test_an_answer_names_the_message_and_its_time_in_ms(call: BotClient, lan: User) -> None:
    answer = await call("sendMessage", chat_id=lan.chat_id, text="Chào chị")
    result = {"message_id": lan.received[0].message_id, "date": int(MORNING.timestamp() * 1000)}
    assert answer == {"ok": True, "result": result}
    assert len(result["message_id"]) == 20  # type: ignore[arg-type]  # a text, as the comparison above shows


@pytest.mark.parametrize(
    ("path", "code"),
    [("1:wrong/getMe", 401), ("{token}/getme", 404), ("{token}/editMessage", 404), ("{token}/getMe", 0)],
)
async def test_tokens_and_methods_are_exact_and_errors_come_with_200(
    zalo: ZaloBotEmulator, call: BotClient, path: str, code: int
) -> None:
    async with call.session.get(zalo.base_url + path.format(token=zalo.bot.token)) as answer:
        assert answer.status == 200
        body = await answer.json()
    assert body.get("error_code", 0) == code
    assert body["ok"] is (code == 0)


async def test_a_reset_token_is_dead(zalo: ZaloBotEmulator, call: BotClient) -> None:
    old = zalo.bot.token
    zalo.world.reset_token(zalo.bot)
    async with call.session.get(f"{zalo.base_url}{old}/getMe") as answer:
        assert (await answer.json())["error_code"] == 401
    assert (await call("getMe"))["result"]["account_type"] == "BASIC"


async def test_errors_may_carry_a_matching_status(call: BotClient) -> None:
    call.zalo.uses_http_status = True
    async with call.session.get(f"{call.zalo.base_url}1:x/getMe") as answer:
        assert answer.status == 401


@dataclass(frozen=True)
class Send:
    label: str
    method: str
    code: int
    params: JSON = field(default_factory=dict)


SENDS = [
    Send("text", "sendMessage", 0, {"text": "a"}),
    Send("2000", "sendMessage", 0, {"text": "a" * 2000}),
    Send("2001", "sendMessage", 400, {"text": "a" * 2001}),
    Send("1001 emoji are 2002 units", "sendMessage", 400, {"text": "🌾" * 1001}),
    Send("no text", "sendMessage", 400, {"text": ""}),
    Send("a number", "sendMessage", 400, {"text": 5}),
    Send("html", "sendMessage", 0, {"text": "a", "parse_mode": "html"}),
    Send("HTML", "sendMessage", 400, {"text": "a", "parse_mode": "HTML"}),
    Send("styles", "sendMessage", 0, {"text": "abc", "text_styles": [{"start": 0, "len": 3, "st": ["b", "c_15a85f"]}]}),
    Send("styles beyond the text", "sendMessage", 400, {"text": "abc", "text_styles": [{"start": 0, "len": 4, "st": ["b"]}]}),
    Send("an unknown style", "sendMessage", 400, {"text": "abc", "text_styles": [{"start": 0, "len": 1, "st": ["x"]}]}),
    Send("a photo that is no address", "sendPhoto", 400, {"photo": "file_id"}),
    Send("a photo that is not there", "sendPhoto", 400, {"photo": "http://127.0.0.1:1/a.jpg"}),
    Send("a caption of 2001", "sendPhoto", 400, {"photo": "http://127.0.0.1:1/a.jpg", "caption": "a" * 2001}),
    Send("a sticker", "sendSticker", 0, {"sticker": "0e07"}),
    Send("no sticker", "sendSticker", 400),
    Send("a voice", "sendVoice", 0, {"voice_url": "https://vi.du/a.aac"}),
    Send("no voice", "sendVoice", 400),
    Send("another action", "sendChatAction", 400, {"action": "upload_photo"}),
]  # fmt: skip


@pytest.mark.parametrize("case", SENDS, ids=lambda case: case.label)
async def test_a_send_is_taken_or_refused(call: BotClient, lan: User, case: Send) -> None:
    assert await call.code(case.method, chat_id=lan.chat_id, **case.params) == case.code
    assert len(lan.received) == (case.code == 0)


async def test_only_those_who_wrote_can_be_written_to(zalo: ZaloBotEmulator, call: BotClient) -> None:
    stranger = zalo.user()
    assert await call.code("sendMessage", chat_id=stranger.chat_id, text="a") == 400
    assert await call.code("sendMessage", chat_id="0123", text="a") == 400
    await stranger.says("chào")
    assert await call.code("sendMessage", chat_id=stranger.chat_id, text="a") == 0
    other = zalo.user(bot=zalo.new_bot(), has_written=True)
    assert await call.code("sendMessage", chat_id=other.chat_id, text="a") == 400


async def test_a_photo_is_fetched(zalo: ZaloBotEmulator, call: BotClient, lan: User) -> None:
    url = zalo.world.keep_media(b"jpg", "image/jpeg", "a.jpg")
    assert await call.code("sendPhoto", chat_id=lan.chat_id, photo=url, caption="Ảnh") == 0
    assert (lan.received[0].text, lan.received[0].media) == ("Ảnh", url)


async def test_typing_is_answered_without_a_result(call: BotClient, lan: User) -> None:
    assert await call("sendChatAction", chat_id=lan.chat_id, action="typing") == {"ok": True}
    assert len(lan.typing_ms) == 1


async def test_the_plan_ends_sends_and_users(zalo: ZaloBotEmulator, call: BotClient, lan: User) -> None:
    zalo.bot.monthly_messages = 2
    zalo.bot.most_users = 1
    codes = [await call.code("sendMessage", chat_id=lan.chat_id, text="a") for _ in range(3)]
    assert codes == [0, 0, 429]
    zalo.clock.move(timedelta(days=31))
    assert await call.code("sendMessage", chat_id=lan.chat_id, text="a") == 0
    extra = zalo.user()
    await extra.says("chào")
    assert await call.code("sendMessage", chat_id=extra.chat_id, text="a") == 400
    zalo.bot.extra_user_code = None
    assert await call.code("sendMessage", chat_id=extra.chat_id, text="a") == 0


async def test_received_messages_may_count_too(zalo: ZaloBotEmulator, call: BotClient, lan: User) -> None:
    zalo.bot.monthly_messages = 2
    zalo.bot.counts_received = True
    await lan.says("một")
    assert [await call.code("sendMessage", chat_id=lan.chat_id, text="a") for _ in range(2)] == [0, 429]


async def test_in_a_group_the_bot_hears_mentions_and_replies_only(
    zalo: ZaloBotEmulator, call: BotClient, lan: User
) -> None:
    group = zalo.group()
    await lan.says("nói chuyện riêng", group=group, mentions=False)
    await lan.says("mấy giờ họp", group=group)
    update = (await call("getUpdates", timeout="1"))["result"]["message"]
    assert update["chat"] == {"id": group.chat_id, "chat_type": "GROUP"}
    assert update["text"] == "@Bot Chị Hội mấy giờ họp"
    await call("sendMessage", chat_id=group.chat_id, text="8 giờ")
    await lan.says("cảm ơn", group=group, mentions=False, reply_to=group.received[0].message_id)
    assert (await call("getUpdates", timeout="1"))["result"]["message"]["text"] == "cảm ơn"
    assert await call.code("sendVoice", chat_id=group.chat_id, voice_url="https://vi.du/a.aac") == 0
    assert len(group.received) == 1


async def test_blocking_answers_403_until_she_writes_again(call: BotClient, lan: User) -> None:
    await lan.blocks()
    assert await call.code("sendMessage", chat_id=lan.chat_id, text="a") == 403
    await lan.says("em ơi")
    assert await call.code("sendMessage", chat_id=lan.chat_id, text="a") == 0


async def test_own_messages_may_be_echoed(zalo: ZaloBotEmulator, call: BotClient, lan: User) -> None:
    zalo.bot.echoes_own = True
    await call("sendMessage", chat_id=lan.chat_id, text="a")
    update = (await call("getUpdates", timeout="1"))["result"]["message"]
    assert update["from"] == {"id": zalo.bot.bot_id, "display_name": "Bot Chị Hội", "is_bot": True}


async def test_faults_can_be_ordered(zalo: ZaloBotEmulator, call: BotClient, lan: User) -> None:
    zalo.order_fault(403, times=2, user=lan)
    codes = [await call.code("sendMessage", chat_id=lan.chat_id, text="a") for _ in range(3)]
    assert codes == [403, 403, 0]
    zalo.order_fault("close_after_accepting", method="sendMessage")
    with pytest.raises(aiohttp.ClientError):
        await call("sendMessage", chat_id=lan.chat_id, text="a")
    assert len(lan.received) == 2
    zalo.order_fault("no_result")
    assert await call("sendMessage", chat_id=lan.chat_id, text="a") == {"ok": True}
    assert [c.outcome for c in zalo.calls.of("sendMessage")] == [
        "403",
        "403",
        "ok",
        "close_after_accepting",
        "no_result",
    ]
