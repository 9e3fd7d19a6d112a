"""Hears danger in what a member writes, before anything else looks at it.

Three ears listen, and any of them is enough. Officers' own phrases are always heeded. The phrases of the file catch what is said
plainly, unless everything else in the message speaks against it. A classifier taught with examples catches what is said in a
roundabout way. In doubt it answers: numbers shown once too often do no harm. What it says is always on, whatever the FAQ holds:
nothing but numbers that are certain.
"""

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Self

from sqlalchemy.ext.asyncio import AsyncConnection

from bot.answers.phrases import Ear, Hearing, PhraseError, blank, compile_phrase, find, strike
from bot.answers.safety_examples import AlarmKind
from bot.answers.safety_features import features
from bot.answers.safety_file import Listener, SafetyContent, SafetyHit, SafetyKind, WrittenPhrase, read_safety
from bot.answers.safety_model import Model
from bot.answers.safety_phrases import OwnPhrase, own_phrases
from bot.answers.safety_reading import MAX_CHARS, PASSAGE, Read, Reader
from bot.store import versions

__all__ = ["Alarm", "AlarmKind", "Explanation", "SafetyDetector", "SafetyHit", "SafetyKind", "assess"]

_CONTENT = Path(__file__).parents[2] / "config" / "content"
_HEARD = 0.3
"""From so much on (in logits) the classifier alone raises an alarm. See docs/decisions/safety.md for the figures."""
_SURE = 3.0
"""From so much on its alarm is urgent."""
_DOUBT = 0.7
"""How much less the worst passage counts in a long story, times the logarithm of the story's length in passages (which overlap by half).

Of many passages the worst looks bad by chance. A short message, read whole and by its sentences, loses nothing.
"""
_AGAINST = -0.25
"""Below so much a phrase of the file is not believed: the message speaks of a lesson, a film, the fields."""

_FEW = 4
"""Fewer words than these are mostly an answer to what we asked: the classifier alone has to be sure of them."""
_CLAUSE = re.compile(r"[.,;:!?\n]+")

_KHMER_NOISE = re.compile("[\\s\u200b-\u200d\u2060]+")
_SAID_FOR = {
    AlarmKind.VIOLENCE: SafetyKind.VIOLENCE,
    AlarmKind.SEXUAL: SafetyKind.SEXUAL,
    AlarmKind.CHILD: SafetyKind.CHILD,
    AlarmKind.SELF_HARM: SafetyKind.DESPAIR,
    AlarmKind.TRAFFICKING: SafetyKind.TRAFFICKING,
    AlarmKind.MEDICAL: SafetyKind.MEDICAL,
    AlarmKind.THREAT: SafetyKind.THREAT,
}


@dataclass(frozen=True, slots=True)
class Alarm:
    """That a message speaks of danger.

    `urgent`: it was said so that it can hardly mean anything else. When it is not, it sounds like it: answer as calmly, but ask
    before somebody is woken.
    """

    kind: AlarmKind
    urgent: bool


@dataclass(frozen=True, slots=True)
class Explanation:
    """Why a message raised an alarm or did not, for an officer who tries one."""

    alarm: Alarm | None
    said: SafetyHit | None
    """What would be answered."""
    phrases: tuple[str, ...]
    """The phrases that stand in it, as written, officers' own first."""
    exceptions: tuple[str, ...]
    """Officers' own exceptions that stand in it; what they cover was not listened to."""
    likelihood: float
    """The classifier's opinion, 0 to 1. Alarms begin at `alarm_from`."""
    alarm_from: float
    passage: str
    """The words, folded, that the classifier found most dangerous."""


@dataclass(frozen=True, slots=True)
class _Opinion:
    """The classifier's: how dangerous the worst passage is (in logits), its words, and the kind."""

    score: float
    passage: str
    kind: AlarmKind


_NOTHING = _Opinion(-math.inf, "", AlarmKind.VIOLENCE)


@dataclass(frozen=True, slots=True)
class _Own:
    """Officers' own phrases, compiled; Khmer ones are looked for letter by letter."""

    ear: Ear
    exceptions: tuple[WrittenPhrase, ...]
    phrases: tuple[tuple[WrittenPhrase, AlarmKind], ...]
    khmer: tuple[tuple[str, AlarmKind], ...]
    khmer_exceptions: tuple[str, ...]

    @classmethod
    def of(cls, own: Sequence[OwnPhrase], content: SafetyContent) -> Self:
        exceptions, phrases, khmer, khmer_exceptions = [], [], [], []
        for one in own:
            if one.language == "km":
                if one.is_exception:
                    khmer_exceptions.append(_khmer_form(one.phrase))
                else:
                    khmer.append((_khmer_form(one.phrase), one.kind))
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


