"""Names in an uploaded list: in which column they stand, and whether a row names somebody else than her whose number it has.

No column is certain by itself: villages and remarks look like names. The heading says it, or that some rows say the name of
her whose number they have.
"""

import difflib
from collections import Counter
from collections.abc import Sequence

from bot.text import fold
from broadcasts.list_files import Line

_HEADINGS = {"ten", "ho ten", "ho va ten", "ten hoi vien", "ho ten hoi vien", "ho va ten hoi vien"}
_ALIKE = 0.75  # A letter more or less is a slip of whoever typed it.


def column(heading: Line | None, found: Sequence[tuple[Line, str]]) -> int | None:
    """Which column says the members' names, counted from 0; None where none plainly does. `found` are rows with the folded name of
    her whose number or code stands there.
    """
    for number, cell in enumerate(heading.cells if heading else ()):
        if _words(cell) in _HEADINGS:
            return number
    hits = Counter(
        number
        for line, name in found
        for number, cell in enumerate(line.cells)
        if _words(cell) == _words(name)
    )
    return hits.most_common(1)[0][0] if hits else None


def is_another(line: Line, column: int | None, name: str) -> bool:
    """Whether the row plainly names somebody else. The given name decides, which stands last: many write only that, or "Chị Hoa"."""
    written = _words(line.cells[column]).split() if column is not None and column < len(line.cells) else []
    hers = _words(name).split()
    if not written or not hers or not any(map(str.isalpha, written[-1])):
        return False
    likeness = difflib.SequenceMatcher(None, written[-1], hers[-1]).ratio()
    return likeness < _ALIKE and hers[-1] not in written


def _words(cell: str) -> str:
    return " ".join(fold(cell).split())
