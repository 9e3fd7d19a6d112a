"""Telling whether a changed message is one of a question's texts: no platform says what it was before."""

from datetime import timedelta
from difflib import SequenceMatcher

from bot.text import fold

WITHIN = timedelta(days=2)
"""Changes of older texts are not passed on."""

_ALIKE = 0.6
_COMPARED = 1000  # Letters: comparing takes the square of it.


def is_edit_of(before: str, after: str) -> bool:
    """Whether `after` is `before` with something changed."""
    if not before or before == after:
        return False
    old, new = fold(before[:_COMPARED]), fold(after[:_COMPARED])
    return SequenceMatcher(None, old, new, autojunk=False).ratio() >= _ALIKE
