"""The staff of the officer's unit: who they are, their desks, and how each comes in."""

from collections.abc import Sequence
from dataclasses import dataclass

from aiohttp import web
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.channels import account_rows
from bot.people import access, acts, roster, staff, viewers
from bot.questions.post import Post
from bot.questions.undelivered import desk_lost
from bot.store.tables.people import Role
from handlers.officers import query
from handlers.officers.permission import SIGN_IN, allowed
from handlers.officers.qr_code import as_picture
from handlers.officers.visit import Visit

STAFF = "/console/staff"
_SECTION = "staff"


@dataclass(frozen=True, slots=True)
class _FoundByName:
    """An account in whose chat the code has to be typed. `link` opens the chat, and `picture` is its QR code; "" for none."""

    name: str
    app: str
    link: str
    picture: str


@allowed(Role.OFFICER)
async def show_list(visit: Visit) -> web.StreamResponse:
    unit_id = query.number(visit.request.query.get("unit", ""))
    async with visit.console.database.reading() as connection:
        path = await viewers.path_in_sight(connection, visit.viewer, unit_id) if unit_id else None
        context = {
            "page": await roster.page(connection, visit.viewer, path or "", query.place(visit)),
            "units": await viewers.units_to_choose(connection, visit.viewer),
            "unit": visit.request.query.get("unit", ""),
            "query": query.again(visit),
        }
    return visit.page("staff/list.html", context, block="results", section=_SECTION)


@allowed(Role.OFFICER)
async def show_person(visit: Visit) -> web.StreamResponse:
    async with visit.console.database.reading() as connection:
        person = await _person(visit, connection)
        chats = await roster.chats_of(connection, person.id)
    return visit.page("staff/person.html", {"person": person, "chats": chats}, section=_SECTION)


@allowed(Role.OFFICER)
async def change_desk(visit: Visit) -> web.StreamResponse:
    takes = visit.field("takes") == "1"
    async with visit.console.database.writing() as connection:
        person = await _person(visit, connection)
        await staff.set_takes_questions(connection, person.id, takes)
        moved = 0 if takes else await desk_lost(_post(visit, connection), person.id)
        await _record(visit, connection, "desk_opened" if takes else "desk_closed", person.id)
    _flash_with_moved(visit, moved)
    return visit.go(f"{STAFF}/{person.id}")


@allowed(Role.OFFICER)
async def change_duty(visit: Visit) -> web.StreamResponse:
    """Whether she is told of words of danger, day and night."""
    takes = visit.field("takes") == "1"
    async with visit.console.database.writing() as connection:
        person = await _active_person(visit, connection)
        await staff.set_takes_alerts(connection, person.id, takes)
        await _record(visit, connection, "duty_opened" if takes else "duty_closed", person.id)
    visit.flash(visit.gettext("Đã lưu."))
    return visit.go(f"{STAFF}/{person.id}")


@allowed(Role.OFFICER)
async def deactivate(visit: Visit) -> web.StreamResponse:
    async with visit.console.database.writing() as connection:
        person = await _person(visit, connection)
        if person.id == visit.viewer.staff_id:
            raise web.HTTPForbidden  # Else the last officer could lock everybody out, herself first.
        await staff.deactivate(connection, person.id, now=visit.now)
        moved = await desk_lost(_post(visit, connection), person.id)
        await _record(visit, connection, "staff_deactivated", person.id)
    _flash_with_moved(visit, moved)
    return visit.go(f"{STAFF}/{person.id}")


@allowed(Role.OFFICER)
async def reactivate(visit: Visit) -> web.StreamResponse:
    async with visit.console.database.writing() as connection:
        person = await _person(visit, connection)
        await roster.reactivate(connection, person.id)
        await _record(visit, connection, "staff_reactivated", person.id)
    visit.flash(visit.gettext("Đã lưu."))
    return visit.go(f"{STAFF}/{person.id}")


