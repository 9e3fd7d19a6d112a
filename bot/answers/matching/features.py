"""What two texts may have in common, in three groups: words and pairs of words, pieces of words, words with their marks.

Whole words tell most on clean text, pieces on spoilt text. Khmer writes no blanks between words, so there clusters (a
consonant with what stands below and around it) and plain characters take the places of words and of pieces.
"""

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import pairwise

from bot.answers.matching.words import Word

_SIZES = (2, 3, 4)
_CLUSTERS = (1, 2, 3)
_CLUSTER = re.compile("[\u1780-\u17b3](?:\u17d2[\u1780-\u17b3]|[\u17b4-\u17d1\u17d3\u17dd])*|.")


WORDS, PIECES, MARKED = GROUPS = range(3)
"""The groups of features; each is compared by itself, so that many pieces do not outweigh few words."""


class Lexicon:
    """The features of a bank, numbered. It grows while the bank is read and is only looked up in afterwards.

    One made `beyond` that of a bank knows its features too, by their numbers, and learns others without changing it.
    """

    def __init__(self, beyond: "Lexicon | None" = None) -> None:
        self._first = len(beyond) if beyond else 0
        self.own: tuple[dict[str, int], ...] = tuple({} for _ in GROUPS)
        """By group: the numbers of the features that it learnt itself."""
        self._numbers = (self.own, beyond.own) if beyond else (self.own,)
        self._of_word: dict[Word, list[int]] = {}
        self.groups = bytearray()
        self.single = bytearray()
        """Of its own features, by number: the group, and whether it is a single word (in Khmer: a pair of clusters)."""

    def __len__(self) -> int:
        return self._first + len(self.groups)

    def learn(self, words: Sequence[Word]) -> list[int]:
        """The numbers of all features of a text of the bank, repeated as they repeat."""
        found: list[int] = []
        before = ""
        for word in words:
            numbers = self._of_word.get(word)
            if numbers is None:
                numbers = [self._number(group, name) for group, name in features_of(word)]
                self._of_word[word] = numbers
            found += numbers
            if before and not word.is_khmer:
                found.append(self._number(WORDS, f"{before} {word.plain}"))
            before = "" if word.is_khmer else word.plain
        return found

    def _number(self, group: int, name: str) -> int:
        number = self._find(group, name)
        if number is None:
            number = self.own[group][name] = len(self)
            self.groups.append(group)
            self.single.append(group == WORDS and _is_unit(name))
        return number

    def look_up(
        self, words: Sequence[Word], weights: Sequence[float]
    ) -> tuple[dict[int, float], list[list[float]]]:
        """How often each known feature occurs, a word counting as its weight says; and the counts of unknown ones by group."""
        known: dict[int, float] = {}
        unknown: list[list[float]] = [[] for _ in GROUPS]
        for group, name, weight in _weighed(words, weights):
            number = self._find(group, name)
            if number is None:
                unknown[group].append(weight)
            else:
                known[number] = known.get(number, 0.0) + weight
        return known, unknown

    def known_words(self, words: Sequence[Word]) -> Counter[int]:
        """How often each known word and pair of words occurs in a text, without their pieces."""
        plain = [word.plain for word in words if not word.is_khmer]
        names = [*plain, *map(" ".join, pairwise(plain))]
        for word in words:
            if word.is_khmer:
                names += _cluster_runs(word.plain)
        return Counter(number for name in names if (number := self._find(WORDS, name)) is not None)

    def single_words(self, words: Sequence[Word]) -> tuple[set[int], int]:
        """The numbers of the words that the bank has (in Khmer: of pairs of clusters), and how many others there are."""
        names: set[str] = set()
        for word in words:
            names.update(_pairs(word.plain) if word.is_khmer else [word.plain])
        numbers = {number for name in names if (number := self._find(WORDS, name)) is not None}
        return numbers, len(names) - len(numbers)

    def knows(self, name: str) -> bool:
        """Whether the bank has this word, or this pair of words with a blank between."""
        return self._find(WORDS, name) is not None

    def _find(self, group: int, name: str) -> int | None:
        for numbers in self._numbers:
            if (number := numbers[group].get(name)) is not None:
                return number
        return None

    def forget_reading(self) -> None:
        """Give back the memory that only learning needs."""
        self._of_word.clear()


def features_of(word: Word) -> Iterator[tuple[int, str]]:
    """The features of one word by itself."""
    if word.is_khmer:
        for run in _cluster_runs(word.plain):
            yield WORDS, run
    else:
        yield WORDS, word.plain
        if word.marked:
            yield MARKED, word.marked
    for piece in _pieces(word):
        yield PIECES, piece


def _weighed(words: Sequence[Word], weights: Sequence[float]) -> Iterator[tuple[int, str, float]]:
    before, weight_before = "", 0.0
    for word, weight in zip(words, weights, strict=True):
        for group, name in features_of(word):
            yield group, name, weight
        if before and not word.is_khmer:
            yield WORDS, f"{before} {word.plain}", (weight_before * weight) ** 0.5
        before, weight_before = ("" if word.is_khmer else word.plain), weight


def _pieces(word: Word) -> Iterator[str]:
    """The word's runs of two to four characters; a Vietnamese word knows where it begins and ends."""
    padded = word.plain if word.is_khmer else f" {word.plain} "
    for size in _SIZES:
        if len(padded) <= size:
            yield padded
            return
        for at in range(len(padded) - size + 1):
            yield padded[at : at + size]


def clusters(run: str) -> list[str]:
    """A run of Khmer in units that are read as one: a consonant with its subscripts, vowel and signs."""
    return _CLUSTER.findall(run)


def _pairs(run: str) -> list[str]:
    parts = clusters(run)
    return [first + second for first, second in pairwise(parts)] or parts


def _is_unit(name: str) -> bool:
    """Whether a feature of words is one word, or in Khmer, where a cluster is no more than a letter, two clusters."""
    return len(clusters(name)) == 2 if "\u1780" <= name[0] <= "\u17ff" else " " not in name


def _cluster_runs(run: str) -> Iterator[str]:
    parts = clusters(run)
    for length in _CLUSTERS:
        for at in range(len(parts) - length + 1):
            yield "".join(parts[at : at + length])
