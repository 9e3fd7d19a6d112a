"""Finds out who cannot be reached: Zalo has no number for "she blocked the bot" (zalo-bot.md 5, 2026-11).

What is refused again and again for one person while others get theirs, is hers; while nobody gets anything it may be
Zalo's own trouble, which passes. Kept in memory only: after a restart it is found out anew.
"""

from dataclasses import dataclass
from datetime import timedelta

_ENOUGH = 3
_ENOUGH_UNPROVEN = 12  # Nobody else was written to meanwhile: with the waits below, most of an hour.
_WAITS = (timedelta(seconds=5), timedelta(minutes=1), timedelta(minutes=5))
_MOST = 10_000  # People remembered; the oldest strikes are forgotten.


@dataclass(slots=True)
class _Record:
    sends_before: int
    count: int = 0


class Strikes:
    """Of one account."""

    def __init__(self) -> None:
        self._records: dict[str, _Record] = {}
        self._sends = 0  # That Zalo carried out, to anybody.

    def sent(self, address: str) -> None:
        self._sends += 1
        self._records.pop(address, None)

    def refused(self, address: str) -> timedelta | None:
        """How long to wait before trying her again; None: she cannot be reached."""
        record = self._records.setdefault(address, _Record(self._sends))
        record.count += 1
        enough = _ENOUGH if self._sends > record.sends_before else _ENOUGH_UNPROVEN
        if record.count >= enough:
            del self._records[address]  # When she writes, she gets all her chances again.
            return None
        if len(self._records) > _MOST:
            del self._records[next(iter(self._records))]
        return _WAITS[min(record.count, len(_WAITS)) - 1]
