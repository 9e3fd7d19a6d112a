"""Phrases to look for in what people type: written as data, found by words and not by substrings.

A phrase is words in order. `a|b` is either word, `<name>` any phrase of a group, `_` up to three words of any kind. Nothing
is found across the end of a sentence. How a typed word may differ from the one in a phrase says `typed_words`.
"""

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from bot.answers.typed_words import Word, take_apart

_GAP_WORDS = 3
_SENTENCE_ENDS = ".!?;\n"
_PIECE = re.compile(rf"[^\W_]+|[{_SENTENCE_ENDS}]")
_GROUP = re.compile(r"<([a-z_]+)>")
_WORD = re.compile(r"[^\W_]+")
_CLAUSE_END = re.compile(r"[,:.!?;…\n]")

Sequences = tuple[tuple[str, ...], ...]


class PhraseError(ValueError):
    """A phrase is not written as this module's description says; the text is in Vietnamese, for the file's writer."""


@dataclass(frozen=True)
class Phrase:
    """A compiled phrase: for each step the word sequences that may stand there, None for a gap."""

    steps: tuple[Sequences | None, ...]

    @property
    def words(self) -> frozenset[str]:
        return frozenset(word for step in self.steps if step for sequence in step for word in sequence)


@dataclass(frozen=True)
class Heard:
    """One typed word: which words of the phrases it may be, in which sentence it stands, and whether it has marks."""

    may_be: frozenset[str]
    sentence: int
    has_marks: bool


@dataclass(frozen=True)
class Hearing:
    """A text as far as the phrases know it: its words in order, and all words of phrases that it may hold."""

    words: tuple[Heard, ...]
    known: frozenset[str]

    @classmethod
    def of(cls, words: Iterable[Heard]) -> "Hearing":
        words = tuple(words)
        return cls(words, frozenset().union(*(word.may_be for word in words)))


def compile_phrase(written: str, groups: Mapping[str, Sequence[str]]) -> Phrase:
    """Compile one phrase; raises PhraseError."""
    return Phrase(tuple(_step(part, groups) for part in written.split()))


def _step(part: str, groups: Mapping[str, Sequence[str]]) -> Sequences | None:
    if part == "_":
        return None
    if group := _GROUP.fullmatch(part):
        if group[1] not in groups:
            raise PhraseError(f"không có nhóm <{group[1]}>")
        return tuple(tuple(member.split()) for member in groups[group[1]])
    words = part.split("|")
    if not all(_WORD.fullmatch(word) for word in words):
        raise PhraseError(f"cụm từ có chỗ viết không đúng: {part!r}")
    return tuple((word,) for word in words)


class Ear:
    """Takes texts apart into words, as far as given phrases know them.

    `spellings` gives for a word of the phrases other words that people write for it ("ck" for "chồng").
    """

    def __init__(self, phrases: Iterable[Phrase], spellings: Mapping[str, Sequence[str]]) -> None:
        self._meant: defaultdict[str, list[tuple[Word, str]]] = defaultdict(list)
        for word in {word for phrase in phrases for word in phrase.words}:
            for written in (word, *spellings.get(word, ())):
                form = take_apart(written)
                self._meant[form.letters].append((form, word))

    def hear(self, text: str) -> Hearing:
        heard: list[Heard] = []
        known: dict[str, frozenset[str]] = {}
        sentence = 0
        for piece in _PIECE.findall(text):
            if piece in _SENTENCE_ENDS:
                sentence += 1
                continue
            typed = take_apart(piece)
            if piece not in known:
                known[piece] = self._words_for(typed)
            heard.append(Heard(known[piece], sentence, typed.has_marks))
        return Hearing.of(heard)

    def _words_for(self, typed: Word) -> frozenset[str]:
        likely = (
            self._meant.get(typed.letters, [])
            if typed.is_syllable
            else (pair for pairs in self._meant.values() for pair in pairs)
        )
        return frozenset(word for form, word in likely if typed.may_be(form))


def strike(phrases: Iterable[Phrase], hearing: Hearing) -> Hearing:
    """The text with every place where one of the phrases stands made unhearable; neighbours do not become neighbours."""
    struck = list(hearing.words)
    for phrase in phrases:
        for place in find(phrase, hearing):
            for at in place:
                struck[at] = Heard(frozenset(), struck[at].sentence, has_marks=False)
    return Hearing.of(struck)


def blank(text: str, places: Iterable[range]) -> str:
    """The text with the words at these places (as `find` gives them for its hearing) taken out; a full stop stands there."""
    gone = {at for place in places for at in place}
    words = [found.span() for found in _PIECE.finditer(text) if found.group() not in _SENTENCE_ENDS]
    kept, end = [], 0
    for at, (begins, ends) in enumerate(words):
        if at in gone:
            kept += [text[end:begins], "."]
            end = ends
    return "".join([*kept, text[end:]])


def clauses_of(text: str) -> list[range]:
    """Which words of the text stand between two marks of punctuation, counted as `find` and `blank` count them."""
    clauses, begins, at, end = [], 0, 0, 0
    for found in _PIECE.finditer(text):
        if found.group() in _SENTENCE_ENDS:
            continue
        if at > begins and _CLAUSE_END.search(text, end, found.start()):
            clauses.append(range(begins, at))
            begins = at
        at, end = at + 1, found.end()
    return [*clauses, range(begins, at)] if at > begins else clauses


def find(phrase: Phrase, hearing: Hearing, *, with_marks: bool = False) -> Iterator[range]:
    """Where in the text the phrase stands; `with_marks`: only where no word leaves out the marks the phrase has."""
    known = hearing.known
    if not all(step is None or any(known.issuperset(words) for words in step) for step in phrase.steps):
        return  # Nearly every phrase ends here, which keeps listening fast.
    for start in range(len(hearing.words)):
        end = _end(phrase.steps, hearing.words, start, start)
        if end is not None and not (with_marks and _leaves_marks_out(phrase, hearing.words[start:end])):
            yield range(start, end)


def _leaves_marks_out(phrase: Phrase, words: Sequence[Heard]) -> bool:
    for word in words:
        meant = word.may_be & phrase.words
        if meant and not word.has_marks and all(take_apart(each).has_marks for each in meant):
            return True
    return False


def _end(steps: tuple[Sequences | None, ...], heard: Sequence[Heard], at: int, start: int) -> int | None:
    if not steps:
        return at
    sequences, rest = steps[0], steps[1:]
    if sequences is None:
        ends: Iterable[int] = range(at, min(at + _GAP_WORDS, len(heard)) + 1)
    else:
        ends = (at + len(words) for words in sequences if _stands(words, heard, at, start))
    for end in ends:
        found = _end(rest, heard, end, start)
        if found is not None:
            return found
    return None


def _stands(words: tuple[str, ...], heard: Sequence[Heard], at: int, start: int) -> bool:
    end = at + len(words)
    return (
        end <= len(heard)
        and all(word in heard[at + i].may_be for i, word in enumerate(words))
        and heard[end - 1].sentence == heard[start].sentence
    )
