"""Writing an announcement: text, people, channels, with the phone's view and the number of people beside it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta

from aiohttp import web
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.people import viewers
from bot.store.tables.broadcasts import BroadcastState, OnUncertain
from bot.store.tables.people import Role
from bot.text import clean
from broadcasts import overview, people, templates, writing
from broadcasts.audience import Audience
from broadcasts.message import FIELDS
from broadcasts.refused import Refused
from broadcasts.templates import Announcement
from broadcasts.writing import Draft
from handlers.officers import phone_preview, query
from handlers.officers.broadcasts import BROADCASTS, SECTION, broadcast, is_hers_to_reach
from handlers.officers.permission import allowed
from handlers.officers.visit import Visit, is_htmx

_LONGEST_TITLE, _LONGEST_TEXT = 200, 20_000
_SECOND_CLICK = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class Typed:
    """The form as it stands."""

    title: str = ""
    texts: Mapping[str, str] = field(default_factory=dict)
    unit_id: int | None = None
    channels: frozenset[str] = frozenset()
    on_uncertain: OnUncertain = OnUncertain.LEAVE
    editing: int | None = None  # The broadcast that is changed; None for a new one.
    seen_at: str = ""  # When it was last changed, as she saw it.


@allowed(Role.OFFICER)
async def show_new(visit: Visit) -> web.StreamResponse:
    async with visit.console.database.reading() as connection:
        channels = frozenset(one.channel for one in await overview.channels(connection))
        start = _announcement(visit)
        typed = Typed(
            title=start.title if start else "",
            texts={"vi": start.text} if start else {},
            unit_id=visit.viewer.unit_id,
            channels=channels,
        )
        return await _page(visit, connection, typed, start=start)


@allowed(Role.OFFICER)
async def show_edit(visit: Visit) -> web.StreamResponse:
    async with visit.console.database.reading() as connection:
        row = await broadcast(visit, connection)
        if row.state not in {BroadcastState.DRAFT, BroadcastState.SCHEDULED}:
            return visit.go(f"{BROADCASTS}/{row.id}")
        typed = Typed(
            row.title, row.texts, _only_unit(row.audience), frozenset(Audience.from_json(row.audience).channels),
            row.on_uncertain, row.id, row.updated_at.isoformat(),
        )  # fmt: skip
        return await _page(visit, connection, typed)


@allowed(Role.OFFICER)
async def preview(visit: Visit) -> web.StreamResponse:
    async with visit.console.database.reading() as connection:
        return await _page(visit, connection, _typed(visit), block="preview")


@allowed(Role.OFFICER)
async def count(visit: Visit) -> web.StreamResponse:
    async with visit.console.database.reading() as connection:
        return await _page(visit, connection, _typed(visit), block="audience")


@allowed(Role.OFFICER)
async def create(visit: Visit) -> web.StreamResponse:
    typed = _typed(visit)
    async with visit.console.database.writing() as connection:
        if errors := await _errors(visit, connection, typed):
            return await _page(visit, connection, typed, errors=errors)
        draft = _draft(typed, visit.viewer.unit_id)
        staff_id = visit.viewer.staff_id
        since = visit.now - _SECOND_CLICK
        broadcast_id = await overview.same_draft(connection, draft, staff_id=staff_id, since=since)
        if broadcast_id is None:
            broadcast_id = await writing.create(connection, draft, staff_id=staff_id, now=visit.now)
    return visit.go(f"{BROADCASTS}/{broadcast_id}/review")


@allowed(Role.OFFICER)
async def edit(visit: Visit) -> web.StreamResponse:
    _ = visit.gettext
    typed = _typed(visit)
    async with visit.console.database.writing() as connection:
        row = await broadcast(visit, connection)
        errors = await _errors(visit, connection, typed)
        if typed.seen_at != row.updated_at.isoformat():
            errors[""] = _(
                "Thông báo này vừa được người khác sửa nên chưa lưu. Chị mở lại trang để xem bản mới."
            )
        if errors:
            return await _page(visit, connection, typed, errors=errors)
        try:
            await writing.edit(
                connection, row.id, _draft(typed, row.unit_id), staff_id=visit.viewer.staff_id, now=visit.now
            )
        except Refused as refused:
            visit.flash(_(str(refused)), "warning")
            return visit.go(f"{BROADCASTS}/{row.id}")
    return visit.go(f"{BROADCASTS}/{row.id}/review")


def _typed(visit: Visit) -> Typed:
    blanks = {
        name.removeprefix("blank-"): clean(visit.field(name))
        for name in visit.form
        if name.startswith("blank-")
    }
    texts = {
        language: templates.filled_in(clean(visit.field(f"text-{language}"))[:_LONGEST_TEXT], blanks)
        for language in ("vi", "km")
    }
    channels = (
        name.removeprefix("channel-")
        for name in visit.form
        if name.startswith("channel-") and visit.field(name)
    )
    return Typed(
        title=" ".join(clean(visit.field("title")).split()),
        texts=texts,
        unit_id=query.number(visit.field("unit")),
        channels=frozenset(channels),
        on_uncertain=query.choice(OnUncertain, visit.field("on_uncertain")) or OnUncertain.LEAVE,
        editing=query.number(visit.field("editing")),
        seen_at=visit.field("seen_at"),
    )


def _only_unit(audience: object) -> int:
    return Audience.from_json(audience).unit_ids[0]


def _draft(typed: Typed, unit_id: int) -> Draft:
    if typed.unit_id is None:
        raise ValueError("a draft without people")  # `_errors` refuses such a form before.
    audience = Audience.of_units([typed.unit_id], tuple(typed.channels))
    return Draft(typed.title, typed.texts, unit_id, audience, typed.on_uncertain)


async def _errors(visit: Visit, connection: AsyncConnection, typed: Typed) -> dict[str, str]:
    """What keeps it from being kept as a draft. What keeps it from being sent is said on the next page."""
    _ = visit.gettext
    errors: dict[str, str] = {}
    if not typed.title:
        errors["title"] = _("Chị đặt cho thông báo một cái tên ngắn để dễ tìm lại.")
    elif len(typed.title) > _LONGEST_TITLE:
        errors["title"] = _("Tên dài quá, chị viết ngắn lại giúp.")
    if not await is_hers_to_reach(visit, connection, typed.unit_id):
        errors["unit"] = _("Chị chọn đơn vị nhận thông báo giúp.")
    known = {one.channel for one in await overview.channels(connection)}
    if not typed.channels or not typed.channels <= known:
        errors["channels"] = _("Chị chọn ít nhất một kênh gửi.")
    return errors


async def _page(
    visit: Visit,
    connection: AsyncConnection,
    typed: Typed,
    *,
    block: str | None = None,
    errors: Mapping[str, str] | None = None,
    start: Announcement | None = None,
) -> web.Response:
    channels = await overview.channels(connection)
    chosen = [one for one in channels if one.channel in typed.channels]
    limit = phone_preview.limit_of(chosen, visit.console.limits)
    counted = None
    typing = block == "preview" and is_htmx(visit.request)  # The people do not change with every letter.
    if chosen and typed.unit_id and not typing and await is_hers_to_reach(visit, connection, typed.unit_id):
        counted = await people.count(
            connection,
            people.Asked(Audience.of_units([typed.unit_id], tuple(one.channel for one in chosen))),
            now=visit.now,
        )
    context = {
        "typed": typed,
        "errors": errors or {},
        "start": start,
        "blanks": templates.blanks_of(typed.texts.get("vi", "")),
        "merge_fields": list(FIELDS),
        "units": await viewers.units_to_choose(connection, visit.viewer, opened=typed.unit_id),
        "channels": channels,
        "counted": counted,
        "bubbles": phone_preview.bubbles(typed.texts, limit, visit.gettext),
    }
    return visit.page(
        "broadcasts/form.html", context, block=block, section=SECTION, status=422 if errors else 200
    )


def _announcement(visit: Visit) -> Announcement | None:
    wanted = visit.request.query.get("from", "")
    return next((one for one in visit.console.announcements if one.announcement_id == wanted), None)


ROUTES = [
    web.get(BROADCASTS + "/new", show_new),
    web.post(BROADCASTS + "/new", create),
    web.post(BROADCASTS + "/preview", preview),
    web.post(BROADCASTS + "/count", count),
    web.get(BROADCASTS + "/{broadcast_id}/edit", show_edit),
    web.post(BROADCASTS + "/{broadcast_id}/edit", edit),
]
