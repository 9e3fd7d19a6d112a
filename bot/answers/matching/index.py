"""The bank in flat arrays: for each feature the documents that have it, and how much of each it makes up.

A document is a phrasing, or an entry taken as one bag of all its phrasings, or an entry's answer. Comparing a message
with all of them is then a few array operations, whatever their number.
"""

from collections.abc import Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from itertools import repeat
from typing import Self

import numpy as np
from numpy.typing import NDArray

from bot.answers.matching.features import Group, Lexicon
from bot.answers.matching.words import Word

Floats = NDArray[np.float32]
Ints = NDArray[np.int32]

SHARE = np.array([0.5, 0.4, 0.1], dtype=np.float32)
"""What each group of features is worth in a comparison. Marked words are worth nothing to a message without marks."""

_MAX_WORK = 1_500_000
"""How many places of the index one message visits, rarest features first: bounds its time for any bank. Only banks of
tens of thousands of entries reach it; there the commonest features, which tell least, are left out."""


@dataclass(frozen=True, slots=True)
class Likeness:
    """How like the message is, 0 to 1, to each phrasing; and to each entry's best phrasing, to all its phrasings together, to
    its answer.
    """

    each: Floats
    phrasing: Floats
    bag: Floats
    answer: Floats


@dataclass(frozen=True, slots=True)
class Query:
    """The features of a message with their weights; its length in each group of features is 1 at most."""

    numbers: Ints
    weights: Floats


class Index:
    """See `build`. Never changed afterwards: searches may run side by side."""

    def __init__(
        self,
        lexicon: Lexicon,
        *,
        idf: Floats,
        unseen: float,
        counts: Sequence[int],
        places: tuple[Ints, Ints, Floats],
        rows: tuple[Ints, Ints, NDArray[np.float16]],
        has_answers: bool,
    ) -> None:
        self.lexicon = lexicon
        self.idf = idf
        self.unseen = unseen
        self.has_answers = has_answers
        self._entries, self._phrasings = len(counts), sum(counts)
        self._starts = np.concatenate([[0], np.cumsum(counts)]).astype(np.int32)
        self._pointers, self._documents, self._weights = places
        self._row_pointers, self._row_features, self._row_weights = rows
        self.phrasings_per_entry = self._phrasings / max(1, self._entries)
        self._single = np.frombuffer(bytes(lexicon.single), dtype=np.bool_)

    @classmethod
    def build(cls, phrasings: Sequence[Sequence[Sequence[Word]]], answers: Sequence[Sequence[Word]]) -> Self:
        """Index entries by their phrasings (at least one each) and answers (empty where there is none)."""
        lexicon = Lexicon()
        found: list[int] = []
        lengths: list[int] = []
        for texts in phrasings:
            for words in texts:
                numbers = lexicon.learn(words)
                found += numbers
                lengths.append(len(numbers))
        lexicon.forget_reading()
        counts = [len(texts) for texts in phrasings]
        entries, total = len(counts), len(lengths)
        features, groups = len(lexicon), np.frombuffer(bytes(lexicon.groups), dtype=np.uint8)
        entry_of = np.repeat(np.arange(entries, dtype=np.int32), counts)
        documents = np.repeat(np.arange(total, dtype=np.int32), lengths)
        row, column, tf = _count(documents, np.asarray(found, dtype=np.int32), features)
        of_entry = np.unique(entry_of[row].astype(np.int64) * features + column) % features
        seen_in = np.bincount(of_entry, minlength=features)
        idf = (np.log((1 + entries) / (1 + seen_in)) + _LEAST_IDF).astype(np.float32)
        weight = _scaled(row, column, tf * idf[column], groups)
        bag = _bags(entry_of[row], column, weight, features, groups)
        answer = _answers(lexicon, answers, idf, groups)
        rows = np.concatenate([row, bag[0] + total, answer[0] + total + entries])
        columns = np.concatenate([column, bag[1], answer[1]])
        order = np.argsort(columns, kind="stable")
        pointers = np.zeros(features + 1, dtype=np.int32)
        np.cumsum(np.bincount(columns, minlength=features), out=pointers[1:])
        weights = np.concatenate([weight, bag[2], answer[2]])[order]
        row_pointers = np.zeros(total + 1, dtype=np.int32)
        np.cumsum(np.bincount(row, minlength=total), out=row_pointers[1:])
        return cls(
            lexicon,
            idf=idf,
            unseen=float(np.log(1 + entries) + _LEAST_IDF),
            counts=counts,
            places=(pointers, rows[order].astype(np.int32), weights.astype(np.float32)),
            rows=(row_pointers, column, weight.astype(np.float16)),
            has_answers=any(answers),
        )

    def query(self, words: Sequence[Word], weights: Sequence[float]) -> Query:
        """The message as the index compares it."""
        known, unknown = self.lexicon.look_up(words, weights)
        numbers = np.fromiter(known.keys(), dtype=np.int32, count=len(known))
        tf = np.fromiter(known.values(), dtype=np.float32, count=len(known))
        worth = _damped(tf) * self.idf[numbers]
        groups = np.frombuffer(self.lexicon.groups, dtype=np.uint8)[numbers]
        strange = np.array([sum((count * self.unseen) ** 2 for count in counts) for counts in unknown])
        squares = np.bincount(groups, worth * worth, minlength=len(Group)) + strange
        share = SHARE / max(float(SHARE[squares > 0].sum()), 1e-9)
        scale = np.sqrt(SHARE / np.maximum(squares, 1e-9)) * share / SHARE
        return Query(numbers, (worth * scale[groups]).astype(np.float32))

    def compare(self, query: Query) -> Likeness:
        """The message held against every document."""
        begin, end = self._pointers[query.numbers], self._pointers[query.numbers + 1]
        lengths = end - begin
        weights = query.weights
        if lengths.sum() > _MAX_WORK:
            order = np.argsort(lengths, kind="stable")
            order = order[np.cumsum(lengths[order]) <= _MAX_WORK]
            begin, lengths, weights = begin[order], lengths[order], weights[order]
        # The places of all features in one run: each feature's beginning, counted on from there.
        steps = (
            np.repeat(begin - np.concatenate([[0], np.cumsum(lengths)[:-1]]), lengths)
            if len(lengths)
            else begin
        )
        places = steps + np.arange(len(steps))
        scores = np.bincount(
            self._documents[places],
            self._weights[places] * np.repeat(weights, lengths),
            minlength=self._phrasings + 2 * self._entries,
        ).astype(np.float32)
        own, rest = scores[: self._phrasings], scores[self._phrasings :]
        best = np.maximum.reduceat(own, self._starts[:-1]) if self._entries else own
        return Likeness(own, best, rest[: self._entries], rest[self._entries :])

    def phrasings_of(self, entry: int) -> range:
        """The numbers of an entry's phrasings."""
        return range(int(self._starts[entry]), int(self._starts[entry + 1]))

    def words_of(self, phrasing: int) -> set[int]:
        """The numbers of the words of one phrasing."""
        own = self._row_features[self._row_pointers[phrasing] : self._row_pointers[phrasing + 1]]
        return set(own[self._single[own]].tolist())

    def words_of_entry(self, entry: int) -> set[int]:
        """The numbers of the words of all its phrasings."""
        begin, end = self._row_pointers[self._starts[entry]], self._row_pointers[self._starts[entry + 1]]
        own = self._row_features[begin:end]
        return set(own[self._single[own]].tolist())

    def rarity(self, features: AbstractSet[int]) -> float:
        """How much some features tell, together."""
        return float(self.idf[list(features)].sum()) if features else 0.0

    def likeness_among(self, phrasings: Sequence[int]) -> Floats:
        """How like some phrasings are to each other, 0 to 1, as a table."""
        spans = [slice(self._row_pointers[at], self._row_pointers[at + 1]) for at in phrasings]
        features, column = np.unique(
            np.concatenate([self._row_features[span] for span in spans]), return_inverse=True
        )
        row = np.repeat(np.arange(len(spans)), [span.stop - span.start for span in spans])
        table = np.zeros((len(spans), len(features)), dtype=np.float32)
        table[row, column] = np.concatenate([self._row_weights[span] for span in spans])
        return np.asarray(table @ table.T, dtype=np.float32)


