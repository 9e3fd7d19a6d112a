"""A message as the safety net reads it: short passages of words, each brought to one spelling, with the groups of words of one
meaning that it belongs to.

The words, their other spellings and their groups are data (`config/content/safety.words.yaml`). What is done to letters stands
here: chat shortenings and Telex undone, letters drawn out or parted by dots joined again, slips of the finger mended.
"""

import re
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import BeforeValidator, StringConstraints

from bot.answers.content import Part, Source, Text
from bot.answers.matching.words import read_words, tidy
from bot.answers.safety_slips import Slips
from bot.answers.typed_words import take_apart
from bot.text import fold

MAX_CHARS = 4000
"""What of a text is read: its beginning and its end. No platform carries longer messages."""

PASSAGE = 22
"""Words read together. A longer run without a full stop is read in pieces that overlap by half."""

_MAX_KEPT = 20_000
_SENTENCE_END = re.compile(r"[.!?;\n…។]+")
_PARTED = re.compile(r"(?<![^\W_])[^\W\d_](?:[.\-*_·~][^\W\d_]){1,}(?![^\W_])")
_NO_LETTER = re.compile(r"[\W_]")
_DRAWN_OUT = re.compile(r"(.)\1{2,}")
_DOUBLED = re.compile(r"(.)\1+")


def _parted_by_commas(written: object) -> object:
    return [part.strip() for part in written.split(",")] if isinstance(written, str) else written


_Expressions = Annotated[list[Text], BeforeValidator(_parted_by_commas)]
"""In one string: of fourteen thousand the YAML reader would make as many nodes, which takes it ten times as long."""


class _WordsFile(Part):
    version: Literal[1]
    spellings: dict[Text, list[Text]]
    fillers: list[Text]
    groups: dict[Annotated[str, StringConstraints(pattern=r"^[a-z]+(_[a-z]+)*$")], _Expressions]


@dataclass(frozen=True, slots=True)
class Read:
    """One word as read: folded, and as typed where it was typed with marks (else empty)."""

    plain: str
    marked: str = ""
    is_khmer: bool = False


@dataclass(frozen=True, slots=True)
class Step:
    """One word, or several that are one expression, and the groups it belongs to, if any."""

    plain: str
    groups: tuple[str, ...]


_Meant = tuple[str, tuple[Read, ...]]
"""A group and one of its expressions."""


class Reader:
    """Reads messages by one file of words, and mends slips to `common` words, the commonest first.

    What it has read of single words it keeps, so reading gets faster.
    """

    def __init__(
        self,
        spellings: Mapping[str, Sequence[str]],
        fillers: Sequence[str],
        groups: Mapping[str, Sequence[str]],
        common: Sequence[str] = (),
    ) -> None:
        self._slips = Slips()  # The expressions are spelt as they are meant.
        self._meant = {written: word for word, forms in spellings.items() for written in forms}
        self._fillers = frozenset(fillers)
        self._known: dict[str, tuple[Read, ...]] = {}
        self._expressions: defaultdict[tuple[str, ...], list[_Meant]] = defaultdict(list)
        for group, expressions in groups.items():
            for expression in expressions:
                words = tuple(read for word in expression.split() for read in self._read(word))
                self._expressions[tuple(word.plain for word in words)].append((group, words))
        self._longest = max(map(len, self._expressions), default=1)
        self._known.clear()
        self._slips = Slips(common)

    @classmethod
    def load(cls, path: Path, common: Sequence[str] = ()) -> Self:
        """Read a file of words; raises ContentError naming every fault by line and field."""
        file = Source.read(path).validate(_WordsFile, items="groups")
        return cls(file.spellings, file.fillers, file.groups, common)

    def passages(self, text: str) -> list[list[Read]]:
        """The text in passages, at most a few hundred; the whole of a short text is one of them. Takes any text."""
        if len(text) > MAX_CHARS:
            text = f"{text[: MAX_CHARS // 2]}\n{text[-MAX_CHARS // 2 :]}"
        sentences = [words for part in _SENTENCE_END.split(tidied(text)) if (words := self.words(part))]
        whole = [word for words in sentences for word in words]
        if len(whole) <= PASSAGE:
            return [whole, *sentences] if len(sentences) > 1 else sentences
        return [passage for words in sentences for passage in _pieces(words)]

    def words(self, tidied: str) -> list[Read]:
        """The words of one sentence, without courtesies; with them where there is nothing else."""
        words = [
            read
            for word in read_words(tidied)
            for read in (
                (Read(word.plain, is_khmer=True),) if word.is_khmer else self._read(word.marked or word.plain)
            )
        ]
        return [word for word in words if (word.marked or word.plain) not in self._fillers] or words

    def steps(self, words: Sequence[Read]) -> list[Step]:
        """The words with the expressions among them joined and their groups named; the longest expression first."""
        steps: list[Step] = []
        at = 0
        while at < len(words):
            length, groups = self._expression(words, at)
            steps.append(Step(words[at].plain, groups))
            at += length
        return steps

    def _expression(self, words: Sequence[Read], at: int) -> tuple[int, tuple[str, ...]]:
        for length in range(min(self._longest, len(words) - at), 0, -1):
            run = words[at : at + length]
            meant = self._expressions.get(tuple(word.plain for word in run))
            if meant:
                groups = {group for group, expression in meant if all(map(_may_be, run, expression))}
                if groups:
                    return length, tuple(sorted(groups))
        return 1, ()

    def _read(self, typed: str) -> tuple[Read, ...]:
        read = self._known.get(typed)
        if read is None:
            read = tuple(self._spelt(typed))
            if len(self._known) < _MAX_KEPT:
                self._known[typed] = read
        return read

    def _spelt(self, typed: str) -> Iterator[Read]:
        word = _DRAWN_OUT.sub(r"\1", typed)
        if word not in self._meant and fold(word).isalpha():
            word = self._mended(word)
        for part in word.split():
            meant = self._meant.get(part)
            # A shortening without marks says nothing of the marks of what it stands for, unless it is one of few letters.
            is_sure = meant is None or fold(part) != part or len(part) <= 3
            for each in (meant or part).split():
                plain = fold(each)
                yield Read(plain, each if is_sure and each != plain else "")

    def _mended(self, word: str) -> str:
        """The word, or two, that was meant, as far as it can be told; with the marks it was typed with where it stays."""
        if not take_apart(word).is_syllable:
            word = _untyped(word)
        plain = fold(word)
        mended = self._slips.mended(plain)
        return word if mended == plain else mended


def tidied(text: str) -> str:
    """The text in one form of writing, with words whose letters were parted ("đ.á.n.h") joined."""
    return _PARTED.sub(lambda found: _NO_LETTER.sub("", found.group()), tidy(text))


def _may_be(word: Read, meant: Read) -> bool:
    return not word.marked or take_apart(word.marked).may_be(take_apart(meant.marked or meant.plain))


def _untyped(word: str) -> str:
    """The syllable behind Telex keys left standing or letters typed twice; the word itself where there is none."""
    plain = _DOUBLED.sub(r"\1", fold(word))
    if take_apart(plain).is_syllable:
        return plain
    without_tone = (plain[:-1] if plain[-1:] in {"s", "f", "r", "x", "j"} else plain).replace("w", "")
    return without_tone if without_tone and take_apart(without_tone).is_syllable else word


def _pieces(words: list[Read]) -> Iterator[list[Read]]:
    if len(words) <= PASSAGE:
        yield words
        return
    for start in range(0, len(words) - PASSAGE // 2, PASSAGE // 2):
        yield words[start : start + PASSAGE]
