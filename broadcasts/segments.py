"""People chosen again and again, saved as sentences under a name; and what an audience names, looked up.

A segment belongs to a unit. Officers of that unit and of those below it may use it, those who see the unit may change it.
A segment may use others, a few deep and never itself.
"""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.store.tables import broadcasts, member_lists, segments, units
from broadcasts.audience import Audience, Condition, Is
from broadcasts.refused import N_, Refused

DEEPEST = 5

_GONE: Mapping[Is, tuple[str, sa.Column[int], str]] = {
    Is.UNITS: ("units", units.c.id, N_("Đơn vị nhận thông báo không còn trong danh sách.")),
    Is.LIST: ("list", member_lists.c.id, N_("Danh sách đã tải lên không còn nữa. Chị chọn lại người nhận.")),
    Is.GOT: ("broadcast", broadcasts.c.id, N_("Thông báo dùng để chọn người nhận không còn nữa.")),
    Is.ANSWERED: ("broadcast", broadcasts.c.id, N_("Thông báo dùng để chọn người nhận không còn nữa.")),
}


async def opened(connection: AsyncConnection, audience: Audience) -> Audience:
    """The audience with its segments looked up. Refused when something it names is gone, or a segment is within itself.

    What has been looked up before stays as it was: a run keeps whom it meant.
    """
    return await _opened(connection, audience, ())


async def _opened(connection: AsyncConnection, audience: Audience, within: tuple[int, ...]) -> Audience:
    await _check(connection, audience)
    return replace(
        audience,
        who=tuple([await _one_opened(connection, one, within) for one in audience.who]),
        but_not=tuple([await _one_opened(connection, one, within) for one in audience.but_not]),
    )


async def _one_opened(connection: AsyncConnection, one: Condition, within: tuple[int, ...]) -> Condition:
    if one.kind is not Is.SEGMENT or "inside" in one.values:
        return one
    segment_id = one.values["segment"]
    if segment_id in within:
        raise Refused(N_("Nhóm này dùng lại chính nó. Chị sửa lại nhóm đã lưu."))
    if len(within) >= DEEPEST:
        raise Refused(N_("Các nhóm lồng vào nhau nhiều lớp quá. Chị chọn người nhận đơn giản hơn."))
    stored = await connection.scalar(sa.select(segments.c.audience).where(segments.c.id == segment_id))
    if stored is None:
        raise Refused(N_("Nhóm người đã lưu không còn nữa. Chị chọn lại người nhận."))
    inside = await _opened(connection, Audience.part(stored), (*within, segment_id))
    return Condition(one.kind, {"segment": segment_id, "inside": inside.to_json()})


async def _check(connection: AsyncConnection, audience: Audience) -> None:
    for kind, (name, column, sentence) in _GONE.items():
        wanted: set[Any] = set()
        for one in audience.conditions:
            if one.kind is kind:
                value = one.values[name]
                wanted |= set(value) if isinstance(value, list) else {value}
        if not wanted:
            continue
        there = sa.select(sa.func.count()).where(column.in_(wanted))
        if (await connection.scalar(there) or 0) < len(wanted):
            raise Refused(sentence)
