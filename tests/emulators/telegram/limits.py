"""Telegram's flood limits: so many messages per chat, per group and in all, else 429 with `retry_after`.

The real limiter is not published; these sliding windows follow the figures Telegram names. Whoever comes back
before `retry_after` is over waits anew, as with the real server.
"""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field

_Key = int | str


@dataclass(frozen=True, slots=True)
class Limit:
    """At most `count` messages in any `seconds`."""

    count: int
    seconds: float


@dataclass(slots=True)
class FloodLimits:
    """Off where None. `telegram()` gives Telegram's own figures."""

    per_chat: Limit | None = None
    per_group: Limit | None = None
    overall: Limit | None = None
    _taken: dict[_Key, deque[float]] = field(default_factory=dict)
    _banned_until: dict[_Key, float] = field(default_factory=dict)

    @classmethod
    def telegram(cls) -> FloodLimits:
        return cls(per_chat=Limit(1, 1.0), per_group=Limit(20, 60.0), overall=Limit(30, 1.0))

    @property
    def are_on(self) -> bool:
        return bool(self.per_chat or self.per_group or self.overall)

    def take(self, chat_id: int, clock: Callable[[], float]) -> int | None:
        """Counts one message to the chat; the seconds to wait when there is no room (nothing is counted then)."""
        now = clock()
        of_chat = self.per_group if chat_id < 0 else self.per_chat
        asked: list[tuple[_Key, Limit]] = []
        if of_chat is not None:
            asked.append((chat_id, of_chat))
        if self.overall is not None:
            asked.append(("overall", self.overall))
        wait = max((self._wait(key, limit, now) for key, limit in asked), default=0.0)
        if wait > 0:
            return max(1, math.ceil(wait))
        for key, _ in asked:
            self._taken.setdefault(key, deque()).append(now)
        return None

    def _wait(self, key: _Key, limit: Limit, now: float) -> float:
        taken = self._taken.setdefault(key, deque())
        while taken and taken[0] <= now - limit.seconds:
            taken.popleft()
        wait = limit.seconds - (now - taken[0]) if len(taken) >= limit.count else 0.0
        if now < self._banned_until.get(key, 0.0):
            wait = max(wait, 1.0)
        if wait > 0:
            self._banned_until[key] = now + max(1, math.ceil(wait))
        return wait
