"""The emulator itself: does it answer, refuse, limit and fail as the Bot API does?"""

from __future__ import annotations

import asyncio
import json
from dataclasses import dataclass

import aiohttp
import pytest

from tests.emulators.telegram import (
    FAULTS,
    FloodLimits,
    Limit,
    TelegramEmulator,
    User,
    upgraded_to,
)
from tests.emulators.telegram_client import JSON, Client, Moment

# Calls


async def test_json_form_multipart_and_query_are_read_alike(
    bot_api: TelegramEmulator, call: Client, hoa: User
) -> None:
    url = f"{call.base_url}any-token-will-do/sendMessage"
    keyboard = {"inline_keyboard": [[{"text": "Đăng ký", "callback_data": "dk"}]]}
    given = {"chat_id": "42", "text": "Chào chị", "reply_markup": json.dumps(keyboard)}
    multipart = aiohttp.FormData(given, default_to_multipart=True)
    await call.session.post(url, json={"chat_id": 42, "text": "Chào chị", "reply_markup": keyboard})
    await call.session.post(url, data=given)
    await call.session.post(url, data=multipart)
    await call.session.get(url, params=given)
    heard = await hoa.hears(4)
    assert {(r.text, r.buttons[0].text, r.buttons[0].data) for r in heard} == {("Chào chị", "Đăng ký", "dk")}
    assert [c.outcome for c in bot_api.calls] == ["ok"] * 4


async def test_a_message_comes_back_as_telegram_shows_it(call: Client, hoa: User) -> None:
    first = await call.result("sendMessage", chat_id=42, text="một")
    sent = await call.result(
        "sendMessage",
        chat_id=42,
        text=" <b>Ngày &lt;mai&gt;</b> 🌾 <a href='https://vi.du/'>xem</a>\n",
        parse_mode="HTML",
        reply_parameters={"message_id": first["message_id"]},
        protect_content=True,
    )
    assert sent["text"] == "Ngày <mai> 🌾 xem"
    assert sent["entities"] == [
        {"type": "bold", "offset": 0, "length": 10},
        {"type": "text_link", "offset": 14, "length": 3, "url": "https://vi.du/"},
    ]
    assert sent["from"]["is_bot"] is True
    assert sent["chat"] == {"id": 42, "type": "private", "first_name": "Hoa"}
    assert 1_700_000_000 < sent["date"] < 10_000_000_000
    assert sent["reply_to_message"]["text"] == "một"
    assert sent["has_protected_content"] is True
    assert hoa.received[1].reply_to == first["message_id"]


async def test_get_me_is_a_bot_and_unknown_methods_are_not_found(call: Client) -> None:
    assert (await call.result("getMe"))["is_bot"] is True
    assert await call.refusal("sendThoughts") == (404, "Not Found")


@dataclass(frozen=True)
class Case:
    label: str
    method: str
    params: JSON
    description: str
    status: int = 400