@allowed(Role.OFFICER)
async def give_code(visit: Visit) -> web.StreamResponse:
    """Show a new code. This answer is the only place where it ever stands."""
    async with visit.console.database.writing() as connection:
        person = await _active_person(visit, connection)
        code = await staff.give_join_code(connection, person.id, visit.now)
        await _record(visit, connection, "join_code_given", person.id)
        links = visit.console.chat_link(code.replace("-", ""))
        others = await account_rows.named(connection, visit.console.limits, except_channels=links)
    by_name = [
        _found_by_name(visit, account.channel, account.external_id, account.name) for account in others
    ]
    ways = [(channel, link, as_picture(link)) for channel, link in sorted(links.items())]
    context = {
        "person": person,
        "code": code,
        "ways": ways,
        "by_name": by_name,
        "any_of_them": _either(visit, [account.name for account in by_name]),
        # No address says the code in these chats: what the phone reads is the code itself, to be pasted there.
        "code_picture": as_picture(code) if by_name else "",
        "until": visit.now + staff.CODE_LIFETIME,
    }
    return visit.page("staff/code.html", context, section=_SECTION)


@allowed(Role.OFFICER)
async def give_link(visit: Visit) -> web.StreamResponse:
    """Show a new sign-in link. This answer is the only place where it ever stands."""
    async with visit.console.database.writing() as connection:
        person = await _active_person(visit, connection)
        if person.login is None:
            raise web.HTTPNotFound
        token = await access.make_link(connection, person.id, now=visit.now)
        await _record(visit, connection, "sign_in_link_given", person.id)
    context = {
        "person": person,
        "link": f"{visit.console.web_address}{SIGN_IN}/{token}",
        "until": visit.now + access.LINK_LIFETIME,
    }
    return visit.page("staff/link.html", context, section=_SECTION)


def _found_by_name(visit: Visit, channel: str, external_id: str, name: str) -> _FoundByName:
    platform = visit.console.platforms.get(channel)
    link = platform.link(external_id) if platform else ""
    # A channel is called after its app first: people look for a bot or a page of Zalo in Zalo.
    return _FoundByName(name, channel.partition("_")[0].capitalize(), link, as_picture(link) if link else "")


def _either(visit: Visit, names: Sequence[str]) -> str:
    *most, last = names or [""]
    return visit.gettext("%(some)s hoặc %(last)s") % {"some": ", ".join(most), "last": last} if most else last


async def _person(visit: Visit, connection: AsyncConnection) -> roster.Row:
    staff_id = query.number(visit.request.match_info["staff_id"])
    person = await roster.get(connection, visit.viewer, staff_id) if staff_id is not None else None
    if person is None:
        raise web.HTTPNotFound
    return person


async def _active_person(visit: Visit, connection: AsyncConnection) -> roster.Row:
    person = await _person(visit, connection)
    if not person.is_active:
        raise web.HTTPForbidden
    return person


def _post(visit: Visit, connection: AsyncConnection) -> Post:
    return Post(connection, visit.console.outbox, visit.console.languages, visit.now)


async def _record(visit: Visit, connection: AsyncConnection, act: str, staff_id: int) -> None:
    await acts.record(connection, visit.viewer.staff_id, act, subject=f"staff {staff_id}", now=visit.now)


def _flash_with_moved(visit: Visit, moved: int) -> None:
    saved = visit.gettext("Đã lưu.")
    if moved:
        sentence = visit.translations.ngettext(
            "%d câu hỏi đang chờ đã được chuyển sang nơi khác.",
            "%d câu hỏi đang chờ đã được chuyển sang nơi khác.",
            moved,
        )
        saved = f"{saved} {sentence % moved}"
    visit.flash(saved)


ROUTES = [
    web.get(STAFF, show_list),
    web.get(STAFF + r"/{staff_id:\d+}", show_person),
    web.post(STAFF + r"/{staff_id:\d+}/desk", change_desk),
    web.post(STAFF + r"/{staff_id:\d+}/duty", change_duty),
    web.post(STAFF + r"/{staff_id:\d+}/deactivate", deactivate),
    web.post(STAFF + r"/{staff_id:\d+}/reactivate", reactivate),
    web.post(STAFF + r"/{staff_id:\d+}/code", give_code),
    web.post(STAFF + r"/{staff_id:\d+}/link", give_link),
]
