"""Receiving by being called: Zalo posts each update to our route.

Whether it repeats what we did not take is not documented (zalo-bot.md 3.3, 2026-11), so a failure to keep an update is
tried to be mended inside the request. A request without the secret gets a bare 403 and leaves nothing behind.
"""

import asyncio
import hashlib
import hmac
from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import timedelta
from typing import Any

import structlog
from aiohttp import web

from bot.channels.reception import Keep
from bot.channels.zalo_bot.client import Client
from bot.channels.zalo_bot.errors import ZaloBotError
from bot.channels.zalo_bot.updates import read_update
from bot.clock import Clock

log = structlog.get_logger()

LOOK_AGAIN = timedelta(minutes=5)
KEEP_AGAIN = (timedelta(seconds=0.2), timedelta(seconds=0.5), timedelta(seconds=1))
"""When to try again to keep an update, while Zalo waits: within the two seconds that it waits elsewhere."""

_SECRET_HEADER = "X-Bot-Api-Secret-Token"  # noqa: S105 - the header's name
_MAX_BODY_BYTES = 1024 * 1024  # An update is a few thousand bytes.
_COME_AGAIN_S = 5
_TRY = timedelta(seconds=30)  # Zalo calls us before it answers.
_TESTS = 3  # Zalo allows few a day.


class Webhook:
    """A way of receiving (see `bot.channels.reception`), and its route."""

    def __init__(
        self,
        client: Client,
        *,
        account_id: int,
        public_url: str,
        secret: str,
        clock: Clock,
        keep_again: Sequence[timedelta] = KEEP_AGAIN,
        look_again: timedelta = LOOK_AGAIN,
    ) -> None:
        self._client = client
        self._log = log.bind(account=account_id)
        self._secret = secret.encode()
        # Zalo does not tell which secret it was given. This part of the address changes with the secret, so an old one
        # shows by its address. It is no secret itself.
        mark = hashlib.sha256(b"address:" + self._secret).hexdigest()[:16]
        self._path = f"/channels/zalo_bot/{account_id}/{mark}"
        self._url = public_url + self._path
        self._clock = clock
        self._keep_again = keep_again
        self._look_again = look_again
        self._keep: Keep | None = None
        self._introduce: Callable[[], Awaitable[None]] | None = None
        self._tests_left = 0

    def routes(self) -> list[web.RouteDef]:
        return [web.post(self._path, self._take)]

    def open(self, *, introduce: Callable[[], Awaitable[None]], keep: Keep) -> None:
        self._introduce = introduce
        self._keep = keep

    def shut(self) -> None:
        """From now on Zalo is told to come again."""
        self._keep = None

    async def round(self) -> None:
        """See that the token is good and that Zalo calls us, now and every few minutes."""
        if self._introduce is not None:
            await self._introduce()
        info = await self._client.call("getWebhookInfo")
        # Setting it is allowed a few times a day only: not at every start (zalo-bot.md 2.3).
        if not isinstance(info, Mapping) or info.get("url") != self._url:
            await self._set()
        elif self._tests_left:
            await self._test()
        await asyncio.sleep(self._look_again.total_seconds())

    async def _set(self) -> None:
        answer = await self._client.call(
            "setWebhook", {"url": self._url, "secret_token": self._secret.decode()}, answer=_TRY
        )
        self._log.info("zalo_bot_webhook_set")
        # Zalo keeps the address even where its own try to call us failed. At the very first start that is no wonder:
        # our web server starts last. So it is tried again before anybody is alarmed.
        verification = answer.get("verification") if isinstance(answer, Mapping) else None
        self._tests_left = 0 if _is_good(verification) else _TESTS

    async def _test(self) -> None:
        self._tests_left -= 1
        try:
            found = await self._client.call("testWebhook", answer=_TRY)
        except ZaloBotError:  # Some say that it is gone; it decides nothing.
            self._tests_left = 0
            return
        if _is_good(found):
            self._tests_left = 0
            return
        outcome = found.get("outcome") if isinstance(found, Mapping) else None
        status = found.get("status_code") if isinstance(found, Mapping) else None
        self._log.warning("zalo_bot_webhook_trouble", outcome=_short(outcome), status=_short(status))

    async def _take(self, request: web.Request) -> web.Response:
        if not request.can_read_body:
            return (
                _taken()
            )  # Zalo's try whether somebody is here, possibly without the secret. Nothing is in it.
        given = request.headers.get(_SECRET_HEADER, "").encode("utf-8", "surrogateescape")
        if not hmac.compare_digest(given, self._secret):
            return web.Response(status=403)
        if (request.content_length or 0) > _MAX_BODY_BYTES:
            return web.Response(status=413)
        body = await request.read()
        if not body.strip():
            return _taken()
        if self._keep is None or not await self._is_kept(self._keep, body):
            return web.Response(status=503, headers={"Retry-After": str(_COME_AGAIN_S)})
        return _taken()

    async def _is_kept(self, keep: Keep, body: bytes) -> bool:
        update = read_update(body, self._clock())
        for pause in (*self._keep_again, None):
            try:
                await keep([update])
            except Exception as error:  # noqa: BLE001 - whatever it was, the update is not kept yet
                self._log.error("zalo_bot_updates_not_kept", error=type(error).__name__)
                if pause is not None:
                    await asyncio.sleep(pause.total_seconds())
            else:
                return True
        return False


def _is_good(verification: Any) -> bool:
    """Old documentation has no verification: then nothing is known to be wrong."""
    return not isinstance(verification, Mapping) or verification.get("ok") is not False


def _short(said: object) -> str:
    return str(said)[:40]


def _taken() -> web.Response:
    return web.json_response({"message": "Success"})
