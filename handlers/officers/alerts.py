"""Alerts: the list, what happened in one and who knows of it, her words behind a click that is recorded, the log to be printed.

Only for who is on duty in her line, who was told, and the top; everybody else is refused. What officers do with an alert
stands in `alert_acts`.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from aiohttp import web
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.alerts import duty, letters, overview, record, silence
from bot.alerts.record import Step
from bot.answers.safety import AlarmKind
from bot.store.tables.alerts import AlertRoute, AlertState, AlertStepKind
from bot.store.tables.people import Role
from handlers.officers import query
from handlers.officers.permission import allowed
from handlers.officers.templates import moment
from handlers.officers.visit import Visit, is_htmx

ALERTS = "/console/alerts"
SECTION = "alerts"


@dataclass(slots=True)
class Typed:
    """What stands in the forms of an alert's page, and what is wrong with it."""

    act: str = ""  # Whose form it is.
    words: str = ""
    to_whom: str = ""
    error: str = ""
    warning: str = ""
    status: int = 200


@dataclass(frozen=True, slots=True)
class Line:
    """A line of the log as it is shown; those who were told by one route in one moment are one line, and so is what she goes on writing."""

    kind: AlertStepKind
    at: datetime
    name: str = ""
    route: AlertRoute | None = None
    to_whom: str = ""
    text: str = ""
    has_place: bool = True  # Of NOBODY: it was known then where she is.
    times: int = 1  # Of ADDED: how often one after the other,
    until: datetime | None = None  # and when last.


@allowed(Role.OFFICER)
async def show_list(visit: Visit) -> web.StreamResponse:
    async with visit.console.database.reading() as connection:
        if not await overview.sees_any(connection, visit.viewer):
            raise web.HTTPForbidden
        waiting = await overview.of_state(connection, visit.viewer, AlertState.OPEN)
        taken = await overview.of_state(connection, visit.viewer, AlertState.TAKEN)
        context = {
            "waiting": waiting,
            "taken": taken,
            "closed": await overview.closed(connection, visit.viewer, query.place(visit)),
            "routes": await overview.routes(connection, [row.id for row in (*waiting, *taken)]),
            "unheard": await _unheard(visit, connection, [row.id for row in taken]),
            "doubted": await overview.doubted(connection, visit.viewer),
            "kinds": _kinds(visit),
            "query": query.again(visit),
        }
    return visit.page("alerts/list.html", context, block="results", section=SECTION)


@allowed(Role.OFFICER)
async def show_banner(visit: Visit) -> web.StreamResponse:
    """What stands above every page, for the page that asks whether it still holds."""
    if not is_htmx(visit.request):
        return visit.go(ALERTS)
    if visit.request.query.get("seen") == (visit.alarm.mark if visit.alarm else ""):
        return web.Response(status=204)
    return visit.page("alerts/banner.html", {"beside": "beside" in visit.request.query}, block="banner")


@allowed(Role.OFFICER)
async def show(visit: Visit) -> web.StreamResponse:
    """Whole, or what stands on top for the page that asks whether it still holds."""
    async with visit.console.database.reading() as connection:
        try:
            row = await alert(visit, connection)
        except web.HTTPForbidden:
            if not is_htmx(visit.request):
                raise
            # It is not hers to see any more: what her screen still shows goes, too.
            return web.Response(status=403, headers={"HX-Refresh": "true"})
        if is_htmx(visit.request) and visit.request.query.get("mark") == await _mark(visit, connection, row):
            return web.Response(status=204)
        return await page(visit, connection, row, Typed())


@allowed(Role.OFFICER)
async def read_words(visit: Visit) -> web.StreamResponse:
    """Show her words, once, in this answer; the log keeps who opened them."""
    async with visit.console.database.writing() as connection:
        row = await alert(visit, connection)
        kept = await record.get(connection, row.id)
        words = kept.words if kept else ""
        if words:
            await record.add_step(
                connection, row.id, AlertStepKind.READ, staff_id=visit.viewer.staff_id, now=visit.now
            )
        return await page(visit, connection, row, Typed(), words=words)


@allowed(Role.OFFICER)
async def print_log(visit: Visit) -> web.StreamResponse:
    """The hand-over log on paper: who did what and when. Neither her words nor her name nor her number."""
    async with visit.console.database.reading() as connection:
        row = await alert(visit, connection)
        lines = log_lines(await record.steps(connection, row.id), has_place=row.unit_id is not None)
    context = {"alert": row, "lines": lines, "kinds": _kinds(visit)}
    return visit.page("alerts/print.html", context, section=SECTION)


