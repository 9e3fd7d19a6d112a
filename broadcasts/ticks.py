"""What the clockwork calls for announcements: runs are started, filled and finished, each by a tick of its own.

So a run that is filled for minutes delays none that is due: they are started meanwhile, and filled in turn with it.
"""

import asyncio
from collections.abc import Awaitable, Callable, Sequence

import sqlalchemy as sa
import structlog

from bot.clock import Clock
from bot.store.database import Database
from bot.store.tables import broadcasts
from bot.store.tables.broadcasts import BroadcastState
from broadcasts import filling, running, starting, stopping, trial
from broadcasts.policy import Policy
from broadcasts.schedule import Tick
from broadcasts.trouble import Troubles

log = structlog.get_logger()

_USUAL = Policy()
_TURN_S = 0.2  # How long one transaction fills: whoever else wants to write waits no longer.


def broadcast_ticks(
    database: Database, clock: Clock, wake: Callable[[], None], *, policy: Policy = _USUAL
) -> list[Tick]:
    """The ticks of announcements; `wake` is told when there is something to send."""
    return [
        Tick("start_runs", 0.5, _starting(database, clock, policy)),
        Tick("fill_runs", 0.5, _filling(database, clock, wake)),
        Tick("look_after_runs", 1, _looking_after(database, clock, wake, policy)),
        Tick("finish_runs", 1, _finishing(database, clock)),
    ]


def _starting(database: Database, clock: Clock, policy: Policy) -> Callable[[], Awaitable[None]]:
    troubles: starting.Unstarted = Troubles()

    async def act() -> None:
        is_due = sa.select(
            sa.exists().where(broadcasts.c.state == BroadcastState.SCHEDULED, broadcasts.c.due_at <= clock())
        )
        async with database.reading() as connection:
            if not await connection.scalar(is_due):
                return
        async with database.writing() as connection:
            run_ids = await starting.start_due(connection, clock(), policy=policy, troubles=troubles)
        for run_id in run_ids:
            log.info("run_started", run=run_id)

    return act


def _filling(database: Database, clock: Clock, wake: Callable[[], None]) -> Callable[[], Awaitable[None]]:
    troubles: Troubles[int] = Troubles()  # By run.

    async def act() -> None:
        left_for_later: set[int] = set()
        to_stop: set[int] = set()
        while True:
            async with database.reading() as connection:
                unfilled = [run for run in await filling.unfilled(connection) if run not in left_for_later]
            if not unfilled:
                break
            # A chunk of each in turn, so that no run waits for another one to be whole.
            while unfilled:
                done, failed = await _fill_some(database, clock, unfilled)
                for run_id in unfilled[:done]:
                    if run_id not in failed:
                        troubles.is_over(run_id)
                    elif troubles.lasted(run_id, clock()) >= starting.LONGEST_TROUBLE:
                        to_stop.add(run_id)
                unfilled = unfilled[done:]
                left_for_later |= failed
                wake()
        for run_id in sorted(to_stop):
            async with database.writing() as connection:
                await filling.stop(connection, run_id)
            troubles.is_over(run_id)
        troubles.forget_unseen(clock())

    return act


async def _fill_some(database: Database, clock: Clock, run_ids: Sequence[int]) -> tuple[int, set[int]]:
    """A chunk of each of these runs, as many as one turn has time for. Returns how many, and which are to be tried later."""
    time = asyncio.get_running_loop().time
    ends, done, failed = time() + _TURN_S, 0, set[int]()
    async with database.writing() as connection:
        # By their number, as every process does: no two wait for each other.
        for run_id in run_ids:
            try:
                async with connection.begin_nested():
                    await filling.fill(connection, run_id, clock())
            except Exception as error:  # One run's trouble (its unit is gone) holds up no other.
                log.exception("run_not_filled", run=run_id)
                if starting.is_passing(error):
                    failed.add(run_id)
                else:
                    await filling.give_up(connection, run_id)
            done += 1
            if time() >= ends:
                break
    return done, failed


def _looking_after(
    database: Database, clock: Clock, wake: Callable[[], None], policy: Policy
) -> Callable[[], Awaitable[None]]:
    """Runs in trouble stop, trials are decided, and who would be sent to too late is left out."""

    async def act() -> None:
        async with database.writing() as connection:
            await stopping.stop_troubled(connection, policy)
            decided = await trial.decide_due(connection, clock())
        for run_id, winner in decided:
            log.info("trial_decided", run=run_id, winner=winner.name)
        is_left = True
        while is_left:
            async with database.writing() as connection:
                is_left = await trial.release_some(connection)
            if is_left:
                wake()
        is_left = True
        while is_left:
            async with database.writing() as connection:
                is_left = await running.skip_overdue(connection, clock())

    return act


def _finishing(database: Database, clock: Clock) -> Callable[[], Awaitable[None]]:
    async def act() -> None:
        is_left = True
        while is_left:
            async with database.writing() as connection:
                is_left = await running.skip_cancelled(connection)
        async with database.writing() as connection:
            run_ids = await running.finish_done(connection, clock())
        for run_id in run_ids:
            log.info("run_finished", run=run_id)

    return act
