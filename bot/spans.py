"""What stands out in a text: piece by piece, and in a text that is sent in several parts."""

from collections.abc import Sequence
from itertools import pairwise

from bot.channels.contract import Span, Style
from bot.text import utf16_length


def of_parts(text: str, parts: Sequence[str], spans: Sequence[Span]) -> list[tuple[Span, ...]]:
    """For each part what stands out in it. The parts follow each other in the text, with nothing but blanks between them."""
    if not spans:
        return [()] * len(parts)
    found: list[tuple[Span, ...]] = []
    at = 0
    for part in parts:
        at = text.index(part, at)
        start = utf16_length(text[:at])
        found.append(_within(spans, start, start + utf16_length(part)))
        at += len(part)
    return found


def pieces(text: str, spans: Sequence[Span]) -> list[tuple[str, list[Style]]]:
    """The text cut where something begins or ends to stand out, each piece with how it does."""
    if not spans:
        return [(text, [])]
    units = text.encode("utf-16-le", "surrogatepass")
    most = len(units) // 2
    borders = sorted(
        {0, most, *(min(at, most) for one in spans for at in (one.start, one.start + one.length))}
    )
    return [
        (
            units[2 * first : 2 * end].decode("utf-16-le", "replace"),
            [one.style for one in spans if one.start <= first and end <= one.start + one.length],
        )
        for first, end in pairwise(borders)
    ]


def _within(spans: Sequence[Span], start: int, end: int) -> tuple[Span, ...]:
    cut = ((one.style, max(one.start, start), min(one.start + one.length, end)) for one in spans)
    return tuple(Span(style, first - start, last - first) for style, first, last in cut if first < last)
