"""The words of an announcement as one person gets them: merge fields, what stands out, links, numbered answers.

A text is taken apart once and put together from its pieces, so what stands in a member's row is only ever text: a member
named "{{xa}}" or "**Hoa**" is greeted by just that. What is wrong with a text, `broadcasts.text_faults` says.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from types import MappingProxyType

from bot import text as texts_of_people
from bot.channels.contract import Choice, Outgoing, Span, TemplateCall
from bot.languages import DEFAULT
from bot.store.tables.broadcasts import Variant
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

ANSWER_LINES = {
    "vi": "Chị trả lời bằng một số:",
    # Made without a native speaker, not yet reviewed.
    "km": "សូមឆ្លើយដោយវាយលេខមួយ៖",
}

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

AnswerValue = Callable[[int], str]
"""What pressing an answer says (`broadcasts.responses.choice_value`), by the answer's number."""


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
        whole = [self._words(piece, person, link) for piece in self._pieces]
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
            ),
        )

    def _words(self, piece: markup.Piece, person: Person, link: LinkOf | None) -> str:
        if isinstance(piece, str):
            return piece
        if isinstance(piece, Link):
            return piece.url if link is None else link(self._numbers[piece.url])
        most = FIELDS.get(piece.name, LONGEST_LOCAL)
        line = _line if piece.name in _HER_OWN else _line_of_many
        return line(person.value(piece.name), most) or texts_of_people.cut(
            piece.fallback or self._fallbacks[piece.name], most
        )

    def _longest(self, piece: markup.Piece, *, counts_clicks: bool) -> int:
        if isinstance(piece, Field):
            return FIELDS.get(piece.name, LONGEST_LOCAL)
        if isinstance(piece, Link):
            return max(utf16_length(piece.url), _LONGEST_COUNTED_LINK if counts_clicks else 0)
        return utf16_length(piece)


class Prepared:
    """An announcement ready to be written to many: every text taken apart once.

    `local` as for `Template`: `await merge_fields.local(connection)`.
    """

    def __init__(
        self, texts: Mapping[str, str], content: Content | None = None, local: Mapping[str, str] = _NOTHING
    ) -> None:
        self._content = content or Content()
        self._numbers = {url: number for number, url in enumerate(links(texts, self._content))}
        self._local = local
        self._texts = {Variant.WHOLE: self._of(texts)}
        if self._content.trial:
            self._texts[Variant.B] = self._of(self._content.trial.texts)

    def outgoing(
        self,
        language: str,
        person: Person,
        link: LinkOf | None = None,
        *,
        answer_value: AnswerValue | None = None,
        variant: int = Variant.WHOLE,
    ) -> Outgoing:
        """Her whole message. `link` counts only where the announcement counts clicks; without `answer_value` its answers can be
        looked at, but are nobody's.
        """
        texts = self._texts[Variant.B if variant == Variant.B and Variant.B in self._texts else Variant.WHOLE]
        written = texts[language if language in texts else DEFAULT]
        rendered = written.template.render(person, link if self._content.counts_clicks else None)
        choices = written.rest.choices
        if answer_value:
            choices = tuple(
                Choice(answer_value(number), choice.label) for number, choice in enumerate(choices, 1)
            )
        return Outgoing(
            rendered.text + written.rest.text,
            choices,
            attachment=written.rest.attachment,
            spans=rendered.spans,
        )

    def post(self) -> Outgoing:
        """What everybody in a group reads: in Vietnamese, nobody's name, no answers to pick, nothing about stopping."""
        written = self._texts[Variant.WHOLE][DEFAULT]
        rendered = written.template.render(Person(""))
        return Outgoing(rendered.text, attachment=written.rest.attachment, spans=rendered.spans)

    def longest(self, language: str, *, variant: int = Variant.WHOLE) -> int:
        """UTF-16 units of the longest message that can come of it in this language."""
        written = self._texts[Variant(variant)][language]
        return written.template.longest(counts_clicks=self._content.counts_clicks) + utf16_length(
            written.rest.text
        )

    def _of(self, texts: Mapping[str, str]) -> "dict[str, _Written]":
        return {language: self._write(text, language) for language, text in texts.items()}

    def _write(self, text: str, language: str) -> "_Written":
        """What officers write may be marked up; the answers and the line that says how to stop are words."""
        text = complete(text, language)
        stop = f"\n\n{STOP_LINES.get(language, STOP_LINES[DEFAULT])}"
        stop = stop if text.endswith(stop) else ""
        choices = _choices(self._content, language)
        listed = "\n".join(f"{choice.value}. {choice.label}" for choice in choices)
        answers = f"\n\n{ANSWER_LINES.get(language, ANSWER_LINES[DEFAULT])}\n{listed}" if listed else ""
        return _Written(
            Template(text.removesuffix(stop), language, local=self._local, numbers=self._numbers),
            Outgoing(answers + stop, choices, attachment=self._content.attachment),
        )


@dataclass(frozen=True, slots=True)
class _Written:
    template: Template
    rest: Outgoing  # All but the officer's text; its own text comes after that.


def compose(
    texts: Mapping[str, str],
    content: Content,
    language: str,
    person: Person,
    link: LinkOf | None = None,
    *,
    answer_value: AnswerValue | None = None,
    variant: int = Variant.WHOLE,
    local: Mapping[str, str] = _NOTHING,
) -> Outgoing:
    """One person's whole message. Who writes to many keeps a `Prepared`."""
    return Prepared(texts, content, local).outgoing(
        language, person, link, answer_value=answer_value, variant=variant
    )


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


def _line(value: str, most: int) -> str:
    """What stands in a row as a part of a sentence; empty for nothing."""
    return texts_of_people.cut(" ".join(texts_of_people.clean(value).split()), most)


_line_of_many = lru_cache(maxsize=4096)(_line)
"""The same of what many share, such as a commune's name: it is asked again for every one of them."""


def _choices(content: Content, language: str) -> tuple[Choice, ...]:
    labels = (answer.get(language) or answer.get(DEFAULT, "") for answer in content.answers)
    return tuple(
        Choice(str(number), " ".join(texts_of_people.clean(label).split()))
        for number, label in enumerate(labels, 1)
    )
