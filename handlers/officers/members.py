"""The members of the officer's unit: finding one, her page, deciding about those who asked to join, the file."""

from collections.abc import AsyncIterator, Sequence

from aiohttp import web
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.people import acts, categories, roll, viewers
from bot.people.member_code import code_of
from bot.phone import display_phone
from bot.store.tables.people import MemberStatus, Role
from handlers.officers import csv_download, query, words
from handlers.officers.permission import allowed
from handlers.officers.templates import day
from handlers.officers.visit import Visit

MEMBERS = "/console/members"
_SECTION = "members"


@allowed(Role.OFFICER)
async def show_list(visit: Visit) -> web.StreamResponse:
    async with visit.console.database.reading() as connection:
        chosen = await _chosen(visit, connection)
        context = {
            "page": await roll.page(connection, visit.viewer, chosen, query.place(visit)),
            "total": await roll.count(connection, visit.viewer, chosen),
            "units": await viewers.units_to_choose(connection, visit.viewer),
            "chosen": chosen,
            "unit": visit.request.query.get("unit", ""),
            "query": query.again(visit),
        }
    return visit.page("members/list.html", context, block="results", section=_SECTION)


@allowed(Role.OFFICER)
async def search(visit: Visit) -> web.StreamResponse:
    return visit.go(f"{MEMBERS}?{query.from_form(visit, _SECTION, ('unit', 'status'))}")


@allowed(Role.OFFICER)
async def show_member(visit: Visit) -> web.StreamResponse:
    async with visit.console.database.reading() as connection:
        member = await _member(visit, connection)
        picked = await categories.chosen_by(connection, member.id)
        context = {
            "member": member,
            "code": code_of(member.id),
            "categories": visit.gettext("tất cả")
            if picked is None
            else "; ".join(name for key, name in visit.console.categories.items() if key in picked),
            "chats": await roll.chats_of(connection, member.id),
            "consents": await roll.consents_of(connection, member.id),
            "decisions": [status for status, before in roll.DECISIONS.items() if member.status in before],
        }
    return visit.page("members/member.html", context, section=_SECTION)


@allowed(Role.OFFICER)
async def decide(visit: Visit) -> web.StreamResponse:
    _ = visit.gettext
    status = query.choice(MemberStatus, visit.field("status"))
    async with visit.console.database.writing() as connection:
        member = await _member(visit, connection)
        if status is None or not await roll.decide(connection, member.id, status, now=visit.now):
            visit.flash(
                _("Chưa đổi được: tình trạng của hội viên vừa thay đổi. Chị xem lại giúp."), "warning"
            )
        else:
            await acts.record(
                connection, visit.viewer.staff_id, "member_decided", subject=f"member {member.id}", now=visit.now,
                status=str(status),
            )  # fmt: skip
            visit.flash(_("Đã lưu."))
    return visit.go(f"{MEMBERS}/{member.id}")


@allowed(Role.OFFICER)
async def export(visit: Visit) -> web.StreamResponse:
    _ = visit.gettext
    async with visit.console.database.writing() as connection:
        chosen = await _chosen(visit, connection)
        await acts.record(
            connection, visit.viewer.staff_id, "members_exported", now=visit.now,
            unit=chosen.unit_path or visit.viewer.unit_path, status=chosen.status, has_words=bool(chosen.words),
        )  # fmt: skip
    header = [
        _("Số"), _("Họ và tên"), _("Năm sinh"), _("Đơn vị"), _("Ấp, khóm"), _("Điện thoại"), _("Tình trạng"),
        _("Nhận thông báo"), _("Ngày đăng ký"),
    ]  # fmt: skip
    return await csv_download.stream(visit, "hoi-vien", header, _rows(visit, chosen))


async def _rows(visit: Visit, chosen: roll.Chosen) -> AsyncIterator[Sequence[Sequence[object]]]:
    _ = visit.gettext
    yes, no = _("có"), _("không")
    async for chunk in roll.chunks(visit.console.database, visit.viewer, chosen):
        yield [
            (
                row.id, row.full_name, row.birth_year, row.unit_name, row.hamlet, display_phone(row.phone or ""),
                _(words.STATUS[row.status]), yes if row.allows_announcements else no, day(row.created_at),
            )
            for row in chunk
        ]  # fmt: skip


async def _chosen(visit: Visit, connection: AsyncConnection) -> roll.Chosen:
    """What the list is asked for. A unit that is not hers to see counts as not chosen."""
    unit_id = query.number(visit.request.query.get("unit", ""))
    path = await viewers.path_in_sight(connection, visit.viewer, unit_id) if unit_id else None
    return roll.Chosen(
        words=query.words(visit, _SECTION),
        unit_path=path or "",
        status=query.choice(MemberStatus, visit.request.query.get("status", "")),
    )


async def _member(visit: Visit, connection: AsyncConnection) -> roll.Row:
    member_id = query.number(visit.request.match_info["member_id"])
    member = await roll.get(connection, visit.viewer, member_id) if member_id is not None else None
    if member is None:
        raise web.HTTPNotFound
    return member


ROUTES = [
    web.get(MEMBERS, show_list),
    web.post(MEMBERS, search),
    web.post(MEMBERS + "/export", export),
    web.get(MEMBERS + "/{member_id}", show_member),
    web.post(MEMBERS + "/{member_id}/status", decide),
]
