"""Finds the entries of the FAQ that a member's words may mean, and says how sure that is.

The parts stand in `matching`; here they are put together. A message is compared as typed and as it was probably meant,
half and half; a long one also clause by clause. What to do with an unsure match is not decided here but in `ladder`.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import Self

import numpy as np

from bot import memory
from bot.answers import confidence
from bot.answers.confidence import Calibration, Evidence
from bot.answers.matching import classifier, clauses, fillers
from bot.answers.matching.documents import Floats
from bot.answers.matching.index import Index, Query
from bot.answers.matching.local_index import LocalIndex
from bot.answers.matching.repair import Known, Repair
from bot.answers.matching.spellings import unify
from bot.answers.matching.words import Word, read_words, tidy

_PHRASING = 0.3
_BAG = 1.0
_ANSWER = 1.0
"""What the likeness to the best phrasing, to all of an entry's phrasings as one bag, and to its answer is worth."""

_CLASSIFIER = 1.0
"""What telling apart the best few by a classifier is worth beside that, in banks with phrasings enough."""

_CLAUSE = 0.15
"""What a long message's best clause is worth beside the whole of it."""

_COMPARED = 5
"""How many of the best entries are looked at for words of the message that the best does not have."""

_MOST_ANSWER_WORDS = 200
_NEAR = 20
"""How many entries share the probability that the first leaves."""


@dataclass(frozen=True)
class Entry:
    """What the matcher knows of a question-and-answer: its id, the ways people ask it (its own question among them), and,
    where known, its answer, whose words help a little to find it.
    """

    entry_id: str
    phrasings: tuple[str, ...]
    answer: str = ""


@dataclass(frozen=True)
class Match:
    """An entry that may be meant. `confidence` is the probability, 0 to 1, that it is the right one; those of one search
    sum to at most 1, the rest being the chance that no entry is right. `score` (0 to 1) is for people who tune phrasings.
    """

    entry_id: str
    score: float
    confidence: float


@dataclass(frozen=True, slots=True)
class _Scores:
    """By entry: `rank` decides the order, `fit` how near the phrasings are. By phrasing: `each`."""

    rank: Floats
    fit: Floats
    each: Floats

    def blended(self, other: "_Scores", share: float) -> "_Scores":
        """These scores, with `share` of the others."""
        pairs = ((self.rank, other.rank), (self.fit, other.fit), (self.each, other.each))
        return _Scores(*((1 - share) * mine + share * theirs for mine, theirs in pairs))

    def best_of(self, other: "_Scores") -> "_Scores":
        pairs = ((self.rank, other.rank), (self.fit, other.fit), (self.each, other.each))
        return _Scores(*(np.maximum(mine, theirs) for mine, theirs in pairs))


