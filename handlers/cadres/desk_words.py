"""What a cadre's words are before anybody knows for whom: an answer, politeness, or a word for the assistant."""

import re
from enum import StrEnum

from bot.text import clean, fold, squeeze
from handlers.cadres import alerting_words
from handlers.members.form import BACK, LEAVE

_LIST_WORDS = {"cauhoi", "xemcauhoi", "danhsachcauhoi"}
_ACKNOWLEDGEMENTS = {
    "ok", "oke", "okem", "okay", "da", "dae", "daem", "u", "um", "uh", "uhm", "vang", "roi", "duoc", "duocroi", "biet",
    "bietroi", "camon", "camonem", "hieuroi", "chao", "chaoem", "alo",
}  # fmt: skip
"""What one says to an assistant that has brought something. It may be meant for it, so it is not sent on unasked."""

_FOR_THE_ASSISTANT = {*_ACKNOWLEDGEMENTS, *map(squeeze, LEAVE), *map(squeeze, BACK), "daro", "chuaro"}
"""Nor are the words that steer it, typed where there is nothing to steer. Folded: in doubt she is asked."""

_LONGEST = 40

_BARE_COMMAND = re.compile(
    r"(?:da\s+)?(?:(?:toi|tui|em|chi|minh)\s+)?"
    r"(?:nhan|khong(?:\s+nhan)?(?:\s+duoc)?|xong|ghi|ban\s*giao|bao\s*dong|mo\s*lai|thoi)(?:\s+(?:nha|nhe|nghen|a|em))*[\s.!]*"
)
_ABOUT_AN_ALERT = re.compile(
    r"(?:da\s+)?(?:(?:toi|tui|em|chi|minh)\s+)?(?:"
    r"bao\s*dong(?!\w).*"
    r"|(?:nhan|khong)\s*(?:(?:ma|so|#)\s*)?\d.*"
    r"|nhan(?:\s+\w+){1,3}[\s.!]*"
    r"|khong\s+(?:nhan|duoc|di|toi|ranh|lo|kip)(?:\s+\w+){0,2}[\s.!]*"
    r")",
    re.DOTALL,
)

_OF_THE_CASE = re.compile(
    r"(?:(?:da|toi|tui|xin)\s+)*(?:"
    r"chuyen|ban\s*giao|giao\s+cho|khong\s+(?:lo|nhan)|nhan|xong|ghi|dong(?!\s+y)|bao(?!\s+(?:gio|nhieu|lau))|gui\s+cho|nho\s+chi"
    r")(?!\w).*"
    r"|(?:(?:toi|tui|em|minh)\s+)?(?:da|vua|moi)\s+(?:goi|gap|lien\s+he)(?!(?:\s+dien)?(?:\s+cho)?\s+(?:em|chi(?!\s+ay))(?!\w))(?!\w).*"
    r"|goi\s+(?:duoc\s+)?roi(?!\w).*"
    r"|.*(?<!\w)(?:chi\s+ay|co\s+ay|nan\s+nhan|hoi\s+vien\s+nay)(?!\w).*",
    re.DOTALL,
)
"""What is rather said to the assistant or to a colleague than to the woman herself: orders, what was done ("đã gọi công an"), and what
speaks of her.
"""


class Meant(StrEnum):
    """For whom a cadre's words are that are about to be sent to a member."""

    MEMBER = "member"
    UNSURE = "unsure"  # It may be a note about an alert: she is asked.
    ASSISTANT = "assistant"  # They steer an alert: no member gets them, nor are they offered.


def asks_for_list(words: str) -> bool:
    return squeeze(words[:_LONGEST]) in _LIST_WORDS


def is_acknowledgement(words: str) -> bool:
    return squeeze(words[:_LONGEST]) in _ACKNOWLEDGEMENTS


def is_doubtful(words: str) -> bool:
    """Hardly an answer: nothing but signs, a letter, what one says to be polite, or a word for the assistant."""
    return sum(c.isalpha() for c in words) < 2 or squeeze(words[:_LONGEST]) in _FOR_THE_ASSISTANT


def meant(words: str, *, has_alerts: bool) -> Meant:
    """Whom these words are for. `has_alerts`: some are open that are her business; then what is hardly about anything else is
    about them ("không đi được").
    """
    words = clean(words)
    typed = alerting_words.read(words)
    folded = fold(words)
    if _BARE_COMMAND.fullmatch(folded) or (typed is not None and typed.is_sure):
        return Meant.ASSISTANT
    if has_alerts and _ABOUT_AN_ALERT.fullmatch(folded):
        return Meant.ASSISTANT
    return Meant.UNSURE if has_alerts and typed is not None else Meant.MEMBER


def speaks_of_the_case(words: str) -> bool:
    """Whether words below the question of an alert sound like an order ("chuyển cho thành phố"), or speak of her ("chị ấy")."""
    return _OF_THE_CASE.fullmatch(fold(clean(words))) is not None
