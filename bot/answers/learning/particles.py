"""The small words before and behind a question that say nothing of what is asked: "dạ", "chị ơi", "vậy chị", "hả em".

Typed without marks some of them look like words that say much: "vay" is a loan as well as "so", "nha" a house, "da" the skin.
Where she typed marks, the marks tell; where not, such a word is taken for a small one only where small ones stand.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Self

from bot.answers.matching.words import Word
from bot.text import fold


@dataclass(frozen=True, slots=True)
class _Listed:
    """Words spelled with their marks, and as they look without."""

    spelled: frozenset[str]
    bare: frozenset[str]

    @classmethod
    def of(cls, words: str) -> Self:
        return cls(frozenset(words.split()), frozenset(map(fold, words.split())))

    def has(self, word: Word, *, has_marks: bool) -> bool:
        """Whether the word is one of them, in a text that was typed with marks or without any."""
        return (word.marked or word.plain) in self.spelled if has_marks else word.plain in self.bare


_YES = _Listed.of("dạ vâng")
_BEHIND_YES = _Listed.of("cho em chị con cháu thưa dạ vâng ạ")
_CALLED = _Listed.of("ơi")
_BEHIND = _Listed.of(
    "ạ hả hở ha ơi nghen nhen hen nhe nhé nhỉ z zậy dzậy zay dzay ta chị chi em cô anh bác dì"
)
_LIKE_OTHERS = _Listed.of("vậy dậy nha")
_ENDS = _Listed.of(
    "ai gì đâu sao nào nhiêu mấy chưa không ko k hông hong rồi thế giúp với giờ chi chị em cô đó này kia"
)
"""What a bare "vay" or "nha" is a small word behind."""


def without_particles(words: Sequence[Word]) -> list[Word]:
    """What is left of a question; all of it where it says nothing else."""
    has_marks = any(word.marked for word in words)
    first, last = _begin(words, has_marks=has_marks), len(words)
    while last > first and _is_behind(words[:last], has_marks=has_marks):
        last -= 1
    return list(words[first:last] or words)


def _begin(words: Sequence[Word], *, has_marks: bool) -> int:
    """Where the question begins: behind "dạ" and behind whoever is called."""
    at = 0
    while at + 1 < len(words):
        is_yes = _YES.has(words[at], has_marks=has_marks) and (
            has_marks or _BEHIND_YES.has(words[at + 1], has_marks=False)
        )
        if is_yes:
            at += 1
        elif _CALLED.has(words[at + 1], has_marks=has_marks):
            at += 2
        else:
            break
    return min(at, len(words))


def _is_behind(words: Sequence[Word], *, has_marks: bool) -> bool:
    """Whether the last of these is a small word."""
    if _BEHIND.has(words[-1], has_marks=has_marks):
        return True
    if not _LIKE_OTHERS.has(words[-1], has_marks=has_marks):
        return False
    return has_marks or (len(words) > 1 and _ENDS.has(words[-2], has_marks=False))
