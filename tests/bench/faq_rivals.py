"""What the matcher is held against: the usual ways to find a question, each built with the libraries people take for it.

All get the folded text (without marks), as whoever knows Vietnamese would give it to them. A rival ranks entries by the
best of their phrasings; it has no confidence, so for telling foreign questions apart its best score stands in.
"""

import re
from collections.abc import Callable, Sequence
from typing import Any

import bm25s
import numpy as np
from rapidfuzz import fuzz, process
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.svm import LinearSVC

from bot.answers.matcher import Entry
from bot.text import fold

_NO_WORD = re.compile(r"[^\w\u1780-\u17d3]+")

_CLUSTER = re.compile("(?<!\u17d2)([\u1780-\u17b3])")

Ranked = list[tuple[str, float]]
Search = Callable[[str], Ranked]


def _flat(entries: Sequence[Entry]) -> tuple[list[str], list[str]]:
    pairs = [(fold(text), entry.entry_id) for entry in entries for text in entry.phrasings]
    return [text for text, _ in pairs], [entry_id for _, entry_id in pairs]


def _ranked(ids: Sequence[str], scores: Any) -> Ranked:
    """The best score of each entry, the first three."""
    best: dict[str, float] = {}
    for at in np.argsort(-scores, kind="stable")[:60]:
        if scores[at] > 0:
            best.setdefault(ids[at], float(scores[at]))
    return list(best.items())[:3]


def bm25(entries: Sequence[Entry]) -> Search:
    texts, ids = _flat(entries)
    index = bm25s.BM25()
    index.index(_words(texts), show_progress=False)
    return lambda text: _ranked(ids, index.get_scores(_words([text])[0]))


def _words(texts: list[str]) -> list[list[str]]:
    """Words; in Khmer, which parts them by no blanks, clusters."""
    return [_NO_WORD.sub(" ", _CLUSTER.sub(r" \1", fold(text))).split() for text in texts]


def char_tfidf(entries: Sequence[Entry]) -> Search:
    texts, ids = _flat(entries)
    vectorizer = TfidfVectorizer(analyzer="char_wb", ngram_range=(2, 4), sublinear_tf=True)
    rows = vectorizer.fit_transform(texts)
    return lambda text: _ranked(ids, (rows @ vectorizer.transform([fold(text)]).T).toarray()[:, 0])


def linear_svc(entries: Sequence[Entry]) -> Search:
    texts, ids = _flat(entries)
    vectorizer = TfidfVectorizer(analyzer="char_wb", ngram_range=(2, 4), sublinear_tf=True)
    model = LinearSVC().fit(vectorizer.fit_transform(texts), ids)
    classes = [str(one) for one in model.classes_]

    def search(text: str) -> Ranked:
        scores = model.decision_function(vectorizer.transform([fold(text)]))[0]
        return [(classes[at], float(scores[at])) for at in np.argsort(-scores)[:3]]

    return search


def fuzzy(entries: Sequence[Entry]) -> Search:
    texts, ids = _flat(entries)
    return lambda text: _ranked(
        ids, process.cdist([fold(text)], texts, scorer=fuzz.token_set_ratio, dtype=np.float32)[0]
    )


RIVALS: dict[str, Callable[[Sequence[Entry]], Search]] = {
    "BM25 folded": bm25,
    "TF-IDF char_wb": char_tfidf,
    "LinearSVC": linear_svc,
    "rapidfuzz": fuzzy,
}
