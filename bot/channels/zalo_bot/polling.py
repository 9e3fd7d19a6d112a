"""Receiving by asking, for development and where nobody can call us.

Zalo forgets an update in the moment it hands it out (zalo-bot.md 2.2, 2026-11): it is kept durably before anything else,
also before the next poll, and again and again until that succeeds. What is on its way when the process dies is lost, so a
service for real uses the webhook.
"""

import asyncio
import contextlib
from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import timedelta
from typing import Any

from bot.channels.contract import Update
from bot.channels.reception import Keep
from bot.channels.zalo_bot.client import Client
from bot.channels.zalo_bot.errors import Refused
from bot.channels.zalo_bot.updates import update_of
from bot.clock import Clock

POLL = timedelta(seconds=30)
_ANSWER_MARGIN = timedelta(seconds=10)
_IDLE_NUMBER = 408
_FINISH_S = 5.0


class Polling:
    """A way of receiving (see `bot.channels.reception`)."""

    def __init__(
        self,
        client: Client,
        *,
        introduce: Callable[[], Awaitable[None]],
        keep: Keep,
        clock: Clock,
        idle_pause: timedelta,
    ) -> None:
        """`idle_pause`: between polls where Zalo holds none, and answers at once that there is nothing."""
        self._client = client
        self._introduce = introduce
        self._keep = keep
        self._clock = clock
        self._idle_pause_s = idle_pause.total_seconds()
        self._is_ready = False
        self._unkept: Sequence[Update] = ()

    async def round(self) -> None:
        await self._keep_unkept()
        if not self._is_ready:
            await self._introduce()
            await self._remove_webhook()
            self._is_ready = True
        time = asyncio.get_running_loop().time
        asked_at = time()
        brought = await self._poll()
        now = self._clock()
        self._unkept = [update_of(update, now) for update in _updates_in(brought)]
        if self._unkept:
            await self._keep_unkept()
        elif time() - asked_at < self._idle_pause_s:
            await asyncio.sleep(self._idle_pause_s)

    async def finish(self) -> None:
        """After the last round: nothing that Zalo has handed out may end with us. Keeping it twice does no harm."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(_FINISH_S):
                await self._keep_unkept()

    async def _keep_unkept(self) -> None:
        if self._unkept:
            await self._keep(self._unkept)
            self._unkept = ()

    async def _poll(self) -> Any:
        try:
            return await self._client.call(
                "getUpdates", {"timeout": f"{POLL.total_seconds():.0f}"}, answer=POLL + _ANSWER_MARGIN
            )
        except Refused as refused:
            if refused.number == _IDLE_NUMBER:
                return None
            self._is_ready = False  # Somebody may have set a webhook: Zalo then refuses to be polled.
            raise

    async def _remove_webhook(self) -> None:
        info = await self._client.call("getWebhookInfo")
        if not isinstance(info, Mapping) or info.get("url"):
            await self._client.call("deleteWebhook")


def _updates_in(brought: Any) -> Sequence[Any]:
    """Documented is one object; lists, null and an empty object have been seen or are feared."""
    found = brought if isinstance(brought, list) else [brought]
    return [update for update in found if update not in (None, {})]
