"""The receiving side for tests of how updates come in: the real intake, and one that a test can let fail."""

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from typing import Any

import sqlalchemy as sa

from bot.channels.contract import Channel, Incoming, Update
from bot.clock import Clock
from bot.intake import Intake
from bot.languages import Languages
from bot.outbox import Outbox
from bot.store.database import Database
from bot.store.tables import inbox
from bot.turn import Turn


class Office:
    """Intake on a database. `understood` holds what its handler was given, in order."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock
        self.understood: list[Incoming] = []

    @asynccontextmanager
    async def open(self, channels: Mapping[int, Channel] | None = None) -> AsyncIterator[Intake]:
        """Intake at work: it keeps updates, and handles those of `channels`."""
        intake = Intake(
            self._database,
            Outbox({}),
            Languages({}),
            handler=self._handle,
            apology=self._handle,
            clock=self._clock,
            on_handled=lambda: None,
        )
        await intake.start(channels or {})
        try:
            yield intake
        finally:
            await intake.stop()

    async def _handle(self, turn: Turn) -> None:
        self.understood.append(turn.incoming)

    async def rows(self) -> list[Any]:
        async with self._database.reading() as connection:
            return list((await connection.execute(sa.select(inbox).order_by(inbox.c.id))).all())

    async def texts(self) -> list[str]:
        return [_words(row.payload) for row in await self.rows()]


class Desk:
    """Remembers what it was given; fails with each of `errors` first, one for each call."""

    def __init__(self, *errors: BaseException) -> None:
        self.errors = list(errors)
        self.updates: list[Update] = []
        self._came = asyncio.Event()

    async def receive(self, account_id: int, updates: Sequence[Update]) -> None:
        if self.errors:
            raise self.errors.pop(0)
        self.updates += updates
        self._came.set()

    async def has(self, count: int) -> list[Update]:
        """The first so many updates, once they are there."""
        async with asyncio.timeout(30):
            while len(self.updates) < count:
                self._came.clear()
                await self._came.wait()
        return self.updates[:count]

    @property
    def texts(self) -> list[str]:
        return [_words(update.payload) for update in self.updates]


class Deaf:
    """Takes updates and never gets them kept: the process dies before the commit."""

    def __init__(self) -> None:
        self.was_given = asyncio.Event()

    async def receive(self, account_id: int, updates: Sequence[Update]) -> None:
        self.was_given.set()
        await asyncio.Event().wait()


def _words(payload: Mapping[str, Any]) -> Any:
    """The text of an update, which some channels keep beside something of their own."""
    return payload.get("update", payload)["message"]["text"]
