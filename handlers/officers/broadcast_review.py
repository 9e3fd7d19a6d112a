"""The last look before an announcement goes out: when, to how many people, and the officer's word that it is meant so."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from aiohttp import web
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.clock import VIETNAM, in_vietnam
from bot.people import units
from bot.store.tables.broadcasts import BroadcastState
from bot.store.tables.people import Role
from broadcasts import confirming, hours, overview, people
from broadcasts.audience import Audience
from broadcasts.people import AudienceCount
from broadcasts.refused import Refused
from handlers.officers import phone_preview, query
from handlers.officers.broadcasts import BROADCASTS, SECTION, broadcast, is_hers_to_reach
from handlers.officers.permission import allowed
from handlers.officers.visit import Visit

_BEST = time(18, 30)
_FARTHEST = timedelta(days=366)


@dataclass(frozen=True, slots=True)
class When:
    """The moment chosen, with what was typed for it. `due` is None where that is no moment to send at."""

    is_now: bool
    day: str
    hour: str
    due: datetime | None
    error: str = ""

    @property
    def is_at_night(self) -> bool:
        return self.due is not None and not hours.is_day(self.due)


@allowed(Role.OFFICER)
async def show_review(visit: Visit) -> web.StreamResponse:
    async with visit.console.database.reading() as connection:
        row = await broadcast(visit, connection)
        if row.state is not BroadcastState.DRAFT:
            return visit.go(f"{BROADCASTS}/{row.id}")
        return await _page(visit, connection, row, _when(visit, visit.request.query))


@allowed(Role.OFFICER)
async def confirm(visit: Visit) -> web.StreamResponse:
    """Schedule it if everything still is as she read it; otherwise show her what it is now."""
    _ = visit.gettext
    when = _when(visit, visit.form)
    # Counting a province takes seconds, so it is done before anything is locked.
    async with visit.console.database.reading() as connection:
        row = await broadcast(visit, connection)
        if row.state is not BroadcastState.DRAFT:  # The second of two clicks.
            return visit.go(f"{BROADCASTS}/{row.id}")
        if not await is_hers_to_reach(visit, connection, Audience.from_json(row.audience).unit_ids[0]):
            raise web.HTTPForbidden
        people = await _count(connection, row, visit.now)
        counted = query.number(visit.field("counted"))
        warning = ""
        if people is None or when.due is None or await _faults(visit, connection, row):
            warning = _("Chưa đặt lịch được. Chị xem những chỗ cần sửa bên dưới.")
        elif counted != people.total:
            warning = _("Số người nhận vừa thay đổi nên chưa đặt lịch. Chị đọc lại số mới rồi xác nhận.")
        elif not people.total:
            warning = _("Chưa có ai để gửi.")
        elif not visit.field("agreed"):
            warning = _("Chị đánh dấu vào câu xác nhận rồi bấm nút nhé.")
        elif when.is_at_night and not visit.field("at_night"):
            warning = _(
                "Giờ này ngoài khung 7 giờ đến 21 giờ. Nếu thật cần, chị đánh dấu xác nhận gửi ngoài giờ."
            )
        if warning or people is None or when.due is None:
            return await _page(visit, connection, row, when, warning=warning)
    try:
        async with visit.console.database.writing() as connection:
            # What was just counted is what is confirmed: if it was changed meanwhile, nothing is scheduled.
            await confirming.confirm(
                connection, row.id, due_at=when.due, staff_id=visit.viewer.staff_id, counted=people.total,
                now=visit.now, seen_at=_moment(visit.field("seen_at")) or row.updated_at,
            )  # fmt: skip
    except Refused as refused:
        async with visit.console.database.reading() as connection:
            row = await broadcast(visit, connection)
            return await _page(visit, connection, row, when, warning=_(str(refused)))
    visit.flash(
        _("Đã nhận lệnh: thông báo bắt đầu gửi trong giây lát.")
        if when.is_now
        else _("Đã hẹn giờ gửi. Trước giờ đó chị vẫn sửa hoặc bỏ được.")
    )
    return visit.go(f"{BROADCASTS}/{row.id}")


@allowed(Role.OFFICER)
async def give_up(visit: Visit) -> web.StreamResponse:
    """Drop a draft or a scheduled announcement."""
    _ = visit.gettext
    async with visit.console.database.writing() as connection:
        row = await broadcast(visit, connection)
        try:
            await confirming.cancel(connection, row.id, staff_id=visit.viewer.staff_id, now=visit.now)
            visit.flash(_("Đã bỏ thông báo này, không ai nhận được gì."))
        except Refused as refused:
            visit.flash(_(str(refused)), "warning")
    return visit.go(f"{BROADCASTS}/{row.id}")


def _when(visit: Visit, given: Mapping[str, str]) -> When:
    """Read it from a form or an address; without a choice, the next early evening."""
    _ = visit.gettext
    here = in_vietnam(visit.now)
    best = datetime.combine(here.date(), _BEST, VIETNAM)
    if best <= here:
        best += timedelta(days=1)
    day, hour = given.get("day") or f"{best:%Y-%m-%d}", given.get("hour") or f"{best:%H:%M}"
    if given.get("when") == "now":
        return When(is_now=True, day=day, hour=hour, due=visit.now)
    try:
        due = datetime.combine(
            date.fromisoformat(day), time.fromisoformat(hour).replace(tzinfo=None), VIETNAM
        )
    except ValueError:
        return When(
            is_now=False, day=day, hour=hour, due=None, error=_("Ngày giờ chưa đúng, chị chọn lại giúp.")
        )
    if due <= visit.now:
        error = _("Giờ này đã qua. Chị chọn giờ khác, hoặc chọn gửi ngay.")
        return When(is_now=False, day=day, hour=hour, due=None, error=error)
    if due > visit.now + _FARTHEST:
        error = _("Ngày này xa quá một năm, chị xem lại giúp.")
        return When(is_now=False, day=day, hour=hour, due=None, error=error)
    return When(is_now=False, day=day, hour=hour, due=due)


async def _count(connection: AsyncConnection, row: overview.Row, now: datetime) -> AudienceCount | None:
    """Whom it reaches now. None: its people cannot be told (any more)."""
    try:
        return await people.count(connection, people.Asked.of(row), now=now)
    except Refused:
        return None


async def _channels(connection: AsyncConnection, row: overview.Row) -> list[overview.ChannelToChoose]:
    wanted = Audience.from_json(row.audience).channels
    return [one for one in await overview.channels(connection) if one.channel in wanted]


async def _faults(visit: Visit, connection: AsyncConnection, row: overview.Row) -> list[str]:
    limit = phone_preview.limit_of(await _channels(connection, row), visit.console.limits)
    return phone_preview.faults(row.texts, limit, visit.gettext)


async def _page(
    visit: Visit, connection: AsyncConnection, row: overview.Row, when: When, *, warning: str = ""
) -> web.Response:
    channels = await _channels(connection, row)
    limit = phone_preview.limit_of(channels, visit.console.limits)
    context = {
        "broadcast": row,
        "people_unit": await units.name_of(connection, Audience.from_json(row.audience).unit_ids[0]),
        "channels": channels,
        "counted": await _count(connection, row, visit.now),
        "bubbles": phone_preview.bubbles(row.texts, limit, visit.gettext),
        "faults": phone_preview.faults(row.texts, limit, visit.gettext),
        "when": when,
        "today": f"{in_vietnam(visit.now):%Y-%m-%d}",
        "warning": warning,
    }
    return visit.page(
        "broadcasts/review.html",
        context,
        block="confirmation",
        section=SECTION,
        status=422 if warning else 200,
    )


def _moment(text: str) -> datetime | None:
    try:
        return datetime.fromisoformat(text)
    except ValueError:
        return None


ROUTES = [
    web.get(BROADCASTS + "/{broadcast_id}/review", show_review),
    web.post(BROADCASTS + "/{broadcast_id}/review", confirm),
    web.post(BROADCASTS + "/{broadcast_id}/give-up", give_up),
]
