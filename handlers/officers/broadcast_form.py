"""Writing an announcement: its words first, its people, and the rest folded away with good defaults.

Everything works by one button; with a script the phones, the number of people and the draft itself follow what she types.
"""

import asyncio
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from aiohttp import web
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.channels.contract import Attachment
from bot.store.tables.broadcasts import BroadcastState
from bot.store.tables.people import Role
from broadcasts import attachments, draft_versions, merge_fields, overview, people, templates, wordings, writing
from broadcasts.attachments import MOST_BYTES
from broadcasts.content import Content
from broadcasts.message import FIELDS
from broadcasts.people import Asked, AudienceCount
from broadcasts.refused import N_, Refused
from broadcasts.steps import OPEN
from broadcasts.templates import Announcement
from broadcasts.wordings import Wording
from broadcasts.writing import Changed, Draft
from handlers.officers import audience_form, audience_people, phone_preview, query, typed_broadcast
from handlers.officers.audience_form import Place
from handlers.officers.broadcasts import BROADCASTS, SECTION, broadcast
from handlers.officers.permission import allowed
from handlers.officers.typed_broadcast import Typed
from handlers.officers.visit import Visit, is_htmx

_SECOND_CLICK = timedelta(minutes=1)
_MOST_MB = 40  # A file up to here is read and refused with a sentence beside it; she keeps what she wrote.
_PEOPLE = Place(f"{BROADCASTS}/count", N_("2. Người nhận"))


@allowed(Role.OFFICER)
async def show_new(visit: Visit) -> web.StreamResponse:
    async with visit.console.database.reading() as connection:
        start = _announcement(visit)
        typed = Typed(builder=await audience_form.start(visit, connection))
        if start:
            typed = replace(
                typed, title=start.title, texts={"vi": start.text}, category=start.category_key
            )
        return await _page(visit, connection, typed, start=start)


@allowed(Role.OFFICER)
async def show_edit(visit: Visit) -> web.StreamResponse:
    async with visit.console.database.reading() as connection:
        row = await broadcast(visit, connection)
        if row.state not in OPEN:
            return visit.go(f"{BROADCASTS}/{row.id}")
        typed = typed_broadcast.of(Draft.of(row), editing=row.id, seen_at=row.updated_at.isoformat())
        return await _page(visit, connection, typed)


@allowed(Role.OFFICER, most_mb=_MOST_MB)
async def preview(visit: Visit) -> web.StreamResponse:
    async with visit.console.database.reading() as connection:
        return await _page(visit, connection, await _typed(visit, connection), block="preview")


@allowed(Role.OFFICER, most_mb=_MOST_MB)
async def count(visit: Visit) -> web.StreamResponse:
    async with visit.console.database.reading() as connection:
        return await _page(visit, connection, await _typed(visit, connection), block="audience")


@allowed(Role.OFFICER, most_mb=_MOST_MB)
async def more(visit: Visit) -> web.StreamResponse:
    """What is folded away, again: some of it depends on the rest."""
    async with visit.console.database.reading() as connection:
        return await _page(visit, connection, await _typed(visit, connection), block="more")


@allowed(Role.OFFICER, most_mb=_MOST_MB)
async def save(visit: Visit) -> web.StreamResponse:
    """Keep it, and go on to the plan; or stay, where she only wants it kept."""
    async with visit.console.database.writing() as connection:
        row = await _kept(visit, connection)
        typed = await _typed(visit, connection)
        errors = await _errors(visit, connection, typed)
        if not errors:
            try:
                broadcast_id = await _keep(visit, connection, typed, row)
            except Changed:
                return await _page(visit, connection, typed, theirs=row)
            except Refused as refused:
                visit.flash(visit.gettext(str(refused)), "warning")
                return visit.go(f"{BROADCASTS}/{row.id if row else ''}")
        else:
            return await _page(visit, connection, typed, errors=errors)
    if visit.field("stay"):
        visit.flash(visit.gettext("Đã lưu bản nháp."))
        return visit.go(f"{BROADCASTS}/{broadcast_id}/edit")
    return visit.go(f"{BROADCASTS}/{broadcast_id}/review")


