"""The safety net's classifier as it is used: how much each feature speaks for danger, and for which kind.

Features have no list; each stands at the place its name hashes to, and two that meet there share a weight. It is made by
`bot.answers.safety_training` and kept in a file as small whole numbers.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Self
from zlib import crc32

import numpy as np
from numpy.typing import NDArray

from bot.answers.safety_examples import AlarmKind
from bot.answers.safety_features import Features

PLACES = 1 << 20
"""Room for the half million features of the examples: where two meet they mislead, and what is unknown passes for known."""
KIND_PLACES = 1 << 15

Floats = NDArray[np.floating]
Ints = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Placed:
    """The features of one passage: their places, and how much each counts."""

    places: Ints
    weights: Floats

    def told_apart(self, rarity: Floats, rarest: float) -> "Placed":
        """With rare features counting more, as a vector of length 1.

        Unknown features say nothing, but they are the rarest of all and take their share of the length: of a message of mostly
        unknown words little can be said.
        """
        known = rarity[self.places]
        weights = self.weights * known
        whole = self.weights * np.where(known > 0, known, rarest)
        return Placed(self.places, weights / (float(np.sqrt(whole @ whole)) or 1.0))


def place(features: Features) -> Placed:
    places = np.fromiter((crc32(name.encode()) for name in features), np.int64, len(features))
    return Placed(places & (PLACES - 1), np.fromiter(features.values(), np.float64, len(features)))


@dataclass(frozen=True, slots=True)
class Model:
    """Weights for danger (in logits, 0 is as likely as not) and for each kind; `made_of` is the print of what it was taught with."""

    rarity: Floats
    """How much each feature counts: the logarithm of in how many of the examples it stands, 0 where it stood in none."""
    danger: Floats
    bias: float
    kinds: Floats
    """One row a kind, in the order of `AlarmKind`."""
    common: tuple[str, ...]
    """The words that slips are mended to when it is read for this model, the commonest first."""
    made_of: str
    _rarest: float = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "_rarest", float(self.rarity.max()))

    def weigh(self, features: Features) -> Placed:
        """A passage as the other functions take it."""
        return place(features).told_apart(self.rarity, self._rarest)

    def danger_in(self, passage: Placed) -> float:
        return float(self.danger[passage.places] @ passage.weights) + self.bias

    def kind_of(self, passages: Sequence[Placed]) -> AlarmKind:
        """The kind that these passages, taken together, speak of most."""
        scores = sum(
            (self.kinds[:, passage.places & (KIND_PLACES - 1)] @ passage.weights for passage in passages),
            np.zeros(len(AlarmKind)),
        )
        return list(AlarmKind)[int(np.argmax(scores))]

    def save(self, path: Path) -> None:
        danger, danger_step = _small(self.danger)
        kinds, kinds_step = _small(self.kinds)
        rarity, rarity_step = _small(self.rarity)
        steps = np.array([danger_step, kinds_step, rarity_step, self.bias])
        with path.open("wb") as file:
            np.savez_compressed(
                file,
                danger=danger,
                kinds=kinds,
                rarity=rarity,
                steps=steps,
                common=np.array(self.common),
                made_of=np.array([self.made_of]),
            )

    @classmethod
    def load(cls, path: Path) -> Self:
        with np.load(path, allow_pickle=False) as kept:
            danger_step, kinds_step, rarity_step, bias = map(float, kept["steps"])
            return cls(
                rarity=kept["rarity"] * np.float32(rarity_step),
                danger=kept["danger"] * np.float32(danger_step),
                bias=bias,
                kinds=kept["kinds"] * kinds_step,
                common=tuple(map(str, kept["common"])),
                made_of=str(kept["made_of"][0]),
            )


def _small(weights: Floats) -> tuple[NDArray[np.int8], float]:
    step = float(np.abs(weights).max()) / 127 or 1.0
    return np.round(weights / step).astype(np.int8), step
