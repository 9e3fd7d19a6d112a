"""Words that the bank does not know, mended to words that it knows: slips of the hand, Telex, sounds, shortenings, lost blanks.

Each word brings its candidates, each with a cost; the cheapest way through the message wins, and words that stand side by
side in the bank draw each other. A repair may be wrong: the matcher gives it half of the say and the message as typed the
other half.
"""

from collections import ChainMap, Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, MutableMapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from math import log
from typing import Self, TypeVar

from bot.answers.matching.shortenings import READINGS
from bot.answers.matching.sounds import is_syllable, skeleton, telex_undone
from bot.answers.matching.words import Word

Run = tuple[str, ...]
_Found = TypeVar("_Found")

# Costs, in the order of how surely a candidate is what was meant. Found by trying, on several banks with written noise.
_KEPT = 4.0  # an unknown word left as it is
_KEPT_SYLLABLE = 0.5  # the same where it may well be a word of the language
_TELEX = 0.7
_READING = 1.0
_SPLIT = 1.3
_SPLIT_STRANGERS = 3.0  # two known words that the bank never has side by side
_SOUND = 1.6
_INITIALS = 2.2
_SWAPPED = 1.6
_EDITED = 2.2
_EDITED_SHORT = 3.0  # in a word of three letters
_NEIGHBOURS = 1.5  # what standing side by side in the bank is worth
_COMMON = 0.15  # how much the number of entries that have a word counts

_MOST_CANDIDATES = 8
_LONGEST = 24
"""Letters; a longer run is no word that somebody slipped on."""
_MOST_RUNS = 3


@dataclass(frozen=True, slots=True)
class Known:
    """The words of a bank's phrasings, found by what somebody may have typed for them."""

    seen: MutableMapping[str, int]
    """How many phrasings have the word."""
    by_initials: MutableMapping[str, list[Run]]
    by_sound: MutableMapping[str, list[str]]
    by_deletion: MutableMapping[str, list[str]]

    @classmethod
    def read(cls, texts: Iterable[Sequence[Word]]) -> Self:
        """The words of these phrasings."""
        seen: Counter[str] = Counter()
        runs: Counter[Run] = Counter()
        for words in texts:
            plain = [word.plain for word in words if not word.is_khmer]
            seen.update(set(plain))
            runs.update(pairwise(plain))
            runs.update(zip(plain, plain[1:], plain[2:], strict=False))
        by_sound: defaultdict[str, list[str]] = defaultdict(list)
        by_deletion: defaultdict[str, list[str]] = defaultdict(list)
        for word in seen:
            if word.isalpha() and len(word) <= _LONGEST:
                by_sound[skeleton(word)].append(word)
                if len(word) >= 3:
                    for shorter in _deletions(word):
                        by_deletion[shorter].append(word)
        return cls(seen, _by_initials(runs), dict(by_sound), dict(by_deletion))

    def and_of(self, bank: Self) -> Self:
        """These, and those of a whole bank, of which nothing is copied but what stands under the same key."""
        return type(self)(
            ChainMap({word: times + bank.seen.get(word, 0) for word, times in self.seen.items()}, bank.seen),
            _joined(self.by_initials, bank.by_initials),
            _joined(self.by_sound, bank.by_sound),
            _joined(self.by_deletion, bank.by_deletion),
        )


