"""The emulators' own clock: it runs like the real one, or stands, and can be moved forward by hours in an instant."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from tests.emulators.news import News

VIETNAM = ZoneInfo("Asia/Ho_Chi_Minh")


def real_now() -> datetime:
    return datetime.now(UTC)


class EmulatorClock:
    """`now()` is `base()` plus all moves. Whoever waits for a moment is woken by a move past it.

    With a base that a test moves itself (its own standing clock), call `look` after moving it.
    """

    def __init__(self, base: Callable[[], datetime] = real_now) -> None:
        self._base = base
        self._moved = timedelta()
        self._news = News()

    @classmethod
    def standing(cls, moment: datetime) -> EmulatorClock:
        return cls(lambda: moment)

    def now(self) -> datetime:
        return self._base() + self._moved

    def in_vietnam(self) -> datetime:
        return self.now().astimezone(VIETNAM)

    def ms(self) -> int:
        return round(self.now().timestamp() * 1000)

    def move(self, span: timedelta) -> None:
        self._moved += span
        self.look()

    def look(self) -> None:
        """Wakes everybody whose moment may have come."""
        self._news.tell()

    async def reaches(self, moment: datetime) -> None:
        """Returns when the clock shows `moment` or later, by running there or by being moved."""
        while (left := (moment - self.now()).total_seconds()) > 0:
            await self._news.until(lambda: self.now() >= moment, left if self._runs else None)

    @property
    def _runs(self) -> bool:
        return self._base is real_now
