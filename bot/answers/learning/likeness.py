"""How like askings are to each other, in what they ask: slips mended, without words of courtesy.

Compared by the matcher's own features beside the bank's phrasings, for what these have in common tells little.
"""

from collections.abc import Sequence
from itertools import chain, pairwise

import numpy as np

from bot.answers.matching.documents import Floats
from bot.answers.matching.index import Index
from bot.answers.matching.repair import Known, Repair
from bot.answers.matching.sounds import is_syllable
from bot.answers.matching.spellings import unify
from bot.answers.matching.words import Word
from bot.text import fold

_LISTED = """
cho hỏi em chị chi ơi ạ dạ thì là mà và có không ở đâu sao nào gì ai mấy muốn xin với bao nhiêu chừng tôi tui được vậy hả nha nhé
"""
_ASKING = frozenset(_LISTED.split())
"""What a question is made of whatever it is about."""
_ASKING_BARE = frozenset(map(fold, _ASKING)) - {"vay", "hoi", "may", "nha", "ma"}
"""Without the marks; those left out may as well be a loan, the Union, a machine, a house, a mother."""

Words = Sequence[Word]


def table(askings: Sequence[Words], bank: Sequence[Sequence[Words]]) -> Floats:
    """How like each is to each, 0 to 1. `bank` are the phrasings of each entry.

    Takes the words as they were read. Takes as long as a build of the matcher.
    """
    repair = _repair([*chain.from_iterable(bank), *askings])
    compared = [_subject(unify(repair.mend(words))) for words in askings]
    known = [[_subject(unify(words)) for words in texts if words] for texts in bank]
    documents = [*([words] for words in compared), *(texts for texts in known if texts)]
    index = Index.build(documents, [[] for _ in documents])
    rows = [index.compare(index.query(words, [1.0] * len(words))).each[: len(compared)] for words in compared]
    found = np.array(rows, dtype=np.float32)
    return np.asarray(np.maximum(found, found.T), dtype=np.float32)


def _subject(words: Words) -> list[Word]:
    """Without what every question is made of; all of it where nothing else is said."""
    return [word for word in words if not _only_asks(word)] or list(words)


def _only_asks(word: Word) -> bool:
    return word.marked in _ASKING if word.marked else word.plain in _ASKING_BARE


def _repair(texts: Sequence[Words]) -> Repair:
    """Mends by what anybody wrote that may be a word; what no Vietnamese word looks like is a slip."""
    readable = [[word for word in words if word.is_khmer or is_syllable(word.plain)] for words in texts]
    beside = {f"{one.plain} {other.plain}" for words in readable for one, other in pairwise(words)}
    return Repair(Known.read(readable), beside.__contains__)
