"""The emulator itself: do its people and its webhook make and deliver updates as Telegram does?"""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

import aiohttp
import pytest
from aiohttp import web

from tests.emulators.telegram import (
    RemoteTelegram,
    TelegramEmulator,
    User,
)
from tests.emulators.telegram_client import JSON, Client

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


# Another process


async def test_the_same_verbs_work_from_another_process() -> None:
    async with RemoteTelegram.started("--delay-ms", "1") as remote, aiohttp.ClientSession() as session:
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
        assert await call.send_many(42, 42) == [0, 60]
        sends = [c for c in await remote.calls() if c.method == "sendMessage"]
        assert [c.outcome for c in sends] == ["ok", "ok", "403", "close_after_accepting", "ok", "429"]
        assert len((await remote.arrivals())[42]) == 4
        with pytest.raises(TimeoutError):
            await hoa.hears(5, timeout=0.01)
        with pytest.raises(RuntimeError, match="no button"):
            await hoa.presses("Không có")
        await remote.forget()
        assert (await remote.state())["messages"] == 0
