"""How the page of a sending follows what happens while it is open: quickly while something is sent, calmly while only answers,
clicks and late receipts come in, and after an hour of that no more.
"""

from dataclasses import dataclass

from bot.store.tables.broadcasts import DeliveryState, RunState
from broadcasts.progress import Progress

FEW = 20_000
"""People of whom row by row is counted while something is sent."""
# How often a page asks anew, by how much there is to count each time: while something is sent, and afterwards.
_EVERY_S = ((FEW, 2, 20), (200_000, 5, 120), (2_000_000, 15, 600))
_SLOWEST_S = (60, 900)
_CALM_FOR_S = 60 * 60
_HAVE_IT = (DeliveryState.SENT, DeliveryState.UNCERTAIN)


@dataclass(frozen=True, slots=True)
class Following:
    every_s: int = 0  # 0: it stays still.
    asked: int = 0  # How often it has asked since only answers come in.
    is_over: bool = False  # It has followed long enough.
    hears_answers: bool = False  # Nothing is sent, but whoever has it may answer.

    @property
    def is_calm(self) -> bool:
        return self.asked > 0


def following(figures: Progress | None, *, moves: bool, asked: int) -> Following:
    """`moves`: something is still sent; `asked`: how often the page has asked since it is not. No figures: it has not begun."""
    total = figures.total if figures is not None else 0
    quick_s, calm_s = next(((quick, calm) for most, quick, calm in _EVERY_S if total <= most), _SLOWEST_S)
    if moves:
        return Following(quick_s)
    hears_answers = figures is not None and _anybody_has_it(figures)
    if figures is None or not (figures.state is RunState.PAUSED or hears_answers):
        return Following()
    if asked * calm_s >= _CALM_FOR_S:
        return Following(is_over=True)
    return Following(calm_s, asked + 1, hears_answers=hears_answers)


def _anybody_has_it(figures: Progress) -> bool:
    """Or may have it, so that she may answer."""
    return any(figures.by_state.get(state) or figures.posts.get(state) for state in _HAVE_IT)
