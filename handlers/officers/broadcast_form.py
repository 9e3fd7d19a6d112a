"""Writing an announcement: its words first, its people, and the rest folded away with good defaults.

Everything works by one button; with a script the phones, the number of people and the draft itself follow what she types.
"""

import asyncio
from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta

from aiohttp import web
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.store.tables.broadcasts import Priority
from bot.store.tables.people import Role
from bot.text import cut
from broadcasts import approval_news, attachments, draft_versions, merge_fields, overview, wordings, writing
from broadcasts.attachments import MOST_BYTES
from broadcasts.content import Content
from broadcasts.draft_versions import Form
from broadcasts.refused import Refused
from broadcasts.steps import OPEN
from broadcasts.templates import Announcement
from broadcasts.writing import Changed, Draft
from handlers.officers import audience_form, form_page, posting, query, timing_form, typed_broadcast
from handlers.officers.broadcasts import BROADCASTS, broadcast, post_of
from handlers.officers.permission import allowed
from handlers.officers.typed_broadcast import Typed
from handlers.officers.visit import Visit

_SECOND_CLICK = timedelta(minutes=1)
_MOST_MB = 40  # A file up to here is read and refused with a sentence beside it: she keeps what she wrote.
_THEN = ("review", "edit", "try")  # Where a click leads when everything is kept.
_TITLE_UNITS = 60
_GRAVE = ("unit", "channels", "audience", "file", "priority", "posts", "title")
"""What keeps a draft from being kept by itself; what else is not finished yet waits until she saves it."""


@allowed(Role.OFFICER)
async def show_new(visit: Visit) -> web.StreamResponse:
    async with visit.console.database.reading() as connection:
        start = _announcement(visit)
        day = visit.request.query.get("day", "")
        typed = Typed(builder=await audience_form.start(visit, connection), day=day)
        if start:
            typed = replace(typed, title=start.title, texts={"vi": start.text}, category=start.category_key)
            # Who may send nothing urgent is not refused what she did not choose.
            if start.is_urgent and visit.viewer.sees_everything:
                typed = replace(typed, priority=Priority.URGENT)
        return await form_page.page(visit, connection, typed, start=start)


@allowed(Role.OFFICER)
async def show_edit(visit: Visit) -> web.StreamResponse:
    async with visit.console.database.reading() as connection:
        row = await broadcast(visit, connection)
        if row.state not in OPEN:
            return visit.go(f"{BROADCASTS}/{row.id}")
        typed = typed_broadcast.of(Draft.of(row), editing=row.id, seen_at=row.updated_at.isoformat())
        return await form_page.page(visit, connection, typed)


@allowed(Role.OFFICER, most_mb=_MOST_MB)
async def preview(visit: Visit) -> web.StreamResponse:
    return await _again(visit, "preview")


@allowed(Role.OFFICER, most_mb=_MOST_MB)
async def count(visit: Visit) -> web.StreamResponse:
    """The fields of its people; without a script, with their number."""
    return await _again(visit, "audience")


@allowed(Role.OFFICER, most_mb=_MOST_MB)
async def reached(visit: Visit) -> web.StreamResponse:
    """How many it is for; the fields stay as they are."""
    async with visit.console.database.reading() as connection:
        return await form_page.reached(visit, connection, _typed(visit, await _row(visit, connection)))


@allowed(Role.OFFICER, most_mb=_MOST_MB)
async def more(visit: Visit) -> web.StreamResponse:
    """What is folded away: some of it depends on the rest."""
    return await _again(visit, "more")


