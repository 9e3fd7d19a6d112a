"""Keeps one way of receiving going for as long as the service runs: the platform may be away, refuse us, or come back.

A way of receiving is a `Way` whose rounds are repeated; one that fails is tried again, later and later. What a failure is
called in the log, and whether it names its own wait, the platform's own folder says.
"""

import asyncio
import contextlib
import random
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any, Protocol

import structlog

from bot.channels.contract import Update

log = structlog.get_logger()

FIRST_PAUSE = timedelta(seconds=1)
_LONGEST_PAUSE = timedelta(minutes=1)
_DOUBLINGS = 6


Keep = Callable[[Sequence[Update]], Awaitable[None]]
"""What a way hands its updates to: returns when all of them are durably kept, or raises."""


class Way(Protocol):
    """Polling, or a webhook."""

    async def round(self) -> None:
        """Do the next piece of work; return soon, or when something came. After an error it is called again."""


@dataclass(frozen=True, slots=True)
class Trouble:
    """What a failed round means: the event to log, and how long to wait where the failure itself says so."""

    event: str
    is_alarm: bool = True  # Somebody has to act; else it passes by itself.
    wait: timedelta | None = None
    fields: Mapping[str, Any] = field(default_factory=dict)


class Reception:
    """Runs a way's rounds as one task between `start` and `stop`."""

    def __init__(
        self,
        way: Way,
        *,
        name: str,
        account_id: int,
        trouble_of: Callable[[Exception], Trouble],
        first_pause: timedelta = FIRST_PAUSE,
    ) -> None:
        self._way = way
        self._name = name
        self._log = log.bind(account=account_id)
        self._trouble_of = trouble_of
        self._first_pause = first_pause
        self._task: asyncio.Task[None] | None = None

    def start(self) -> None:
        self._task = asyncio.create_task(self._run(), name=f"{self._name}-reception")

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
                trouble = self._trouble_of(error)
                pause = trouble.wait if trouble.wait is not None else self._pause(failures)
                self._note(trouble, failures, pause)
                await asyncio.sleep(pause.total_seconds())
            else:
                failures = 0

    def _pause(self, failures: int) -> timedelta:
        doubled: int = 2 ** min(failures - 1, _DOUBLINGS)
        # Not all processes that lost the platform at one moment may come back at one moment.
        return min(self._first_pause * doubled, _LONGEST_PAUSE) * random.uniform(0.75, 1)  # noqa: S311 - no secret

    def _note(self, trouble: Trouble, failures: int, pause: timedelta) -> None:
        write = self._log.error if trouble.is_alarm else self._log.warning
        write(trouble.event, failures=failures, again_in_s=round(pause.total_seconds(), 1), **trouble.fields)
