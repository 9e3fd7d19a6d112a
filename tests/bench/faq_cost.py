"""What the matcher costs at 300, 3,000 and 30,000 entries: CPU per question, time to build, memory held.

Each size runs in a process of its own, so that memory is its own. The large banks are our own and the practice banks
varied: words exchanged for others of the same banks, so that words, phrasings and vocabulary grow as in a real bank.
"""

import random
import resource
import statistics
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path

from bot import memory
from bot.answers.matcher import Entry, Matcher
from tests.bench.faq_banks import own_bank, practice_banks
from tests.bench.faq_noise import VARIANTS
from tests.bench.figures import show

SIZES = (300, 3_000, 30_000)
_QUESTIONS = 400
_PROJECT = Path(__file__).parents[2]


def main() -> None:
    for size in SIZES:
        subprocess.run([sys.executable, "-m", "tests.bench.faq_cost", str(size)], cwd=_PROJECT, check=True)


def varied(size: int, rng: random.Random) -> list[Entry]:
    """A bank of that many entries, made of those we have."""
    models = [entry for bank in (own_bank(), *practice_banks().values()) for entry in bank.entries]
    words = [word for entry in models for text in entry.phrasings for word in text.split()]
    entries = [Entry(f"{at}", entry.phrasings, entry.answer) for at, entry in enumerate(models)]
    while len(entries) < size:
        model = rng.choice(models)
        exchanged = {
            word: rng.choice(words) for text in model.phrasings for word in text.split() if rng.random() < 0.4
        }
        phrasings = tuple(" ".join(exchanged.get(w, w) for w in text.split()) for text in model.phrasings)
        entries.append(Entry(str(len(entries)), phrasings, model.answer))
    return entries[:size]


def measure(size: int) -> None:
    rng = random.Random(6)
    entries = varied(size, rng)
    spoil = tuple(VARIANTS.values())
    asked = [rng.choice(spoil)(rng.choice(rng.choice(entries).phrasings), rng) for _ in range(_QUESTIONS)]
    Matcher.build(entries[:10]).search("hội phí")  # What is loaded once is not the bank's.
    before, began = _resident_mb(), time.thread_time()
    with memory.others_first():  # As the service builds it.
        matcher = Matcher.build(entries)
    show("faq", f"build, {size} entries", time.thread_time() - began, "s")
    show("faq", f"memory, {size} entries", _resident_mb() - before, "MB")
    show("faq", f"peak memory while building, {size} entries", _peak_mb() - before, "MB")
    median, p95 = _spans(matcher, asked)
    show("faq", f"query, median, {size} entries", median, "ms")
    show("faq", f"query, p95, {size} entries", p95, "ms")
    story = ". ".join(asked[:12])
    show(
        "faq",
        f"query, a story of {len(story.split())} words, {size} entries",
        _spans(matcher, [story] * 20)[0],
        "ms",
    )


def _spans(matcher: Matcher, asked: Sequence[str]) -> tuple[float, float]:
    """Median and 95th percentile of the CPU time, in milliseconds, of this thread alone."""
    spans: list[float] = []
    for text in asked:
        began = time.thread_time()
        matcher.search(text)
        spans.append(1000 * (time.thread_time() - began))
    return statistics.median(spans), statistics.quantiles(spans, n=20)[-1]


def _resident_mb() -> float:
    """What the process holds now; where the system does not say, its peak."""
    status = Path("/proc/self/statm")
    if not status.exists():
        return _peak_mb()
    return int(status.read_text(encoding="ascii").split()[1]) * resource.getpagesize() / 1024**2


def _peak_mb() -> float:
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak / (1024 * 1024 if sys.platform == "darwin" else 1024)


if __name__ == "__main__":
    measure(int(sys.argv[1]))
