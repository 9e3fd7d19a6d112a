"""When a round of a sender's loop is worth while: not before there is a round's worth of slots, nor while another process serves
the account.

Every round costs its statements, however few messages it is for. So one process serves an account as long as it keeps up, and
the others leave it alone: they look every half second whether it has come late. A process that dies, or has too much to do,
is thus relieved within that time, and nothing about it is written anywhere.
"""

from datetime import timedelta

from bot.sending.pace import NEAR, Slots

IDLE_S = 0.5
"""How often to look for rows that another process wrote, and after an account that another process serves."""

_NEAR_S = NEAR.total_seconds()
_GRACE_S = _NEAR_S / 2  # Whom the account is left to may come so late, when something was written here.
_OURS_S = 0.001  # Slots that end so near to our own are ours: floats are not exact.


class Rounds:
    """Of one account's loop. Moments are the loop's clock, unless they come from `Slots`."""

    def __init__(self) -> None:
        self.hears_results = (
            True  # A send that ends makes room, or lets the next one follow: a round is worth while.
        )
        self.reach_s = 0.0  # Where our own slots end, on the database's clock.
        self._at = 0.0
        self._is_left_alone = False
        self._is_woken = False

    def wake(self) -> bool:
        """Something was written here. Whether to look at once: while our own slots are out nothing could go sooner."""
        self._is_woken = True
        return self.hears_results or self._is_left_alone

    def may(self, now: float) -> bool:
        return now >= self._at or (self._is_woken and self._is_left_alone)

    def asked(self, slots: Slots, used: int, *, now: float, ahead_s: float, lead: timedelta) -> None:
        """What came of it, and how many of the slots are used. `ahead_s`: how far `now` is ahead of the database's clock."""
        is_woken, self._is_woken = self._is_woken, False
        is_used_up = bool(slots.interval) and used >= slots.granted
        next_at = slots.at_s(used) + ahead_s
        near_at = next_at - max(_NEAR_S, lead.total_seconds())
        if slots.granted:
            self.reach_s = slots.at_s(used)
            # Where there was no room for more, our slots end before a round has gone by.
            self._at = max(near_at, now + _NEAR_S) if is_used_up else now
        self._is_left_alone = not slots.granted and slots.first_s > self.reach_s + _OURS_S
        if self._is_left_alone:
            self._at = min(next_at - _NEAR_S + _GRACE_S, now + IDLE_S) if is_woken else now + IDLE_S
        elif not slots.granted:
            self._at = near_at
        self.hears_results = not (is_used_up or self._is_left_alone)

    def was_full(self, *, now: float) -> None:
        """No slot was asked for, because there was no room for another send."""
        self.hears_results = now >= self._at

    def rest_s(self, now: float, *, is_busy: bool) -> float:
        """How long to rest unless stirred; `is_busy`: there are results to come, which are not to be kept for long."""
        rest_s = self._at - now if self._at > now or not self.hears_results else IDLE_S
        return max(0.0, min(rest_s, _NEAR_S) if is_busy and not self.hears_results else rest_s)
