from datetime import timedelta

from bot.web.allowance import Allowance
from tests.conftest import MovingClock


def test_a_minutes_worth_may_be_used_at_once_and_comes_back_bit_by_bit(clock: MovingClock) -> None:
    allowance = Allowance(3, clock=clock)
    assert [allowance.take("lan") for _ in range(5)] == [True, True, True, False, False]
    clock.move(timedelta(seconds=20))
    assert [allowance.take("lan") for _ in range(2)] == [True, False]


def test_each_key_has_its_own(clock: MovingClock) -> None:
    allowance = Allowance(1, clock=clock)
    assert allowance.take("lan")
    assert allowance.take("hoa")
    assert not allowance.take("lan")


def test_a_clock_that_is_set_back_locks_nobody_out_for_long(clock: MovingClock) -> None:
    allowance = Allowance(1, clock=clock)
    allowance.take("lan")
    clock.move(timedelta(days=-1))
    assert not allowance.take("lan")
    clock.move(timedelta(minutes=2))
    assert allowance.take("lan")


def test_memory_is_bounded_whoever_comes(clock: MovingClock) -> None:
    allowance = Allowance(1, clock=clock, max_keys=100)
    for n in range(1000):
        allowance.take(str(n))
    assert len(allowance._used_up_to) == 100
