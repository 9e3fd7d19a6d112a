"""Intake: durable, once, in order per person, and never stuck because of one update."""

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from aiohttp import web

from bot.channels.contract import (
    Account,
    Ignored,
    Incoming,
    IncomingKind,
    Limits,
    Outgoing,
    Receipt,
    Receive,
    RemoteFile,
    Update,
)
from bot.intake import Intake
from bot.languages import Languages
from bot.outbox import Outbox
from bot.store.database import Database
from bot.store.tables import contacts, inbox, interactions, outbox
from bot.store.tables.messages import InboxState
from bot.turn import Turn
from tests import people
from tests.conftest import MovingClock


class _Channel:
    """Understands {"from": ..., "text": ...}."""

    name = "paper"
    limits = Limits(text_units=100, per_second=0, send_timeout=timedelta(seconds=1))

    def __init__(self, account_id: int) -> None:
        self.account = Account(account_id, "paper", "1", "Paper")

    def parse(self, payload: Mapping[str, Any]) -> Incoming | Ignored:
        if "from" not in payload:
            return Ignored("no_sender")
        return Incoming(payload["from"], IncomingKind.TEXT, payload["text"])

    async def open(self) -> None: ...
    async def close(self) -> None: ...
    async def start_receiving(self, receive: Receive) -> None: ...
    async def stop_receiving(self) -> None: ...
    def routes(self) -> Sequence[web.AbstractRouteDef]:
        return ()

    def link(self, code: str) -> str | None:
        return None

    async def send(self, address: str, message: Outgoing, *, key: str) -> Receipt:
        raise AssertionError("intake sends nothing")

    async def fetch(self, file: RemoteFile, *, most_bytes: int) -> bytes:
        raise AssertionError("intake fetches nothing")


def update(number: int, who: str = "hoa", text: str = "chào") -> Update:
    return Update(str(number), who, {"from": who, "text": f"{text} {number}"})


class Desk:
    """Intake with a handler that repeats what it hears, and a list of what it heard."""

    def __init__(self, database: Database, account_id: int, clock: MovingClock) -> None:
        self.database = database
        self.account_id = account_id
        self.clock = clock
        self.heard: list[str] = []
        self.fail_on: Callable[[str], bool] = lambda _text: False

    async def handle(self, turn: Turn) -> None:
        if self.fail_on(turn.incoming.text):
            raise RuntimeError("the handler broke")
        self.heard.append(turn.incoming.text)
        await turn.say(f"Chị nói: {turn.incoming.text}")

    async def apologise(self, turn: Turn) -> None:
        self.heard.append("apology")
        await turn.say("Dạ, em gặp trục trặc.")

    @asynccontextmanager
    async def open(self) -> AsyncIterator[Intake]:
        intake = Intake(
            self.database,
            Outbox({}),
            Languages({}),
            handler=self.handle,
            apology=self.apologise,
            clock=self.clock,
            on_handled=lambda: None,
        )
        await intake.start({self.account_id: _Channel(self.account_id)})
        try:
            yield intake
        finally:
            await intake.stop()

    async def until(self, condition: Callable[[], bool]) -> None:
        async with asyncio.timeout(20):
            while not condition():
                await asyncio.sleep(0.01)

    async def rows(self, column: sa.Column[Any]) -> list[Any]:
        async with self.database.reading() as connection:
            return list(await connection.scalars(sa.select(column).order_by(column.table.c.id)))


@pytest.fixture
async def desk(database: Database, clock: MovingClock) -> Desk:
    async with database.writing() as connection:
        account_id = await people.add_account(connection, channel="paper", external_id="1", now=clock())
    return Desk(database, account_id, clock)


async def test_an_update_is_answered_logged_and_done_in_one_step(desk: Desk) -> None:
    async with desk.open() as intake:
        await intake.receive(desk.account_id, [update(1)])
        await desk.until(lambda: desk.heard == ["chào 1"])
    assert await desk.rows(inbox.c.state) == [InboxState.DONE]
    assert await desk.rows(interactions.c.text) == ["Chị nói: chào 1", "chào 1"]
    assert [row["text"] for row in await desk.rows(outbox.c.message)] == ["Chị nói: chào 1"]


async def test_the_same_update_twice_is_handled_once(desk: Desk) -> None:
    async with desk.open() as intake:
        await asyncio.gather(*(intake.receive(desk.account_id, [update(1), update(1)]) for _ in range(5)))
        await intake.receive(desk.account_id, [update(2)])
        await desk.until(lambda: "chào 2" in desk.heard)
    assert desk.heard == ["chào 1", "chào 2"]


