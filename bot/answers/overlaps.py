"""Phrasings of an entry that another entry is asked by as well: members who type them may get the wrong answer."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from bot.answers.book import Book
from bot.languages import DEFAULT

_ALIKE = 0.5  # The score from which a phrasing could be taken for another entry's; of 457 on our own bank none has 0.4 for one not its own.


@dataclass(frozen=True, slots=True)
class Overlap:
    """A phrasing that a member could mean another entry by."""

    phrasing: str
    entry_id: str
    question: str


def overlaps(
    book: Book, phrasings: Sequence[str], *, but: Collection[str], at: tuple[int, ...] = ()
) -> list[Overlap]:
    """Those that fit another entry strongly, for members of the units `at`. `but` is the entry itself, and what it stands for.

    Takes milliseconds for each phrasing: to be run in a thread.
    """
    found = [
        Overlap(phrasing, entry.entry_id, entry.texts[DEFAULT].question)
        for phrasing in phrasings
        for match in book.search(phrasing, at=at)
        if match.entry_id not in but and match.score >= _ALIKE
        for entry in [book.in_place_of(book.entries[match.entry_id], at)]
    ]
    return [one for one in found if one.entry_id not in but]