@allowed(Role.OFFICER, most_mb=_MOST_MB)
async def go_on(visit: Visit) -> web.StreamResponse:
    """Keep what she has typed so far, without being asked; says beside the buttons whether it is kept."""
    _ = visit.gettext
    async with visit.console.database.writing() as connection:
        row = await _kept(visit, connection)
        typed = await _typed(visit, connection)
        if not typed.title:
            typed = replace(typed, title=_title_of(typed, _))
        errors = await _errors(visit, connection, typed)
        if errors or not any(text.strip() for text in typed.texts.values()):
            return await _said(visit, connection, typed, _("Chưa tự lưu: %(why)s") % {"why": _first(errors)} if errors else "")
        try:
            broadcast_id = await _keep_typing(visit, connection, typed, row)
        except Changed:
            who = await draft_versions.newest(connection, row.id) if row else None
            why = _("Chưa lưu: %(name)s vừa sửa thông báo này. Chị bấm Lưu để xem hai bản.") % {
                "name": who.staff_name if who else _("Người khác")
            }
            return await _said(visit, connection, typed, why)
        except Refused as refused:
            return await _said(visit, connection, typed, _(str(refused)))
        row = await overview.get(connection, visit.viewer, broadcast_id)
        if row is None:
            raise web.HTTPNotFound
        typed = replace(
            typed,
            editing=row.id,
            seen_at=row.updated_at.isoformat(),
            attachment=Content.from_json(row.content).attachment,
        )
        return await _said(visit, connection, typed, "", kept_at=visit.now)


async def _keep(visit: Visit, connection: AsyncConnection, typed: Typed, row: overview.Row | None) -> int:
    """Her click. Raises Changed where a colleague has written since, unless she has seen that and means it."""
    staff_id, now = visit.viewer.staff_id, visit.now
    typed = replace(typed, attachment=await _uploaded(visit, connection) or typed.attachment)
    chosen = await wordings.listed(connection)
    if row is None:
        draft = typed_broadcast.draft_of(typed, visit.viewer.unit_id, chosen)
        same = await overview.same_draft(connection, draft, staff_id=staff_id, since=now - _SECOND_CLICK)
        return same or await writing.create(connection, draft, staff_id=staff_id, now=now)
    draft = typed_broadcast.draft_of(typed, row.unit_id, chosen)
    seen_at = _moment(visit.field("over")) or _moment(typed.seen_at) or now
    await writing.edit(connection, row.id, draft, staff_id=staff_id, now=now, seen_at=seen_at)
    return int(row.id)


async def _keep_typing(
    visit: Visit, connection: AsyncConnection, typed: Typed, row: overview.Row | None
) -> int:
    staff_id, now = visit.viewer.staff_id, visit.now
    typed = replace(typed, attachment=await _uploaded(visit, connection) or typed.attachment)
    chosen = await wordings.listed(connection)
    if row is None:
        draft = typed_broadcast.draft_of(typed, visit.viewer.unit_id, chosen)
        return await writing.create(connection, draft, staff_id=staff_id, now=now)
    draft = typed_broadcast.draft_of(typed, row.unit_id, chosen)
    seen_at = _moment(typed.seen_at) or now
    await writing.go_on(connection, row.id, draft, staff_id=staff_id, now=now, seen_at=seen_at)
    return int(row.id)


async def _kept(visit: Visit, connection: AsyncConnection) -> overview.Row | None:
    """The announcement that is changed: the address says which, or the form of one that was kept by itself meanwhile."""
    if "broadcast_id" in visit.request.match_info:
        return await broadcast(visit, connection)
    editing = query.number(visit.field("editing"))
    if editing is None:
        return None
    row = await overview.get(connection, visit.viewer, editing)
    if row is None:
        raise web.HTTPNotFound
    return row


async def _typed(visit: Visit, connection: AsyncConnection) -> Typed:
    row = await _kept(visit, connection)
    typed = typed_broadcast.read(visit, Content.from_json(row.content).attachment if row else None)
    return replace(typed, editing=row.id if row else None)


async def _errors(visit: Visit, connection: AsyncConnection, typed: Typed) -> dict[str, str]:
    found = typed_broadcast.errors(
        visit, typed, await wordings.listed(connection), await merge_fields.local(connection)
    )
    found |= await audience_form.errors(visit, connection, typed.builder)
    file = visit.form.get("file")
    if isinstance(file, web.FileField) and file.filename:
        data = await asyncio.to_thread(_read, file)
        try:
            attachments.check(data)
        except Refused as refused:
            found["file"] = visit.gettext(str(refused))
    return found


async def _uploaded(visit: Visit, connection: AsyncConnection) -> Attachment | None:
    """What she has added, kept. `_errors` has looked at it."""
    file = visit.form.get("file")
    if not isinstance(file, web.FileField) or not file.filename:
        return None
    data = await asyncio.to_thread(_read, file)
    return await attachments.keep(connection, data, name=file.filename, now=visit.now)


def _read(file: web.FileField) -> bytes:
    file.file.seek(0)
    return file.file.read(MOST_BYTES + 1)


