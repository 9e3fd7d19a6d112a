"""What a unit fills the {{fields}} of answers with: its phone numbers, days and names."""

from aiohttp import web
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.answers import local_facts
from bot.people import acts, units, viewers
from bot.store.tables.people import Role
from handlers.officers import query
from handlers.officers.entries import SECTION
from handlers.officers.permission import allowed
from handlers.officers.visit import Visit

FIELDS = "/console/fields"


@allowed(Role.OFFICER)
async def show(visit: Visit) -> web.StreamResponse:
    async with visit.console.database.reading() as connection:
        unit_id = await _unit(visit, connection, visit.request.query.get("unit", ""))
        return await _page(visit, connection, unit_id)


@allowed(Role.OFFICER)
async def save(visit: Visit) -> web.StreamResponse:
    _ = visit.gettext
    async with visit.console.database.writing() as connection:
        unit_id = await _unit(visit, connection, visit.field("unit"))
        names = [fact.name for fact in await local_facts.of_unit(connection, unit_id)]
        values = {name: visit.field(f"value-{name}") for name in names}
        too_long = {name for name, value in values.items() if len(value) > local_facts.LONGEST}
        if too_long:
            return await _page(visit, connection, unit_id, values, too_long)
        changed = await local_facts.set_values(
            connection, unit_id, values, staff_id=visit.viewer.staff_id, now=visit.now
        )
        if changed:
            await acts.record(
                connection, visit.viewer.staff_id, "local_fields_set", now=visit.now,
                subject=f"unit {unit_id}", fields=changed,
            )  # fmt: skip
    visit.flash(
        _("Đã lưu. Câu trả lời cho chị em ở đơn vị này dùng ngay thông tin mới.")
        if changed
        else _("Không có gì thay đổi.")
    )
    return visit.go(f"{FIELDS}?unit={unit_id}")


async def _unit(visit: Visit, connection: AsyncConnection, typed: str) -> int:
    """The unit asked for, or her own. One that is not hers to see is not there."""
    if not typed:
        return visit.viewer.unit_id
    unit_id = query.number(typed)
    if unit_id is None or await viewers.path_in_sight(connection, visit.viewer, unit_id) is None:
        raise web.HTTPNotFound
    return unit_id


async def _page(
    visit: Visit,
    connection: AsyncConnection,
    unit_id: int,
    typed: dict[str, str] | None = None,
    too_long: set[str] | None = None,
) -> web.Response:
    facts = await local_facts.of_unit(connection, unit_id)
    context = {
        "facts": facts,
        "values": typed or {fact.name: fact.own for fact in facts},
        "too_long": too_long or set(),
        "longest": local_facts.LONGEST,
        "unit_id": unit_id,
        "unit_name": await units.name_of(connection, unit_id),
        "units": await viewers.units_to_choose(connection, visit.viewer, opened=unit_id),
    }
    return visit.page(
        "entries/fields.html", context, block="fields", section=SECTION, status=422 if too_long else 200
    )


ROUTES = [
    web.get(FIELDS, show),
    web.post(FIELDS, save),
]
