"""What a failed send means for us, as a table by Zalo's number.

Zalo documents few numbers and no words (zalo-bot.md 5, 2026-11): none says "she blocked the bot", so a refusal that stays
with one person is found out by `strikes`, and a quota by `breaker`.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta

from bot.channels.contract import Blame, Retry, SendError
from bot.channels.passage import AnswerLate, NotSent, PassageError
from bot.channels.zalo_bot.errors import Refused, ServerTrouble, SomebodyElse, ZaloBotError


@dataclass(frozen=True, slots=True)
class Meaning:
    """How a failed send is reported. `is_strike`: again and again for one person, it is she who cannot be reached."""

    code: str
    retry: Retry = Retry.NEVER
    blame: Blame = Blame.MESSAGE
    retry_after: timedelta | None = None
    is_strike: bool = False

    def error(self, retry_after: timedelta | None = None) -> SendError:
        return SendError(self.code, self.retry, blame=self.blame, retry_after=retry_after or self.retry_after)


# A rate, or the month's quota: Zalo does not say. `breaker` says how long to wait.
QUOTA = Meaning("zalo_bot_quota", Retry.LATER, Blame.ACCOUNT)
UNREACHABLE = Meaning("zalo_bot_unreachable", blame=Blame.CONTACT)

# zalo-bot.md 5 (2026-11).
REFUSALS: Mapping[int, Meaning] = {
    400: Meaning("zalo_bot_bad_request", is_strike=True),
    401: Meaning("zalo_bot_unauthorized", blame=Blame.ACCOUNT),
    # Documented as "internal server error": it passes, or it is this person. `strikes` says how long to wait.
    403: Meaning("zalo_bot_forbidden", Retry.LATER, is_strike=True),
    404: Meaning(
        "zalo_bot_not_found", is_strike=True
    ),  # Our method is right, so the chat is what is not found.
    # Of an idle poll; should a send get it, Zalo gave up waiting for something that may still be done.
    408: Meaning("zalo_bot_timeout", Retry.UNKNOWN),
    426: Meaning("zalo_bot_daily_limit", Retry.LATER, Blame.ACCOUNT, timedelta(hours=1)),
    429: QUOTA,
}

_REJECTED = Meaning("zalo_bot_rejected")
_SERVER = Meaning("zalo_bot_server", Retry.LATER)
# An outage may be long, and its attempts must not use up a reply's: with a wait they do not count.
_NOT_SENT = Meaning("zalo_bot_no_connection", Retry.LATER, retry_after=timedelta(seconds=5))
_SOMEBODY_ELSE = Meaning("zalo_bot_not_zalo", Retry.LATER, Blame.ACCOUNT, timedelta(minutes=1))
_LATE = Meaning("zalo_bot_timeout", Retry.UNKNOWN)
_LOST = Meaning("zalo_bot_answer_lost", Retry.UNKNOWN)

# These gateways had passed the request on: it may have been carried out.
_PASSED_ON = {502: _LOST, 504: _LATE}


def meaning_of(error: ZaloBotError | PassageError) -> Meaning:
    match error:
        case Refused(number=number) if number in REFUSALS:
            return REFUSALS[number]
        case Refused(number=number):
            return _SERVER if number >= 500 else _REJECTED
        case ServerTrouble(status=status):
            return _PASSED_ON.get(status, _SERVER)
        case SomebodyElse():
            return _SOMEBODY_ELSE
        case NotSent():
            return _NOT_SENT
        case AnswerLate():
            return _LATE
        case _:
            return _LOST
