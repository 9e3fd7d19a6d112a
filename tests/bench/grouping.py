"""How well askings are put together by what they ask: a hundred and fifty questions about thirty subjects, in five spellings.

*Purity* is the share of askings that stand in a group whose commonest subject is theirs; *inverse purity* the share of them
that stand together with the most of their subject. One group for each asking has a purity of 1, one group of all an inverse one.
"""

import random
import time
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime

from bot.answers.bank import read_bank
from bot.answers.learning.grouping import MOST_WORDINGS, group
from bot.answers.learning.waiting import Asking
from tests.bench.faq_noise import VARIANTS, Spoil
from tests.bench.figures import show
from tests.bench.grouping_questions import SUBJECTS
from tests.parts import CONTENT

Asked = Sequence[tuple[str, int]]
"""What was asked, and the number of its subject."""

_SEED = 7


def main() -> None:
    for name, asked in spellings():
        purity, inverse = measure(asked)
        show("grouping", f"purity, {name}", purity, "share")
        show("grouping", f"inverse purity, {name}", inverse, "share")
    everything = dict(spellings())["all five together"]
    many = [(f"{text} {n}", subject) for n in range(2) for text, subject in everything][:MOST_WORDINGS]
    began = time.perf_counter()
    group(_askings(many), _bank())
    show("grouping", f"{MOST_WORDINGS} wordings", time.perf_counter() - began, "s")


def spellings() -> Iterable[tuple[str, Asked]]:
    """All questions in each spelling, each in any of them, and each in all."""
    for name, spoil in VARIANTS.items():
        yield name, _spelled([spoil])
    rng = random.Random(_SEED)
    ways = list(VARIANTS.values())
    yield (
        "each in any",
        [(rng.choice(ways)(text, rng), at) for at, texts in enumerate(SUBJECTS) for text in texts],
    )
    yield "all five together", _spelled(ways)


def measure(asked: Asked) -> tuple[float, float]:
    """Purity and inverse purity of the groups that are made of it."""
    subjects = dict(enumerate((subject for _, subject in asked), start=1))
    groups = [
        Counter(subjects[asking.asking_id] for asking in found.askings)
        for found in group(_askings(asked), _bank())
    ]
    together: defaultdict[int, list[int]] = defaultdict(list)
    for found in groups:
        for subject, count in found.items():
            together[subject].append(count)
    purity = sum(max(found.values()) for found in groups) / len(asked)
    return purity, sum(map(max, together.values())) / len(asked)


def _spelled(ways: Sequence[Spoil]) -> Asked:
    rng = random.Random(_SEED)
    return [(way(text, rng), at) for at, texts in enumerate(SUBJECTS) for text in texts for way in ways]


def _askings(asked: Asked) -> list[Asking]:
    at = datetime(2026, 11, 1, tzinfo=UTC)
    return [Asking(n, at, "vi", text, None) for n, (text, _) in enumerate(asked, start=1)]


def _bank() -> list[list[str]]:
    return [[entry.question, *entry.phrasings] for entry in read_bank(CONTENT / "faq.vi.yaml").entries]


if __name__ == "__main__":
    main()