@allowed(Role.OFFICER, most_mb=_MOST_MB)
async def save(visit: Visit) -> web.StreamResponse:
    """Keep it, and go on to where the button says: the plan, a test send, or nowhere."""
    try:
        async with visit.console.database.writing() as connection:
            row = await _row(visit, connection)
            typed = _typed(visit, row)
            if errors := await _errors(visit, connection, typed):
                return await form_page.page(visit, connection, typed, errors=errors)
            broadcast_id = await _keep(visit, connection, typed, row)
    except Changed:
        async with visit.console.database.reading() as connection:
            row = await _row(visit, connection)
            return await form_page.page(visit, connection, _typed(visit, row), theirs=row)
    except Refused as refused:
        # What she wrote stays before her: she may want it for another one.
        why = {"": visit.gettext(str(refused))}
        async with visit.console.database.reading() as connection:
            return await form_page.page(visit, connection, _typed(visit, row), errors=why)
    then = visit.field("then")
    if then == "edit":
        visit.flash(visit.gettext("Đã lưu bản nháp."))
    return visit.go(f"{BROADCASTS}/{broadcast_id}/{then if then in _THEN else _THEN[0]}")


@allowed(Role.OFFICER, most_mb=_MOST_MB)
async def go_on(visit: Visit) -> web.StreamResponse:
    """Keep what she has typed so far, without being asked; says beside the buttons whether it is kept."""
    _ = visit.gettext
    why_not = ""
    try:
        async with visit.console.database.writing() as connection:
            row = await _row(visit, connection)
            typed = _typed(visit, row)
            titled = replace(typed, title=typed.title or _title_of(typed))
            if not titled.title:
                return await form_page.kept(visit, connection, typed)
            if errors := _graver(await _errors(visit, connection, titled)):
                return await form_page.kept(visit, connection, typed, errors=errors)
            broadcast_id = await _keep(visit, connection, titled, row, by_itself=True)
            row = await overview.get(connection, visit.viewer, broadcast_id)
            return await form_page.kept(visit, connection, _as_kept(typed, row), at=visit.now)
    except Changed:
        async with visit.console.database.reading() as connection:
            newest = await draft_versions.newest(connection, typed.editing) if typed.editing else None
            why_not = _("Chưa lưu: %(name)s vừa sửa thông báo này. Chị bấm Lưu để xem cả hai bản.") % {
                "name": newest.staff_name if newest else _("người khác")
            }
            return await form_page.kept(visit, connection, typed, why_not=why_not)
    except Refused as refused:
        async with visit.console.database.reading() as connection:
            return await form_page.kept(visit, connection, typed, why_not=_(str(refused)))


async def _again(visit: Visit, block: str) -> web.Response:
    async with visit.console.database.reading() as connection:
        typed = _typed(visit, await _row(visit, connection))
        return await form_page.page(visit, connection, typed, block=block)


async def _keep(
    visit: Visit,
    connection: AsyncConnection,
    typed: Typed,
    row: overview.Row | None,
    *,
    by_itself: bool = False,
) -> int:
    """Raises Changed where a colleague has written since, unless she has seen that and means hers."""
    staff_id, now = visit.viewer.staff_id, visit.now
    if data := await _uploaded(visit):
        name = visit.form["file"].filename
        typed = replace(typed, attachment=await attachments.keep(connection, data, name=name, now=now))
    unit_id = row.unit_id if row else visit.viewer.unit_id
    draft = typed_broadcast.draft_of(typed, unit_id, await wordings.listed(connection))
    form = _form(visit)
    if row is None:
        since = now - _SECOND_CLICK
        same = await overview.same_draft(connection, draft, staff_id=staff_id, since=since)
        wish = timing_form.wish(typed.day, now)
        return same or await writing.create(
            connection, draft, staff_id=staff_id, now=now, schedule=wish, form=form
        )
    seen_at = query.moment(typed.seen_at) or now
    if form is not None and await writing.is_own(connection, row.id, form):
        seen_at = row.updated_at  # She has not heard that it was kept.
    if by_itself:  # Typing alone never means hers in place of a colleague's.
        await writing.go_on(connection, row.id, draft, staff_id=staff_id, now=now, seen_at=seen_at, form=form)
    else:
        seen_at = query.moment(visit.field("over")) or seen_at
        async with approval_news.of_withdrawal(post_of(visit, connection), row.id, staff_id=staff_id):
            await writing.edit(
                connection, row.id, draft, staff_id=staff_id, now=now, seen_at=seen_at, form=form
            )
    return int(row.id)


