"""The sentences of an audience as officers read them: in the console, in what a second person is asked to agree to, in the plan."""

from collections.abc import Awaitable, Callable, Mapping
from datetime import date, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.clock import in_vietnam
from bot.languages import NAMES
from bot.store.tables import accounts, broadcasts, member_lists, segments, units
from broadcasts.audience import Audience, Condition, Is
from broadcasts.condition_values import ANY, NONE

Gettext = Callable[[str], str]
_MOST_NAMES = 12  # Of units in one sentence.


async def of_audience(connection: AsyncConnection, audience: Audience, _: Gettext) -> list[str]:
    """A sentence for each condition and each exception."""
    if audience.is_nobody:
        return [_("Không gửi riêng cho ai, chỉ đăng bài")]
    return [await of_condition(connection, one, _) for one in audience.who] + [
        await of_condition(connection, one, _, is_exception=True) for one in audience.but_not
    ]


async def of_condition(
    connection: AsyncConnection, condition: Condition, _: Gettext, *, is_exception: bool = False
) -> str:
    """One sentence, without a full stop."""
    said = await _SAY[condition.kind](connection, condition.values, _)
    if is_exception:
        return _("Trừ: %(whom)s") % {"whom": said}
    return said[:1].upper() + said[1:]


async def _units(connection: AsyncConnection, values: Mapping[str, Any], _: Gettext) -> str:
    rows = await connection.execute(
        sa.select(units.c.name).where(units.c.id.in_(values["units"])).order_by(units.c.path)
    )
    names = [row.name for row in rows]
    rest = len(names) - _MOST_NAMES
    listed = ", ".join(names[:_MOST_NAMES]) or _gone(_)
    if rest > 0:
        listed = _("%(names)s và %(rest)d đơn vị nữa") % {"names": listed, "rest": rest}
    return _("hội viên của %(units)s") % {"units": listed}


async def _channels(connection: AsyncConnection, values: Mapping[str, Any], _: Gettext) -> str:
    rows = await connection.execute(
        sa.select(accounts.c.name)
        .where(accounts.c.channel.in_(values["channels"]))
        .order_by(accounts.c.channel, accounts.c.id)
    )
    names = [row.name for row in rows] or values["channels"]
    return _("nhắn với Hội qua %(channels)s") % {"channels": ", ".join(names)}


async def _language(_connection: AsyncConnection, values: Mapping[str, Any], _: Gettext) -> str:
    names = [NAMES.get(language, language) for language in values["languages"]]
    return _("đang nói chuyện với trợ lý bằng %(languages)s") % {"languages": ", ".join(names)}


async def _age(_connection: AsyncConnection, values: Mapping[str, Any], _: Gettext) -> str:
    youngest, oldest = values["from"], values["to"]
    if youngest is None:
        said = _("từ %(to)d tuổi trở xuống") % {"to": oldest}
    elif oldest is None:
        said = _("từ %(from)d tuổi trở lên") % {"from": youngest}
    else:
        said = _("từ %(from)d đến %(to)d tuổi") % {"from": youngest, "to": oldest}
    return _("%(age)s, cả người chưa rõ năm sinh") % {"age": said} if values["unknown"] else said


async def _tag(_connection: AsyncConnection, values: Mapping[str, Any], _: Gettext) -> str:
    return _("có nhãn %(tags)s") % {"tags": ", ".join(f"“{tag}”" for tag in values["tags"])}


async def _registered(_connection: AsyncConnection, values: Mapping[str, Any], _: Gettext) -> str:
    first, last = _day(values["from"]), _day(values["to"])
    if not first:
        return _("ghi tên tới hết ngày %(day)s") % {"day": last}
    if not last:
        return _("ghi tên từ ngày %(day)s") % {"day": first}
    return _("ghi tên từ ngày %(first)s đến ngày %(last)s") % {"first": first, "last": last}


async def _joined(_connection: AsyncConnection, values: Mapping[str, Any], _: Gettext) -> str:
    after, to = (
        f"{in_vietnam(datetime.fromisoformat(values[name])):%H:%M %d/%m/%Y}" for name in ("after", "to")
    )
    return _("mới ghi tên, từ %(after)s đến %(to)s") % {"after": after, "to": to}


async def _active(_connection: AsyncConnection, values: Mapping[str, Any], _: Gettext) -> str:
    return _("có nhắn với Hội trong %(days)d ngày qua") % {"days": values["days"]}


async def _answered(connection: AsyncConnection, values: Mapping[str, Any], _: Gettext) -> str:
    title, answers = await _broadcast(connection, values["broadcast"], _)
    answer = values["answer"]
    if answer == ANY:
        return _("đã trả lời thông báo “%(title)s”") % {"title": title}
    if answer == NONE:
        return _("đã nhận nhưng chưa trả lời thông báo “%(title)s”") % {"title": title}
    label = answers[answer - 1] if answer <= len(answers) else str(answer)
    return _("đã trả lời “%(answer)s” cho thông báo “%(title)s”") % {"answer": label, "title": title}


async def _got(connection: AsyncConnection, values: Mapping[str, Any], _: Gettext) -> str:
    title, _answers = await _broadcast(connection, values["broadcast"], _)
    if values["got"]:
        return _("đã nhận thông báo “%(title)s”") % {"title": title}
    return _("chưa nhận được thông báo “%(title)s”") % {"title": title}


async def _list(connection: AsyncConnection, values: Mapping[str, Any], _: Gettext) -> str:
    name = await connection.scalar(sa.select(member_lists.c.name).where(member_lists.c.id == values["list"]))
    return _("có trong danh sách “%(name)s”") % {"name": name or _gone(_)}


async def _segment(connection: AsyncConnection, values: Mapping[str, Any], _: Gettext) -> str:
    name = await connection.scalar(sa.select(segments.c.name).where(segments.c.id == values["segment"]))
    return _("thuộc nhóm “%(name)s”") % {"name": name or _gone(_)}


async def _broadcast(connection: AsyncConnection, broadcast_id: int, _: Gettext) -> tuple[str, list[str]]:
    """Its title, and its answers in Vietnamese."""
    found = await connection.execute(
        sa.select(broadcasts.c.title, broadcasts.c.content).where(broadcasts.c.id == broadcast_id)
    )
    row = found.one_or_none()
    if row is None:
        return _gone(_), []
    return row.title, [answer.get("vi", "") for answer in row.content.get("answers", ())]


def _gone(_: Gettext) -> str:
    return _("(không còn nữa)")


def _day(stored: str | None) -> str:
    return f"{date.fromisoformat(stored):%d/%m/%Y}" if stored else ""


_Say = Callable[[AsyncConnection, Mapping[str, Any], Gettext], Awaitable[str]]
_SAY: Mapping[Is, _Say] = {
    Is.UNITS: _units,
    Is.CHANNELS: _channels,
    Is.LANGUAGE: _language,
    Is.AGE: _age,
    Is.TAG: _tag,
    Is.REGISTERED: _registered,
    Is.JOINED: _joined,
    Is.ACTIVE: _active,
    Is.ANSWERED: _answered,
    Is.GOT: _got,
    Is.LIST: _list,
    Is.SEGMENT: _segment,
}
