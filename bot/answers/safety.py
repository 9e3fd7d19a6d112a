"""Hears danger in what a member writes, before anything else looks at it.

Three ears listen, and any of them is enough. Officers' own phrases are always heeded. The phrases of the file catch what is said
plainly, unless everything else in the message speaks against it. A classifier taught with examples catches what is said in a
roundabout way. In doubt it answers: numbers shown once too often do no harm. What it says is always on, whatever the FAQ holds:
nothing but numbers that are certain.
"""

import math
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Self

from sqlalchemy.ext.asyncio import AsyncConnection

from bot.answers.phrases import Ear, Hearing, find, strike
from bot.answers.safety_examples import AlarmKind
from bot.answers.safety_features import features
from bot.answers.safety_file import Listener, SafetyContent, SafetyHit, SafetyKind, read_safety
from bot.answers.safety_model import Model
from bot.answers.safety_own import OwnEar, khmer_form
from bot.answers.safety_phrases import OwnPhrase, own_phrases
from bot.answers.safety_reading import MAX_CHARS, PASSAGE, Read, Reader
from bot.store import versions

__all__ = ["Alarm", "AlarmKind", "Explanation", "SafetyDetector", "SafetyHit", "SafetyKind", "assess"]

_CONTENT = Path(__file__).parents[2] / "config" / "content"
_HEARD = -0.4
"""From so much on (in logits) the classifier alone raises an alarm. See docs/decisions/safety.md for the figures."""
_SURE = 3.0
"""From so much on its alarm is urgent."""
_DOUBT = 0.7
"""How much less the worst passage counts in a long story, times the logarithm of the story's length in passages (which overlap by half).

Of many passages the worst looks bad by chance. A short message, read whole and by its sentences, loses nothing.
"""
_AGAINST = -0.5
"""Below so much a phrase of the file is not believed: the message speaks of a lesson, a film, the fields."""

_PLAIN = 2.0
"""From so much on a phrase of the file is believed for the few words round it alone, whatever else the message says."""
_ROUND = 8
"""So many words of a run without commas are listened to together for that, in pieces that overlap by half."""

_FEW = 4
"""Fewer words than these are mostly an answer to what we asked: the classifier alone has to be sure of them."""
_CLAUSE = re.compile(r"[.,;:!?\n]+")

_KHMER = re.compile("[\u1780-\u17ff]")
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


class SafetyDetector:
    """Listens with one file of phrases, the classifier, and the officers' own phrases as of the last `refresh`."""

    def __init__(self, content: SafetyContent, reader: Reader, model: Model) -> None:
        self._content = content
        self._reader = reader
        self._model = model
        shipped = [phrase for one in content.listeners for phrase in one.all_phrases]
        self._ear = Ear([*content.exceptions, *shipped], content.spellings)
        self._said = {one.hit.kind: one.hit for one in content.listeners}
        self._own = OwnEar.of([], content)
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
        self._own = OwnEar.of(own, self._content)

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
        quieted = self._own.quiet(text)
        text = quieted.text
        own = self._own.phrases_in(text)
        opinion = self._listen(text)
        listeners, phrases = self._phrases_in(text)
        is_believed = bool(listeners) and (opinion.score >= _AGAINST or self._is_believed_by_itself(text))
        is_cry = self._cries(text, opinion)
        if quieted.exceptions:
            opinion = self._listen(quieted.apart)
        said: SafetyHit | None = None
        urgent = True
        if own:
            said = self._said[_SAID_FOR[own[0][1]]]
        elif is_believed:
            said = listeners[0].hit
        elif is_cry:
            said = self._said[SafetyKind.VIOLENCE]
        elif _says_something(opinion) and opinion.score >= (
            _HEARD if _words_in(quieted.apart, opinion) >= _FEW else _SURE
        ):
            said = self._said[_SAID_FOR[opinion.kind]]
            urgent = opinion.score >= _SURE or self._is_sure_of_a_clause(quieted.apart)
        return Explanation(
            alarm=Alarm(said.alarm, urgent) if said else None,
            said=said,
            phrases=(
                *(written for written, _ in own),
                *phrases,
                *([self._content.cry.written] if is_cry else []),
            ),
            exceptions=quieted.exceptions,
            likelihood=_likelihood(opinion.score),
            alarm_from=_likelihood(_HEARD),
            passage=opinion.passage,
        )

    def _phrases_in(self, text: str) -> tuple[list[Listener], list[str]]:
        """Who hears one of his phrases in it, and the first phrase each hears."""
        heard = self._ear.hear(text)
        struck = strike(self._content.exceptions, heard)
        khmer = khmer_form(text)
        found = [(one, _first_in(one, heard, struck, khmer)) for one in self._content.listeners]
        return [one for one, phrase in found if phrase], [phrase for _, phrase in found if phrase]

    def _cries(self, text: str, opinion: _Opinion) -> bool:
        """Whether it calls for help and nothing beside the call speaks against it ("cứu với, em quên mật khẩu")."""
        cry = self._content.cry
        return cry.is_heard_in(text) and (opinion.score >= _AGAINST or cry.is_all_of(text))

    def _is_believed_by_itself(self, text: str) -> bool:
        """Whether a phrase and what stands round it is dangerous on its own, beside whatever harmless things."""
        return any(
            self._phrases_in(piece)[0] and self._listen(piece).score >= _PLAIN
            for clause in _CLAUSE.split(text)
            for piece in _pieces(clause.split())
        )

    def _is_sure_of_a_clause(self, text: str) -> bool:
        """Whether one clause is so plain by itself that what stands beside it takes nothing from it."""
        clauses = _CLAUSE.split(text)
        return any(len(one.split()) >= _FEW and self._listen(one).score >= _SURE for one in clauses)

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
    model = Model.load(_CONTENT / "safety.model.npz")
    return Reader.load(_CONTENT / "safety.words.yaml", model.common), model


def _first_in(one: Listener, heard: Hearing, struck: Hearing, khmer: str) -> str:
    struck = strike(one.exceptions, struck)
    for phrase in one.phrases_km:
        if khmer_form(phrase) in khmer:
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


def _pieces(words: Sequence[str]) -> Iterator[str]:
    """A clause, and where it is a long one its pieces."""
    yield " ".join(words)
    if len(words) > _ROUND:
        for start in range(0, len(words) - _ROUND // 2, _ROUND // 2):
            yield " ".join(words[start : start + _ROUND])


def _says_something(opinion: _Opinion) -> bool:
    """A word alone ("no", "em ơi em ơi") says nothing in a roundabout way; what it says plainly is a phrase."""
    return len(set(opinion.passage.split())) > 1 or _KHMER.search(opinion.passage) is not None


def _words_in(text: str, opinion: _Opinion) -> int:
    """How many; words that were typed as one ("danhem") count as the words that they were read as."""
    return max(len(text.split()), len(opinion.passage.split()))


def _spelt(passage: Sequence[Read]) -> str:
    return " ".join(word.plain for word in passage)


def _likelihood(score: float) -> float:
    return 1 / (1 + math.exp(-max(-50.0, min(50.0, score))))
