"""A long message in clauses: a question stands buried in a story, and the story's other words would drown it."""

import re
from collections.abc import Sequence

from bot.answers.matching.words import KHMER, Word, read_words

MAX_CHARS = 3000
"""What of a text is looked at. A longer one is a story, whose beginning and end say what is wanted."""

_LONG = 14
"""Words; a shorter message is one question."""
_SHORT = 3
_MOST = 12
_BORDER = re.compile(rf"[.!?;…\n,]+(?=\s|$|[{KHMER}])|[។៕]|(?<=\w)\s(?=(?:nhung|ma|vay|cho hoi|xin hoi)\s)")


def bounded(raw: str) -> str:
    """The text, or the beginning and the end of one that is too long."""
    if len(raw) <= MAX_CHARS:
        return raw
    half = MAX_CHARS // 2
    return f"{raw[:half]}\n{raw[-half:]}"


def split(tidied: str, words: Sequence[Word]) -> list[list[Word]]:
    """The clauses of a long message, those too short to ask anything joined to the next; none for a short message."""
    if len(words) <= _LONG:
        return []
    clauses: list[list[Word]] = [[]]
    for part in _BORDER.split(tidied):
        clauses[-1] += read_words(part)
        if len(clauses[-1]) >= _SHORT:
            clauses.append([])
    found = [clause for clause in clauses if len(clause) >= _SHORT]
    return found[: _MOST // 2] + found[-_MOST // 2 :] if len(found) > _MOST else found