LONG = "ă" * 4097
PIG = "🐖"  # two UTF-16 units
REFUSED = [
    Case("no text", "sendMessage", {"text": ""}, "message text is empty"),
    Case("blank text", "sendMessage", {"text": " \n "}, "message text is empty"),
    Case("long text", "sendMessage", {"text": LONG}, "message is too long"),
    Case("long in UTF-16", "sendMessage", {"text": PIG * 2049}, "message is too long"),
    Case(
        "long caption",
        "sendPhoto",
        {"photo": "https://vi.du/a.jpg", "caption": LONG[:1025]},
        "message caption is too long",
    ),
    Case("lone surrogate", "sendMessage", {"text": "\ud800"}, "strings must be encoded in UTF-8"),
    Case(
        "long button data",
        "sendMessage",
        {"text": "a", "reply_markup": {"inline_keyboard": [[{"text": "b", "callback_data": "ă" * 33}]]}},
        "BUTTON_DATA_INVALID",
    ),
    Case(
        "button that does nothing",
        "sendMessage",
        {"text": "a", "reply_markup": {"inline_keyboard": [[{"text": "b"}]]}},
        "can't parse inline keyboard button: Text buttons are unallowed in the inline keyboard",
    ),
    Case(
        "keyboard that is no JSON",
        "sendMessage",
        {"text": "a", "reply_markup": "{"},
        "can't parse reply keyboard markup JSON object",
    ),
    Case(
        "reply to nothing",
        "sendMessage",
        {"text": "a", "reply_parameters": {"message_id": 999}},
        "message to be replied not found",
    ),
    Case("unknown chat", "sendMessage", {"chat_id": 777, "text": "a"}, "chat not found"),
    Case("chat by name", "sendMessage", {"chat_id": "@hoi", "text": "a"}, "chat not found"),
    Case("no chat", "sendMessage", {"chat_id": None, "text": "a"}, "chat_id is empty"),
    Case("unknown thread", "sendMessage", {"text": "a", "message_thread_id": 5}, "message thread not found"),
    Case(
        "unknown tag",
        "sendMessage",
        {"text": "é<p>a</p>", "parse_mode": "HTML"},
        'can\'t parse entities: Unsupported start tag "p" at byte offset 2',
    ),
    Case(
        "less-than sign",
        "sendMessage",
        {"text": "1 < 2", "parse_mode": "HTML"},
        "can't parse entities: Unclosed start tag at byte offset 2",
    ),
    Case(
        "open tag",
        "sendMessage",
        {"text": "<b>a", "parse_mode": "HTML"},
        "can't parse entities: Can't find end tag corresponding to start tag \"b\"",
    ),
    Case(
        "crossed tags",
        "sendMessage",
        {"text": "<b><i>a</b></i>", "parse_mode": "HTML"},
        'can\'t parse entities: Unmatched end tag at byte offset 7, expected "</i>", found "</b>"',
    ),
    Case(
        "end without start",
        "sendMessage",
        {"text": "a</b>", "parse_mode": "HTML"},
        "can't parse entities: Unexpected end tag at byte offset 1",
    ),
    Case("unknown parse mode", "sendMessage", {"text": "a", "parse_mode": "RTF"}, "unsupported parse_mode"),
    Case("unknown file", "sendPhoto", {"photo": "AgACnothing"}, "wrong file identifier/HTTP URL specified"),
    Case(
        "album of one",
        "sendMediaGroup",
        {"media": [{"type": "photo", "media": "https://vi.du/a.jpg"}]},
        "media group must include 2-10 items",
    ),
    Case(
        "mixed album",
        "sendMediaGroup",
        {"media": [{"type": "photo", "media": "https://a/b"}, {"type": "document", "media": "https://a/c"}]},
        "documents and audio can't be mixed with other media types",
    ),
    Case("edit of nothing", "editMessageText", {"message_id": 999, "text": "a"}, "message to edit not found"),
    Case("deletion of nothing", "deleteMessage", {"message_id": 999}, "message to delete not found"),
    Case(
        "copy of nothing", "copyMessage", {"from_chat_id": 42, "message_id": 999}, "message to copy not found"
    ),
    Case(
        "unknown press",
        "answerCallbackQuery",
        {"callback_query_id": "1"},
        "query is too old and response timeout expired or query ID is invalid",
    ),
    Case(
        "unknown file id", "getFile", {"file_id": "x"}, "wrong file_id or the file is temporarily unavailable"
    ),
    Case(
        "plain webhook",
        "setWebhook",
        {"url": "http://vi.du/"},
        "bad webhook: An HTTPS URL must be provided for webhook",
    ),
    Case(
        "odd webhook port",
        "setWebhook",
        {"url": "https://vi.du:8080/"},
        "bad webhook: Webhook can be set up only on ports 80, 88, 443 or 8443",
    ),
    Case(
        "odd secret",
        "setWebhook",
        {"url": "https://vi.du/", "secret_token": "bí mật"},
        "secret token contains unallowed characters",
    ),
    Case(
        "odd command",
        "setMyCommands",
        {"commands": [{"command": "Đăng ký", "description": "a"}]},
        "BOT_COMMAND_INVALID",
    ),
]


@pytest.mark.parametrize("case", REFUSED, ids=lambda case: case.label)
async def test_what_telegram_refuses_is_refused(case: Case, call: Client, hoa: User) -> None:
    assert await call.refusal(case.method, **{"chat_id": 42} | case.params) == (
        case.status,
        f"Bad Request: {case.description}",
    )
    assert not hoa.received


