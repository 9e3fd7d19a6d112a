"""Several senders over one account, and messages that miss their slots."""

import asyncio
from collections import Counter
from collections.abc import Sequence
from datetime import datetime
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.channels.contract import Outgoing
from bot.outbox import Outbox
from bot.sending import pace
from bot.sending.departures import Waiting
from bot.sending.parcels import Outcome, Parcel
from bot.sending.sender import Sender, SenderOptions, _AccountSender
from bot.store.database import Database
from tests import people
from tests.conftest import MovingClock
from tests.fakes import FakeChannel


class Queue:
    """A lane whose rows are numbers in memory. Senders that are given the same one share it."""

    def __init__(self, name: str, count: int) -> None:
        self.name = name
        self.waiting = list(range(1, count + 1))
        self.claimed_by: list[str] = []  # The owner of every claim that found something.
        self.settled: Counter[int] = Counter()
        self.released: list[int] = []

    async def claim(
        self,
        _connection: AsyncConnection,
        _account_id: int,
        limit: int,
        *,
        owner: str,
        now: datetime,
        until: datetime,
    ) -> Sequence[Parcel]:
        taken, self.waiting = self.waiting[:limit], self.waiting[limit:]
        self.claimed_by += [owner] if taken else []
        return [Parcel(self.name, row, None, f"{self.name}{row}", Outgoing("chào chị"), 0) for row in taken]

    async def settle(self, _connection: AsyncConnection, outcomes: Sequence[Outcome], *, owner: str) -> None:
        self.settled.update(outcome.parcel.row_id for outcome in outcomes)

    async def release(self, _connection: AsyncConnection, parcels: Sequence[Parcel], *, owner: str) -> None:
        self.released += [parcel.row_id for parcel in parcels]
        self.waiting = [parcel.row_id for parcel in parcels] + self.waiting

    async def recover(self, _connection: AsyncConnection, *, now: datetime) -> int:
        return 0


def _left_over(lane: str, row: int, *, age_s: float = -60) -> Waiting:
    """Young enough, however long the test takes, unless said otherwise."""
    parcel = Parcel(lane, row, None, f"{lane}{row}", Outgoing("chào chị"), 0)
    return Waiting(parcel, asyncio.get_running_loop().time() - age_s)


@pytest.fixture
async def channel(database: Database, clock: MovingClock) -> FakeChannel:
    async with database.writing() as connection:
        account_id = await people.add_account(connection, channel="fake", now=clock())
        await people.add_contact(connection, account_id, "hoa", now=clock())
    return FakeChannel(account_id)


async def _set_pace(database: Database, channel: FakeChannel, per_second: float) -> None:
    async with database.writing() as connection:
        await pace.set_pace(connection, channel.account.account_id, per_second=per_second)


async def test_an_account_is_left_to_the_sender_that_serves_it(
    database: Database, channel: FakeChannel, clock: MovingClock
) -> None:
    await _set_pace(database, channel, 0.01)  # The next slot is a hundred seconds away.
    queue = Queue("reply", 3)
    one, other = (
        _AccountSender(database, [queue], channel, owner, clock, SenderOptions())
        for owner in ("one", "other")
    )
    await one._round()
    statements: list[str] = []

    def note(_connection: Any, _cursor: Any, statement: str, *_: Any) -> None:
        statements.append(statement)

    await other._round()
    sa.event.listen(database.engine.sync_engine, "before_cursor_execute", note)
    try:
        await other._round()
    finally:
        sa.event.remove(database.engine.sync_engine, "before_cursor_execute", note)
    assert (queue.claimed_by, statements) == (["one"], [])
    other.wake()
    await other._round()  # Something was written in its process: it has another look.
    assert queue.claimed_by == ["one"]
    for sender in (one, other):
        sender.stop()
        await sender.run()


async def test_what_a_dead_sender_served_is_taken_over(
    database: Database, channel: FakeChannel, clock: MovingClock
) -> None:
    await _set_pace(database, channel, 200)
    queue = Queue("reply", 150)
    dead = _AccountSender(database, [queue], channel, "dead", clock, SenderOptions())
    await dead._round()  # And never another.
    lost = 150 - len(queue.waiting)
    assert lost > 0
    living = Sender(database, [queue], clock=clock, options=SenderOptions())
    await living.start([channel])
    async with asyncio.timeout(60):
        while queue.settled.total() < 150 - lost:
            await asyncio.sleep(0)
    await living.stop()
    await dead._departures.finish(60)
    assert set(queue.settled.values()) == {1}


