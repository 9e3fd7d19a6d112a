"""What Telegram's answer to a send means for us, as a table: the number first, then known words of its description.

Descriptions are prose and change, so a refusal whose words we do not know fails its message and says nothing about the
person. What failed on the way (`errors`) is told apart by whether the message may have arrived.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from telegram.error import (
    BadRequest,
    ChatMigrated,
    Conflict,
    EndPointNotFound,
    Forbidden,
    InvalidToken,
    RetryAfter,
    TelegramError,
)

from bot.channels.contract import Blame, Retry, SendError
from bot.channels.telegram.errors import AnswerLate, AnswerLost, NotSent, ServerTrouble


@dataclass(frozen=True, slots=True)
class Meaning:
    """How a failed send is reported. Not Telegram's `retry_after`, which differs from answer to answer."""

    code: str
    retry: Retry = Retry.NEVER
    blame: Blame = Blame.MESSAGE
    retry_after: timedelta | None = None


@dataclass(frozen=True, slots=True)
class Refusal:
    """One row: an error with this number whose description, in lower case, holds these words."""

    number: int
    words: str
    meaning: Meaning


# telegram.md 4 (2026-11), in its order. The first row that fits counts; a number's last row takes what is unknown.
REFUSALS: Sequence[Refusal] = (
    Refusal(403, "bot was blocked by the user", Meaning("telegram_blocked", blame=Blame.CONTACT)),
    Refusal(403, "user is deactivated", Meaning("telegram_deactivated", blame=Blame.CONTACT)),
    Refusal(403, "can't initiate conversation", Meaning("telegram_not_started", blame=Blame.CONTACT)),
    Refusal(403, "bot was kicked", Meaning("telegram_kicked", blame=Blame.CONTACT)),
    Refusal(403, "bot is not a member", Meaning("telegram_not_a_member", blame=Blame.CONTACT)),
    Refusal(403, "", Meaning("telegram_forbidden")),
    Refusal(400, "chat not found", Meaning("telegram_chat_not_found", blame=Blame.CONTACT)),
    Refusal(400, "message thread not found", Meaning("telegram_topic_gone")),
    Refusal(400, "topic_deleted", Meaning("telegram_topic_gone")),
    Refusal(400, "topic_closed", Meaning("telegram_topic_gone")),
    Refusal(400, "message is not modified", Meaning("telegram_too_late")),
    Refusal(400, "message to edit not found", Meaning("telegram_too_late")),
    Refusal(400, "query is too old", Meaning("telegram_too_late")),
    Refusal(400, "can't parse entities", Meaning("telegram_markup")),
    Refusal(400, "", Meaning("telegram_rejected")),
    Refusal(401, "", Meaning("telegram_unauthorized", blame=Blame.ACCOUNT)),
    Refusal(404, "", Meaning("telegram_not_found", blame=Blame.ACCOUNT)),
    # Of polling; should a send ever get it, nothing was sent.
    Refusal(409, "", Meaning("telegram_conflict", Retry.LATER, Blame.ACCOUNT)),
)

_NUMBERS: Sequence[tuple[type[TelegramError], int]] = (
    (Forbidden, 403),
    (BadRequest, 400),
    (Conflict, 409),
)

# Groups get a new id when they grow. We write to people only, so whoever has this address is not one.
_MIGRATED = Meaning("telegram_migrated", blame=Blame.CONTACT)

# A page that a gateway or a firewall put in Telegram's place: Telegram never saw the request. It fits no message in
# particular, so everything waits, and being made to wait counts as no attempt.
_SOMEBODY_ELSE = Meaning(
    "telegram_not_telegram", Retry.LATER, Blame.ACCOUNT, retry_after=timedelta(minutes=1)
)

# An outage may be long, and its attempts must not use up a reply's: with a wait they do not count. The blame stays with
# the message: one connection that fails holds nobody else up, and several within seconds do so by themselves.
_NOT_SENT = Meaning("telegram_unreachable", Retry.LATER, retry_after=timedelta(seconds=5))

_SERVER_TROUBLE = Meaning("telegram_server", Retry.LATER)
_LATE = Meaning("telegram_timeout", Retry.UNKNOWN)
_LOST = Meaning("telegram_answer_lost", Retry.UNKNOWN)
_UNCLEAR = Meaning("telegram_unclear", Retry.UNKNOWN)

_FLOOD_WAIT = timedelta(seconds=5)  # Where Telegram names none.
_GATEWAY_TIMEOUT = 504


def send_error(error: TelegramError) -> SendError:
    """What the engine is told of a failed send."""
    if isinstance(error, RetryAfter):
        return _flood(wait_of(error))
    meaning = _meaning(error)
    if meaning is None and "too many requests" in error.message.lower():
        return _flood(_FLOOD_WAIT)
    meaning = meaning or _UNCLEAR
    return SendError(meaning.code, meaning.retry, blame=meaning.blame, retry_after=meaning.retry_after)


def not_understood() -> SendError:
    """For an answer that says yes and does not say to what."""
    return SendError(_UNCLEAR.code, _UNCLEAR.retry, blame=_UNCLEAR.blame)


def wait_of(error: RetryAfter) -> timedelta:
    """How long Telegram asks to wait; the library gives seconds or a span, depending on its version and environment."""
    wait = error.retry_after
    return wait if isinstance(wait, timedelta) else timedelta(seconds=wait)


def _flood(wait: timedelta) -> SendError:
    # Telegram does not say whether the chat or the whole bot is too fast; the sender finds out (telegram.md 1.10).
    return SendError("telegram_flood", Retry.LATER, blame=Blame.CHAT, retry_after=wait)


def _meaning(error: TelegramError) -> Meaning | None:
    # The order matters: BadRequest, TimedOut and all of `errors` are NetworkErrors.
    match error:
        case NotSent():
            return _NOT_SENT
        case AnswerLate():
            return _LATE
        case AnswerLost():
            return _LOST
        case ServerTrouble(status=status):
            # A gateway that gave up waiting has passed the request on: that is a lost answer.
            return _LATE if status == _GATEWAY_TIMEOUT else _SERVER_TROUBLE
        case ChatMigrated():
            return _MIGRATED
        case InvalidToken() | EndPointNotFound():
            return _of_refused_token(error)
    for kind, number in _NUMBERS:
        if isinstance(error, kind):
            return _look_up(number, error.message)
    return None


def _of_refused_token(error: TelegramError) -> Meaning:
    """401 and 404 are one class to the library, and its raw calls put a sentence of their own in front."""
    said = error.__cause__.message if isinstance(error.__cause__, TelegramError) else error.message
    return _look_up(401 if "unauthorized" in said.lower() else 404, said)


def _look_up(number: int, description: str) -> Meaning:
    said = description.lower()
    if "parsing the server response" in said:  # The library's words for a body that is not Telegram's.
        return _SOMEBODY_ELSE
    return next(row.meaning for row in REFUSALS if row.number == number and row.words in said)