async def _count(visit: Visit, connection: AsyncConnection, draft: Draft) -> AudienceCount | None:
    asked = Asked(
        draft.audience,
        category=draft.category,
        content=draft.content,
        budget=draft.budget,
        is_urgent=draft.priority == 0,
        languages=tuple(sorted(draft.texts)) if draft.content.otherwise == "leave_out" else (),
    )
    try:
        return await people.count(connection, asked, now=visit.now)
    except Refused:
        return None


async def _page(
    visit: Visit,
    connection: AsyncConnection,
    typed: Typed,
    *,
    block: str | None = None,
    errors: Mapping[str, str] | None = None,
    start: Announcement | None = None,
    theirs: overview.Row | None = None,
) -> web.Response:
    typing = block in {"preview", "more"} and is_htmx(visit.request)  # The people do not change with every letter.
    chosen = await wordings.listed(connection)
    wrong = dict(errors or {})
    counted, asked = None, ""
    draft = _draft(visit, typed, chosen)
    if draft and not typing and not await audience_form.errors(visit, connection, typed.builder):
        counted = await _count(visit, connection, draft)
        asked = _asked(draft)
    context: dict[str, Any] = {
        "typed": typed,
        "errors": wrong,
        "start": start,
        "theirs": await _theirs(connection, theirs) if theirs else None,
        "categories": visit.console.categories,
        "wordings": chosen,
        "wording": next((one for one in chosen if one.key == typed.wording), None),
        "file": await attachments.sight(connection, typed.attachment),
        "kept_at": None,
        "why_not_kept": "",
        **await _words(connection, typed),
        **await audience_form.context(
            visit, connection, typed.builder, _PEOPLE, errors=wrong, counted=counted, asked=asked
        ),
        "preview": await _preview(visit, connection, typed),
    }
    status = 409 if theirs else 422 if errors else 200
    return visit.page("broadcasts/form.html", context, block=block, section=SECTION, status=status)


async def _said(
    visit: Visit, connection: AsyncConnection, typed: Typed, why_not: str, *, kept_at: datetime | None = None
) -> web.Response:
    """Beside the buttons: whether it is kept; and the file, where one came with it."""
    context = {
        "typed": typed,
        "errors": {},
        "kept_at": kept_at,
        "why_not_kept": why_not,
        "file": await attachments.sight(connection, typed.attachment),
        "brought_file": "file" in visit.form,
        "preview": await _preview(visit, connection, typed),
    }
    return visit.page("broadcasts/kept.html", context, block="kept", section=SECTION)


async def _words(connection: AsyncConnection, typed: Typed) -> dict[str, Any]:
    """What can be put into a text, and what is still to be filled in."""
    local = await merge_fields.listed(connection)
    names = [one.name for one in local]
    return {
        "merge_fields": list(FIELDS),
        "local_fields": local,
        "blanks": templates.blanks_of(typed.texts.get("vi", ""), names),
    }


async def _preview(visit: Visit, connection: AsyncConnection, typed: Typed) -> phone_preview.Preview:
    channels = await overview.channels(connection)
    return await phone_preview.preview(
        connection,
        typed.texts,
        typed.content,
        [one for one in channels if one.channel in typed.builder.channels],
        visit.console.limits,
        visit.gettext,
        unit_id=visit.viewer.unit_id,
    )


async def _theirs(connection: AsyncConnection, row: overview.Row) -> dict[str, Any]:
    """What a colleague has made of it meanwhile."""
    newest = await draft_versions.newest(connection, row.id)
    return {"draft": Draft.of(row), "at": row.updated_at, "name": newest.staff_name if newest else ""}


def _draft(visit: Visit, typed: Typed, chosen: list[Wording]) -> Draft | None:
    try:
        return typed_broadcast.draft_of(typed, visit.viewer.unit_id, chosen)
    except Refused:
        return None


def _asked(draft: Draft) -> str:
    return audience_people.written(draft)


def _first(errors: Mapping[str, str]) -> str:
    return next(iter(errors.values()), "")


def _title_of(typed: Typed, _: Any) -> str:
    return ""


def _moment(text: str) -> datetime | None:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return None
    return moment if moment.tzinfo else None


def _announcement(visit: Visit) -> Announcement | None:
    wanted = visit.request.query.get("from", "")
    return next((one for one in visit.console.announcements if one.announcement_id == wanted), None)


ROUTES = [
    web.get(BROADCASTS + "/new", show_new),
    web.post(BROADCASTS + "/new", save),
    web.post(BROADCASTS + "/preview", preview),
    web.post(BROADCASTS + "/count", count),
    web.post(BROADCASTS + "/more", more),
    web.post(BROADCASTS + "/go-on", go_on),
    web.get(BROADCASTS + "/{broadcast_id}/edit", show_edit),
    web.post(BROADCASTS + "/{broadcast_id}/edit", save),
]
