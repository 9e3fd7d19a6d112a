"""Who is on duty for words of danger, and the phone list that staff go by when nobody answers in the chat."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from aiohttp import web
from sqlalchemy.ext.asyncio import AsyncConnection

from bot import text
from bot.alerts import coverage, duty
from bot.people import acts, units, viewers
from bot.phone import display_phone
from bot.store.tables.people import Role
from handlers.officers import query
from handlers.officers.permission import allowed
from handlers.officers.visit import Visit

PHONES = "/console/safety/phones"
_SECTION = "safety"
_SPARE_LINES = 3
_MOST_LINES = 12
_LONGEST_NAME, _LONGEST_PHONE = 100, 40


@dataclass(frozen=True, slots=True)
class Line:
    """A line of the list as it stands in the form."""

    name: str = ""
    phone: str = ""
    error: str = ""


async def standing(visit: Visit, connection: AsyncConnection) -> dict[str, Any]:
    """What the page of the safety net shows of those on duty."""
    return {"coverage": await coverage.coverage(connection, visit.viewer)}


@allowed(Role.OFFICER)
async def show(visit: Visit) -> web.StreamResponse:
    async with visit.console.database.reading() as connection:
        unit_id = await _unit(visit, connection, visit.request.query.get("unit", ""))
        return await _page(visit, connection, unit_id)


@allowed(Role.OFFICER)
async def save(visit: Visit) -> web.StreamResponse:
    async with visit.console.database.writing() as connection:
        unit_id = await _unit(visit, connection, visit.field("unit"))
        typed = [one for at in range(_MOST_LINES) if (one := _typed(visit, at)).name or one.phone]
        if any(one.error for one in typed):
            return await _page(visit, connection, unit_id, typed)
        await duty.set_phone_list(
            connection,
            unit_id,
            [(one.name, one.phone) for one in typed],
            staff_id=visit.viewer.staff_id,
            now=visit.now,
        )
        await acts.record(
            connection, visit.viewer.staff_id, "phone_list_set", now=visit.now,
            subject=f"unit {unit_id}", lines=len(typed),
        )  # fmt: skip
    visit.flash(visit.gettext("Đã lưu danh sách số điện thoại trực."))
    return visit.go(f"{PHONES}?unit={unit_id}")


def _typed(visit: Visit, at: int) -> Line:
    _ = visit.gettext
    name = " ".join(text.clean(visit.field(f"name-{at}")).split())[:_LONGEST_NAME]
    phone = visit.field(f"phone-{at}")[:_LONGEST_PHONE]
    error = ""
    if phone and not name:
        error = _("Chị ghi đây là số của ai.")
    elif name and not phone:
        error = _("Chị ghi số điện thoại.")
    elif phone and duty.read_number(phone) is None:
        error = _("Số này chưa đúng: chị ghi một số, gọi được ở Việt Nam.")
    return Line(name, phone, error)


async def _unit(visit: Visit, connection: AsyncConnection, typed: str) -> int:
    """The unit asked for, or her own. One that is not hers to see is not there."""
    if not typed:
        return visit.viewer.unit_id
    unit_id = query.number(typed)
    if unit_id is None or await viewers.path_in_sight(connection, visit.viewer, unit_id) is None:
        raise web.HTTPNotFound
    return unit_id


async def _page(
    visit: Visit, connection: AsyncConnection, unit_id: int, typed: Sequence[Line] | None = None
) -> web.Response:
    kept = await duty.phone_list(connection, unit_id)
    own = [Line(one.name, display_phone(one.phone)) for one in kept if one.unit_id == unit_id]
    lines = [*(own if typed is None else typed), *[Line()] * _SPARE_LINES][:_MOST_LINES]
    context = {
        "lines": lines,
        "inherited": [one for one in kept if one.unit_id != unit_id],
        "has_errors": bool(typed),
        "unit_id": unit_id,
        "unit_name": await units.name_of(connection, unit_id),
        "units": await viewers.units_to_choose(connection, visit.viewer, opened=unit_id),
        "longest_name": _LONGEST_NAME,
        "longest_phone": _LONGEST_PHONE,
    }
    return visit.page(
        "safety/phones.html", context, block="phones", section=_SECTION, status=422 if typed else 200
    )


ROUTES = [
    web.get(PHONES, show),
    web.post(PHONES, save),
]