async def test_many_updates_of_many_people_keep_each_persons_order(desk: Desk) -> None:
    updates = [update(n, who=f"p{n % 7}") for n in range(140)]
    async with desk.open() as intake:
        for n in range(0, 140, 10):
            await intake.receive(desk.account_id, updates[n : n + 10])
        await desk.until(lambda: len(desk.heard) == 140)
    for who in range(7):
        numbers = [int(text.split()[1]) for text in desk.heard if int(text.split()[1]) % 7 == who]
        assert numbers == sorted(numbers)


async def test_what_was_taken_in_before_a_crash_is_handled_after_it(desk: Desk) -> None:
    desk.fail_on = lambda _text: True
    async with desk.open() as intake:
        await intake.receive(desk.account_id, [update(1)])
        await desk.until(lambda: True)
    desk.fail_on = lambda _text: False
    desk.clock.move(timedelta(hours=1))
    async with desk.open():
        await desk.until(lambda: desk.heard == ["chào 1"])


async def test_a_failing_update_leaves_nothing_behind_and_holds_up_only_its_own_person(desk: Desk) -> None:
    desk.fail_on = lambda text: text == "chào 1"
    async with desk.open() as intake:
        await intake.receive(desk.account_id, [update(1), update(2), update(3, who="lan")])
        await desk.until(lambda: "chào 3" in desk.heard)
        assert desk.heard == ["chào 3"]

        def is_past_it() -> bool:
            desk.clock.move(timedelta(minutes=1))
            return "chào 2" in desk.heard

        await desk.until(is_past_it)
    assert desk.heard == ["chào 3", "apology", "chào 2"]
    said = [row["text"] for row in await desk.rows(outbox.c.message)]
    assert said == ["Chị nói: chào 3", "Dạ, em gặp trục trặc.", "Chị nói: chào 2"]
    assert sorted(await desk.rows(inbox.c.state)) == [InboxState.DONE, InboxState.DONE, InboxState.FAILED]


async def test_an_update_that_is_not_understood_is_kept_and_counted(desk: Desk) -> None:
    async with desk.open() as intake:
        await intake.receive(
            desk.account_id, [Update("x", "-", {"rubbish": ["\x00", "\ud800", 2**70]}), update(1)]
        )
        await desk.until(lambda: desk.heard == ["chào 1"])
    assert await desk.rows(inbox.c.state) == [InboxState.IGNORED, InboxState.DONE]
    assert await desk.rows(inbox.c.error) == ["no_sender", ""]


async def test_rubbish_texts_are_carried_without_harm(desk: Desk) -> None:
    rubbish = [
        "x" * 100_000,
        "\x00\ud800 a",
        "😀" * 500,
        "\u202eevil\u202c",
        "'; DROP TABLE members; --",
        "=1+1",
        "<script>",
    ]
    async with desk.open() as intake:
        for number, text in enumerate(rubbish):
            await intake.receive(desk.account_id, [update(number, text=text)])
        await desk.until(lambda: len(desk.heard) == len(rubbish))
    assert await desk.rows(inbox.c.state) == [InboxState.DONE] * len(rubbish)
    assert len(await desk.rows(contacts.c.id)) == 1


async def test_receiving_fails_when_the_database_does(desk: Desk) -> None:
    async with desk.open() as intake:
        with pytest.raises(sa.exc.IntegrityError):
            await intake.receive(999_999, [update(1)])
        await intake.receive(desk.account_id, [update(2)])
        await desk.until(lambda: desk.heard == ["chào 2"])


async def test_a_clock_that_is_set_back_delays_no_update(desk: Desk) -> None:
    receiving = Intake(
        desk.database, Outbox({}), Languages({}), handler=desk.handle, apology=desk.apologise, clock=desk.clock,
        on_handled=lambda: None,
    )  # fmt: skip
    await receiving.start({})  # Takes in, and handles for no account.
    await receiving.receive(desk.account_id, [update(1)])
    await receiving.stop()
    desk.clock.move(timedelta(hours=-1))
    async with desk.open():
        await desk.until(lambda: desk.heard == ["chào 1"])


async def test_what_comes_in_is_written_before_anything_is_handled_but_a_flood_stops_no_answer(
    desk: Desk,
) -> None:
    async with desk.open() as intake:
        intake._waiting = 1000
        await intake.receive(desk.account_id, [update(1)])
        await desk.until(lambda: desk.heard == ["chào 1"])
        intake._waiting = 0
