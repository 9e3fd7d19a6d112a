"""What share of danger is heard in sentences that were never taught, and what the classifier is taught with."""

from dataclasses import dataclass
from pathlib import Path

import pytest

from bot.answers.safety import Alarm, SafetyDetector
from bot.answers.safety_examples import AlarmKind, Example, read_examples
from bot.answers.safety_model import Model
from bot.answers.safety_training import CONTENT, EXAMPLES, MODEL, print_of, teach
from bot.answers.safety_variants import Variant, variants
from bot.errors import ContentError
from bot.text import squeeze

TESTS = Path(__file__).parent / "safety_examples"
INDEPENDENT = Path(__file__).parent / "safety_independent"
"""Written by somebody who had not read the lessons."""
STRANGERS = Path(__file__).parent / "safety_strangers"
"""Written by three others who had read neither the lessons nor any test; two thirds of it as it is typed, without marks."""


@pytest.fixture(scope="module")
def taught() -> list[Example]:
    return read_examples(EXAMPLES)


@pytest.fixture(scope="module")
def unseen() -> list[Example]:
    return read_examples(TESTS)


@pytest.fixture(scope="module")
def independent() -> list[Example]:
    return read_examples(INDEPENDENT)


@pytest.fixture(scope="module")
def strange() -> list[Example]:
    return read_examples(STRANGERS)


@pytest.fixture(scope="module")
def detector() -> SafetyDetector:
    return SafetyDetector.load(CONTENT / "safety.vi.yaml")


def test_nothing_that_is_tested_was_taught(
    taught: list[Example], unseen: list[Example], independent: list[Example], strange: list[Example]
) -> None:
    tested = {squeeze(one.text) for one in [*unseen, *independent, *strange]}
    assert {squeeze(one.text) for one in taught} & tested == set()


def test_there_are_enough_examples_of_every_sort(taught: list[Example], unseen: list[Example]) -> None:
    written = [one for one in taught if not one.is_made]
    assert sum(one.kind is not None for one in written) >= 700
    assert sum(one.is_coded for one in written) * 2 >= 700
    assert sum(one.kind is None for one in written) >= 1000
    assert sum(one.kind is not None for one in unseen) >= 200
    assert sum(one.is_coded for one in unseen) >= 100
    assert sum(one.kind is None for one in unseen) >= 200
    for kind in AlarmKind:
        assert sum(one.kind is kind for one in written) >= 70
        assert sum(one.kind is kind for one in unseen) >= 20


def test_the_model_is_made_of_the_examples_as_they_are() -> None:
    assert Model.load(MODEL).made_of == print_of(), "python -m bot.answers.safety_training"


@pytest.mark.parametrize("variant", Variant)
def test_most_of_what_was_never_taught_is_heard(
    detector: SafetyDetector, unseen: list[Example], variant: Variant
) -> None:
    heard: dict[str, list[bool]] = {"plain": [], "coded": [], "harmless": []}
    for one in unseen:
        typed = variants(one.text, "unseen ")
        if variant in typed:
            sort = "harmless" if one.kind is None else "coded" if one.is_coded else "plain"
            heard[sort].append(detector.assess(typed[variant]) is not None)
    shares = {sort: sum(alarms) / len(alarms) for sort, alarms in heard.items()}
    assert shares["plain"] >= LEAST_PLAIN[variant]
    assert shares["coded"] >= LEAST_CODED[variant]
    assert shares["harmless"] <= MOST_HARMLESS


LEAST_PLAIN = {Variant.AS_IS: 0.96, Variant.NO_MARKS: 0.96, Variant.CHAT: 0.95, Variant.SLIPS: 0.92}
LEAST_CODED = {Variant.AS_IS: 0.95, Variant.NO_MARKS: 0.95, Variant.CHAT: 0.94, Variant.SLIPS: 0.90}
MOST_HARMLESS = 0.07


@dataclass(frozen=True, slots=True)
class Bounds:
    plain: float
    coded: float
    harmless: float
    urgent: float  # Of the harmless.


BOUNDS = {
    "independent": Bounds(plain=0.97, coded=0.92, harmless=0.05, urgent=0.01),
    "strange": Bounds(plain=0.97, coded=0.90, harmless=0.05, urgent=0.02),
}


@pytest.mark.parametrize("variant", [Variant.AS_IS, Variant.NO_MARKS])
@pytest.mark.parametrize("whose", BOUNDS)
def test_what_others_wrote_is_heard_too(
    detector: SafetyDetector, request: pytest.FixtureRequest, whose: str, variant: Variant
) -> None:
    examples: list[Example] = request.getfixturevalue(whose)
    found: dict[str, list[Alarm | None]] = {"plain": [], "coded": [], "harmless": []}
    for one in examples:
        sort = "harmless" if one.kind is None else "coded" if one.is_coded else "plain"
        typed = variants(one.text, "others ").get(variant)
        if typed is not None:
            found[sort].append(detector.assess(typed))
    shares = {
        sort: sum(alarm is not None for alarm in alarms) / len(alarms) for sort, alarms in found.items()
    }
    bounds = BOUNDS[whose]
    assert shares["plain"] >= bounds.plain
    assert shares["coded"] >= bounds.coded
    assert shares["harmless"] <= bounds.harmless
    urgent = [alarm for alarm in found["harmless"] if alarm and alarm.urgent]
    assert len(urgent) <= bounds.urgent * len(found["harmless"])


def test_the_same_examples_teach_the_same_model(taught: list[Example]) -> None:
    some = taught[::60]
    first, second = teach(some), teach(some)
    passage = first.weigh({"w chong": 1.0, "w danh": 1.0})
    assert first.danger_in(passage) == second.danger_in(passage)


BROKEN = [
    ("[violence]\nchồng đánh tui\n", "dòng 1: tiêu đề viết không đúng"),
    ("[fire now]\ncháy nhà\n", "dòng 1: tiêu đề viết không đúng"),
    ("[harmless coded]\nđi chợ\n", "dòng 1: tiêu đề viết không đúng"),
    ("# lời mẫu\nchồng đánh tui\n", "dòng 2: lời mẫu đứng trước tiêu đề"),
]


@pytest.mark.parametrize(("written", "problem"), BROKEN)
def test_a_file_of_examples_that_is_not_written_right_is_refused(
    tmp_path: Path, written: str, problem: str
) -> None:
    (tmp_path / "some.txt").write_text(written, encoding="utf-8")
    with pytest.raises(ContentError, match=problem):
        read_examples(tmp_path)


def test_each_part_of_a_choice_is_taught(tmp_path: Path) -> None:
    (tmp_path / "some.txt").write_text("[violence now]\n(ổng|ảnh|nó) đánh (em|tui)\n", encoding="utf-8")
    made = read_examples(tmp_path, most_made=3)
    assert {one.text.split()[0] for one in made} == {"ổng", "ảnh", "nó"}
    assert {one.text.split()[2] for one in made} == {"em", "tui"}
    assert all(one.is_made and one.kind is AlarmKind.VIOLENCE for one in made)
