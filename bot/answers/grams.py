"""A text as the counted pieces that the matcher compares: character n-grams of its folded form, and pairs of words.

Vietnamese words are padded with a blank on either side, so that a piece knows where a word begins and ends; no
n-gram runs across two words, but most words of Vietnamese are two syllables, so neighbours count as a piece too. Khmer writes no blanks between words: there the blanks people do type are taken out
and the pieces run through the whole text.
"""

import re
from collections import Counter
from collections.abc import Iterator

from bot import text

MAX_CHARS = 600
"""What of a text is looked at. A question stands in a few lines; a longer message is a story, whose beginning and end
say what is wanted."""

_SIZES = (2, 3, 4)
_KHMER = "\u1780-\u17d3\u17dc\u17dd\u17e0-\u17e9"  # Letters, vowels, signs and digits, no punctuation.
_KHMER_GAP = re.compile(rf"(?<=[{_KHMER}])[\s\u200b-\u200d\u2060]+(?=[{_KHMER}])")
_RUN = re.compile(rf"(?P<khmer>[{_KHMER}]+)|(?:(?![{_KHMER}])[^\W_])+")


def count_grams(raw: str) -> Counter[str]:
    """How often each piece occurs in the text; empty where it has no letter or digit."""
    return Counter(_grams(_bounded(raw)))


def _bounded(raw: str) -> str:
    if len(raw) <= MAX_CHARS:
        return raw
    half = MAX_CHARS // 2
    return f"{raw[:half]} {raw[-half:]}"


def _grams(raw: str) -> Iterator[str]:
    before = ""
    for run in _RUN.finditer(_KHMER_GAP.sub("", text.fold(raw))):
        word = run.group() if run["khmer"] else f" {run.group()} "
        if before:
            yield before + word
        before = word
        for size in _SIZES:
            if len(word) <= size:
                yield word
                break
            for start in range(len(word) - size + 1):
                yield word[start : start + size]
