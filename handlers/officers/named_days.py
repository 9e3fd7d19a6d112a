"""The officers' own table of lunar and Khmer feasts: each year's day, once somebody has made sure of it."""

from collections.abc import Mapping

from aiohttp import web
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.clock import in_vietnam
from bot.store.tables.people import Role
from broadcasts import named_days, timing
from broadcasts.occasions import Occasion
from broadcasts.refused import Refused
from handlers.officers import query
from handlers.officers.broadcasts import BROADCASTS, SECTION
from handlers.officers.permission import allowed
from handlers.officers.visit import Visit

FEASTS = BROADCASTS + "/feasts"


@allowed(Role.OFFICER)
async def show(visit: Visit) -> web.StreamResponse:
    async with visit.console.database.reading() as connection:
        return await _page(visit, connection, {"name": visit.request.query.get("name", "")})


@allowed(Role.OFFICER)
async def confirm(visit: Visit) -> web.StreamResponse:
    """Take down a day that she has made sure of."""
    _ = visit.gettext
    _check(visit)
    typed = {name: visit.field(name) for name in ("name", "day", "sure")}
    async with visit.console.database.writing() as connection:
        day = query.day(typed["day"])
        if day is None:
            return await _page(visit, connection, typed, error=_("Ngày chưa đúng, chị chọn lại giúp."))
        if not typed["sure"]:
            error = _("Chị hỏi cho chắc rồi đánh dấu vào câu xác nhận nhé.")
            return await _page(visit, connection, typed, error=error)
        try:
            is_new = await named_days.confirm(
                connection, typed["name"], day.date(), staff_id=visit.viewer.staff_id, now=visit.now,
                policy=visit.console.policy,
            )  # fmt: skip
        except Refused as refused:
            return await _page(visit, connection, typed, error=_(str(refused)))
    visit.flash(
        _("Đã ghi ngày lễ. Thông báo hẹn theo lễ này sẽ gửi đúng ngày.")
        if is_new
        else _("Ngày này đã có sẵn.")
    )
    return visit.go(FEASTS)


@allowed(Role.OFFICER)
async def take_back(visit: Visit) -> web.StreamResponse:
    """Strike out a day that was wrong."""
    _ = visit.gettext
    _check(visit)
    named_day_id = query.number(visit.request.match_info["named_day_id"])
    if named_day_id is None:
        raise web.HTTPNotFound
    async with visit.console.database.writing() as connection:
        name = await named_days.take_back(
            connection,
            named_day_id,
            staff_id=visit.viewer.staff_id,
            now=visit.now,
            policy=visit.console.policy,
        )
    if name:
        visit.flash(
            _("Đã bỏ ngày của %(name)s. Thông báo hẹn theo lễ này chờ ngày mới.") % {"name": name}, "warning"
        )
    return visit.go(FEASTS)


def _check(visit: Visit) -> None:
    """One day moves the announcements of everybody, so the top keeps them."""
    if not visit.viewer.sees_everything:
        raise web.HTTPForbidden


async def _page(
    visit: Visit, connection: AsyncConnection, typed: Mapping[str, str], *, error: str = ""
) -> web.Response:
    today = in_vietnam(visit.now).date()
    days = await named_days.ahead(connection, today)
    confirmed = {row.name for row in days}
    known = {one.title: one for one in visit.console.occasions if one.is_lunar}
    context = {
        "days": [
            (
                row,
                _capital(timing.weekday(row.day.weekday(), visit.gettext)),
                await named_days.waiting(connection, row.name),
            )
            for row in days
        ],
        "unconfirmed": [(one, _said(one, visit)) for one in known.values() if one.title not in confirmed],
        "without_day": sorted(await named_days.names_waiting(connection)),
        "names": sorted(known.keys() | confirmed),
        "typed": {"name": "", "day": "", "sure": "", **typed},
        "error": error,
        "today": today,
        "feasts": FEASTS,
    }
    return visit.page("broadcasts/feasts.html", context, section=SECTION, status=422 if error else 200)


def _said(one: Occasion, visit: Visit) -> str:
    """When it is, as the content says it: by the moon."""
    _ = visit.gettext
    first, last = (f"{day}/{month}" for month, day in (one.first, one.last))
    if one.lasts:
        return _("từ %(first)s đến %(last)s âm lịch") % {"first": first, "last": last}
    return _("%(day)s âm lịch") % {"day": first}


def _capital(words: str) -> str:
    return words[:1].upper() + words[1:]


ROUTES = [
    web.get(FEASTS, show),
    web.post(FEASTS, confirm),
    web.post(FEASTS + "/{named_day_id}/take-back", take_back),
]
