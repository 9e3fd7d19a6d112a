"""One more sentence of an audience: which kinds officers may add, and how each is read from its fields."""

from collections.abc import Callable, Mapping
from typing import Any

from broadcasts.audience import Condition, Is
from broadcasts.condition_values import ANY, NONE
from handlers.officers import query
from handlers.officers.words import N_

Field = Callable[[str], str]

KINDS: Mapping[str, str] = {
    Is.AGE: N_("Tuổi"),
    Is.TAG: N_("Nhãn"),
    Is.REGISTERED: N_("Ngày ghi tên"),
    Is.ACTIVE: N_("Có nhắn với Hội gần đây"),
    Is.GOT: N_("Đã nhận hoặc chưa nhận một thông báo"),
    Is.ANSWERED: N_("Đã trả lời một thông báo"),
    Is.LIST: N_("Có trong danh sách tải lên"),
    Is.SEGMENT: N_("Thuộc nhóm đã lưu"),
    Is.UNITS: N_("Thuộc một đơn vị"),
    Is.LANGUAGE: N_("Tiếng đang dùng với trợ lý"),
}
"""In the order in which officers are offered them."""


def read_condition(kind: Is, field: Field) -> Condition:
    """Refused with what is missing."""
    return Condition.from_json({"is": kind.value, **_READ[kind](field)})


def _number(typed: str) -> int | str | None:
    """None for nothing typed; what is no number stays as it is, to be refused."""
    if not typed:
        return None
    number = query.number(typed)
    return typed if number is None else number


def _answer(typed: str) -> int | str | None:
    return typed if typed in {ANY, NONE} else _number(typed)


_READ: Mapping[Is, Callable[[Field], dict[str, Any]]] = {
    Is.AGE: lambda field: {
        "from": _number(field("add-from")),
        "to": _number(field("add-to")),
        "unknown": field("add-unknown") == "1",
    },
    Is.TAG: lambda field: {"tags": [field("add-tag")]},
    Is.REGISTERED: lambda field: {"from": field("add-first") or None, "to": field("add-last") or None},
    Is.ACTIVE: lambda field: {"days": _number(field("add-days"))},
    Is.GOT: lambda field: {"broadcast": _number(field("add-broadcast")), "got": field("add-got") != "0"},
    Is.ANSWERED: lambda field: {
        "broadcast": _number(field("add-broadcast")),
        "answer": _answer(field("add-answer")),
    },
    Is.LIST: lambda field: {"list": _number(field("add-list"))},
    Is.SEGMENT: lambda field: {"segment": _number(field("add-segment"))},
    Is.UNITS: lambda field: {"units": [_number(field("add-unit"))]},
    Is.LANGUAGE: lambda field: {"languages": [field("add-language")]},
}
