"""Keeps one way of receiving going for as long as the service runs: Telegram may be away, refuse us, or come back.

A way of receiving is a `Way` whose rounds are repeated; one that fails is tried again, later and later.
"""

import asyncio
import contextlib
from datetime import timedelta
from typing import Protocol

import structlog
from telegram.error import Conflict, InvalidToken, RetryAfter, TelegramError

from bot.channels.telegram.refusals import wait_of

log = structlog.get_logger()

FIRST_PAUSE = timedelta(seconds=1)
_LONGEST_PAUSE = timedelta(minutes=1)
_DOUBLINGS = 6


class Way(Protocol):
    """Polling, or a webhook."""

    async def round(self) -> None:
        """Do the next piece of work; return soon, or when something came. After an error it is called again."""


class Reception:
    """Runs a way's rounds as one task between `start` and `stop`."""

    def __init__(self, way: Way, *, account_id: int, first_pause: timedelta = FIRST_PAUSE) -> None:
        self._way = way
        self._log = log.bind(account=account_id)
        self._first_pause = first_pause
        self._task: asyncio.Task[None] | None = None

    def start(self) -> None:
        self._task = asyncio.create_task(self._run(), name="telegram-reception")

    async def stop(self) -> None:
        task, self._task = self._task, None
        if task is not None:
            task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await task

    async def _run(self) -> None:
        failures = 0
        while True:
            try:
                await self._way.round()
            except Exception as error:  # noqa: BLE001 - receiving never ends by itself; `_note` says what went wrong
                failures += 1
                pause = self._pause(error, failures)
                self._note(error, failures, pause)
                await asyncio.sleep(pause.total_seconds())
            else:
                failures = 0

    def _pause(self, error: Exception, failures: int) -> timedelta:
        if isinstance(error, RetryAfter):
            return wait_of(error)
        doubled: int = 2 ** min(failures - 1, _DOUBLINGS)
        return min(self._first_pause * doubled, _LONGEST_PAUSE)

    def _note(self, error: Exception, failures: int, pause: timedelta) -> None:
        seconds = round(pause.total_seconds(), 1)
        match error:
            case InvalidToken():
                self._log.error("telegram_token_refused", failures=failures, again_in_s=seconds)
            case Conflict():
                # Another process polls with this token, or set a webhook: one bot can be served in one place only.
                self._log.error("telegram_received_elsewhere", failures=failures, again_in_s=seconds)
            case TelegramError():
                name = type(error).__name__
                self._log.warning("telegram_away", error=name, failures=failures, again_in_s=seconds)
            case _:
                self._log.error(
                    "telegram_updates_not_kept", failures=failures, again_in_s=seconds, exc_info=error
                )
