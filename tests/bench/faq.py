"""How well, how surely and how fast the matcher finds entries: `make bench ONLY=faq`. Beside it, in the same run, its rivals.

Our own bank and the practice banks are asked phrasings that were held out; our own also what entries taken out of it
answered; each question as written and spoilt in four ways (`faq_noise`). With `CHIHOI_FAQ_EVAL` the public banks are asked
too. Nothing here is trained on our own bank; the confidence was fitted on the others (`fit_confidence`).
"""

import random
import sys
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from sklearn.metrics import roc_auc_score

from bot.answers import Match, Matcher, Rung, choose
from bot.answers.matcher import Entry
from tests.bench import faq_cost
from tests.bench.faq_banks import Asked, Bank, own_bank, practice_banks, public_banks
from tests.bench.faq_noise import VARIANTS
from tests.bench.faq_rivals import RIVALS, Ranked, Search
from tests.bench.figures import show

_OURS = "matcher"
_RANKED = 3
_MOST_CLASSES = 300
"""Beyond, a LinearSVC trains for minutes on every fold; it is left out there."""


@dataclass
class Tally:
    """What came of the questions of one bank in one variant."""

    asked: int = 0
    first: int = 0
    among_three: int = 0
    reciprocal: float = 0.0

    def add(self, ids: Sequence[str], right: str) -> None:
        self.asked += 1
        if right in ids:
            at = ids.index(right)
            self.first += at == 0
            self.among_three += at < _RANKED
            self.reciprocal += 1 / (at + 1)


def main() -> None:
    public = public_banks()
    if not public:
        print("CHIHOI_FAQ_EVAL names no folder: the public banks are left out.", file=sys.stderr)
    own = own_bank()
    for bank in (own, *practice_banks().values(), *public.values()):
        _rank(bank)
    foreign = [text for bank in _foreign(public) for entry in bank.entries for text in entry.phrasings[1:2]]
    _judge(own, foreign)
    faq_cost.main()


def _foreign(public: dict[str, Bank]) -> Iterable[Bank]:
    """Banks on quite other subjects: those of paperwork and farming touch the Union's."""
    yield from (bank for name, bank in practice_banks().items() if name in {"school", "power_water", "bank"})
    if "xquad.vi questions" in public:
        yield public["xquad.vi questions"]


def _rank(bank: Bank) -> None:
    """Recall and reciprocal rank of the matcher and of each rival, in each variant."""
    tallies: defaultdict[tuple[str, str], Tally] = defaultdict(Tally)
    for kept, asked in bank.folds():
        for name, search in _searches(kept).items():
            rng = random.Random(4)
            for variant, spoil in VARIANTS.items():
                for one in asked:
                    ids = [entry_id for entry_id, _ in search(spoil(one.text, rng))]
                    tallies[name, variant].add(ids, one.entry_id)
    for variant in VARIANTS:
        rivals = {name: tally for (name, of), tally in tallies.items() if of == variant and name != _OURS}
        _show_rank(bank.name, variant, tallies[_OURS, variant], rivals)


def _searches(entries: Sequence[Entry]) -> dict[str, Search]:
    """The matcher and its rivals over the same entries."""
    searches: dict[str, Search] = {_OURS: _ours(Matcher.build(entries))}
    for name, build in RIVALS.items():
        if name != "LinearSVC" or len(entries) <= _MOST_CLASSES:
            searches[name] = build(entries)
    return searches


def _ours(matcher: Matcher) -> Search:
    def search(text: str) -> Ranked:
        return [(match.entry_id, match.confidence) for match in matcher.search(text)]

    return search


def _show_rank(bank: str, variant: str, tally: Tally, rivals: dict[str, Tally]) -> None:
    of = {
        "recall@1": (tally.first, "%"),
        "recall@3": (tally.among_three, "%"),
        "MRR": (tally.reciprocal, "%"),
    }
    for figure, (value, unit) in of.items():
        show("faq", f"{figure}, {bank}, {variant}", 100 * value / tally.asked, unit)
    for name, rival in rivals.items():
        show(
            "faq",
            f"recall@1, {bank}, {variant}",
            100 * tally.first / tally.asked,
            "%",
            versus=name,
            of=max(100 * rival.first / rival.asked, 0.001),
        )


def _judge(bank: Bank, foreign: Sequence[str]) -> None:
    """How the confidence tells answers from no answers, and what members would get at the thresholds as shipped."""
    asked: list[tuple[str, list[Match]]] = []
    removed: list[list[Match]] = []
    rng = random.Random(5)
    for kept, questions in bank.folds():
        asked += _found(Matcher.build(kept), questions, rng)
    for kept, questions in bank.folds(removed=True):
        removed += [matches for _, matches in _found(Matcher.build(kept), questions, rng)]
    whole = Matcher.build(bank.entries)
    strange = [matches for _, matches in _found(whole, [Asked(text, "") for text in foreign], rng)]
    known = _found(whole, [Asked(text, e.entry_id) for e in bank.entries for text in e.phrasings], rng)
    right = [_best(matches) for entry_id, matches in asked if matches and matches[0].entry_id == entry_id]
    for name, others in (("foreign", strange), ("removed entry", removed)):
        wrong = [_best(matches) for matches in others]
        area = roc_auc_score([1] * len(right) + [0] * len(wrong), right + wrong)
        show("faq", f"AUROC against {name} questions, {bank.name}", 100 * area, "%")
    answered = [(entry_id, matches) for entry_id, matches in asked if _rung(matches) is Rung.ANSWER]
    hits = sum(matches[0].entry_id == entry_id for entry_id, matches in answered)
    show("faq", f"answers right, {bank.name}", 100 * hits / max(1, len(answered)), "%")
    show("faq", f"answers judged, {bank.name}", len(answered), "answers")
    known_answers = [(entry_id, matches) for entry_id, matches in known if _rung(matches) is Rung.ANSWER]
    hits = sum(matches[0].entry_id == entry_id for entry_id, matches in known_answers)
    show("faq", f"answers right, {bank.name}, worded as in the bank", 100 * hits / len(known_answers), "%")
    for name, found in (
        ("worded anew", [matches for _, matches in asked]),
        ("worded as in the bank", [matches for _, matches in known]),
        ("foreign", strange),
        ("removed entry", removed),
    ):
        for rung in Rung:
            share = sum(_rung(matches) is rung for matches in found) / len(found)
            show("faq", f"{rung.value}, {bank.name}, {name}", 100 * share, "%")
    offered = [
        (entry_id, choose(matches).entry_ids) for entry_id, matches in asked if _rung(matches) is Rung.SUGGEST
    ]
    held = sum(entry_id in ids for entry_id, ids in offered)
    show("faq", f"suggestions that hold the right entry, {bank.name}", 100 * held / len(offered), "%")


def _found(matcher: Matcher, asked: Sequence[Asked], rng: random.Random) -> list[tuple[str, list[Match]]]:
    return [
        (one.entry_id, matcher.search(spoil(one.text, rng))) for spoil in VARIANTS.values() for one in asked
    ]


def _best(matches: Sequence[Match]) -> float:
    return matches[0].confidence if matches else 0.0


def _rung(matches: Sequence[Match]) -> Rung:
    return choose(matches).rung


if __name__ == "__main__":
    main()
