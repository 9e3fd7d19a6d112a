import asyncio
from collections import Counter
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from bot.channels.contract import Blame, Outgoing, Receipt, Retry, SendError
from bot.outbox import Outbox
from bot.people import members
from bot.sending import pace
from bot.sending.parcels import Verdict
from bot.sending.sender import Sender, SenderOptions
from bot.store.database import Database
from bot.store.tables import contacts
from bot.store.tables import members as member_rows
from bot.store.tables.broadcasts import OnUncertain, RunState
from bot.store.tables.people import MemberStatus
from broadcasts import filling, running
from broadcasts.delivery import DeliveryLane
from tests import people
from tests.broadcasts.conftest import Announce
from tests.broadcasts.desk import LEASE, Desk
from tests.broadcasts.ledger import (
    add_members,
    change_chats,
    change_member,
    ledger,
    outcomes,
    run_of,
)
from tests.conftest import MovingClock
from tests.fakes import FakeChannel
from tests.people import People

MINUTE = timedelta(minutes=1)


@pytest.fixture
def desk(database: Database, union: People, clock: MovingClock) -> Desk:
    return Desk(database, union, clock)


async def test_what_is_planned_is_claimed_once_in_order_with_her_own_words(
    database: Database, desk: Desk, announce: Announce
) -> None:
    run_id = await announce(texts={"vi": "{{ho_ten}} ({{ten}}), {{xa}}, {{ap}}. Gõ NGUNG."})
    (hoa,) = await desk.claim(1)
    (lan,) = await desk.claim()
    assert await desk.claim() == []
    assert [(parcel.address, parcel.message) for parcel in (hoa, lan)] == [
        ("hoa", Outgoing("Nguyễn Thị Hoa (Hoa), Xã Kế Sách, Chi hội An Ninh. Gõ NGUNG.")),
        ("lan", Outgoing("Thạch Thị Lan (Lan), Xã Kế Sách, Chi hội An Ninh. Gõ NGUNG.")),
    ]
    assert [row.lease_by for row in await ledger(database, run_id)] == ["me", "me"]
    assert hoa.key == f"announcement:{hoa.row_id}"


async def test_she_is_written_to_in_her_language_where_there_is_such_a_text(
    database: Database, union: People, desk: Desk, announce: Announce
) -> None:
    await change_chats(database, union.lan, language="km")
    await announce(texts={"vi": "Chào {{ten}}. NGUNG", "km": "សួស្តី {{ten}}. NGUNG"})
    assert [parcel.message.text for parcel in await desk.claim()] == ["Chào Hoa. NGUNG", "សួស្តី Lan. NGUNG"]


async def test_the_texts_are_those_of_the_moment_it_fell_due(
    database: Database, union: People, desk: Desk, announce: Announce
) -> None:
    first = await announce(texts={"vi": "Một. NGUNG"})
    await announce(texts={"vi": "Hai. NGUNG"})
    assert Counter(parcel.message.text for parcel in await desk.claim(3)) == {
        "Một. NGUNG": 2,
        "Hai. NGUNG": 1,
    }
    assert (await run_of(database, first)).texts == {"vi": "Một. NGUNG"}


async def test_only_rows_of_the_account_are_claimed(desk: Desk, announce: Announce) -> None:
    await announce()
    assert await desk.claim(account_id=999) == []


@pytest.mark.parametrize("state", [RunState.PAUSED, RunState.CANCELLED])
async def test_a_run_that_is_stopped_is_not_sent_from(
    database: Database, union: People, desk: Desk, announce: Announce, clock: MovingClock, state: RunState
) -> None:
    run_id = await announce()
    step = running.pause if state is RunState.PAUSED else running.cancel
    async with database.writing() as connection:
        await step(connection, run_id, staff_id=union.an, now=clock())
    assert await desk.claim() == []


async def test_a_run_that_is_being_filled_is_not_sent_from(
    database: Database, desk: Desk, announce: Announce, clock: MovingClock
) -> None:
    run_id = await announce(fill=False)
    async with database.writing() as connection:
        await filling.fill(connection, run_id, clock(), chunk=1)
    assert await desk.claim() == []


async def _erase(database: Database, union: People, clock: MovingClock) -> None:
    hoa = await people.contact_of(database, union.account_id, "hoa")
    async with database.writing() as connection:
        await members.erase(connection, hoa.contact_id, now=clock())


