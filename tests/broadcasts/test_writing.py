import asyncio
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from bot.store.database import Database
from bot.store.tables import staff_acts
from bot.store.tables.broadcasts import BroadcastState, Priority
from broadcasts import confirming, draft_versions, starting, steps, writing
from broadcasts.content import Content, Otherwise
from broadcasts.refused import Refused
from broadcasts.writing import Changed, Draft
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


async def test_who_writes_over_a_colleague_is_told_and_the_colleagues_text_stays(
    database: Database, union: People, draft: Write, clock: MovingClock
) -> None:
    broadcast_id = await _create(database, union, draft(), clock())
    seen_at = (await _get(database, broadcast_id)).updated_at
    clock.move(timedelta(seconds=5))
    theirs, hers = draft(title="Của chị kia"), draft(title="Của tôi")
    async with database.writing() as connection:
        await writing.edit(connection, broadcast_id, theirs, staff_id=union.chi, now=clock(), seen_at=seen_at)
    clock.move(timedelta(seconds=5))
    for write in (writing.edit, writing.go_on):
        async with database.writing() as connection:
            with pytest.raises(Changed):
                await write(connection, broadcast_id, hers, staff_id=union.an, now=clock(), seen_at=seen_at)
    row = await _get(database, broadcast_id)
    assert row.title == "Của chị kia"
    async with database.writing() as connection:  # She has seen theirs, and means hers.
        await writing.edit(
            connection, broadcast_id, hers, staff_id=union.an, now=clock(), seen_at=row.updated_at
        )
        versions = await draft_versions.listed(connection, broadcast_id)
    assert [(one.draft["title"], one.staff_id) for one in versions] == [
        ("Của tôi", union.an), ("Của chị kia", union.chi), ("Họp mặt", union.an)
    ]  # fmt: skip


async def test_going_on_writes_one_version_a_minute_and_none_for_nothing_new(
    database: Database, union: People, draft: Write, clock: MovingClock
) -> None:
    broadcast_id = await _create(database, union, draft(texts={"vi": "a"}), clock())
    for words in ("ab", "ab", "abc", "a"):  # The last is shorter: what was deleted may be missed.
        clock.move(timedelta(seconds=4))
        row = await _get(database, broadcast_id)
        async with database.writing() as connection:
            kept = await writing.go_on(
                connection,
                broadcast_id,
                draft(texts={"vi": words}),
                staff_id=union.an,
                now=clock(),
                seen_at=row.updated_at,
            )
        assert kept == (words != row.texts["vi"])
    async with database.reading() as connection:
        versions = await draft_versions.listed(connection, broadcast_id)
    assert [one.draft["texts"]["vi"] for one in versions] == ["a", "abc"]


async def test_what_others_count_on_is_not_changed_by_typing_alone(
    database: Database, union: People, draft: Write, clock: MovingClock
) -> None:
    broadcast_id = await _create(database, union, draft(), clock())
    await _confirm(database, union, broadcast_id, clock())
    row = await _get(database, broadcast_id)
    async with database.writing() as connection:
        with pytest.raises(Refused):
            await writing.go_on(
                connection,
                broadcast_id,
                draft(title="Khác"),
                staff_id=union.an,
                now=clock(),
                seen_at=row.updated_at,
            )
    assert (await _get(database, broadcast_id)).state is BroadcastState.SCHEDULED


async def test_an_older_version_comes_back_whole_and_the_last_one_stays(
    database: Database, union: People, draft: Write, clock: MovingClock
) -> None:
    deadline = clock() + timedelta(days=3)
    first = draft(
        content=Content(answers=({"vi": "Có"},), counts_clicks=True),
        priority=Priority.DRIP,
        per_day=500,
        budget=1000,
        deadline_at=deadline,
        category="suc_khoe",
    )
    broadcast_id = await _create(database, union, first, clock())
    async with database.writing() as connection:
        await writing.edit(connection, broadcast_id, draft(title="Mới"), staff_id=union.an, now=clock())
        (_newest, oldest) = await draft_versions.listed(connection, broadcast_id)
        await writing.go_back(connection, broadcast_id, oldest.version_id, staff_id=union.an, now=clock())
        versions = await draft_versions.listed(connection, broadcast_id)
        with pytest.raises(Refused):
            await writing.go_back(connection, broadcast_id, 9999, staff_id=union.an, now=clock())
    assert Draft.of(await _get(database, broadcast_id)) == first
    assert [one.draft["title"] for one in versions] == ["Họp mặt", "Mới", "Họp mặt"]


async def test_what_was_sent_is_copied_to_a_new_draft(
    database: Database, union: People, draft: Write, clock: MovingClock
) -> None:
    written = draft(content=Content(otherwise=Otherwise.LEAVE_OUT), deadline_at=clock() + timedelta(days=1))
    broadcast_id = await _create(database, union, written, clock())
    await _confirm(database, union, broadcast_id, clock())
    await _start(database, clock())
    async with database.writing() as connection:
        copied = await writing.copy(connection, broadcast_id, "Họp lại", staff_id=union.chi, now=clock())
    row = await _get(database, copied)
    assert (row.state, row.created_by) == (BroadcastState.DRAFT, union.chi)
    assert Draft.of(row) == replace(written, title="Họp lại", deadline_at=None)