async def alert(visit: Visit, connection: AsyncConnection) -> overview.Row:
    """The alert of this address. 403 where it is not hers to see, and where there is none, for nobody to count them by."""
    alert_id = query.number(visit.request.match_info["alert_id"])
    row = await overview.get(connection, visit.viewer, alert_id) if alert_id is not None else None
    if row is None:
        raise web.HTTPForbidden
    return row


async def page(
    visit: Visit, connection: AsyncConnection, row: overview.Row, typed: Typed, *, words: str | None = None
) -> web.Response:
    """`words` are hers, where she who looks asked for them."""
    lines = log_lines(await record.steps(connection, row.id), has_place=row.unit_id is not None)
    last_at = await unsettled_since(connection, row)
    context = {
        "alert": row,
        "typed": typed,
        "unsettled_at": last_at,
        "unsettled": unsettled_words(visit, row, last_at) if last_at else "",
        "words_of_hers": words,
        "kinds": _kinds(visit),
        "lines": lines,
        "was_taken": any(line.kind is AlertStepKind.TAKEN for line in lines),  # Then she has been told so.
        "calls": await record.calls(connection, row.id),
        "phones": await duty.phone_list(connection, None if row.is_past_local else row.unit_id),
        "seen": await overview.last_step(connection, row.id),
        "mark": await _mark(visit, connection, row),
        "is_open": row.state in {AlertState.OPEN, AlertState.TAKEN},
        "unheard": (await _unheard(visit, connection, [row.id])).get(row.id),
        "is_mine": row.state is AlertState.TAKEN and row.taken_by == visit.viewer.staff_id,
    }
    return visit.page("alerts/alert.html", context, block="what", section=SECTION, status=typed.status)


async def unsettled_since(connection: AsyncConnection, row: overview.Row) -> datetime | None:
    """When she wrote what keeps it from being closed unasked; see `record.unsettled_since`."""
    kept = await record.get(connection, row.id)
    return await record.unsettled_since(connection, kept) if kept is not None and kept.is_open else None


def unsettled_words(visit: Visit, row: overview.Row, last_at: datetime) -> str:
    """What that is, as whoever is about to close it reads it."""
    _ = visit.gettext
    if row.is_safe is False:
        said = _("Chị ấy nói CHƯA an toàn, tin cuối lúc {when}.")
    elif row.is_safe:
        said = _("Chị ấy nhắn lúc {when}, chưa ai trả lời.")
    else:
        said = _("Chị ấy nhắn lúc {when}, chưa ai trả lời, cũng chưa nói an toàn.")
    return said.format(when=moment(last_at))


async def _unheard(
    visit: Visit, connection: AsyncConnection, alert_ids: Sequence[int]
) -> dict[int, datetime]:
    """Since when the woman has waited for a word, of those alerts in which that is so long that whoever has it was to be reminded."""
    waits = await silence.of(connection, alert_ids)
    return {
        alert_id: one.since
        for alert_id, one in waits.items()
        if one.reminded_at is not None or one.is_due(visit.now)
    }


async def _mark(visit: Visit, connection: AsyncConnection, row: overview.Row) -> str:
    """By which the page sees whether something has happened, or a minute has gone by."""
    minutes = int((visit.now - row.raised_at).total_seconds() // 60)
    return f"{await overview.last_step(connection, row.id)}-{minutes}-{int(row.is_quiet)}"


def log_lines(steps: Sequence[Step], *, has_place: bool) -> list[Line]:
    """`has_place`: it is known now where she is."""
    lines: list[Line] = []
    has_place = has_place and not any(one.kind is AlertStepKind.PLACED for one in steps)
    for one in steps:
        has_place = has_place or one.kind is AlertStepKind.PLACED
        before = lines[-1] if lines else None
        if (
            before is not None
            and one.kind is before.kind is AlertStepKind.TOLD
            and (one.route, one.at) == (before.route, before.at)
        ):
            lines[-1] = Line(one.kind, one.at, f"{before.name}, {one.staff_name}", one.route)
            continue
        if before is not None and one.kind is before.kind is AlertStepKind.ADDED:
            lines[-1] = replace(before, until=one.at, times=before.times + 1)
            continue
        lines.append(Line(one.kind, one.at, one.staff_name, one.route, one.to_whom, one.text, has_place))
    return lines


def _kinds(visit: Visit) -> dict[AlarmKind, str]:
    return {kind: letters.named(kind, visit.gettext) for kind in AlarmKind}


ROUTES = [
    web.get(ALERTS, show_list),
    web.get(ALERTS + "/banner", show_banner),
    web.get(ALERTS + r"/{alert_id:\d+}", show),
    web.post(ALERTS + r"/{alert_id:\d+}/words", read_words),
    web.get(ALERTS + r"/{alert_id:\d+}/print", print_log),
]
