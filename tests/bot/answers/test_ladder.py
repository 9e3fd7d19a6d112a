"""What is done with matches of which confidence."""

import pytest

from bot.answers import Decision, Match, Rung, Thresholds, choose, near
from bot.answers.ladder import is_one_word

LIMITS = Thresholds(answer=0.9, suggest=0.2, near=0.12, one_word=0.1, beside=0.25)


def matches(*confidences: float) -> list[Match]:
    return [Match("ABCD"[at], 0.5, p) for at, p in enumerate(confidences)]


@pytest.mark.parametrize(
    ("confidences", "decision"),
    [
        ((), Decision(Rung.REPHRASE)),
        ((0.19, 0.1), Decision(Rung.REPHRASE)),
        ((0.2, 0.1), Decision(Rung.SUGGEST, ("A", "B"))),
        ((0.5, 0.12), Decision(Rung.SUGGEST, ("A",))),
        ((0.4, 0.2, 0.1, 0.1), Decision(Rung.SUGGEST, ("A", "B", "C"))),
        ((0.89,), Decision(Rung.SUGGEST, ("A",))),
        ((0.9, 0.05), Decision(Rung.ANSWER, ("A",))),
    ],
)
def test_rung_follows_the_confidence_of_the_best(confidences: tuple[float, ...], decision: Decision) -> None:
    assert choose(matches(*confidences), LIMITS) == decision


@pytest.mark.parametrize(
    ("confidences", "ids"),
    [((), ()), ((0.11,), ()), ((0.12, 0.02), ("A",)), ((0.19, 0.1), ("A", "B")), ((0.95, 0.5), ("A", "B"))],
)
def test_what_is_near_is_nearer_than_what_is_said(
    confidences: tuple[float, ...], ids: tuple[str, ...]
) -> None:
    assert near(matches(*confidences), LIMITS) == ids


@pytest.mark.parametrize("confidences", [(), (0.19,)])
def test_she_is_asked_to_say_it_otherwise_only_once(confidences: tuple[float, ...]) -> None:
    assert choose(matches(*confidences), LIMITS, has_rephrased=True) == Decision(Rung.ASK_CADRE)


@pytest.mark.parametrize(
    ("confidences", "decision"),
    [
        ((0.99, 0.01), Decision(Rung.SUGGEST, ("A",))),
        ((0.1, 0.1), Decision(Rung.SUGGEST, ("A", "B"))),
        ((0.09,), Decision(Rung.REPHRASE)),
    ],
)
def test_a_single_word_is_never_answered_outright(confidences: tuple[float, ...], decision: Decision) -> None:
    assert choose(matches(*confidences), LIMITS, is_one_word=True) == decision


@pytest.mark.parametrize(
    ("text", "is_one"),
    [
        ("vay", True), ("OCOP?", True), ("dạ vay ạ", True), ("cho em hỏi vay", True), ("luadao", True), ("កម្ចី", True),
        ("vay vốn", False), ("vào hội", False), ("ocop la gi", False), ("ខ្ញុំចង់ខ្ចីលុយ", False), ("", False), ("...", False), ("v" * 100, False),
    ],
)  # fmt: skip
def test_courtesies_do_not_make_a_word_a_question(text: str, is_one: bool) -> None:
    assert is_one_word(text) is is_one


def test_two_equally_likely_entries_are_never_asserted() -> None:
    assert choose(matches(0.5, 0.48)).rung is Rung.SUGGEST


def test_a_word_must_not_need_more_than_a_sentence() -> None:
    with pytest.raises(ValueError, match="one word"):
        Thresholds(suggest=0.2, one_word=0.3)


@pytest.mark.parametrize(
    "wrong",
    [
        {"answer": 0.1, "suggest": 0.2},
        {"suggest": 0.2, "near": 0.3},
        {"answer": 1.1},
        {"near": -0.1},
        {"beside": 1.1},
        {"beside": -0.1},
    ],
)
def test_thresholds_that_make_no_ladder_are_refused(wrong: dict[str, float]) -> None:
    with pytest.raises(ValueError, match="thresholds"):
        Thresholds(**wrong)
