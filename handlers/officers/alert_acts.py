"""What an officer does with an alert in the console: take it on, decline, hand it over, note, close, open it again."""

from collections.abc import Awaitable, Callable

from aiohttp import web

from bot.alerts import overview, taking
from bot.alerts.taking import Act
from bot.questions.post import Post
from bot.store.tables.people import Role
from handlers.officers import query
from handlers.officers.alerts import ALERTS, Typed, alert, page, unsettled_since, unsettled_words
from handlers.officers.permission import allowed
from handlers.officers.visit import Visit

_Does = Callable[[Post, int], Awaitable[Act]]


@allowed(Role.OFFICER)
async def take(visit: Visit) -> web.StreamResponse:
    return await _act(
        visit,
        lambda post, alert_id: taking.take(post, alert_id, staff_id=visit.viewer.staff_id),
        visit.gettext("Chị đã nhận. Những người khác được báo là đã có chị lo."),
    )


@allowed(Role.OFFICER)
async def decline(visit: Visit) -> web.StreamResponse:
    return await _act(
        visit,
        lambda post, alert_id: taking.decline(post, alert_id, staff_id=visit.viewer.staff_id),
        visit.gettext("Đã ghi là chị không nhận được. Những người khác vẫn được báo."),
    )


@allowed(Role.OFFICER)
async def hand_over(visit: Visit) -> web.StreamResponse:
    typed = Typed("hand-over", words=visit.field("words"), to_whom=visit.field("to") or visit.field("listed"))
    return await _act(
        visit,
        lambda post, alert_id: taking.hand_over(
            post, alert_id, staff_id=visit.viewer.staff_id, to_whom=typed.to_whom, words=typed.words
        ),
        visit.gettext("Đã ghi vào sổ bàn giao."),
        typed=typed,
        if_empty=visit.gettext("Chị ghi đã bàn giao cho ai."),
        if_past_local=visit.gettext(
            "Chưa ghi. Chị ấy dặn đừng cho cán bộ nơi chị ấy ở biết: người nhận có ở xã, ấp của chị ấy không? Chắc là chị ấy không ngại thì đánh dấu bên dưới rồi bấm lại."
        ),
    )


@allowed(Role.OFFICER)
async def note(visit: Visit) -> web.StreamResponse:
    typed = Typed("note", words=visit.field("words"))
    return await _act(
        visit,
        lambda post, alert_id: taking.note(post, alert_id, staff_id=visit.viewer.staff_id, words=typed.words),
        visit.gettext("Đã ghi."),
        typed=typed,
        if_empty=visit.gettext("Chị chưa ghi gì."),
    )


@allowed(Role.OFFICER)
async def close(visit: Visit) -> web.StreamResponse:
    """Only as she has seen it, and, where the woman's last words are unanswered or she is not safe, only if it is meant."""
    typed = Typed("close", words=visit.field("words"))
    return await _act(
        visit,
        lambda post, alert_id: taking.close(
            post, alert_id, staff_id=visit.viewer.staff_id, words=typed.words
        ),
        visit.gettext("Đã khép báo động này."),
        typed=typed,
        if_empty=visit.gettext("Chị ghi đã làm gì cho chị ấy, rồi mới khép."),
        as_seen=True,
    )


@allowed(Role.OFFICER)
async def reopen(visit: Visit) -> web.StreamResponse:
    return await _act(
        visit,
        lambda post, alert_id: taking.reopen(post, alert_id, staff_id=visit.viewer.staff_id),
        visit.gettext("Đã mở lại. Người trực được báo lần nữa."),
    )


async def _act(
    visit: Visit,
    does: _Does,
    said: str,
    *,
    typed: Typed | None = None,
    if_empty: str = "",
    as_seen: bool = False,
    if_past_local: str = "",
) -> web.StreamResponse:
    """Do it and show the alert again; where it could not be done, why, and what she typed."""
    _ = visit.gettext
    typed = typed or Typed()
    async with visit.console.database.writing() as connection:
        row = await alert(visit, connection)
        if as_seen and query.number(visit.field("seen")) != await overview.last_step(connection, row.id):
            typed.warning = _(
                "Vừa có điều mới nên chưa khép. Chị xem lại diễn biến bên dưới rồi quyết định tiếp."
            )
            typed.status = 409
            return await page(visit, connection, row, typed)
        last_at = await unsettled_since(connection, row) if as_seen and typed.words else None
        if last_at is not None and visit.field("sure") != last_at.isoformat():
            said = _("Chưa khép. {reason} Chị xem lại; chắc chắn thì đánh dấu bên dưới rồi bấm lại.")
            typed.warning = said.format(reason=unsettled_words(visit, row, last_at))
            typed.status = 422
            return await page(visit, connection, row, typed)
        if if_past_local and row.is_past_local and typed.to_whom and not visit.field("sure"):
            typed.warning, typed.status = if_past_local, 422
            return await page(visit, connection, row, typed)
        post = Post(connection, visit.console.outbox, visit.console.languages, visit.now)
        match await does(post, row.id):
            case Act.DONE:
                visit.flash(said)
            case Act.ALREADY:
                pass
            case Act.EMPTY:
                typed.error, typed.status = if_empty, 422
                return await page(visit, connection, row, typed)
            case Act.OTHERS:
                visit.flash(_("Báo động này vừa có người khác nhận."), "warning")
            case Act.OVER:
                visit.flash(_("Báo động này đã khép, hoặc chị ấy đã xóa thông tin của mình."), "warning")
            case Act.FORBIDDEN | Act.UNKNOWN:
                raise web.HTTPForbidden
    return visit.go(f"{ALERTS}/{row.id}")


_ACTS = {
    "take": take,
    "decline": decline,
    "hand-over": hand_over,
    "note": note,
    "close": close,
    "reopen": reopen,
}
ROUTES = [web.post(f"{ALERTS}/{{alert_id:\\d+}}/{name}", act) for name, act in _ACTS.items()]
