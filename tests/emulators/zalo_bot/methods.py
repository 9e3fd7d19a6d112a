"""The eleven methods: what each checks, does and answers."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable
from typing import Any

import aiohttp

from tests.emulators.parameters import JSON, read_json, units
from tests.emulators.zalo_bot.accounts import Bot
from tests.emulators.zalo_bot.people import Group, User
from tests.emulators.zalo_bot.refusals import Refused, bad_request
from tests.emulators.zalo_bot.webhook import delete_webhook, get_webhook_info, set_webhook, test_webhook
from tests.emulators.zalo_bot.world import World

LONGEST_TEXT = 2000
DEFAULT_POLL_S = 30
FETCH_TIMEOUT_S = 10.0
_STYLE = re.compile(r"[bius]|f_1[358]|f_20|c_(050a19|15a85f|f7b503|f27806|db342e)|lst_[12]|ind_[1-5]")
NO_RESULT = object()
"""Answered as a bare `{"ok": true}`."""


def get_me(world: World, bot: Bot, params: JSON) -> JSON:
    return {
        "id": bot.bot_id,
        "account_name": bot.account_name,
        "account_type": "BASIC",
        "can_join_groups": bot.can_join_groups,
        "display_name": bot.name,
    }


async def get_updates(world: World, bot: Bot, params: JSON) -> JSON:
    """One update, which is then gone; 408 when none came in time."""
    if bot.webhook.url:
        raise bad_request("can't use getUpdates while webhook is active")
    timeout = params.get("timeout", DEFAULT_POLL_S)
    if not isinstance(timeout, str | int) or not str(timeout).isdigit():
        raise bad_request("timeout is invalid")
    bot.pollers += 1
    try:
        # Several pollers may wake for one update: the first takes it, the others wait on.
        if not await bot.news.until(lambda: bool(bot.pending), int(timeout) * bot.poll_scale):
            raise Refused(408)
        return bot.pending.popleft()
    except IndexError:
        raise Refused(408) from None
    finally:
        bot.pollers -= 1
        bot.news.tell()


def send_message(world: World, bot: Bot, params: JSON) -> JSON:
    chat = _chat(bot, params)
    text = _text(params, "text")
    if params.get("parse_mode") not in {None, "markdown", "html"}:
        raise bad_request("parse_mode is invalid")
    _check_styles(params, text)
    return _deliver(world, bot, chat, "text", text, params)


async def send_photo(world: World, bot: Bot, params: JSON) -> JSON:
    chat = _chat(bot, params)
    url = _address(params, "photo")
    caption = _text(params, "caption") if "caption" in params else ""
    if bot.fetches_photos:
        await _fetch(url)
    return _deliver(world, bot, chat, "photo", caption, params, url)


def send_sticker(world: World, bot: Bot, params: JSON) -> JSON:
    chat = _chat(bot, params)
    if not isinstance(params.get("sticker"), str) or not params["sticker"]:
        raise bad_request("sticker is empty")
    return _deliver(world, bot, chat, "sticker", "", params)


def send_voice(world: World, bot: Bot, params: JSON) -> JSON:
    """In a group the answer is yes, and nothing arrives."""
    chat = _chat(bot, params)
    url = _address(params, "voice_url")
    if isinstance(chat, Group):
        return {"message_id": world.hex(), "date": world.clock.ms()}
    return _deliver(world, bot, chat, "voice", "", params, url)


def send_chat_action(world: World, bot: Bot, params: JSON) -> object:
    chat = _chat(bot, params)
    if params.get("action") != "typing":
        raise bad_request("action is invalid")
    chat.typing_ms.append(world.clock.ms())
    return NO_RESULT


METHODS: dict[str, Callable[[World, Bot, JSON], Any]] = {
    "getMe": get_me,
    "getUpdates": get_updates,
    "setWebhook": set_webhook,
    "testWebhook": test_webhook,
    "deleteWebhook": delete_webhook,
    "getWebhookInfo": get_webhook_info,
    "sendMessage": send_message,
    "sendPhoto": send_photo,
    "sendSticker": send_sticker,
    "sendVoice": send_voice,
    "sendChatAction": send_chat_action,
}


def _chat(bot: Bot, params: JSON) -> User | Group:
    """The chat of an id: somebody who has written to the bot, or a group it is in."""
    chat_id = params.get("chat_id")
    if not isinstance(chat_id, str):
        raise bad_request("chat_id is invalid")
    chat = bot.users.get(chat_id) or bot.groups.get(chat_id)
    if chat is None or (isinstance(chat, User) and not chat.has_written):
        raise bad_request("chat not found")
    if chat.refusal is not None:
        raise Refused(chat.refusal)
    if isinstance(chat, User) and chat.is_extra and bot.extra_user_code is not None:
        raise Refused(bot.extra_user_code)
    return chat


def _text(params: JSON, name: str) -> str:
    text = params.get(name)
    if not isinstance(text, str) or not text.strip():
        raise bad_request(f"{name} is empty")
    if units(text) > LONGEST_TEXT:
        raise bad_request(f"{name} is too long")
    return text


def _address(params: JSON, name: str) -> str:
    url = params.get(name)
    if not isinstance(url, str) or not url.startswith(("http://", "https://")):
        raise bad_request(f"{name} is not a URL")
    return url


def _check_styles(params: JSON, text: str) -> None:
    styles = params.get("text_styles", [])
    if isinstance(styles, str):
        try:
            styles = read_json(f'{{"styles": {styles}}}')["styles"]
        except ValueError:
            raise bad_request("text_styles is invalid") from None
    if not isinstance(styles, list):
        raise bad_request("text_styles is invalid")
    for style in styles:
        is_right = (
            isinstance(style, dict)
            and isinstance(style.get("start"), int)
            and isinstance(style.get("len"), int)
            and 0 <= style["start"] <= style["start"] + style["len"] <= units(text)
            and isinstance(style.get("st"), list)
            and all(isinstance(code, str) and _STYLE.fullmatch(code) for code in style["st"])
        )
        if not is_right:
            raise bad_request("text_styles is invalid")


async def _fetch(url: str) -> None:
    try:
        async with (
            asyncio.timeout(FETCH_TIMEOUT_S),
            aiohttp.ClientSession() as session,
            session.get(url) as answer,
        ):
            if answer.status != 200 or not await answer.read():
                raise bad_request("photo cannot be fetched")
    except (TimeoutError, aiohttp.ClientError) as exc:
        raise bad_request("photo cannot be fetched") from exc


def _deliver(
    world: World, bot: Bot, chat: User | Group, kind: str, text: str, raw: JSON, media: str = ""
) -> JSON:
    bot.count("messages", "%Y-%m", bot.monthly_messages, 429)
    received = world.received(kind, text, dict(raw), media)
    chat.ring(received)
    world.changed()
    if bot.echoes_own:
        bot.add(
            {
                "event_name": "message.text.received",
                "message": {
                    "from": {"id": bot.bot_id, "display_name": bot.name, "is_bot": True},
                    "chat": {"id": chat.chat_id, "chat_type": chat.chat_type},
                    "text": text,
                    "message_id": received.message_id,
                    "date": received.sent_ms,
                },
            },
            chat.chat_id,
        )
    return {"message_id": received.message_id, "date": received.sent_ms}
