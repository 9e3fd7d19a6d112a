"""The small Union of `tests.people`, with Hoa and Lan who want announcements, and ways to start and to schedule one."""

from collections.abc import Awaitable, Callable
from typing import Any

import pytest
import sqlalchemy as sa

from bot.store.database import Database
from bot.store.tables import members
from broadcasts import confirming, filling, starting, timing, writing
from broadcasts.audience import Audience
from broadcasts.timing import Schedule
from broadcasts.writing import Draft
from tests import people
from tests.broadcasts.ledger import change_member
from tests.broadcasts.test_timing import at
from tests.conftest import MovingClock
from tests.people import People

Announce = Callable[..., Awaitable[int]]
Plan = Callable[..., Awaitable[int]]


@pytest.fixture
async def union(database: Database, clock: MovingClock) -> People:
    settled = await people.settle(database, clock())
    for member_id in (settled.hoa, settled.lan):
        await change_member(database, member_id, allows_announcements=True)
    return settled


@pytest.fixture
def draft(union: People) -> Callable[..., Draft]:
    """A complete draft to everybody in the web chat, but for what is passed."""

    def write(**values: Any) -> Draft:
        given: dict[str, Any] = {
            "title": "Họp mặt",
            "texts": {"vi": "Chào chị {{ten}}! Gõ NGUNG để dừng."},
            "unit_id": union.province_id,
            "audience": Audience.of_units([union.province_id], ("web_chat",)),
        }
        return Draft(**(given | values))

    return write


@pytest.fixture
def announce(database: Database, clock: MovingClock, union: People, draft: Callable[..., Draft]) -> Announce:
    """Writes, confirms and starts an announcement; returns the run, filled unless told otherwise."""

    async def start(*, fill: bool = True, **values: Any) -> int:
        async with database.writing() as connection:
            broadcast_id = await writing.create(connection, draft(**values), staff_id=union.an, now=clock())
            await confirming.confirm(
                connection, broadcast_id, due_at=clock(), staff_id=union.an, counted=2, now=clock()
            )
            (run_id,) = await starting.start_due(connection, clock())
        while fill:
            async with database.writing() as connection:
                fill = not await filling.fill(connection, run_id, clock())
        return run_id

    return start


@pytest.fixture
async def members_of_old(database: Database, union: People) -> None:
    """Hoa and Lan joined years ago."""
    async with database.writing() as connection:
        await connection.execute(sa.update(members).values(created_at=at("2020-01-01 09:00")))


@pytest.fixture
def plan(
    database: Database, members_of_old: None, union: People, draft: Callable[..., Draft], clock: MovingClock
) -> Plan:
    """Confirms an announcement for a schedule; returns the broadcast."""

    async def confirm(schedule: Schedule, **values: Any) -> int:
        async with database.writing() as connection:
            broadcast_id = await writing.create(connection, draft(**values), staff_id=union.an, now=clock())
            due_at = await timing.next_due(connection, schedule, clock())
            assert due_at is not None
            await confirming.confirm(
                connection, broadcast_id, due_at=due_at, staff_id=union.an, counted=2, now=clock(),
                schedule=timing.to_json(schedule),
            )  # fmt: skip
        return broadcast_id

    return confirm
