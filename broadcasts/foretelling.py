"""From when on those may be written to whom a run is still to be sent to: what the plan says of the caps, of a run under way.

It is asked for every few seconds while somebody looks, and of many people it takes seconds to find out: it is counted
seldom, once at a time, and kept. Each process keeps its own.
"""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy.ext.asyncio import AsyncConnection

from bot.store.tables.broadcasts import Priority
from broadcasts import marks, releases, rivals
from broadcasts.approval import Row
from broadcasts.finishing import Release
from broadcasts.policy import Policy

_AT_ONCE = 20_000  # So many are counted while a page waits.
# How long it is kept, by how many are left.
_KEPT = (
    (_AT_ONCE, timedelta(minutes=1)),
    (200_000, timedelta(minutes=5)),
    (2_000_000, timedelta(minutes=30)),
)
_LONGEST = timedelta(hours=2)


@dataclass(frozen=True, slots=True)
class Foretold:
    is_known: bool
    releases: Sequence[Release] | None = None
    """Of everybody who has to wait; None where nothing does but what stands in the deliveries."""


@dataclass(frozen=True, slots=True)
class _Kept:
    at: datetime
    until: datetime
    foretold: Foretold


class Foretelling:
    def __init__(self) -> None:
        self._kept: dict[int, _Kept] = {}  # By run.
        self._counting: set[int] = set()

    async def of_run(
        self,
        connection: AsyncConnection,
        run: Row,
        left: int,
        policy: Policy,
        *,
        now: datetime,
        may_last: bool,
    ) -> Foretold:
        """Of a run that has so many left. Where that would take seconds it is what was known last, unless it `may_last`."""
        kept = self._kept.get(run.id)
        if kept is not None and kept.at <= now < kept.until:
            return kept.foretold
        known = kept.foretold if kept is not None else Foretold(is_known=False)
        if run.id in self._counting:
            return known
        self._counting.add(run.id)
        try:
            found = await _count(
                connection, run, left, policy, now=now, may_last=may_last or left <= _AT_ONCE
            )
        finally:
            self._counting.discard(run.id)
        if not found.is_known:
            return known
        until = now + next((keep for most, keep in _KEPT if left <= most), _LONGEST)
        self._kept = {one: old for one, old in self._kept.items() if now < old.until + _LONGEST}
        self._kept[run.id] = _Kept(now, until, found)
        return found


async def _count(
    connection: AsyncConnection, run: Row, left: int, policy: Policy, *, now: datetime, may_last: bool
) -> Foretold:
    if run.priority == Priority.URGENT:
        return Foretold(is_known=True)
    mine = rivals.turn_of(run, now)
    marked = await marks.look(connection, marks.of_run(run.id, now), mine, policy, number=left, now=now)
    if marked is None:
        return Foretold(is_known=True)
    if not may_last:
        return Foretold(is_known=False)
    crowd = [alike for alike, _ in await marked.alike(connection)]
    # Not on the loop: the rule is asked for each group, which takes seconds where the people fall into many.
    found = await asyncio.to_thread(releases.released, crowd, mine, policy)
    return Foretold(is_known=True, releases=[one for one in found if one.is_held or one.at > now])
