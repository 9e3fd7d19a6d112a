"""An announcement made ready for many: her language, her text of two, the answers to pick, how to stop; or a post, for all to read.

Each text is taken apart once (`broadcasts.message`), whoever it is written to.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

from bot.channels.contract import Choice, Outgoing
from bot.languages import DEFAULT
from bot.store.tables.broadcasts import Variant
from bot.text import clean, utf16_length
from broadcasts.content import Content
from broadcasts.message import STOP_LINES, LinkOf, Person, Template, complete, links

ANSWER_LINES = {
    "vi": "Chị trả lời bằng một số:",
    # Made without a native speaker, not yet reviewed.
    "km": "សូមឆ្លើយដោយវាយលេខមួយ៖",
}

_NOTHING: Mapping[str, str] = MappingProxyType({})

AnswerValue = Callable[[int], str]
"""What pressing an answer says (`broadcasts.responses.choice_value`), by the answer's number."""


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

    def post(self, link: LinkOf | None = None) -> Outgoing:
        """What everybody in a group reads: in Vietnamese, nobody's name, no answers to pick, nothing about stopping. `link` as
        for `outgoing`: who opens one there, nobody knows, only how often.
        """
        written = self._texts[Variant.WHOLE][DEFAULT]
        rendered = written.template.render(Person(""), link if self._content.counts_clicks else None)
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


def _choices(content: Content, language: str) -> tuple[Choice, ...]:
    labels = (answer.get(language) or answer.get(DEFAULT, "") for answer in content.answers)
    return tuple(
        Choice(str(number), " ".join(clean(label).split())) for number, label in enumerate(labels, 1)
    )
