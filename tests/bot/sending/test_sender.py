import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection
from structlog.testing import capture_logs

from bot.channels.contract import Blame, Outgoing, Retry, SendError
from bot.outbox import Outbox
from bot.people import contacts as bot_contacts
from bot.sending import pace
from bot.sending.parcels import MAX_ATTEMPTS, Lane
from bot.sending.sender import Sender, SenderOptions, _AccountSender
from bot.store.database import Database
from bot.store.tables import accounts, contacts, outbox
from bot.store.tables.accounts import AccountState
from tests import people
from tests.conftest import MovingClock
from tests.fakes import FakeChannel

MINUTE = timedelta(minutes=1)
Put = Callable[..., Awaitable[int]]


@pytest.fixture
async def channel(database: Database, clock: MovingClock) -> FakeChannel:
    async with database.writing() as connection:
        account_id = await people.add_account(connection, channel="fake", now=clock())
        await pace.set_pace(connection, account_id, per_second=0)
        for address in ("hoa", "lan", "mai", "nga"):
            await people.add_contact(connection, account_id, address, now=clock())
    return FakeChannel(account_id)


@pytest.fixture
def put(database: Database, channel: FakeChannel, clock: MovingClock) -> Put:
    """Write one reply to an address; returns its row."""

    async def write(address: str, text: str = "chào chị", attempts: int = 0) -> int:
        contact = await people.contact_of(database, channel.account.account_id, address)
        async with database.writing() as connection:
            row_id = await Outbox({}).put(connection, contact, Outgoing(text), now=clock())
            await connection.execute(sa.update(outbox).where(outbox.c.id == row_id).values(attempts=attempts))
        return row_id

    return write


@pytest.fixture
async def sender(database: Database, channel: FakeChannel, clock: MovingClock) -> AsyncIterator[Sender]:
    running = Sender(database, [Outbox({})], clock=clock, options=SenderOptions(in_flight=3))
    await running.start([channel])
    yield running
    channel.gate.set()
    await running.stop()


async def _row(database: Database, row_id: int) -> Any:
    async with database.reading() as connection:
        return (await connection.execute(sa.select(outbox).where(outbox.c.id == row_id))).one()


async def _settled(database: Database, sender: Sender, *row_ids: int, claimed: bool = False) -> list[Any]:
    """The rows as soon as no result of theirs is outstanding."""
    async with asyncio.timeout(20):
        while True:
            sender.wake()
            rows = [await _row(database, row_id) for row_id in row_ids]
            if all(
                row.state != "claimed" and (row.attempts or row.error or row.state != "waiting")
                for row in rows
            ):
                return rows


@dataclass(frozen=True)
class Case:
    """What one send meets, and what its row says afterwards. `wait` is until it is tried again."""

    label: str
    meets: Exception | None
    state: str
    error: str = ""
    attempts: int = 1
    wait: timedelta | None = None
    before: int = 0  # Attempts it had already.
    uncertain: int = 0
    unreachable: bool = False
    refused: bool = False
    holds: bool = False


