"""Doing what time has made due, row by row: what the upkeep of questions and that of alerts have in common."""

from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime

import structlog
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.clock import Clock
from bot.languages import Languages
from bot.outbox import Outbox
from bot.questions.post import Post
from bot.store.database import Database

log = structlog.get_logger()


class Caretaker:
    """Ticked by several processes it does nothing twice: each act locks its row and looks at it again."""

    def __init__(
        self,
        database: Database,
        outbox: Outbox,
        languages: Languages,
        clock: Clock,
        wake: Callable[[], None],
    ) -> None:
        """`wake` is called after commits that may have written letters."""
        self._database = database
        self._outbox = outbox
        self._languages = languages
        self._clock = clock
        self._wake = wake

    async def _each(
        self,
        due: Callable[[AsyncConnection, datetime], Awaitable[Sequence[int]]],
        act: Callable[[Post, int], Awaitable[object]],
        *,
        failed: str,
    ) -> None:
        """Act on each row that is due, in a transaction of its own: one that fails is logged as `failed` and keeps no other waiting."""
        async with self._database.reading() as connection:
            ids = await due(connection, self._clock())
        for row_id in ids:
            try:
                async with self._database.writing() as connection:
                    await act(self._post(connection), row_id)
            except Exception:
                log.exception(failed, id=row_id)
            else:
                self._wake()

    def _post(self, connection: AsyncConnection) -> Post:
        return Post(connection, self._outbox, self._languages, self._clock())
