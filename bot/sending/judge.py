"""What a failed send means for its row and for its account: when to try again, whether the account has to wait, or is refused."""

from collections import deque
from dataclasses import replace
from datetime import datetime, timedelta

from bot.channels.contract import Blame, Retry, SendError
from bot.clock import Clock
from bot.sending.parcels import MAX_ATTEMPTS, Outcome, Parcel, Verdict, backoff

_ACCOUNT_REST = timedelta(seconds=5)  # The platform is away and does not say for how long.
_PROBE_EVERY = timedelta(minutes=5)  # A refused account tries with one message whether it is accepted again.
# So many people told to wait within the span: it is the account that is too fast. The platform does not say which it was
# (telegram.md 1.10).
_THROTTLED_CHATS = 3
_THROTTLED_WITHIN = timedelta(seconds=5)
# A message that waits longer waits for a border of its own kind (night, a day's quota): that holds up nobody's answers.
_LONGEST_TROUBLE = timedelta(minutes=1)


class Judge:
    """Of one account. Remembers what its platform said of the account as a whole."""

    def __init__(self, clock: Clock) -> None:
        self.refused = ""  # Why the platform does not accept this account now.
        self.is_newly_refused = False  # Said since somebody last looked.
        self.hold: timedelta | None = (
            None  # The platform asked the whole account to wait; taken by who looks.
        )
        self.probe_at = clock()  # When a refused account tries again.
        self._clock = clock
        self._throttled: deque[tuple[datetime, str]] = deque(maxlen=_THROTTLED_CHATS)

    def outcome(self, parcel: Parcel, error: SendError) -> Outcome:
        """What is to be recorded of this send."""
        now = self._clock()
        outcome = self._outcome(parcel, error, now)
        return replace(outcome, is_for_money=True) if error.is_for_money else outcome

    def _outcome(self, parcel: Parcel, error: SendError, now: datetime) -> Outcome:
        if error.blame is Blame.ACCOUNT and error.retry is Retry.NEVER:
            self.refused, self.is_newly_refused = error.code, True
            self.probe_at = now + (error.retry_after or _PROBE_EVERY)
            return Outcome(parcel, Verdict.AGAIN, now, code=error.code, next_at=now, counts=False)
        match error.retry:
            case Retry.NEVER | Retry.WHEN_SHE_WRITES:
                verdict = Verdict.FAILED if error.retry is Retry.NEVER else Verdict.HELD
                return Outcome(
                    parcel, verdict, now, code=error.code, unreachable=error.blame is Blame.CONTACT
                )
            case Retry.UNKNOWN:
                return Outcome(
                    parcel, Verdict.UNCERTAIN, now, code=error.code, next_at=now + backoff(parcel.attempts)
                )
            case Retry.LATER:
                return self._later(parcel, error, now)

    def _later(self, parcel: Parcel, error: SendError, now: datetime) -> Outcome:
        wait = error.retry_after
        if wait is None and error.blame is Blame.ACCOUNT:
            wait = _ACCOUNT_REST  # However long the platform is away, no message is given up for it.
        if wait is not None:
            self._note_throttle(parcel, error.blame, wait, now)
            return Outcome(parcel, Verdict.AGAIN, now, code=error.code, next_at=now + wait, counts=False)
        if parcel.attempts + 1 >= MAX_ATTEMPTS:
            return Outcome(parcel, Verdict.FAILED, now, code=error.code)
        return Outcome(parcel, Verdict.AGAIN, now, code=error.code, next_at=now + backoff(parcel.attempts))

    def _note_throttle(self, parcel: Parcel, blame: Blame, wait: timedelta, now: datetime) -> None:
        if blame is Blame.MESSAGE and wait > _LONGEST_TROUBLE:
            return
        self._throttled.append((now, parcel.address))
        several = (
            len({contact for _, contact in self._throttled}) == _THROTTLED_CHATS
            and now - self._throttled[0][0] <= _THROTTLED_WITHIN
        )
        if blame is Blame.ACCOUNT or several:
            self.hold = max(wait, self.hold or wait)
