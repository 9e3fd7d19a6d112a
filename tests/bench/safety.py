"""How well danger is heard: in our own test examples, which were never taught, and in everyday questions.

Every example is heard as it is, without marks, in chat spelling and with slips; the whole of what the service uses listens, not
the classifier alone. Prints JSON lines.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from bot.answers.bank import Sensitive, read_bank
from bot.answers.safety import AlarmKind, Explanation, SafetyDetector
from bot.answers.safety_examples import Example, read_examples
from bot.answers.safety_training import CONTENT, EXAMPLES, teach
from bot.answers.safety_variants import Variant, variants
from tests.bench.figures import show

TESTS = Path(__file__).parents[1] / "bot" / "answers" / "safety_examples"
INDEPENDENT = TESTS.with_name("safety_independent")
STRANGERS = TESTS.with_name("safety_strangers")
_SEED = "hearing "


@dataclass(frozen=True, slots=True)
class Heard:
    """One example in one variant, and what came of it."""

    example: Example
    variant: Variant
    found: Explanation
    cpu_s: float


def main() -> None:
    detector = SafetyDetector.load(CONTENT / "safety.vi.yaml")
    examples = read_examples(TESTS)
    _hear(
        examples[:50], detector
    )  # What single words are read as is kept: a service that has run a while is measured.
    heard = _hear(examples, detector)
    _print_sorts("", heard)
    _print_sorts("written independently: ", _hear(read_examples(INDEPENDENT), detector))
    _print_sorts("written by strangers: ", _hear(read_examples(STRANGERS), detector))
    for kind in AlarmKind:
        of_kind = [one for one in heard if one.example.kind is kind]
        _print(f"heard, {kind}", 100 * _share(of_kind), "%")
    found = [one for one in heard if one.example.kind and one.found.alarm]
    right = sum(one.found.alarm is not None and one.found.alarm.kind is one.example.kind for one in found)
    _print("alarms of the right kind", 100 * right / len(found), "%")
    _print(
        "alarms that are urgent",
        100 * sum(one.found.alarm is not None and one.found.alarm.urgent for one in found) / len(found),
        "%",
    )
    _print("everyday questions that raise an alarm", 100 * _share(_hear(_everyday(), detector)), "%")
    times = sorted(one.cpu_s for one in heard)
    _print("CPU a message, p50", 1000 * times[len(times) // 2], "ms")
    _print("CPU a message, p95", 1000 * times[len(times) * 95 // 100], "ms")
    began = time.process_time()
    detector.explain("chồng em đi chợ về nấu cơm cho con ăn " * 3000)
    _print("CPU for a message of 100 kB", 1000 * (time.process_time() - began), "ms")
    began = time.process_time()
    teach(read_examples(EXAMPLES))
    _print("CPU to teach", time.process_time() - began, "s")


def _everyday() -> list[Example]:
    """The questions of our own FAQ that have nothing to do with danger."""
    entries = read_bank(CONTENT / "faq.vi.yaml").entries
    return [
        Example(text, None, is_coded=False, situation=entry.entry_id)
        for entry in entries
        if entry.sensitive is not Sensitive.HIGH
        for text in (entry.question, *entry.phrasings)
    ]


def _hear(examples: list[Example], detector: SafetyDetector) -> list[Heard]:
    heard = []
    for example in examples:
        for variant, text in variants(example.text, _SEED).items():
            began = time.process_time()
            found = detector.explain(text)
            heard.append(Heard(example, variant, found, time.process_time() - began))
    return heard


def _print_sorts(of: str, heard: list[Heard]) -> None:
    _print_shares(
        f"{of}danger said plainly that is heard", heard, lambda e: e.kind is not None and not e.is_coded
    )
    _print_shares(
        f"{of}danger said in a roundabout way that is heard",
        heard,
        lambda e: e.kind is not None and e.is_coded,
    )
    _print_shares(f"{of}harmless but confusable that raises an alarm", heard, lambda e: e.kind is None)


def _print_shares(figure: str, heard: list[Heard], wanted: Callable[[Example], bool]) -> None:
    those = [one for one in heard if wanted(one.example)]
    _print(figure, 100 * _share(those), "%")
    for variant in Variant:
        _print(f"{figure}, {variant}", 100 * _share([one for one in those if one.variant is variant]), "%")


def _share(heard: list[Heard]) -> float:
    """How many of them raised an alarm."""
    return sum(one.found.alarm is not None for one in heard) / len(heard)


def _print(figure: str, value: float, unit: str) -> None:
    show("safety", figure, value, unit)


if __name__ == "__main__":
    main()
