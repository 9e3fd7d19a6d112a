"""Calls for help of one word, whose husband it is that hits, and which illness cannot wait."""

import pytest

from bot.answers.safety import AlarmKind, SafetyDetector
from bot.answers.safety_training import CONTENT
from bot.text import fold


@pytest.fixture(scope="module")
def detector() -> SafetyDetector:
    return SafetyDetector.load(CONTENT / "safety.vi.yaml")


CALLS = [
    "cứu",
    "Cứu!!!",
    "cứu với",
    "cứu tui",
    "cứu em với chị ơi",
    "ai cứu con với",
    "kêu cứu",
    "SOS",
    "cứu với, ổng vô tới rồi",
]
NO_CALLS = [
    "nghiên cứu",
    "cứu trợ",
    "hội có cứu trợ không",
    "cứu hộ xe ở đâu",
    "tra cứu",
    "cấp cứu",
    "cừu nghé",
    "cứu với, em quên mật khẩu zalo",
]


@pytest.mark.parametrize("text", [*CALLS, *map(fold, CALLS)])
def test_a_call_for_help_that_says_nothing_else_is_heard(detector: SafetyDetector, text: str) -> None:
    alarm = detector.assess(text)
    assert alarm is not None
    assert alarm.urgent


@pytest.mark.parametrize("text", [*NO_CALLS, *map(fold, NO_CALLS), "cừu", "con cừu"])
def test_the_word_for_help_inside_other_words_is_no_call(detector: SafetyDetector, text: str) -> None:
    assert detector.assess(text) is None


KINDS = [
    ("chồng con đánh con hoài cô ơi", AlarmKind.VIOLENCE),
    ("con bị chồng đánh", AlarmKind.VIOLENCE),
    ("con hay bị ông xã con tát cô ơi", AlarmKind.VIOLENCE),
    ("má chồng con đánh con", AlarmKind.VIOLENCE),
    ("ba con đánh con", AlarmKind.CHILD),
    ("con em bị chồng em đánh", AlarmKind.CHILD),
    ("chồng em đánh con gái em", AlarmKind.CHILD),
    ("chồng con đánh con gái con", AlarmKind.CHILD),
    ("dượng đánh con", AlarmKind.CHILD),
]


@pytest.mark.parametrize(("text", "kind"), KINDS)
def test_who_is_beaten_is_told_by_whose_husband_it_is(
    detector: SafetyDetector, text: str, kind: AlarmKind
) -> None:
    for typed in (text, fold(text)):
        alarm = detector.assess(typed)
        assert alarm is not None, typed
        assert alarm.kind is kind, typed


ORDINARY = [
    "cháu bị đau bụng",
    "cháu bị ho",
    "bé sổ mũi mấy bữa nay",
    "con em sốt nhẹ sau chích ngừa",
    "chồng đánh cá ở sông Hậu",
    "em bị đau bụng",
]
CANNOT_WAIT = [
    "cháu co giật",
    "sốt cao không tỉnh",
    "bé sốt cao gọi không dậy",
    "con em uống nhầm thuốc cỏ",
    "má em bị rắn hổ cắn",
]


@pytest.mark.parametrize("text", [*ORDINARY, *map(fold, ORDINARY)])
def test_ordinary_illness_and_work_are_no_alarm(detector: SafetyDetector, text: str) -> None:
    assert detector.assess(text) is None


@pytest.mark.parametrize("text", [*CANNOT_WAIT, *map(fold, CANNOT_WAIT)])
def test_illness_that_cannot_wait_is_answered_at_once(detector: SafetyDetector, text: str) -> None:
    alarm = detector.assess(text)
    assert alarm is not None
    assert alarm.kind is AlarmKind.MEDICAL
    assert alarm.urgent
