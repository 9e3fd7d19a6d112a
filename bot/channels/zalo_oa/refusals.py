"""What a failed call means for the message that it was to carry: whether to repeat it, when, and whom it concerns.

`refusal_table` says what Zalo's numbers mean; here stands what follows from that, which differs with what was called. Two
decisions are ours: what only a paid kind of message lacks (a template's money, a group's package) never stops the free
answers of the account; and what the number for "upgrade your package" means is asked of Zalo itself (`depends_on_window`).
"""

from collections.abc import Callable
from datetime import datetime, timedelta
from enum import Enum, auto

from bot.channels.contract import Blame, Retry, SendError
from bot.channels.passage import AnswerLate, NotSent, PassageError
from bot.channels.zalo_oa import refusal_table as table
from bot.channels.zalo_oa.errors import (
    NeedsAuthorization,
    Refused,
    ServerTrouble,
    SomebodyElse,
    Throttled,
    ZaloOAError,
)
from bot.channels.zalo_oa.refusal_table import Kind, Meaning, Until
from bot.clock import in_vietnam

_MORNING = 6  # Night ends, in Viet Nam (zalo-oa.md 5.1, 2026-11; the time zone is our reading, 8).
_LOOK_FOR_MONEY = timedelta(hours=1)
_MINUTE = timedelta(minutes=1)
_LOOK_FOR_ARTICLE = timedelta(minutes=10)
_JITTER = timedelta(seconds=3)
# An outage may be long, and its attempts must not use up a reply's: with a wait they do not count. The blame stays with
# the message: one connection that fails holds nobody else up.
_RECONNECT = timedelta(seconds=5)
_LOOK_FOR_GRANT = timedelta(seconds=5)  # Looking for a new permission is a look into our own table.
_NOT_ZALO_REST = timedelta(minutes=1)
_TOKEN_REST = timedelta(minutes=1)
_TOO_MANY_REQUESTS = 429

# These gateways had passed the request on: it may have been carried out.
_PASSED_ON = {502: table.ANSWER_LOST, 504: table.TIMEOUT}

_OF_UPLOADS = {-201: table.FILE_TYPE, -210: table.FILE_TOO_LARGE, -211: table.UPLOADS_USED_UP}

# Its id is the one thing of it that somebody typed.
_OF_ARTICLES = {-201: table.NO_ARTICLE, -214: table.ARTICLE_IN_WORK}

_SENTENCES = {
    meaning.code: meaning.sentence
    for meaning in (*table.OPENAPI.values(), *table.BUSINESS.values(), *table.LOCAL)
}


class Called(Enum):
    """What was called, as far as it matters to what a refusal means."""

    TALK = auto()  # A message to one person: the kind that is free while she talks with us.
    GROUP = auto()
    TEMPLATE = auto()
    ARTICLE = auto()  # To all who follow.
    UPLOAD = auto()  # Of a file that is to be sent.
    QUESTION = auto()  # What Zalo knows, such as a template.


_OWN = {Called.UPLOAD: _OF_UPLOADS, Called.ARTICLE: _OF_ARTICLES}
"""What a number means for one call alone."""

_DELIVERS_NOTHING = frozenset({Called.UPLOAD, Called.QUESTION})


def sentence(code: str) -> str:
    """What an officer should know of a code of ours, as a msgid; "" for none of ours."""
    return _SENTENCES.get(code, "")


def error_of(meaning: Meaning) -> SendError:
    """For what is refused before anything was called."""
    return SendError(meaning.code, Retry.NEVER)


