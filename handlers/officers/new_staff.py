"""Adding somebody to the staff."""

import re
from dataclasses import dataclass

from aiohttp import web
from sqlalchemy.ext.asyncio import AsyncConnection

from bot import text
from bot.people import access, acts, roster, staff, viewers
from bot.store.tables.people import Role
from handlers.officers import query
from handlers.officers.permission import allowed
from handlers.officers.staff import STAFF
from handlers.officers.visit import Visit

_NAME_LENGTH = 100
_LOGIN = re.compile("[a-z0-9][a-z0-9._-]{2,59}")


@dataclass(frozen=True, slots=True)
class Entered:
    """The form as she filled it in."""

    name: str = ""
    role: Role = Role.CADRE
    login: str = ""
    unit_id: int | None = None
    takes_questions: bool = True
    takes_alerts: bool = False


@allowed(Role.OFFICER)
async def show_form(visit: Visit) -> web.StreamResponse:
    async with visit.console.database.reading() as connection:
        return await _form(visit, connection, Entered(unit_id=visit.viewer.unit_id), {})


@allowed(Role.OFFICER)
async def add(visit: Visit) -> web.StreamResponse:
    entered = Entered(
        name=text.clean(visit.field("name")).replace("\n", " "),
        role=query.choice(Role, visit.field("role")) or Role.CADRE,
        login=access.login_form(visit.field("login")),
        unit_id=query.number(visit.field("unit")),
        takes_questions=visit.field("takes") == "1",
        takes_alerts=visit.field("alerts") == "1",
    )
    if "open_unit" in visit.form:  # She wants to choose among the units below the one she chose.
        async with visit.console.database.reading() as connection:
            return await _form(visit, connection, entered, {})
    async with visit.console.database.writing() as connection:
        faults = await _faults(visit, connection, entered)
        if faults or entered.unit_id is None:
            return await _form(visit, connection, entered, faults)
        staff_id = await staff.create(
            connection,
            entered.name,
            role=entered.role,
            unit_id=entered.unit_id,
            login=entered.login if entered.role is Role.OFFICER else None,
            takes_questions=entered.takes_questions,
            takes_alerts=entered.takes_alerts,
            now=visit.now,
        )
        await acts.record(
            connection, visit.viewer.staff_id, "staff_added", subject=f"staff {staff_id}", now=visit.now
        )
    visit.flash(visit.gettext("Đã thêm cán bộ. Chị gửi mã hoặc đường dẫn để chị ấy bắt đầu nhé."))
    return visit.go(f"{STAFF}/{staff_id}")


async def _faults(visit: Visit, connection: AsyncConnection, entered: Entered) -> dict[str, str]:
    """For each field that is wrong, why."""
    _ = visit.gettext
    faults = {}
    if not entered.name:
        faults["name"] = _("Chị nhập họ và tên.")
    elif len(entered.name) > _NAME_LENGTH:
        faults["name"] = _("Họ và tên dài quá %d ký tự.") % _NAME_LENGTH
    path = entered.unit_id and await viewers.path_in_sight(connection, visit.viewer, entered.unit_id)
    if not path:
        faults["unit"] = _("Chị chọn một đơn vị trong danh sách.")
    if entered.role is Role.OFFICER:
        if not _LOGIN.fullmatch(entered.login):
            faults["login"] = _("Tên đăng nhập gồm 3 đến 60 chữ không dấu, số, dấu chấm hoặc gạch.")
        elif not await roster.is_login_free(connection, entered.login):
            faults["login"] = _("Tên đăng nhập này đã có người dùng.")
    return faults


async def _form(
    visit: Visit, connection: AsyncConnection, entered: Entered, faults: dict[str, str]
) -> web.Response:
    units = await viewers.units_to_choose(connection, visit.viewer, opened=entered.unit_id)
    context = {"entered": entered, "faults": faults, "units": units}
    return visit.page("staff/new.html", context, section="staff", status=422 if faults else 200)


ROUTES = [
    web.get(STAFF + "/new", show_form),
    web.post(STAFF + "/new", add),
]
