"""What stands out in a text that is sent in several parts."""

from collections.abc import Sequence

from bot.channels.contract import Span
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


def _within(spans: Sequence[Span], start: int, end: int) -> tuple[Span, ...]:
    cut = ((one.style, max(one.start, start), min(one.start + one.length, end)) for one in spans)
    return tuple(Span(style, first - start, last - first) for style, first, last in cut if first < last)