async def _lose_row(database: Database, union: People, clock: MovingClock) -> None:
    async with database.writing() as connection:
        await connection.execute(sa.delete(contacts).where(contacts.c.member_id == union.hoa))


async def _lose_member(database: Database, union: People, clock: MovingClock) -> None:
    async with database.writing() as connection:
        await connection.execute(sa.delete(member_rows).where(member_rows.c.id == union.hoa))


def _member(**values: Any) -> Callable[..., Any]:
    return lambda database, union, clock: change_member(database, union.hoa, **values)


def _chat(**values: Any) -> Callable[..., Any]:
    return lambda database, union, clock: change_chats(database, union.hoa, **values)


@pytest.mark.parametrize(
    ("happens", "code"),
    [
        (_chat(stopped_at=MovingClock()()), "stopped"), (_chat(is_quiet=True), "quiet"),
        (_chat(unreachable_at=MovingClock()()), "unreachable"), (_member(allows_announcements=False), "no_consent"),
        (_member(status=MemberStatus.LEFT), "left"), (_chat(member_id=None), "chat_changed"), (_erase, "erased"),
        (_lose_row, "erased"), (_lose_member, "erased"),
    ],
    ids=["NGUNG", "KIN", "blocked", "consent taken back", "left", "chat is another's", "XOA", "no chat", "no member"],
)  # fmt: skip
async def test_who_steps_back_before_her_turn_is_skipped_with_the_reason(
    database: Database, union: People, desk: Desk, announce: Announce, clock: MovingClock,
    happens: Callable[..., Any], code: str,
) -> None:  # fmt: skip
    run_id = await announce()
    await happens(database, union, clock)
    # One is asked for, and one is found: those who are skipped take no place.
    assert [parcel.address for parcel in await desk.claim(1)] == ["lan"]
    assert await outcomes(database, run_id) == {("skipped", code): 1, ("claimed", ""): 1}


async def test_a_sent_one_is_recorded_whole(
    database: Database, desk: Desk, announce: Announce, clock: MovingClock
) -> None:
    run_id = await announce()
    parcels = await desk.claim()
    clock.move(timedelta(seconds=1))
    await desk.settle(parcels, Verdict.SENT, receipt=Receipt("m1"))
    for row in await ledger(database, run_id):
        assert (row.state, row.platform_id, row.sent_at, row.attempts) == ("sent", "m1", clock(), 1)
        assert (row.lease_by, row.lease_until, row.code) == (None, None, "")


async def test_a_failed_one_stays_failed_with_its_code(
    database: Database, desk: Desk, announce: Announce
) -> None:
    run_id = await announce()
    await desk.settle(await desk.claim(), Verdict.FAILED, code="blocked")
    assert await outcomes(database, run_id) == {("failed", "blocked"): 2}
    assert await desk.claim() == []


@pytest.mark.parametrize("counts", [True, False])
async def test_one_that_was_not_sent_comes_again_at_its_time(
    database: Database, desk: Desk, announce: Announce, clock: MovingClock, counts: bool
) -> None:
    run_id = await announce()
    await desk.settle(await desk.claim(), Verdict.AGAIN, code="slow", next_at=clock() + MINUTE, counts=counts)
    assert await desk.claim() == []
    clock.move(MINUTE)
    assert {parcel.attempts for parcel in await desk.claim()} == {int(counts)}
    await desk.release(await desk.claim())
    assert await outcomes(database, run_id) == {("claimed", "slow"): 2}


async def test_an_uncertain_one_is_left_by_default(
    database: Database, desk: Desk, announce: Announce, clock: MovingClock
) -> None:
    run_id = await announce()
    await desk.settle(await desk.claim(), Verdict.UNCERTAIN, code="timeout", next_at=clock())
    assert await desk.claim() == []
    assert await outcomes(database, run_id) == {("uncertain", "timeout"): 2}
    assert {row.uncertain_sends for row in await ledger(database, run_id)} == {1}


async def test_an_uncertain_one_is_sent_again_once_where_the_officer_chose_so(
    database: Database, desk: Desk, announce: Announce, clock: MovingClock
) -> None:
    run_id = await announce(on_uncertain=OnUncertain.SEND_AGAIN)
    for left in (2, 0):
        await desk.settle(await desk.claim(), Verdict.UNCERTAIN, code="timeout", next_at=clock())
        again = await desk.claim()
        assert len(again) == left
        await desk.release(again)
    assert await outcomes(database, run_id) == {("uncertain", "timeout"): 2}


