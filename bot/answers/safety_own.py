"""Listens for officers' own phrases: what must always be heard as danger where they live, and what is harmless there.

A harmless phrase quiets what it stands in, no more: the few words round it are listened to only for what is said plainly, and
everything further away as if it did not stand there.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Self

from bot.answers.phrases import Ear, PhraseError, blank, clauses_of, compile_phrase, find
from bot.answers.safety_examples import AlarmKind
from bot.answers.safety_file import SafetyContent, WrittenPhrase
from bot.answers.safety_phrases import OwnPhrase
from bot.text import fold

_REACH = 4
"""How many words to either side of a harmless phrase, in its clause, belong to what it is about."""
_NOISE = "[\\s\u200b-\u200d\u2060]"
_KHMER_NOISE = re.compile(f"{_NOISE}+")
_STRUCK = " ។ "
_LETTERS = re.compile("\u17b1\u17d2\u1799|\u17d2\u178f|\u17b1|.")
_TYPED_AS = {
    "\u17b1\u17d2\u1799": ("ឱ្យ", "ឲ្យ", "អោយ"),
    "\u17d2\u178f": ("\u17d2\u178f", "\u17d2\u178a"),
    "\u17b1": ("ឱ", "ឲ"),
}
"""What `fold` brings to one, as it may be typed."""


@dataclass(frozen=True, slots=True)
class Quieted:
    """A text in which harmless phrases stand no more."""

    text: str
    """Without the phrases themselves."""
    apart: str
    """Without the words round them either."""
    exceptions: tuple[str, ...]
    """The phrases that stood in it, as written."""


@dataclass(frozen=True, slots=True)
class KhmerPhrase:
    """Found where it stands, whatever blanks are typed within it."""

    written: str
    pattern: re.Pattern[str]

    @classmethod
    def of(cls, phrase: str) -> Self:
        written = khmer_form(phrase)
        letters = ("|".join(map(_spaced, _TYPED_AS.get(one, (one,)))) for one in _LETTERS.findall(written))
        return cls(written, re.compile(f"{_NOISE}*".join(f"(?:{one})" for one in letters)))


@dataclass(frozen=True, slots=True)
class OwnEar:
    """Officers' own phrases, compiled; Khmer ones are looked for letter by letter."""

    ear: Ear
    exceptions: tuple[WrittenPhrase, ...]
    phrases: tuple[tuple[WrittenPhrase, AlarmKind], ...]
    khmer: tuple[tuple[str, AlarmKind], ...]
    khmer_exceptions: tuple[KhmerPhrase, ...]

    @classmethod
    def of(cls, own: Sequence[OwnPhrase], content: SafetyContent) -> Self:
        exceptions, phrases, khmer = [], [], []
        khmer_exceptions: list[KhmerPhrase] = []
        for one in own:
            if one.language == "km":
                if one.is_exception:
                    khmer_exceptions.append(KhmerPhrase.of(one.phrase))
                else:
                    khmer.append((khmer_form(one.phrase), one.kind))
                continue
            try:
                written = WrittenPhrase(one.phrase, compile_phrase(one.phrase, content.groups))
            except PhraseError:
                continue  # It was checked when it was added; the group it named may be gone since.
            if one.is_exception:
                exceptions.append(written)
            else:
                phrases.append((written, one.kind))
        heard = [*(one.phrase for one in exceptions), *(one.phrase for one, _ in phrases)]
        return cls(
            Ear(heard, content.spellings),
            tuple(exceptions),
            tuple(phrases),
            tuple(khmer),
            tuple(khmer_exceptions),
        )

    def quiet(self, text: str) -> Quieted:
        """The text without what officers say is harmless."""
        found: list[str] = []
        apart = text
        if self.exceptions:
            heard = self.ear.hear(text)
            places = {one.written: list(find(one.phrase, heard)) for one in self.exceptions}
            found = [written for written, at in places.items() if at]
            struck = [place for at in places.values() for place in at]
            apart = blank(text, _with_surroundings(struck, clauses_of(text)))
            text = blank(text, struck)
        for phrase in self.khmer_exceptions:
            text, count = phrase.pattern.subn(_STRUCK, text)
            apart = phrase.pattern.sub(_STRUCK, apart)
            found += [phrase.written] if count else []
        return Quieted(text, apart, tuple(found))

    def phrases_in(self, text: str) -> list[tuple[str, AlarmKind]]:
        """The phrases of danger that stand in the text, as written."""
        if not self.phrases and not self.khmer:
            return []
        heard = self.ear.hear(text)
        joined = khmer_form(text)
        return [
            *(
                (one.written, kind)
                for one, kind in self.phrases
                if any(True for _ in find(one.phrase, heard))
            ),
            *((phrase, kind) for phrase, kind in self.khmer if phrase in joined),
        ]


def khmer_form(text: str) -> str:
    """Without blanks, and with what is one word written in two ways made one."""
    return fold(_KHMER_NOISE.sub("", text))


def _spaced(letters: str) -> str:
    return f"{_NOISE}*".join(map(re.escape, letters))


def _with_surroundings(places: Iterable[range], clauses: Sequence[range]) -> list[range]:
    return [
        range(max(clause.start, place.start - _REACH), min(clause.stop, place.stop + _REACH))
        for place in places
        for clause in clauses
        if clause.start < place.stop and place.start < clause.stop
    ]
