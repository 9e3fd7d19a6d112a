"""How well and how fast the matcher finds the entries of our own bank: `python -m tests.bench.matching`.

Every phrasing is held out once (five parts, three shuffles) and asked as it is, without marks, and with typing errors, of
a bank that lacks it; then of a bank that lacks its whole entry, where any answer is wrong. Prints JSON lines.
"""

import random
import statistics
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from bot.answers import Entry, Match, Matcher, Rung, choose
from bot.answers.bank import read_bank
from bot.text import fold
from tests.bench.figures import show

_FILE = Path(__file__).parents[2] / "config" / "content" / "faq.vi.yaml"
_PARTS = 5
_SHUFFLES = 3
_KEYS = "abcdeghiklmnopqrstuvxy"


@dataclass(frozen=True)
class Asked:
    """One question put to the matcher; `entry_id` is empty where the bank has no entry for it."""

    manner: str
    entry_id: str
    matches: list[Match]


def main() -> None:
    entries = [Entry(e.entry_id, (e.question, *e.phrasings)) for e in read_bank(_FILE).entries]
    rng = random.Random(8)  # The same errors in every run, so that figures compare.
    asked = [one for shuffle in range(_SHUFFLES) for one in _ask_held_out(entries, shuffle, rng)]
    for manner in ("as is", "no marks", "typos"):
        own = [one for one in asked if one.manner == manner and one.entry_id]
        for depth in (1, 3):
            found = sum(one.entry_id in [m.entry_id for m in one.matches[:depth]] for one in own)
            _print(f"recall@{depth}, {manner}", 100 * found / len(own), "%")
    _print_ladder(asked)
    _print_time(entries, rng)


def _ask_held_out(entries: list[Entry], shuffle: int, rng: random.Random) -> Iterator[Asked]:
    parts = _parts(entries, shuffle)
    for held_out in parts:
        left = [Entry(e.entry_id, tuple(p for p in e.phrasings if p not in held_out)) for e in entries]
        yield from _ask(
            Matcher.build(left), [(e.entry_id, p) for e in entries for p in e.phrasings if p in held_out], rng
        )
        ids = [entry.entry_id for entry in entries]
        rng.shuffle(ids)
        for part in range(_PARTS):
            gone = set(ids[part::_PARTS])
            without = Matcher.build(entry for entry in left if entry.entry_id not in gone)
            removed = [("", p) for e in entries if e.entry_id in gone for p in e.phrasings if p in held_out]
            yield from _ask(without, removed, rng)


def _parts(entries: list[Entry], shuffle: int) -> list[set[str]]:
    """All phrasings in parts, those of one entry spread over different ones."""
    rng = random.Random(shuffle)
    parts: list[set[str]] = [set() for _ in range(_PARTS)]
    for offset, entry in enumerate(entries):
        for at, phrasing in enumerate(rng.sample(entry.phrasings, len(entry.phrasings))):
            parts[(at + offset) % _PARTS].add(phrasing)
    return parts


def _ask(matcher: Matcher, questions: list[tuple[str, str]], rng: random.Random) -> Iterator[Asked]:
    for entry_id, question in questions:
        for manner, typed in _manners(question, rng).items():
            yield Asked(manner, entry_id, matcher.search(typed))


def _manners(question: str, rng: random.Random) -> dict[str, str]:
    return {"as is": question, "no marks": fold(question), "typos": _mistype(fold(question), rng)}


def _mistype(text: str, rng: random.Random) -> str:
    """One typing error, two in a longer text: a letter missing, doubled, wrong, or changed with the next."""
    letters = list(text)
    for _ in range(2 if len(letters) > 25 else 1):
        places = [at for at, letter in enumerate(letters[:-1]) if letter.isalpha()]
        if len(places) < 4:
            break
        at = rng.choice(places)
        match rng.randrange(4):
            case 0:
                del letters[at]
            case 1:
                letters.insert(at, letters[at])
            case 2:
                letters[at] = rng.choice(_KEYS)
            case _:
                letters[at], letters[at + 1] = letters[at + 1], letters[at]
    return "".join(letters)


def _print_ladder(asked: list[Asked]) -> None:
    """What members would get. Questions without an entry count a third, so that they are one in four."""
    weights = [1.0 if one.entry_id else 1 / 3 for one in asked]
    decisions = [choose(one.matches) for one in asked]
    triples = list(zip(asked, decisions, weights, strict=True))
    for rung in Rung:
        share = sum(w for _, d, w in triples if d.rung is rung) / sum(weights)
        _print(f"share of {rung.value}", 100 * share, "%")
    answered = [(d.entry_ids[0] == one.entry_id, w) for one, d, w in triples if d.rung is Rung.ANSWER]
    _print(
        "asserted answers right",
        100 * sum(w for right, w in answered if right) / sum(w for _, w in answered),
        "%",
    )
    _print("asserted answers judged", len(answered), "answers")
    offered = [
        (one.entry_id in d.entry_ids, w) for one, d, w in triples if d.rung is Rung.SUGGEST and one.entry_id
    ]
    _print(
        "suggestions that hold the right entry",
        100 * sum(w for right, w in offered if right) / sum(w for _, w in offered),
        "%",
    )
    for low, high in ((0.0, 0.2), (0.2, 0.4), (0.4, 0.6), (0.6, 0.8), (0.8, 0.95), (0.95, 1.01)):
        band = [
            (one.matches[0], one.matches[0].entry_id == one.entry_id, w)
            for one, _, w in triples
            if one.matches and low <= one.matches[0].confidence < high
        ]
        total = sum(w for _, _, w in band)
        said = sum(match.confidence * w for match, _, w in band) / total
        _print(f"right where it says {said:.2f}", sum(w for _, right, w in band if right) / total, "share")


def _print_time(entries: list[Entry], rng: random.Random) -> None:
    began = time.thread_time()
    matcher = Matcher.build(entries)
    _print("build", 1000 * (time.thread_time() - began), "ms")
    spans: list[float] = []
    for entry in entries:
        for phrasing in entry.phrasings:
            typed = _mistype(phrasing, rng)
            began = time.thread_time()  # Of this thread alone: other work on the machine does not count.
            found = matcher.search(typed)
            spans.append(1000 * (time.thread_time() - began))
            if not found:
                raise AssertionError(phrasing)
    _print("query, median", statistics.median(spans), "ms")
    _print("query, p95", statistics.quantiles(spans, n=20)[-1], "ms")
    asserted = [choose(matcher.search(p)) for e in entries for p in e.phrasings]
    _print("own phrasings asserted", 100 * sum(d.rung is Rung.ANSWER for d in asserted) / len(asserted), "%")


def _print(figure: str, value: float, unit: str) -> None:
    show("matching", figure, value, unit)


if __name__ == "__main__":
    main()