ACCEPTED = [
    Case("longest text", "sendMessage", {"text": "ă" * 4096}, ""),
    Case("longest in UTF-16", "sendMessage", {"text": PIG * 2048}, ""),
    Case(
        "long markup, short text", "sendMessage", {"text": "<b></b>" * 2000 + "a", "parse_mode": "HTML"}, ""
    ),
    Case("longest caption", "sendPhoto", {"photo": "https://vi.du/a.jpg", "caption": "ă" * 1024}, ""),
    Case(
        "longest data",
        "sendMessage",
        {"text": "a", "reply_markup": {"inline_keyboard": [[{"text": "b", "callback_data": "x" * 64}]]}},
        "",
    ),
    Case(
        "reply that may miss",
        "sendMessage",
        {"text": "a", "reply_parameters": {"message_id": 9, "allow_sending_without_reply": True}},
        "",
    ),
    Case("album", "sendMediaGroup", {"media": [{"type": "photo", "media": "https://a/b"}] * 2}, ""),
]


@pytest.mark.parametrize("case", ACCEPTED, ids=lambda case: case.label)
async def test_what_telegram_takes_is_taken(case: Case, call: Client, hoa: User) -> None:
    await call.result(case.method, chat_id=42, **case.params)
    assert hoa.received


async def test_an_unchanged_edit_is_refused_and_a_changed_one_shows(call: Client, hoa: User) -> None:
    sent = await call.result("sendMessage", chat_id=42, text="một")
    place = {"chat_id": 42, "message_id": sent["message_id"]}
    status, description = await call.refusal("editMessageText", **place, text="một")
    assert (status, "message is not modified" in description) == (400, True)
    await call.result("editMessageText", **place, text="hai")
    seen = await hoa.sees(lambda r: r.text == "hai")
    assert (seen.edits, len(hoa.received)) == (1, 1)
    await call.result("deleteMessage", **place)
    assert hoa.received[0].is_deleted


# Files


async def test_files_are_sent_kept_sent_again_and_fetched(call: Client, hoa: User) -> None:
    form = aiohttp.FormData({"chat_id": "42", "document": "attach://tep"}, quote_fields=False)
    form.add_field("tep", b"noi dung", filename="lịch.pdf", content_type="application/pdf")
    await call.session.post(f"{call.base_url}1:x/sendDocument", data=form)
    [received] = await hoa.hears()
    document = received.raw["document"]
    assert (document["file_name"], document["mime_type"]) == ("lịch.pdf", "application/pdf")
    again = await call.result("sendDocument", chat_id=42, document=document["file_id"])
    assert again["document"]["file_id"] == document["file_id"]
    found = await call.result("getFile", file_id=document["file_id"])
    file_url = call.base_url.removesuffix("bot") + f"file/bot1:x/{found['file_path']}"
    async with call.session.get(file_url) as answer:
        assert await answer.read() == b"noi dung"


async def test_a_picture_from_a_member_can_be_fetched(call: Client, hoa: User) -> None:
    await hoa.sends_photo(b"anh cua chi", caption="ruộng nhà em")
    [update] = await call.result("getUpdates")
    photo = update["message"]["photo"][-1]
    assert update["message"]["caption"] == "ruộng nhà em"
    assert (await call.result("getFile", file_id=photo["file_id"]))["file_size"] == len(b"anh cua chi")


# Limits


async def test_limits_are_off_at_first(call: Client, hoa: User) -> None:
    assert await call.send_many(*[42] * 40) == [0] * 40


async def test_each_chat_has_its_limit_and_impatience_extends_the_wait(
    bot_api: TelegramEmulator, call: Client, hoa: User, moment: Moment
) -> None:
    bot_api.user(id=43)
    bot_api.limits = FloodLimits(per_chat=Limit(1, 1.0))
    assert await call.send_many(42, 42, 43) == [0, 1, 0]
    moment.now += 0.9
    assert await call.send_many(42) == [1]
    moment.now += 0.9  # the second is over, the extended wait is not
    assert await call.send_many(42) == [1]
    moment.now += 1.0
    assert await call.send_many(42) == [0]


async def test_groups_and_the_whole_bot_have_theirs(
    bot_api: TelegramEmulator, call: Client, hoa: User, moment: Moment
) -> None:
    bot_api.group(id=-100)
    bot_api.limits = FloodLimits(per_group=Limit(2, 60.0), overall=Limit(5, 1.0))
    assert await call.send_many(-100, -100, -100) == [0, 0, 60]
    assert await call.send_many(42, 42, 42, 42) == [0, 0, 0, 1]
    moment.now += 1.0
    assert await call.send_many(42, -100) == [0, 59]
    assert (await call("getMe"))[0] == 200
    assert (await call("sendChatAction", chat_id=42, action="typing"))[0] == 200


# Faults


