"""What time it is: given to every part that asks, so that tests can move it."""

from collections.abc import Callable
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

Clock = Callable[[], datetime]
"""Answers the present moment, aware and in UTC."""

VIETNAM = ZoneInfo("Asia/Ho_Chi_Minh")

LONG_PAST = datetime(1970, 1, 1, tzinfo=UTC)
"""For what is due at once: a clock that is set back must not make it wait."""


def utc_now() -> datetime:
    return datetime.now(UTC)


def in_vietnam(moment: datetime) -> datetime:
    """The same moment as the people of this product read it off their clocks."""
    return moment.astimezone(VIETNAM)
