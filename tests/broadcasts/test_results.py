from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from bot import pace
from bot.people import viewers
from bot.people.viewers import Viewer
from bot.store.database import Database
from bot.store.tables import deliveries, staff_acts
from bot.store.tables.broadcasts import DeliveryState, RunState
from broadcasts import results, running
from broadcasts.refused import Refused
from broadcasts.results import PAGE_SIZE, Progress
from tests import people
from tests.broadcasts.conftest import Announce
from tests.broadcasts.ledger import add_members, ledger, outcomes
from tests.conftest import MovingClock
from tests.people import People


async def _become(database: Database, delivery_id: int, state: DeliveryState, **values: Any) -> None:
    async with database.writing() as connection:
        await connection.execute(
            sa.update(deliveries).where(deliveries.c.id == delivery_id).values(state=state, **values)
        )


async def _progress(database: Database, run_id: int, clock: MovingClock) -> Progress:
    async with database.reading() as connection:
        return await results.progress(connection, run_id, now=clock())


async def _viewer(database: Database, staff_id: int) -> Viewer:
    async with database.reading() as connection:
        viewer = await viewers.viewer(connection, staff_id)
    assert viewer is not None
    return viewer


async def test_progress_counts_every_outcome(
    database: Database, union: People, announce: Announce, clock: MovingClock
) -> None:
    await add_members(database, union, 6, clock)
    run_id = await announce()
    ids = [row.id for row in await ledger(database, run_id)]
    early, late = clock(), clock() + timedelta(seconds=10)
    await _become(database, ids[0], DeliveryState.SENT, sent_at=late)
    await _become(database, ids[1], DeliveryState.SENT, sent_at=early)
    await _become(database, ids[2], DeliveryState.FAILED, code="blocked")
    await _become(database, ids[3], DeliveryState.UNCERTAIN, code="timeout")
    await _become(database, ids[4], DeliveryState.SKIPPED, code="stopped")
    await _become(database, ids[5], DeliveryState.CLAIMED)
    seen = await _progress(database, run_id, clock)
    assert (seen.state, seen.total, seen.percent) == (RunState.RUNNING, 8, 62)
    assert seen.by_state == {
        DeliveryState.SENT: 2, DeliveryState.FAILED: 1, DeliveryState.UNCERTAIN: 1, DeliveryState.SKIPPED: 1,
        DeliveryState.CLAIMED: 1, DeliveryState.PLANNED: 2,
    }  # fmt: skip
    assert seen.by_code == {
        (DeliveryState.FAILED, "blocked"): 1, (DeliveryState.UNCERTAIN, "timeout"): 1, (DeliveryState.SKIPPED, "stopped"): 1
    }  # fmt: skip
    assert (seen.first_sent, seen.last_sent) == (early, late)
    # The account has no pace: what it did so far says what it can do.
    assert seen.finish == clock() + 3 * timedelta(seconds=10)


async def test_the_pace_says_when_it_will_be_finished(
    database: Database, union: People, announce: Announce, clock: MovingClock
) -> None:
    async with database.writing() as connection:
        await pace.set_pace(connection, union.account_id, per_second=0.1)
    run_id = await announce()
    finish = (await _progress(database, run_id, clock)).finish
    assert finish is not None
    # Slots stand a little further apart than asked.
    assert timedelta(seconds=20) <= finish - clock() < timedelta(seconds=21)
    async with database.writing() as connection:
        await running.pause(connection, run_id, staff_id=union.an, now=clock())
    assert (await _progress(database, run_id, clock)).finish is None


async def test_nothing_is_promised_before_anything_is_known(
    database: Database, announce: Announce, clock: MovingClock
) -> None:
    run_id = await announce(fill=False)
    seen = await _progress(database, run_id, clock)
    assert (seen.total, seen.percent, seen.finish, seen.first_sent) == (0, 0, None, None)
    with pytest.raises(Refused):
        await _progress(database, 99, clock)


