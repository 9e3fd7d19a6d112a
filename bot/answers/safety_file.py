"""The safety net's phrases and what it says at once, as written in `config/content/safety.vi.yaml`: read whole and checked, or refused."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field, StringConstraints

from bot.answers.content import Part, Place, Source, Text
from bot.answers.phrases import Phrase, PhraseError, compile_phrase
from bot.answers.safety_cry import Cry
from bot.answers.safety_examples import AlarmKind
from bot.errors import ContentError

_GroupName = Annotated[str, StringConstraints(pattern=r"^[a-z]+(_[a-z]+)*$")]
_Word = Annotated[str, StringConstraints(pattern=r"^[^\W\d_]+$")]
_EntryId = Annotated[str, StringConstraints(pattern=r"^[A-Z][A-Z0-9]*-[0-9]{2,}$")]


class SafetyKind(StrEnum):
    """What is said at once. A file must hold every kind, and its order says which goes first."""

    CHILD = "child"
    TRAFFICKING = "trafficking"
    FORCED_MARRIAGE = "forced_marriage"
    REPORT = "report"
    SEXUAL = "sexual"
    THREAT = "threat"
    VIOLENCE = "violence"
    MEDICAL = "medical"
    DESPAIR = "despair"
    SHELTER = "shelter"


@dataclass(frozen=True)
class SafetyHit:
    """What was heard and what to say at once: the entry's answer where it is switched on, else these texts.

    Show `text_km` together with `text_vi`, not instead of it, while `km_reviewed` is false.
    """

    kind: SafetyKind
    alarm: AlarmKind
    entry_id: str
    text_vi: str
    text_km: str
    km_reviewed: bool = False


@dataclass(frozen=True)
class WrittenPhrase:
    """A phrase as compiled, and as it stands in the file or the console."""

    written: str
    phrase: Phrase


@dataclass(frozen=True)
class Listener:
    """One kind of danger, ready to be heard."""

    hit: SafetyHit
    phrases_first: tuple[WrittenPhrase, ...]
    phrases: tuple[WrittenPhrase, ...]
    phrases_with_marks: tuple[WrittenPhrase, ...]
    phrases_km: tuple[str, ...]
    exceptions: tuple[Phrase, ...] = ()
    """What looks like this kind and is another: struck before this kind is listened for, after `phrases_first`."""

    @property
    def all_phrases(self) -> tuple[Phrase, ...]:
        heard = (*self.phrases_first, *self.phrases, *self.phrases_with_marks)
        return (*(one.phrase for one in heard), *self.exceptions)


@dataclass(frozen=True)
class SafetyContent:
    """The file as read."""

    exceptions: tuple[Phrase, ...]
    listeners: tuple[Listener, ...]
    groups: Mapping[str, Sequence[str]]
    spellings: Mapping[str, Sequence[str]]
    cry: Cry


class _CryPart(Part):
    calls: list[_Word]
    beside: list[_Word]


class _KindPart(Part):
    id: Literal[
        "child", "trafficking", "forced_marriage", "report", "sexual", "threat", "violence", "medical",
        "despair", "shelter",
    ]  # fmt: skip
    alarm: Literal["violence", "sexual", "child", "self_harm", "trafficking", "medical", "threat"]
    entry_id: _EntryId
    text_vi: Text
    text_km: Text
    km_reviewed: bool
    phrases_first: list[Text]
    phrases: list[Text] = Field(min_length=1)
    phrases_with_marks: list[Text]
    phrases_km: list[Text]
    exceptions: list[Text] = Field(default_factory=list)


class _SafetyFile(Part):
    version: Literal[1]
    groups: dict[_GroupName, list[Text]]
    spellings: dict[Text, list[Text]]
    exceptions: list[Text]
    cry: _CryPart
    kinds: list[_KindPart]


def read_safety(path: Path) -> SafetyContent:
    """Read a phrase file; raises ContentError naming every fault by line and field."""
    source = Source.read(path)
    file = source.validate(_SafetyFile, items="kinds")
    faults: list[tuple[Place, str]] = list(_missing_and_repeated_kinds(file))

    def phrases(written: Sequence[str], place: Place) -> tuple[WrittenPhrase, ...]:
        compiled = []
        for at, phrase in enumerate(written):
            try:
                compiled.append(WrittenPhrase(phrase, compile_phrase(phrase, file.groups)))
            except PhraseError as exc:
                faults.append(((*place, at), str(exc)))
        return tuple(compiled)

    exceptions = phrases(file.exceptions, ("exceptions",))
    listeners = tuple(_listener(part, at, phrases) for at, part in enumerate(file.kinds))
    if faults:
        raise ContentError([source.fault(place, problem, items="kinds") for place, problem in faults])
    cry = Cry(file.cry.calls, file.cry.beside, file.spellings)
    return SafetyContent(tuple(one.phrase for one in exceptions), listeners, file.groups, file.spellings, cry)


def _listener(
    part: _KindPart, at: int, phrases: Callable[[Sequence[str], Place], tuple[WrittenPhrase, ...]]
) -> Listener:
    return Listener(
        SafetyHit(
            SafetyKind(part.id),
            AlarmKind(part.alarm),
            part.entry_id,
            part.text_vi,
            part.text_km,
            part.km_reviewed,
        ),
        phrases_first=phrases(part.phrases_first, ("kinds", at, "phrases_first")),
        phrases=phrases(part.phrases, ("kinds", at, "phrases")),
        phrases_with_marks=phrases(part.phrases_with_marks, ("kinds", at, "phrases_with_marks")),
        phrases_km=tuple(part.phrases_km),
        exceptions=tuple(one.phrase for one in phrases(part.exceptions, ("kinds", at, "exceptions"))),
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
