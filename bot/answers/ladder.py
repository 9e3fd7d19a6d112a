"""What to do with what the matcher found: answer, suggest, ask to say it otherwise, or offer a cadre.

A wrong answer said with confidence costs more trust than a question back, so only what is nearly certain is answered
outright, and a single word never: it names a subject and asks nothing.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum

from bot.answers.matcher import Match
from bot.answers.matching.words import read_words, tidy


class Rung(Enum):
    """The ways to go on from a member's question, the surest first."""

    ANSWER = "answer"
    SUGGEST = "suggest"
    REPHRASE = "rephrase"  # Once: after that a cadre is offered.
    ASK_CADRE = "ask_cadre"


@dataclass(frozen=True)
class Thresholds:
    """From which confidence an entry is answered outright, from which the best is worth suggesting, and which others
    are shown beside it: those that have so much of the best's confidence.

    The defaults were read off our bank and others, phrasings held out, entries removed, as written and spoilt. From 0.84 on some 95
    of 100 answers are right where every question is worded as nobody worded it before, and hardly any question without an entry
    gets there. What is asked as somebody has asked it before is answered outright; what is worded anew mostly becomes a
    question back. Under 0.3 stand two in ten of the questions that have an entry, and seven in ten on foreign subjects; each step
    further down to 0.15 shows more lists to those who asked something foreign than right ones to the others.
    A single word fits all the entries of its subject alike, so each has little confidence: `one_word` is as low as words do
    not get that no phrasing has. From `near` on an entry is close enough that a
    cadre is shown it. From `private` on a private entry, the best or not, is close enough that her words are kept as private as it
    is. It lies between two that were measured: of 66 phrasings of private entries, held out, four stay below 0.1 and five below 0.15
    and tell nothing by their own words; of 594 others 21 and 18 get there. A matter that no entry is about (a sewing machine to
    borrow) gets to 0.1 and stays in sight.
    """

    answer: float = 0.84
    suggest: float = 0.3
    near: float = 0.15
    private: float = 0.12
    one_word: float = 0.04
    beside: float = 0.05

    def __post_init__(self) -> None:
        if not 0 <= self.near <= self.suggest <= self.answer <= 1:
            raise ValueError("thresholds must not fall: near, suggest, answer, each between 0 and 1")
        if not 0 <= self.beside <= 1:
            raise ValueError("thresholds: what is shown beside the best is a share of it, between 0 and 1")
        if not 0 <= self.one_word <= self.suggest:
            raise ValueError("thresholds: one word must not need more than a sentence")


@dataclass(frozen=True)
class Decision:
    """A rung and the entries for it, best first: one to answer, one to three to suggest, none on the lower rungs."""

    rung: Rung
    entry_ids: tuple[str, ...] = ()


DEFAULTS = Thresholds()

MAX_SUGGESTIONS = 3
"""As many as fit a small screen beside "0 = hỏi cán bộ"."""

_ALONE = re.compile(
    r"(?:da )?(?:cho (?:em |chi |toi |tui |con )?hoi )?(?:ve |vu )?\S+(?: (?:a|em|em oi|nha|nghen|nhe|ha|di))?"
)
_LONGEST_WORD = 60
_CONSONANT = re.compile("(?<!\u17d2)[\u1780-\u17a2]")
_FEW_CONSONANTS = 5  # Khmer is written without blanks: more of them are more than a word.


def choose(
    matches: Sequence[Match],
    thresholds: Thresholds = DEFAULTS,
    *,
    is_one_word: bool = False,
    has_rephrased: bool = False,
) -> Decision:
    """Decide on matches as `Matcher.search` gives them, best first. `has_rephrased`: she was asked to say it otherwise before."""
    least = thresholds.one_word if is_one_word else thresholds.suggest
    if not matches or matches[0].confidence < least:
        return Decision(Rung.ASK_CADRE if has_rephrased else Rung.REPHRASE)
    if matches[0].confidence >= thresholds.answer and not is_one_word:
        return Decision(Rung.ANSWER, (matches[0].entry_id,))
    return Decision(Rung.SUGGEST, _beside(matches, thresholds))


def near(matches: Sequence[Match], thresholds: Thresholds = DEFAULTS) -> tuple[str, ...]:
    """The entries that the words may be about, best first, whether or not they are sure enough to be said."""
    if not matches or matches[0].confidence < thresholds.near:
        return ()
    return _beside(matches, thresholds)


def _beside(matches: Sequence[Match], thresholds: Thresholds) -> tuple[str, ...]:
    """The best and those that are not too far behind it."""
    least = matches[0].confidence * thresholds.beside
    return tuple(match.entry_id for match in matches[:MAX_SUGGESTIONS] if match.confidence >= least)


def is_one_word(text: str) -> bool:
    """Whether a message is a single word, courtesies left aside."""
    if len(text) > _LONGEST_WORD:
        return False
    words = read_words(tidy(text))
    if any(word.is_khmer for word in words):
        return len(words) == 1 and len(_CONSONANT.findall(words[0].plain)) <= _FEW_CONSONANTS
    return bool(words) and _ALONE.fullmatch(" ".join(word.plain for word in words)) is not None
