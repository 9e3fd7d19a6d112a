"""When so many messages will have gone, account by account: whoever may not be written to yet comes later, nights are left alone.

Only reckoning, for the plan and for what is under way alike: who has to wait, and for how long, others know.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from bot.clock import VIETNAM, in_vietnam
from broadcasts import hours
from broadcasts.policy import Policy

_NOTHING = timedelta()
UNPACED = timedelta(milliseconds=20)
"""Between two sends of an account that keeps no pace: slower than our own machines are, so that we are early and never late."""


@dataclass(frozen=True, slots=True)
class Release:
    """So many people of an account may be written to from then on."""

    account_id: int
    at: datetime
    people: int
    is_held: bool = False  # They have to wait for another day: they have had enough, or get others first.


@dataclass(frozen=True, slots=True)
class _Portion:
    """What goes without a rest of one day, day by day."""

    begins: datetime
    ends: datetime


@dataclass(frozen=True, slots=True)
class Pace:
    """How fast it goes."""

    intervals: Mapping[int, timedelta]  # Between two messages of each account.
    rests: bool  # Nothing goes at night.
    policy: Policy
    bound: timedelta = _NOTHING  # Between two messages of all accounts together.

    def done(self, start: datetime, work: timedelta) -> datetime:
        """When so much work is done that is begun then."""
        return hours.after_working(start, work, policy=self.policy) if self.rests else start + work

    def finish(self, wanted: Iterable[Release], free: Mapping[int, datetime]) -> datetime:
        """When the last one has it; each account begins when it is `free`. There must be somebody."""
        ends = dict(free)
        together = min(free.values())
        for one in sorted(wanted, key=lambda one: one.at):
            work = one.people * self.intervals[one.account_id]
            ends[one.account_id] = self.done(max(ends[one.account_id], one.at), work)
            together = self.done(max(together, one.at), one.people * self.bound)
        return max(together, *ends.values())

    def day_by_day(
        self, wanted: Iterable[Release], start: datetime, per_day: int, *, used: int = 0
    ) -> datetime:
        """The same where so many get it in a day, of whom `used` have had it today: who could have it first gets it first."""
        end = self.done(start, _NOTHING)
        for one in self._portions(wanted, start, per_day, used=used):
            end = one.ends
        return end

    def portions_begin(
        self, wanted: Iterable[Release], start: datetime, per_day: int, *, used: int = 0
    ) -> Iterator[datetime]:
        """When each day's portion of them begins; a day on which nobody may be written to has none."""
        before: date | None = None
        for one in self._portions(wanted, start, per_day, used=used):
            if _day(one.begins) != before:
                before = _day(one.begins)
                yield one.begins

    def _portions(
        self, wanted: Iterable[Release], start: datetime, per_day: int, *, used: int
    ) -> Iterator[_Portion]:
        """In order, at least one for each day: what does not go on its day takes of the next day's portion."""
        interval = max(self.bound, *self.intervals.values())
        end, day, left = start, _day(start), per_day - used
        for one in sorted(wanted, key=lambda one: one.at):
            people = one.people
            while people:
                begins = self.done(max(end, one.at), _NOTHING)
                if _day(begins) == day and left <= 0:
                    begins = self._next_day(begins)
                if _day(begins) != day:
                    day, left = _day(begins), per_day
                closes = self._closes(begins)
                taken = min(people, left, -((begins - closes) // interval))
                end = min(begins + taken * interval, closes)
                yield _Portion(begins, end)
                people, left = people - taken, left - taken

    def _closes(self, moment: datetime) -> datetime:
        """When what is begun then has to wait for another day."""
        return hours.evening(moment, policy=self.policy) if self.rests else self._next_day(moment)

    def _next_day(self, moment: datetime) -> datetime:
        if self.rests:
            return hours.next_morning(moment, policy=self.policy)
        return datetime.combine(_day(moment) + timedelta(days=1), time(), VIETNAM)


def _day(moment: datetime) -> date:
    return in_vietnam(moment).date()
