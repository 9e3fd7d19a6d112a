"""Whom an announcement is for, as sentences kept as data: all of the conditions hold, and none of the exceptions.

What they mean in SQL stands in `broadcasts.people`.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from broadcasts.refused import N_, Refused


class Is(StrEnum):
    """What a condition asks of a member."""

    UNITS = "units"  # She belongs to one of `units` or to a unit below it.
    CHANNELS = "channels"  # She is reached on one of `channels`.


_LISTS: Mapping[Is, tuple[str, type]] = {Is.UNITS: ("units", int), Is.CHANNELS: ("channels", str)}


@dataclass(frozen=True, slots=True)
class Condition:
    """One sentence: its kind, and its values by name as they are kept."""

    kind: Is
    values: Mapping[str, Any]

    @classmethod
    def from_json(cls, stored: object) -> "Condition":
        """Refused when it is no condition of ours."""
        if not isinstance(stored, Mapping) or stored.get("is") not in set(Is):
            raise Refused(N_("Chưa chọn người nhận."))
        kind = Is(stored["is"])
        name, of = _LISTS[kind]
        values = stored.get(name)
        if (
            not isinstance(values, list | tuple)
            or not values
            or not all(isinstance(value, of) and not isinstance(value, bool) and value for value in values)
            or (of is int and min(values) < 1)
        ):
            raise Refused(
                N_("Chưa chọn đơn vị nhận thông báo.")
                if kind is Is.UNITS
                else N_("Chưa chọn kênh gửi. Hãy chọn ít nhất một kênh.")
            )
        return cls(kind, {name: sorted(set(values))})

    def to_json(self) -> dict[str, Any]:
        return {"is": self.kind.value, **self.values}


@dataclass(frozen=True, slots=True)
class Audience:
    """Everybody for whom each of `who` holds and none of `but_not`."""

    who: tuple[Condition, ...]
    but_not: tuple[Condition, ...] = ()

    @classmethod
    def of_units(cls, unit_ids: Sequence[int], channels: Sequence[str]) -> "Audience":
        """The members of some units and everything below them who are reached on one of these channels."""
        return cls.from_json(
            {
                "who": [
                    {"is": "units", "units": list(unit_ids)},
                    {"is": "channels", "channels": list(channels)},
                ]
            }
        )

    @classmethod
    def from_json(cls, stored: object) -> "Audience":
        """The audience of `{"who": [{"is": "units", "units": [3]}, ...], "not": [...]}`. Refused when it is anything else.

        Units and channels are always said: an announcement to everybody everywhere is never an oversight.
        """
        if not isinstance(stored, Mapping) or not isinstance(stored.get("who"), list | tuple):
            raise Refused(N_("Chưa chọn người nhận."))
        found = cls(
            tuple(Condition.from_json(one) for one in stored["who"]),
            tuple(Condition.from_json(one) for one in stored.get("not", ())),
        )
        if not found.unit_ids:
            raise Refused(N_("Chưa chọn đơn vị nhận thông báo."))
        if not found.channels:
            raise Refused(N_("Chưa chọn kênh gửi. Hãy chọn ít nhất một kênh."))
        return found

    def to_json(self) -> dict[str, Any]:
        return {
            "who": [condition.to_json() for condition in self.who],
            "not": [condition.to_json() for condition in self.but_not],
        }

    @property
    def unit_ids(self) -> tuple[int, ...]:
        return self._all(Is.UNITS, "units")

    @property
    def channels(self) -> tuple[str, ...]:
        return self._all(Is.CHANNELS, "channels")

    def _all(self, kind: Is, name: str) -> tuple[Any, ...]:
        return tuple(
            value for condition in self.who if condition.kind is kind for value in condition.values[name]
        )
