"""Receiving by being called: Telegram posts each update to our route and repeats it until it is answered with 200.

So 200 means "durably kept". A request without the secret gets a bare 403 and leaves nothing behind.
"""

import asyncio
import hashlib
import hmac
from collections.abc import Awaitable, Callable
from datetime import timedelta

import structlog
from aiohttp import web
from telegram import Bot

from bot.channels.reception import Keep
from bot.channels.telegram.parsing import KINDS
from bot.channels.telegram.updates import read_update

log = structlog.get_logger()

LOOK_AGAIN = timedelta(minutes=5)
_SECRET_HEADER = "X-Telegram-Bot-Api-Secret-Token"  # noqa: S105 - the header's name
_CONNECTIONS = 40  # Telegram's default: so many chats at once.
_MAX_BODY_BYTES = 1024 * 1024  # An update is a few thousand bytes.
_COME_AGAIN_S = 5


class Webhook:
    """A way of receiving (see `bot.channels.reception`), and its route."""

    def __init__(self, bot: Bot, *, account_id: int, public_url: str, secret: str) -> None:
        self._bot = bot
        self._log = log.bind(account=account_id)
        self._secret = secret.encode()
        # Telegram does not tell which secret it was given. This part of the address changes with the secret, so an old
        # one shows by its address. It is no secret itself.
        mark = hashlib.sha256(b"address:" + self._secret).hexdigest()[:16]
        self._path = f"/channels/telegram/{account_id}/{mark}"
        self._url = public_url + self._path
        self._keep: Keep | None = None
        self._introduce: Callable[[], Awaitable[None]] | None = None
        self._is_introduced = False
        self._last_trouble: object = None

    def routes(self) -> list[web.RouteDef]:
        return [web.post(self._path, self._take)]

    def open(self, *, introduce: Callable[[], Awaitable[None]], keep: Keep) -> None:
        self._introduce = introduce
        self._keep = keep

    def shut(self) -> None:
        """From now on Telegram is told to come again."""
        self._keep = None

    async def round(self) -> None:
        """See that Telegram calls us, now and every few minutes: whoever else holds the token can change it."""
        if not self._is_introduced and self._introduce is not None:
            await self._introduce()
            self._is_introduced = True
        info = await self._bot.get_webhook_info()
        is_right = (
            info.url == self._url
            and set(info.allowed_updates or ()) == set(KINDS)
            and info.max_connections == _CONNECTIONS
        )
        if not is_right:
            await self._bot.set_webhook(
                self._url,
                allowed_updates=KINDS,
                max_connections=_CONNECTIONS,
                secret_token=self._secret.decode(),
                drop_pending_updates=False,
            )
            self._log.info("telegram_webhook_set")
        elif info.last_error_date != self._last_trouble:
            self._last_trouble = info.last_error_date
            self._log.warning(
                "telegram_webhook_trouble",
                waiting=info.pending_update_count,
                reason=(info.last_error_message or "").replace(self._url, "..."),
            )
        await asyncio.sleep(LOOK_AGAIN.total_seconds())

    async def _take(self, request: web.Request) -> web.Response:
        given = request.headers.get(_SECRET_HEADER, "").encode("utf-8", "surrogateescape")
        if not hmac.compare_digest(given, self._secret):
            return web.Response(status=403)
        if (request.content_length or 0) > _MAX_BODY_BYTES:
            return web.Response(status=413)
        body = await request.read()
        if self._keep is None:
            return _come_again()
        try:
            await self._keep([read_update(body)])
        except Exception as error:  # noqa: BLE001 - whatever it was, the update is not kept and must come again
            self._log.error("telegram_updates_not_kept", error=type(error).__name__)
            return _come_again()
        return web.Response()


def _come_again() -> web.Response:
    return web.Response(status=503, headers={"Retry-After": str(_COME_AGAIN_S)})
