"""What the features of a bank tell: how rare each is among the entries, its group, whether it is a single word."""

from collections.abc import Callable
from collections.abc import Set as AbstractSet
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from bot.answers.matching.documents import Bytes, Counted, Floats, Ints
from bot.answers.matching.features import Lexicon

Flags = NDArray[np.bool_]

_LEAST_IDF = 0.5
_Scalar = TypeVar("_Scalar", np.float32, np.uint8, np.bool_)


class Vocabulary:
    """Of all that was counted in a bank; or of what a unit's own entries have `beyond` the bank, whose features tell what they do.

    A feature that only own entries have tells what a rare one of the bank would.
    """

    def __init__(self, lexicon: Lexicon, counted: Counted, beyond: "Vocabulary | None" = None) -> None:
        self.lexicon = lexicon
        self.entries: int = len(counted.counts) + (beyond.entries if beyond else 0)
        self.unseen = float(np.log(1 + self.entries) + _LEAST_IDF)
        """What a word tells that no entry has."""
        self._beyond = beyond
        self._first = len(beyond.lexicon) if beyond else 0
        # A word that all phrasings of one entry share is rare, not common: entries are counted, not phrasings.
        seen_in = counted.entries_with(len(lexicon))[self._first :]
        self._idf = (np.log((1 + self.entries) / (1 + seen_in)) + _LEAST_IDF).astype(np.float32)
        self._groups = np.frombuffer(bytes(lexicon.groups), dtype=np.uint8)
        self._single = np.frombuffer(bytes(lexicon.single), dtype=np.bool_)

    def idf(self, features: Ints) -> Floats:
        """What each of some features tells."""
        if self._beyond is None:
            return self._idf[features]
        return _parted(features, self._first, self._idf, self._beyond.idf)

    def groups(self, features: Ints) -> Bytes:
        if self._beyond is None:
            return self._groups[features]
        return _parted(features, self._first, self._groups, self._beyond.groups)

    def are_single(self, features: Ints) -> Flags:
        """Which of some features are single words."""
        if self._beyond is None:
            return self._single[features]
        return _parted(features, self._first, self._single, self._beyond.are_single)

    def rarity(self, features: AbstractSet[int]) -> float:
        """How much some features tell, together."""
        return float(self.idf(np.array(list(features), dtype=np.int32)).sum()) if features else 0.0


def _parted(
    features: Ints,
    first: int,
    own: NDArray[_Scalar],
    of_bank: Callable[[Ints], NDArray[_Scalar]],
) -> NDArray[_Scalar]:
    """What stands for each feature: the bank's below `first`, then the own ones."""
    is_own = features >= first
    found = np.empty(len(features), dtype=own.dtype)
    found[is_own] = own[features[is_own] - first]
    found[~is_own] = of_bank(features[~is_own])
    return found
