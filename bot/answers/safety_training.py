"""Teaches the safety net's classifier: `python -m bot.answers.safety_training` makes the model file anew from the examples.

Logistic regression for danger or not; for the kind, how much more often a feature stands in examples of it than in others. The
same examples give the same model.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from bot.answers import safety_features, safety_reading, safety_slips, safety_variants
from bot.answers.matching.words import read_words
from bot.answers.safety_examples import AlarmKind, Example, read_examples
from bot.answers.safety_features import Features, features
from bot.answers.safety_model import KIND_PLACES, PLACES, Model, Placed, place
from bot.answers.safety_reading import Reader
from bot.answers.safety_variants import variants

CONTENT = Path(__file__).parents[2] / "config" / "content"
EXAMPLES = CONTENT / "safety_examples"
WORDS = CONTENT / "safety.words.yaml"
MODEL = CONTENT / "safety.model.npz"

_SEED = "teaching "
_STRENGTH = 30.0
"""How closely the weights may follow the examples (C of a regularised regression); found with sentences left out."""
_MOST_OF_A_LINE = 3.0
"""So many sentences that somebody wrote all those count together that were made of one line with choices."""
_STEPS = 120
_SMOOTHING = 0.3
_COMMON = 3
"""In how many examples a word has to stand to be what a slip was meant to be."""

_Floats = NDArray[np.float64]


def print_of(examples: Path = EXAMPLES, words: Path = WORDS) -> str:
    """What tells that a model was made of these examples and words by this code."""
    code = [
        Path(str(module.__file__))
        for module in (safety_features, safety_reading, safety_slips, safety_variants)
    ]
    digest = sha256()
    for path in [*sorted(examples.glob("*.txt")), words, *code, Path(__file__)]:
        digest.update(path.read_bytes())
    return digest.hexdigest()


def teach(examples: Sequence[Example], words: Path = WORDS, made_of: str = "") -> Model:
    """The model of these examples, each in all its variants, read by this file of words."""
    common = _common_words(examples)
    reader = Reader.load(words, common)
    made = Counter(example.situation for example in examples if example.is_made)
    rows: list[Placed] = []
    kinds: list[AlarmKind | None] = []
    counts: list[float] = []
    for example in examples:
        for text in dict.fromkeys(variants(example.text, _SEED).values()):
            rows.append(place(features_of(text, reader)))
            kinds.append(example.kind)
            counts.append(min(1.0, _MOST_OF_A_LINE / made[example.situation]) if example.is_made else 1.0)
    rarity = _rarity(rows)
    rarest = float(rarity.max())
    rows = [row.told_apart(rarity, rarest) for row in rows]
    weights, bias = _regress(
        _Table.of(rows), np.array([kind is not None for kind in kinds]), np.array(counts)
    )
    return Model(rarity, weights, bias, _weigh_kinds(rows, kinds), common, made_of)


def _common_words(examples: Sequence[Example]) -> tuple[str, ...]:
    stands_in: Counter[str] = Counter()
    for example in examples:
        words = read_words(safety_reading.tidied(example.text))
        stands_in.update({word.plain for word in words if word.plain.isalpha() and not word.is_khmer})
    often = [word for word, times in stands_in.items() if times >= _COMMON]
    return tuple(sorted(often, key=lambda word: (-stands_in[word], word)))


def _rarity(rows: Sequence[Placed]) -> _Floats:
    seen = np.zeros(PLACES)
    for row in rows:
        seen[row.places] += 1
    return np.asarray(np.where(seen > 0, np.log(len(rows) / np.maximum(seen, 1)), 0.0), np.float64)


def features_of(text: str, reader: Reader) -> Features:
    """The features of a whole example, which is one passage however long it is."""
    return features(reader.words(safety_reading.tidied(text)), reader)


@dataclass(frozen=True, slots=True)
class _Table:
    """The rows of all examples, one behind the other, in columns of those places alone that occur."""

    places: NDArray[np.int64]
    """By column."""
    columns: NDArray[np.int64]
    weights: _Floats
    row: NDArray[np.int64]
    rows: int

    @classmethod
    def of(cls, rows: Sequence[Placed]) -> "_Table":
        lengths = [len(row.places) for row in rows]
        places, columns = np.unique(np.concatenate([row.places for row in rows]), return_inverse=True)
        return cls(
            places,
            columns,
            np.concatenate([row.weights for row in rows]),
            np.repeat(np.arange(len(rows)), lengths),
            len(rows),
        )

    def scores(self, weights: _Floats) -> _Floats:
        return np.asarray(np.bincount(self.row, self.weights * weights[self.columns], self.rows), np.float64)

    def gradient(self, of_rows: _Floats) -> _Floats:
        return np.asarray(
            np.bincount(self.columns, self.weights * of_rows[self.row], len(self.places)), np.float64
        )


def _regress(table: _Table, is_danger: NDArray[np.bool_], counts: _Floats) -> tuple[_Floats, float]:
    sign, strength = np.where(is_danger, 1.0, -1.0), _STRENGTH * counts

    def loss(point: _Floats) -> tuple[float, _Floats]:
        weights, bias = point[:-1], point[-1]
        margins = sign * (table.scores(weights) + bias)
        pull = -sign * strength / (1 + np.exp(np.clip(margins, -500, 500)))
        slope = np.append(weights + table.gradient(pull), pull.sum())
        return float(weights @ weights / 2 + strength @ np.logaddexp(0, -margins)), slope

    point = _minimise(loss, np.zeros(len(table.places) + 1))
    everywhere = np.zeros(PLACES)
    everywhere[table.places] = point[:-1]
    return everywhere, float(point[-1])


def _minimise(loss: Callable[[_Floats], tuple[float, _Floats]], point: _Floats) -> _Floats:
    """The point of least loss, by L-BFGS with a halving line search; the loss must be convex and smooth."""
    memory: list[tuple[_Floats, _Floats, float]] = []
    value, slope = loss(point)
    for _ in range(_STEPS):
        direction = -_scaled(slope, memory)
        fall, size = float(slope @ direction), 1.0 if memory else 1.0 / float(np.linalg.norm(slope) or 1)
        while True:
            new_value, new_slope = loss(point + size * direction)
            if new_value <= value + 1e-4 * size * fall or size < 1e-10:
                break
            size /= 2
        moved, bent = size * direction, new_slope - slope
        if float(moved @ bent) > 1e-12:
            memory = [*memory[-9:], (moved, bent, 1 / float(moved @ bent))]
        point, slope, gain = point + moved, new_slope, value - new_value
        value = new_value
        if gain < 1e-6 * abs(value):
            break
    return point


def _scaled(slope: _Floats, memory: Iterable[tuple[_Floats, _Floats, float]]) -> _Floats:
    """The slope divided by the curvature, as far as the last steps have shown it."""
    result, steps, shares = slope.copy(), list(memory), []
    for moved, bent, rho in reversed(steps):
        shares.append(rho * float(moved @ result))
        result -= shares[-1] * bent
    if steps:
        moved, bent, _ = steps[-1]
        result *= float(moved @ bent) / float(bent @ bent)
    for (moved, bent, rho), share in zip(steps, reversed(shares), strict=True):
        result += (share - rho * float(bent @ result)) * moved
    return result


def _weigh_kinds(rows: Sequence[Placed], kinds: Sequence[AlarmKind | None]) -> _Floats:
    counts = np.full((len(AlarmKind), KIND_PLACES), _SMOOTHING)
    order = list(AlarmKind)
    for row, kind in zip(rows, kinds, strict=True):
        if kind is not None:
            np.add.at(counts[order.index(kind)], row.places & (KIND_PLACES - 1), row.weights)
    shares = counts / counts.sum(axis=1, keepdims=True)
    return np.asarray(np.log(shares) - np.log(shares.mean(axis=0)), np.float64)


def main() -> None:
    teach(read_examples(EXAMPLES), WORDS, print_of()).save(MODEL)


if __name__ == "__main__":
    main()
