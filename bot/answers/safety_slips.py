"""Slips of the finger in what the safety net reads: a word that is no syllable is brought back to the word that was meant.

Only words that the lessons hold again and again are meant by it, the commonest first. A slip that makes another syllable of the
language stays as typed: nobody can tell it by the word alone.
"""

import math
import re
from collections import defaultdict
from collections.abc import Iterator, Sequence

from bot.answers.typed_words import take_apart

_LEAST = 3
_LONGEST = 14
"""Letters; what is longer is no slip, what is shorter has too many neighbours."""
_LEAST_PART = 2
_MISSPELT = re.compile(r"c[eiy]|k[aou]|q(?!u)|n?gh[^ei]|ng[ei]")
"""Beginnings that sound right, but that nobody writes."""
_KEYS = {
    "q": "wa", "w": "qes", "e": "wrd", "r": "etf", "t": "ryg", "y": "tuh", "u": "yij", "i": "uok", "o": "ipl", "p": "o", "a": "qsz",
    "s": "adwx", "d": "sfec", "f": "dgrv", "g": "fhtb", "h": "gjyn", "j": "hku", "k": "jli", "l": "ko", "z": "ax", "x": "zsc", "c": "xdv",
    "v": "cfb", "b": "vgn", "n": "bhm", "m": "n",
}  # fmt: skip
"""The keys beside each key."""

# How far a word is from what was typed; commoner words are nearer, by so much for each e times as common.
_SWAPPED, _SWAPPED_AT_THE_START, _PARTED, _NEXT_KEY, _ONE_LETTER, _OTHER_KEY = 0.0, 0.5, 0.8, 1.0, 1.0, 1.5
_COMMONER = 0.3


class Slips:
    """Made of the words that may be meant, the commonest first, all without marks."""

    def __init__(self, words: Sequence[str] = ()) -> None:
        self._rank = {word: rank for rank, word in enumerate(words, 1)}
        self._by_shorter: defaultdict[str, list[str]] = defaultdict(list)
        for word in words:
            if len(word) >= _LEAST:
                for shorter in _shorter(word):
                    self._by_shorter[shorter].append(word)

    def mended(self, plain: str) -> str:
        """The word that was meant, or two with a blank between; what was typed where it may be meant as it is."""
        if not _LEAST <= len(plain) <= _LONGEST or plain in self._rank or _may_stand(plain):
            return plain
        found = [(cost + _COMMONER * math.log(rank), meant) for cost, rank, meant in self._offers(plain)]
        return min(found, default=(0.0, plain))[1]

    def _offers(self, typed: str) -> Iterator[tuple[float, int, str]]:
        rank = self._rank
        for at in range(len(typed) - 1):
            meant = typed[:at] + typed[at + 1] + typed[at] + typed[at + 2 :]
            if meant in rank:
                yield _SWAPPED if at else _SWAPPED_AT_THE_START, rank[meant], meant
        for shorter in _shorter(typed):
            if shorter in rank and len(shorter) >= _LEAST:
                yield _ONE_LETTER, rank[shorter], shorter
            for meant in self._by_shorter.get(shorter, ()):
                if len(meant) == len(typed):
                    wrong = [at for at in range(len(typed)) if typed[at] != meant[at]]
                    if len(wrong) == 1:
                        is_next = typed[wrong[0]] in _KEYS.get(meant[wrong[0]], "")
                        yield _NEXT_KEY if is_next else _OTHER_KEY, rank[meant], meant
        for meant in self._by_shorter.get(typed, ()):
            yield _ONE_LETTER, rank[meant], meant
        for at in range(_LEAST_PART, len(typed) - _LEAST_PART + 1):
            first, second = typed[:at], typed[at:]
            if first in rank and second in rank:
                yield _PARTED, max(rank[first], rank[second]), f"{first} {second}"


def _shorter(word: str) -> set[str]:
    """The word with one letter left out."""
    return {word[:at] + word[at + 1 :] for at in range(len(word))}


def _may_stand(plain: str) -> bool:
    return take_apart(plain).is_syllable and not _MISSPELT.match(plain)
