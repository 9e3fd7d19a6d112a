"""Those whom an announcement does not reach though they want it: by branch, for printing and as a spreadsheet for the branch heads."""

from collections.abc import AsyncIterator, Mapping, Sequence
from typing import Any

from aiohttp import web
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.people import acts, units, viewers
from bot.phone import display_phone
from bot.store.tables.people import Role
from broadcasts import steps, unreached
from broadcasts.people import Asked, LeftOut
from broadcasts.refused import Refused
from broadcasts.unreached import Unreached
from handlers.officers import query, words, xlsx
from handlers.officers.broadcasts import BROADCASTS, SECTION, broadcast
from handlers.officers.permission import allowed
from handlers.officers.visit import Visit

_MOST_PRINTED = 2000


def number(left_out: Mapping[LeftOut, int]) -> int:
    """How many there are, of a plan's figures."""
    return unreached.number(left_out)


@allowed(Role.OFFICER)
async def show(visit: Visit) -> web.StreamResponse:
    """The branches, or, given one, its people on a page to be printed."""
    async with visit.console.database.reading() as connection:
        row = await broadcast(visit, connection)
        asked = await _asked(connection, row.id)
        unit_id = await _unit(visit, connection)
        context: dict[str, Any] = {
            "broadcast": row,
            "branches": await unreached.branches(connection, asked, visit.viewer, now=visit.now),
        }
        if unit_id is None:
            return visit.page("broadcasts/unreached.html", context, section=SECTION)
        people: list[Unreached] = []
        async for chunk in unreached.names(connection, asked, visit.viewer, now=visit.now, unit_id=unit_id):
            people += chunk
            if len(people) > _MOST_PRINTED:
                break
        context |= {
            "unit_id": unit_id,
            "unit_name": await units.name_of(connection, unit_id),
            "people": people[:_MOST_PRINTED],
            "is_cut": len(people) > _MOST_PRINTED,
        }
    await _note(visit, row.id, unit_id)
    return visit.page("broadcasts/unreached_print.html", context, section=SECTION)


@allowed(Role.OFFICER)
async def download(visit: Visit) -> web.StreamResponse:
    _ = visit.gettext
    async with visit.console.database.reading() as connection:
        row = await broadcast(visit, connection)
        asked = await _asked(connection, row.id)
        unit_id = await _unit(visit, connection)
    await _note(visit, row.id, unit_id)
    header = [
        _("Xã, phường"), _("Đơn vị"), _("Ấp, khóm"), _("Họ và tên"), _("Điện thoại"), _("Vì sao"), _("Đã báo (ghi tay)"),
    ]  # fmt: skip
    return await xlsx.stream(visit, "can-goi-hoac-den-nha", header, _rows(visit, asked, unit_id))


async def _rows(visit: Visit, asked: Asked, unit_id: int | None) -> AsyncIterator[Sequence[Sequence[object]]]:
    _ = visit.gettext
    async with visit.console.database.reading() as connection:
        async for chunk in unreached.names(connection, asked, visit.viewer, now=visit.now, unit_id=unit_id):
            yield [
                (
                    one.commune, one.unit_name, one.hamlet, one.full_name, display_phone(one.phone or ""),
                    _(words.LEFT_OUT[one.reason]), "",
                )
                for one in chunk
            ]  # fmt: skip


async def _asked(connection: AsyncConnection, broadcast_id: int) -> Asked:
    try:
        return Asked.of(await steps.get(connection, broadcast_id))
    except Refused:
        raise web.HTTPNotFound from None


async def _unit(visit: Visit, connection: AsyncConnection) -> int | None:
    """The unit asked for; one that is not hers to see is none."""
    unit_id = query.number(visit.request.query.get("unit", ""))
    if unit_id is None or await viewers.path_in_sight(connection, visit.viewer, unit_id) is None:
        return None
    return unit_id


async def _note(visit: Visit, broadcast_id: int, unit_id: int | None) -> None:
    """Names left the console's pages: that is remembered."""
    async with visit.console.database.writing() as connection:
        await acts.record(
            connection, visit.viewer.staff_id, "unreached_listed", now=visit.now,
            subject=f"broadcast {broadcast_id}", unit=unit_id,
        )  # fmt: skip


ROUTES = [
    web.get(BROADCASTS + "/{broadcast_id}/unreached", show),
    web.get(BROADCASTS + "/{broadcast_id}/unreached.xlsx", download),
]