@pytest.mark.parametrize("name", [name for name, fault in FAULTS.items() if fault.ending.value == "answer"])
async def test_every_ordered_answer_comes_once(
    name: str, bot_api: TelegramEmulator, call: Client, hoa: User
) -> None:
    bot_api.order_fault(name)
    async with call.session.post(
        f"{call.base_url}1:x/sendMessage", json={"chat_id": 42, "text": "a"}
    ) as answer:
        assert answer.status == FAULTS[name].status
        assert await answer.read() == FAULTS[name].body
    assert len(hoa.received) == int(FAULTS[name].accepts)
    assert bot_api.calls[-1].outcome == name
    await call.result("sendMessage", chat_id=42, text="a")


@pytest.mark.parametrize(
    "name", [name for name, fault in FAULTS.items() if fault.ending.value in {"close", "cut"}]
)
async def test_every_broken_connection_breaks_and_only_accepting_ones_deliver(
    name: str, bot_api: TelegramEmulator, call: Client, hoa: User
) -> None:
    bot_api.order_fault(name)
    with pytest.raises(aiohttp.ClientError):
        await call("sendMessage", chat_id=42, text="a")
    assert len(hoa.received) == int(FAULTS[name].accepts)
    await call.result("sendMessage", chat_id=42, text="b")


@pytest.mark.parametrize("name", ["hang", "hang_after_accepting"])
async def test_a_hanging_call_hangs(name: str, bot_api: TelegramEmulator, call: Client, hoa: User) -> None:
    bot_api.order_fault(name)
    hanging = asyncio.create_task(call("sendMessage", chat_id=42, text="a"))
    await bot_api.is_called()
    if FAULTS[name].accepts:
        await hoa.hears()
    answered, _ = await asyncio.wait({hanging}, timeout=0.05)
    assert not answered
    assert len(hoa.received) == int(FAULTS[name].accepts)
    assert bot_api.calls[-1].answered_at is None
    hanging.cancel()


async def test_faults_strike_by_chat_method_number_and_chance(
    bot_api: TelegramEmulator, call: Client, hoa: User
) -> None:
    bot_api.user(id=43)
    bot_api.order_fault("blocked", chat=hoa, times=2)
    assert [(await call("sendMessage", chat_id=c, text="a"))[0] for c in (43, 42, 42, 42)] == [
        200,
        403,
        403,
        200,
    ]
    bot_api.order_fault("bad_gateway", method="sendPhoto", times=None)
    assert (await call("sendMessage", chat_id=42, text="a"))[0] == 200
    assert (await call("sendPhoto", chat_id=42))[0] == 502
    bot_api.faults.clear()
    bot_api.order_fault("server_error", probability=0.5, times=None)
    statuses = [(await call("sendMessage", chat_id=42, text="a"))[0] for _ in range(60)]
    assert 10 < statuses.count(500) < 50
    bot_api.faults.clear()
    bot_api.order_fault(upgraded_to(-1007), accepts=True)
    status, envelope = await call("sendMessage", chat_id=42, text="đến rồi")
    assert (status, envelope["parameters"]) == (400, {"migrate_to_chat_id": -1007})
    assert hoa.received[-1].text == "đến rồi"


async def test_the_log_tells_times_and_outcomes_and_stays_small(
    bot_api: TelegramEmulator, call: Client, hoa: User, moment: Moment
) -> None:
    await call("sendMessage", chat_id=42, text="a")
    moment.now += 5
    await call("sendMessage", chat_id=42, text="x" * 100_000)
    first, second = bot_api.calls
    assert (first.method, first.chat_id, first.params["text"]) == ("sendMessage", 42, "a")
    assert (first.arrived_at, first.answered_at, first.outcome) == (1000.0, 1000.0, "ok")
    assert (second.arrived_at, second.outcome) == (1005.0, "400")
    assert len(second.params["text"]) < 10_000
    assert hoa.received[0].arrived_at == 1000.0


async def test_answers_take_as_long_as_told(call: Client, hoa: User) -> None:
    loop = asyncio.get_running_loop()
    async with TelegramEmulator(delay_s=0.03) as slow:
        slow.user(id=42)
        start = loop.time()
        await Client(call.session, slow.base_url).result("sendMessage", chat_id=42, text="a")
        assert loop.time() - start >= 0.03
        [logged] = slow.calls
        assert logged.answered_at is not None
        assert logged.answered_at - logged.arrived_at >= 0.029
