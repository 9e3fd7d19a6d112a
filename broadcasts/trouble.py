"""How long something has failed without a break, so that what passes by itself is waited for and what does not is given up.

Only what was looked at counts: hours in which this machine or its database was away say nothing of an announcement.
"""

from collections.abc import Hashable
from datetime import datetime, timedelta
from typing import Generic, TypeVar

_LONGEST_UNSEEN = timedelta(minutes=1)

Key = TypeVar("Key", bound=Hashable)


class Troubles(Generic[Key]):
    """What fails, kept in memory from one look to the next; a new process begins to count anew."""

    def __init__(self) -> None:
        self._seen: dict[Key, tuple[datetime, datetime]] = {}  # Since when, and when it was seen last.

    def lasted(self, key: Key, now: datetime) -> timedelta:
        """It fails now: for how long it has done so at every look, none of them more than a minute after the one before."""
        since, last = self._seen.get(key, (now, now))
        if now - last > _LONGEST_UNSEEN:
            since = now
        self._seen[key] = since, now
        return now - since

    def is_over(self, key: Key) -> None:
        """It has gone well, or was given up."""
        self._seen.pop(key, None)

    def forget_unseen(self, now: datetime) -> None:
        """Keep only what a look now could go on counting."""
        self._seen = {key: seen for key, seen in self._seen.items() if now - seen[1] <= _LONGEST_UNSEEN}
