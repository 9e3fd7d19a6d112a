"""An index over a bank and some entries more: those that one unit has beside, or in place of, the general ones.

Nothing of the bank is copied or changed: it costs what the own entries cost, and nothing is otherwise for anybody else.
"""

from collections.abc import Collection, Sequence
from typing import Self

import numpy as np
from numpy.typing import NDArray

from bot.answers.matching.documents import Counted, Documents, Ints, Likeness, lay_out
from bot.answers.matching.features import Lexicon
from bot.answers.matching.index import MAX_WORK, Index, Query
from bot.answers.matching.vocabulary import Vocabulary
from bot.answers.matching.words import Word


class LocalIndex(Index):
    """See `beside`. The entries of the bank keep their numbers, the own ones follow."""

    def __init__(
        self,
        bank: Index,
        vocabulary: Vocabulary,
        own: Documents,
        features: Ints,
        *,
        has_answers: bool,
        replaced: Collection[int],
    ) -> None:
        """`features` are those of the own documents, in order: there, each is known by its place in this list."""
        super().__init__(vocabulary, own, has_answers=has_answers)
        self._bank = bank
        self._features = features
        self._replaced = sorted(replaced)
        self._gone = [at for entry in self._replaced for at in bank.phrasings_of(entry)]

    @classmethod
    def beside(
        cls,
        bank: Index,
        phrasings: Sequence[Sequence[Sequence[Word]]],
        answers: Sequence[Sequence[Word]],
        *,
        replaced: Collection[int],
    ) -> Self:
        """Index own entries (at least one) as `build` does; the entries of the bank that are `replaced` are like no message."""
        lexicon = Lexicon(bank.lexicon)
        counted = Counted.read(lexicon, phrasings, answers)
        vocabulary = Vocabulary(lexicon, counted, bank.vocabulary)
        features = counted.features()
        own = lay_out(counted.renumbered(features), vocabulary.idf(features), vocabulary.groups(features))
        has_answers = bank.has_answers or any(answers)
        return cls(bank, vocabulary, own, features, has_answers=has_answers, replaced=replaced)

    @property
    def entries(self) -> int:
        return self._bank.entries + self._own.entries

    @property
    def phrasings(self) -> int:
        return self._bank.phrasings + self._own.phrasings

    def compare(self, query: Query, *, effort: float = 1.0) -> Likeness:
        is_known = query.numbers < len(self._bank.lexicon)
        of_bank = self._bank.compare(Query(query.numbers[is_known], query.weights[is_known]), effort=effort)
        of_bank.each[self._gone] = 0
        for scores in (of_bank.phrasing, of_bank.bag, of_bank.answer):
            scores[self._replaced] = 0
        place = np.searchsorted(self._features, query.numbers).clip(max=len(self._features) - 1)
        occurs = self._features[place] == query.numbers
        own = self._own.compare(place[occurs].astype(np.int32), query.weights[occurs], effort * MAX_WORK)
        return Likeness(
            *(
                np.concatenate(pair)
                for pair in (
                    (of_bank.each, own.each),
                    (of_bank.phrasing, own.phrasing),
                    (of_bank.bag, own.bag),
                    (of_bank.answer, own.answer),
                )
            )
        )

    def phrasings_of(self, entry: int) -> range:
        if entry < self._bank.entries:
            return self._bank.phrasings_of(entry)
        own, before = self._own.phrasings_of(entry - self._bank.entries), self._bank.phrasings
        return range(own.start + before, own.stop + before)

    def features_of(self, first: int, last: int) -> tuple[Ints, NDArray[np.float16]]:
        before = self._bank.phrasings
        if first < before:
            return self._bank.features_of(first, last)
        features, weights = self._own.features_of(first - before, last - before)
        return self._features[features], weights
