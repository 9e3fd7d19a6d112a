"""Looks after the rows of senders that died: once for all accounts of a process, every few seconds."""

from collections.abc import Sequence
from datetime import datetime, timedelta

import structlog
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.sending.parcels import Lane

log = structlog.get_logger()

_EVERY = timedelta(seconds=5)


class Recovery:
    def __init__(self, lanes: Sequence[Lane], lease: timedelta) -> None:
        self._lanes = lanes
        self._every = min(_EVERY, lease / 4)
        self._at: datetime | None = None

    async def when_due(self, connection: AsyncConnection, now: datetime) -> None:
        """Call it in any writing transaction; most calls do nothing."""
        if self._at is not None and self._at - self._every <= now < self._at:
            return
        self._at = now + self._every
        for lane in self._lanes:
            if count := await lane.recover(connection, now=now):
                log.warning("sends_recovered", lane=lane.name, count=count)
