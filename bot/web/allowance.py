"""How often somebody may do something: so many times a minute, a whole minute's worth at once if she likes.

Kept in memory, for this process only: it protects the service from floods, it is no account of anything.
"""

from collections import OrderedDict
from datetime import datetime, timedelta

from bot.clock import Clock

_SPAN = timedelta(minutes=1)
_MAX_KEYS = 20_000  # The key that was quiet longest is forgotten: memory stays bounded whoever comes.


class Allowance:
    def __init__(self, per_minute: int, *, clock: Clock, max_keys: int = _MAX_KEYS) -> None:
        self._interval = _SPAN / per_minute
        self._clock = clock
        self._max_keys = max_keys
        self._used_up_to: OrderedDict[str, datetime] = OrderedDict()

    def take(self, key: str) -> bool:
        """Use one. False, and nothing is used, when there is none left for `key` at the moment."""
        now = self._clock()
        # The upper bound: a clock that was set back must not lock anybody out for long.
        used_up_to = min(max(self._used_up_to.get(key, now), now), now + _SPAN)
        may = used_up_to + self._interval <= now + _SPAN
        self._used_up_to[key] = used_up_to + self._interval if may else used_up_to
        self._used_up_to.move_to_end(key)
        if len(self._used_up_to) > self._max_keys:
            self._used_up_to.popitem(last=False)
        return may
