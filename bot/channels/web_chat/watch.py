"""Tells open pages that something came for them: at once from this process, within a second from any other.

One query a second finds the news of all open pages together; with no page open there is none. What it misses (two
processes committing across each other) a page finds when it next looks by itself.
"""

import asyncio
import contextlib
from collections.abc import Iterator

import structlog

from bot.channels.web_chat import mailbox
from bot.store.database import Database

log = structlog.get_logger()

_LOOK_EVERY_S = 1.0
_MAX_PAGES_OF_ONE = 6  # A browser opens no more connections to one server anyway.
_MAX_PAGES = 2000  # Each holds a connection; the pages beyond ask now and then instead.


class Watch:
    def __init__(self, database: Database, account_id: int) -> None:
        self._database = database
        self._account_id = account_id
        self._pages: dict[str, set[asyncio.Event]] = {}
        self._count = 0
        self._has_pages = asyncio.Event()
        self._task: asyncio.Task[None] | None = None

    def start(self) -> None:
        self._task = asyncio.create_task(self._look(), name="web-chat-watch")

    async def stop(self) -> None:
        if self._task:
            self._task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._task
            self._task = None

    def has_room(self, address: str) -> bool:
        return self._count < _MAX_PAGES and len(self._pages.get(address, ())) < _MAX_PAGES_OF_ONE

    @contextlib.contextmanager
    def page(self, address: str) -> Iterator[asyncio.Event]:
        """An open page of this address: the event is set when something may have come. It starts unset."""
        stir = asyncio.Event()
        self._pages.setdefault(address, set()).add(stir)
        self._count += 1
        self._has_pages.set()
        try:
            yield stir
        finally:
            self._count -= 1
            self._pages[address].discard(stir)
            if not self._pages[address]:
                del self._pages[address]
            if not self._pages:
                self._has_pages.clear()

    def wake(self, address: str) -> None:
        for stir in self._pages.get(address, ()):
            stir.set()

    async def _look(self) -> None:
        while True:
            await self._has_pages.wait()
            try:
                await self._follow()
            except Exception:
                log.exception("mailbox_watch_failed")
                await asyncio.sleep(_LOOK_EVERY_S)

    async def _follow(self) -> None:
        async with self._database.reading() as connection:
            after = await mailbox.newest_id(connection, self._account_id)
        for address in list(self._pages):  # They may have got something before we began to follow.
            self.wake(address)
        while self._pages:
            await asyncio.sleep(_LOOK_EVERY_S)
            async with self._database.reading() as connection:
                addresses, after = await mailbox.addresses_since(connection, self._account_id, after)
            for address in addresses:
                self.wake(address)