_LEAST_IDF = 0.5


def _damped(tf: Floats) -> Floats:
    """A second and third time say less than the first; a word that counts less than once counts so."""
    return np.asarray(np.where(tf >= 1, 1 + np.log(np.maximum(tf, 1)), tf), dtype=np.float32)


def _count(documents: Ints, numbers: Ints, features: int) -> tuple[Ints, Ints, Floats]:
    """The features of each document once, with how much their number counts."""
    keys, times = np.unique(documents.astype(np.int64) * max(features, 1) + numbers, return_counts=True)
    row, column = np.divmod(keys, max(features, 1))
    return row.astype(np.int32), column.astype(np.int32), _damped(times.astype(np.float32))


def _scaled(row: Ints, column: Ints, weight: Floats, groups: NDArray[np.uint8]) -> Floats:
    """The weights, each document's made as long in each group as the group is worth."""
    part = row.astype(np.int64) * len(Group) + groups[column]
    lengths = np.sqrt(np.bincount(part, weight.astype(np.float64) ** 2))
    scaled = weight * np.sqrt(SHARE)[groups[column]] / np.maximum(lengths, 1e-9)[part]
    return np.asarray(scaled, dtype=np.float32)


def _bags(
    entry: Ints, column: Ints, weight: Floats, features: int, groups: NDArray[np.uint8]
) -> tuple[Ints, Ints, Floats]:
    """Each entry as one document: of every feature the most that any of its phrasings has."""
    if not len(column):
        return entry, column, weight
    keys = entry.astype(np.int64) * features + column
    order = np.argsort(keys, kind="stable")
    distinct, first = np.unique(keys[order], return_index=True)
    row, col = np.divmod(distinct, features)
    most = np.maximum.reduceat(weight[order], first)
    return (
        row.astype(np.int32),
        col.astype(np.int32),
        _scaled(row.astype(np.int32), col.astype(np.int32), most, groups),
    )


def _answers(
    lexicon: Lexicon, answers: Sequence[Sequence[Word]], idf: Floats, groups: NDArray[np.uint8]
) -> tuple[Ints, Ints, Floats]:
    """What of each answer the phrasings of any entry speak of: words and pairs; the pieces of so long a text say nothing."""
    rows: list[int] = []
    columns: list[int] = []
    times: list[float] = []
    for row, words in enumerate(answers):
        known, _ = lexicon.look_up(words, list(repeat(1.0, len(words))))
        kept = {number: count for number, count in known.items() if groups[number] == Group.WORDS}
        rows += [row] * len(kept)
        columns += kept.keys()
        times += kept.values()
    row_of, column = np.asarray(rows, dtype=np.int32), np.asarray(columns, dtype=np.int32)
    weight = _damped(np.asarray(times, dtype=np.float32)) * idf[column]
    return row_of, column, _scaled(row_of, column, weight, groups)
