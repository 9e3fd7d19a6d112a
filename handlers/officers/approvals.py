"""Approving announcements in the console: what waits for me, what became of what I asked, and the page to answer on."""

from aiohttp import web
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.store.tables.broadcasts import ApprovalState, BroadcastState
from bot.store.tables.people import Role
from broadcasts import (
    approval,
    approval_letters,
    approval_news,
    deciding,
    overview,
    plan,
    requests,
    sentences,
    steps,
    timing,
)
from broadcasts.approval import Shown
from broadcasts.audience import Audience
from broadcasts.deciding import Late
from broadcasts.refused import Refused
from handlers.officers import goes_out, query, unreached
from handlers.officers.broadcast_review import preview_of
from handlers.officers.broadcasts import BROADCASTS, SECTION, broadcast, post_of
from handlers.officers.permission import allowed
from handlers.officers.visit import Visit

APPROVALS = "/console/approvals"


@allowed(Role.OFFICER)
async def show_list(visit: Visit) -> web.StreamResponse:
    async with visit.console.database.reading() as connection:
        context = {
            "waiting": await requests.waiting_for(connection, visit.viewer.staff_id),
            "asked": await requests.asked_by(connection, visit.viewer.staff_id, now=visit.now),
        }
    return visit.page("broadcasts/approvals.html", context, section=SECTION)


@allowed(Role.OFFICER)
async def show(visit: Visit) -> web.StreamResponse:
    async with visit.console.database.reading() as connection:
        row = await broadcast(visit, connection)
        if row.state is not BroadcastState.WAITING:
            return visit.go(f"{BROADCASTS}/{row.id}")
        return await _page(visit, connection, row)


@allowed(Role.OFFICER)
async def approve(visit: Visit) -> web.StreamResponse:
    _ = visit.gettext
    approval_id = query.number(visit.field("approval"))
    async with visit.console.database.writing() as connection:
        row = await broadcast(visit, connection)
        try:
            is_first = await deciding.approve(
                connection,
                await _its(connection, row, approval_id),
                staff_id=visit.viewer.staff_id,
                decided_in=deciding.IN_CONSOLE,
                now=visit.now,
                means_now=bool(visit.field("means_now")),
            )
        except Late:
            visit.flash(
                _("Giờ hẹn gửi đã qua. Nếu muốn gửi ngay, chị đánh dấu vào ô Gửi ngay bây giờ."), "warning"
            )
        except Refused as refused:
            visit.flash(_(str(refused)), "warning")
        else:
            await _tell(
                visit, connection, approval_id, is_first=is_first, said=_("Chị đã duyệt thông báo này.")
            )
    return visit.go(f"{BROADCASTS}/{row.id}")


@allowed(Role.OFFICER)
async def return_(visit: Visit) -> web.StreamResponse:
    _ = visit.gettext
    approval_id = query.number(visit.field("approval"))
    async with visit.console.database.writing() as connection:
        row = await broadcast(visit, connection)
        try:
            is_first = await deciding.return_(
                connection,
                await _its(connection, row, approval_id),
                visit.field("reason"),
                staff_id=visit.viewer.staff_id,
                decided_in=deciding.IN_CONSOLE,
                now=visit.now,
            )
        except Refused as refused:
            visit.flash(_(str(refused)), "warning")
            return visit.go(f"{BROADCASTS}/{row.id}")
        said = _("Đã trả lại cho người soạn, kèm lời của chị.")
        await _tell(visit, connection, approval_id, is_first=is_first, said=said)
    return visit.go(APPROVALS)


@allowed(Role.OFFICER)
async def take_back(visit: Visit) -> web.StreamResponse:
    """Who asked wants to change it after all."""
    _ = visit.gettext
    async with visit.console.database.writing() as connection:
        row = await broadcast(visit, connection)
        staff_id = visit.viewer.staff_id
        async with approval_news.of_withdrawal(post_of(visit, connection), row.id, staff_id=staff_id):
            if await deciding.take_back(connection, row.id, staff_id=staff_id, now=visit.now):
                visit.flash(_("Đã rút lại. Thông báo là bản nháp, chưa gửi cho ai."))
    return visit.go(f"{BROADCASTS}/{row.id}")


async def _its(connection: AsyncConnection, row: overview.Row, approval_id: int | None) -> int:
    """The request, if it is about the announcement of this address."""
    asked = await approval.request(connection, approval_id) if approval_id is not None else None
    if asked is None or asked.broadcast_id != row.id:
        raise web.HTTPNotFound
    return int(asked.id)


async def _tell(
    visit: Visit, connection: AsyncConnection, approval_id: int | None, *, is_first: bool, said: str
) -> None:
    if not is_first or approval_id is None:
        visit.flash(
            visit.gettext("Thông báo này đã có người trả lời trước, hoặc đã được rút lại."), "warning"
        )
        return
    visit.flash(said)
    await approval_news.tell_decided(post_of(visit, connection), approval_id)


async def _page(visit: Visit, connection: AsyncConnection, row: overview.Row) -> web.StreamResponse:
    asked = await approval.latest(connection, row.id)
    if asked is None or asked.state is not ApprovalState.WAITING:
        raise web.HTTPNotFound
    stored = await steps.get(connection, row.id)
    shown = Shown.from_json(asked.summary)
    schedule = timing.from_json(stored.schedule)
    # A feast whose day was taken back meanwhile has none.
    is_for_newcomers = isinstance(schedule, timing.Joined)
    due_at = stored.due_at or visit.now
    late = due_at < visit.now and not shown.at_once
    context = {
        "broadcast": row,
        "asked": asked,
        "shown": shown,
        "before": await approval_letters.what_came_of_it_before(connection, asked, visit.gettext),
        "night": approval_letters.why_at_night(
            stored, shown, visit.gettext, now=visit.now, policy=visit.console.policy
        ),
        "because": approval.BECAUSE[shown.why] if shown.why else "",
        "whom": await sentences.of_audience(connection, Audience.from_json(stored.audience), visit.gettext),
        "plan": (
            found := await plan.plan(
                connection, stored, max(due_at, visit.now), visit.console.policy, now=visit.now,
                limits=visit.console.limits, _=visit.gettext,
                joins=is_for_newcomers, foretelling=visit.console.foretelling,
            )
        ),
        "callable": unreached.number(found.left_out),
        "sentence": timing.sentence(schedule, visit.gettext) if schedule and not shown.at_once else "",
        "is_for_newcomers": is_for_newcomers,
        "due_at": None if shown.at_once else stored.due_at,
        "is_late": late,
        "may_decide": await approval.may_decide(connection, asked, visit.viewer.staff_id),
        "is_asker": visit.viewer.staff_id in {asked.asked_by, row.created_by},
        "approvers": await approval.approvers(connection, stored, asked_by=asked.asked_by),
        "preview": await preview_of(visit, connection, stored),
        **await goes_out.context(visit, connection, stored, people=found.people, joins=is_for_newcomers),
    }  # fmt: skip
    return visit.page("broadcasts/approval.html", context, section=SECTION)


ROUTES = [
    web.get(APPROVALS, show_list),
    web.get(BROADCASTS + "/{broadcast_id}/approval", show),
    web.post(BROADCASTS + "/{broadcast_id}/approve", approve),
    web.post(BROADCASTS + "/{broadcast_id}/return", return_),
    web.post(BROADCASTS + "/{broadcast_id}/take-back", take_back),
]
