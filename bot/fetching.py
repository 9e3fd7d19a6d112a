"""Fetches what people sent, early: a platform keeps a file, and its key, only for a while.

The rows are the queue (`bot.files.want`). A process takes a few of them by moving their time ahead, fetches with no
transaction open, and writes down what came. Should it die meanwhile, another one finds them due again.
"""

import asyncio
import contextlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

import sqlalchemy as sa
import structlog
from sqlalchemy.ext.asyncio import AsyncConnection

from bot import files
from bot.channels.contract import Channel, FetchError, FileKind, RemoteFile
from bot.clock import Clock
from bot.store.database import Database
from bot.store.tables import contacts
from bot.store.tables import files as file_rows

log = structlog.get_logger()

_IDLE_S = 2.0  # How often to look for rows that another process wrote.
_GATHER_S = 0.2  # It is woken by every turn: a busy hour must not become a look each.
_AT_ONCE = 4
_LEASE = timedelta(minutes=3)  # Longer than any fetch takes.
_DEADLINE_S = 120.0
_MAX_ATTEMPTS = 8
_PAUSES = (timedelta(seconds=5), timedelta(seconds=30), timedelta(minutes=2), timedelta(minutes=10))


class Concern(Protocol):
    """Whom the files matter to: told in the transaction that writes the outcome down."""

    async def on_fetched(self, connection: AsyncConnection, file_id: int) -> None:
        """The file is here."""

    async def on_given_up(self, connection: AsyncConnection, file_id: int) -> None:
        """It will never be."""


@dataclass(frozen=True, slots=True)
class _Wanted:
    file_id: int
    account_id: int
    file: RemoteFile
    attempts: int
    leased_until: datetime


class Fetcher:
    """One part of the service; `wake` it when files may be wanted. `on_done` is called after commits that may have written messages."""

    def __init__(
        self,
        database: Database,
        *,
        clock: Clock,
        most_bytes: int,
        concern: Concern,
        on_done: Callable[[], None],
    ) -> None:
        self._database = database
        self._clock = clock
        self._most_bytes = most_bytes
        self._concern = concern
        self._on_done = on_done
        self._channels: Mapping[int, Channel] = {}
        self._stir = asyncio.Event()
        self._task: asyncio.Task[None] | None = None

    async def start(self, channels: Mapping[int, Channel]) -> None:
        """Begin; channels by account. The mapping may grow while it runs."""
        self._channels = channels
        self._stir.set()
        self._task = asyncio.create_task(self._work(), name="fetcher")

    async def stop(self) -> None:
        """What is under way is given up; its rows are due again when their lease is over."""
        task, self._task = self._task, None
        if task is not None:
            task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await task

    def wake(self) -> None:
        self._stir.set()

    async def fetch_due(self) -> int:
        """Fetch a few of the files that are due. Returns how many were tried."""
        wanted = await self._take()
        if wanted:
            await asyncio.gather(*(self._fetch(each) for each in wanted))
            self._on_done()
        return len(wanted)

    async def _work(self) -> None:
        while True:
            self._stir.clear()
            try:
                is_busy = bool(await self.fetch_due())
            except Exception:
                log.exception("fetching_failed")
                is_busy = False
            if is_busy:
                continue
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(_IDLE_S):
                    await self._stir.wait()
                    await asyncio.sleep(_GATHER_S)

    async def _take(self) -> Sequence[_Wanted]:
        now = self._clock()
        due = (
            sa.select(file_rows.c.id)
            .join(contacts, contacts.c.id == file_rows.c.contact_id)
            .where(
                file_rows.c.next_at.is_not(None),
                file_rows.c.next_at <= now,
                contacts.c.account_id.in_(list(self._channels)),
            )
            .order_by(file_rows.c.id)
            .limit(_AT_ONCE)
        )
        async with self._database.reading() as connection:
            # Looked for without the write lock: almost always there is nothing.
            if (await connection.execute(due)).first() is None:
                return []
        async with self._database.writing() as connection:
            locked = due.with_for_update(skip_locked=True, of=file_rows)
            ids = list(await connection.scalars(locked))
            until = now + _LEASE
            await connection.execute(
                sa.update(file_rows)
                .where(file_rows.c.id.in_(ids))
                .values(next_at=until, attempts=file_rows.c.attempts + 1)
            )
            found = await connection.execute(
                sa.select(
                    file_rows.c.id,
                    file_rows.c.kind,
                    file_rows.c.name,
                    file_rows.c.source,
                    file_rows.c.attempts,
                    contacts.c.account_id,
                )
                .join(contacts, contacts.c.id == file_rows.c.contact_id)
                .where(file_rows.c.id.in_(ids))
            )
            return [
                _Wanted(
                    row.id,
                    row.account_id,
                    RemoteFile(FileKind(row.kind), row.source, row.name),
                    row.attempts,
                    until,
                )
                for row in found
            ]

    async def _fetch(self, wanted: _Wanted) -> None:
        try:
            async with asyncio.timeout(_DEADLINE_S):
                data = await self._channels[wanted.account_id].fetch(wanted.file, most_bytes=self._most_bytes)
            # Reading through megabytes takes a moment that nobody else should wait for.
            values = await asyncio.to_thread(files.described, data)
            await self._settle(wanted, {**values, "source": "", "next_at": None, "error": ""})
        except FetchError as error:
            await self._failed(wanted, error.code, is_final=error.is_final)
        except TimeoutError:
            await self._failed(wanted, "too_slow", is_final=False)
        except Exception:
            log.exception("file_not_taken_in", file=wanted.file_id)
            await self._failed(wanted, "internal", is_final=False)

    async def _failed(self, wanted: _Wanted, code: str, *, is_final: bool) -> None:
        log.info("file_not_fetched", file=wanted.file_id, code=code, attempts=wanted.attempts)
        if is_final or wanted.attempts >= _MAX_ATTEMPTS:
            await self._settle(wanted, {"source": "", "next_at": None, "error": code})
            return
        pause = _PAUSES[min(wanted.attempts, len(_PAUSES)) - 1]
        await self._settle(wanted, {"next_at": self._clock() + pause, "error": code})

    async def _settle(self, wanted: _Wanted, values: Mapping[str, object]) -> None:
        """Write the outcome down, unless the file was erased meanwhile or somebody else has taken it over."""
        async with self._database.writing() as connection:
            updated = await connection.execute(
                sa.update(file_rows)
                .where(file_rows.c.id == wanted.file_id, file_rows.c.next_at == wanted.leased_until)
                .values(**values)
            )
            if not updated.rowcount or values["next_at"] is not None:
                return
            if "data" in values:
                await self._concern.on_fetched(connection, wanted.file_id)
            else:
                await self._concern.on_given_up(connection, wanted.file_id)
