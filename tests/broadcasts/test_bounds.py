from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from bot.sending import pace
from bot.sending.parcels import Verdict
from bot.store.database import Database
from bot.store.tables import accounts, contacts, deliveries, runs
from bot.store.tables.broadcasts import Priority, Route, RunState
from broadcasts import running
from broadcasts.audience import Audience
from broadcasts.content import Approved, Content, Post
from broadcasts.refused import Refused
from tests.broadcasts.conftest import Announce
from tests.broadcasts.desk import Desk
from tests.broadcasts.ledger import add_members, change_member, ledger, outcomes, run_of
from tests.conftest import MovingClock
from tests.people import People

DAY = timedelta(days=1)


@pytest.fixture
def desk(database: Database, union: People, clock: MovingClock) -> Desk:
    return Desk(database, union, clock)


async def _on_zalo(database: Database, union: People, **account: Any) -> None:
    """Everybody's chat is one with an Official Account from here on."""
    async with database.writing() as connection:
        changed = sa.update(accounts).where(accounts.c.id == union.account_id)
        await connection.execute(changed.values(channel="zalo_oa", **({"may_cost": True} | account)))


async def _heard(database: Database, before: timedelta, clock: MovingClock) -> None:
    async with database.writing() as connection:
        await connection.execute(sa.update(contacts).values(last_in_at=clock() - before))


async def test_a_drip_reaches_so_many_a_day(
    database: Database, union: People, desk: Desk, announce: Announce, clock: MovingClock
) -> None:
    await add_members(database, union, 8, clock)
    run_id = await announce(priority=Priority.DRIP, per_day=4)
    for day in (4, 4, 2):
        assert sum([len(await desk.send(3)) for _ in range(3)]) == day
        clock.move(DAY)
    assert await outcomes(database, run_id) == {("sent", ""): 10}


async def test_who_was_not_reached_after_all_takes_nobodys_place_in_the_drip(
    database: Database, desk: Desk, announce: Announce, clock: MovingClock
) -> None:
    await announce(per_day=1)
    for verdict in (Verdict.AGAIN, Verdict.FAILED):
        await desk.settle(await desk.claim(), verdict, code="x", **({"next_at": clock()} if verdict is Verdict.AGAIN else {}))  # fmt: skip
    await desk.release(await desk.claim())
    assert len(await desk.send()) == 1
    assert await desk.claim() == []


async def test_what_would_go_over_the_budget_is_left_out_and_told(
    database: Database, union: People, desk: Desk, announce: Announce, clock: MovingClock
) -> None:
    await _on_zalo(database, union)
    await _heard(database, timedelta(hours=47), clock)
    run_id = await announce(budget=60, audience=_zalo(union))
    clock.move(timedelta(hours=3))  # It has become one that costs, and two would cost more than there is.
    (hoa,) = await desk.claim()
    assert await outcomes(database, run_id) == {("claimed", ""): 1, ("skipped", "budget"): 1}
    paid = next(row for row in await ledger(database, run_id) if row.id == hoa.row_id)
    assert 0 < paid.price <= 60
    assert (await run_of(database, run_id)).spent == paid.price
    await desk.settle([hoa], Verdict.FAILED, code="x")
    assert (await run_of(database, run_id)).spent == 0


async def test_without_a_budget_nothing_costs_money(
    database: Database, union: People, desk: Desk, announce: Announce, clock: MovingClock
) -> None:
    await _on_zalo(database, union)
    await _heard(database, timedelta(hours=47), clock)
    run_id = await announce(audience=_zalo(union))
    clock.move(timedelta(hours=3))
    assert await desk.claim() == []
    assert await outcomes(database, run_id) == {("skipped", "window"): 2}


async def test_approved_wording_goes_where_our_own_does_not_and_is_dropped_for_whoever_writes(
    database: Database, union: People, desk: Desk, announce: Announce, clock: MovingClock
) -> None:
    await _on_zalo(database, union)
    await _heard(database, timedelta(days=8), clock)
    wording = Approved(union.account_id, "t1", {"ten": "{{ho_ten}}"})
    run_id = await announce(budget=10_000, audience=_zalo(union), content=Content(approved=wording))
    assert {row.route for row in await ledger(database, run_id)} == {Route.TEMPLATE}
    async with database.writing() as connection:
        await connection.execute(
            sa.update(contacts).where(contacts.c.address == "lan").values(last_in_at=clock())
        )
    hoa, lan = await desk.claim()
    assert hoa.message.template is not None
    assert hoa.message.template.values == {"ten": "Nguyễn Thị Hoa"}
    assert lan.message.template is None
    assert lan.message.text.startswith("Chào chị Lan!")
    prices = {row.id: row.price for row in await ledger(database, run_id)}
    assert prices[hoa.row_id] > 0 == prices[lan.row_id]


