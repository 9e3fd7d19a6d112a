"""Hears in what a member writes what is nobody else's business: her marriage, her body, debts, drink, what her family is ashamed of.

What these words are stands in `config/content/private.vi.yaml`. Only what is surely private is in it: a sick child, a funeral,
work in the fields are why somebody cannot come, and officers need to read it. Danger is the business of `safety`.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, Self

from pydantic import Field

from bot.answers.content import Part, Place, Source, Text
from bot.answers.phrases import Ear, Phrase, PhraseError, compile_phrase, find, strike
from bot.answers.safety_own import khmer_form
from bot.errors import ContentError

_LONGEST = 2000
"""What of a text is listened to; a longer one is a story, whose beginning says what it is about."""
_CLAUSE_END = re.compile("[,:…]")


@dataclass(frozen=True, slots=True)
class PrivateMatters:
    ear: Ear
    exceptions: tuple[Phrase, ...]
    phrases: tuple[Phrase, ...]
    phrases_with_marks: tuple[Phrase, ...]
    phrases_km: tuple[str, ...]

    @classmethod
    def load(cls, path: Path) -> Self:
        """Read a file of phrases; raises ContentError naming every fault by line and field."""
        source = Source.read(path)
        file = source.validate(_PrivateFile, items="phrases")
        faults: list[tuple[Place, str]] = []

        def compiled(written: Sequence[str], field: str) -> tuple[Phrase, ...]:
            phrases = []
            for at, phrase in enumerate(written):
                try:
                    phrases.append(compile_phrase(phrase, file.groups))
                except PhraseError as exc:
                    faults.append(((field, at), str(exc)))
            return tuple(phrases)

        exceptions = compiled(file.exceptions, "exceptions")
        phrases = compiled(file.phrases, "phrases")
        with_marks = compiled(file.phrases_with_marks, "phrases_with_marks")
        if faults:
            raise ContentError([source.fault(place, problem, items="phrases") for place, problem in faults])
        return cls(
            Ear([*exceptions, *phrases, *with_marks], file.spellings),
            exceptions,
            phrases,
            with_marks,
            tuple(map(khmer_form, file.phrases_km)),
        )

    def are_in(self, text: str) -> bool:
        """Whether the text speaks of such a matter. Takes any text."""
        text = text[:_LONGEST]
        joined = khmer_form(text)
        if any(phrase in joined for phrase in self.phrases_km):
            return True
        heard = strike(self.exceptions, self.ear.hear(_CLAUSE_END.sub(".", text)))
        return any(
            True
            for phrases, with_marks in ((self.phrases, False), (self.phrases_with_marks, True))
            for phrase in phrases
            for _ in find(phrase, heard, with_marks=with_marks)
        )


class _PrivateFile(Part):
    version: Literal[1]
    groups: dict[str, list[Text]]
    spellings: dict[Text, list[Text]]
    exceptions: list[Text]
    phrases: list[Text] = Field(min_length=1)
    phrases_with_marks: list[Text]
    phrases_km: list[Text]
