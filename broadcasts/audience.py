"""Whom an announcement is for, as sentences kept as data: all of the conditions hold, and none of the exceptions.

What they mean in SQL stands in `broadcasts.meaning`, whom they reach in `broadcasts.people`, how they are said in
`broadcasts.sentences`.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from broadcasts import condition_values
from broadcasts.condition_values import Is
from broadcasts.refused import N_, Refused

__all__ = ["NOBODY", "Audience", "Condition", "Is"]

MOST_CONDITIONS = 30


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
        return cls(kind, condition_values.read(kind, stored))

    @property
    def inside(self) -> "Audience | None":
        """Whom a saved segment means, once it has been looked up."""
        return Audience.part(self.values["inside"]) if "inside" in self.values else None

    def to_json(self) -> dict[str, Any]:
        return {"is": self.kind.value, **self.values}


@dataclass(frozen=True, slots=True)
class Audience:
    """Everybody for whom each of `who` holds and none of `but_not`; nobody at all where it `is_nobody`."""

    who: tuple[Condition, ...]
    but_not: tuple[Condition, ...] = ()
    is_nobody: bool = False  # Said, not left open: what is only posted is for no member by name.

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

        Units and channels are always said: an announcement to everybody everywhere is never an oversight, and neither is one
        to nobody, which is `{"nobody": true, "who": []}`.
        """
        found = cls.part(stored)
        if found.is_nobody:
            return found
        if not found.unit_ids:
            raise Refused(N_("Chưa chọn đơn vị nhận thông báo."))
        if not found.channels:
            raise Refused(N_("Chưa chọn kênh gửi. Hãy chọn ít nhất một kênh."))
        return found

    @classmethod
    def part(cls, stored: object) -> "Audience":
        """Conditions that need not be whole: what a segment keeps under a name, for the audiences that use it."""
        if not isinstance(stored, Mapping) or not isinstance(stored.get("who"), list | tuple):
            raise Refused(N_("Chưa chọn người nhận."))
        if stored.get("nobody") is True:
            return NOBODY
        but_not = stored.get("not", ())
        if not isinstance(but_not, list | tuple):
            raise Refused(N_("Chưa chọn người nhận."))
        if len(stored["who"]) + len(but_not) > MOST_CONDITIONS:
            raise Refused(
                N_("Nhiều điều kiện quá. Chị bỏ bớt, hoặc lưu một phần thành nhóm rồi chọn nhóm đó.")
            )
        return cls(
            tuple(Condition.from_json(one) for one in stored["who"]),
            tuple(Condition.from_json(one) for one in but_not),
        )

    def to_json(self) -> dict[str, Any]:
        if self.is_nobody:
            return {"nobody": True, "who": [], "not": []}
        return {
            "who": [condition.to_json() for condition in self.who],
            "not": [condition.to_json() for condition in self.but_not],
        }

    @property
    def conditions(self) -> Iterator[Condition]:
        """All of them, exceptions too; not what stands inside of segments."""
        yield from self.who
        yield from self.but_not

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


NOBODY = Audience((), is_nobody=True)
