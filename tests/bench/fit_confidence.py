"""Fits the constants of the confidence: `python -m tests.bench.fit_confidence` prints them, how firmly they hold (the table of
`bot.answers.practice`, row by row), and how well they hold elsewhere.

What it is fitted on: the practice banks and, where `CHIHOI_FAQ_EVAL` names their folder, the public banks of short texts; never
the bank in service. Each is asked its own phrasings held out, phrasings it has, what entries taken out of it would have
answered, and questions of the other banks; as written and spoilt in every way of `faq_noise`. Long messages to short titles
are left out: there the matcher is right at scores that mean little elsewhere.
"""

import random
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from bot.answers.confidence import SHIPPED, Calibration, Sample, experience, fit
from bot.answers.ladder import DEFAULTS
from bot.answers.matcher import Matcher
from tests.bench.faq_banks import Bank, own_bank, practice_banks, public_banks
from tests.bench.faq_noise import VARIANTS

_WEIGHTS = {"held out": 1.0, "known": 0.25, "removed": 1 / 3, "foreign": 0.25}
"""How much a question of each kind counts, near to how often it comes up: a member may well ask as others have asked, a
quarter of what is asked of the Union has no entry, some is about quite other things.
"""
_MANNERS = ("as is", "typos", "messy")
_FOREIGN = 40
_LEFT_OUT = {"health.vi", "xquad.vi"}
_NOT_FITTED_ON = {"own", "cafe.km"}
"""The bank in service; and one whose ten entries overlap so much that what is sure elsewhere is not sure there."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """A question put to a bank, of what kind, in what manner, and what came of it."""

    kind: str
    manner: str
    sample: Sample


def outcomes(bank: Bank, others: list[Bank], rng: random.Random) -> Iterator[Outcome]:
    """Every kind of question put to a bank."""
    for kept, asked in bank.folds():
        matcher = Matcher.build(kept)
        yield from _asked(matcher, "held out", [(one.text, one.entry_id) for one in asked], rng)
    whole = Matcher.build(bank.entries)
    known = [(rng.choice(entry.phrasings), entry.entry_id) for entry in bank.entries]
    yield from _asked(whole, "known", known, rng)
    foreign = [(rng.choice(rng.choice(rng.choice(others).entries).phrasings), "") for _ in range(_FOREIGN)]
    yield from _asked(whole, "foreign", foreign, rng)
    for kept, asked in bank.folds(removed=True):
        yield from _asked(Matcher.build(kept), "removed", [(one.text, "") for one in asked], rng)


def _asked(
    matcher: Matcher, kind: str, questions: list[tuple[str, str]], rng: random.Random
) -> Iterator[Outcome]:
    for text, entry_id in questions:
        for manner in _MANNERS:
            found = matcher.evidence(VARIANTS[manner](text, rng))
            if found is not None:
                sample = Sample(found[1], found[0] == entry_id, _WEIGHTS[kind])
                yield Outcome(kind, manner, sample)


def gather() -> dict[str, list[Outcome]]:
    """The outcomes by bank, each bank weighing the same."""
    rng = random.Random(20)
    own = own_bank()
    banks = [own, *practice_banks().values(), *public_banks().values()]
    banks = [bank for bank in banks if bank.name not in _LEFT_OUT]
    found: dict[str, list[Outcome]] = {}
    for bank in banks:
        others = [other for other in banks if other is not bank and other.name != "cafe.km"]
        found[bank.name] = list(outcomes(bank, others, rng))
    return found


def calibrate(by_bank: dict[str, list[Outcome]], *, without: set[str]) -> Calibration:
    """Fitted on all banks but some."""
    return fit(samples_of(by_bank, without=without), on=datetime.now(UTC).date())


def samples_of(by_bank: dict[str, list[Outcome]], *, without: set[str]) -> list[Sample]:
    return [
        replace(one.sample, weight=one.sample.weight * 1000 / len(them))
        for name, them in by_bank.items()
        if name not in without
        for one in them
    ]


def main() -> None:
    by_bank = gather()
    print(calibrate(by_bank, without=_NOT_FITTED_ON))
    learnt = experience(samples_of(by_bank, without=_NOT_FITTED_ON), SHIPPED)
    for row, values in enumerate(learnt.hold.tolist()):
        print(*(f"{value:.5f}" for value in values[: row + 1]))
    for name, them in by_bank.items():
        _judge(name, them, calibrate(by_bank, without={*_NOT_FITTED_ON, name}))


def _judge(
    name: str, them: list[Outcome], calibration: Calibration, threshold: float = DEFAULTS.answer
) -> None:
    """What a calibration that never saw the bank would have answered outright there."""
    sure = [(one, calibration.probability(one.sample.evidence) >= threshold) for one in them]
    own = [(one, said) for one, said in sure if one.kind == "held out"]
    answered = [one for one, said in own if said]
    right = sum(one.sample.is_right for one in answered)
    shares = {
        kind: sum(said for one, said in sure if one.kind == kind)
        / max(1, sum(one.kind == kind for one in them))
        for kind in ("held out", "known", "removed", "foreign")
    }
    said = " ".join(f"{kind} {100 * share:.1f}" for kind, share in shares.items())
    print(f"{name}: right {100 * right / max(1, len(answered)):.1f} of {len(answered)}; answered: {said}")


if __name__ == "__main__":
    main()
