"""The matcher over the general entries, and one for each unit that has entries of its own.

A unit's matcher knows the general entries, those of the units above it, and its own; what stands for a general entry lends it
its phrasings. It costs what the own entries cost, so that a commune's ten questions cost the next commune nothing.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Self

from bot.answers.confidence import SHIPPED, Calibration
from bot.answers.matcher import Entry, Matcher

Entries = Mapping[str, Entry]
"""By id: every way people ask it, and what it answers."""


@dataclass(frozen=True, slots=True)
class Askable:
    """What matchers are built of."""

    general: Entries = field(default_factory=dict)
    own: Mapping[int, Entries] = field(default_factory=dict)
    """By unit: what its members can ask besides, those of the units above it included, or ask in other words too."""


@dataclass(frozen=True, slots=True)
class Matchers:
    """Built whole and swapped whole."""

    askable: Askable
    general: Matcher
    own: Mapping[int, Matcher]

    @classmethod
    def build(
        cls, askable: Askable, calibration: Calibration = SHIPPED, before: "Matchers | None" = None
    ) -> Self:
        """Takes long where the general entries are not those of `before`."""
        if before is None or before.askable.general != askable.general:
            before = cls(askable, Matcher.build(askable.general.values(), calibration), {})
        general = before.general.calibrated(calibration)
        own = {
            unit_id: before.own[unit_id].calibrated(calibration)
            if unit_id in before.own and before.askable.own[unit_id] == entries
            else general.with_own(entries.values())
            for unit_id, entries in askable.own.items()
        }
        return cls(askable, general, own)

    def calibrated(self, calibration: Calibration) -> Self:
        """The same, sure by other constants; the very same where they are these already."""
        if self.general.calibrated(calibration) is self.general:
            return self
        own = {unit_id: matcher.calibrated(calibration) for unit_id, matcher in self.own.items()}
        return type(self)(self.askable, self.general.calibrated(calibration), own)

    def at(self, at: tuple[int, ...]) -> Matcher:
        """The one for members of the last of these units, from the top down."""
        return next((self.own[unit_id] for unit_id in reversed(at) if unit_id in self.own), self.general)
