"""The banks that the matcher is measured and fitted on: our own, practice banks on other subjects, and public ones.

A practice bank (`faq_practice/`) is ours too, written for fitting the confidence away from the bank in service: one entry a
line, its question and the ways people ask it parted by bars.

`CHIHOI_FAQ_EVAL` names the folder with `xquad.vi.json`, `health.vi.json` and `cafe.km.json`; they are nobody's of ours and
are not kept here. A bank may bring its own questions; else its phrasings are held out and asked.
"""

import json
import os
import random
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path

from bot.answers.bank import read_bank
from bot.answers.matcher import Entry

_CONTENT = Path(__file__).parents[2] / "config" / "content"
_PRACTICE = Path(__file__).parent / "faq_practice"
_FOLDS = 5


@dataclass(frozen=True)
class Asked:
    """A question, and the entry that is right for it; empty where the bank has none."""

    text: str
    entry_id: str


@dataclass(frozen=True)
class Bank:
    name: str
    entries: tuple[Entry, ...]
    asked: tuple[Asked, ...] = field(default=())
    """Questions that came with the bank; without any, phrasings are held out."""

    def folds(self, seed: int = 1, *, removed: bool = False) -> Iterator[tuple[list[Entry], list[Asked]]]:
        """Banks to build and what to ask them: phrasings that are not in them; of entries that are not, if `removed`."""
        rng = random.Random(seed)
        ids = [entry.entry_id for entry in self.entries]
        rng.shuffle(ids)
        held_out = self._held_out(rng)
        for fold in range(_FOLDS):
            gone = set(ids[fold::_FOLDS]) if removed else set()
            if self.asked:
                asked = [one for one in self.asked if not removed or one.entry_id in gone]
                kept = [entry for entry in self.entries if entry.entry_id not in gone]
            else:
                asked = [
                    Asked(text, entry.entry_id)
                    for entry in self.entries
                    for text in entry.phrasings
                    if (text in held_out[fold] if not removed else entry.entry_id in gone)
                ]
                kept = [
                    replace(
                        entry,
                        phrasings=tuple(t for t in entry.phrasings if removed or t not in held_out[fold]),
                    )
                    for entry in self.entries
                    if entry.entry_id not in gone
                ]
            yield kept, [Asked(one.text, "") for one in asked] if removed else asked
            if self.asked and not removed:
                return

    def _held_out(self, rng: random.Random) -> list[set[str]]:
        """The phrasings in folds, those of one entry spread; its first, the question officers wrote, always stays."""
        folds: list[set[str]] = [set() for _ in range(_FOLDS)]
        for offset, entry in enumerate(self.entries):
            own = list(entry.phrasings[1:])
            rng.shuffle(own)
            for at, text in enumerate(own):
                folds[(at + offset) % _FOLDS].add(text)
        return folds


def own_bank() -> Bank:
    entries = read_bank(_CONTENT / "faq.vi.yaml").entries
    return Bank("own", tuple(Entry(e.entry_id, (e.question, *e.phrasings), e.answer) for e in entries))


def practice_banks() -> dict[str, Bank]:
    """The practice banks by name."""
    banks: dict[str, Bank] = {}
    for path in sorted(_PRACTICE.glob("*.txt")):
        lines = path.read_text(encoding="utf-8").splitlines()
        entries = (Entry(f"{path.stem}-{at}", tuple(line.split(" | "))) for at, line in enumerate(lines))
        banks[path.stem] = Bank(path.stem, tuple(entries))
    return banks


def public_banks() -> dict[str, Bank]:
    """The public banks by name; none where the environment names no folder."""
    folder = os.environ.get("CHIHOI_FAQ_EVAL", "")
    if not folder:
        return {}
    xquad, health, cafe = (
        _read(Path(folder) / f"{name}.json") for name in ("xquad.vi", "health.vi", "cafe.km")
    )
    return {bank.name: bank for bank in (health, cafe, xquad, _questions_as_phrasings(xquad))}


def _read(path: Path) -> Bank:
    data = json.loads(path.read_text(encoding="utf-8"))
    return Bank(
        path.name.removesuffix(".json"),
        tuple(Entry(entry["id"], tuple(entry["texts"])) for entry in data["entries"]),
        tuple(Asked(query["q"], query["id"]) for query in data["queries"]),
    )


def _questions_as_phrasings(bank: Bank) -> Bank:
    """The bank's questions, those with the same answer made phrasings of one entry: short texts, as an FAQ has."""
    by_id: dict[str, list[str]] = {}
    for one in bank.asked:
        by_id.setdefault(one.entry_id, []).append(one.text)
    entries = (Entry(entry_id, tuple(texts)) for entry_id, texts in by_id.items() if len(texts) > 1)
    return Bank(f"{bank.name} questions", tuple(entries))
