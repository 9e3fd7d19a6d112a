"""The emulators' clock: it wakes who waits, however it comes to show the moment."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta

from tests.conftest import MovingClock
from tests.emulators.clock import EmulatorClock

START = datetime(2026, 11, 23, 2, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)


async def test_a_move_past_the_moment_wakes_who_waits() -> None:
    clock = EmulatorClock.standing(START)
    waiting = asyncio.create_task(clock.reaches(START + HOUR))
    await asyncio.sleep(0)
    clock.move(HOUR - timedelta(seconds=1))
    await asyncio.sleep(0)
    assert not waiting.done()
    clock.move(timedelta(seconds=1))
    await waiting
    assert clock.ms() == int((START + HOUR).timestamp() * 1000)


async def test_it_may_follow_a_tests_own_clock(clock: MovingClock) -> None:
    emulated = EmulatorClock(clock)
    waiting = asyncio.create_task(emulated.reaches(clock() + HOUR))
    await asyncio.sleep(0)
    clock.move(HOUR)
    emulated.look()
    await waiting


async def test_by_itself_it_runs() -> None:
    clock = EmulatorClock()
    clock.move(HOUR)
    await clock.reaches(clock.now() + timedelta(milliseconds=5))
    assert clock.now() - datetime.now(UTC) > timedelta(minutes=59)
    assert clock.in_vietnam().utcoffset() == timedelta(hours=7)
