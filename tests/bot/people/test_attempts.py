from datetime import timedelta

from bot.people.attempts import Attempts
from tests.conftest import MovingClock


def fail(attempts: Attempts, times: int, clock: MovingClock, login: str = "an", address: str = "a") -> None:
    for _ in range(times):
        attempts.failed(login, address, now=clock())


def test_wait_doubles_up_to_a_quarter_of_an_hour(clock: MovingClock) -> None:
    attempts = Attempts()
    waits = []
    for _ in range(12):
        fail(attempts, 1, clock)
        waits.append(attempts.wait("an", "elsewhere", now=clock()).total_seconds())
    assert waits == [0, 0, 0, 0, 30, 60, 120, 240, 480, 900, 900, 900]


def test_failures_are_forgotten_after_a_quiet_hour(clock: MovingClock) -> None:
    attempts = Attempts()
    fail(attempts, 9, clock)
    clock.move(timedelta(hours=1))
    assert not attempts.wait("an", "a", now=clock())
    fail(attempts, 1, clock)
    assert not attempts.wait("an", "a", now=clock())


def test_success_forgives_the_login_but_not_the_address(clock: MovingClock) -> None:
    attempts = Attempts()
    fail(attempts, 40, clock)
    attempts.succeeded("an")
    assert not attempts.wait("an", "b", now=clock())
    assert attempts.wait("an", "a", now=clock())


def test_however_many_try_memory_stays_bounded(clock: MovingClock) -> None:
    attempts = Attempts()
    for i in range(10_500):
        fail(attempts, 1, clock, login=f"login {i}", address="")
    assert len(attempts._failures) == 10_000
