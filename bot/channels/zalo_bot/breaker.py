"""Leaves Zalo alone when it says "quota exceeded", at first for a moment, then for an hour at a time.

Zalo names no wait and does not say whether it is the rate or the month's quota (zalo-bot.md 5, 2026-11). Asking on and on
would change nothing, and might cost the bot.
"""

from datetime import datetime, timedelta

import structlog

log = structlog.get_logger()

_WAITS = (timedelta(seconds=10), timedelta(seconds=30), timedelta(minutes=2))
_REST = timedelta(hours=1)


class Breaker:
    """Of one account. Opens after a few refusals in a row; a send that succeeds closes it."""

    def __init__(self, account_id: int) -> None:
        self._log = log.bind(account=account_id)
        self._refusals = 0
        self._until: datetime | None = None

    def wait(self, now: datetime) -> timedelta | None:
        """How long nothing may be sent; None: try."""
        return self._until - now if self._until is not None and self._until > now else None

    def refused(self, now: datetime) -> timedelta:
        """Zalo said no. How long to wait; several that were under way together count as one."""
        if (waiting := self.wait(now)) is not None:
            return waiting
        self._refusals += 1
        is_open = self._refusals > len(_WAITS)
        span = _REST if is_open else _WAITS[self._refusals - 1]
        self._until = now + span
        if self._refusals == len(_WAITS) + 1:
            self._log.error("zalo_bot_quota_exceeded", again_in_s=span.total_seconds())
        return span

    def sent(self) -> None:
        if self._refusals > len(_WAITS):
            self._log.info("zalo_bot_quota_free_again")
        self._refusals = 0
        self._until = None