CASES = [
    Case("it arrives", None, "sent"),
    Case("refused for good", SendError("bad_text", Retry.NEVER), "failed", "bad_text"),
    Case(
        "she blocked us",
        SendError("blocked", Retry.NEVER, blame=Blame.CONTACT), "failed", "blocked", unreachable=True,
    ),
    Case("not for this chat now, for good", SendError("chat", Retry.NEVER, blame=Blame.CHAT), "failed", "chat"),
    Case(
        "our secret is not accepted",
        SendError("unauthorised", Retry.NEVER, blame=Blame.ACCOUNT), "waiting", "unauthorised",
        attempts=0, wait=timedelta(), refused=True,
    ),
    Case("not sent", SendError("busy", Retry.LATER), "waiting", "busy", wait=timedelta(seconds=1)),
    Case(
        "not sent, the third time",
        SendError("busy", Retry.LATER), "waiting", "busy", before=2, attempts=3, wait=timedelta(seconds=4),
    ),
    Case(
        "not sent, too often",
        SendError("busy", Retry.LATER), "failed", "busy", before=MAX_ATTEMPTS - 1, attempts=MAX_ATTEMPTS,
    ),
    Case(
        "too fast for her",
        SendError("flood", Retry.LATER, blame=Blame.CHAT, retry_after=MINUTE), "waiting", "flood",
        attempts=0, wait=MINUTE,
    ),
    Case(
        "told to wait as often as it takes",
        SendError("flood", Retry.LATER, blame=Blame.CHAT, retry_after=MINUTE), "waiting", "flood",
        before=50, attempts=50, wait=MINUTE,
    ),
    Case(
        "the account is too fast",
        SendError("flood", Retry.LATER, blame=Blame.ACCOUNT, retry_after=MINUTE), "waiting", "flood",
        attempts=0, wait=MINUTE, holds=True,
    ),
    Case(
        "the platform is away, however long",
        SendError("away", Retry.LATER, blame=Blame.ACCOUNT), "waiting", "away",
        before=50, attempts=50, wait=timedelta(seconds=5), holds=True,
    ),
    Case("no answer", SendError("timeout", Retry.UNKNOWN), "waiting", "timeout", uncertain=1, wait=timedelta(seconds=1)),
    Case("the channel breaks", ValueError("a bug"), "waiting", "internal", uncertain=1, wait=timedelta()),
]  # fmt: skip


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.label)
async def test_every_answer_of_a_platform_leaves_the_right_row(
    database: Database, channel: FakeChannel, put: Put, clock: MovingClock, case: Case
) -> None:
    row_id = await put("hoa", attempts=case.before)
    if case.meets:
        channel.script["hoa"] = [case.meets] * 50
    sender = Sender(database, [Outbox({})], clock=clock, options=SenderOptions())
    with capture_logs() as logs:
        await sender.start([channel])
        await channel.tried(1)
        channel.gate.set()
        await sender.stop()
    row = await _row(database, row_id)
    given_up = {"account": channel.account.account_id, "lane": "reply", "row": row_id, "code": case.error}
    expected = [{"event": "message_not_delivered", "log_level": "warning", **given_up}]
    assert [line for line in logs if line["event"] == "message_not_delivered"] == (
        expected if case.state == "failed" else []
    )
    # An answer that says "at once" may have been tried anew before the stop.
    tried = len(channel.sent) if case.wait == timedelta() and not case.refused else 1
    assert (row.state, row.error, row.lease_by) == (case.state, case.error, None)
    assert row.attempts == case.attempts + (tried - 1)
    assert row.uncertain_sends == case.uncertain + (tried - 1)
    if case.wait is not None:
        assert row.next_at == clock() + case.wait
    async with database.writing() as connection:
        slots = await pace.reserve(connection, channel.account.account_id, 1)
        hoa = (await connection.execute(sa.select(contacts).where(contacts.c.address == "hoa"))).one()
        state = (await connection.execute(sa.select(accounts.c.state))).scalar_one()
    assert slots.granted == (0 if case.holds else 1)
    assert (hoa.unreachable_at is not None, hoa.unreachable_code) == (
        case.unreachable, case.error if case.unreachable else ""
    )  # fmt: skip
    assert state is (AccountState.REFUSED if case.refused else AccountState.ACTIVE)


async def test_who_has_written_since_she_was_not_reached_is_reached_again(
    database: Database, channel: FakeChannel, put: Put, clock: MovingClock
) -> None:
    row_id = await put("hoa")
    channel.script["hoa"] = [SendError("blocked", Retry.NEVER, blame=Blame.CONTACT)]
    hoa = await people.contact_of(database, channel.account.account_id, "hoa")
    async with database.writing() as connection:
        await bot_contacts.heard_from(connection, hoa.contact_id, now=clock() + timedelta(seconds=1))
    sender = Sender(database, [Outbox({})], clock=clock, options=SenderOptions())
    await sender.start([channel])
    await channel.tried(1)
    await sender.stop()
    assert (await _row(database, row_id)).state == "failed"
    assert (await people.contact_of(database, channel.account.account_id, "hoa")).is_reachable


async def test_several_people_told_to_wait_at_once_hold_the_account(
    database: Database, channel: FakeChannel, put: Put, clock: MovingClock
) -> None:
    flood = SendError("flood", Retry.LATER, blame=Blame.CHAT, retry_after=MINUTE)
    rows = [await put(address) for address in ("hoa", "lan", "mai")]
    channel.script = {address: [flood] for address in ("hoa", "lan", "mai")}
    sender = Sender(database, [Outbox({})], clock=clock, options=SenderOptions())
    await sender.start([channel])
    await channel.tried(3)
    await sender.stop()
    assert {(await _row(database, row_id)).state for row_id in rows} == {"waiting"}
    async with database.writing() as connection:
        assert (await pace.reserve(connection, channel.account.account_id, 1)).granted == 0


async def test_messages_that_wait_for_the_morning_hold_up_nobody_else(
    database: Database, channel: FakeChannel, put: Put, sender: Sender
) -> None:
    night = SendError("night", Retry.LATER, retry_after=timedelta(hours=8))
    channel.script = {address: [night] for address in ("hoa", "lan", "mai")}
    rows = [await put(address) for address in ("hoa", "lan", "mai", "nga")]
    settled = await _settled(database, sender, *rows)
    assert [row.state for row in settled] == ["waiting", "waiting", "waiting", "sent"]
    async with database.writing() as connection:
        assert (await pace.reserve(connection, channel.account.account_id, 1)).granted == 1


