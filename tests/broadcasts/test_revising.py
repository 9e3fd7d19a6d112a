import asyncio
from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.channels.contract import Limits, Outgoing, Receipt
from bot.sending import pace
from bot.sending.parcels import Act, Verdict
from bot.sending.sender import Sender, SenderOptions
from bot.store.database import Database
from bot.store.tables.broadcasts import RunState
from broadcasts import results, revising, running
from broadcasts.delivery import DeliveryLane
from broadcasts.refused import Refused
from broadcasts.revision_lane import RevisionLane
from tests.broadcasts.conftest import Announce
from tests.broadcasts.desk import LEASE, NO_CAPS, Desk
from tests.broadcasts.ledger import add_members, ledger, outcomes, run_of
from tests.conftest import MovingClock
from tests.fakes import FakeChannel
from tests.people import People

HOUR = timedelta(hours=1)
CAN = Limits(4096, 0, timedelta(seconds=5), edits=True, recalls_within=48 * HOUR)
CANNOT = Limits(4096, 0, timedelta(seconds=5))
NEW = {"vi": "{{ten}}: dời sang 9 giờ. NGUNG"}

Change = Callable[..., Awaitable[int]]


@pytest.fixture
def desk(database: Database, union: People, clock: MovingClock) -> Desk:
    return Desk(database, union, clock)


@pytest.fixture
def changes(database: Database, union: People, clock: MovingClock) -> Desk:
    return Desk(database, union, clock, "corrector", lane=RevisionLane({union.account_id: CAN}))


@pytest.fixture
def revise(database: Database, union: People, clock: MovingClock) -> Change:
    async def act(run_id: int, texts: dict[str, str] | None = None) -> int:
        async with database.writing() as connection:
            if texts is None:
                return await revising.recall(connection, run_id, staff_id=union.an, now=clock())
            return await revising.revise(connection, run_id, texts, staff_id=union.an, now=clock())

    return act


async def test_what_was_sent_is_put_right_and_what_is_still_to_be_sent_reads_like_it(
    database: Database, desk: Desk, changes: Desk, announce: Announce, revise: Change, clock: MovingClock
) -> None:
    run_id = await announce()
    (hoa,) = await desk.send(1)
    clock.move(HOUR)
    assert await changes.claim() == []
    assert await revise(run_id, NEW) == 1
    clock.move(HOUR)
    (edit,) = await changes.claim()
    assert (edit.act, edit.address, edit.platform_id) == (Act.EDIT, "hoa", f"m{hoa.row_id}")
    assert edit.message == Outgoing("Hoa: dời sang 9 giờ. NGUNG")
    assert await changes.claim() == []
    await changes.settle([edit], Verdict.SENT)
    (lan,) = await desk.send()
    assert lan.message.text == "Lan: dời sang 9 giờ. NGUNG"
    clock.move(HOUR)
    assert await changes.claim() == []
    assert {(row.state, row.revision) for row in await ledger(database, run_id)} == {("sent", 1)}


async def test_one_who_was_just_being_sent_the_old_words_is_shown_the_new_ones(
    desk: Desk, changes: Desk, announce: Announce, revise: Change, clock: MovingClock
) -> None:
    run_id = await announce()
    under_way = await desk.claim(1)
    await revise(run_id, NEW)
    assert await changes.claim() == []
    await desk.settle(under_way, Verdict.SENT, receipt=Receipt("m1"))
    clock.move(HOUR)
    assert [edit.platform_id for edit in await changes.claim()] == ["m1"]


async def test_a_lost_answer_is_repeated_and_what_a_dead_process_held_is_taken_on(
    database: Database, desk: Desk, changes: Desk, announce: Announce, revise: Change, clock: MovingClock
) -> None:
    run_id = await announce()
    await desk.send()
    await revise(run_id, NEW)
    clock.move(HOUR)
    hoa, lan = await changes.claim()
    await changes.settle([hoa], Verdict.UNCERTAIN, next_at=clock() + LEASE / 2)
    clock.move(LEASE / 2)
    assert [edit.address for edit in await changes.claim()] == ["hoa"]
    clock.move(LEASE * 2)
    again = await changes.claim()
    assert [edit.address for edit in again] == ["hoa", "lan"]
    await changes.settle([*again, lan], Verdict.SENT)
    assert {row.revision for row in await ledger(database, run_id)} == {1}
    assert await outcomes(database, run_id) == {("sent", ""): 2}


async def test_a_second_change_reaches_those_who_were_shown_the_first_and_those_who_were_not(
    database: Database, desk: Desk, changes: Desk, announce: Announce, revise: Change, clock: MovingClock
) -> None:
    run_id = await announce()
    await desk.send()
    await revise(run_id, NEW)
    hoa, lan = await changes.claim()
    await changes.settle([hoa], Verdict.SENT)
    assert await revise(run_id, {"vi": "Hoãn. NGUNG"}) == 2
    await changes.settle([lan], Verdict.SENT)  # Of the first change.
    clock.move(timedelta(seconds=2))
    edits = await changes.claim()
    assert [(edit.address, edit.message.text) for edit in edits] == [
        ("hoa", "Hoãn. NGUNG"),
        ("lan", "Hoãn. NGUNG"),
    ]
    await changes.settle(edits, Verdict.SENT)
    clock.move(HOUR)
    assert await changes.claim() == []
    assert {row.revision for row in await ledger(database, run_id)} == {2}


