"""The clockwork: calls what has to look at the rows again and again. It keeps nothing itself; the rows are the truth.

It counts on the monotonic clock: a machine whose clock is set back an hour loses no tick.
"""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass

import structlog

log = structlog.get_logger()

_STOP_S = 15  # How long a stop waits for ticks under way.


@dataclass(frozen=True, slots=True)
class Tick:
    """Something to be called every so many seconds, never twice at the same time in one process."""

    name: str
    seconds: float
    act: Callable[[], Awaitable[None]]


class Schedule:
    """Calls its ticks from `start` to `stop`, each for the first time at once. A tick's error is logged; the next comes."""

    def __init__(self, ticks: Sequence[Tick]) -> None:
        self._ticks = ticks
        self._stopping = asyncio.Event()
        self._loops: list[asyncio.Task[None]] = []

    async def start(self) -> None:
        self._stopping.clear()
        self._loops = [
            asyncio.create_task(self._call(tick), name=f"tick {tick.name}") for tick in self._ticks
        ]

    async def stop(self) -> None:
        """Call nothing more, wait for what is under way."""
        self._stopping.set()
        if not self._loops:
            return
        _, late = await asyncio.wait(self._loops, timeout=_STOP_S)
        for loop in late:
            loop.cancel()
        await asyncio.gather(*late, return_exceptions=True)

    async def _call(self, tick: Tick) -> None:
        now = asyncio.get_running_loop().time
        while not self._stopping.is_set():
            began = now()
            try:
                await tick.act()
            except Exception:
                log.exception("tick_failed", tick=tick.name)
            try:
                # From beginning to beginning; one that took longer is followed by the next at once.
                async with asyncio.timeout(max(began + tick.seconds - now(), 0)):
                    await self._stopping.wait()
            except TimeoutError:
                continue
