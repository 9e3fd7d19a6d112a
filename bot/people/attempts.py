"""Slowing down those who try passwords.

Kept in memory and bounded: a restart forgets the failures, which costs an attacker's patience nothing he can use, as he
cannot restart us. Several processes count each for itself.
"""

from collections import OrderedDict
from dataclasses import dataclass
from datetime import datetime, timedelta

_FREE_FAILURES_OF_LOGIN = 5
_FREE_FAILURES_OF_ADDRESS = 30  # A whole office shares one.
_FIRST_WAIT = timedelta(seconds=30)
_LONGEST_WAIT = timedelta(minutes=15)
_FORGOTTEN_AFTER = timedelta(hours=1)
_KEPT = 10_000


@dataclass(slots=True)
class _Failures:
    count: int
    last_at: datetime


class Attempts:
    """Counts failed sign-ins by login and by address."""

    def __init__(self) -> None:
        self._failures: OrderedDict[str, _Failures] = OrderedDict()

    def wait(self, login: str, address: str, *, now: datetime) -> timedelta:
        """How long the next try for this login or from this address has to wait; nothing when it may go on."""
        return max(
            self._wait(f"login {login}", _FREE_FAILURES_OF_LOGIN, now),
            self._wait(f"address {address}", _FREE_FAILURES_OF_ADDRESS, now),
        )

    def failed(self, login: str, address: str, *, now: datetime) -> None:
        for key in (f"login {login}", f"address {address}"):
            kept = self._failures.pop(key, None)
            count = kept.count if kept and now - kept.last_at < _FORGOTTEN_AFTER else 0
            self._failures[key] = _Failures(count + 1, now)
        while len(self._failures) > _KEPT:
            self._failures.popitem(last=False)

    def succeeded(self, login: str) -> None:
        """The address is not forgiven: who knows one password may be trying the others."""
        self._failures.pop(f"login {login}", None)

    def _wait(self, key: str, free: int, now: datetime) -> timedelta:
        kept = self._failures.get(key)
        if kept is None or kept.count < free or now - kept.last_at >= _FORGOTTEN_AFTER:
            return timedelta(0)
        wait = min(_FIRST_WAIT * (1 << min(kept.count - free, 10)), _LONGEST_WAIT)
        return max(kept.last_at + wait - now, timedelta(0))
