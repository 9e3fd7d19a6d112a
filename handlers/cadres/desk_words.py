"""What a cadre's words are before anybody knows for whom: an answer, politeness, or a word for the assistant."""

from bot.text import squeeze
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


def asks_for_list(words: str) -> bool:
    return squeeze(words[:_LONGEST]) in _LIST_WORDS


def is_acknowledgement(words: str) -> bool:
    return squeeze(words[:_LONGEST]) in _ACKNOWLEDGEMENTS


def is_doubtful(words: str) -> bool:
    """Hardly an answer: nothing but signs, a letter, what one says to be polite, or a word for the assistant."""
    return sum(c.isalpha() for c in words) < 2 or squeeze(words[:_LONGEST]) in _FOR_THE_ASSISTANT
