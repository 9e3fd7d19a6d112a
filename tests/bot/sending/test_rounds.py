"""When a loop asks for slots again. The database's clock stands at 1000 s where the loop's says 0."""

from dataclasses import dataclass
from datetime import timedelta

import pytest

from bot.sending.pace import HORIZON, Slots
from bot.sending.rounds import IDLE_S, Rounds

NOW_S = 1000.0
INTERVAL_S = 0.005
LEAD_S = 0.01
ALL = round(HORIZON.total_seconds() / INTERVAL_S)


def _slots(granted: int, *, first_s: float = LEAD_S, interval_s: float = INTERVAL_S) -> Slots:
    return Slots(granted, NOW_S, NOW_S + first_s, timedelta(seconds=interval_s))


def _asked(rounds: Rounds, slots: Slots, used: int, *, now: float = 0.0) -> None:
    rounds.asked(slots, used, now=now, ahead_s=-NOW_S, lead=timedelta(seconds=LEAD_S))


@dataclass(frozen=True)
class Case:
    """What a loop got that asks for the first time, and when it may ask again."""

    label: str
    slots: Slots
    used: int
    at: float
    hears_results: bool
    is_woken: bool = False


CASES = [
    Case("nothing was there to send", _slots(ALL), 0, 0.0, hears_results=True),
    Case("less was there than slots", _slots(ALL), 3, 0.0, hears_results=True),
    Case("without a pace", _slots(100, interval_s=0), 100, 0.0, hears_results=True),
    Case("all slots are used", _slots(ALL), ALL, LEAD_S + 0.125, hears_results=False),
    Case("all that there was room for", _slots(4), 4, 0.125, hears_results=False),
    Case("a slow account's one slot", _slots(1, interval_s=2), 1, LEAD_S + 2 - 0.125, hears_results=False),
    Case("another has the slots", _slots(0, first_s=0.2), 0, IDLE_S, hears_results=False),
    Case("the platform asked to wait", _slots(0, first_s=60), 0, IDLE_S, hears_results=False),
    # Somebody waits for what was written here: no longer than until the other is late.
    Case(
        "another has the slots, something was written here",
        _slots(0, first_s=0.2), 0, 0.2 - 0.125 + 0.0625, hears_results=False, is_woken=True,
    ),
    Case(
        "the platform asked to wait, something was written here",
        _slots(0, first_s=60), 0, IDLE_S, hears_results=False, is_woken=True,
    ),
]  # fmt: skip


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.label)
def test_what_a_loop_got_says_when_it_asks_again(case: Case) -> None:
    rounds = Rounds()
    if case.is_woken:
        rounds.wake()
    assert rounds.may(0.0)
    _asked(rounds, case.slots, case.used)
    assert rounds.hears_results is case.hears_results
    assert rounds.may(case.at + 0.001)
    assert rounds.may(max(0.0, case.at - 0.001)) is (case.at == 0.0)
    # By itself it looks every half second; with sends under way it rests no longer than it may keep their results.
    rest_s = case.at or IDLE_S
    assert rounds.rest_s(0.0, is_busy=False) == pytest.approx(rest_s)
    assert rounds.rest_s(0.0, is_busy=True) == pytest.approx(
        rest_s if case.hears_results else min(rest_s, 0.125)
    )


def test_what_is_written_here_lets_it_ask_whoever_serves_the_account() -> None:
    rounds = Rounds()
    _asked(rounds, _slots(0, first_s=0.2), 0)
    assert not rounds.may(0.1)
    assert rounds.wake()
    assert rounds.may(0.1)


def test_what_is_written_here_waits_while_our_own_slots_are_out() -> None:
    """Whatever has precedence gets the first of the next slots all the same."""
    rounds = Rounds()
    _asked(rounds, _slots(ALL), ALL)
    assert not rounds.wake()
    assert not rounds.may(0.1)


def test_our_own_slots_are_nobody_elses() -> None:
    rounds = Rounds()
    _asked(rounds, _slots(ALL), ALL)
    reach_s = 0.01 + 0.25
    _asked(rounds, _slots(0, first_s=reach_s), 0, now=0.1)  # A little too early.
    assert rounds.may(reach_s - 0.124)
    _asked(rounds, _slots(0, first_s=reach_s + INTERVAL_S), 0, now=0.1)
    assert not rounds.may(reach_s - 0.124)
    assert rounds.may(0.1 + IDLE_S)


def test_where_there_was_no_room_a_result_makes_some() -> None:
    rounds = Rounds()
    _asked(rounds, _slots(4), 4)
    rounds.was_full(now=0.1)
    assert not rounds.hears_results  # No slot is there yet, either.
    rounds.was_full(now=0.2)
    assert rounds.hears_results
