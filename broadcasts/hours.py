"""The hours in which announcements are sent: nobody is written to at night without need (domain.md 3.2)."""

from datetime import UTC, datetime, time, timedelta

from bot.clock import VIETNAM, in_vietnam
from broadcasts.policy import Policy

_USUAL = Policy()
_MIDNIGHT = time()


def is_day(moment: datetime, *, policy: Policy = _USUAL) -> bool:
    begins, ends = _day_of(moment, policy)
    return begins <= moment < ends


def next_morning(moment: datetime, *, policy: Policy = _USUAL) -> datetime:
    """The first beginning of a day after this moment."""
    begins, _ends = _day_of(moment, policy)
    return begins if begins > moment else begins + timedelta(days=1)


def evening(moment: datetime, *, policy: Policy = _USUAL) -> datetime:
    """When the sending of this day ends."""
    return _day_of(moment, policy)[1]


def after_working(start: datetime, work: timedelta, *, policy: Policy = _USUAL) -> datetime:
    """When so much work is done, begun at `start` and left alone at night."""
    begins = start if is_day(start, policy=policy) else next_morning(start, policy=policy)
    morning, ends = _day_of(begins, policy)
    if begins + work <= ends:
        return begins + work
    nights, rest = divmod(work - (ends - begins), ends - morning)
    return morning + timedelta(days=nights + 1) + rest


def _day_of(moment: datetime, policy: Policy) -> tuple[datetime, datetime]:
    """Beginning and end of the sending on this moment's date in Viet Nam, in UTC."""
    today = in_vietnam(moment).date()
    ends_on = today + timedelta(days=1) if policy.day_ends == _MIDNIGHT else today
    return (
        datetime.combine(today, policy.day_begins, VIETNAM).astimezone(UTC),
        datetime.combine(ends_on, policy.day_ends, VIETNAM).astimezone(UTC),
    )
