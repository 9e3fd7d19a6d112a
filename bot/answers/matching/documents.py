"""Texts in flat arrays: for each feature the documents that have it, and how much of each it makes up.

A document is a phrasing, or an entry taken as one bag of all its phrasings, or an entry's answer; they are numbered in this
order. Which feature counts how much is the index's business.
"""

from array import array
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import repeat
from typing import Self

import numpy as np
from numpy.typing import NDArray

from bot.answers.matching.features import GROUPS, Lexicon
from bot.answers.matching.words import Word

Floats = NDArray[np.float32]
Ints = NDArray[np.int32]
Bytes = NDArray[np.uint8]

SHARE = np.array([0.5, 0.4, 0.1], dtype=np.float32)
"""What each group of features is worth in a comparison. Marked words are worth nothing to a message without marks."""


@dataclass(frozen=True, slots=True)
class Counted:
    """How often each feature occurs in each text, damped: a second and third time say less than the first."""

    counts: list[int]
    """By entry: how many phrasings it has."""
    phrasings: tuple[Ints, Ints, Floats]
    answers: tuple[Ints, Ints, Floats]
    """Row (a phrasing, or the answer of an entry), column (a feature), times."""

    @classmethod
    def read(
        cls,
        lexicon: Lexicon,
        phrasings: Sequence[Sequence[Sequence[Word]]],
        answers: Sequence[Sequence[Word]],
    ) -> Self:
        """Learn the features of all phrasings, and count them; those of the answers only where a phrasing speaks of them."""
        found, lengths = array("i"), array("i")
        for texts in phrasings:
            for words in texts:
                numbers = lexicon.learn(words)
                found.extend(numbers)
                lengths.append(len(numbers))
        lexicon.forget_reading()
        documents = np.repeat(np.arange(len(lengths), dtype=np.int32), lengths)
        counted = _count(documents, np.asarray(found, dtype=np.int32), len(lexicon))
        return cls([len(texts) for texts in phrasings], counted, _count_answers(lexicon, answers))

    def features(self) -> Ints:
        """Those that occur, in order."""
        occurring = np.bincount(np.concatenate([self.phrasings[1], self.answers[1]]))
        return np.flatnonzero(occurring).astype(np.int32)

    def renumbered(self, features: Ints) -> Self:
        """The same, each feature by its place among those that occur."""
        (row, column, times), (answer_row, answer_column, answer_times) = self.phrasings, self.answers
        return replace(
            self,
            phrasings=(row, np.searchsorted(features, column).astype(np.int32), times),
            answers=(answer_row, np.searchsorted(features, answer_column).astype(np.int32), answer_times),
        )

    def entries_with(self, features: int) -> NDArray[np.int64]:
        """By feature: how many entries have it."""
        row, column, _ = self.phrasings
        entry_of = np.repeat(np.arange(len(self.counts), dtype=np.int64), self.counts)
        keys = np.sort(entry_of[row] * features + column)
        # Not np.unique: alone, it goes by hashes and takes ten times as long.
        distinct = keys[np.diff(keys, prepend=-1) > 0]
        return np.bincount(distinct % max(features, 1), minlength=features)


@dataclass(frozen=True, slots=True)
class Places:
    """By feature: the documents that have it, and what of each it makes up."""

    pointers: Ints
    documents: Ints
    weights: Floats
    total: int

    def scores(self, numbers: Ints, weights: Floats, most: float) -> Floats:
        """By document: how much it shares with a message. The rarest features first, and `most` places at most."""
        begin, end = self.pointers[numbers], self.pointers[numbers + 1]
        order = np.argsort(end - begin, kind="stable")
        order = order[np.cumsum((end - begin)[order]) <= most]
        begin, end, weights = begin[order], end[order], weights[order]
        spans = list(map(slice, begin.tolist(), end.tolist()))
        if not spans:
            return np.zeros(self.total, dtype=np.float32)
        documents = np.concatenate([self.documents[span] for span in spans])
        parts = np.concatenate([self.weights[span] for span in spans])
        parts *= np.repeat(weights, end - begin)
        return np.bincount(documents, parts, minlength=self.total).astype(np.float32)


@dataclass(frozen=True, slots=True)
class Rows:
    """By phrasing: its features, and what of it each makes up."""

    pointers: Ints
    features: Ints
    weights: NDArray[np.float16]


@dataclass(frozen=True, slots=True)
class Likeness:
    """How like the message is, 0 to 1, to each phrasing; and to each entry's best phrasing, to all its phrasings together, to
    its answer.
    """

    each: Floats
    phrasing: Floats
    bag: Floats
    answer: Floats


