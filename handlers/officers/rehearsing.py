"""Sending an announcement to oneself and colleagues, to see it on a real phone before anybody else gets it."""

from aiohttp import web

from bot.people import acts
from bot.store.tables.people import Role
from broadcasts import overview, rehearsal
from broadcasts.refused import Refused
from broadcasts.writing import Draft
from handlers.officers import phone_preview
from handlers.officers.broadcasts import BROADCASTS, SECTION, broadcast
from handlers.officers.permission import allowed
from handlers.officers.templates import channel
from handlers.officers.visit import Visit

_MOST = 10  # At once: it is a look, not a way to send.


@allowed(Role.OFFICER)
async def show(visit: Visit) -> web.StreamResponse:
    async with visit.console.database.reading() as connection:
        row = await broadcast(visit, connection)
        draft = _draft(row)
        channels = await overview.channels(connection)
        context = {
            "broadcast": row,
            "colleagues": await rehearsal.colleagues(connection, visit.viewer),
            "preview": await phone_preview.preview(
                connection,
                draft.texts,
                draft.content,
                [one for one in channels if one.channel in draft.audience.channels],
                visit.console.limits,
                visit.gettext,
                unit_id=row.unit_id,
            ),
        }
    return visit.page("broadcasts/try.html", context, section=SECTION)


@allowed(Role.OFFICER)
async def send(visit: Visit) -> web.StreamResponse:
    _ = visit.gettext
    async with visit.console.database.writing() as connection:
        row = await broadcast(visit, connection)
        draft = _draft(row)
        there = await rehearsal.colleagues(connection, visit.viewer)
        chosen = [one for one in there if visit.field(f"to-{one.staff_id}")][:_MOST]
        if not draft.texts.get("vi", "").strip():
            visit.flash(_("Chưa có lời nhắn để gửi thử."), "warning")
            return visit.go(f"{BROADCASTS}/{row.id}/edit")
        if not chosen:
            visit.flash(_("Chị chọn ít nhất một người để gửi thử."), "warning")
            return visit.go(f"{BROADCASTS}/{row.id}/try")
        sent = [
            await rehearsal.send(connection, visit.console.outbox, draft, one, visit.viewer, now=visit.now)
            for one in chosen
        ]
        await acts.record(
            connection,
            visit.viewer.staff_id,
            "broadcast_tried",
            now=visit.now,
            subject=f"broadcast {row.id}",
            people=len(chosen),
        )
    reached = [
        f"{one.name} ({', '.join(channel(name) for name in one.channels)})" for one in sent if one.channels
    ]
    missed = [one.name for one in sent if not one.channels]
    if reached:
        visit.flash(_("Đã gửi thử cho %(names)s.") % {"names": ", ".join(reached)})
    if missed:
        visit.flash(
            _("%(names)s chưa nối điện thoại với trợ lý nên chưa nhận được.") % {"names": ", ".join(missed)},
            "warning",
        )
    return visit.go(f"{BROADCASTS}/{row.id}/try")


def _draft(row: overview.Row) -> Draft:
    try:
        return Draft.of(row)
    except Refused:
        raise web.HTTPNotFound from None


ROUTES = [
    web.get(BROADCASTS + "/{broadcast_id}/try", show),
    web.post(BROADCASTS + "/{broadcast_id}/try", send),
]
