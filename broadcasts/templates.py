"""The announcements an officer may start from, read from a file that people write: whole and checked, or refused.

Each has blanks like {{gio}} that she fills in before it can be confirmed: they are no merge fields, so `text_faults.faults`
names every one that is left.
"""

import re
from collections import Counter
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field, StringConstraints

from bot.answers.content import Part, Place, Source, Text
from bot.errors import ContentError
from broadcasts.markup import FIELD
from broadcasts.message import FIELDS

_BLANK = re.compile(r"\{\{([^{}]*)\}\}")
_Id = Annotated[str, StringConstraints(pattern=r"^ANN-[0-9]{2,}$")]
_Name = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]*$")]


@dataclass(frozen=True, slots=True)
class Announcement:
    """One to start from. `when`, `who` and `not_whom` are advice for the officer; nothing acts on them."""

    announcement_id: str
    title: str
    category: str
    text: str
    when: str
    who: str
    not_whom: str
    note: str
    category_key: str = ""
    is_urgent: bool = False


class _SendPart(Part):
    rule: Text
    remind: Text


class _AudiencePart(Part):
    units: Text
    who: Text
    exclude: Text


class _AnnouncementPart(Part):
    id: _Id
    title: Annotated[str, StringConstraints(min_length=1, max_length=200)]
    category: Text
    priority: Literal["normal", "urgent"] = "normal"
    send: _SendPart
    audience: _AudiencePart
    fields: list[_Name]
    text: Text
    note: str = ""
    khmer: Literal["required", "recommended", "optional"]


class _DayPart(Part):
    date: Text
    name: Text
    note: str = ""
    certainty: Literal["A", "B", "M"]


class _File(Part):
    version: Literal[1]
    timezone: Literal["Asia/Ho_Chi_Minh"]
    categories: dict[_Name, Text]
    calendar: list[_DayPart]
    announcements: list[_AnnouncementPart] = Field(min_length=1)


def read_announcements(path: Path) -> tuple[Announcement, ...]:
    """Read the file (`campaigns.vi.yaml`); raises ContentError naming every fault by line and announcement."""
    source = Source.read(path)
    file = source.validate(_File, items="announcements")
    if faults := list(_faults(file)):
        raise ContentError([source.fault(place, problem, items="announcements") for place, problem in faults])
    return tuple(
        Announcement(
            announcement_id=part.id,
            title=part.title,
            category=file.categories[part.category],
            text=part.text,
            when=part.send.rule,
            who=_named(f"{part.audience.units}: {part.audience.who}", file.categories),
            not_whom="" if part.audience.exclude == "none" else part.audience.exclude,
            note=part.note,
            category_key=part.category,
            is_urgent=part.priority == "urgent",
        )
        for part in file.announcements
    )


def read_categories(path: Path) -> dict[str, str]:
    """What announcements are about, by key and name, in the file's order. Raises ContentError."""
    source = Source.read(path)
    return dict(source.validate(_File, items="announcements").categories)


def blanks_of(text: str, local: Collection[str] = ()) -> list[str]:
    """What is left to be filled in: every {{name}} that is no merge field, `local` ones included, in the order of the text."""
    names = (match[1].strip() for match in FIELD.finditer(text))
    return list(dict.fromkeys(name for name in names if name and name not in FIELDS and name not in local))


def filled_in(text: str, values: Mapping[str, str]) -> str:
    """The text with the blanks of these names replaced by what the officer wrote; blank values replace nothing."""

    def value(match: re.Match[str]) -> str:
        return values.get(match[1].strip(), "").strip() or match[0]

    return _BLANK.sub(value, text)


def _named(advice: str, categories: Mapping[str, str]) -> str:
    """The advice with the names of categories in place of their keys."""
    for key, name in categories.items():
        advice = advice.replace(f"'{key}'", f"«{name}»")
    return advice


def _faults(file: _File) -> Iterator[tuple[Place, str]]:
    seen = Counter[str]()
    for at, part in enumerate(file.announcements):
        place = ("announcements", at)
        seen[part.id] += 1
        if seen[part.id] > 1:
            yield (*place, "id"), f"'id' {part.id} đã có ở trên"
        if part.category not in file.categories:
            yield (*place, "category"), f"'category' {part.category!r} không có trong 'categories'"
        for name in blanks_of(part.text):
            if name not in part.fields:
                yield (*place, "text"), f"'text' dùng ô {{{{{name}}}}} không có trong 'fields'"
        if "{{" in (rest := _BLANK.sub("", part.text)) or "}}" in rest:
            yield (*place, "text"), "'text' có dấu {{ }} viết không đúng"
