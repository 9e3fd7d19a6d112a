"""The results of a sending by unit, and the whole of it as a spreadsheet."""

from collections.abc import AsyncIterator, Callable, Sequence
from datetime import datetime
from functools import partial

from aiohttp import web

from bot.people import acts
from bot.store.tables.broadcasts import DeliveryState, Route
from bot.store.tables.people import Role, UnitLevel
from broadcasts import overview, recipients, unit_results
from broadcasts.unit_results import COMMUNES, Figures, UnitResult
from handlers.officers import chosen_run, goes_out, run_page, words, xlsx
from handlers.officers.broadcasts import BROADCASTS, SECTION
from handlers.officers.permission import allowed
from handlers.officers.templates import channel, moment
from handlers.officers.visit import Visit
from handlers.officers.xlsx import Sheet

_BRANCHES = (*COMMUNES, UnitLevel.BRANCH)
_OPEN = (DeliveryState.PLANNED, DeliveryState.CLAIMED)


@allowed(Role.OFFICER)
async def by_unit(visit: Visit) -> web.StreamResponse:
    by_branch = visit.request.query.get("by") == "branch"
    async with visit.console.database.reading() as connection:
        chosen, run = await chosen_run.with_run(visit, connection)
        found = await unit_results.of_run(
            connection, run.id, visit.viewer, levels=_BRANCHES if by_branch else COMMUNES
        )
    whole = Figures()
    for one in found:
        whole.add(one.figures)
    context = {
        "broadcast": chosen.broadcast,
        "run": run,
        "here": chosen.here,
        "results": found,
        "whole": whole,
        "by_branch": by_branch,
        "clicks": goes_out.clicks_of(visit, run.texts, run_page.content_of(run)),
    }
    return visit.page("broadcasts/units.html", context, block="units", section=SECTION)


@allowed(Role.OFFICER)
async def export(visit: Visit) -> web.StreamResponse:
    """Báo cáo: one sheet by commune, one by branch, one of the people by name, and one of the posts where there are any."""
    _ = visit.gettext
    async with visit.console.database.writing() as connection:
        chosen, run = await chosen_run.with_run(visit, connection)
        await acts.record(
            connection, visit.viewer.staff_id, "run_exported", now=visit.now, subject=f"run {run.id}"
        )
    async with visit.console.database.reading() as connection:
        communes = await unit_results.of_run(connection, run.id, visit.viewer)
        branches = await unit_results.of_run(connection, run.id, visit.viewer, levels=_BRANCHES)
        posts = await recipients.posts(connection, run.id)
    header = [
        _("Đơn vị"), _("Thuộc"), _("Người nhận"), _("Đã gửi"), _("Chờ gửi"), _("Không gửi được"),
        _("Chưa chắc đã tới"), _("Bỏ qua"), _("Đã trả lời"), _("Có nhắn lại"), _("Đã bấm liên kết"),
    ]  # fmt: skip
    sheets = [
        Sheet(_("Theo xã, phường"), header, _once(_unit_rows(visit, communes))),
        Sheet(_("Theo chi hội"), header, _once(_unit_rows(visit, branches))),
        Sheet(
            _("Từng người"),
            [
                _("Họ và tên"), _("Đơn vị"), _("Kênh"), _("Cách gửi"), _("Kết quả"), _("Vì sao"), _("Gửi lúc"), _("Trả lời"),
                _("Trả lời lúc"), _("Nhắn lại lúc"), _("Lời nhắn lại"), _("Bấm liên kết lúc"),
            ],
            _people(visit, run),
        ),
    ]  # fmt: skip
    if posts:
        columns = [
            _("Nơi đăng"),
            _("Tài khoản"),
            _("Cách gửi"),
            _("Kết quả"),
            _("Vì sao"),
            _("Đăng lúc"),
            _("Lượt bấm liên kết"),
        ]
        sheets.append(Sheet(_("Bài đăng"), columns, _once([_post(visit, run, post) for post in posts])))
    return await xlsx.stream_sheets(visit, f"ket-qua-thong-bao-{chosen.broadcast.id}", sheets)


def _unit_rows(visit: Visit, found: Sequence[UnitResult]) -> list[list[object]]:
    unknown = visit.gettext("chưa rõ đơn vị")
    return [
        [
            one.name or unknown, one.above, one.figures.total, one.figures.of(DeliveryState.SENT), one.figures.of(*_OPEN),
            one.figures.of(DeliveryState.FAILED), one.figures.of(DeliveryState.UNCERTAIN), one.figures.of(DeliveryState.SKIPPED),
            one.figures.answered, one.figures.replied, one.figures.clicked,
        ]
        for one in found
    ]  # fmt: skip


async def _once(rows: Sequence[Sequence[object]]) -> AsyncIterator[Sequence[Sequence[object]]]:
    yield rows


async def _people(visit: Visit, run: overview.Row) -> AsyncIterator[Sequence[Sequence[object]]]:
    label = partial(run_page.label, run_page.content_of(run))
    async for rows in recipients.chunks(visit.console.database, run.id, visit.viewer):
        yield [_person(visit, row, label) for row in rows]


def _person(visit: Visit, row: recipients.Row, label: Callable[[int], str]) -> list[object]:
    _ = visit.gettext
    return [
        row.full_name, row.unit_name, channel(row.channel), _(words.ROUTE[Route(row.route)]), _(words.DELIVERY[row.state]),
        run_page.why(visit, row.code) if row.code else "", _at(row.sent_at), label(row.answer) if row.answer else "",
        _at(row.answered_at), _at(row.replied_at), row.reply or "", _at(row.clicked_at),
    ]  # fmt: skip


def _post(visit: Visit, run: overview.Row, row: recipients.Row) -> list[object]:
    _ = visit.gettext
    content = run_page.content_of(run)
    is_counted = content.counts_clicks and row.route is Route.GROUP
    return [
        run_page.post_name(content, row), row.account_name, _(words.ROUTE[row.route]), _(words.DELIVERY[row.state]),
        run_page.why(visit, row.code) if row.code else "", _at(row.sent_at), row.clicks if is_counted else "",
    ]  # fmt: skip


def _at(value: datetime | None) -> str:
    return moment(value) if value else ""


ROUTES = [
    web.get(BROADCASTS + "/{broadcast_id}/units", by_unit),
    web.post(BROADCASTS + "/{broadcast_id}/export", export),
]