async def test_two_senders_send_everything_once_and_keep_the_pace_together(
    database: Database, channel: FakeChannel, clock: MovingClock
) -> None:
    per_second, count = 100, 150
    await _set_pace(database, channel, per_second)
    queue = Queue("reply", count)
    time = asyncio.get_running_loop().time
    moments: list[float] = []

    class Noting(FakeChannel):
        async def send(self, address: str, message: Outgoing, *, key: str) -> Any:
            moments.append(time())
            return await super().send(address, message, key=key)

    noting = Noting(channel.account.account_id)
    senders = [Sender(database, [queue], clock=clock, options=SenderOptions()) for _ in range(2)]
    for sender in senders:
        await sender.start([noting])
    async with asyncio.timeout(60):
        while queue.settled.total() < count:
            await asyncio.sleep(0)
    for sender in senders:
        await sender.stop()
    assert queue.settled == Counter(range(1, count + 1))
    assert sorted(noting.delivered) == sorted(f"reply{row}" for row in range(1, count + 1))
    assert max(sum(begin <= moment < begin + 1 for moment in moments) for begin in moments) <= per_second


async def test_a_message_that_missed_its_slot_takes_the_next_before_any_other(
    database: Database, channel: FakeChannel, clock: MovingClock
) -> None:
    await _set_pace(database, channel, 20)
    queue = Queue("reply", 2)
    sender = _AccountSender(database, [queue], channel, "me", clock, SenderOptions())
    sender._departures.put_left_over([_left_over("reply", 7)])
    await sender._round()
    sender.stop()
    await sender.run()
    # On a busy machine the last ones may find no slot here, either.
    assert channel.delivered + [f"reply{row}" for row in queue.released] == ["reply7", "reply1", "reply2"]


async def test_a_reply_goes_before_announcements_that_missed_their_slots(
    database: Database, channel: FakeChannel, clock: MovingClock
) -> None:
    await _set_pace(database, channel, 0.1)
    replies, announcements = Queue("reply", 0), Queue("announcement", 0)
    sender = _AccountSender(database, [replies, announcements], channel, "me", clock, SenderOptions())
    sender._departures.put_left_over([_left_over("announcement", 7)])
    replies.waiting = [1]
    await sender._round()
    sender.stop()
    await sender.run()
    assert (replies.claimed_by, announcements.released) == (["me"], [7])


async def test_what_has_waited_for_a_slot_too_long_is_given_back(
    database: Database, channel: FakeChannel, clock: MovingClock
) -> None:
    """Its lease must not run out here."""
    await _set_pace(database, channel, 1)
    queue = Queue("reply", 0)
    sender = _AccountSender(database, [queue], channel, "me", clock, SenderOptions())
    sender._departures.put_left_over([_left_over("reply", 7, age_s=60)])
    await sender._round()
    assert queue.released == [7]
    sender.stop()
    await sender.run()


async def test_a_reply_is_sent_by_whichever_sender_is_there(
    database: Database, channel: FakeChannel, clock: MovingClock
) -> None:
    """One has just served the account and has died; the reply is written where another one runs."""
    await _set_pace(database, channel, 20)
    busy = _AccountSender(database, [Queue("announcement", 50)], channel, "dead", clock, SenderOptions())
    await busy._round()
    await busy._departures.finish(20)
    sender = Sender(database, [Outbox({})], clock=clock, options=SenderOptions())
    await sender.start([channel])
    hoa = await people.contact_of(database, channel.account.account_id, "hoa")
    async with database.writing() as connection:
        await Outbox({}).put(connection, hoa, Outgoing("Dạ, chị đem theo thẻ."), now=clock())
    sender.wake()
    async with asyncio.timeout(20):
        while "hoa" not in channel.delivered:
            await asyncio.sleep(0)
    await sender.stop()
