"""The methods around the webhook address: set with a probe, looked at, tried, deleted."""

from __future__ import annotations

import ipaddress
import re
import time
from urllib.parse import urlsplit

from tests.emulators.parameters import JSON
from tests.emulators.zalo_bot.accounts import Bot
from tests.emulators.zalo_bot.refusals import bad_request
from tests.emulators.zalo_bot.world import World

_SECRET = re.compile(r"[A-Za-z0-9_-]{8,256}")
_LOOPBACK = {"127.0.0.1", "::1", "localhost"}
_OUTCOMES = {403: "webhook.http.403", 404: "webhook.http.404"}
_NO_ANSWER = {"timeout": "webhook.err.timeout", "connection": "webhook.err.conn"}


async def set_webhook(world: World, bot: Bot, params: JSON) -> JSON:
    """Saves the address even when the probe fails; the outcome stands in `verification`."""
    url, secret = params.get("url"), params.get("secret_token")
    if not isinstance(url, str) or not _is_public(url):
        raise bad_request("url must be a public HTTPS address")
    if not isinstance(secret, str) or not _SECRET.fullmatch(secret):
        raise bad_request("secret_token must have 8 to 256 characters")
    bot.count("webhook", "%Y-%m-%d", bot.webhook_changes_a_day, 426)
    bot.secret_token, bot.updated_at = secret, world.clock.ms()
    bot.webhook.url, bot.webhook.is_on = url, True
    verification = await _probe(bot, url)
    world.changed()
    return get_webhook_info(world, bot, params) | {"verification": verification}


async def test_webhook(world: World, bot: Bot, params: JSON) -> JSON:
    if not bot.webhook.url:
        raise bad_request("no webhook is set")
    bot.count("webhook", "%Y-%m-%d", bot.webhook_changes_a_day, 426)
    return {"url": bot.webhook.url, **await _probe(bot, bot.webhook.url)}


def delete_webhook(world: World, bot: Bot, params: JSON) -> JSON:
    bot.webhook.url, bot.updated_at = "", world.clock.ms()
    world.changed()
    return get_webhook_info(world, bot, params)


def get_webhook_info(world: World, bot: Bot, params: JSON) -> JSON:
    return {"url": bot.webhook.url, "updated_at": bot.updated_at}


async def _probe(bot: Bot, url: str) -> JSON:
    started = time.monotonic()
    status, why = await bot.webhook.posts(b"", bot.headers(), url)
    if status == 0:
        outcome = _NO_ANSWER.get(why, "webhook.err.other")
    elif status == 200:
        outcome = "webhook.ok"
    else:
        outcome = _OUTCOMES.get(status, "webhook.http.5xx" if status >= 500 else "webhook.http.other")
    return {
        "ok": status == 200,
        "status_code": status,
        "outcome": outcome,
        "latency_ms": round((time.monotonic() - started) * 1000),
        "hint": "",
    }


def _is_public(url: str) -> bool:
    """Tests and demonstrations on loopback are the one exception."""
    parts = urlsplit(url)
    if parts.hostname in _LOOPBACK:
        return True
    if parts.scheme != "https" or not parts.hostname:
        return False
    try:
        return ipaddress.ip_address(parts.hostname).is_global
    except ValueError:
        return "." in parts.hostname
