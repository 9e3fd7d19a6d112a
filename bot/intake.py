"""Takes updates in durably, once, and has each handled in order per person.

`receive` is all that happens inside a webhook's request: it returns when the raw update is committed (many requests
share one transaction), and an update that is there already changes nothing. The workers then take the oldest unhandled row of
each lane, and everything that its handling does commits together with the row: a crash leaves it to be handled again,
whole. An update whose handling fails is tried again, later and later, and only holds up its own person's lane.
"""

import asyncio
import contextlib
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa
import structlog
from sqlalchemy.ext.asyncio import AsyncConnection

from bot import metrics, platform_news
from bot.channels.contract import Channel, Ignored, Incoming, Update
from bot.clock import LONG_PAST, Clock
from bot.languages import Languages
from bot.outbox import Outbox
from bot.people import contacts
from bot.store.database import Database, insert_ignoring
from bot.store.tables import inbox
from bot.store.tables.messages import InboxState
from bot.turn import Turn, close_turn, open_turn

log = structlog.get_logger()

Handler = Callable[[Turn], Awaitable[None]]
"""Answers one turn. It must know every situation: what it raises counts as a failure of ours."""

_BATCH = 200  # Updates that share one transaction on their way in.
_MAX_WAITING = (
    10_000  # More than this not yet written means that we are drowning: the platform is told to come again.
)
# While more than this wait to be written, handling rests: a platform waits two seconds for us, a person longer.
_MANY_WAITING = 20
_GIVE_WAY_S = 0.2  # But never longer at a time: a flood must not stop the answers.
_IDLE_S = 0.5  # How often to look for rows that another process took in.
_MAX_ATTEMPTS = 5
_ERROR_LENGTH = 80


class IntakeFullError(Exception):
    """Too many updates are waiting to be written; answer 503 and let the platform repeat."""


@dataclass(frozen=True, slots=True)
class _Arrival:
    account_id: int
    updates: Sequence[Update]
    kept: "asyncio.Future[None]"


async def keep(connection: AsyncConnection, arrived: Sequence[tuple[int, Update]], *, now: datetime) -> None:
    """Write updates, each with its account, to be handled once this transaction is committed. One that is there already
    changes nothing, whoever took it in.
    """
    rows = [
        {
            "account_id": account_id,
            "event_id": update.event_id[:200],
            "lane": update.lane[:200],
            "payload": dict(update.payload),
            "state": InboxState.NEW,
            "next_at": LONG_PAST,
            "received_at": now,
        }
        for account_id, update in arrived
    ]
    if rows:
        await connection.execute(insert_ignoring(inbox, connection.dialect.name), rows)


