"""From what speaks for an entry to a probability: how sure the matcher may be that the best entry is the right one.

A logistic over few signs, fitted on other banks than the one in service (`python -m tests.bench.fit_confidence` prints the
constants and says on which): on the bank itself it would learn that what is asked is in it. Questions whose entry was
taken out, and questions on other subjects, were among what it was fitted on.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

MIN_PROBABILITY = 1e-6
_STEPS, _HALVINGS = 50, 30
_RIDGE = 1.0


@dataclass(frozen=True, slots=True)
class Evidence:
    """What speaks for the best entry of a search."""

    fit: float
    """How like the message is to its phrasings, 0 to 1."""
    nearest: float
    """How like it is to the one phrasing nearest to it."""
    gap: float
    """How far, relatively, the next entry stays behind in likeness: 0 for a tie, 1 where there is none."""
    lead: float
    """The same once the classifier has had its say."""
    said: float
    """What part of the message, by rarity, the entry's phrasings have."""
    said_elsewhere: float
    """The most that another of the nearest entries has of the message."""
    covered: float
    """What part of the nearest phrasing, by rarity, the message has."""
    words: int
    """How many different words the message has."""

    def signs(self) -> tuple[float, ...]:
        """The evidence as the logistic weighs it."""
        ahead = self.said - self.said_elsewhere
        return (
            1.0,
            math.log(max(self.fit, 1e-3)),
            self.gap,
            self.lead,
            self.said,
            min(0.5, ahead),
            float(ahead <= 0.01),
            self.covered,
            math.log(1 + self.words),
            self.lead * self.said,
            max(0.0, self.nearest - 0.6),
            float(self.said > 0.99 and self.covered > 0.99),
        )


@dataclass(frozen=True, slots=True)
class Sample:
    """A search whose outcome is known. `weight` makes rare kinds count as often as they come up in service."""

    evidence: Evidence
    is_right: bool
    weight: float = 1.0


@dataclass(frozen=True, slots=True)
class Calibration:
    """The constants of the logistic, and when they were fitted."""

    weights: tuple[float, ...]
    fitted_on: date

    def probability(self, evidence: Evidence) -> float:
        """The chance that the entry is the right one."""
        z = sum(weight * sign for weight, sign in zip(self.weights, evidence.signs(), strict=True))
        return 1 / (1 + math.exp(-max(-30.0, min(30.0, z))))


@dataclass(frozen=True, slots=True)
class Experience:
    """What samples taught that are not at hand any more: the constants they gave, and how firmly they hold them."""

    weights: Floats
    hold: Floats
    """How fast the samples' likelihood falls in each direction away from the constants (its curvature), as a table."""


def fit(
    samples: Sequence[Sample], *, on: date, ridge: float = _RIDGE, before: Experience | None = None
) -> Calibration:
    """The constants under which the samples' outcomes are likeliest, together with what was learnt `before`.

    Without that, `ridge` holds the constants down where samples are few. Raises ValueError unless there are right and wrong
    outcomes among the samples.
    """
    if len({sample.is_right for sample in samples}) < 2:
        raise ValueError("right and wrong outcomes are needed to tell them apart")
    signs, counts = _table(samples)
    right = np.array([float(sample.is_right) for sample in samples])
    if before is None:
        held_down = np.full(signs.shape[1], ridge)
        held_down[0] = 0.0
        before = Experience(np.zeros(signs.shape[1]), np.diag(held_down))

    def loss(weights: Floats) -> float:
        z = signs @ weights
        off = weights - before.weights
        return float(counts @ (np.logaddexp(0, z) - right * z) + off @ before.hold @ off / 2)

    weights = before.weights.copy()
    for _ in range(_STEPS):  # Newton's method; a handful of steps is enough.
        said = _said(signs, weights)
        slope = signs.T @ (counts * (right - said)) - before.hold @ (weights - before.weights)
        curve = _curve(signs, counts, said) + before.hold + 1e-9 * np.eye(len(weights))
        step = np.linalg.solve(curve, slope)
        reached = loss(weights)
        for _ in range(_HALVINGS):  # Far from the best, a whole step may lead away from it.
            if loss(weights + step) <= reached:
                break
            step /= 2
        weights += step
        if np.abs(step).max() < 1e-8:
            break
    return Calibration(tuple(round(float(weight), 4) for weight in weights), on)


def experience(samples: Sequence[Sample], calibration: Calibration) -> Experience:
    """What samples teach that the calibration was fitted on, for a fit without them; as one sample of weight 1 would."""
    signs, counts = _table(samples)
    weights = np.array(calibration.weights)
    return Experience(weights, _curve(signs, counts, _said(signs, weights)) / counts.sum())


def _table(samples: Sequence[Sample]) -> tuple[Floats, Floats]:
    signs = np.array([sample.evidence.signs() for sample in samples])
    return signs, np.array([sample.weight for sample in samples])


def _said(signs: Floats, weights: Floats) -> Floats:
    return np.asarray(1 / (1 + np.exp(-np.clip(signs @ weights, -30, 30))))


def _curve(signs: Floats, counts: Floats, said: Floats) -> Floats:
    return np.asarray((signs.T * (counts * said * (1 - said))) @ signs)


# Two entries that fit alike share the chance, however well they fit; an entry 20 % behind hardly takes any (0.93 stay).
_TIE = 12
# When the first entry is wrong, the right one is mostly none of the bank; else it is the second in nearly half the cases,
# which a share by the sixth power of the score comes near to.
_ELSEWHERE_IN_BANK = 0.3
_SHARE = 6


def spread(fits: float, scores: Sequence[float]) -> list[float]:
    """The probability of each entry, given that of the first (were it alone) and the scores of all, best first, above 0.

    Never rising from one to the next, and summing to at most 1: the rest is the chance that none is right.
    """
    first, others = scores[0], scores[1:]
    behind = others[0] / first if others else 0.0
    top = min(fits, 1 / (1 + behind**_TIE))
    left = (fits - top) + (1 - fits) * _ELSEWHERE_IN_BANK
    shares = [(score / first) ** _SHARE for score in others]
    total = sum(shares)
    return (
        [top, *(min(top, left * share / total) for share in shares)] if total else [top] + [0.0] * len(others)
    )


SHIPPED = Calibration(
    (2.1605, 2.231, -2.8378, 3.2262, -1.071, -0.7916, -0.6302, 0.2018, 0.2339, 1.8039, -0.4498, 2.0808),
    date(2026, 11, 22),
)
"""Fitted by `python -m tests.bench.fit_confidence` on the practice banks and the public ones of short texts."""