async def test_names_are_shown_to_officers_of_the_members_unit_only(
    database: Database, union: People, announce: Announce, clock: MovingClock
) -> None:
    async with database.writing() as connection:
        mai = await people.add_member(
            connection, "Lê Thị Mai", union.other_commune_id, allows_announcements=True, now=clock()
        )
        await people.add_contact(connection, union.account_id, "mai", member_id=mai, now=clock())
    run_id = await announce()
    async with database.reading() as connection:
        to_an = await results.recipients(connection, run_id, await _viewer(database, union.an))
        to_chi = await results.recipients(connection, run_id, await _viewer(database, union.chi))
    assert [row.full_name for row in to_an.rows] == ["Nguyễn Thị Hoa", "Thạch Thị Lan", "Lê Thị Mai"]
    assert (to_an.rows[0].unit_name, to_an.rows[0].channel) == ("Chi hội An Ninh", "web_chat")
    assert ([row.full_name for row in to_chi.rows], to_chi.total) == (["Lê Thị Mai"], 1)


async def test_lists_are_by_state_and_in_pages(
    database: Database, union: People, announce: Announce, clock: MovingClock
) -> None:
    await add_members(database, union, PAGE_SIZE, clock)
    run_id = await announce()
    an = await _viewer(database, union.an)
    (first, *_) = await ledger(database, run_id)
    await _become(database, first.id, DeliveryState.UNCERTAIN, code="timeout")
    async with database.reading() as connection:
        one = await results.recipients(connection, run_id, an)
        two = await results.recipients(connection, run_id, an, page=2)
        beyond = await results.recipients(connection, run_id, an, page=99)
        doubtful = await results.recipients(connection, run_id, an, state=DeliveryState.UNCERTAIN)
        failed = await results.recipients(connection, run_id, an, state=DeliveryState.FAILED)
    assert (one.total, one.pages, len(one.rows), len(two.rows)) == (PAGE_SIZE + 2, 2, PAGE_SIZE, 2)
    assert {row.delivery_id for row in one.rows}.isdisjoint(row.delivery_id for row in two.rows)
    assert (beyond.page, beyond.rows) == (2, two.rows)
    assert [(row.full_name, row.code) for row in doubtful.rows] == [("Nguyễn Thị Hoa", "timeout")]
    assert (failed.total, failed.pages, failed.rows) == (0, 1, [])


async def test_the_officer_has_uncertain_ones_sent_again(
    database: Database, union: People, announce: Announce, clock: MovingClock
) -> None:
    run_id = await announce()
    first, second = [row.id for row in await ledger(database, run_id)]
    await _become(database, first, DeliveryState.UNCERTAIN, code="timeout")
    await _become(database, second, DeliveryState.SENT)
    async with database.writing() as connection:
        again = [
            await results.send_uncertain_again(connection, run_id, ids, staff_id=union.an, now=clock())
            for ids in ([second], [first], None)
        ]
        acts = (
            await connection.execute(sa.select(staff_acts).where(staff_acts.c.act == "uncertain_sent_again"))
        ).all()
    assert again == [0, 1, 0]
    assert await outcomes(database, run_id) == {("planned", "timeout"): 1, ("sent", ""): 1}
    assert [(act.staff_id, act.subject, act.detail) for act in acts] == [
        (union.an, f"run {run_id}", {"count": 1})
    ]


async def test_of_a_cancelled_run_nothing_is_sent_again(
    database: Database, union: People, announce: Announce, clock: MovingClock
) -> None:
    run_id = await announce()
    async with database.writing() as connection:
        await running.cancel(connection, run_id, staff_id=union.an, now=clock())
        with pytest.raises(Refused):
            await results.send_uncertain_again(connection, run_id, None, staff_id=union.an, now=clock())


async def test_who_was_erased_is_counted_but_in_no_list(
    database: Database, union: People, announce: Announce, clock: MovingClock
) -> None:
    run_id = await announce()
    async with database.writing() as connection:
        await connection.execute(
            sa.update(deliveries).where(deliveries.c.member_id == union.hoa).values(member_id=None)
        )
    async with database.reading() as connection:
        listed = await results.recipients(connection, run_id, await _viewer(database, union.an))
    assert [row.full_name for row in listed.rows] == ["Thạch Thị Lan"]
    assert (await _progress(database, run_id, clock)).total == 2
