import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta

import pytest

from bot.sending import pace
from bot.store.database import Database
from bot.store.tables import paces
from tests import people
from tests.conftest import MovingClock

RATE = 30
INTERVAL_US = 33_667  # 1 % more than a thirtieth of a second.
FAR = timedelta(seconds=10)


@pytest.fixture
async def account_id(database: Database, clock: MovingClock) -> int:
    async with database.writing() as connection:
        account = await people.add_account(connection, now=clock())
        await pace.set_pace(connection, account, per_second=RATE)
    return account


@pytest.fixture
async def other(database: Database) -> AsyncIterator[Database]:
    """Another process's connections to the same database."""
    opened = Database.open(database.engine.url.render_as_string(hide_password=False))
    yield opened
    await opened.close()


async def _now_us(database: Database) -> int:
    async with database.reading() as connection:
        return int((await connection.execute(pace.database_now_us().select())).scalar_one())


async def _reserve(
    database: Database, account_id: int, wanted: int, *, horizon: timedelta = FAR, used: int | None = None
) -> list[float]:
    """The reserved slots in microseconds of the database's clock, all but the first `used` given back."""
    async with database.writing() as connection:
        slots = await pace.reserve(connection, account_id, wanted, horizon=horizon)
        kept = slots.granted if used is None else min(used, slots.granted)
        await pace.give_back(connection, account_id, slots.granted - kept)
    return [slots.at_s(i) * 1_000_000 for i in range(kept)]


def _busiest_second(slots: list[float]) -> int:
    slots = sorted(slots)
    return max(sum(start <= slot < start + 1_000_000 for slot in slots) for start in slots)


async def test_two_processes_together_never_get_more_than_the_rate(
    database: Database, other: Database, account_id: int
) -> None:
    async def process(its: Database) -> list[float]:
        slots: list[float] = []
        for wanted in (1, 7, 40, 3, 25, 100, 2, 60):
            slots += await _reserve(its, account_id, wanted)
        return slots

    shares = await asyncio.gather(process(database), process(other), process(database), process(other))
    slots = sorted(slot for share in shares for slot in share)
    assert len(slots) > 140  # The nearer half of the horizon was given out whole ...
    # ... each once.
    assert _busiest_second(slots) <= RATE
    span_s = (slots[-1] - slots[0]) / 1_000_000
    assert (len(slots) - 1) / span_s <= RATE


async def test_slots_given_back_are_given_out_again(database: Database, account_id: int) -> None:
    first = await _reserve(database, account_id, 100, used=10)
    second = await _reserve(database, account_id, 5)
    assert len(first) == 10
    assert len(second) == 5
    assert second[0] - first[-1] == pytest.approx(INTERVAL_US, abs=INTERVAL_US / 2)


async def test_what_was_not_used_is_not_saved_up(database: Database, account_id: int) -> None:
    """A restart, or an hour of silence, does not let a burst through: the next free slot is never in the past."""
    before = await _now_us(database)
    slots = await _reserve(database, account_id, 100, horizon=timedelta(seconds=1))
    assert slots[0] >= before
    assert len(slots) <= RATE + 1
    async with database.writing() as connection:  # The service starts anew and sets its pace again.
        await pace.set_pace(connection, account_id, per_second=RATE)
    assert await _reserve(database, account_id, 100, horizon=timedelta()) == []
    later = await _reserve(database, account_id, 1)
    assert later[0] > slots[-1]


async def test_no_slot_lies_behind_the_horizon(database: Database, account_id: int) -> None:
    before = await _now_us(database)
    slots = await _reserve(database, account_id, 100, horizon=pace.HORIZON)
    after = await _now_us(database)
    assert 1 <= len(slots) <= 8
    assert slots[0] >= before
    assert slots[-1] <= after + pace.HORIZON / timedelta(microseconds=1)


@pytest.mark.parametrize("per_second", [RATE, 0])
async def test_a_platforms_wait_holds_the_account(
    database: Database, account_id: int, per_second: float
) -> None:
    async with database.writing() as connection:
        await pace.set_pace(connection, account_id, per_second=per_second)
        await pace.hold(connection, account_id, timedelta(seconds=60))
        await pace.hold(connection, account_id, timedelta(seconds=1))  # A shorter one does not end it.
    assert await _reserve(database, account_id, 10, horizon=timedelta(seconds=50)) == []


async def test_a_wait_that_is_over_holds_nothing(database: Database, account_id: int) -> None:
    async with database.writing() as connection:
        await pace.hold(connection, account_id, timedelta())
    assert len(await _reserve(database, account_id, 3)) == 3


async def test_without_a_pace_everything_is_granted_at_once(database: Database, account_id: int) -> None:
    async with database.writing() as connection:
        await pace.set_pace(connection, account_id, per_second=0)
        slots = await pace.reserve(connection, account_id, 1000)
        again = await pace.reserve(connection, account_id, 1000)
    assert (slots.granted, again.granted, slots.interval) == (1000, 1000, timedelta())


async def test_the_first_slot_leaves_time_to_prepare(database: Database, account_id: int) -> None:
    before = await _now_us(database)
    async with database.writing() as connection:
        slots = await pace.reserve(connection, account_id, 1, lead=timedelta(seconds=1))
        soon = await pace.reserve(connection, account_id, 1, horizon=timedelta(milliseconds=100))
    assert slots.at_s(0) * 1_000_000 >= before + 1_000_000
    assert soon.granted == 0
    async with database.writing() as connection:  # Where no pace is kept, there is nothing to prepare for.
        await pace.set_pace(connection, account_id, per_second=0)
        await connection.execute(paces.update().values(next_us=0))
        granted = [
            (await pace.reserve(connection, account_id, 5, lead=timedelta(seconds=1))).granted for _ in "ab"
        ]
    assert granted == [5, 5]


async def test_a_reservation_that_is_rolled_back_took_nothing(database: Database, account_id: int) -> None:
    with pytest.raises(RuntimeError):
        async with database.writing() as connection:
            await pace.reserve(connection, account_id, 100, horizon=FAR)
            raise RuntimeError("died before the commit")
    before = await _now_us(database)
    slots = await _reserve(database, account_id, 1)
    assert slots[0] < before + 1_000_000
