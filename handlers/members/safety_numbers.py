"""The numbers besides the certain ones: only those that an officer has entered for her unit or one above it, and only what helps her."""

from collections.abc import Callable

from bot.answers import local_facts
from bot.answers.safety import SafetyKind
from bot.people import units
from bot.turn import Turn

_POLICE, _HEALTH, _SHELTER, _ADVICE = "sdt_cong_an_xa", "sdt_tram_y_te", "dia_chi_tin_cay", "sdt_tu_van"
_HELPS = {
    SafetyKind.CHILD: (_POLICE,),
    SafetyKind.TRAFFICKING: (_POLICE,),
    SafetyKind.FORCED_MARRIAGE: (_POLICE, _ADVICE),
    SafetyKind.REPORT: (_POLICE, _ADVICE),
    SafetyKind.SEXUAL: (_POLICE, _HEALTH, _ADVICE),
    SafetyKind.THREAT: (_POLICE, _SHELTER, _ADVICE),
    SafetyKind.VIOLENCE: (_POLICE, _SHELTER, _ADVICE),
    SafetyKind.SHELTER: (_POLICE, _SHELTER, _ADVICE),
    SafetyKind.MEDICAL: (_HEALTH,),
    SafetyKind.DESPAIR: (_HEALTH, _ADVICE),
}
_LEAST_FIGURES = 3  # What has fewer is no number to ring.

Numbers = list[tuple[str, str]]
"""Fields and what stands in them."""


async def near_her(turn: Turn, kind: SafetyKind) -> Numbers:
    """In the order in which they help; none where nobody has entered any. Whose place nobody knows has the top's advice alone."""
    unit_id = turn.contact.unit_id
    helps = _HELPS[kind] if unit_id is not None else [name for name in _HELPS[kind] if name == _ADVICE]
    at = unit_id if unit_id is not None else await units.province_id(turn.connection)
    if at is None:
        return []
    facts = await local_facts.of_unit(turn.connection, at)
    entered = {fact.name: fact.own or fact.inherited for fact in facts}
    found = [(name, entered.get(name, "")) for name in helps]
    return [(name, value) for name, value in found if sum(c.isdigit() for c in value) >= _LEAST_FIGURES]


def lines(_: Callable[[str], str], numbers: Numbers, *, is_quiet: bool) -> list[str]:
    """As she reads them; on a quiet phone without those whose very name tells something."""
    named = {_POLICE: _("Công an gần chị: {number}"), _HEALTH: _("Trạm y tế gần chị: {number}")}
    if not is_quiet:
        named[_SHELTER] = _("Địa chỉ tin cậy, chị gọi trước khi tới: {number}")
        named[_ADVICE] = _("Tư vấn cho phụ nữ: {number}")
    return [named[name].format(number=value) for name, value in numbers if name in named]
