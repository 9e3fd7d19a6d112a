"""A long message: she tells of her life, and somewhere in it asks one thing. What asks is looked up by itself, and she is thanked first."""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import islice

from bot.answers import Match, Rung, choose
from bot.text import cut
from bot.turn import Turn
from handlers.members import question_words

_FEWEST_WORDS = 25
_FEWEST_KHMER = 150  # Letters: it is written without blanks.
_FEWEST_IN_A_PASSAGE = 4
_MOST_IN_A_PASSAGE = 14  # Where she sets no stops, the words are looked at so many at a time.
_MOST_PASSAGES = 24
_SHOWN_UNITS = 80
_KHMER_LETTER = re.compile("[\u1780-\u17d3]")
_STOP = re.compile(r"[.!?;,…\n។៕]+")

Search = Callable[[str], list[Match]]


@dataclass(frozen=True, slots=True)
class Reading:
    """What was found for a message, best first; `passage` is what of a long one asks it, `whole` what the whole is about."""

    matches: list[Match]
    whole: list[Match]
    is_story: bool = False
    passage: str = ""

    def lead(self, turn: Turn, *, is_private: bool) -> str:
        """What is said before the answer: that she was listened to, and what it is that is answered."""
        _ = turn.gettext
        if not self.is_story:
            return ""
        if not self.passage or is_private or turn.contact.is_quiet:
            return _("Dạ, em cảm ơn chị đã kể cho em nghe.")
        return _("Dạ, em cảm ơn chị đã kể cho em nghe. Chỗ chị nhắn «{passage}», em thưa chị:").format(
            passage=cut(self.passage, _SHOWN_UNITS)
        )


def read(words: str, search: Search) -> Reading:
    """Look up a message: a long one whole, and by a passage that asks something which is certain where the whole is not.

    What a passage only may mean is left alone: what the whole is about says more.
    """
    whole = search(words)
    if not is_story(words):
        return Reading(whole, whole)
    if choose(whole).rung is Rung.ANSWER:
        return Reading(whole, whole, is_story=True)
    for passage in islice(filter(question_words.asks, _passages(words)), _MOST_PASSAGES):
        found = search(passage)
        if choose(found).rung is Rung.ANSWER:
            return Reading(found, whole, is_story=True, passage=passage)
    return Reading(whole, whole, is_story=True)


def is_story(words: str) -> bool:
    """Whether a message is too long to be one question."""
    return len(words.split()) >= _FEWEST_WORDS or len(_KHMER_LETTER.findall(words)) >= _FEWEST_KHMER


def _passages(words: str) -> Iterator[str]:
    for part in _STOP.split(words):
        run = part.split()
        if len(run) <= _MOST_IN_A_PASSAGE:
            if len(run) >= _FEWEST_IN_A_PASSAGE or _KHMER_LETTER.search(part):
                yield part.strip()
            continue
        for start in range(0, len(run) - _MOST_IN_A_PASSAGE // 2, _MOST_IN_A_PASSAGE // 2):
            yield " ".join(run[start : start + _MOST_IN_A_PASSAGE])
