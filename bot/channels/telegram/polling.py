"""Receiving by asking: long polls, each confirming what the one before brought, and only what is durably kept."""

from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any

from telegram import Bot
from telegram.error import Conflict

from bot.channels.reception import Keep
from bot.channels.telegram.parsing import KINDS
from bot.channels.telegram.updates import update_id_of, update_of

POLL = timedelta(seconds=30)  # Telegram holds a poll 50 s at most; proxies on the way are less patient.
_ANSWER_MARGIN = timedelta(seconds=10)
_BATCH = 100


class Polling:
    """A way of receiving (see `bot.channels.reception`). `bot` must have its own connection: a poll holds it all the time."""

    def __init__(self, bot: Bot, *, introduce: Callable[[], Awaitable[None]], keep: Keep) -> None:
        self._bot = bot
        self._introduce = introduce
        self._keep = keep
        self._is_ready = False
        self._offset: int | None = None

    async def round(self) -> None:
        if not self._is_ready:
            await self._introduce()
            # What people wrote while we were away must stay.
            await self._bot.delete_webhook(drop_pending_updates=False)
            self._is_ready = True
        try:
            brought = await self._poll()
        except Conflict:
            self._is_ready = False  # It may be a webhook that somebody has set.
            raise
        # This poll has confirmed all before `offset`. Asking with it again would drop what comes after Telegram has
        # begun to count anew at a smaller number, as it does after a week of silence (telegram.md 3.7).
        self._offset = None
        if not brought:
            return
        await self._keep([update_of(payload) for payload in brought])
        numbers = [number for payload in brought if (number := update_id_of(payload)) is not None]
        if not numbers:
            raise ValueError("updates without a number cannot be confirmed")
        self._offset = max(numbers) + 1

    async def _poll(self) -> list[Any]:
        # The library's own get_updates makes objects of the updates and fails for all of them where one is odd.
        # Its raw call takes every method by a name that it has no function of; Telegram does not mind the case.
        brought = await self._bot.do_api_request(
            "GetUpdates",
            api_kwargs={
                "offset": self._offset,
                "limit": _BATCH,
                "timeout": int(POLL.total_seconds()),
                # Always the full list: left out, the one that was sent last stays in force (telegram.md 3.9).
                "allowed_updates": list(KINDS),
            },
            read_timeout=(POLL + _ANSWER_MARGIN).total_seconds(),
        )
        if not isinstance(brought, list):
            raise TypeError("getUpdates answered with something else than a list")
        return brought