async def test_a_number_is_called_by_day_only_and_never_where_she_said_no(
    database: Database, union: People, desk: Desk, announce: Announce, clock: MovingClock
) -> None:
    await _on_zalo(database, union)
    await _heard(database, timedelta(days=400), clock)
    for member_id, phone in ((union.hoa, "+84900000001"), (union.lan, "+84900000002")):
        await change_member(database, member_id, phone=phone)
    clock.move(timedelta(hours=13, minutes=30))  # 22:30 in Viet Nam; the run was due at night.
    wording = Approved(union.account_id, "t1", {"ten": "{{ten}}"}, by_phone=True)
    run_id = await announce(budget=10_000, audience=_zalo(union), content=Content(approved=wording))
    assert {row.route for row in await ledger(database, run_id)} == {Route.PHONE}
    assert await desk.claim() == []
    assert await outcomes(database, run_id) == {("planned", ""): 2}
    async with database.writing() as connection:
        await connection.execute(
            sa.update(contacts).where(contacts.c.address == "lan").values(stopped_at=clock())
        )
    clock.move(timedelta(hours=8))
    (hoa,) = await desk.claim()
    assert (hoa.contact_id, hoa.address) == (None, "+84900000001")
    assert hoa.message.template is not None
    assert hoa.message.template.phone == "+84900000001"
    assert await outcomes(database, run_id) == {("claimed", ""): 1, ("skipped", "stopped"): 1}


async def test_a_runs_own_pace_is_kept_and_can_be_taken_away(
    database: Database, union: People, desk: Desk, announce: Announce, clock: MovingClock
) -> None:
    await add_members(database, union, 60, clock)
    run_id = await announce()
    async with database.writing() as connection:
        await running.set_pace(connection, run_id, 240, staff_id=union.an, now=clock())
    assert len(await desk.send(50)) == 1 + pace.HORIZON // timedelta(seconds=0.25)
    assert await desk.claim(50) == []
    async with database.writing() as connection:
        await running.set_pace(connection, run_id, None, staff_id=union.an, now=clock())
    assert len(await desk.send(50)) == 50


@pytest.mark.parametrize("per_minute", [0, -1, 60_001])
async def test_no_pace_that_means_nothing_is_kept(
    database: Database, union: People, announce: Announce, clock: MovingClock, per_minute: int
) -> None:
    run_id = await announce()
    with pytest.raises(Refused):
        async with database.writing() as connection:
            await running.set_pace(connection, run_id, per_minute, staff_id=union.an, now=clock())
    assert (await run_of(database, run_id)).interval_us == 0


async def test_failed_ones_and_nobody_else_are_sent_again(
    database: Database, union: People, desk: Desk, announce: Announce, clock: MovingClock
) -> None:
    run_id = await announce()
    hoa, lan = await desk.claim()
    await desk.settle([hoa], Verdict.SENT)
    await desk.settle([lan], Verdict.FAILED, code="rejected")
    async with database.writing() as connection:
        await running.finish_done(connection, clock())
    assert (await run_of(database, run_id)).state is RunState.DONE
    async with database.writing() as connection:
        assert await running.retry_failed(connection, run_id, staff_id=union.an, now=clock()) == 1
    run = await run_of(database, run_id)
    assert (run.state, run.rejected, run.finished_at) == (RunState.RUNNING, 0, None)
    assert [parcel.address for parcel in await desk.claim()] == ["lan"]


async def test_nothing_is_sent_after_the_deadline(
    database: Database, union: People, desk: Desk, announce: Announce, clock: MovingClock
) -> None:
    run_id = await announce(deadline_at=clock() + timedelta(hours=1))
    await desk.send(1)
    clock.move(timedelta(hours=1))
    assert await desk.claim() == []
    async with database.writing() as connection:
        assert await running.skip_overdue(connection, clock())
        assert not await running.skip_overdue(connection, clock())
        assert await running.finish_done(connection, clock()) == [run_id]
    assert await outcomes(database, run_id) == {("sent", ""): 1, ("skipped", "deadline"): 1}
    with pytest.raises(Refused, match="đã quá hạn"):
        async with database.writing() as connection:
            await running.retry_failed(connection, run_id, staff_id=union.an, now=clock())


def _zalo(union: People) -> Any:
    return Audience.of_units([union.province_id], ("zalo_oa",))


async def test_a_run_that_another_process_claims_for_is_left_to_it(
    database: Database, union: People, desk: Desk, announce: Announce
) -> None:
    run_id = await announce(per_day=1)
    if database.is_sqlite:
        return  # It has one writer.
    async with database.writing() as connection:
        await connection.execute(sa.select(runs).where(runs.c.id == run_id).with_for_update())
        assert await desk.claim() == []
    assert len(await desk.claim()) == 1


async def test_posts_are_sent_once_for_all_who_see_them(
    database: Database, union: People, desk: Desk, announce: Announce
) -> None:
    post = Post(union.account_id, Route.GROUP, "group:9", "Nhóm chi hội")
    run_id = await announce(content=Content(posts=(post,)))
    parcels = await desk.send()
    assert sorted(parcel.address for parcel in parcels) == ["group:9", "hoa", "lan"]
    async with database.reading() as connection:
        groups = sa.select(deliveries.c.member_id).where(deliveries.c.route == Route.GROUP)
        assert (await connection.scalars(groups)).all() == [None]
    assert await outcomes(database, run_id) == {("sent", ""): 3}
