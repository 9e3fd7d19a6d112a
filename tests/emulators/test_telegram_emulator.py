"""The emulator itself: does it answer, refuse, limit and deliver as the Bot API does?"""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import aiohttp
import pytest
from aiohttp import web

from tests.emulators.telegram import (
    FAULTS,
    FloodLimits,
    Limit,
    Patience,
    RemoteTelegram,
    TelegramEmulator,
    User,
    upgraded_to,
)

JSON = dict[str, Any]


@dataclass
class Client:
    """Calls the emulator as a bot would: (status, envelope) of every call."""

    session: aiohttp.ClientSession
    base_url: str

    async def __call__(self, method: str, **params: Any) -> tuple[int, JSON]:
        async with self.session.post(f"{self.base_url}1:x/{method}", json=params) as answer:
            return answer.status, await answer.json()

    async def result(self, method: str, **params: Any) -> Any:
        status, envelope = await self(method, **params)
        assert status == 200, envelope
        assert envelope["ok"] is True
        return envelope["result"]

    async def refusal(self, method: str, **params: Any) -> tuple[int, str]:
        status, envelope = await self(method, **params)
        assert envelope["ok"] is False
        assert envelope["error_code"] == status
        return status, envelope["description"]


class Moment:
    """A clock that stands still until it is moved."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def moment() -> Moment:
    return Moment()


@pytest.fixture
async def bot_api(moment: Moment) -> AsyncIterator[TelegramEmulator]:
    async with TelegramEmulator(
        clock=moment, patience=Patience(answer_s=5.0, first_delay_s=0.001)
    ) as emulator:
        yield emulator


@pytest.fixture
async def call(bot_api: TelegramEmulator) -> AsyncIterator[Client]:
    async with aiohttp.ClientSession() as session:
        yield Client(session, bot_api.base_url)


@pytest.fixture
def hoa(bot_api: TelegramEmulator) -> User:
    return bot_api.user(name="Hoa", id=42)


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


# Updates


async def test_updates_stay_until_a_later_offset_confirms_them(call: Client, hoa: User) -> None:
    for text in ("một", "hai", "ba"):
        await hoa.says(text)
    first, second, third = await call.result("getUpdates")
    assert [u["message"]["text"] for u in (first, second, third)] == ["một", "hai", "ba"]
    assert second["update_id"] == first["update_id"] + 1
    assert await call.result("getUpdates", limit=1) == [first]
    assert await call.result("getUpdates", offset=second["update_id"]) == [second, third]
    assert await call.result("getUpdates") == [second, third]
    assert await call.result("getUpdates", offset=-1) == [third]
    assert await call.result("getUpdates", offset=third["update_id"] + 1) == []


async def test_a_long_poll_answers_as_soon_as_something_comes(
    bot_api: TelegramEmulator, call: Client, hoa: User
) -> None:
    polling = asyncio.create_task(call.result("getUpdates", timeout=30))
    await bot_api.is_called(method="getUpdates")
    await hoa.says("em ơi")
    [update] = await polling
    assert update["message"]["text"] == "em ơi"


async def test_a_second_poll_ends_the_first(bot_api: TelegramEmulator, call: Client, hoa: User) -> None:
    first = asyncio.create_task(call.refusal("getUpdates", timeout=30))
    await bot_api.is_called(1, "getUpdates")
    second = asyncio.create_task(call.result("getUpdates", timeout=30))
    status, description = await first
    assert (status, description[:45]) == (409, "Conflict: terminated by other getUpdates requ")
    await hoa.says("em ơi")
    assert len(await second) == 1


async def test_only_allowed_kinds_come_and_the_list_sticks(call: Client, hoa: User) -> None:
    await call.result("getUpdates", allowed_updates=["callback_query"])
    await hoa.says("không nghe thấy")
    assert await call.result("getUpdates") == []
    await call.result("getUpdates", allowed_updates=[])
    await hoa.says("nghe thấy")
    assert len(await call.result("getUpdates")) == 1


async def test_a_taken_update_can_come_once_more(bot_api: TelegramEmulator, call: Client, hoa: User) -> None:
    await hoa.says("em ơi")
    [update] = await call.result("getUpdates")
    await call.result("getUpdates", offset=update["update_id"] + 1)
    assert hoa.last_update_id == update["update_id"]
    bot_api.deliver_again(update["update_id"])
    assert await call.result("getUpdates", offset=update["update_id"] + 1) == [update]
    assert await call.result("getUpdates", offset=update["update_id"] + 1) == []
    await bot_api.updates_taken()


# What people do


async def test_people_make_updates_as_telegram_does(
    bot_api: TelegramEmulator, call: Client, hoa: User
) -> None:
    spoken = await hoa.says("ngày mai họp ko")
    await hoa.edits(spoken, "ngày mai họp không")
    await hoa.starts("ma_moi")
    await hoa.shares_contact("84911222333")
    await hoa.shares_contact("84900000000", own=False)
    await hoa.sends_album(b"1", b"2", caption="hai ảnh")
    await hoa.sends_location(10.5, 106.1)
    await hoa.blocks()
    await hoa.unblocks()
    updates = await call.result("getUpdates")
    messages = [u.get("message") for u in updates]
    assert updates[1]["edited_message"]["message_id"] == messages[0]["message_id"]
    assert updates[1]["edited_message"]["text"] == "ngày mai họp không"
    assert messages[2]["text"] == "/start ma_moi"
    assert messages[2]["entities"] == [{"type": "bot_command", "offset": 0, "length": 6}]
    assert messages[3]["contact"]["user_id"] == messages[3]["from"]["id"] == 42
    assert "user_id" not in messages[4]["contact"]
    assert messages[5]["media_group_id"] == messages[6]["media_group_id"]
    assert ("caption" in messages[5], "caption" in messages[6]) == (True, False)
    assert messages[7]["location"] == {"latitude": 10.5, "longitude": 106.1}
    statuses = [u["my_chat_member"]["new_chat_member"]["status"] for u in updates[8:]]
    assert statuses == ["kicked", "member"]


async def test_a_press_carries_chat_instance_and_hears_its_answer(call: Client, hoa: User) -> None:
    keyboard = {"inline_keyboard": [[{"text": "Đã rõ", "callback_data": "ok:7"}]]}
    await call.result("sendMessage", chat_id=42, text="Rõ chưa chị?", reply_markup=keyboard)
    press = await hoa.presses("Đã rõ")
    assert press is not None
    [update] = await call.result("getUpdates")
    query = update["callback_query"]
    assert (query["data"], query["message"]["text"]) == ("ok:7", "Rõ chưa chị?")
    assert query["chat_instance"]
    await call.result("answerCallbackQuery", callback_query_id=query["id"], text="Cảm ơn chị")
    assert (await press.answered())["text"] == "Cảm ơn chị"


async def test_the_reply_keyboard_writes_its_text_or_shares_the_number(call: Client, hoa: User) -> None:
    keyboard = {"keyboard": [["Hỏi"], [{"text": "Gửi số", "request_contact": True}]]}
    sent = await call.result("sendMessage", chat_id=42, text="a", reply_markup=keyboard)
    assert "reply_markup" not in sent
    await hoa.presses("Hỏi")
    await hoa.presses("Gửi số")
    asked, shared = await call.result("getUpdates")
    assert asked["message"]["text"] == "Hỏi"
    assert shared["message"]["contact"]["phone_number"] == hoa.phone_number
    with pytest.raises(LookupError):
        await hoa.presses("Không có")


async def test_who_shuts_the_bot_out_gets_nothing(bot_api: TelegramEmulator, call: Client, hoa: User) -> None:
    await hoa.blocks()
    assert await call.refusal("sendMessage", chat_id=42, text="a") == (
        403,
        "Forbidden: bot was blocked by the user",
    )
    await hoa.says("em ơi")  # writing lifts the block
    await call.result("sendMessage", chat_id=42, text="a")
    await hoa.deactivates()
    assert await call.refusal("sendMessage", chat_id=42, text="a") == (403, "Forbidden: user is deactivated")
    bot_api.user(id=43, started=False)
    assert await call.refusal("sendMessage", chat_id=43, text="a") == (
        403,
        "Forbidden: bot can't initiate conversation with a user",
    )


async def test_groups_kick_upgrade_and_have_topics(
    bot_api: TelegramEmulator, call: Client, hoa: User
) -> None:
    desk = bot_api.group(title="Bàn hỏi đáp", is_forum=True)
    topic = await call.result("createForumTopic", chat_id=desk.chat_id, name="Chị Hoa")
    thread = topic["message_thread_id"]
    await call.result("sendMessage", chat_id=desk.chat_id, message_thread_id=thread, text="câu hỏi")
    await hoa.says("trả lời", chat=desk, thread=thread, reply_to=desk.received[0])
    [update] = await call.result("getUpdates")
    assert update["message"]["reply_to_message"]["text"] == "câu hỏi"
    await call.result("closeForumTopic", chat_id=desk.chat_id, message_thread_id=thread)
    closed = await call.refusal("sendMessage", chat_id=desk.chat_id, message_thread_id=thread, text="a")
    assert closed == (400, "Bad Request: TOPIC_CLOSED")
    small = bot_api.group(is_supergroup=False, id=-5)
    new = await small.upgrades(-1005, by=hoa)
    status, envelope = await call("sendMessage", chat_id=-5, text="a")
    assert (status, envelope["parameters"]) == (400, {"migrate_to_chat_id": -1005})
    await call.result("sendMessage", chat_id=new.chat_id, text="a")
    await new.kicks_bot(by=hoa)
    assert await call.refusal("sendMessage", chat_id=-1005, text="a") == (
        403,
        "Forbidden: bot was kicked from the supergroup chat",
    )


async def test_waiting_for_a_message_that_does_not_come_says_what_came(call: Client, hoa: User) -> None:
    await call.result("sendMessage", chat_id=42, text="khác")
    with pytest.raises(TimeoutError, match="khác"):
        await hoa.hears(lambda r: r.text == "đúng", timeout=0.01)
    [heard] = await hoa.hears(1)
    assert heard.text == "khác"


# Webhook


@dataclass
class Hook:
    """A webhook of the bot: `answer` decides the status of each delivery."""

    url: str = ""
    deliveries: list[JSON] = field(default_factory=list)
    secrets: list[str] = field(default_factory=list)
    answer: Callable[[JSON], Awaitable[web.Response]] | None = None


@asynccontextmanager
async def webhook() -> AsyncIterator[Hook]:
    hook = Hook()

    async def take(request: web.BaseRequest) -> web.Response:
        update = json.loads(await request.read())
        hook.deliveries.append(update)
        hook.secrets.append(request.headers.get("X-Telegram-Bot-Api-Secret-Token", ""))
        return await hook.answer(update) if hook.answer else web.Response()

    runner = web.ServerRunner(web.Server(take))
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    hook.url = f"http://127.0.0.1:{runner.addresses[0][1]}/hook"
    try:
        yield hook
    finally:
        await runner.cleanup()


async def test_the_webhook_gets_updates_with_its_secret(
    bot_api: TelegramEmulator, call: Client, hoa: User
) -> None:
    await hoa.says("trước")
    async with webhook() as hook:
        await call.result("setWebhook", url=hook.url, secret_token="bi-mat_1")
        await hoa.says("sau")
        await bot_api.updates_taken()
        assert [u["message"]["text"] for u in hook.deliveries] == ["trước", "sau"]
        assert hook.secrets == ["bi-mat_1"] * 2
        status, description = await call.refusal("getUpdates")
        assert (status, description[:60]) == (
            409,
            "Conflict: can't use getUpdates method while webhook is activ",
        )
        assert hoa.last_update_id is not None
        bot_api.deliver_again(hoa.last_update_id)
        await bot_api.updates_taken()
        assert hook.deliveries[1] == hook.deliveries[2]
        await call.result("deleteWebhook")
    await hoa.says("lại hỏi")
    assert len(await call.result("getUpdates")) == 1


async def test_the_webhook_repeats_until_accepted_and_keeps_the_order_of_each_chat(
    bot_api: TelegramEmulator, call: Client, hoa: User
) -> None:
    lan = bot_api.user(name="Lan")
    failures = iter([500, 302, 404])

    async def fails_for_hoa(update: JSON) -> web.Response:
        from_hoa = update["message"]["from"]["id"] == 42
        return web.Response(status=next(failures, 200) if from_hoa else 200)

    async with webhook() as hook:
        hook.answer = fails_for_hoa
        await call.result("setWebhook", url=hook.url)
        await hoa.says("một")
        await hoa.says("hai")
        await lan.says("ba")
        await bot_api.updates_taken()
        of_hoa = [u["message"]["text"] for u in hook.deliveries if u["message"]["from"]["id"] == 42]
        assert of_hoa == ["một"] * 4 + ["hai"]
        texts = [u["message"]["text"] for u in hook.deliveries]
        assert texts.count("ba") == 1
        assert texts.index("ba") < texts.index("hai")
        info = await call.result("getWebhookInfo")
        assert info["url"] == hook.url
        assert info["pending_update_count"] == 0
        assert info["last_error_message"].startswith("Wrong response from the webhook: 404")


async def test_a_call_in_the_webhooks_answer_is_carried_out(
    bot_api: TelegramEmulator, call: Client, hoa: User
) -> None:
    async def answers(_: JSON) -> web.Response:
        return web.json_response({"method": "sendMessage", "chat_id": 42, "text": "em đây"})

    async with webhook() as hook:
        hook.answer = answers
        await call.result("setWebhook", url=hook.url)
        await hoa.says("em ơi")
        [heard] = await hoa.hears()
        assert heard.text == "em đây"


async def test_pending_updates_are_dropped_only_on_request(call: Client, hoa: User) -> None:
    await hoa.says("một")
    await call.result("deleteWebhook")
    assert (await call.result("getWebhookInfo"))["pending_update_count"] == 1
    await call.result("deleteWebhook", drop_pending_updates=True)
    assert (await call.result("getWebhookInfo"))["pending_update_count"] == 0


# Limits


async def send_many(call: Client, *chat_ids: int) -> list[int]:
    """Sends one message after another; the seconds each was told to wait, 0 for sent."""
    waits = []
    for chat_id in chat_ids:
        status, envelope = await call("sendMessage", chat_id=chat_id, text="a")
        waits.append(envelope["parameters"]["retry_after"] if status == 429 else 0)
    return waits


async def test_limits_are_off_at_first(call: Client, hoa: User) -> None:
    assert await send_many(call, *[42] * 40) == [0] * 40


async def test_each_chat_has_its_limit_and_impatience_extends_the_wait(
    bot_api: TelegramEmulator, call: Client, hoa: User, moment: Moment
) -> None:
    bot_api.user(id=43)
    bot_api.limits = FloodLimits(per_chat=Limit(1, 1.0))
    assert await send_many(call, 42, 42, 43) == [0, 1, 0]
    moment.now += 0.9
    assert await send_many(call, 42) == [1]
    moment.now += 0.9  # the second is over, the extended wait is not
    assert await send_many(call, 42) == [1]
    moment.now += 1.0
    assert await send_many(call, 42) == [0]


async def test_groups_and_the_whole_bot_have_theirs(
    bot_api: TelegramEmulator, call: Client, hoa: User, moment: Moment
) -> None:
    bot_api.group(id=-100)
    bot_api.limits = FloodLimits(per_group=Limit(2, 60.0), overall=Limit(5, 1.0))
    assert await send_many(call, -100, -100, -100) == [0, 0, 60]
    assert await send_many(call, 42, 42, 42, 42) == [0, 0, 0, 1]
    moment.now += 1.0
    assert await send_many(call, 42, -100) == [0, 59]
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
    with pytest.raises(TimeoutError):
        await asyncio.wait_for(call("sendMessage", chat_id=42, text="a"), 0.05)
    assert len(hoa.received) == int(FAULTS[name].accepts)
    assert bot_api.calls[-1].answered_at is None


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


# Another process


async def test_the_same_verbs_work_from_another_process() -> None:
    async with RemoteTelegram.started(delay_ms=1) as remote, aiohttp.ClientSession() as session:
        call = Client(session, remote.base_url)
        hoa = await remote.user(name="Hoa", id=42)
        await hoa.says("em ơi")
        [update] = await call.result("getUpdates")
        assert update["message"]["text"] == "em ơi"
        keyboard = {"inline_keyboard": [[{"text": "Đã rõ", "callback_data": "ok"}]]}
        hearing = asyncio.create_task(hoa.hears(lambda r: r.text == "chị đây"))
        await call.result("sendMessage", chat_id=42, text="khác")
        await call.result("sendMessage", chat_id=42, text="chị đây", reply_markup=keyboard)
        heard = await hearing
        assert [button.data for button in heard.buttons] == ["ok"]
        await hoa.presses(heard.buttons[0])
        await hoa.shares_contact()
        await hoa.blocks()
        assert (await call.refusal("sendMessage", chat_id=42, text="a"))[0] == 403
        await hoa.unblocks()
        await remote.order_fault("close_after_accepting", chat=42)
        with pytest.raises(aiohttp.ClientError):
            await call("sendMessage", chat_id=42, text="mất trả lời")
        assert [r.text for r in await hoa.received()][-1] == "mất trả lời"
        await remote.set(limits={"per_chat": (1, 60.0)}, delay_s=0.0)
        assert await send_many(call, 42, 42) == [0, 60]
        sends = [c for c in await remote.calls() if c.method == "sendMessage"]
        assert [c.outcome for c in sends] == ["ok", "ok", "403", "close_after_accepting", "ok", "429"]
        assert len((await remote.arrivals())[42]) == 4
        with pytest.raises(TimeoutError):
            await hoa.hears(5, timeout=0.01)
        with pytest.raises(RuntimeError, match="no button"):
            await hoa.presses("Không có")
        await remote.forget()
        assert (await remote.state())["messages"] == 0
