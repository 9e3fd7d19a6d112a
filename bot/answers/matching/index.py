"""The bank in flat arrays: for each feature the documents that have it, and how much of each it makes up.

A document is a phrasing, or an entry taken as one bag of all its phrasings, or an entry's answer. Comparing a message
with all of them is then a few array operations, whatever their number.
"""

from array import array
from collections.abc import Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from itertools import repeat
from typing import Self

import numpy as np
from numpy.typing import NDArray

from bot.answers.matching.features import GROUPS, Lexicon
from bot.answers.matching.words import Word

Floats = NDArray[np.float32]
Ints = NDArray[np.int32]

SHARE = np.array([0.5, 0.4, 0.1], dtype=np.float32)
"""What each group of features is worth in a comparison. Marked words are worth nothing to a message without marks."""

_MAX_WORK = 250_000
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

    def blended(self, other: "Query") -> "Query":
        """Half this one, half the other."""
        numbers, place = np.unique(np.concatenate([self.numbers, other.numbers]), return_inverse=True)
        weights = np.bincount(place, np.concatenate([self.weights, other.weights])) / 2
        return Query(numbers, weights.astype(np.float32))


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
        found, lengths = array("i"), array("i")
        for texts in phrasings:
            for words in texts:
                numbers = lexicon.learn(words)
                found.extend(numbers)
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
        squares = np.bincount(groups, worth * worth, minlength=len(GROUPS)) + strange
        # Where a group is empty (no marks were typed), the others stand for the whole.
        scale = np.sqrt(SHARE / np.maximum(squares, 1e-9)) / max(float(SHARE[squares > 0].sum()), 1e-9)
        return Query(numbers, (worth * scale[groups]).astype(np.float32))

    def compare(self, query: Query, *, effort: float = 1.0) -> Likeness:
        """The message held against every document; with less `effort`, by its rarest features alone."""
        begin, end = self._pointers[query.numbers], self._pointers[query.numbers + 1]
        order = np.argsort(end - begin, kind="stable")
        order = order[np.cumsum((end - begin)[order]) <= effort * _MAX_WORK]
        begin, end, weights = begin[order], end[order], query.weights[order]
        spans = list(map(slice, begin.tolist(), end.tolist()))
        total = self._phrasings + 2 * self._entries
        if spans:
            documents = np.concatenate([self._documents[span] for span in spans])
            parts = np.concatenate([self._weights[span] for span in spans])
            parts *= np.repeat(weights, end - begin)
            scores = np.bincount(documents, parts, minlength=total).astype(np.float32)
        else:
            scores = np.zeros(total, dtype=np.float32)
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
        _, column, times = np.unique(
            np.concatenate([self._row_features[span] for span in spans]),
            return_inverse=True,
            return_counts=True,
        )
        row = np.repeat(np.arange(len(spans)), [span.stop - span.start for span in spans])
        weight = np.concatenate([self._row_weights[span] for span in spans])
        # What a single phrasing has makes it like itself alone, and most features are of that kind.
        shared = times[column] > 1
        place = np.cumsum(times > 1) - 1
        table = np.zeros((len(spans), int(place[-1]) + 1), dtype=np.float32)
        table[row[shared], place[column[shared]]] = weight[shared]
        # By a copy: a table times itself would be computed in many threads, which costs forty times as much at this size.
        alike = np.asarray(table @ table.T.copy(), dtype=np.float32)
        np.fill_diagonal(alike, np.bincount(row, weight.astype(np.float32) ** 2))
        return alike


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
    part = row.astype(np.int64) * len(GROUPS) + groups[column]
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
    rows, columns, times = array("i"), array("i"), array("i")
    for row, words in enumerate(answers):
        known = lexicon.known_words(words)
        rows.extend(repeat(row, len(known)))
        columns.extend(known.keys())
        times.extend(known.values())
    row_of, column = np.asarray(rows, dtype=np.int32), np.asarray(columns, dtype=np.int32)
    weight = _damped(np.asarray(times, dtype=np.float32)) * idf[column]
    return row_of, column, _scaled(row_of, column, weight, groups)
