"""Which entries a group of askings may have meant: where a phrasing is missing rather than an entry."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from bot.answers.book import Book, KeptEntry
from bot.answers.ladder import DEFAULTS
from bot.answers.learning.grouping import Group

MOST = 3
_WORDINGS = 4  # The commonest say enough.
_LEAST = 0.03  # What is hardly likely would only look like a way out.


@dataclass(frozen=True, slots=True)
class Near:
    """An entry near to a group. `chosen` times it turned out to be meant."""

    entry: KeptEntry
    confidence: float
    chosen: int

    @property
    def is_likely(self) -> bool:
        """Worth naming in a list: it was meant, or would be suggested."""
        return self.chosen > 0 or self.confidence >= DEFAULTS.suggest


def nearest(book: Book, group: Group, *, at: Sequence[int] = ()) -> list[Near]:
    """At most three: first those that cadres answered with or the women picked, then the likeliest."""
    sure: defaultdict[str, float] = defaultdict(float)
    wordings = group.wordings[:_WORDINGS]
    for wording in wordings:
        for match in book.search(wording.text, MOST, at=tuple(at)):
            sure[match.entry_id] += match.confidence / len(wordings)
    chosen = group.chosen
    likely = {one for one, confidence in sure.items() if confidence >= _LEAST}
    ids = sorted(likely | chosen.keys(), key=lambda one: (-chosen[one], -sure.get(one, 0.0), one))
    known = [one for one in ids if one in book.entries]
    return [Near(book.entries[one], min(1.0, sure.get(one, 0.0)), chosen[one]) for one in known[:MOST]]
