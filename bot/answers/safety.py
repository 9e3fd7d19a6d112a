"""Hears danger in what a member writes, before anything else looks at it.

The phrases, the exceptions and the texts are data (`config/content/safety.vi.yaml`); here they are only matched. The
texts are always on, whatever the FAQ holds: they say nothing but numbers that are certain. In doubt it answers: numbers
shown once too often do no harm.
"""

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import Field, StringConstraints

from bot.answers.content import Part, Place, Source, Text
from bot.answers.phrases import Ear, Hearing, Phrase, PhraseError, compile_phrase, find, strike
from bot.errors import ContentError

_MAX_CHARS = 4000
"""What of a text is listened to: its beginning and its end. No platform carries longer messages."""

_KHMER_NOISE = re.compile("[\\s\u200b-\u200d\u2060]+")
_GroupName = Annotated[str, StringConstraints(pattern=r"^[a-z]+(_[a-z]+)*$")]
_EntryId = Annotated[str, StringConstraints(pattern=r"^[A-Z][A-Z0-9]*-[0-9]{2,}$")]


class SafetyKind(StrEnum):
    """What kind of danger was heard. A file must hold every kind, and its order says which goes first."""

    CHILD = "child"
    TRAFFICKING = "trafficking"
    FORCED_MARRIAGE = "forced_marriage"
    REPORT = "report"
    VIOLENCE = "violence"
    DESPAIR = "despair"
    SHELTER = "shelter"


@dataclass(frozen=True)
class SafetyHit:
    """What was heard and what to say at once: the entry's answer where it is switched on, else these texts.

    Show `text_km` together with `text_vi`, not instead of it, while `km_reviewed` is false.
    """

    kind: SafetyKind
    entry_id: str
    text_vi: str
    text_km: str
    km_reviewed: bool = False


class _KindPart(Part):
    id: Literal["child", "trafficking", "forced_marriage", "report", "violence", "despair", "shelter"]
    entry_id: _EntryId
    text_vi: Text
    text_km: Text
    km_reviewed: bool
    phrases_first: list[Text]
    phrases: list[Text] = Field(min_length=1)
    phrases_with_marks: list[Text]
    phrases_km: list[Text]


class _SafetyFile(Part):
    version: Literal[1]
    groups: dict[_GroupName, list[Text]]
    spellings: dict[Text, list[Text]]
    exceptions: list[Text]
    kinds: list[_KindPart]


@dataclass(frozen=True)
class _Listener:
    """One kind of danger, ready to be heard."""

    hit: SafetyHit
    phrases_first: tuple[Phrase, ...]
    phrases: tuple[Phrase, ...]
    phrases_with_marks: tuple[Phrase, ...]
    phrases_km: tuple[str, ...]


class SafetyDetector:
    """Knows the phrases of a file. Never changes after loading; `check` may run side by side."""

    def __init__(self, ear: Ear, exceptions: Sequence[Phrase], listeners: Sequence[_Listener]) -> None:
        self._ear = ear
        self._exceptions = exceptions
        self._listeners = listeners

    @classmethod
    def load(cls, path: Path) -> Self:
        """Read a phrase file; raises ContentError naming every fault by line and field."""
        source = Source.read(path)
        file = source.validate(_SafetyFile, items="kinds")
        faults: list[tuple[Place, str]] = list(_missing_and_repeated_kinds(file))

        def phrases(written: Sequence[str], place: Place) -> tuple[Phrase, ...]:
            compiled = []
            for at, phrase in enumerate(written):
                try:
                    compiled.append(compile_phrase(phrase, file.groups))
                except PhraseError as exc:
                    faults.append(((*place, at), str(exc)))
            return tuple(compiled)

        exceptions = phrases(file.exceptions, ("exceptions",))
        listeners = [_listener(part, at, phrases) for at, part in enumerate(file.kinds)]
        if faults:
            raise ContentError([source.fault(place, problem, items="kinds") for place, problem in faults])
        heard = (
            phrase
            for one in listeners
            for phrase in (*one.phrases_first, *one.phrases, *one.phrases_with_marks)
        )
        return cls(Ear([*exceptions, *heard], file.spellings), exceptions, listeners)

    def check(self, text: str) -> SafetyHit | None:
        """What danger the text speaks of, None for none. Takes any text; a very long one is listened to in part."""
        if len(text) > _MAX_CHARS:
            text = f"{text[: _MAX_CHARS // 2]}\n{text[-_MAX_CHARS // 2 :]}"
        heard = self._ear.hear(text)
        struck = strike(self._exceptions, heard)
        khmer = _khmer_form(text)
        return next((one.hit for one in self._listeners if _speaks_of(one, heard, struck, khmer)), None)


def _speaks_of(one: _Listener, heard: Hearing, struck: Hearing, khmer: str) -> bool:
    return (
        any(phrase in khmer for phrase in one.phrases_km)
        or any(True for phrase in one.phrases_first for _ in find(phrase, heard))
        or any(True for phrase in one.phrases for _ in find(phrase, struck))
        or any(True for phrase in one.phrases_with_marks for _ in find(phrase, struck, with_marks=True))
    )


def _listener(
    part: _KindPart, at: int, phrases: Callable[[Sequence[str], Place], tuple[Phrase, ...]]
) -> _Listener:
    return _Listener(
        SafetyHit(SafetyKind(part.id), part.entry_id, part.text_vi, part.text_km, part.km_reviewed),
        phrases_first=phrases(part.phrases_first, ("kinds", at, "phrases_first")),
        phrases=phrases(part.phrases, ("kinds", at, "phrases")),
        phrases_with_marks=phrases(part.phrases_with_marks, ("kinds", at, "phrases_with_marks")),
        phrases_km=tuple(map(_khmer_form, part.phrases_km)),
    )


def _missing_and_repeated_kinds(file: _SafetyFile) -> Iterator[tuple[Place, str]]:
    seen: set[str] = set()
    for at, part in enumerate(file.kinds):
        if part.id in seen:
            yield ("kinds", at, "id"), f"'id' {part.id} đã có ở trên"
        seen.add(part.id)
    for kind in SafetyKind:
        if kind not in seen:
            yield ("kinds",), f"thiếu loại '{kind}'"


def _khmer_form(text: str) -> str:
    """Without blanks, and with the two spellings of the subscript that look the same made one."""
    return _KHMER_NOISE.sub("", text).replace("\u17d2\u178a", "\u17d2\u178f")
