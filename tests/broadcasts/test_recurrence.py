"""Again and again: which days come, at the ends of months and on leap days too. The rule is said in broadcasts/recurrence.py."""

from datetime import date, timedelta
from itertools import islice, pairwise
from typing import NamedTuple

import pytest
from hypothesis import given
from hypothesis import strategies as st

from broadcasts.recurrence import Cycle, Rule


def _days(*written: str) -> list[date]:
    return [date.fromisoformat(day) for day in written]


class Case(NamedTuple):
    label: str
    rule: Rule
    start: str
    text: str
    days: list[date]
    ends: bool = False


CASES = [
    Case(
        "two days of the week", Rule(Cycle.WEEK, weekdays=(0, 3)), "2026-11-24",
        "FREQ=WEEKLY;BYDAY=MO,TH", _days("2026-11-26", "2026-11-30", "2026-12-03"),
    ),
    Case(
        "over the new year", Rule(Cycle.WEEK, weekdays=(4,)), "2026-12-25",
        "FREQ=WEEKLY;BYDAY=FR", _days("2026-12-25", "2027-01-01"),
    ),
    Case(
        "a day that every month has", Rule(Cycle.MONTH, day=15), "2026-11-16",
        "FREQ=MONTHLY;BYMONTHDAY=15", _days("2026-12-15", "2027-01-15"),
    ),
    Case(
        "the 31st is the last day of a shorter month", Rule(Cycle.MONTH, day=31), "2027-01-01",
        "FREQ=MONTHLY;BYMONTHDAY=28,29,30,31;BYSETPOS=-1",
        _days("2027-01-31", "2027-02-28", "2027-03-31", "2027-04-30"),
    ),
    Case(
        "and of a February in a leap year", Rule(Cycle.MONTH, day=31), "2028-02-01",
        "FREQ=MONTHLY;BYMONTHDAY=28,29,30,31;BYSETPOS=-1", _days("2028-02-29", "2028-03-31"),
    ),
    Case(
        "the 30th is not the 31st where there is one", Rule(Cycle.MONTH, day=30), "2027-01-01",
        "FREQ=MONTHLY;BYMONTHDAY=28,29,30;BYSETPOS=-1",
        _days("2027-01-30", "2027-02-28", "2027-03-30", "2027-04-30"),
    ),
    Case(
        "the 29th in February", Rule(Cycle.MONTH, day=29), "2027-02-01",
        "FREQ=MONTHLY;BYMONTHDAY=28,29;BYSETPOS=-1", _days("2027-02-28", "2027-03-29"),
    ),
    Case(
        "begun on the 29th of a month whose 31st is meant", Rule(Cycle.MONTH, day=31), "2027-01-29",
        "FREQ=MONTHLY;BYMONTHDAY=28,29,30,31;BYSETPOS=-1", _days("2027-01-31", "2027-02-28"),
    ),
    Case(
        "every year", Rule(Cycle.YEAR, day=8, month=3), "2026-11-23",
        "FREQ=YEARLY;BYMONTH=3;BYMONTHDAY=8", _days("2027-03-08", "2028-03-08"),
    ),
    Case(
        "the leap day is the 28th in other years", Rule(Cycle.YEAR, day=29, month=2), "2026-11-23",
        "FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=28,29;BYSETPOS=-1",
        _days("2027-02-28", "2028-02-29", "2029-02-28"),
    ),
    Case(
        "until a day that is still one", Rule(Cycle.WEEK, weekdays=(0,), until=date(2026, 12, 7)), "2026-11-23",
        "FREQ=WEEKLY;BYDAY=MO;UNTIL=20261207T235959",
        _days("2026-11-23", "2026-11-30", "2026-12-07"), ends=True,
    ),
    Case(
        "so many times", Rule(Cycle.MONTH, day=31, times=2), "2026-11-23",
        "FREQ=MONTHLY;BYMONTHDAY=28,29,30,31;BYSETPOS=-1;COUNT=2", _days("2026-11-30", "2026-12-31"), ends=True,
    ),
    Case(
        "that is over before it begins", Rule(Cycle.WEEK, weekdays=(0,), until=date(2026, 11, 1)), "2026-11-23",
        "FREQ=WEEKLY;BYDAY=MO;UNTIL=20261101T235959", [], ends=True,
    ),
]  # fmt: skip


@pytest.mark.parametrize("case", CASES, ids=[case.label for case in CASES])
def test_the_days_of_a_rule(case: Case) -> None:
    assert case.rule.to_text() == case.text
    assert Rule.from_text(case.text) == case.rule
    start = date.fromisoformat(case.start)
    found = list(islice(case.rule.days(start, start - timedelta(days=1)), len(case.days) + case.ends))
    assert found == case.days


@pytest.mark.parametrize(
    "text",
    [
        "",
        "FREQ=DAILY",
        "FREQ=WEEKLY;BYDAY=XX",
        "FREQ=MONTHLY;BYMONTHDAY=ten",
        "FREQ=WEEKLY;INTERVAL=2;BYDAY=MO",
    ],
)
def test_what_is_no_rule_of_ours_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="not a rule of ours"):
        Rule.from_text(text)


rules = st.one_of(
    st.builds(
        Rule,
        st.just(Cycle.WEEK),
        weekdays=st.sets(st.integers(0, 6), min_size=1).map(lambda days: tuple(sorted(days))),
    ),
    st.builds(Rule, st.just(Cycle.MONTH), day=st.integers(1, 31)),
    st.builds(Rule, st.just(Cycle.YEAR), day=st.integers(1, 28), month=st.integers(1, 12)),
)
some_days = st.dates(date(2020, 1, 1), date(2060, 1, 1))


@given(rule=rules, start=some_days, after=some_days)
def test_no_period_is_left_out_and_none_comes_twice(rule: Rule, start: date, after: date) -> None:
    longest = {Cycle.WEEK: 7, Cycle.MONTH: 31, Cycle.YEAR: 366}[rule.cycle]
    days = list(islice(rule.days(start, after), 5))
    assert days == sorted(set(days))
    assert all(day > after and day >= start for day in days)
    assert days[0] <= max(start, after + timedelta(days=1)) + timedelta(days=longest)
    assert all(later - earlier <= timedelta(days=longest) for earlier, later in pairwise(days))
    if rule.cycle is not Cycle.WEEK:
        assert all(day.day == rule.day or (day + timedelta(days=1)).day == 1 for day in days)
