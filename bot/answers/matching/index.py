"""The bank as the matcher compares messages with it: one pass over what a message shares with every document.

Comparing is then a few array operations, whatever the number of documents.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.typing import NDArray

from bot.answers.matching.documents import SHARE, Counted, Documents, Floats, Ints, Likeness, damped, lay_out
from bot.answers.matching.features import GROUPS, Lexicon
from bot.answers.matching.vocabulary import Vocabulary
from bot.answers.matching.words import Word

MAX_WORK = 250_000
"""How many places of the index one message visits, rarest features first: bounds its time for any bank. Only banks of
tens of thousands of entries reach it; there the commonest features, which tell least, are left out."""


@dataclass(frozen=True, slots=True)
class Query:
    """The features of a message with their weights; its length in each group of features is 1 at most."""

    numbers: Ints
    weights: Floats

    def blended(self, other: "Query") -> "Query":
        """Half this one, half the other."""
        numbers, place = np.unique(np.concatenate([self.numbers, other.numbers]), return_inverse=True)
        weights = np.bincount(place, np.concatenate([self.weights, other.weights])) / 2
        return Query(numbers, weights.astype(np.float32))


class Index:
    """See `build`. Never changed afterwards: searches may run side by side."""

    def __init__(self, vocabulary: Vocabulary, own: Documents, *, has_answers: bool) -> None:
        self.vocabulary = vocabulary
        self.has_answers = has_answers
        self._own = own

    @classmethod
    def build(cls, phrasings: Sequence[Sequence[Sequence[Word]]], answers: Sequence[Sequence[Word]]) -> Self:
        """Index entries by their phrasings (at least one each) and answers (empty where there is none)."""
        lexicon = Lexicon()
        counted = Counted.read(lexicon, phrasings, answers)
        vocabulary = Vocabulary(lexicon, counted)
        all_features = np.arange(len(lexicon), dtype=np.int32)
        own = lay_out(counted, vocabulary.idf(all_features), vocabulary.groups(all_features))
        return cls(vocabulary, own, has_answers=any(answers))

    @property
    def lexicon(self) -> Lexicon:
        return self.vocabulary.lexicon

    @property
    def entries(self) -> int:
        return self._own.entries

    @property
    def phrasings(self) -> int:
        return self._own.phrasings

    def query(self, words: Sequence[Word], weights: Sequence[float]) -> Query:
        """The message as the index compares it."""
        known, unknown = self.lexicon.look_up(words, weights)
        numbers = np.fromiter(known.keys(), dtype=np.int32, count=len(known))
        tf = np.fromiter(known.values(), dtype=np.float32, count=len(known))
        worth = damped(tf) * self.vocabulary.idf(numbers)
        groups = self.vocabulary.groups(numbers)
        unseen = self.vocabulary.unseen
        strange = np.array([sum((count * unseen) ** 2 for count in counts) for counts in unknown])
        squares = np.bincount(groups, worth * worth, minlength=len(GROUPS)) + strange
        # Where a group is empty (no marks were typed), the others stand for the whole.
        scale = np.sqrt(SHARE / np.maximum(squares, 1e-9)) / max(float(SHARE[squares > 0].sum()), 1e-9)
        return Query(numbers, (worth * scale[groups]).astype(np.float32))

    def compare(self, query: Query, *, effort: float = 1.0) -> Likeness:
        """The message held against every document; with less `effort`, by its rarest features alone."""
        return self._own.compare(query.numbers, query.weights, effort * MAX_WORK)

    def phrasings_of(self, entry: int) -> range:
        """The numbers of an entry's phrasings."""
        return self._own.phrasings_of(entry)

    def features_of(self, first: int, last: int) -> tuple[Ints, NDArray[np.float16]]:
        """The features of an entry's phrasings from `first` up to `last`, and what of each phrasing they make up."""
        return self._own.features_of(first, last)

    def words_of(self, phrasing: int) -> set[int]:
        """The numbers of the words of one phrasing."""
        return self._words(phrasing, phrasing + 1)

    def words_of_entry(self, entry: int) -> set[int]:
        """The numbers of the words of all its phrasings."""
        own = self.phrasings_of(entry)
        return self._words(own.start, own.stop)

    def _words(self, first: int, last: int) -> set[int]:
        own, _ = self.features_of(first, last)
        return set(own[self.vocabulary.are_single(own)].tolist())

    def likeness_among(self, phrasings: Sequence[int]) -> Floats:
        """How like some phrasings are to each other, 0 to 1, as a table."""
        found = [self.features_of(at, at + 1) for at in phrasings]
        _, column, times = np.unique(
            np.concatenate([features for features, _ in found]), return_inverse=True, return_counts=True
        )
        row = np.repeat(np.arange(len(found)), [len(features) for features, _ in found])
        weight = np.concatenate([weights for _, weights in found])
        # What a single phrasing has makes it like itself alone, and most features are of that kind.
        shared = times[column] > 1
        place = np.cumsum(times > 1) - 1
        table = np.zeros((len(found), int(place[-1]) + 1), dtype=np.float32)
        table[row[shared], place[column[shared]]] = weight[shared]
        # By a copy: a table times itself would be computed in many threads, which costs forty times as much at this size.
        alike = np.asarray(table @ table.T.copy(), dtype=np.float32)
        np.fill_diagonal(alike, np.bincount(row, weight.astype(np.float32) ** 2))
        return alike
