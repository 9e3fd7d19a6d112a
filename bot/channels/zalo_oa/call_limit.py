"""Keeps the app to the calls a minute that Zalo allows it, all its Official Accounts together.

Each process counts its own calls; what all of them have left, Zalo says with every answer, and that is obeyed too. Which
second Zalo's minute begins at is not said: we count by the clock's.
"""

import asyncio
from collections.abc import Mapping
from datetime import timedelta

from bot.channels.zalo_oa.errors import Throttled
from bot.clock import Clock

_MINUTE_S = 60.0
_HURRY = 0.1  # Below this share of the minute's calls, those left are spread over what is left of it.
_KEPT = 0.005  # And this share stays unused: other processes' calls are on their way too.
_LONGEST_S = 2.0  # Whoever would wait longer is told so instead.


class CallLimit:
    """Of one app, in this process."""

    def __init__(self, per_minute: int, clock: Clock) -> None:
        self._most = per_minute
        self._per_minute = per_minute  # Or what Zalo says, where that is less.
        self._clock = clock
        self._minute = -1
        self._left = per_minute
        self._free_at = 0.0  # When the next of those that are spread may go; by the clock.

    async def turn(self) -> int:
        """Returns when one call may be made: the minute that it counts in. Raises Throttled: not in this minute."""
        now = self._clock().timestamp()
        self._begin_minute(now)
        minute, rest_s = self._minute, _MINUTE_S - now % _MINUTE_S
        if self._left <= self._per_minute * _KEPT:
            raise Throttled(timedelta(seconds=rest_s))
        if self._left < self._per_minute * _HURRY:
            await self._spread(now, rest_s)
        self._left -= 1
        return minute

    def told(self, minute: int, headers: Mapping[str, str]) -> None:
        """What the answer to a call that went in this minute says of the calls left."""
        limit, remain = _number(headers, "X-RateLimit-Limit"), _number(headers, "X-RateLimit-Remain")
        self._begin_minute(self._clock().timestamp())
        if limit:
            self._per_minute = min(self._most, limit)
        # An answer that comes over the border may speak of either minute.
        if remain is not None and minute == self._minute:
            self._left = min(self._left, remain)

    def _begin_minute(self, now: float) -> None:
        minute = int(now // _MINUTE_S)
        if minute != self._minute:
            self._minute, self._left, self._free_at = minute, self._per_minute, 0.0

    async def _spread(self, now: float, rest_s: float) -> None:
        at = max(now, self._free_at)
        if at - now > _LONGEST_S:
            raise Throttled(timedelta(seconds=at - now))
        self._free_at = at + rest_s / self._left
        if at > now:
            await asyncio.sleep(at - now)


def _number(headers: Mapping[str, str], name: str) -> int | None:
    value = headers.get(name, "")
    return int(value) if value.isascii() and value.isdigit() and len(value) < 10 else None
