"""How the Zalo Bot emulator tells the bot: by poll or by webhook."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import timedelta

import pytest

from tests.emulators.hook import Hook
from tests.emulators.zalo_bot import User, ZaloBotEmulator
from tests.emulators.zalo_bot_tests.client import MORNING, SECRET, BotClient


async def test_a_poll_gives_one_update_which_is_then_gone(call: BotClient, lan: User) -> None:
    first = await lan.says("một")
    await lan.says("hai")
    answer = await call("getUpdates", timeout="30")
    assert answer["result"] == {
        "event_name": "message.text.received",
        "message": {
            "from": {"id": lan.chat_id, "display_name": "Lan", "is_bot": False},
            "chat": {"id": lan.chat_id, "chat_type": "PRIVATE"},
            "text": "một",
            "message_id": first,
            "date": int(MORNING.timestamp() * 1000),
        },
    }
    assert (await call("getUpdates", timeout=30))["result"]["message"]["text"] == "hai"
    idle = await call("getUpdates", timeout="1")
    assert idle == {"ok": False, "description": "Request timeout", "error_code": 408}


async def test_a_waiting_poll_gets_what_comes_and_several_share(
    zalo: ZaloBotEmulator, call: BotClient, lan: User
) -> None:
    zalo.bot.poll_scale = 1.0
    polls = [asyncio.create_task(call("getUpdates", timeout="5")) for _ in range(2)]
    await zalo.is_called(2, "getUpdates")
    await lan.says("một")
    await lan.says("hai")
    texts = {(await poll)["result"]["message"]["text"] for poll in polls}
    assert texts == {"hai", "một"}


async def test_polling_with_a_webhook_is_refused(zalo: ZaloBotEmulator, call: BotClient, hook: Hook) -> None:
    await call("setWebhook", url=hook.url, secret_token=SECRET)
    assert await call.code("getUpdates", timeout="1") == 400
    await call("deleteWebhook")
    assert await call.code("getUpdates", timeout="0") == 408
    url = f"{zalo.base_url}{zalo.bot.token}/getUpdates"
    async with call.session.post(url, data={"timeout": "0"}) as answer:
        assert (await answer.json())["error_code"] == 400


async def test_what_comes_while_nobody_polls_may_be_lost(
    zalo: ZaloBotEmulator, call: BotClient, lan: User
) -> None:
    zalo.bot.drops_unpolled = True
    await lan.says("mất")
    assert await call.code("getUpdates", timeout="0") == 408


# The webhook


async def test_setting_the_webhook_probes_with_an_empty_body(
    zalo: ZaloBotEmulator, call: BotClient, hook: Hook
) -> None:
    answer = await call("setWebhook", url=hook.url, secret_token=SECRET)
    assert answer["result"]["url"] == hook.url
    verification = answer["result"]["verification"]
    assert verification | {"latency_ms": 0} == {
        "ok": True,
        "status_code": 200,
        "outcome": "webhook.ok",
        "latency_ms": 0,
        "hint": "",
    }
    assert hook.bodies == [b""]
    hook.status = 403
    again = await call("setWebhook", url=hook.url + "/other", secret_token=SECRET)
    assert again["result"]["verification"]["outcome"] == "webhook.http.403"
    assert (await call("getWebhookInfo"))["result"]["url"] == hook.url + "/other"
    assert (await call("testWebhook"))["result"]["outcome"] == "webhook.http.403"
    assert (await call("deleteWebhook"))["result"]["url"] == ""


@pytest.mark.parametrize(
    ("url", "secret", "code"),
    [
        ("http://hoi.example.vn/hook", SECRET, 400),
        ("https://192.168.1.5/hook", SECRET, 400),
        ("https://intern/hook", SECRET, 400),
        ("{hook}", "short", 400),
        ("{hook}", "a" * 257, 400),
        ("{hook}", "with spaces", 400),
        ("{hook}", None, 400),
        ("{hook}", "a" * 256, 0),
    ],
)
async def test_a_wrong_webhook_is_refused(
    call: BotClient, hook: Hook, url: str, secret: str | None, code: int
) -> None:
    given = {"url": url.format(hook=hook.url), "secret_token": secret}
    assert await call.code("setWebhook", **given) == code


async def test_changing_the_webhook_too_often_is_refused_for_a_day(
    zalo: ZaloBotEmulator, call: BotClient, hook: Hook
) -> None:
    zalo.bot.webhook_changes_a_day = 1
    codes = [await call.code("setWebhook", url=hook.url, secret_token=SECRET) for _ in range(2)]
    assert codes == [0, 426]
    zalo.clock.move(timedelta(days=1))
    assert await call.code("setWebhook", url=hook.url, secret_token=SECRET) == 0


@dataclass(frozen=True)
class Deed:
    do: Callable[[User], Awaitable[object]]
    name: str
    has: set[str]


DEEDS = [
    Deed(lambda u: u.says("a"), "message.text.received", {"text"}),
    Deed(lambda u: u.sends_photo(caption="a"), "message.image.received", {"photo_url", "caption", "message_type"}),
    Deed(lambda u: u.sends_sticker(), "message.sticker.received", {"sticker", "url", "message_type"}),
    Deed(lambda u: u.sends_voice(), "message.voice.received", {"voice_url", "message_type"}),
    Deed(lambda u: u.sends_unsupported(), "message.unsupported.received", set()),
    Deed(lambda u: u.follows(), "user.follow", set()),
]  # fmt: skip


@pytest.mark.parametrize("deed", DEEDS, ids=lambda deed: deed.name)
async def test_every_deed_is_pushed_unwrapped_with_the_secret(
    zalo: ZaloBotEmulator, call: BotClient, hook: Hook, lan: User, deed: Deed
) -> None:
    await call("setWebhook", url=hook.url, secret_token=SECRET)
    await deed.do(lan)
    await zalo.events_taken()
    (event,) = hook.events
    assert event["event_name"] == deed.name
    assert set(event["message"]) == {"from", "chat", "message_id", "date"} | deed.has
    assert hook.headers[1]["X-Bot-Api-Secret-Token"] == SECRET
    assert hook.headers[1]["User-Agent"].startswith("Java/1.8.0_")


async def test_the_documented_shape_is_a_switch(
    zalo: ZaloBotEmulator, call: BotClient, hook: Hook, lan: User
) -> None:
    zalo.bot.wraps_webhook = True
    zalo.bot.photo_field = "photo"
    await call("setWebhook", url=hook.url, secret_token=SECRET)
    await lan.sends_photo()
    await zalo.events_taken()
    assert hook.events[0]["ok"] is True
    assert "photo" in hook.events[0]["result"]["message"]


async def test_updates_come_twice_late_or_turned_round_on_command(
    zalo: ZaloBotEmulator, call: BotClient, hook: Hook, lan: User
) -> None:
    await call("setWebhook", url=hook.url, secret_token=SECRET)
    zalo.bot.webhook.doubles()
    await lan.says("hai lần")
    await zalo.events_taken()
    assert hook.bodies[1] == hook.bodies[2]
    zalo.bot.webhook.holds = True
    await lan.says("một")
    await lan.says("hai")
    zalo.bot.webhook.release()
    await zalo.events_taken()
    assert [e["message"]["text"] for e in hook.events[2:]] == ["hai", "một"]
    await lan.repeats_last_update()
    await zalo.events_taken()
    assert hook.events[-1]["message"]["text"] == "hai"


async def test_a_refused_push_is_repeated_only_on_command(
    zalo: ZaloBotEmulator, call: BotClient, hook: Hook, lan: User
) -> None:
    await call("setWebhook", url=hook.url, secret_token=SECRET)
    hook.status = 500
    await lan.says("một")
    await zalo.events_taken()
    assert zalo.bot.webhook.retrying_count == 0
    zalo.bot.webhook.retry_offsets = (timedelta(seconds=10),)
    zalo.bot.webhook.retries_refusals = True
    await lan.says("hai")
    await zalo.events_taken()
    hook.status = 200
    zalo.clock.move(timedelta(seconds=10))
    await zalo.bot.webhook.tried(zalo.bot.webhook.deliveries[1], 2)
    assert [json.loads(b)["message"]["text"] for b in hook.bodies[1:]] == ["một", "hai", "hai"]
