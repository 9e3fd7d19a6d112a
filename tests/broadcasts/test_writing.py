import asyncio
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from bot.store.database import Database
from bot.store.tables import staff_acts
from bot.store.tables.broadcasts import BroadcastState
from broadcasts import confirming, starting, steps, writing
from broadcasts.refused import Refused
from broadcasts.writing import Draft
from tests.conftest import MovingClock
from tests.people import People

Write = Callable[..., Draft]


async def _create(database: Database, union: People, draft: Draft, now: datetime) -> int:
    async with database.writing() as connection:
        return await writing.create(connection, draft, staff_id=union.an, now=now)


async def _confirm(
    database: Database, union: People, broadcast_id: int, now: datetime, **values: Any
) -> bool:
    async with database.writing() as connection:
        given: dict[str, Any] = {"due_at": now, "staff_id": union.an, "counted": 2, "now": now}
        return await confirming.confirm(connection, broadcast_id, **(given | values))


async def _get(database: Database, broadcast_id: int) -> Any:
    async with database.reading() as connection:
        return await steps.get(connection, broadcast_id)


async def _start(database: Database, now: datetime) -> list[int]:
    async with database.writing() as connection:
        return await starting.start_due(connection, now)


async def _acts(database: Database) -> list[str]:
    async with database.reading() as connection:
        return list(await connection.scalars(sa.select(staff_acts.c.act).order_by(staff_acts.c.id)))


async def test_a_draft_is_confirmed_with_the_number_the_officer_saw(
    database: Database, union: People, draft: Write, clock: MovingClock
) -> None:
    broadcast_id = await _create(database, union, draft(), clock())
    due_at = clock() + timedelta(hours=1)
    assert await _confirm(database, union, broadcast_id, clock(), due_at=due_at, counted=17)
    row = await _get(database, broadcast_id)
    assert (row.state, row.due_at, row.counted) == (BroadcastState.SCHEDULED, due_at, 17)
    assert await _acts(database) == ["broadcast_created", "broadcast_confirmed"]


async def test_confirming_twice_is_confirming_once(
    database: Database, union: People, draft: Write, clock: MovingClock
) -> None:
    broadcast_id = await _create(database, union, draft(), clock())
    clicks = await asyncio.gather(*(_confirm(database, union, broadcast_id, clock()) for _ in range(4)))
    assert sorted(clicks) == [False, False, False, True]
    assert len(await _start(database, clock())) == 1
    assert not await _confirm(database, union, broadcast_id, clock())  # It runs by now.
    assert await _start(database, clock()) == []
    assert (await _acts(database)).count("broadcast_confirmed") == 1


async def test_a_time_in_the_past_means_now(
    database: Database, union: People, draft: Write, clock: MovingClock
) -> None:
    broadcast_id = await _create(database, union, draft(), clock())
    await _confirm(database, union, broadcast_id, clock(), due_at=clock() - timedelta(days=1))
    assert (await _get(database, broadcast_id)).due_at == clock()


async def test_what_is_edited_after_confirming_has_to_be_confirmed_again(
    database: Database, union: People, draft: Write, clock: MovingClock
) -> None:
    broadcast_id = await _create(database, union, draft(), clock())
    await _confirm(database, union, broadcast_id, clock())
    async with database.writing() as connection:
        await writing.edit(connection, broadcast_id, draft(title="Họp tổ"), staff_id=union.an, now=clock())
    row = await _get(database, broadcast_id)
    assert (row.state, row.due_at, row.counted, row.title) == (BroadcastState.DRAFT, None, None, "Họp tổ")
    assert await _start(database, clock()) == []
    assert await _confirm(database, union, broadcast_id, clock())


async def test_what_a_colleague_changed_meanwhile_is_not_confirmed_unseen(
    database: Database, union: People, draft: Write, clock: MovingClock
) -> None:
    broadcast_id = await _create(database, union, draft(), clock())
    seen_at = (await _get(database, broadcast_id)).updated_at
    clock.move(timedelta(seconds=5))
    async with database.writing() as connection:
        await writing.edit(connection, broadcast_id, draft(title="Khác"), staff_id=union.an, now=clock())
    with pytest.raises(Refused):
        await _confirm(database, union, broadcast_id, clock(), seen_at=seen_at)
    assert (await _get(database, broadcast_id)).state is BroadcastState.DRAFT


@pytest.mark.parametrize(
    "texts", [{}, {"vi": "  "}, {"km": "សួស្តី"}, {"vi": "Chào {{ten"}, {"vi": "Chào", "km": "{{x}}"}]
)
async def test_a_text_with_faults_is_not_scheduled(
    database: Database, union: People, draft: Write, clock: MovingClock, texts: dict[str, str]
) -> None:
    broadcast_id = await _create(database, union, draft(texts=texts), clock())
    with pytest.raises(Refused):
        await _confirm(database, union, broadcast_id, clock())
    assert (await _get(database, broadcast_id)).state is BroadcastState.DRAFT


@pytest.mark.parametrize("is_scheduled", [False, True])
async def test_a_cancelled_one_is_never_sent(
    database: Database, union: People, draft: Write, clock: MovingClock, is_scheduled: bool
) -> None:
    broadcast_id = await _create(database, union, draft(), clock())
    if is_scheduled:
        await _confirm(database, union, broadcast_id, clock())
    async with database.writing() as connection:
        assert await confirming.cancel(connection, broadcast_id, staff_id=union.an, now=clock())
        assert not await confirming.cancel(connection, broadcast_id, staff_id=union.an, now=clock())
    assert await _start(database, clock()) == []
    with pytest.raises(Refused):
        await _confirm(database, union, broadcast_id, clock())
    async with database.writing() as connection:
        with pytest.raises(Refused):
            await writing.edit(connection, broadcast_id, draft(), staff_id=union.an, now=clock())
    assert (await _get(database, broadcast_id)).state is BroadcastState.CANCELLED
    assert (await _acts(database)).count("broadcast_cancelled") == 1


async def test_once_it_runs_it_is_neither_edited_nor_cancelled_here(
    database: Database, union: People, draft: Write, clock: MovingClock
) -> None:
    broadcast_id = await _create(database, union, draft(), clock())
    await _confirm(database, union, broadcast_id, clock())
    await _start(database, clock())
    async with database.writing() as connection:
        with pytest.raises(Refused):
            await writing.edit(connection, broadcast_id, draft(), staff_id=union.an, now=clock())
        with pytest.raises(Refused):
            await confirming.cancel(connection, broadcast_id, staff_id=union.an, now=clock())
    assert (await _get(database, broadcast_id)).state is BroadcastState.RUN


async def test_a_broadcast_that_is_not_there_is_refused(
    database: Database, clock: MovingClock, union: People
) -> None:
    with pytest.raises(Refused):
        await _confirm(database, union, 99, clock())
