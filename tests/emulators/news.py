"""Lets one coroutine wait until another has changed something, without polling."""

from __future__ import annotations

import asyncio
from collections.abc import Callable


class News:
    """`tell` wakes everybody who waits; costs next to nothing while nobody does."""

    __slots__ = ("_event",)

    def __init__(self) -> None:
        self._event: asyncio.Event | None = None

    def tell(self) -> None:
        if self._event is not None:
            self._event.set()
            self._event = None

    async def until(self, is_true: Callable[[], bool], timeout_s: float | None) -> bool:
        """Waits until `is_true()`, looked at after every `tell`; False when the time is over first."""
        try:
            async with asyncio.timeout(timeout_s):
                while not is_true():
                    self._event = self._event or asyncio.Event()
                    await self._event.wait()
        except TimeoutError:
            return is_true()
        return True
