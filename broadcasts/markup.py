"""What may stand in an announcement besides words, taken apart: merge fields, bold, italic and links.

`{{ten}}` or `{{ten|chị}}` with words for who has none, `**đậm**`, `_nghiêng_`, `[chữ](https://...)`, and bare addresses.
What is not understood stays as it was written, and is named among what is unclosed where it looks like a slip.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from bot.channels.contract import Style

FIELD = re.compile(r"\{\{([^{}|]*)(?:\|([^{}]*))?\}\}")

_TOKEN = re.compile(
    rf"(?P<field>{FIELD.pattern})"
    r"|\[(?P<label>[^\[\]\n]+)\]\((?P<target>https?://[^\s()<>{}]+)\)"
    r"|(?P<url>https?://[^\s<>{}\"'“”‘’`]+)"
    r"|(?P<mark>\*+|_+)"
)
_STYLES = {"**": Style.BOLD, "_": Style.ITALIC}
_AFTER_AN_ADDRESS = ".,;:!?)]}…។*_"  # Belongs to the sentence around it.


@dataclass(frozen=True, slots=True)
class Field:
    """A place for something of hers; `written` is how the officer wrote it."""

    name: str
    fallback: str  # Her own words for who has nothing there; empty: the usual ones.
    written: str


@dataclass(frozen=True, slots=True)
class Link:
    url: str


@dataclass(frozen=True, slots=True)
class Range:
    """The pieces from `first` up to, not including, `end` stand out."""

    style: Style
    first: int
    end: int


@dataclass(frozen=True, slots=True)
class _Mark:
    written: str
    opens: bool
    closes: bool


Piece = str | Field | Link


@dataclass(frozen=True, slots=True)
class Marked:
    """A text in its pieces, in order. Ranges lie within each other or apart, never across."""

    pieces: list[Piece] = field(default_factory=list)
    ranges: list[Range] = field(default_factory=list)
    unclosed: list[str] = field(default_factory=list)  # Marks that were opened and not closed in their line.

    @property
    def fields(self) -> list[Field]:
        return [piece for piece in self.pieces if isinstance(piece, Field)]

    @property
    def links(self) -> list[str]:
        return [piece.url for piece in self.pieces if isinstance(piece, Link)]

    @property
    def words(self) -> str:
        """The literal text, with a blank where something else stands."""
        return " ".join(piece for piece in self.pieces if isinstance(piece, str))


def parse(text: str) -> Marked:
    """Take a text apart. Every text is some Marked; nothing is lost of it."""
    tokens = list(_tokens(text))
    pairs = _pairs(tokens)
    closed_by = dict(pairs)
    closing = {end: start for start, end in pairs}
    marked = Marked()
    started: dict[int, int] = {}
    for at, token in enumerate(tokens):
        if at in closed_by:
            started[at] = len(marked.pieces)
        elif at in closing and isinstance(token, _Mark):
            first = started[closing[at]]
            marked.ranges.append(Range(_STYLES[token.written], first, len(marked.pieces)))
        elif isinstance(token, _Mark):
            if token.opens and token.written in _STYLES:
                marked.unclosed.append(token.written)
            marked.pieces.append(token.written)
        else:
            marked.pieces.append(token)
    return marked


def _tokens(text: str) -> Iterator[Piece | _Mark]:
    at = 0
    while match := _TOKEN.search(text, at):
        if match.start() > at:
            yield text[at : match.start()]
        at = match.end()
        if match["field"] is not None:
            inner = FIELD.fullmatch(match["field"])
            name, fallback = (inner[1], inner[2]) if inner else ("", "")
            yield Field(name.strip(), (fallback or "").strip(), match["field"])
        elif match["label"] is not None:
            label = match["label"].strip()
            if label and label != match["target"]:
                yield from _tokens(label)
                yield ": "
            yield Link(match["target"])
        elif match["url"] is not None:
            url = match["url"].rstrip(_AFTER_AN_ADDRESS)
            at = match.start() + len(url)
            yield Link(url)
        else:
            yield _mark(match["mark"], text[: match.start()][-1:], text[at : at + 1])
    if text[at:]:
        yield text[at:]


def _mark(written: str, before: str, after: str) -> _Mark:
    """A mark stands close to what it marks; an underscore inside a word, such as an address, marks nothing."""
    opens, closes = bool(after.strip()), bool(before.strip())
    if written == "_":
        opens, closes = opens and not before.isalnum(), closes and not after.isalnum()
    is_one = written in _STYLES
    return _Mark(written, opens and is_one, closes and is_one)


def _pairs(tokens: list[Piece | _Mark]) -> list[tuple[int, int]]:
    """Which mark closes which, by their places. A line's end closes nothing, but what was open before it is not open after."""
    pairs: list[tuple[int, int]] = []
    opened: list[int] = []
    for at, token in enumerate(tokens):
        if isinstance(token, str) and "\n" in token:
            opened.clear()
        if not isinstance(token, _Mark):
            continue
        of_kind = [start for start in opened if _written(tokens[start]) == token.written]
        if of_kind and token.closes and of_kind[-1] < at - 1:
            pairs.append((of_kind[-1], at))
            del opened[opened.index(of_kind[-1]) :]  # What was opened inside and not closed marks nothing.
        elif token.opens:
            opened.append(at)
    return pairs


def _written(token: Piece | _Mark) -> str:
    return token.written if isinstance(token, _Mark) else ""