async def test_who_steps_back_before_it_is_sent_again_stays_in_doubt_by_name(
    database: Database, union: People, desk: Desk, announce: Announce, clock: MovingClock
) -> None:
    run_id = await announce(on_uncertain=OnUncertain.SEND_AGAIN)
    await desk.settle(await desk.claim(), Verdict.UNCERTAIN, code="timeout", next_at=clock())
    await _chat(stopped_at=clock())(database, union, clock)
    assert [parcel.address for parcel in await desk.claim()] == ["lan"]
    assert await outcomes(database, run_id) == {("uncertain", "timeout"): 1, ("claimed", "timeout"): 1}


@pytest.mark.parametrize("verdict", [Verdict.FAILED, Verdict.HELD])
async def test_who_is_refused_when_it_is_sent_again_stays_in_doubt_by_name(
    database: Database, desk: Desk, announce: Announce, clock: MovingClock, verdict: Verdict
) -> None:
    run_id = await announce(on_uncertain=OnUncertain.SEND_AGAIN)
    first, second = await desk.claim()
    await desk.settle([first], Verdict.UNCERTAIN, code="timeout", next_at=clock())
    await desk.settle([second], verdict, code="rejected")
    await desk.settle(await desk.claim(), verdict, code="rejected")
    assert await outcomes(database, run_id) == {("uncertain", "refused_again"): 1, ("failed", "rejected"): 1}


@pytest.mark.parametrize(
    ("policy", "expect"),
    [(OnUncertain.LEAVE, ("uncertain", "sender_died")), (OnUncertain.SEND_AGAIN, ("planned", "sender_died"))],
)
async def test_what_a_dead_sender_held_is_uncertain(
    database: Database,
    desk: Desk,
    announce: Announce,
    clock: MovingClock,
    policy: OnUncertain,
    expect: tuple[str, str],
) -> None:
    run_id = await announce(on_uncertain=policy)
    await desk.claim(1)
    clock.move(LEASE)
    assert await desk.recover() == 0
    clock.move(timedelta(microseconds=1))
    assert await desk.recover() == 1
    assert await outcomes(database, run_id) == {expect: 1, ("planned", ""): 1}


async def test_a_result_that_comes_after_the_lease_changes_nothing(
    database: Database, union: People, desk: Desk, announce: Announce, clock: MovingClock
) -> None:
    run_id = await announce(on_uncertain=OnUncertain.SEND_AGAIN)
    held = await desk.claim()
    clock.move(LEASE * 2)
    await desk.recover()
    other = Desk(database, union, clock, "other")
    taken = await other.claim()
    await desk.settle(held, Verdict.FAILED, code="late")
    await desk.release(held)
    assert await outcomes(database, run_id) == {("claimed", "sender_died"): 2}
    await other.settle(taken, Verdict.SENT, receipt=Receipt("m"))
    assert await outcomes(database, run_id) == {("sent", ""): 2}


async def test_what_was_not_sent_is_given_back(database: Database, desk: Desk, announce: Announce) -> None:
    run_id = await announce()
    await desk.release(await desk.claim())
    assert await outcomes(database, run_id) == {("planned", ""): 2}
    assert {row.attempts for row in await ledger(database, run_id)} == {0}


async def test_two_senders_never_claim_the_same_one(
    database: Database, union: People, announce: Announce, clock: MovingClock
) -> None:
    await add_members(database, union, 58, clock)
    run_id = await announce()
    other = Database.open(database.engine.url.render_as_string(hide_password=False))

    async def sender(its: Database, owner: str) -> list[int]:
        desk = Desk(its, union, clock, owner)
        claimed: list[int] = []
        while parcels := await desk.claim(7):
            claimed += [parcel.row_id for parcel in parcels]
            await desk.settle(parcels[:5], Verdict.SENT, receipt=Receipt(owner))
        return claimed

    try:
        shares = await asyncio.gather(sender(database, "a"), sender(other, "b"), sender(other, "c"))
    finally:
        await other.close()
    rows = await ledger(database, run_id)
    # A claim comes back short while another's rows are locked, so a sender may stop early: the rest is nobody's yet.
    claimed = [row_id for share in shares for row_id in share]
    assert len(claimed) == len(set(claimed)) == sum(row.state != "planned" for row in rows)