class Judge:
    """Turns what a call raised into what the sender acts on."""

    def __init__(self, jitter: Callable[[], float]) -> None:
        """`jitter` gives numbers from 0 to 1."""
        self._jitter = jitter

    def send_error(
        self,
        error: ZaloOAError | PassageError,
        called: Called,
        *,
        now: datetime,
        is_free: bool = False,
        is_repeated: bool = False,
    ) -> SendError:
        """`is_free`: Zalo says that she is within her free 48 hours. `is_repeated`: the same message got an unknown number
        before.
        """
        match error:
            case NeedsAuthorization():
                return self._made(table.NEEDS_AUTHORIZATION, Retry.NEVER, Blame.ACCOUNT, _LOOK_FOR_GRANT)
            case Throttled(wait=wait):
                return self._rate(wait)
            case SomebodyElse(status=status) if status != _TOO_MANY_REQUESTS:
                return self._made(table.NOT_ZALO, Retry.LATER, Blame.ACCOUNT, _NOT_ZALO_REST)
            case NotSent():
                return self._made(table.NO_CONNECTION, Retry.LATER, wait=_RECONNECT)
        meaning = meaning_of(error, called)
        is_business = isinstance(error, Refused) and error.is_business
        match meaning.kind:
            case Kind.RATE:
                return self._rate(_MINUTE - timedelta(seconds=now.timestamp() % 60))
            case Kind.TOKEN:
                # The client has renewed it, or could not now. Should the permission be dead, that is told otherwise.
                return self._made(meaning, Retry.LATER, Blame.ACCOUNT, _TOKEN_REST)
            case Kind.USER if meaning.until_she_writes:
                return self._made(meaning, Retry.WHEN_SHE_WRITES, Blame.CONTACT)
            case Kind.USER:
                # What she does not take by template she may take in talk, and a number may not be this contact's.
                is_hers = called in {Called.TALK, Called.GROUP}
                return self._made(meaning, Retry.NEVER, Blame.CONTACT if is_hers else Blame.MESSAGE)
            case Kind.WAIT | Kind.CONFIG if (
                meaning.depends_on_window and called is Called.TALK and not is_free
            ):
                return self._made(meaning, Retry.WHEN_SHE_WRITES)
            case Kind.WAIT if meaning.until_she_writes and called is Called.TALK:
                return self._made(meaning, Retry.WHEN_SHE_WRITES)
            case Kind.WAIT if called is not Called.TALK or not meaning.depends_on_window:
                return self._made(meaning, Retry.LATER, wait=_span(meaning.until, now))
            case Kind.WAIT | Kind.CONFIG:
                stops_all = called is Called.TALK or (meaning.stops_all and not is_business)
                return self._made(meaning, Retry.NEVER, Blame.ACCOUNT if stops_all else Blame.MESSAGE)
            case Kind.TEMP if meaning.may_have_arrived and called not in _DELIVERS_NOTHING:
                return self._made(meaning, Retry.UNKNOWN)
            case Kind.TEMP if meaning is table.UNKNOWN and is_repeated:
                return self._made(meaning, Retry.NEVER)
            case Kind.TEMP | Kind.MEDIA:
                return self._made(meaning, Retry.LATER)
            case Kind.BUG:
                return self._made(meaning, Retry.NEVER)

    def _rate(self, wait: timedelta) -> SendError:
        # Not every process may come back at the very border.
        return self._made(table.RATE, Retry.LATER, Blame.ACCOUNT, wait + _JITTER * self._jitter())

    def _made(
        self,
        meaning: Meaning,
        retry: Retry,
        blame: Blame = Blame.MESSAGE,
        wait: timedelta | None = None,
    ) -> SendError:
        return SendError(
            meaning.code, retry, blame=blame, retry_after=wait, is_for_money=meaning.is_for_money
        )


def meaning_of(error: ZaloOAError | PassageError, called: Called) -> Meaning:
    """Of a refusal, by its number; of anything else, by whether it may have been carried out."""
    match error:
        case Refused(code=code, is_business=True):
            # Unknown numbers of four digits are kinds of the one they begin with (zalo-oa.md 5.3).
            parent = -(abs(code) // 10) if 1000 <= abs(code) <= 9999 else code
            return table.BUSINESS.get(code) or table.BUSINESS.get(parent, table.UNKNOWN)
        case Refused(code=code):
            found = _OWN.get(called, {}).get(code)
            return found or table.OPENAPI.get(code, table.UNKNOWN)
        case SomebodyElse():
            return table.RATE
        case _ if called in _DELIVERS_NOTHING:
            return table.UPLOAD_FAILED if called is Called.UPLOAD else table.SERVER
        case ServerTrouble(status=status):
            return _PASSED_ON.get(status, table.SERVER)
        case AnswerLate():
            return table.TIMEOUT
        case _:
            return table.ANSWER_LOST


def _span(until: Until | None, now: datetime) -> timedelta:
    local = in_vietnam(now)
    morning = local.replace(hour=_MORNING, minute=0, second=0, microsecond=0)
    match until:
        case Until.MORNING:
            return (morning if local < morning else morning + timedelta(days=1)) - local
        case Until.NEXT_DAY:
            return morning + timedelta(days=1) - local
        case Until.LOOKED_OVER:
            return _LOOK_FOR_ARTICLE
        case _:
            return _LOOK_FOR_MONEY
