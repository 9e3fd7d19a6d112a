"""What the safety net's classifier goes by: words, neighbours, pieces of words, and the groups of meaning in their order.

Groups carry over from what was written to what was not: "<he> ... <hits> ... <me>" is the same whoever he is. Khmer writes no
blanks between words, so there runs of letters take the place of words.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from itertools import pairwise

from bot.answers.safety_reading import Read, Reader, Step

_START, _END = "^", "$"
_KHMER_SIZES = (2, 3, 4, 5)
_MAX_KHMER = 300
_PIECE = 3
_PIECE_WEIGHT = 0.5
_APART_WEIGHT = 0.6
_FOLLOWS_WEIGHT = 0.7
_REACH = 5
"""How many groups further on one group still says something about another."""

Features = Mapping[str, float]


def features(words: Sequence[Read], reader: Reader) -> Features:
    """The features of one passage with their weights."""
    found: defaultdict[str, float] = defaultdict(float)
    _count_words(words, found)
    _count_groups(reader.steps(words), found)
    return found


def _count_words(words: Sequence[Read], found: defaultdict[str, float]) -> None:
    for word in words:
        if word.is_khmer:
            run = word.plain[:_MAX_KHMER]
            for size in _KHMER_SIZES:
                for start in range(len(run) - size + 1):
                    found[f"k {run[start : start + size]}"] += 1
            continue
        found[f"w {word.plain}"] += 1
        if word.marked:
            found[f"m {word.marked}"] += 1
        padded = f" {word.plain[:30]} "
        for start in range(len(padded) - _PIECE + 1):
            found[f"c {padded[start : start + _PIECE]}"] += _PIECE_WEIGHT
    plain = [_START, *(word.plain for word in words if not word.is_khmer), _END]
    for first, second in pairwise(plain):
        found[f"b {first} {second}"] += 1
    for apart in (2, 3):
        for first, second in zip(plain[1:-1], plain[1 + apart : -1], strict=False):
            found[f"s {first} {second}"] += _APART_WEIGHT


def _count_groups(steps: Sequence[Step], found: defaultdict[str, float]) -> None:
    names = [(_START,), *(step.groups or (step.plain,) for step in steps), (_END,)]
    for step in steps:
        for group in step.groups:
            found[f"g {group}"] += 1 / len(step.groups)
    for first, second in pairwise(names):
        weight = 1 / (len(first) * len(second))
        for a in first:
            for b in second:
                found[f"gb {a} {b}"] += weight
    for first, second, third in zip(names, names[1:], names[2:], strict=False):
        weight = 1 / (len(first) * len(second) * len(third))
        for a in first:
            for b in second:
                for c in third:
                    found[f"gt {a} {b} {c}"] += weight
    grouped = [step.groups for step in steps if step.groups]
    for at, earlier in enumerate(grouped):
        for later in grouped[at + 1 : at + _REACH]:
            for a in earlier:
                for b in later:
                    found[f"gs {a} {b}"] = _FOLLOWS_WEIGHT
