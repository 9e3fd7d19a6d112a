"""The clockwork: calls what has to look at the rows again and again. It keeps nothing itself; the rows are the truth."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

import structlog
from apscheduler.schedulers.asyncio import AsyncIOScheduler

from bot.clock import Clock
from bot.store.database import Database
from broadcasts import filling, running, starting

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
        self._scheduler = AsyncIOScheduler(timezone=UTC)
        self._under_way: set[asyncio.Task[None]] = set()

    async def start(self) -> None:
        # A tick that takes longer than its span is no news; APScheduler would warn of each one left out.
        logging.getLogger("apscheduler").setLevel(logging.ERROR)
        for tick in self._ticks:
            self._scheduler.add_job(
                self._call,
                "interval",
                args=[tick],
                id=tick.name,
                seconds=tick.seconds,
                next_run_time=datetime.now(UTC),
                misfire_grace_time=None,
                coalesce=True,
                max_instances=1,
            )
        self._scheduler.start()

    async def stop(self) -> None:
        """Call nothing more, wait for what is under way."""
        self._scheduler.remove_all_jobs()
        if self._under_way:
            _, late = await asyncio.wait(self._under_way, timeout=_STOP_S)
            for task in late:
                task.cancel()
            await asyncio.gather(*late, return_exceptions=True)
        self._scheduler.shutdown(wait=False)

    async def _call(self, tick: Tick) -> None:
        task = asyncio.ensure_future(_guarded(tick))
        self._under_way.add(task)
        task.add_done_callback(self._under_way.discard)
        await task


async def _guarded(tick: Tick) -> None:
    try:
        await tick.act()
    except Exception:
        log.exception("tick_failed", tick=tick.name)


def broadcast_tick(
    database: Database, clock: Clock, wake: Callable[[], None]
) -> Callable[[], Awaitable[None]]:
    """The tick that starts, fills and finishes runs; `wake` is told when there is something to send."""

    async def act() -> None:
        async with database.writing() as connection:
            for run_id in await starting.start_due(connection, clock()):
                log.info("run_started", run=run_id)
        async with database.reading() as connection:
            unfilled = await filling.unfilled(connection)
        for run_id in unfilled:
            try:
                await _fill(database, clock, run_id)
            except Exception as error:  # One run's trouble (its unit is gone) holds up no other.
                log.exception("run_not_filled", run=run_id)
                if not starting.is_passing(error):
                    async with database.writing() as connection:
                        await filling.give_up(connection, run_id)
            wake()
        is_left = True
        while is_left:
            async with database.writing() as connection:
                is_left = await running.skip_cancelled(connection)
        async with database.writing() as connection:
            for run_id in await running.finish_done(connection, clock()):
                log.info("run_finished", run=run_id)

    return act


async def _fill(database: Database, clock: Clock, run_id: int) -> None:
    is_filled = False
    while not is_filled:
        async with database.writing() as connection:
            is_filled = await filling.fill(connection, run_id, clock())
