"""A text of an announcement as one person gets it: merge fields, what stands out, links.

A text is taken apart once and put together from its pieces, so what stands in a member's row is only ever text: a member
named "{{xa}}" or "**Hoa**" is greeted by just that. Her whole message makes `broadcasts.prepared`; what is wrong with a text,
`broadcasts.text_faults` says.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from types import MappingProxyType

from bot import text as texts_of_people
from bot.channels.contract import Outgoing, Span, TemplateCall
from bot.languages import DEFAULT
from bot.text import utf16_length
from broadcasts import markup
from broadcasts.content import Approved, Content
from broadcasts.markup import Field, Link

FIELDS = {
    "ten": 40,  # Her given name, the last word of the full one.
    "ho_ten": 100,
    "xa": 100,  # Her commune or ward.
    "ap": 100,  # Her hamlet.
    "chi_hoi": 100,  # Her branch.
    "don_vi": 100,  # The unit she belongs to, whatever its level.
}
"""The merge fields that every member has, and how many UTF-16 units of each are used at most, so that the longest message
is known beforehand. The local fields of the units (bot.answers.local_facts) come to these."""
LONGEST_LOCAL = 300

STOP_LINES = {
    "vi": "Không muốn nhận tin nữa, chị gõ NGUNG.",
    # Made without a native speaker, not yet reviewed.
    "km": "បើមិនចង់ទទួលសារទៀតទេ សូមវាយ NGUNG។",
}
"""How to stop, in the language of the text and not of whoever looks at it: it is sent with it (Decree 91/2020)."""

# Where a member's row says nothing, the sentence around the field still has to read well.
UNKNOWN = {
    "vi": {"ten": "chị", "ho_ten": "chị", "xa": "xã mình", "ap": "ấp mình", "chi_hoi": "chi hội mình",
           "don_vi": "Hội Phụ nữ"},
    "km": {"ten": "បងស្រី", "ho_ten": "បងស្រី", "xa": "ឃុំយើង", "ap": "ភូមិយើង", "chi_hoi": "សាខាយើង",
           "don_vi": "សមាគមនារី"},
}  # fmt: skip

_STOP_WORD = re.compile(r"\bngung\b", re.IGNORECASE)  # Unfolded: "ngừng họp" says nothing of stopping us.
_HER_OWN = frozenset({"ten", "ho_ten"})  # Names of people are kept nowhere.
_LONGEST_COUNTED_LINK = 200
_LONGEST_VALUE = 200  # Of approved wording whose platform has not said.
_NOTHING: Mapping[str, str] = MappingProxyType({})

LinkOf = Callable[[int], str]
"""The address through which a link's clicks are counted, by the link's number."""


@dataclass(frozen=True, slots=True)
class Person:
    """What merge fields are filled with."""

    full_name: str
    commune: str = ""
    hamlet: str = ""
    branch: str = ""
    unit: str = ""
    local: Mapping[str, str] = field(
        default_factory=dict
    )  # What her units say, of local fields: merge_fields.values.

    def value(self, name: str) -> str:
        match name:
            case "ten":
                return self.full_name.split()[-1] if self.full_name.split() else ""
            case "ho_ten":
                return self.full_name
            case "xa":
                return self.commune
            case "ap":
                return self.hamlet
            case "chi_hoi":
                return self.branch
            case "don_vi":
                return self.unit
            case _:
                return self.local.get(name, "")


@dataclass(frozen=True, slots=True)
class Rendered:
    text: str
    spans: tuple[Span, ...] = ()


class Template:
    """A text taken apart, to be put together for each person."""

    def __init__(
        self,
        text: str,
        language: str = DEFAULT,
        *,
        local: Mapping[str, str] = _NOTHING,
        numbers: Mapping[str, int] | None = None,
    ) -> None:
        """`local` are the local fields there are, by name, with what is said where no unit says more; `numbers` those of
        links, by address. What is no field stands as it was written.
        """
        marked = markup.parse(text)
        self._ranges = sorted(marked.ranges, key=lambda one: (one.first, -one.end))
        self._numbers = (
            numbers
            if numbers is not None
            else {url: at for at, url in enumerate(dict.fromkeys(marked.links))}
        )
        self._fallbacks = {**local, **UNKNOWN.get(language, UNKNOWN[DEFAULT])}
        self._language = language
        self._pieces: list[markup.Piece] = [
            piece.written if isinstance(piece, Field) and piece.name not in self._fallbacks else piece
            for piece in marked.pieces
        ]
        self._is_constant = all(isinstance(piece, str) for piece in self._pieces)
        self._constant = self._put_together(Person(""), None) if self._is_constant else Rendered("")

    def render(self, person: Person, link: LinkOf | None = None) -> Rendered:
        """The text for her. With `link`, its links lead through that; else as they were written."""
        return self._constant if self._is_constant else self._put_together(person, link)

    def longest(self, *, counts_clicks: bool = False) -> int:
        """UTF-16 units of the longest text that can come of it."""
        return sum(self._longest(piece, counts_clicks=counts_clicks) for piece in self._pieces)

    def _put_together(self, person: Person, link: LinkOf | None) -> Rendered:
        whole: list[str] = []
        for piece in self._pieces:
            words = self._words(piece, person, link)
            if words is None and isinstance(piece, Field):
                whole[-1:], words = _without_echo(whole[-1:], self._fallback(piece), self._language)
            whole.append(words or "")
        if not self._ranges:
            return Rendered("".join(whole))
        starts = [0]
        for words in whole:
            starts.append(starts[-1] + utf16_length(words))
        return Rendered(
            "".join(whole),
            tuple(
                Span(one.style, starts[one.first], starts[one.end] - starts[one.first])
                for one in self._ranges
                if starts[one.first] < starts[one.end]
            ),
        )

    def _words(self, piece: markup.Piece, person: Person, link: LinkOf | None) -> str | None:
        """None where nothing is known of her for a field."""
        if isinstance(piece, str):
            return piece
        if isinstance(piece, Link):
            return piece.url if link is None else link(self._numbers[piece.url])
        most = FIELDS.get(piece.name, LONGEST_LOCAL)
        line = _line if piece.name in _HER_OWN else _line_of_many
        return line(person.value(piece.name), most) or None

    def _fallback(self, piece: Field) -> str:
        most = FIELDS.get(piece.name, LONGEST_LOCAL)
        return texts_of_people.cut(piece.fallback or self._fallbacks[piece.name], most)

    def _longest(self, piece: markup.Piece, *, counts_clicks: bool) -> int:
        if isinstance(piece, Field):
            return FIELDS.get(piece.name, LONGEST_LOCAL)
        if isinstance(piece, Link):
            return max(utf16_length(piece.url), _LONGEST_COUNTED_LINK if counts_clicks else 0)
        return utf16_length(piece)


def call(
    approved: Approved, person: Person, *, phone: str = "", local: Mapping[str, str] = _NOTHING
) -> Outgoing:
    """The same by wording that her platform has approved; given a phone number, to that."""
    values = {
        name: texts_of_people.cut(
            Template(value, local=local).render(person).text, approved.longest.get(name) or _LONGEST_VALUE
        )
        for name, value in approved.values.items()
    }
    return Outgoing(
        " · ".join(values.values()) or f"[{approved.template_id}]",
        template=TemplateCall(approved.template_id, values, phone),
    )


def links(texts: Mapping[str, str], content: Content | None = None) -> list[str]:
    """The addresses in an announcement, each once, in the order of their numbers (from 0): Vietnamese first, then the other
    languages, then what only stands in the second text of a trial.
    """
    written = [dict(texts)]
    if content and content.trial:
        written.append(dict(content.trial.texts))
    return list(
        dict.fromkeys(
            url
            for of_variant in written
            for language in sorted(of_variant, key=lambda name: (name != DEFAULT, name))
            for url in markup.parse(of_variant[language]).links
        )
    )


def complete(text: str, language: str = DEFAULT) -> str:
    """The text as it is sent, fields aside: cleaned, and with the line that says how to stop if it does not say so."""
    text = texts_of_people.clean(text)
    if _STOP_WORD.search(text):
        return text
    return f"{text}\n\n{STOP_LINES.get(language, STOP_LINES[DEFAULT])}"


def language_for(texts: Mapping[str, object], language: str) -> str:
    """The language that somebody who speaks `language` is written to in."""
    return language if language in texts else DEFAULT


def _without_echo(before: list[str], fallback: str, language: str) -> tuple[list[str], str]:
    """What stands before a field, and what is said in its place: "Chào chị {{ten}}!" greets whose name is not known "Chào chị!"
    and not "Chào chị chị!".
    """
    said = before[0].rstrip() if before else ""
    words = fallback.split()
    for count in range(len(words), 0, -1):
        echo = " ".join(words[:count])
        # Khmer has no blanks between words.
        whole_word = language == "km" or not said[: -len(echo)][-1:].isalnum()
        if said.casefold().endswith(echo.casefold()) and whole_word:
            rest = " ".join(words[count:])
            return [before[0] if rest else said], rest
    return before, fallback


def _line(value: str, most: int) -> str:
    """What stands in a row as a part of a sentence; empty for nothing."""
    return texts_of_people.cut(" ".join(texts_of_people.clean(value).split()), most)


_line_of_many = lru_cache(maxsize=4096)(_line)
"""The same of what many share, such as a commune's name: it is asked again for every one of them."""
