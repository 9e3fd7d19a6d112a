"""Fits the confidence anew to what was asked here: which entry was meant, as members, cadres and officers have said.

What the practice banks taught stays in the scale, worth `PRACTICE` askings (`bot.answers.practice`): a hundred corrections shift the
constants, some thousands decide them. Judged on askings that the fit did not see; whether to go by it is not decided here.
"""

import math
import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.answers.book import Book
from bot.answers.confidence import Calibration, Experience, Sample, fit
from bot.answers.ladder import DEFAULTS
from bot.answers.practice import LEARNT
from bot.errors import ProductError
from bot.store.tables import askings, units
from bot.store.tables.askings import Outcome

PRACTICE = 500
"""How many askings what the practice banks taught is worth."""

LEAST, LEAST_OF_EACH = 200, 30
"""How many askings with a known end are needed, and how many of them right and wrong."""

_PARTS = 5


class TooLittleEvidenceError(ProductError):
    """Too few askings have an end that is known."""


@dataclass(frozen=True, slots=True)
class Known:
    """What was asked, where, and what is known of the entry meant: it is `entry_id`, or, where not `is_meant`, another or none."""

    text: str
    at: tuple[int, ...]
    entry_id: str
    is_meant: bool


@dataclass(frozen=True, slots=True)
class Judged:
    """How a calibration did on askings: `loss` in nats each (less is better); of those answered outright, which share was right."""

    loss: float
    answered: float
    right: float

    @property
    def wrong(self) -> float:
        """Which share of all askings was answered outright and wrongly."""
        return self.answered * (1 - self.right)


@dataclass(frozen=True, slots=True)
class Refit:
    calibration: Calibration
    samples: int
    right: int
    before: Judged
    after: Judged

    @property
    def is_better(self) -> bool:
        """Nearer to what turned out, and not wrong more often outright, unless that is as rare as it is to be."""
        is_as_right = self.after.wrong <= self.before.wrong or self.after.right >= _GOAL
        return self.after.loss < self.before.loss and is_as_right

    @property
    def report(self) -> dict[str, float]:
        """The figures, to be kept with the constants."""
        figures: dict[str, float] = {"askings": self.samples, "best entry right": self.right}
        for name, judged in (("before", self.before), ("after", self.after)):
            figures |= {
                f"loss, {name}": round(judged.loss, 4),
                f"answered outright, {name}": round(judged.answered, 4),
                f"of these right, {name}": round(judged.right, 4),
            }
        return figures


_GOAL = 0.95


async def known(connection: AsyncConnection) -> list[Known]:
    """Every asking whose words are kept and whose end tells what was meant.

    That is: an entry was chosen; or the answer was not clear to her; or she took none of those suggested and asked a cadre.
    """
    found = await connection.execute(
        sa.select(
            askings.c.text,
            askings.c.entry_id,
            askings.c.chosen_entry_id,
            sa.func.coalesce(units.c.path, "").label("path"),
        )
        .outerjoin(units, units.c.id == askings.c.unit_id)
        .where(
            askings.c.text != "",
            sa.or_(
                askings.c.chosen_entry_id.is_not(None),
                sa.and_(
                    askings.c.entry_id.is_not(None),
                    sa.or_(
                        askings.c.is_clear.is_(False),
                        sa.and_(askings.c.outcome == Outcome.SUGGESTED, askings.c.question_id.is_not(None)),
                    ),
                ),
            ),
        )
        .order_by(askings.c.id)
    )
    return [
        Known(
            row.text,
            tuple(int(part) for part in row.path.split("/") if part),
            row.chosen_entry_id or row.entry_id,
            row.chosen_entry_id is not None,
        )
        for row in found
    ]


def samples_of(book: Book, ends: Sequence[Known]) -> list[tuple[str, Sample]]:
    """What the matcher makes of each asking now, and whether that is right; with its words, by which it is put in a part.

    What is found now and was not then, nobody has judged: left out. Takes milliseconds each: to be run in a thread.
    """
    samples: list[tuple[str, Sample]] = []
    for end in ends:
        found = book.matchers.at(end.at).evidence(end.text)
        if found is None or found[0] not in book.entries:
            continue
        best, evidence = found
        is_same = end.entry_id in {best, book.in_place_of(book.entries[best], end.at).entry_id}
        if end.is_meant or is_same:
            samples.append((end.text, Sample(evidence, end.is_meant and is_same)))
    return samples


def refit(samples: Sequence[tuple[str, Sample]], in_force: Calibration, *, on: date) -> Refit:
    """Fit to all of them; judged part by part on what was not fitted to. Raises TooLittleEvidenceError."""
    right = sum(sample.is_right for _, sample in samples)
    if len(samples) < LEAST or min(right, len(samples) - right) < LEAST_OF_EACH:
        raise TooLittleEvidenceError(
            f"Too little evidence: {len(samples)} askings have a known end, {right} of them with the right entry first. "
            f"Needed are {LEAST}, among them {LEAST_OF_EACH} right and {LEAST_OF_EACH} wrong."
        )
    before = Experience(LEARNT.weights, LEARNT.hold * PRACTICE)
    parts: list[list[Sample]] = [[] for _ in range(_PARTS)]
    for text, sample in samples:  # The same words stand in one part: else the fit would have seen them.
        parts[zlib.crc32(text.encode()) % _PARTS].append(sample)
    said: list[tuple[float, bool]] = []
    for part in parts:
        others = [sample for other in parts if other is not part for sample in other]
        held_out = fit(others, on=on, before=before)
        said += [(held_out.probability(sample.evidence), sample.is_right) for sample in part]
    everything = [sample for _, sample in samples]
    return Refit(
        calibration=fit(everything, on=on, before=before),
        samples=len(samples),
        right=right,
        before=_judge([(in_force.probability(one.evidence), one.is_right) for one in everything]),
        after=_judge(said),
    )


def _judge(said: Sequence[tuple[float, bool]]) -> Judged:
    answered = [is_right for sure, is_right in said if sure >= DEFAULTS.answer]
    loss = -sum(math.log(sure if is_right else 1 - sure) for sure, is_right in said)
    right = sum(answered) / len(answered) if answered else 1.0
    return Judged(loss / len(said), len(answered) / len(said), right)