class SafetyDetector:
    """Listens with one file of phrases, the classifier, and the officers' own phrases as of the last `refresh`."""

    def __init__(self, content: SafetyContent, reader: Reader, model: Model) -> None:
        self._content = content
        self._reader = reader
        self._model = model
        shipped = [phrase for one in content.listeners for phrase in one.all_phrases]
        self._ear = Ear([*content.exceptions, *shipped], content.spellings)
        self._said = {one.hit.kind: one.hit for one in content.listeners}
        self._own = _Own.of([], content)
        self._version = 0

    @classmethod
    def load(cls, path: Path) -> Self:
        """With this file of phrases; raises ContentError naming every fault by line and field."""
        return cls(read_safety(path), *_taught())

    async def refresh(self, connection: AsyncConnection) -> None:
        """Take in officers' own phrases where they have changed."""
        version = await versions.version_of(connection, versions.SAFETY_PHRASES)
        if version != self._version:
            self.take(await own_phrases(connection))
            self._version = version

    def take(self, own: Sequence[OwnPhrase]) -> None:
        """Listen for these phrases besides the shipped ones, and for no others of officers'."""
        self._own = _Own.of(own, self._content)

    def assess(self, text: str) -> Alarm | None:
        """What danger the text speaks of, None for none. Takes any text; a very long one is listened to in part."""
        return self.explain(text).alarm

    def check(self, text: str) -> SafetyHit | None:
        """What to say at once, None where no danger is heard."""
        return self.explain(text).said

    def explain(self, text: str) -> Explanation:
        """What is heard, and why."""
        if len(text) > MAX_CHARS:
            text = f"{text[: MAX_CHARS // 2]}\n{text[-MAX_CHARS // 2 :]}"
        text, exceptions = self._without_own_exceptions(text)
        own = self._own_phrases_in(text)
        opinion = self._listen(text)
        listeners, phrases = self._phrases_in(text)
        said: SafetyHit | None = None
        urgent = True
        if own:
            said = self._said[_SAID_FOR[own[0][1]]]
        elif listeners and (opinion.score >= _AGAINST or self._is_believed_by_itself(text)):
            said = listeners[0].hit
        elif opinion.score >= (_HEARD if len(text.split()) >= _FEW else _SURE):
            said = self._said[_SAID_FOR[opinion.kind]]
            urgent = opinion.score >= _SURE
        return Explanation(
            alarm=Alarm(said.alarm, urgent) if said else None,
            said=said,
            phrases=(*(written for written, _ in own), *phrases),
            exceptions=exceptions,
            likelihood=_likelihood(opinion.score),
            alarm_from=_likelihood(_HEARD),
            passage=opinion.passage,
        )

    def _without_own_exceptions(self, text: str) -> tuple[str, tuple[str, ...]]:
        own = self._own
        found: list[str] = []
        if own.exceptions:
            heard = own.ear.hear(text)
            places = {one.written: list(find(one.phrase, heard)) for one in own.exceptions}
            found = [written for written, at in places.items() if at]
            text = blank(text, [place for at in places.values() for place in at])
        if own.khmer_exceptions:
            joined = _khmer_form(text)
            for phrase in own.khmer_exceptions:
                if phrase in joined:
                    found.append(phrase)
                    text = joined = joined.replace(phrase, "។")
        return text, tuple(found)

    def _own_phrases_in(self, text: str) -> list[tuple[str, AlarmKind]]:
        own = self._own
        if not own.phrases and not own.khmer:
            return []
        heard = own.ear.hear(text)
        joined = _khmer_form(text)
        return [
            *((one.written, kind) for one, kind in own.phrases if any(True for _ in find(one.phrase, heard))),
            *((phrase, kind) for phrase, kind in own.khmer if phrase in joined),
        ]

    def _phrases_in(self, text: str) -> tuple[list[Listener], list[str]]:
        """Who hears one of his phrases in it, and the first phrase each hears."""
        heard = self._ear.hear(text)
        struck = strike(self._content.exceptions, heard)
        khmer = _khmer_form(text)
        found = [(one, _first_in(one, heard, struck, khmer)) for one in self._content.listeners]
        return [one for one, phrase in found if phrase], [phrase for _, phrase in found if phrase]

    def _is_believed_by_itself(self, text: str) -> bool:
        """Whether a clause in which a phrase stands is dangerous on its own, beside whatever harmless things."""
        return any(
            self._listen(clause).score >= _HEARD
            for clause in _CLAUSE.split(text)
            if clause.strip() and self._phrases_in(clause)[0]
        )

    def _listen(self, text: str) -> _Opinion:
        passages = self._reader.passages(text)
        placed = [self._model.weigh(features(passage, self._reader)) for passage in passages]
        doubt = _DOUBT * math.log(max(1.0, sum(map(len, passages)) / (2 * PASSAGE)))
        scores = [self._model.danger_in(passage) - doubt for passage in placed]
        if not scores:
            return _NOTHING
        worst = max(range(len(scores)), key=scores.__getitem__)
        if scores[worst] < _HEARD:
            return _Opinion(scores[worst], _spelt(passages[worst]), AlarmKind.VIOLENCE)
        dangerous = [passage for passage, score in zip(placed, scores, strict=True) if score >= _HEARD]
        return _Opinion(scores[worst], _spelt(passages[worst]), self._model.kind_of(dangerous))


def assess(text: str) -> Alarm | None:
    """What danger the text speaks of as far as the shipped files know; officers' own phrases are not heard here."""
    return _shipped().assess(text)


@cache
def _shipped() -> SafetyDetector:
    return SafetyDetector.load(_CONTENT / "safety.vi.yaml")


@cache
def _taught() -> tuple[Reader, Model]:
    return Reader.load(_CONTENT / "safety.words.yaml"), Model.load(_CONTENT / "safety.model.npz")


def _first_in(one: Listener, heard: Hearing, struck: Hearing, khmer: str) -> str:
    for phrase in one.phrases_km:
        if _khmer_form(phrase) in khmer:
            return phrase
    for phrases, where, with_marks in (
        (one.phrases_first, heard, False),
        (one.phrases, struck, False),
        (one.phrases_with_marks, struck, True),
    ):
        for written in phrases:
            if any(True for _ in find(written.phrase, where, with_marks=with_marks)):
                return written.written
    return ""


def _spelt(passage: Sequence[Read]) -> str:
    return " ".join(word.plain for word in passage)


def _likelihood(score: float) -> float:
    return 1 / (1 + math.exp(-max(-50.0, min(50.0, score))))


def _khmer_form(text: str) -> str:
    """Without blanks, and with the two spellings of the subscript that look the same made one."""
    return _KHMER_NOISE.sub("", text).replace("\u17d2\u178a", "\u17d2\u178f")
