"""The plan of an announcement and the officer's word that it is meant so: sent, or, above the Union's bounds, asked of a colleague."""

from dataclasses import dataclass, replace

from aiohttp import web
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.people.viewers import path_in_sight
from bot.store.tables.broadcasts import BroadcastState
from bot.store.tables.people import Role
from broadcasts import (
    approval,
    approval_letters,
    approval_news,
    confirming,
    overview,
    plan,
    sentences,
    steps,
    timing,
)
from broadcasts.approval import BECAUSE, Approver, Why
from broadcasts.audience import Audience
from broadcasts.content import Content
from broadcasts.plan import Plan
from broadcasts.refused import Refused
from handlers.officers import goes_out, phone_preview, query, timing_form, typed_broadcast, unreached
from handlers.officers.broadcasts import BROADCASTS, SECTION, broadcast, post_of
from handlers.officers.permission import allowed
from handlers.officers.phone_preview import Preview
from handlers.officers.timing_form import Timing
from handlers.officers.visit import Visit


@dataclass(frozen=True, slots=True)
class Planned:
    """The plan at the moment chosen, and whether a second person has to agree to it."""

    timing: Timing
    plan: Plan
    why_approval: Why | None
    approvers: list[Approver]

    @property
    def needs_approval(self) -> bool:
        return self.why_approval is not None

    @property
    def because(self) -> str:
        return BECAUSE[self.why_approval] if self.why_approval else ""

    @property
    def can_go(self) -> bool:
        nobody = self.needs_approval and not self.approvers
        return self.timing.due is not None and not self.plan.blockers and not nobody


@allowed(Role.OFFICER)
async def show_review(visit: Visit) -> web.StreamResponse:
    async with visit.console.database.reading() as connection:
        row = await broadcast(visit, connection)
        if row.state is not BroadcastState.DRAFT:
            return visit.go(f"{BROADCASTS}/{row.id}")
        return await _page(visit, connection, row, await _planned(visit, connection, row))


@allowed(Role.OFFICER)
async def confirm(visit: Visit) -> web.StreamResponse:
    """Schedule it, or ask for approval, if everything still is as she read it; otherwise show her what it is now."""
    _ = visit.gettext
    # Counting a province takes seconds, so it is done before anything is locked.
    async with visit.console.database.reading() as connection:
        row = await broadcast(visit, connection)
        if row.state is not BroadcastState.DRAFT:  # The second of two clicks.
            return visit.go(f"{BROADCASTS}/{row.id}")
        if not await _is_hers(visit, connection, row):
            raise web.HTTPForbidden
        planned = await _planned(visit, connection, row)
        if warning := _why_not(visit, planned):
            return await _page(visit, connection, row, planned, warning=warning)
    due, schedule = planned.timing.due, planned.timing.schedule
    if due is None or schedule is None:
        raise web.HTTPBadRequest
    seen_at = query.moment(visit.field("seen_at")) or row.updated_at
    kept = timing.to_json(schedule)
    try:
        async with visit.console.database.writing() as connection:
            # What was just counted is what is confirmed: if it was changed meanwhile, nothing is scheduled.
            if planned.needs_approval:
                shown = replace(
                    planned.plan.shown(due, at_once=planned.timing.is_now),
                    why=planned.why_approval,
                    at_night=planned.timing.is_at_night,
                )
                approval_id = await confirming.ask(
                    connection, row.id, shown,
                    staff_id=visit.viewer.staff_id, now=visit.now, seen_at=seen_at, schedule=kept,
                )  # fmt: skip
                if approval_id is not None:
                    await approval_letters.tell_approvers(post_of(visit, connection), approval_id)
            else:
                await confirming.confirm(
                    connection, row.id, due_at=due, staff_id=visit.viewer.staff_id,
                    counted=planned.plan.people, now=visit.now, seen_at=seen_at, schedule=kept,
                )  # fmt: skip
    except Refused as refused:
        async with visit.console.database.reading() as connection:
            row = await broadcast(visit, connection)
            return await _page(visit, connection, row, planned, warning=_(str(refused)))
    visit.flash(_said(visit, planned))
    return visit.go(f"{BROADCASTS}/{row.id}")


def _said(visit: Visit, planned: Planned) -> str:
    _ = visit.gettext
    if planned.needs_approval:
        return _("Đã nhờ duyệt. Chưa gửi cho ai: khi có người duyệt, trợ lý mới gửi.")
    if planned.timing.is_now:
        return _("Đã nhận lệnh: thông báo bắt đầu gửi trong giây lát.")
    return _("Đã hẹn giờ gửi. Trước giờ đó chị vẫn sửa hoặc bỏ được.")


def _why_not(visit: Visit, planned: Planned) -> str:
    """What keeps it from being confirmed as it was sent to us; empty: nothing."""
    _ = visit.gettext
    counted = query.number(visit.field("counted"))
    if planned.plan.posts and not visit.viewer.sees_everything:
        return _("Chỉ cán bộ cấp tỉnh, thành đăng được trong nhóm hoặc gửi bài viết. Chị bỏ dấu chọn giúp.")
    if not planned.can_go:
        return _("Chưa đặt lịch được. Chị xem những chỗ cần sửa bên dưới.")
    if counted != planned.plan.people:
        return _("Số người nhận vừa thay đổi nên chưa đặt lịch. Chị đọc lại số mới rồi xác nhận.")
    if not visit.field("agreed"):
        return _("Chị đánh dấu vào câu xác nhận rồi bấm nút nhé.")
    if planned.timing.is_at_night and not visit.field("at_night"):
        said = _(
            "Giờ này ngoài khung %(begins)s đến %(ends)s. Nếu thật cần, chị đánh dấu xác nhận gửi ngoài giờ."
        )
        return said % {"begins": planned.timing.day_begins, "ends": planned.timing.day_ends}
    return ""