async def _row(visit: Visit, connection: AsyncConnection) -> overview.Row | None:
    """The announcement that is changed: the address says which, or the form of one that was kept by itself meanwhile, also
    where the page has not heard of that.
    """
    if "broadcast_id" in visit.request.match_info:
        return await broadcast(visit, connection)
    editing = query.number(visit.field("editing"))
    if editing is not None:
        row = await overview.get(connection, visit.viewer, editing)
        if row is None:
            raise web.HTTPNotFound
        return row
    form = _form(visit)
    unheard = await draft_versions.of_form(connection, form, staff_id=visit.viewer.staff_id) if form else None
    row = await overview.get(connection, visit.viewer, unheard) if unheard is not None else None
    return row if row is not None and row.state in OPEN else None


def _form(visit: Visit) -> Form | None:
    """The page that she writes on, and as its how-manieth turn, which its script counts."""
    mark = visit.field("form")[: typed_broadcast.LONGEST_MARK]
    turn = query.number(visit.field("turn"))
    return Form(mark, turn) if mark and turn else None


def _typed(visit: Visit, row: overview.Row | None) -> Typed:
    typed = typed_broadcast.read(visit, Content.from_json(row.content).attachment if row else None)
    return replace(typed, editing=row.id if row else None)


def _as_kept(typed: Typed, row: overview.Row | None) -> Typed:
    if row is None:
        raise web.HTTPNotFound
    attachment = Content.from_json(row.content).attachment
    return replace(typed, editing=row.id, seen_at=row.updated_at.isoformat(), attachment=attachment)


async def _errors(visit: Visit, connection: AsyncConnection, typed: Typed) -> dict[str, str]:
    local, chosen = await merge_fields.local(connection), await wordings.listed(connection)
    found = typed_broadcast.errors(visit, typed, chosen, local)
    found |= await audience_form.errors(visit, connection, typed.builder)
    offers = await posting.offered(visit, connection)
    if why := posting.error(visit, typed.posts, offers, only_posts=typed.builder.only_posts):
        found["posts"] = why
    data = await _uploaded(visit)
    if data is not None:
        try:
            attachments.check(data)
        except Refused as refused:
            found["file"] = visit.gettext(str(refused))
    return found


async def _uploaded(visit: Visit) -> bytes | None:
    """What she brings, up to a little more than what may be kept."""
    file = visit.form.get("file")
    if not isinstance(file, web.FileField) or not file.filename:
        return None

    def read(field: web.FileField) -> bytes:
        field.file.seek(0)
        return field.file.read(MOST_BYTES + 1)

    return await asyncio.to_thread(read, file)


def _graver(errors: Mapping[str, str]) -> dict[str, str]:
    return {name: why for name, why in errors.items() if name in _GRAVE}


def _title_of(typed: Typed) -> str:
    """For a draft that has no name yet: how it begins."""
    first = next((line for line in typed.texts.get("vi", "").splitlines() if line.strip()), "")
    return cut(first, _TITLE_UNITS)


def _announcement(visit: Visit) -> Announcement | None:
    wanted = visit.request.query.get("from", "")
    return next((one for one in visit.console.announcements if one.announcement_id == wanted), None)


ROUTES = [
    web.get(BROADCASTS + "/new", show_new),
    web.post(BROADCASTS + "/new", save),
    web.post(BROADCASTS + "/preview", preview),
    web.post(BROADCASTS + "/count", count),
    web.post(BROADCASTS + "/reached", reached),
    web.post(BROADCASTS + "/more", more),
    web.post(BROADCASTS + "/go-on", go_on),
    web.get(BROADCASTS + "/{broadcast_id}/edit", show_edit),
    web.post(BROADCASTS + "/{broadcast_id}/edit", save),
]
