"""Puts together what is asked alike, so that an officer sees fifty needs instead of five hundred messages.

How like two are says `likeness`. Two groups become one while their askings are alike on average: that neither chains different
needs together nor falls apart over one odd spelling. What it comes to is written in docs/decisions/grouping.md.
"""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

import numpy as np

from bot.answers.learning import likeness
from bot.answers.learning.particles import without_particles
from bot.answers.learning.waiting import Asking
from bot.answers.matching.documents import Floats
from bot.answers.matching.spellings import unify
from bot.answers.matching.words import Word, read_words, tidy
from bot.text import has_marks

MOST_WORDINGS = 1000
"""So many are compared, each with each: the commonest and newest. Takes two or three seconds."""

_ALIKE = 0.26


@dataclass(frozen=True, slots=True)
class Wording:
    """Askings that say the same in the same words, whatever their marks and blanks."""

    text: str
    language: str
    askings: tuple[Asking, ...]

    @property
    def count(self) -> int:
        return len(self.askings)


@dataclass(frozen=True, slots=True)
class Group:
    """What was asked alike, the commonest wording first."""

    wordings: tuple[Wording, ...]

    @property
    def group_id(self) -> int:
        """Its oldest asking's: the same while others join it."""
        return min(asking.asking_id for asking in self.askings)

    @property
    def askings(self) -> Iterator[Asking]:
        return (asking for wording in self.wordings for asking in wording.askings)

    @property
    def count(self) -> int:
        return sum(wording.count for wording in self.wordings)

    @property
    def first_at(self) -> datetime:
        return min(asking.at for asking in self.askings)

    @property
    def last_at(self) -> datetime:
        return max(asking.at for asking in self.askings)

    @property
    def chosen(self) -> Counter[str]:
        """By which entries they were answered in the end, by a cadre or by the women's own choice."""
        return Counter(asking.chosen for asking in self.askings if asking.chosen)


def group(askings: Sequence[Asking], phrasings: Sequence[Sequence[str]]) -> list[Group]:
    """The groups, the largest first, of equals the newest. `phrasings` are those of the bank, by entry.

    Takes as long as a build of the matcher: call it in a thread.
    """
    wordings = wordings_of(askings)[:MOST_WORDINGS]
    if not wordings:
        return []
    alike = likeness.table(
        [_read(one.text) for one in wordings],
        [[_read(text) for text in texts] for texts in phrasings],
    )
    groups = [
        Group(tuple(sorted((wordings[at] for at in members), key=lambda one: -one.count)))
        for members in _join(alike)
    ]
    return sorted(groups, key=lambda one: (one.count, one.last_at), reverse=True)


def read_asking(text: str) -> tuple[Word, ...]:
    """The words of an asking as the matcher compares them."""
    return tuple(unify(_read(text)))


def _read(text: str) -> list[Word]:
    return without_particles(read_words(tidy(text)))


def wordings_of(askings: Sequence[Asking]) -> list[Wording]:
    """The askings with those of the same words together, the commonest first, of equals the newest."""
    found: dict[tuple[str, ...], list[Asking]] = {}
    for asking in askings:
        found.setdefault(tuple(word.plain for word in read_asking(asking.text)), []).append(asking)
    found.pop((), None)
    wordings = [_wording(same) for same in found.values()]
    return sorted(wordings, key=lambda one: (one.count, one.askings[0].at), reverse=True)


def _wording(same: Sequence[Asking]) -> Wording:
    spellings: Mapping[str, int] = Counter(asking.text for asking in same)
    text = max(spellings, key=lambda one: (has_marks(one), spellings[one]))
    return Wording(text, next(asking.language for asking in same if asking.text == text), tuple(same))


def _join(alike: Floats) -> list[list[int]]:
    """The numbers of the rows in groups: those two joined first that are most alike on average, while any are enough."""
    table = alike.copy()
    np.fill_diagonal(table, -1)
    members = [[at] for at in range(len(table))]
    best = table.max(axis=1)
    while (first := int(best.argmax())) >= 0 and best[first] >= _ALIKE:
        second = int(table[first].argmax())
        mine, theirs = len(members[first]), len(members[second])
        joined = (table[first] * mine + table[second] * theirs) / (mine + theirs)
        joined[table[first] < 0] = -1
        joined[table[second] < 0] = -1
        joined[[first, second]] = -1
        was_nearest = (table[:, first] >= best) | (table[:, second] >= best)
        table[first], table[:, first] = joined, joined
        table[second], table[:, second] = -1, -1
        members[first] += members[second]
        members[second] = []
        np.maximum(best, joined, out=best)
        stale = np.flatnonzero(was_nearest)
        best[stale] = table[stale].max(axis=1)
        best[first], best[second] = table[first].max(), -1
    return [found for found in members if found]
