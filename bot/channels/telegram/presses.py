"""Answers button presses, so that the phone stops showing that it waits.

Nothing depends on it: it comes after the press is kept, holds nobody up, and is given up where Telegram is busy or away.
"""

import asyncio

import structlog
from telegram import Bot
from telegram.error import TelegramError

log = structlog.get_logger()

WORKERS = 4  # Calls under way at once.
_MAX_WAITING = 500  # A press that must wait behind so many is too old to be answered anyway.


class Presses:
    """`answer` at once, done in the background between `start` and `stop`."""

    def __init__(self, bot: Bot) -> None:
        self._bot = bot
        self._waiting: asyncio.Queue[str] = asyncio.Queue(_MAX_WAITING)
        self._workers: list[asyncio.Task[None]] = []

    def start(self) -> None:
        self._workers += [
            asyncio.create_task(self._work(), name=f"telegram-presses-{n}") for n in range(WORKERS)
        ]

    async def stop(self) -> None:
        for worker in self._workers:
            worker.cancel()
        await asyncio.gather(*self._workers, return_exceptions=True)
        self._workers.clear()

    def answer(self, query_id: str) -> None:
        if not self._waiting.full():
            self._waiting.put_nowait(query_id)

    async def _work(self) -> None:
        while True:
            query_id = await self._waiting.get()
            try:
                await self._bot.answer_callback_query(query_id)
            except TelegramError as error:
                log.debug("telegram_press_not_answered", error=type(error).__name__)
            except Exception:
                log.exception("telegram_press_failed")