async def test_what_is_young_enough_is_taken_back_and_nothing_more_is_sent(
    database: Database, desk: Desk, changes: Desk, announce: Announce, revise: Change, clock: MovingClock
) -> None:
    run_id = await announce()
    await desk.send(1)
    clock.move(timedelta(hours=47))
    await desk.send(1)
    assert await revise(run_id) == 1
    clock.move(2 * HOUR)
    (young,) = await changes.claim()
    assert (young.act, young.address) == (Act.RECALL, "lan")
    await changes.settle([young], Verdict.SENT)
    clock.move(HOUR)
    assert await changes.claim() == []
    assert [row.revision for row in await ledger(database, run_id)] == [0, 1]
    with pytest.raises(Refused, match="thu hồi"):
        await revise(run_id, NEW)


async def test_a_recall_cancels_what_is_left(
    database: Database, desk: Desk, announce: Announce, revise: Change
) -> None:
    run_id = await announce()
    await desk.send(1)
    await revise(run_id)
    assert (await run_of(database, run_id)).state is RunState.CANCELLED
    assert await outcomes(database, run_id) == {("sent", ""): 1, ("skipped", "cancelled"): 1}


async def test_where_a_platform_cannot_it_stays_as_it_is(
    database: Database, union: People, desk: Desk, announce: Announce, revise: Change, clock: MovingClock
) -> None:
    run_id = await announce()
    await desk.send()
    await revise(run_id, NEW)
    clock.move(HOUR)
    for limits in ({}, {union.account_id: CANNOT}):
        assert await Desk(database, union, clock, lane=RevisionLane(limits)).claim() == []


@pytest.mark.parametrize("texts", [{}, {"vi": " "}, {"vi": "{{khong_co}}. NGUNG"}, {"xx": "x"}])
async def test_texts_with_faults_change_nothing(
    database: Database, announce: Announce, revise: Change, texts: dict[str, str]
) -> None:
    run_id = await announce()
    with pytest.raises(Refused):
        await revise(run_id, texts)
    assert (await run_of(database, run_id)).revision == 0


class Correctable(FakeChannel):
    """Notes what it was asked to change."""

    limits = CAN

    def __init__(self, account_id: int) -> None:
        super().__init__(account_id)
        self.limits = CAN
        self.changed: list[tuple[str, str, str]] = []

    async def edit(self, address: str, platform_id: str, message: Outgoing) -> None:
        self.changed.append((address, platform_id, message.text))
        self._changed.set()

    async def recall(self, address: str, platform_id: str) -> None:
        self.changed.append((address, platform_id, ""))


async def test_the_sender_carries_a_change_out(
    database: Database, union: People, desk: Desk, announce: Announce, revise: Change, clock: MovingClock
) -> None:
    await add_members(database, union, 3, clock)
    run_id = await announce()
    await desk.send()
    await revise(run_id, NEW)
    async with database.writing() as connection:
        await pace.set_pace(connection, union.account_id, per_second=0)
    channel = Correctable(union.account_id)
    lanes: list[Any] = [RevisionLane({union.account_id: CAN}), DeliveryLane(NO_CAPS)]
    sender = Sender(database, lanes, clock=clock, options=SenderOptions())
    await sender.start([channel])
    async with asyncio.timeout(20):
        while {row.revision for row in await ledger(database, run_id)} != {1}:
            sender.wake()
    await sender.stop()
    assert sorted(address for address, _, _ in channel.changed) == ["chat1", "chat2", "chat3", "hoa", "lan"]
    assert channel.sent == []


@pytest.mark.parametrize("verdict", [Verdict.FAILED, Verdict.UNCERTAIN])
async def test_what_was_taken_back_is_sent_to_nobody_any_more(
    database: Database,
    union: People,
    desk: Desk,
    announce: Announce,
    revise: Change,
    clock: MovingClock,
    verdict: Verdict,
) -> None:
    run_id = await announce()
    hoa, lan = await desk.claim()
    await desk.settle([hoa], Verdict.SENT, receipt=Receipt("m1"))
    await desk.settle([lan], verdict, code="rejected")
    async with database.writing() as connection:
        assert await running.finish_done(connection, clock()) == [run_id]
    await revise(run_id)
    again = running.retry_failed if verdict is Verdict.FAILED else _all_in_doubt
    async with database.writing() as connection:
        with pytest.raises(Refused):
            await again(connection, run_id, staff_id=union.an, now=clock())
    assert await desk.claim() == []


async def _all_in_doubt(connection: AsyncConnection, run_id: int, **who: Any) -> int:
    return await results.send_uncertain_again(connection, run_id, None, **who)


async def test_it_is_known_how_many_have_been_reached_by_a_change_and_how_many_cannot_be(
    database: Database,
    union: People,
    desk: Desk,
    changes: Desk,
    announce: Announce,
    revise: Change,
    clock: MovingClock,
) -> None:
    await add_members(database, union, 2, clock)
    run_id = await announce()
    await desk.send(1)
    clock.move(47 * HOUR)
    await desk.send(2)
    await revise(run_id)

    async def changed(limits: Limits) -> tuple[int, int, int]:
        async with database.reading() as connection:
            run = await run_of(database, run_id)
            found = await revising.changed(connection, run, {union.account_id: limits}, now=clock())
            return found.done, found.under_way, found.left

    assert await changed(CANNOT) == (0, 0, 3)
    assert await changed(CAN) == (0, 3, 0)
    clock.move(2 * HOUR)  # The first is too old by now.
    young = await changes.claim()
    await changes.settle(young[:1], Verdict.SENT)
    assert await changed(CAN) == (1, 1, 1)
    await changes.settle(young[1:], Verdict.FAILED)
    assert await changed(CAN) == (1, 0, 2)