async def test_one_persons_trouble_stops_nobody_else(
    database: Database, channel: FakeChannel, put: Put, sender: Sender
) -> None:
    channel.script["hoa"] = [SendError("flood", Retry.LATER, blame=Blame.CHAT, retry_after=MINUTE)]
    rows = [await put(address) for address in ("hoa", "lan", "mai", "nga")]
    settled = await _settled(database, sender, *rows)
    assert [row.state for row in settled] == ["waiting", "sent", "sent", "sent"]


async def test_what_is_written_to_one_person_arrives_in_order(
    database: Database, channel: FakeChannel, put: Put, sender: Sender
) -> None:
    rows = [await put("hoa", text) for text in ("một", "hai", "ba")]
    await _settled(database, sender, *rows)
    assert [message.text for _, message, _ in channel.sent] == ["một", "hai", "ba"]


async def test_no_more_are_under_way_than_allowed(
    database: Database, channel: FakeChannel, put: Put, sender: Sender
) -> None:
    channel.gate.clear()
    rows = [await put(address) for address in ("hoa", "lan", "mai", "nga")]
    sender.wake()
    await channel.tried(3)
    async with database.reading() as connection:
        states = list(await connection.scalars(sa.select(outbox.c.state).order_by(outbox.c.id)))
    assert states == ["claimed", "claimed", "claimed", "waiting"]
    channel.gate.set()
    assert {row.state for row in await _settled(database, sender, *rows)} == {"sent"}


async def test_a_stop_waits_for_what_is_under_way_and_records_it(
    database: Database, channel: FakeChannel, put: Put, clock: MovingClock
) -> None:
    channel.gate.clear()
    row_id = await put("hoa")
    sender = Sender(database, [Outbox({})], clock=clock, options=SenderOptions())
    await sender.start([channel])
    await channel.tried(1)
    stop = asyncio.create_task(sender.stop())
    await asyncio.sleep(0)
    channel.gate.set()
    await stop
    assert (await _row(database, row_id)).state == "sent"


async def test_what_a_dead_sender_held_is_sent_by_the_next(
    database: Database, channel: FakeChannel, put: Put, clock: MovingClock
) -> None:
    row_id = await put("hoa")
    async with database.writing() as connection:
        claimed = await Outbox({}).claim(
            connection, channel.account.account_id, 1, owner="dead", now=clock(), until=clock() + MINUTE
        )
    assert len(claimed) == 1
    clock.move(MINUTE * 2)
    sender = Sender(database, [Outbox({})], clock=clock, options=SenderOptions())
    await sender.start([channel])
    await channel.tried(1)
    await sender.stop()
    row = await _row(database, row_id)
    assert (row.state, row.uncertain_sends) == ("sent", 1)


async def test_a_round_that_fails_is_done_again_and_loses_no_result(
    database: Database, channel: FakeChannel, put: Put, clock: MovingClock
) -> None:
    class Failing(Outbox):
        failures = 0

        async def settle(self, *args: Any, **values: Any) -> None:
            if self.failures < 1:
                self.failures += 1
                raise OSError("the database is away")
            await super().settle(*args, **values)

    row_id = await put("hoa")
    lane: Lane = Failing({})
    sender = Sender(database, [lane], clock=clock, options=SenderOptions())
    await sender.start([channel])
    (row,) = await _settled(database, sender, row_id)
    await sender.stop()
    assert row.state == "sent"
    assert len(channel.sent) == 1


async def test_the_pace_is_kept_and_a_missed_slot_costs_no_message(
    database: Database, channel: FakeChannel, put: Put, clock: MovingClock
) -> None:
    async with database.writing() as connection:
        await pace.set_pace(connection, channel.account.account_id, per_second=200)
    rows = [await put(address) for address in ("hoa", "lan", "mai", "nga")]
    sender = Sender(database, [Outbox({})], clock=clock, options=SenderOptions())
    await sender.start([channel])
    settled = await _settled(database, sender, *rows)
    await sender.stop()
    assert {row.state for row in settled} == {"sent"}
    assert sorted(channel.delivered) == ["hoa", "lan", "mai", "nga"]


async def test_a_slow_database_delays_a_reply_and_does_not_keep_it_for_ever(
    database: Database, channel: FakeChannel, put: Put, clock: MovingClock
) -> None:
    """The first free slot of an idle account is now; when it is over before the claim is written, the next one leaves time."""
    async with database.writing() as connection:
        await pace.set_pace(connection, channel.account.account_id, per_second=10)
    row_id = await put("hoa")
    time = asyncio.get_running_loop().time

    class Slow(Outbox):
        async def claim(self, *args: Any, **values: Any) -> Any:
            until = time() + 0.05
            while time() < until:
                pass
            return await super().claim(*args, **values)

    sender = Sender(database, [Slow({})], clock=clock, options=SenderOptions())
    await sender.start([channel])
    await channel.tried(1)
    await sender.stop()
    assert (await _row(database, row_id)).state == "sent"


