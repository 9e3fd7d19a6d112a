"""The FAQ bank as it is written in files: entries with their phrasings and answers, and their translations.

Read whole and checked, or refused. What officers change afterwards lives in the database; matching lives in `matcher`.
"""

import re
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field, StringConstraints

from bot.answers.content import Part, Place, Source, Text
from bot.errors import ContentError

_PLACEHOLDER = re.compile(r"\{\{\s*(\w+)\s*\}\}")
_BRACES = re.compile(r"\{\{|\}\}")
_EntryId = Annotated[str, StringConstraints(pattern=r"^[A-Z][A-Z0-9]*-[0-9]{2,}$")]
_Name = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]*$")]


class Certainty(StrEnum):
    """How an answer is known: from a public source, a weak one, as a description of this service, or not confirmed.

    A draft is what an officer has written and nobody has ever switched on: like an unconfirmed one, and known to nobody but officers.
    """

    SOURCED = "A"
    WEAKLY_SOURCED = "B"
    DESCRIBES_SERVICE = "D"
    UNCONFIRMED = "M"
    DRAFT = "N"


class Escalate(StrEnum):
    """Whom an entry leads to besides its answer; URGENT shows the emergency numbers first."""

    NONE = "none"
    CADRE = "cadre"
    URGENT = "urgent"


class Sensitive(StrEnum):
    """How discreetly questions on the entry are kept; HIGH ones never verbatim in the common log."""

    NONE = "none"
    PERSONAL = "personal"
    HIGH = "high"


def stricter(chosen: str, least: str, scale: type[Escalate | Sensitive]) -> str:
    """The stricter of two on the scale, which goes from the mildest; what is not on it stays as chosen."""
    order = [str(one) for one in scale]
    return max(chosen, least, key=order.index) if {chosen, least} <= set(order) else chosen


@dataclass(frozen=True)
class LocalField:
    """A blank that local officers fill; while it is empty, answers say `fallback`."""

    name: str
    description: str
    fallback: str


@dataclass(frozen=True)
class BankEntry:
    """A question-and-answer as written. `answer` may hold `{{fields}}`: show it through `render_answer` only.

    `cites` is what members are told of where it comes from, of the day `cites_on`; on `expires_on` it is answered for the last time.
    """

    entry_id: str
    topic: str
    question: str
    phrasings: tuple[str, ...]
    answer: str
    source: str
    certainty: Certainty
    needs_local_check: bool
    escalate: Escalate
    sensitive: Sensitive
    cites: str = ""
    cites_on: date | None = None
    expires_on: date | None = None


@dataclass(frozen=True)
class Bank:
    """All entries of a file in its order; `topics` maps a topic's key to its name."""

    language: str
    entries: tuple[BankEntry, ...]
    local_fields: Mapping[str, LocalField]
    topics: Mapping[str, str]


@dataclass(frozen=True)
class TranslatedAnswer:
    """An entry's question and answer in another language, and how people ask it in that. Until `reviewed` by a native speaker
    it is shown with the file's disclaimer.
    """

    entry_id: str
    question: str
    phrasings: tuple[str, ...]
    answer: str
    reviewed: bool


@dataclass(frozen=True)
class Translation:
    """The answers of a bank in another language."""

    language: str
    disclaimer: str
    answers: tuple[TranslatedAnswer, ...]


class _LocalFieldPart(Part):
    desc: Text
    fallback: Text


class _EntryPart(Part):
    id: _EntryId
    topic: Text
    question: Text
    phrasings: list[Text] = Field(min_length=1)
    answer: Text
    source: Text
    certainty: Literal["A", "B", "D", "M"]
    needs_local_check: bool
    escalate: Literal["none", "cadre", "urgent"]
    sensitive: Literal["none", "personal", "high"]
    cites: Annotated[str, StringConstraints(min_length=1, max_length=150)] = ""
    cites_on: date | None = None
    expires_on: date | None = None


class _BankFile(Part):
    version: Literal[1]
    language: Literal["vi"]
    local_fields: dict[_Name, _LocalFieldPart]
    topics: dict[_Name, Text]
    faqs: list[_EntryPart] = Field(min_length=1)


