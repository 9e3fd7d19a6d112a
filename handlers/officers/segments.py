"""People saved as sentences under a name: the list, a new one, and what may be done with each."""

from aiohttp import web
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.store.tables.people import Role
from broadcasts import segments, sentences
from broadcasts.audience import Audience
from broadcasts.refused import Refused
from handlers.officers import audience_form, query
from handlers.officers.audience_form import Builder, Place
from handlers.officers.broadcasts import SECTION
from handlers.officers.permission import allowed
from handlers.officers.visit import Visit

SEGMENTS = "/console/segments"


@allowed(Role.OFFICER)
async def show_list(visit: Visit) -> web.StreamResponse:
    viewer = visit.viewer
    async with visit.console.database.reading() as connection:
        rows = [
            {
                "segment": row,
                "said": await sentences.of_audience(connection, Audience.part(row.audience), visit.gettext),
                "is_hers": segments.is_hers(viewer, row),
            }
            for row in await segments.page(connection, viewer)
        ]
    return visit.page("segments/list.html", {"rows": rows, "longest": segments.LONGEST_NAME}, section=SECTION)


@allowed(Role.OFFICER)
async def show_new(visit: Visit) -> web.StreamResponse:
    async with visit.console.database.reading() as connection:
        return await _page(visit, connection, Builder((visit.viewer.unit_id,)))


@allowed(Role.OFFICER)
async def choose(visit: Visit) -> web.StreamResponse:
    """The builder's own buttons; and the form of an announcement whose people are to be kept."""
    async with visit.console.database.reading() as connection:
        return await _page(visit, connection, audience_form.read(visit))


@allowed(Role.OFFICER)
async def save(visit: Visit) -> web.StreamResponse:
    _ = visit.gettext
    builder = audience_form.read(visit)
    async with visit.console.database.writing() as connection:
        errors = await audience_form.errors(visit, connection, builder, needs_channels=False)
        if not errors:
            try:
                await segments.save(
                    connection, visit.field("name"), builder.part(), unit_id=visit.viewer.unit_id,
                    staff_id=visit.viewer.staff_id, now=visit.now,
                )  # fmt: skip
            except Refused as refused:
                errors["name"] = _(str(refused))
        if errors:
            return await _page(visit, connection, builder, errors)
    visit.flash(_("Đã lưu nhóm. Người trong nhóm được tính lại mỗi lần dùng."))
    return visit.go(SEGMENTS)


@allowed(Role.OFFICER)
async def rename(visit: Visit) -> web.StreamResponse:
    return await _change(visit, "rename", visit.gettext("Đã đổi tên."))


@allowed(Role.OFFICER)
async def delete(visit: Visit) -> web.StreamResponse:
    return await _change(
        visit, "delete", visit.gettext("Đã xóa nhóm. Không ai bị xóa khỏi danh sách hội viên.")
    )


async def _change(visit: Visit, step: str, done: str) -> web.StreamResponse:
    staff_id = visit.viewer.staff_id
    async with visit.console.database.writing() as connection:
        segment_id = query.number(visit.request.match_info["segment_id"])
        row = await segments.get(connection, visit.viewer, segment_id) if segment_id is not None else None
        if row is None:
            raise web.HTTPNotFound
        if not segments.is_hers(visit.viewer, row):
            raise web.HTTPForbidden
        try:
            if step == "rename":
                await segments.rename(connection, row, visit.field("name"), staff_id=staff_id, now=visit.now)
            else:
                await segments.delete(connection, row.id, staff_id=staff_id, now=visit.now)
        except Refused as refused:
            visit.flash(visit.gettext(str(refused)), "warning")
        else:
            visit.flash(done)
    return visit.go(SEGMENTS)


async def _page(
    visit: Visit, connection: AsyncConnection, builder: Builder, errors: dict[str, str] | None = None
) -> web.Response:
    place = Place(f"{SEGMENTS}/choose", visit.gettext("Những ai"), needs_channels=False, can_save=False)
    context = {
        "name": visit.field("name"),
        "errors": errors or {},
        "longest": segments.LONGEST_NAME,
        **await audience_form.context(visit, connection, builder, place, errors=errors or {}),
    }
    return visit.page(
        "segments/new.html", context, block="audience", section=SECTION, status=422 if errors else 200
    )


ROUTES = [
    web.get(SEGMENTS, show_list),
    web.get(SEGMENTS + "/new", show_new),
    web.post(SEGMENTS + "/new", choose),
    web.post(SEGMENTS + "/choose", choose),
    web.post(SEGMENTS, save),
    web.post(SEGMENTS + "/{segment_id}/rename", rename),
    web.post(SEGMENTS + "/{segment_id}/delete", delete),
]
