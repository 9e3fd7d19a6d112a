import asyncio
from datetime import datetime, timedelta

import pytest
import sqlalchemy as sa

from bot.clock import VIETNAM
from bot.sending.parcels import Verdict
from bot.store.database import Database
from bot.store.tables import contacts
from bot.store.tables.broadcasts import Priority
from broadcasts.caps import free_again
from broadcasts.delivery import DeliveryLane
from broadcasts.policy import Policy
from tests import people
from tests.broadcasts.conftest import Announce
from tests.broadcasts.desk import Desk
from tests.broadcasts.ledger import ledger, outcomes
from tests.conftest import MovingClock
from tests.people import People

DAY = timedelta(days=1)


def at(day: int, time: str) -> datetime:
    return datetime.fromisoformat(f"2026-11-{day:02} {time}").replace(tzinfo=VIETNAM)


NOON = at(18, "12:00")
CASES = [
    ("never", [], None),
    ("yesterday", [at(17, "20:59")], None),
    ("today", [at(18, "07:00")], at(19, "07:00")),
    ("today, just after midnight", [at(18, "00:00")], at(19, "07:00")),
    ("just before midnight", [at(17, "23:59")], None),
    ("three in the week", [at(14, "09:00"), at(15, "09:00"), at(17, "09:00")], at(21, "09:00")),
    ("the oldest of three is a week ago", [at(11, "12:00"), at(15, "09:00"), at(17, "09:00")], None),
    ("the oldest of three is almost a week ago", [at(11, "12:01"), at(15, "09:00"), at(17, "09:00")], at(18, "12:01")),
    ("both", [at(16, "09:00"), at(17, "09:00"), at(18, "09:00")], at(23, "09:00")),
    ("more than allowed", [at(14, "09:00"), at(15, "09:00"), at(16, "09:00"), at(17, "09:00")], at(22, "09:00")),
]  # fmt: skip


@pytest.mark.parametrize(("had", "expect"), [case[1:] for case in CASES], ids=[case[0] for case in CASES])
def test_she_is_written_to_again_when_it_is_not_too_much(
    had: list[datetime], expect: datetime | None
) -> None:
    assert free_again(had, Policy(), NOON) == expect


def test_no_bound_is_no_bound() -> None:
    assert free_again([NOON] * 50, Policy(most_per_day=0, most_per_week=0), NOON) is None


@pytest.fixture
def desk(database: Database, union: People, clock: MovingClock) -> Desk:
    return Desk(database, union, clock, lane=DeliveryLane(Policy()))


async def test_the_second_of_a_day_waits_for_the_next_morning_and_is_not_lost(
    database: Database, desk: Desk, announce: Announce, clock: MovingClock
) -> None:
    assert len(await desk.send()) == 0
    await announce()
    second = await announce()
    assert len(await desk.send()) == 2
    assert await desk.claim() == []
    rows = await ledger(database, second)
    assert [(row.state, row.code) for row in rows] == [("planned", "capped")] * 2
    assert {row.next_at for row in rows} == {at(24, "07:00")}
    clock.move(DAY - timedelta(hours=2, seconds=1))
    assert await desk.claim() == []
    clock.move(timedelta(seconds=1))
    assert len(await desk.send()) == 2
    assert await outcomes(database, second) == {("sent", ""): 2}


async def test_the_fourth_of_a_week_waits_until_the_first_is_a_week_old(
    database: Database, desk: Desk, announce: Announce, clock: MovingClock
) -> None:
    for _ in range(3):
        await announce()
        await desk.send()
        clock.move(DAY)
    fourth = await announce()
    assert await desk.claim() == []
    assert {row.next_at for row in await ledger(database, fourth)} == {clock() + 4 * DAY}
    clock.move(4 * DAY)
    assert len(await desk.send()) == 2


async def test_what_is_urgent_neither_counts_nor_waits(
    database: Database, desk: Desk, announce: Announce
) -> None:
    await announce(priority=Priority.URGENT)
    assert len(await desk.send()) == 2
    await announce()
    assert len(await desk.send()) == 2
    await announce(priority=Priority.URGENT)
    assert len(await desk.send()) == 2


async def test_what_is_in_doubt_counts_and_what_was_refused_does_not(
    database: Database, desk: Desk, announce: Announce, clock: MovingClock
) -> None:
    await announce()
    hoa, lan = await desk.claim()
    await desk.settle([hoa], Verdict.UNCERTAIN, code="timeout", next_at=clock())
    await desk.settle([lan], Verdict.FAILED, code="rejected")
    await announce()
    assert [parcel.address for parcel in await desk.claim()] == ["lan"]


async def test_one_claim_does_not_give_her_two(database: Database, desk: Desk, announce: Announce) -> None:
    runs = [await announce() for _ in range(3)]
    assert len(await desk.claim()) == 2
    states = [row.state for run_id in runs for row in await ledger(database, run_id)]
    assert sorted(states) == ["claimed"] * 2 + ["planned"] * 4


async def test_two_accounts_at_the_same_moment_do_not_both_write_to_her(
    database: Database, union: People, announce: Announce, clock: MovingClock
) -> None:
    """Each account has a run of its own to both of them."""
    async with database.writing() as connection:
        other = await people.add_account(connection, external_id="other", now=clock())
        for address, member_id in (("hoa", union.hoa), ("lan", union.lan)):
            await people.add_contact(connection, other, address, member_id=member_id, now=clock())
    first = await announce()
    async with database.writing() as connection:
        wrote_there = sa.update(contacts).where(contacts.c.account_id == other)
        await connection.execute(wrote_there.values(last_in_at=clock() + DAY))
    second = await announce()
    assert {row.account_id for row in await ledger(database, second)} == {other}
    elsewhere = Database.open(database.engine.url.render_as_string(hide_password=False))
    try:
        desks = [
            Desk(database, union, clock, "a", lane=DeliveryLane(Policy())),
            Desk(elsewhere, union, clock, "b", lane=DeliveryLane(Policy()), account_id=other),
        ]
        claims = await asyncio.gather(*(desk.claim() for desk in desks))
        clock.move(timedelta(seconds=2))  # Who was just being looked at is looked at again.
        claims += await asyncio.gather(*(desk.claim() for desk in desks))
    finally:
        await elsewhere.close()
    assert sorted(parcel.address for claim in claims for parcel in claim) == ["hoa", "lan"]
    assert len(await ledger(database, first)) == 2


async def test_where_many_have_had_enough_the_others_are_found(
    database: Database, union: People, desk: Desk, announce: Announce, clock: MovingClock
) -> None:
    async with database.writing() as connection:
        for i in range(200):
            member_id = await people.add_member(
                connection, f"Nguyễn Thị {i}", union.branch_id, allows_announcements=True, now=clock()
            )
            await people.add_contact(
                connection, union.account_id, f"chat{i}", member_id=member_id, now=clock()
            )
    await announce()
    await desk.send(150)
    second = await announce()
    await desk.send(100)  # What is left of the first, and who of the second has had nothing yet.
    seen = await outcomes(database, second)
    assert seen["planned", "capped"] >= 150
