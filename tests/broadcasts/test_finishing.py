"""What goes day by day: each day its own count, however late somebody looks and however slowly it goes."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import islice

import pytest

from broadcasts.finishing import Pace, Release
from broadcasts.policy import Policy


@dataclass(frozen=True, slots=True)
class Dripping:
    label: str
    people: int
    per_day: int
    seconds: float  # Between two messages.
    now: str
    begins: list[str]  # The first portions.
    ends: str
    used: int = 0  # Of today's portion.
    rests: bool = True


DRIPPING = [
    Dripping("its day's portion is gone, in the morning", 8, 4, 1, "23 10:00", ["24 07:00", "25 07:00"], "25 07:00", used=4),
    Dripping("its day's portion is gone, at night", 8, 4, 1, "23 21:30", ["24 07:00", "25 07:00"], "25 07:00", used=4),
    Dripping("after midnight it is another day's", 8, 4, 1, "24 00:30", ["24 07:00", "25 07:00"], "25 07:00"),
    Dripping("a part of it is gone, at night", 6, 4, 1, "23 21:30", ["24 07:00", "25 07:00"], "25 07:00", used=2),
    Dripping("what does not fit into a day goes on with the next day's", 6000, 2000, 30, "23 07:30", ["23 07:30", "24 07:00", "25 07:00", "26 07:00"], "26 15:30"),
    Dripping("it fits in the end", 3000, 2000, 30, "23 20:00", ["23 20:00", "24 07:00", "25 07:00"], "25 17:00"),
    Dripping("the last of a day goes just before evening", 2, 9, 45, "23 20:59", ["23 20:59"], "23 21:00"),
    Dripping("the next of a day would go after evening", 3, 9, 45, "23 20:59", ["23 20:59", "24 07:00"], "24 07:00"),
    Dripping("at night on purpose a day ends at midnight", 300, 200, 60, "23 22:00", ["23 22:00", "24 00:00"], "24 03:00", rests=False),
    Dripping("at night on purpose its day's portion is gone", 4, 4, 1, "23 22:00", ["24 00:00"], "24 00:00", used=4, rests=False),
]  # fmt: skip


@pytest.mark.parametrize("case", DRIPPING, ids=lambda case: case.label)
def test_each_day_has_a_portion_of_its_own(case: Dripping) -> None:
    now = _moment(case.now)
    pace = Pace({1: timedelta(seconds=case.seconds)}, case.rests, Policy())
    wanted = [Release(1, now, case.people)]
    begins = pace.portions_begin(wanted, now, case.per_day, used=case.used)
    assert list(islice(begins, len(case.begins))) == [_moment(said) for said in case.begins]
    ends = pace.day_by_day(wanted, now, case.per_day, used=case.used)
    assert timedelta() <= ends - _moment(case.ends) < timedelta(minutes=1)


def test_who_may_be_written_to_on_a_later_day_takes_of_that_day() -> None:
    now, later = _moment("23 10:00"), _moment("24 09:00")
    pace = Pace({1: timedelta(seconds=1)}, rests=True, policy=Policy())
    wanted = [Release(1, now, 2), Release(1, later, 6, is_held=True)]
    begins = list(pace.portions_begin(wanted, now, 4, used=1))
    assert begins == [now, later, _moment("25 07:00")]


def _moment(said: str) -> datetime:
    return datetime.fromisoformat(f"2026-11-{said}:00+07:00")