@allowed(Role.OFFICER)
async def set_budget(visit: Visit) -> web.StreamResponse:
    """How much one run may cost; nothing: only what is free."""
    _ = visit.gettext
    typed = visit.field("budget").replace(".", "").replace(" ", "")
    budget = query.number(typed) if typed else None
    if typed and (budget is None or budget > typed_broadcast.MOST_MONEY):
        visit.flash(_("Trần chi phí là một số tiền đồng, ví dụ 200.000."), "warning")
    else:
        async with visit.console.database.writing() as connection:
            row = await broadcast(visit, connection)
            try:
                await confirming.set_budget(
                    connection, row.id, budget or None, staff_id=visit.viewer.staff_id, now=visit.now
                )
            except Refused as refused:
                visit.flash(_(str(refused)), "warning")
    return visit.go(f"{BROADCASTS}/{visit.request.match_info['broadcast_id']}/review")


@allowed(Role.OFFICER)
async def give_up(visit: Visit) -> web.StreamResponse:
    """Drop one of which nothing was sent."""
    _ = visit.gettext
    async with visit.console.database.writing() as connection:
        row = await broadcast(visit, connection)
        try:
            staff_id = visit.viewer.staff_id
            async with approval_news.of_withdrawal(post_of(visit, connection), row.id, staff_id=staff_id):
                await confirming.cancel(connection, row.id, staff_id=staff_id, now=visit.now)
            visit.flash(_("Đã bỏ thông báo này, không ai nhận được gì."))
        except Refused as refused:
            visit.flash(_(str(refused)), "warning")
    return visit.go(f"{BROADCASTS}/{row.id}")


async def _is_hers(visit: Visit, connection: AsyncConnection, row: overview.Row) -> bool:
    """Whether she may write to everybody whom it names."""
    return all(
        [
            await path_in_sight(connection, visit.viewer, unit_id) is not None
            for unit_id in Audience.from_json(row.audience).unit_ids
        ]
    )


async def _planned(visit: Visit, connection: AsyncConnection, row: overview.Row) -> Planned:
    chosen = await timing_form.shown(visit, connection, row)
    found = await plan.plan(
        connection,
        row,
        chosen.due or visit.now,
        visit.console.policy,
        now=visit.now,
        limits=visit.console.limits,
        _=visit.gettext,
        joins=chosen.is_for_newcomers,
        foretelling=visit.console.foretelling,
    )
    if chosen.due is None:  # Without a moment there is no plan to agree to.
        found = replace(found, blockers=(*found.blockers, *dict.fromkeys(chosen.errors.values())))
    why, them = None, list[Approver]()
    if not found.blockers:
        why = await approval.why_needed(connection, row, found.people, visit.console.policy)
        them = await approval.approvers(connection, row, asked_by=visit.viewer.staff_id) if why else []
    return Planned(chosen, found, why, them)


async def _page(
    visit: Visit, connection: AsyncConnection, row: overview.Row, planned: Planned, *, warning: str = ""
) -> web.Response:
    draft = await steps.get(connection, row.id)
    context = {
        "broadcast": row,
        "whom": await _whom(visit, connection, row),
        "planned": planned,
        "plan": planned.plan,
        "timing": planned.timing,
        "callable": unreached.number(planned.plan.left_out),
        "budget": draft.budget,
        "returned": await approval.returned(connection, row.id),
        "preview": await preview_of(visit, connection, draft),
        **await goes_out.context(
            visit, connection, draft, people=planned.plan.people, joins=planned.timing.is_for_newcomers
        ),
        "warning": warning,
    }
    return visit.page(
        "broadcasts/review.html",
        context,
        block="confirmation",
        section=SECTION,
        status=422 if warning else 200,
    )


async def _channels(connection: AsyncConnection, row: approval.Row) -> list[overview.ChannelToChoose]:
    try:
        wanted = Audience.from_json(row.audience).channels
    except Refused:
        return []
    return [one for one in await overview.channels(connection) if one.channel in wanted]


async def preview_of(visit: Visit, connection: AsyncConnection, row: overview.Row) -> Preview:
    """An announcement's row as it arrives on each of its channels."""
    return await phone_preview.preview(
        connection,
        row.texts,
        Content.from_json(row.content),
        await _channels(connection, row),
        visit.console.limits,
        visit.gettext,
        unit_id=row.unit_id,
    )


async def _whom(visit: Visit, connection: AsyncConnection, row: overview.Row) -> list[str]:
    try:
        return await sentences.of_audience(connection, Audience.from_json(row.audience), visit.gettext)
    except Refused:
        return []


ROUTES = [
    web.get(BROADCASTS + "/{broadcast_id}/review", show_review),
    web.post(BROADCASTS + "/{broadcast_id}/review", confirm),
    web.post(BROADCASTS + "/{broadcast_id}/budget", set_budget),
    web.post(BROADCASTS + "/{broadcast_id}/give-up", give_up),
]