class Documents:
    """All phrasings, bags and answers of some entries, each made as long in each group of features as the group is worth."""

    def __init__(self, counts: Sequence[int], places: Places, rows: Rows) -> None:
        self.entries, self.phrasings = len(counts), sum(counts)
        self._starts = np.concatenate([[0], np.cumsum(counts)]).astype(np.int32)
        self._places = places
        self._rows = rows

    def compare(self, numbers: Ints, weights: Floats, most: float) -> Likeness:
        """Held against a message that has these features: the rarest first, visiting `most` places at most."""
        scores = self._places.scores(numbers, weights, most)
        own, rest = scores[: self.phrasings], scores[self.phrasings :]
        best = np.maximum.reduceat(own, self._starts[:-1]) if self.entries else own
        return Likeness(own, best, rest[: self.entries], rest[self.entries :])

    def phrasings_of(self, entry: int) -> range:
        """The numbers of an entry's phrasings."""
        return range(int(self._starts[entry]), int(self._starts[entry + 1]))

    def features_of(self, first: int, last: int) -> tuple[Ints, NDArray[np.float16]]:
        """The features of the phrasings from `first` up to `last`, one after the other, and what each makes up."""
        span = slice(self._rows.pointers[first], self._rows.pointers[last])
        return self._rows.features[span], self._rows.weights[span]


def damped(tf: Floats) -> Floats:
    """A second and third time say less than the first; a word that counts less than once counts so."""
    return np.asarray(np.where(tf >= 1, 1 + np.log(np.maximum(tf, 1)), tf), dtype=np.float32)


def lay_out(counted: Counted, idf: Floats, groups: Bytes) -> Documents:
    """The texts weighed by what each feature tells; `idf` and `groups` by feature."""
    features, entries, total = len(idf), len(counted.counts), sum(counted.counts)
    row, column, tf = counted.phrasings
    weight = _scaled(row, column, tf * idf[column], groups)
    entry_of = np.repeat(np.arange(entries, dtype=np.int32), counted.counts)
    bag = _bags(entry_of[row], column, weight, features, groups)
    answer_row, answer_column, answer_tf = counted.answers
    answer = _scaled(answer_row, answer_column, answer_tf * idf[answer_column], groups)
    rows = np.concatenate([row, bag[0] + total, answer_row + total + entries])
    columns = np.concatenate([column, bag[1], answer_column])
    order = np.argsort(columns, kind="stable")
    pointers = np.zeros(features + 1, dtype=np.int32)
    np.cumsum(np.bincount(columns, minlength=features), out=pointers[1:])
    weights = np.concatenate([weight, bag[2], answer])[order]
    row_pointers = np.zeros(total + 1, dtype=np.int32)
    np.cumsum(np.bincount(row, minlength=total), out=row_pointers[1:])
    places = Places(pointers, rows[order].astype(np.int32), weights.astype(np.float32), total + 2 * entries)
    return Documents(counted.counts, places, Rows(row_pointers, column, weight.astype(np.float16)))


def _count(documents: Ints, numbers: Ints, features: int) -> tuple[Ints, Ints, Floats]:
    """The features of each document once, with how much their number counts."""
    keys, times = np.unique(documents.astype(np.int64) * max(features, 1) + numbers, return_counts=True)
    row, column = np.divmod(keys, max(features, 1))
    return row.astype(np.int32), column.astype(np.int32), damped(times.astype(np.float32))


def _count_answers(lexicon: Lexicon, answers: Sequence[Sequence[Word]]) -> tuple[Ints, Ints, Floats]:
    """Words and pairs; the pieces of so long a text say nothing."""
    rows, columns, times = array("i"), array("i"), array("i")
    for row, words in enumerate(answers):
        known = lexicon.known_words(words)
        rows.extend(repeat(row, len(known)))
        columns.extend(known.keys())
        times.extend(known.values())
    return (
        np.asarray(rows, dtype=np.int32),
        np.asarray(columns, dtype=np.int32),
        damped(np.asarray(times, dtype=np.float32)),
    )


def _scaled(row: Ints, column: Ints, weight: Floats, groups: Bytes) -> Floats:
    """The weights, each document's made as long in each group as the group is worth."""
    part = row.astype(np.int64) * len(GROUPS) + groups[column]
    lengths = np.sqrt(np.bincount(part, weight.astype(np.float64) ** 2))
    scaled = weight * np.sqrt(SHARE)[groups[column]] / np.maximum(lengths, 1e-9)[part]
    return np.asarray(scaled, dtype=np.float32)


def _bags(
    entry: Ints, column: Ints, weight: Floats, features: int, groups: Bytes
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
