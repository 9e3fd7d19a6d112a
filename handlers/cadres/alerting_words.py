"""What duty staff type about an alert: NHAN 12, KHONG 12, BANGIAO 12: công an xã, GHI 12: đã gọi, XONG 12: đã tới nơi, MOLAI 12, BAODONG.

Read as people type at night: with marks or without, in small letters, with or without blanks, and some of them without the code.
Certain is the word alone or with its number, and what stands behind a colon or on a line of its own; "ghi 2 bản chị nha" may be said
to a member.
"""

import re
from dataclasses import dataclass
from enum import StrEnum

from bot.alerts.letters import read_press, read_show
from bot.keywords import Keywords
from bot.text import clean, fold, squeeze
from handlers.members.form import LEAVE


class Verb(StrEnum):
    TAKE = "take"
    DECLINE = "decline"
    SHOW = "show"
    HAND_OVER = "hand_over"
    NOTE = "note"
    CLOSE = "close"
    REOPEN = "reopen"


@dataclass(frozen=True, slots=True)
class Typed:
    verb: Verb
    code: int | None  # None: she named no alert.
    rest: str = ""
    is_sure: bool = True  # It can hardly be anything else.


_COMMAND = re.compile(
    r"(?is)(?P<word>b[àa]n\s*giao|chuy[ểe]n|xong|ghi|m[ởơo]\s*l[ạa]i)"
    r"(?:\s*(?:m[ãa]\s*)?(?:s[ốo]\s*)?#?(?P<code>\d{1,9})(?!\d)|(?!\w))"
    r"(?P<between>[\s:,.;–-]*)(?P<rest>.*)"
)
_POLITE = re.compile(r"(?:(?:nha|nhe|nghen|a|em|chi)(?:\s+|(?!\w)))*[\s.!]*")
_ALREADY = re.compile(r"r[ồo]i(?!\w)\s*", re.IGNORECASE)
_VERBS = {
    "bangiao": Verb.HAND_OVER,
    "chuyen": Verb.HAND_OVER,
    "xong": Verb.CLOSE,
    "ghi": Verb.NOTE,
    "molai": Verb.REOPEN,
}
_WITH_CODE = {"molai", "chuyen"}  # "Mở lại lớp may chưa chị?", "Chuyển khoản cho chị ấy".
_ANSWERED = re.compile(
    r"(?:da\s+)?(?:(?:toi|tui|em|chi|minh)\s+)?"
    r"(?:(?P<takes>(?:xin\s+)?nhan)|(?:khong|hong|ko)(?:\s*nhan)?(?:\s*duoc)?)"
    r"\s*(?:bao\s*dong\s*)?(?:ma\s*)?(?:so\s*)?#?(?P<code>\d{1,9})(?:\s+(?:roi|nha|nhe|nghen|a|em|chi))*[\s.!]*"
)
_LONGEST_ANSWER = 60
_CODE = re.compile(r"(?:da\s+)?(?:ma\s*)?(?:so\s*)?#?(\d{1,9})(?:\s+(?:nha|nhe|nghen|a|em|chi))*[\s.!]*")
_TO = re.compile(r"(?:l[ạa]i\s+)?cho\s+", re.IGNORECASE)

WILL = Keywords(
    "nhận", "tôi nhận", "tui nhận", "em nhận", "chị nhận", "mình nhận", "để tôi", "để tui", "để em", "để tôi lo", "để tui lo",
    "để em lo", "tôi lo", "tui lo", "tôi đi", "tui đi", "để tôi đi", "để tui đi", "tôi nhận nha", "tui nhận nha", "nhận nha",
    "dạ nhận", "dạ tôi nhận", "dạ tui nhận", "dạ em nhận", "có nhận",
)  # fmt: skip
"""Taking it on, in words, right below the letter."""

CANNOT = Keywords(
    "không", "không nhận", "không nhận được", "tôi không nhận được", "tui không nhận được", "không được", "hông", "hông được",
    "ko", "ko được", "ko nhận được", "bận", "bận rồi", "tôi bận", "tui bận", "em bận", "đang bận", "dạ không", "dạ không được",
)  # fmt: skip
"""Not being able to, in words, right below the letter."""

TAKES = Keywords(
    "nhận", "tôi nhận", "tui nhận", "em nhận", "chị nhận", "mình nhận", "tôi nhận nha", "tui nhận nha", "nhận nha", "dạ nhận",
    "dạ tôi nhận", "dạ tui nhận", "dạ em nhận", "tôi xin nhận", "xin nhận",
)  # fmt: skip
"""Taking it on, without a code, at any moment: none of it is an answer to a member."""

NOT_YET = LEAVE | Keywords(
    "không", "hông", "hổng", "ko", "dạ không", "không có", "chưa", "dạ chưa", "chưa em", "chưa có", "chưa xong", "chưa làm gì",
    "chưa biết", "chưa cho ai", "không cho ai", "chưa bàn giao", "để sau", "từ từ",
)  # fmt: skip
"""To what was done, and to whom it was handed over: nothing and to nobody so far."""


def read(words: str) -> Typed | None:
    """What she types about alerts, if it is plainly that; None for anything else."""
    words = clean(words)
    if press := read_press(words):
        return Typed(Verb.TAKE if press[0] else Verb.DECLINE, press[1])
    if len(words) <= _LONGEST_ANSWER and (match := _ANSWERED.fullmatch(fold(words))):
        return Typed(Verb.TAKE if match["takes"] else Verb.DECLINE, int(match["code"]))
    if (shown := read_show(words)) is not None:
        return Typed(Verb.SHOW, shown)
    if squeeze(words[:40]) == "baodong":
        return Typed(Verb.SHOW, None)
    match = _COMMAND.fullmatch(words)
    return _command(match) if match else None


def _command(match: re.Match[str]) -> Typed | None:
    word, rest = squeeze(match["word"]), match["rest"].strip()
    verb = _VERBS[word]
    code = int(match["code"]) if match["code"] else None
    if word in _WITH_CODE and code is None:
        return None
    bare = _ALREADY.sub("", rest, count=1) if code is not None and _ALREADY.match(rest) else rest
    if _POLITE.fullmatch(fold(bare)):  # "Xong rồi nghen" alone may answer a member.
        rest = ""
    between = match["between"]
    is_hour = between == ":" and rest[:1].isdigit()  # "Ghi 2:30 chiều nghen chị."
    is_sure = not rest or (code is not None and not is_hour and (":" in between or "\n" in between))
    return Typed(verb, code, _whom(rest) if verb is Verb.HAND_OVER else rest, is_sure=is_sure)


def read_code(words: str) -> int | None:
    """The code of an alert, typed where she was asked for one."""
    words = clean(words)
    match = _CODE.fullmatch(fold(words)) if len(words) <= _LONGEST_ANSWER else None
    return int(match[1]) if match else None


def _whom(rest: str) -> str:
    return _TO.sub("", rest, count=1) if _TO.match(rest) else rest
