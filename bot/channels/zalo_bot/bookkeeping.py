"""Writes down what the bot has used of its plan (`bot.usage`) and what people see it called.

Done by a task of its own: no message waits for it or fails with it, and a stop that ends a poll or a send cuts off no
writing. What could not be written is tried again.
"""

import asyncio
import contextlib

import structlog
from sqlalchemy.exc import SQLAlchemyError

from bot import usage
from bot.channels import account_rows
from bot.clock import Clock
from bot.store.database import Database

log = structlog.get_logger()

_AGAIN_S = 5.0
_LAST_S = 5.0  # How long a stop waits for what is still to be written.


class Bookkeeping:
    """Of one account, between `start` and `stop`."""

    def __init__(self, database: Database, account_id: int, clock: Clock) -> None:
        self._database = database
        self._account_id = account_id
        self._clock = clock
        self._sent = 0
        self._received = 0
        self._name = ""
        self._stir = asyncio.Event()
        self._stopping = asyncio.Event()
        self._task: asyncio.Task[None] | None = None

    def start(self) -> None:
        if self._task is None:
            self._stopping.clear()
            self._task = asyncio.create_task(self._work(), name="zalo_bot-bookkeeping")

    async def stop(self) -> None:
        """Writes what is left, once."""
        task, self._task = self._task, None
        if task is None:
            return
        self._stopping.set()
        self._stir.set()
        await asyncio.wait([task], timeout=_LAST_S)
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task

    def count(self, *, sent: int = 0, received: int = 0) -> None:
        self._sent += sent
        self._received += received
        self._stir.set()

    def rename(self, name: str) -> None:
        self._name = name
        self._stir.set()

    async def _work(self) -> None:
        while True:
            await self._stir.wait()
            self._stir.clear()
            is_written = await self._write()
            if self._stopping.is_set() and not (is_written and self._has_more()):
                return
            if not is_written:
                with contextlib.suppress(TimeoutError):
                    async with asyncio.timeout(_AGAIN_S):
                        await self._stopping.wait()
                self._stir.set()

    def _has_more(self) -> bool:
        return bool(self._sent or self._received or self._name)

    async def _write(self) -> bool:
        sent, received, name = self._sent, self._received, self._name
        try:
            async with self._database.writing() as connection:
                if sent or received:
                    await usage.count(
                        connection, self._account_id, now=self._clock(), sent=sent, received=received
                    )
                if name:
                    await account_rows.rename(connection, self._account_id, name)
        except (SQLAlchemyError, OSError) as error:
            log.warning("usage_not_counted", account=self._account_id, error=type(error).__name__)
            return False
        self._sent -= sent
        self._received -= received
        if self._name == name:
            self._name = ""
        return True