class Matcher:
    """An index over entries, built once and never changed: searches may run side by side."""

    def __init__(self, ids: Sequence[str], index: Index, repair: Repair, calibration: Calibration) -> None:
        self._ids = ids
        self._index = index
        self._repair = repair
        self._calibration = calibration
        self._answer = _ANSWER if index.has_answers else 0.0
        self._tells_apart = index.phrasings >= classifier.LEAST_PHRASINGS * max(1, index.entries)

    @classmethod
    def build(cls, entries: Iterable[Entry], calibration: Calibration = confidence.SHIPPED) -> Self:
        """Index the entries; those of one id are one entry. Phrasings without a letter or digit are passed over."""
        ids, phrasings, answers = _read_entries(entries)
        index = Index.build(phrasings, answers)
        repair = Repair(Known.read(chain.from_iterable(phrasings)), index.lexicon.knows)
        made = cls(ids, index, repair, calibration)
        del phrasings, answers
        memory.give_back()
        return made

    def with_own(self, entries: Iterable[Entry]) -> Self:
        """The matcher of one unit, which has entries of its own: more of them, or in place of those of the same id.

        Costs what the own entries cost. What it finds for others is as it was.
        """
        ids, phrasings, answers = _read_entries(entries)
        if not ids:
            return self
        replaced = frozenset(at for at, entry_id in enumerate(self._ids) if entry_id in set(ids))
        index = LocalIndex.beside(self._index, phrasings, answers, replaced=replaced)
        known = Known.read(chain.from_iterable(phrasings)).and_of(self._repair.known)
        repair = Repair(known, index.lexicon.knows)
        return type(self)([*self._ids, *ids], index, repair, self._calibration)

    def calibrated(self, calibration: Calibration) -> Self:
        """The same matcher, sure by other constants."""
        if calibration == self._calibration:
            return self
        return type(self)(self._ids, self._index, self._repair, calibration)

    def search(self, text: str, limit: int = 3) -> list[Match]:
        """The entries nearest to the text, best first; none for a text that shares nothing with any entry.

        Takes any text of any length and never raises; a very long one is looked at in part.
        """
        scores, order, evidence = self._found(text)
        if evidence is None or limit <= 0:
            return []
        ranked = [float(scores.rank[at]) for at in order]
        sure = confidence.spread(self._calibration.probability(evidence), ranked)
        return [
            Match(self._ids[at], min(1.0, score), p)
            for at, score, p in zip(order[:limit], ranked, sure, strict=False)
        ]

    def evidence(self, text: str) -> tuple[str, Evidence] | None:
        """The best entry and what speaks for it, to fit a calibration on; None where `search` finds nothing."""
        _, order, evidence = self._found(text)
        return None if evidence is None else (self._ids[order[0]], evidence)

    def _found(self, text: str) -> tuple[_Scores, list[int], Evidence | None]:
        tidied = tidy(clauses.bounded(text))
        typed = read_words(tidied)
        words = unify(typed)
        meant = unify(self._repair.mend(words))
        query = self._query(words)
        if meant != words:
            query = query.blended(self._query(meant))
        scores = self._scores(query)
        parts = clauses.split(tidied, typed)
        if len(parts) > 1:
            effort = 1 / len(parts)
            best = self._scores(self._query(unify(parts[0])), effort)
            for part in parts[1:]:
                best = best.best_of(self._scores(self._query(unify(part)), effort))
            scores = scores.blended(best, _CLAUSE)
        if self._tells_apart:
            self._tell_apart(scores)
        order = [at for at in self._best(scores.rank) if scores.rank[at] > 0]
        return scores, order, self._evidence(scores, order, words, meant) if order else None

    def _query(self, words: Sequence[Word]) -> Query:
        return self._index.query(words, fillers.weights(words))

    def _scores(self, query: Query, effort: float = 1.0) -> _Scores:
        like = self._index.compare(query, effort=effort)
        near = _PHRASING * like.phrasing + _BAG * like.bag
        total = _PHRASING + _BAG
        return _Scores(
            (near + self._answer * like.answer) / (total + self._answer),
            (near / total).astype(np.float32),
            like.each,
        )

    def _tell_apart(self, scores: _Scores) -> None:
        """Let the classifier have its say on the best few; the others keep their place behind them."""
        close = [at for at in self._best(scores.rank)[: classifier.ENTRIES] if scores.rank[at] > 0]
        if len(close) > 1:
            said = np.clip(classifier.tell_apart(self._index, close, scores.each), 0, None)
            scores.rank[close] += _CLASSIFIER * said / (_PHRASING + _BAG + self._answer)

    def _best(self, rank: Floats) -> list[int]:
        """The entries by rank; equals in the order of the bank."""
        if len(rank) > _NEAR:
            least = np.partition(rank, -_NEAR)[-_NEAR]
            near = np.flatnonzero(rank >= least)
        else:
            near = np.arange(len(rank))
        order: list[int] = near[np.argsort(-rank[near], kind="stable")].tolist()
        return order[:_NEAR]

    def _evidence(
        self, scores: _Scores, order: list[int], words: Sequence[Word], meant: Sequence[Word]
    ) -> Evidence:
        index, entry = self._index, order[0]
        telling = index.vocabulary
        typed, _ = index.lexicon.single_words(words)
        mended, strangers = index.lexicon.single_words(meant)
        own = index.phrasings_of(entry)
        nearest = own.start + int(np.argmax(scores.each[own.start : own.stop]))
        said = {at: mended & index.words_of_entry(at) for at in order[:_COMPARED]}
        asked = telling.rarity(mended) + strangers * telling.unseen
        phrasing = index.words_of(nearest)
        others = [float(scores.fit[at]) for at in order[1:]]
        return Evidence(
            fit=float(scores.fit[entry]),
            nearest=float(scores.each[nearest]),
            gap=1 - max(others) / max(float(scores.fit[entry]), 1e-6) if others else 1.0,
            lead=1 - float(scores.rank[order[1]] / scores.rank[entry]) if others else 1.0,
            said=telling.rarity(said[entry]) / asked if asked else 0.0,
            said_elsewhere=max((telling.rarity(said[at]) for at in order[1:_COMPARED]), default=0.0) / asked
            if asked
            else 0.0,
            covered=telling.rarity(phrasing & (mended | typed)) / max(telling.rarity(phrasing), 1e-6),
            words=len(mended) + strangers,
        )


def _read_entries(entries: Iterable[Entry]) -> tuple[list[str], list[list[list[Word]]], list[list[Word]]]:
    """By entry that can be asked: its id, the words of its phrasings, the words of its answer."""
    phrasings: dict[str, list[list[Word]]] = {}
    answers: dict[str, list[Word]] = {}
    for entry in entries:
        read = filter(None, (_read(text) for text in entry.phrasings))
        phrasings.setdefault(entry.entry_id, []).extend(read)
        answers.setdefault(entry.entry_id, []).extend(_read(entry.answer)[:_MOST_ANSWER_WORDS])
    ids = [entry_id for entry_id, texts in phrasings.items() if texts]
    return ids, [phrasings[entry_id] for entry_id in ids], [answers[entry_id] for entry_id in ids]


def _read(text: str) -> list[Word]:
    return unify(read_words(tidy(text)))
