"""Starts the parts of the service in order and stops them in reverse, whatever happens in between."""

import asyncio
import signal
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass

import structlog

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Part:
    """Something that is started and stopped. `stop` is called only when `start` has succeeded."""

    name: str
    start: Callable[[], Awaitable[object]]
    stop: Callable[[], Awaitable[object]]


@asynccontextmanager
async def running(parts: Sequence[Part]) -> AsyncIterator[None]:
    """The parts run while the block does. One that fails to start stops those before it; one that fails to stop, none."""
    async with AsyncExitStack() as stack:
        for part in parts:
            await part.start()
            stack.push_async_callback(_stop, part)
        yield


async def until_told_to_stop() -> None:
    """Returns at SIGTERM or SIGINT."""
    told = asyncio.Event()
    loop = asyncio.get_running_loop()
    for signal_number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(signal_number, told.set)
    try:
        await told.wait()
    finally:
        for signal_number in (signal.SIGTERM, signal.SIGINT):
            loop.remove_signal_handler(signal_number)


async def _stop(part: Part) -> None:
    try:
        await part.stop()
    except Exception:
        log.exception("part_did_not_stop", part=part.name)
