"""The small Union of `tests.people`, with Hoa and Lan who want announcements, and a way to start one."""

from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from bot.store.database import Database
from broadcasts import confirming, filling, starting, writing
from broadcasts.audience import Audience
from broadcasts.writing import Draft
from tests import people
from tests.broadcasts.ledger import change_member
from tests.conftest import MovingClock
from tests.people import People

Announce = Callable[..., Awaitable[int]]


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
