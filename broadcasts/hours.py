"""The hours in which announcements are sent: nobody is written to at night without need (domain.md 3.2)."""

from datetime import datetime, time, timedelta

from bot.clock import VIETNAM, in_vietnam

DAY_BEGINS, DAY_ENDS = time(7), time(21)


def is_day(moment: datetime) -> bool:
    return DAY_BEGINS <= in_vietnam(moment).time() < DAY_ENDS


def next_morning(moment: datetime) -> datetime:
    """The first beginning of a day after this moment."""
    here = in_vietnam(moment)
    begins = datetime.combine(here.date(), DAY_BEGINS, VIETNAM)
    return begins if begins > here else begins + timedelta(days=1)


def after_working(start: datetime, work: timedelta) -> datetime:
    """When so much work is done, begun at `start` and left alone at night."""
    begins = start if is_day(start) else next_morning(start)
    evening = datetime.combine(in_vietnam(begins).date(), DAY_ENDS, VIETNAM)
    day = timedelta(hours=DAY_ENDS.hour - DAY_BEGINS.hour)
    if begins + work <= evening:
        return begins + work
    nights, rest = divmod(work - (evening - begins), day)
    return next_morning(evening) + timedelta(days=nights) + rest