class _AnswerPart(Part):
    id: _EntryId
    reviewed: bool
    question: Text
    phrasings: list[Text] = Field(default_factory=list)
    answer: Text


class _TranslationFile(Part):
    version: Literal[1]
    language: Literal["km", "en"]
    status: Text
    disclaimer: Text
    answers: list[_AnswerPart] = Field(min_length=1)


def read_bank(path: Path) -> Bank:
    """Read a Vietnamese bank (`faq.vi.yaml`); raises ContentError naming every fault by line, entry and field."""
    source = Source.read(path)
    file = source.validate(_BankFile, items="faqs")
    _refuse(source, [*_repeated_ids([e.id for e in file.faqs], "faqs"), *_contradictions(file)], items="faqs")
    return Bank(
        language=file.language,
        entries=tuple(
            BankEntry(
                entry_id=part.id,
                topic=part.topic,
                question=part.question,
                phrasings=tuple(part.phrasings),
                answer=part.answer,
                source=part.source,
                certainty=Certainty(part.certainty),
                needs_local_check=part.needs_local_check,
                escalate=Escalate(part.escalate),
                sensitive=Sensitive(part.sensitive),
                cites=part.cites,
                cites_on=part.cites_on,
                expires_on=part.expires_on,
            )
            for part in file.faqs
        ),
        local_fields={
            name: LocalField(name, part.desc, part.fallback) for name, part in file.local_fields.items()
        },
        topics=dict(file.topics),
    )


def read_translation(path: Path) -> Translation:
    """Read a bank's answers in another language (`faq.km.yaml`); raises ContentError like `read_bank`."""
    source = Source.read(path)
    file = source.validate(_TranslationFile, items="answers")
    _refuse(source, _repeated_ids([part.id for part in file.answers], "answers"), items="answers")
    answers = (
        TranslatedAnswer(part.id, part.question, tuple(part.phrasings), part.answer, part.reviewed)
        for part in file.answers
    )
    return Translation(file.language, file.disclaimer, tuple(answers))


def is_on_at_first(entry: BankEntry) -> bool:
    """Whether the entry may be answered before an officer has looked at it."""
    return entry.certainty is not Certainty.UNCONFIRMED and not entry.needs_local_check


def render_answer(answer: str, fields: Mapping[str, str], local_fields: Mapping[str, LocalField]) -> str:
    """The answer with its `{{fields}}` filled; a field that is missing or blank in `fields` says its fallback.

    Fallbacks are written for the middle of a sentence, so the answer's first letter is made a capital.
    """

    def value(match: re.Match[str]) -> str:
        name = match[1]
        filled = fields.get(name, "").strip()
        if filled:
            return filled
        return local_fields[name].fallback if name in local_fields else match[0]

    text = _PLACEHOLDER.sub(value, answer)
    return text[:1].upper() + text[1:]


def _refuse(source: Source, faults: list[tuple[Place, str]], *, items: str) -> None:
    if faults:
        raise ContentError([source.fault(place, problem, items=items) for place, problem in faults])


def _repeated_ids(ids: list[str], items: str) -> list[tuple[Place, str]]:
    counts = Counter(ids)
    first = {entry_id: ids.index(entry_id) for entry_id in counts}
    return [
        ((items, at, "id"), f"'id' {entry_id} đã có ở trên")
        for at, entry_id in enumerate(ids)
        if at > first[entry_id]
    ]


def _contradictions(file: _BankFile) -> Iterator[tuple[Place, str]]:
    for at, part in enumerate(file.faqs):
        if part.topic not in file.topics:
            yield ("faqs", at, "topic"), f"'topic' {part.topic!r} không có trong 'topics'"
        if part.cites_on and not part.cites:
            yield ("faqs", at, "cites_on"), "có 'cites_on' mà thiếu 'cites'"
        for name in _PLACEHOLDER.findall(part.answer):
            if name not in file.local_fields:
                yield ("faqs", at, "answer"), f"'answer' dùng ô {{{{{name}}}}} không có trong 'local_fields'"
        if _BRACES.search(_PLACEHOLDER.sub("", part.answer)):
            yield ("faqs", at, "answer"), "'answer' có dấu {{ }} viết không đúng"