async def test_replies_go_before_a_campaign_and_both_arrive(
    database: Database, union: People, announce: Announce, clock: MovingClock
) -> None:
    await add_members(database, union, 10, clock)
    run_id = await announce()
    channel = FakeChannel(union.account_id)
    async with database.writing() as connection:
        await pace.set_pace(connection, union.account_id, per_second=0)
    sender = Sender(database, [Outbox({}), DeliveryLane()], clock=clock, options=SenderOptions(in_flight=1))
    channel.gate.clear()
    await sender.start([channel])
    await channel.tried(1)  # The campaign is under way when she asks.
    hoa = await people.contact_of(database, union.account_id, "hoa")
    async with database.writing() as connection:
        await Outbox({}).put(connection, hoa, Outgoing("Dạ, chị đem theo thẻ."), now=clock())
    channel.gate.set()
    async with asyncio.timeout(20):
        while (await outcomes(database, run_id))["sent", ""] < 12:
            sender.wake()
    await sender.stop()
    assert channel.sent[1][1].text == "Dạ, chị đem theo thẻ."
    assert Counter(channel.delivered) == {"hoa": 2, "lan": 1, **{f"chat{i}": 1 for i in range(1, 11)}}


async def test_who_turns_out_to_be_unreachable_is_not_tried_by_the_next_run(
    database: Database, union: People, announce: Announce, clock: MovingClock
) -> None:
    first = await announce()
    channel = FakeChannel(union.account_id)
    channel.script["hoa"] = [SendError("blocked", Retry.NEVER, blame=Blame.CONTACT)]
    async with database.writing() as connection:
        await pace.set_pace(connection, union.account_id, per_second=0)
    sender = Sender(database, [DeliveryLane()], clock=clock, options=SenderOptions())
    await sender.start([channel])
    await channel.tried(2)
    await sender.stop()
    assert await outcomes(database, first) == {("failed", "blocked"): 1, ("sent", ""): 1}
    assert len(await ledger(database, await announce())) == 1


@pytest.mark.parametrize("dies", ["nowhere", "filling", "claiming", "sending", "settling"])
async def test_a_death_between_any_two_steps_leaves_nobody_out_and_nobody_twice_but_the_uncertain(
    database: Database, union: People, announce: Announce, clock: MovingClock, dies: str
) -> None:
    """At each turn a process does its step and dies at the given point; the next one goes on."""
    await add_members(database, union, 8, clock)
    run_id = await announce(fill=False)
    received: Counter[str] = Counter()
    step = 0

    class DiedError(Exception):
        pass

    def die_at(point: str) -> None:
        if point == dies and step % 2:
            raise DiedError

    async def one_process(owner: str) -> None:
        desk = Desk(database, union, clock, owner)
        await desk.recover()
        is_filled = False
        while not is_filled:
            async with database.writing() as connection:
                is_filled = await filling.fill(connection, run_id, clock(), 3)
                if not is_filled:
                    die_at("filling")  # Before its commit.
        parcels = await desk.claim(3)
        die_at("claiming")
        for i, parcel in enumerate(parcels):
            received[parcel.address] += 1
            if i == 1:
                die_at("sending")
        die_at("settling")
        await desk.settle(parcels, Verdict.SENT, receipt=Receipt("m"))
        async with database.writing() as connection:
            await running.finish_done(connection, clock())

    while (await run_of(database, run_id)).state is not RunState.DONE:
        step += 1
        try:
            await one_process(f"process {step}")
        except DiedError:
            clock.move(LEASE * 2)
        assert step < 40
    rows = await ledger(database, run_id)
    assert len(rows) == len({row.member_id for row in rows}) == 10
    async with database.reading() as connection:
        addresses = {
            row.id: row.address
            for row in await connection.execute(sa.select(contacts.c.id, contacts.c.address))
        }
    for row in rows:
        if row.state == "sent":
            assert received[addresses[row.contact_id]] == 1
        else:
            assert (row.state, row.code) == ("uncertain", "sender_died")
            assert received[addresses[row.contact_id]] <= 1
    in_doubt = sum(row.state == "uncertain" for row in rows)
    assert in_doubt == 0 if dies in {"nowhere", "filling"} else in_doubt > 0


async def test_a_clock_that_is_set_back_delays_no_announcement(
    desk: Desk, announce: Announce, clock: MovingClock
) -> None:
    await announce()
    clock.move(timedelta(hours=-1))
    assert len(await desk.claim()) == 2