class Intake:
    """The receiving half of the service."""

    def __init__(
        self,
        database: Database,
        outbox: Outbox,
        languages: Languages,
        *,
        handler: Handler,
        apology: Handler,
        clock: Clock,
        on_handled: Callable[[], None],
        workers: int = 4,
    ) -> None:
        """`apology` answers a turn whose handling failed for good; `on_handled` is called after commits that wrote messages."""
        self._database = database
        self._outbox = outbox
        self._languages = languages
        self._handler = handler
        self._apology = apology
        self._clock = clock
        self._on_handled = on_handled
        # SQLite has one writer: a second worker would only wait for the first.
        self._workers = 1 if database.is_sqlite else workers
        self._channels: Mapping[int, Channel] = {}
        self._arrivals: asyncio.Queue[_Arrival] = asyncio.Queue(_MAX_WAITING)
        self._waiting = 0  # Arrivals that are not written yet.
        self._let_in = asyncio.Event()
        self._stir = asyncio.Event()
        self._stopping = False
        self._tasks: list[asyncio.Task[None]] = []

    async def start(self, channels: Mapping[int, Channel]) -> None:
        """Begin to write and to handle; channels by account."""
        self._channels = channels
        self._stopping = False
        self._tasks.append(asyncio.create_task(self._write(), name="intake-writer"))
        self._tasks += [asyncio.create_task(self._work(), name=f"intake-{n}") for n in range(self._workers)]
        self._stir.set()

    async def stop(self) -> None:
        """Write what has arrived, finish the turns under way, and stop."""
        await self._arrivals.join()
        self._stopping = True
        self._stir.set()
        writer, *workers = self._tasks
        writer.cancel()
        await asyncio.gather(*workers)
        with contextlib.suppress(asyncio.CancelledError):
            await writer
        self._tasks.clear()

    async def receive(self, account_id: int, updates: Sequence[Update]) -> None:
        """Keep updates durably; returns when they are committed, or were before. Raises IntakeFullError when overrun."""
        kept: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        try:
            self._arrivals.put_nowait(_Arrival(account_id, updates, kept))
        except asyncio.QueueFull:
            raise IntakeFullError from None
        self._waiting += 1
        await kept

    async def _write(self) -> None:
        while True:
            batch = [await self._arrivals.get()]
            while len(batch) < _BATCH and not self._arrivals.empty():
                batch.append(self._arrivals.get_nowait())
            try:
                async with self._database.writing() as connection:
                    await self._insert(connection, batch)
            except Exception as exc:  # noqa: BLE001 - each waiting request is given the error, and answers 5xx
                for arrival in batch:
                    if not arrival.kept.done():
                        arrival.kept.set_exception(exc)
            else:
                for arrival in batch:
                    if not arrival.kept.done():
                        arrival.kept.set_result(None)
                self._stir.set()
            finally:
                self._waiting -= len(batch)
                if self._waiting <= _MANY_WAITING:
                    self._let_in.set()
                for _ in batch:
                    self._arrivals.task_done()

    async def _insert(self, connection: AsyncConnection, batch: Sequence[_Arrival]) -> None:
        arrived = [(arrival.account_id, update) for arrival in batch for update in arrival.updates]
        await keep(connection, arrived, now=self._clock())

    async def _work(self) -> None:
        while not self._stopping:
            await self._give_way()
            try:
                handled = await self._handle_next()
            except Exception:
                log.exception("intake_round_failed")
                handled = False
                await asyncio.sleep(_IDLE_S)
            if not handled and not self._stopping:
                self._stir.clear()
                with contextlib.suppress(TimeoutError):
                    async with asyncio.timeout(_IDLE_S):
                        await self._stir.wait()

    async def _give_way(self) -> None:
        if self._waiting <= _MANY_WAITING:
            return
        self._let_in.clear()
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(_GIVE_WAY_S):
                await self._let_in.wait()

    async def _handle_next(self) -> bool:
        """Handle one row in one transaction. False when there is none to handle."""
        row: sa.RowMapping | None = None
        try:
            async with self._database.writing() as connection:
                row = await self._next_row(connection)
                if row is None:
                    return False
                await self._handle(connection, row, self._handler)
        except Exception as exc:
            if row is None:
                raise
            await self._failed(row, exc)
        self._on_handled()
        return True

    async def _next_row(self, connection: AsyncConnection) -> sa.RowMapping | None:
        earlier = inbox.alias("earlier")
        # The oldest unhandled row of any lane. A lane whose oldest row waits for its next attempt waits with it.
        oldest = (
            sa.select(inbox)
            .where(
                inbox.c.state == InboxState.NEW,
                inbox.c.next_at <= self._clock(),
                inbox.c.account_id.in_(list(self._channels)),
                ~sa.exists().where(
                    earlier.c.account_id == inbox.c.account_id,
                    earlier.c.lane == inbox.c.lane,
                    earlier.c.id < inbox.c.id,
                    earlier.c.state == InboxState.NEW,
                ),
            )
            .order_by(inbox.c.id)
            .limit(1)
            .with_for_update(skip_locked=True)
        )
        return (await connection.execute(oldest)).mappings().one_or_none()

    async def _handle(self, connection: AsyncConnection, row: sa.RowMapping, handler: Handler) -> None:
        account_id, row_id, payload = row["account_id"], row["id"], row["payload"]
        channel = self._channels[account_id]
        understood = channel.parse(payload) if isinstance(payload, Mapping) else Ignored("not_an_object")
        if isinstance(understood, Ignored):
            await self._close(connection, row_id, InboxState.IGNORED, understood.why)
            metrics.UPDATES.labels(channel.name, "ignored").inc()
            return
        if not await platform_news.take(connection, account_id, understood, now=self._clock()):
            await self._take_turn(connection, account_id, understood, handler)
        await self._close(connection, row_id, InboxState.DONE)
        metrics.UPDATES.labels(channel.name, "handled").inc()

    async def _take_turn(
        self, connection: AsyncConnection, account_id: int, incoming: Incoming, handler: Handler
    ) -> None:
        now = self._clock()
        contact = await contacts.meet(
            connection, account_id, incoming.address, language=incoming.language, now=now
        )
        turn = await open_turn(
            connection,
            contact,
            incoming,
            now=now,
            translations=self._languages.of(contact.language),
            outbox=self._outbox,
        )
        await handler(turn)
        await close_turn(turn)

    async def _close(
        self, connection: AsyncConnection, row_id: int, state: InboxState, error: str = ""
    ) -> None:
        await connection.execute(
            sa.update(inbox)
            .where(inbox.c.id == row_id)
            .values(state=state, error=error[:_ERROR_LENGTH], done_at=self._clock())
        )

    async def _failed(self, row: sa.RowMapping, exc: Exception) -> None:
        """Have the row tried again later; when that has been done often enough, tell the person and let her lane go on."""
        attempts = row["attempts"] + 1
        error = type(exc).__name__[:_ERROR_LENGTH]
        log.error("handling_failed", inbox=row["id"], attempts=attempts, error=error, exc_info=exc)
        as_it_was = sa.and_(
            inbox.c.id == row["id"], inbox.c.state == InboxState.NEW, inbox.c.attempts == row["attempts"]
        )
        async with self._database.writing() as connection:
            # Free since its transaction was rolled back, so another worker may have been faster: one of them counts it.
            if (
                await connection.execute(sa.select(inbox.c.id).where(as_it_was).with_for_update())
            ).scalar() is None:
                return
            if attempts < _MAX_ATTEMPTS:
                next_at = self._clock() + timedelta(seconds=2**attempts)
                await connection.execute(
                    sa.update(inbox)
                    .where(inbox.c.id == row["id"])
                    .values(attempts=attempts, error=error, next_at=next_at)
                )
                return
            try:
                async with connection.begin_nested():
                    await self._handle(connection, row, self._apology)
            except Exception:
                log.exception("apology_failed", inbox=row["id"])
            await self._close(connection, row["id"], InboxState.FAILED, error)
        metrics.UPDATES.labels(self._channels[row["account_id"]].name, "failed").inc()
