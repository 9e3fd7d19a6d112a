"""What is done with matches of which confidence."""

import pytest

from bot.answers import Decision, Match, Rung, Thresholds, choose

LIMITS = Thresholds(answer=0.9, suggest=0.2, beside=0.05)


def matches(*confidences: float) -> list[Match]:
    return [Match("ABCD"[at], 0.5, p) for at, p in enumerate(confidences)]


@pytest.mark.parametrize(
    ("confidences", "decision"),
    [
        ((), Decision(Rung.ASK_CADRE)),
        ((0.19, 0.1), Decision(Rung.ASK_CADRE)),
        ((0.2, 0.1), Decision(Rung.SUGGEST, ("A", "B"))),
        ((0.5, 0.04), Decision(Rung.SUGGEST, ("A",))),
        ((0.3, 0.2, 0.1, 0.06), Decision(Rung.SUGGEST, ("A", "B", "C"))),
        ((0.89,), Decision(Rung.SUGGEST, ("A",))),
        ((0.9, 0.05), Decision(Rung.ANSWER, ("A",))),
    ],
)
def test_rung_follows_the_confidence_of_the_best(confidences: tuple[float, ...], decision: Decision) -> None:
    assert choose(matches(*confidences), LIMITS) == decision


def test_two_equally_likely_entries_are_never_asserted() -> None:
    assert choose(matches(0.5, 0.48)).rung is Rung.SUGGEST


@pytest.mark.parametrize("wrong", [(0.1, 0.2, 0.05), (0.9, 0.2, 0.3), (1.1, 0.2, 0.1), (0.9, 0.2, -0.1)])
def test_thresholds_that_make_no_ladder_are_refused(wrong: tuple[float, float, float]) -> None:
    with pytest.raises(ValueError, match="thresholds"):
        Thresholds(*wrong)
