"""Shows "is typing" to whoever has just written, while her turn is being handled (zalo-bot.md 2.8, 2026-11).

Nothing depends on it: it comes after her message is kept, holds nobody up, counts for nothing, and is given up where Zalo is
busy or away.
"""

import asyncio

import structlog

from bot.channels.passage import PassageError
from bot.channels.zalo_bot.client import Client
from bot.channels.zalo_bot.errors import ZaloBotError

log = structlog.get_logger()

_WORKERS = 2
_MOST_WAITING = 50
_SHOWN_S = 5.0  # Zalo shows it about so long; sooner there is nothing to renew.
_MOST_REMEMBERED = 1000


class TypingSign:
    """Of one account, between `start` and `stop`."""

    def __init__(self, client: Client) -> None:
        self._client = client
        self._waiting: asyncio.Queue[str] = asyncio.Queue(_MOST_WAITING)
        self._shown_until: dict[str, float] = {}
        self._workers: list[asyncio.Task[None]] = []

    def start(self) -> None:
        if not self._workers:
            self._workers += [
                asyncio.create_task(self._work(), name=f"zalo_bot-typing-{n}") for n in range(_WORKERS)
            ]

    async def stop(self) -> None:
        for worker in self._workers:
            worker.cancel()
        await asyncio.gather(*self._workers, return_exceptions=True)
        self._workers.clear()

    def show(self, chat_id: str) -> None:
        """Returns at once."""
        now = asyncio.get_running_loop().time()
        if self._shown_until.get(chat_id, now) > now or self._waiting.full() or not self._workers:
            return
        if len(self._shown_until) >= _MOST_REMEMBERED:
            self._shown_until = {whose: until for whose, until in self._shown_until.items() if until > now}
        self._shown_until[chat_id] = now + _SHOWN_S
        self._waiting.put_nowait(chat_id)

    async def _work(self) -> None:
        while True:
            chat_id = await self._waiting.get()
            try:
                await self._client.call("sendChatAction", {"chat_id": chat_id, "action": "typing"})
            except (ZaloBotError, PassageError) as error:
                log.debug("zalo_bot_typing_not_shown", error=type(error).__name__)
            except Exception:
                log.exception("zalo_bot_typing_failed")
