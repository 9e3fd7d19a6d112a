"""Keeps the groups of what waits in memory: putting them together takes a second or two, and pages look again and again."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.answers.learning import grouping, waiting
from bot.answers.learning.grouping import Group
from bot.store.tables import entry_texts

_MOST_VIEWS = 30  # Officers of so many units may look in turn without putting together anew.


@dataclass(frozen=True, slots=True)
class _Kept:
    state: waiting.State
    at: datetime
    groups: Sequence[Group]


class KeptGroups:
    """One for the process. Officers of one unit share what was put together for it."""

    def __init__(self) -> None:
        self._kept: dict[str, _Kept] = {}
        self._grouping = asyncio.Lock()

    async def current(
        self,
        connection: AsyncConnection,
        sight: str,
        *,
        now: datetime,
        may_be_old: timedelta = timedelta(),
    ) -> Sequence[Group]:
        """What waits in her sight, in groups, the largest first; the very state of now unless it `may_be_old`."""
        async with self._grouping:  # Two who look at once wait for the one grouping.
            kept = self._kept.pop(sight, None)
            if kept is None or now - kept.at >= may_be_old or now < kept.at:
                state = await waiting.state(connection, sight, now=now)
                if kept is None or kept.state != state:
                    kept = _Kept(state, now, await _grouped(connection, sight, now))
                else:
                    kept = _Kept(state, now, kept.groups)
            self._kept[sight] = kept  # The last used stands last.
            while len(self._kept) > _MOST_VIEWS:
                del self._kept[next(iter(self._kept))]
            return kept.groups

    def look_again(self) -> None:
        """Something was dealt with here: whoever looks next sees it."""
        self._kept.clear()


async def _grouped(connection: AsyncConnection, sight: str, now: datetime) -> Sequence[Group]:
    found = await waiting.waiting(connection, sight, now=now)
    if not found:
        return ()
    bank: dict[str, list[str]] = {}
    for row in await connection.execute(
        sa.select(entry_texts.c.entry_id, entry_texts.c.question, entry_texts.c.phrasings)
    ):
        bank.setdefault(row.entry_id, []).extend([row.question, *row.phrasings])
    return await asyncio.to_thread(grouping.group, found, list(bank.values()))
