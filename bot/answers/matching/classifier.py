"""Tells apart the few entries that fit best: a linear classifier, one against the rest, trained on their phrasings alone.

Likeness asks what a message shares with an entry; the classifier, what it shares with that entry and not with its
neighbours. Trained per search on a few dozen phrasings (ridge regression over their likeness to each other), it costs well under
a millisecond, needs no training when the bank changes, and does not grow with the bank.
"""

from collections.abc import Sequence

import numpy as np

from bot.answers.matching.documents import Floats
from bot.answers.matching.index import Index

ENTRIES = 8
"""How many of the best entries are told apart."""

LEAST_PHRASINGS = 3
"""How many phrasings a bank's entries need to have, on average: from fewer nothing is learnt about an entry."""

_MOST_PHRASINGS = 40
"""Also keeps the table of likeness so small that the libraries below compute it in this thread."""

_RIDGE = 0.2


def tell_apart(index: Index, entries: Sequence[int], each: Floats) -> Floats:
    """For each of the entries, given the message's likeness to each phrasing: about 1 for the right one, 0 for the others."""
    pairs = [(at, place) for place, entry in enumerate(entries) for at in index.phrasings_of(entry)]
    if len(pairs) > _MOST_PHRASINGS:
        pairs.sort(key=lambda pair: -each[pair[0]])
        pairs = pairs[:_MOST_PHRASINGS]
    phrasings = [at for at, _ in pairs]
    right = np.zeros((len(pairs), len(entries)), dtype=np.float32)
    right[np.arange(len(pairs)), [place for _, place in pairs]] = 1
    right -= right.mean(axis=0)
    among = index.likeness_among(phrasings)
    learnt = np.linalg.solve(among + _RIDGE * np.eye(len(pairs), dtype=np.float32), right)
    return np.asarray(each[phrasings] @ learnt, dtype=np.float32)