async def test_a_missed_slot_gives_the_message_back_at_once(
    database: Database, channel: FakeChannel, put: Put, clock: MovingClock
) -> None:
    """Kept through a long wait, its lease would run out and it would be sent twice."""
    async with database.writing() as connection:
        await pace.set_pace(connection, channel.account.account_id, per_second=10)
    rows = [await put(address) for address in ("hoa", "lan", "mai")]
    loop = asyncio.get_running_loop()
    stalled = asyncio.Event()

    class Stalling(Outbox):
        """Takes longer than a slot is good for, and has the account told to wait meanwhile."""

        async def claim(self, connection: Any, *args: Any, **values: Any) -> Any:
            parcels = await super().claim(connection, *args, **values)
            if parcels and not stalled.is_set():
                stalled.set()
                await pace.hold(connection, channel.account.account_id, MINUTE)
                until = loop.time() + 0.5  # Nothing in this process moves, and three slots go by.
                while loop.time() < until:
                    pass
            return parcels

    sender = Sender(database, [Stalling({})], clock=clock, options=SenderOptions())
    await sender.start([channel])
    async with asyncio.timeout(20):
        await stalled.wait()
        while {(await _row(database, row_id)).lease_by for row_id in rows} != {None}:
            sender.wake()
    states = {(await _row(database, row_id)).state for row_id in rows}
    await sender.stop()
    assert (channel.sent, states) == ([], {"waiting"})


async def test_a_message_that_its_senders_die_of_is_given_up(
    database: Database, channel: FakeChannel, put: Put, clock: MovingClock
) -> None:
    told: list[tuple[int, str]] = []

    class Listener:
        async def on_failed(self, _connection: AsyncConnection, outbox_id: int, code: str) -> None:
            told.append((outbox_id, code))

        async def on_held(self, _connection: AsyncConnection, outbox_id: int) -> bool:
            raise AssertionError(outbox_id)

    lane = Outbox({}, Listener())
    row_id = await put("hoa")
    for _ in range(3):
        async with database.writing() as connection:
            claimed = await lane.claim(
                connection, channel.account.account_id, 1, owner="dead", now=clock(), until=clock() + MINUTE
            )
        assert len(claimed) == 1
        clock.move(MINUTE * 2)
        with capture_logs() as logs:
            async with database.writing() as connection:
                assert await lane.recover(connection, now=clock()) == 1
    assert [(line["event"], line["row"], line["code"]) for line in logs] == [
        ("message_not_delivered", row_id, "sender_died")
    ]
    row = await _row(database, row_id)
    assert (row.state, row.error, row.uncertain_sends, row.lease_by) == ("failed", "sender_died", 3, None)
    assert told == [(row_id, "sender_died")]


async def test_a_clock_that_is_set_back_delays_no_reply(
    database: Database, channel: FakeChannel, put: Put, sender: Sender, clock: MovingClock
) -> None:
    row_id = await put("hoa")
    clock.move(timedelta(hours=-1))
    assert [row.state for row in await _settled(database, sender, row_id)] == ["sent"]


async def test_a_refused_account_tries_one_message_every_five_minutes(
    database: Database, channel: FakeChannel, put: Put, clock: MovingClock
) -> None:
    refusal = SendError("unauthorised", Retry.NEVER, blame=Blame.ACCOUNT)
    channel.script["hoa"] = [refusal, refusal]
    await put("hoa")
    lane = Outbox({})
    sender = _AccountSender(database, [lane], channel, "me", clock, SenderOptions())

    async def rounds() -> None:
        for _ in range(3):
            await sender._round()
            await asyncio.gather(*sender._departures._sends, return_exceptions=True)

    async def state() -> AccountState:
        async with database.reading() as connection:
            return AccountState((await connection.execute(sa.select(accounts.c.state))).scalar_one())

    with capture_logs() as logs:
        await rounds()
        for address in ("lan", "mai"):
            await put(address)
        await rounds()
        assert (len(channel.sent), await state()) == (1, AccountState.REFUSED)
        clock.move(MINUTE * 5)
        await rounds()
        assert (len(channel.sent), await state()) == (2, AccountState.REFUSED)
        clock.move(MINUTE * 5)
        await rounds()
        await rounds()
    assert (sorted(channel.delivered), await state()) == (["hoa", "lan", "mai"], AccountState.ACTIVE)
    assert [entry["event"] for entry in logs] == ["account_refused", "account_accepted_again"]