class Repair:
    """Made for one bank; see `mend`."""

    def __init__(self, known: Known, knows_pair: Callable[[str], bool]) -> None:
        """`knows_pair` says whether the bank has two words (with a blank between) side by side."""
        self.known = known
        self._knows_pair = knows_pair

    def mend(self, words: Sequence[Word]) -> list[Word]:
        """The message as it was probably meant; the same words where nothing wants mending."""
        ways: list[tuple[float, str, tuple[Run, ...]]] = [(0.0, "", ())]
        mended: list[Word] = []
        for word in words:
            if word.is_khmer:
                mended += _cheapest(ways)
                mended.append(word)
                ways = [(0.0, "", ())]
                continue
            found = self._candidates(word.plain)
            ways = [
                min((cost + own - self._drawn(last, run), run[-1], (*path, run)) for cost, last, path in ways)
                for run, own in found
            ]
        mended += _cheapest(ways)
        return _with_marks(mended, words)

    def _drawn(self, last: str, run: Run) -> float:
        return _NEIGHBOURS if last and self._knows_pair(f"{last} {run[0]}") else 0.0

    def _candidates(self, typed: str) -> list[tuple[Run, float]]:
        costs: dict[Run, float] = {}
        for run, cost in self._offers(typed):
            costs[run] = min(cost, costs.get(run, cost))
        ordered = sorted(costs.items(), key=lambda offer: (offer[1], offer[0]))
        return ordered[:_MOST_CANDIDATES]

    def _offers(self, typed: str) -> Iterator[tuple[Run, float]]:
        for reading in READINGS.get(typed, ()):
            if all(word in self.known.seen for word in reading):
                yield reading, _READING - self._common(reading)
        if typed in self.known.seen or not typed.isalpha() or len(typed) > _LONGEST:
            yield (typed,), -self._common((typed,))
            return
        yield (typed,), _KEPT_SYLLABLE if is_syllable(typed) else _KEPT
        if (undone := telex_undone(typed)) in self.known.seen:
            yield (undone,), _TELEX
        for word in self.known.by_sound.get(skeleton(typed), ()):
            yield (word,), _SOUND - self._common((word,))
        for word in self._near(typed):
            yield (word,), _edit_cost(typed, word) - self._common((word,))
        for at in range(1, len(typed)):
            first, second = typed[:at], typed[at:]
            if first in self.known.seen and second in self.known.seen:
                cost = _SPLIT if self._knows_pair(f"{first} {second}") else _SPLIT_STRANGERS
                yield (first, second), cost
        for run in self.known.by_initials.get(typed, ()):
            yield run, _INITIALS - self._common(run)

    def _common(self, run: Run) -> float:
        return _COMMON * log(1 + min(self.known.seen[word] for word in run))

    def _near(self, typed: str) -> set[str]:
        """The bank's words one slip away: a letter too many, too few, wrong, or changed with the next."""
        if len(typed) < 3:
            return set()
        near = {word for word in _deletions(typed) if word in self.known.seen and len(word) >= 3}
        near.update(self.known.by_deletion.get(typed, ()))
        for shorter in _deletions(typed):
            near.update(word for word in self.known.by_deletion.get(shorter, ()) if _is_one_slip(typed, word))
        return near


def _joined(
    own: Mapping[str, list[_Found]], bank: MutableMapping[str, list[_Found]]
) -> MutableMapping[str, list[_Found]]:
    """What stands under each key in both, the bank's first."""
    both = {key: list(dict.fromkeys([*bank.get(key, ()), *found])) for key, found in own.items()}
    return ChainMap(both, bank)


def _by_initials(runs: Counter[Run]) -> dict[str, list[Run]]:
    """The commonest runs of words by their first letters; what stands in the bank once is no shortening's meaning."""
    found: defaultdict[str, list[tuple[int, Run]]] = defaultdict(list)
    for run, times in runs.items():
        if times > 1:
            found["".join(word[0] for word in run)].append((-times, run))
    return {initials: [run for _, run in sorted(those)[:_MOST_RUNS]] for initials, those in found.items()}


def _deletions(word: str) -> set[str]:
    return {word[:at] + word[at + 1 :] for at in range(len(word))}


def _is_one_slip(typed: str, word: str) -> bool:
    """For two words that are alike once a letter is taken from each."""
    if len(typed) != len(word):
        return False
    wrong = [at for at in range(len(typed)) if typed[at] != word[at]]
    return len(wrong) == 1 or (len(wrong) == 2 and wrong[1] == wrong[0] + 1 and _is_swapped(typed, word))


def _is_swapped(typed: str, word: str) -> bool:
    return len(typed) == len(word) and sorted(typed) == sorted(word)


def _edit_cost(typed: str, word: str) -> float:
    if _is_swapped(typed, word):
        return _SWAPPED
    return _EDITED_SHORT if len(word) <= 3 else _EDITED


def _cheapest(ways: Sequence[tuple[float, str, tuple[Run, ...]]]) -> list[Word]:
    _, _, path = min(ways)
    return [Word(word) for run in path for word in run]


def _with_marks(mended: list[Word], words: Sequence[Word]) -> list[Word]:
    """Words that stayed keep the marks they were typed with."""
    marked = {word.plain: word for word in words}
    return [marked.get(word.plain, word) for word in mended]
