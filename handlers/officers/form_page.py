"""The page on which an announcement is written, put together: the form, the phones beside it, the number of people."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from aiohttp import web
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.people.secret_tokens import new_token
from bot.store.tables.broadcasts import Priority
from broadcasts import (
    approval,
    attachments,
    draft_versions,
    merge_fields,
    overview,
    people,
    text_faults,
    wordings,
)
from broadcasts.content import Otherwise
from broadcasts.message import FIELDS, UNKNOWN
from broadcasts.people import Asked, AudienceCount
from broadcasts.refused import Refused
from broadcasts.templates import Announcement
from broadcasts.wordings import Wording
from broadcasts.writing import Draft
from handlers.officers import audience_form, audience_people, phone_preview, posting, typed_broadcast
from handlers.officers.audience_form import Place
from handlers.officers.broadcasts import BROADCASTS, SECTION
from handlers.officers.typed_broadcast import Typed
from handlers.officers.visit import Visit, is_htmx


async def page(
    visit: Visit,
    connection: AsyncConnection,
    typed: Typed,
    *,
    block: str | None = None,
    errors: Mapping[str, str] | None = None,
    start: Announcement | None = None,
    theirs: overview.Row | None = None,
) -> web.Response:
    """The whole page, or `block` of it for a script. `theirs` is what a colleague has made of it meanwhile."""
    typed = replace(typed, form=typed.form or new_token())
    chosen = await wordings.listed(connection)
    wrong = dict(errors or {})
    file = visit.form.get("file")
    if (errors or theirs) and isinstance(file, web.FileField) and file.filename:
        wrong.setdefault(
            "file", visit.gettext("Trang chưa lưu nên tệp chưa được giữ: chị chọn lại tệp giúp.")
        )
    # A script has them counted apart: of a province that takes seconds.
    is_whole = block is None or not is_htmx(visit.request)
    people_context = await _reached(visit, connection, typed, chosen) if is_whole else {}
    offered = await posting.offered(visit, connection)
    place = Place(
        f"{BROADCASTS}/count",
        "2. " + visit.gettext("Người nhận"),
        f"{BROADCASTS}/reached",
        may_only_post=not offered.is_empty or typed.builder.only_posts,
    )
    context = {
        "errors": wrong,
        "start": start,
        "returned": await approval.returned(connection, typed.editing) if typed.editing else None,
        "theirs": await _theirs(visit, connection, typed, theirs, chosen) if theirs else None,
        "categories": visit.console.categories,
        "wordings": chosen,
        "wording": next((one for one in chosen if one.key == typed.wording), None),
        "offered": offered,
        "longest_file_mb": attachments.MOST_BYTES // 1024**2,
        **await _words(connection, typed),
        **await _beside(visit, connection, typed),
        **await audience_form.context(
            visit,
            connection,
            typed.builder,
            place,
            errors=wrong,
            counts_later=not is_whole,
        ),
        **people_context,
    }
    status = 409 if theirs else 422 if errors else 200
    return visit.page("broadcasts/form.html", context, block=block, section=SECTION, status=status)


async def reached(visit: Visit, connection: AsyncConnection, typed: Typed) -> web.Response:
    """How many it is for, alone: whatever she types meanwhile stays."""
    context = await _reached(visit, connection, typed, await wordings.listed(connection))
    return visit.page("broadcasts/reached.html", context)


async def kept(
    visit: Visit,
    connection: AsyncConnection,
    typed: Typed,
    *,
    at: datetime | None = None,
    why_not: str = "",
    errors: Mapping[str, str] | None = None,
) -> web.Response:
    """What stands beside the buttons: since when it is kept, or why not. With a file, the file too."""
    _ = visit.gettext
    if errors and not why_not:
        why_not = _("Chưa tự lưu: %(why)s") % {"why": next(iter(errors.values()))}
    if not is_htmx(visit.request):
        return visit.go(f"{BROADCASTS}/{typed.editing}/edit" if typed.editing else f"{BROADCASTS}/new")
    context = {
        "errors": dict(errors or {}),
        "longest_file_mb": attachments.MOST_BYTES // 1024**2,
        **await _beside(visit, connection, typed),
        "kept_at": at,
        "why_not_kept": why_not,
        # What she chose stays in the form while it is neither kept nor refused.
        "brings_file": isinstance(visit.form.get("file"), web.FileField) and (at or "file" in (errors or {})),
    }
    return visit.page("broadcasts/form.html", context, block="kept", section=SECTION)


async def _beside(visit: Visit, connection: AsyncConnection, typed: Typed) -> dict[str, Any]:
    channels = await overview.channels(connection)
    return {
        "typed": typed,
        "file": await attachments.sight(connection, typed.attachment),
        "kept_at": None,
        "why_not_kept": "",
        "brings_file": False,
        "counts_clicks": visit.console.counts_clicks,
        "preview": await phone_preview.preview(
            connection,
            typed.texts,
            typed.content,
            [one for one in channels if one.channel in typed.builder.channels],
            visit.console.limits,
            visit.gettext,
            unit_id=visit.viewer.unit_id,
        ),
    }


async def _reached(
    visit: Visit, connection: AsyncConnection, typed: Typed, chosen: Sequence[Wording]
) -> dict[str, Any]:
    asked = await _asked(visit, connection, typed, chosen)
    return {
        "builder": typed.builder,
        "counted": await _count(connection, asked, visit.now) if asked else None,
        "asked": audience_people.written(asked) if asked and not typed.builder.only_posts else "",
    }


async def _words(connection: AsyncConnection, typed: Typed) -> dict[str, Any]:
    """What can be put into a text, and what is still to be filled in."""
    local = await merge_fields.listed(connection)
    return {
        "merge_fields": [(name, UNKNOWN["vi"][name]) for name in FIELDS],
        "local_fields": local,
        "blanks": text_faults.gaps_of(typed.texts.get("vi", ""), [one.name for one in local]),
    }


async def _theirs(
    visit: Visit, connection: AsyncConnection, typed: Typed, row: overview.Row, chosen: Sequence[Wording]
) -> dict[str, Any]:
    """What a colleague has made of it, and which parts of it are not as she has them."""
    newest = await draft_versions.newest(connection, row.id)
    draft = Draft.of(row)
    written = draft.to_json()
    try:
        hers = typed_broadcast.draft_of(typed, row.unit_id, chosen).to_json()
    except Refused:
        hers = written | {"audience": None}  # Of people whom she has not said in full.
    other = [
        part for name, part in approval.PART_NAMES.items() if name in hers and hers[name] != written[name]
    ]
    return {
        "draft": draft,
        "at": row.updated_at,
        "name": newest.staff_name if newest else "",
        "differs": ", ".join(map(visit.gettext, dict.fromkeys(other))),
    }


async def _asked(
    visit: Visit, connection: AsyncConnection, typed: Typed, chosen: Sequence[Wording]
) -> Asked | None:
    """Who is to get it; None while that is not said in full, or is not hers to say."""
    # The sentence that is just being put together counts once it is added.
    typed = replace(typed, builder=replace(typed.builder, adding={}, error=""))
    if await audience_form.errors(visit, connection, typed.builder):
        return None
    try:
        draft = typed_broadcast.draft_of(typed, visit.viewer.unit_id, chosen)
    except Refused:
        return None
    written = tuple(sorted(language for language, text in draft.texts.items() if text.strip()))
    return Asked(
        audience=draft.audience,
        category=draft.category,
        content=draft.content,
        budget=draft.budget,
        is_urgent=draft.priority is Priority.URGENT,
        languages=written if draft.content.otherwise is Otherwise.LEAVE_OUT else (),
    )


async def _count(connection: AsyncConnection, asked: Asked, now: datetime) -> AudienceCount | None:
    try:
        return await people.count(connection, asked, now=now)
    except Refused:
        return None
