"""Signing in: by login and password, or by a link that works once."""

import re
from datetime import timedelta

import aiohttp_session
from aiohttp import web

from bot.people import access, sessions
from bot.web.client_address import client_address
from handlers.officers.permission import PASSWORD, SIGN_IN, open_to_all
from handlers.officers.visit import Visit

TODAY = "/console"
_OURS = re.compile(r"/console(?:[/?][!-~]*)?")  # No other site, whatever follows.
_LONGEST_ADDRESS = 1000


@open_to_all
async def show_form(visit: Visit) -> web.StreamResponse:
    if visit.signed_in is not None:
        return visit.go(_next(visit))
    return _form(visit)


@open_to_all
async def take_form(visit: Visit) -> web.StreamResponse:
    _ = visit.gettext
    login, password = visit.field("login"), str(visit.form.get("password", ""))
    attempts, address = visit.console.attempts, client_address(visit.request)
    known_as = access.login_form(login)[:60]
    wait = attempts.wait(known_as, address, now=visit.now)
    if wait:
        return _form(visit, login=login, error=_too_often(visit, wait), status=429)
    async with visit.console.database.reading() as connection:
        found = await access.find_login(connection, known_as)
    if (
        not await visit.console.passwords.is_right(found.password_hash if found else None, password)
        or found is None
    ):
        attempts.failed(known_as, address, now=visit.now)
        error = _("Tên đăng nhập hoặc mật khẩu chưa đúng. Chị xem lại rồi nhập lần nữa nhé.")
        return _form(visit, login=login, error=error, status=422)
    attempts.succeeded(known_as)
    if visit.console.passwords.is_outdated(found.password_hash or ""):
        stronger = await visit.console.passwords.make_hash(password)
        async with visit.console.database.writing() as connection:
            await access.set_password_hash(connection, found.id, stronger)
    next_page = _next(visit)
    await begin_session(visit, found.id)
    return visit.go(next_page)


@open_to_all
async def show_link(visit: Visit) -> web.StreamResponse:
    """Only asks: chat apps open links by themselves to show a preview, and must not use this one up."""
    async with visit.console.database.reading() as connection:
        is_good = await access.is_link_good(connection, visit.request.match_info["token"], now=visit.now)
    return visit.page("sign_in/link.html", {"is_good": is_good}, status=200 if is_good else 410)


@open_to_all
async def use_link(visit: Visit) -> web.StreamResponse:
    async with visit.console.database.writing() as connection:
        staff_id = await access.use_link(connection, visit.request.match_info["token"], now=visit.now)
    if staff_id is None:
        return visit.page("sign_in/link.html", {"is_good": False}, status=410)
    # Who came by a link may have forgotten the old password: the page does not ask for it.
    await begin_session(visit, staff_id, came_by_link=True)
    return visit.go(PASSWORD)


async def begin_session(visit: Visit, staff_id: int, *, came_by_link: bool = False) -> None:
    """A session of her own under a new token, so that one that was planted before is worth nothing."""
    if not visit.session.new and visit.session.identity:
        async with visit.console.database.writing() as connection:
            await sessions.end(connection, visit.session.identity, now=visit.now)
    session = await aiohttp_session.new_session(visit.request)
    session["staff_id"] = staff_id
    if came_by_link:
        session["came_by_link"] = True
    visit.session = session


def _next(visit: Visit) -> str:
    """Where she was when she had to sign in; only ever a page of the console."""
    wanted = visit.request.query.get("next", "")
    return wanted if len(wanted) <= _LONGEST_ADDRESS and _OURS.fullmatch(wanted) else TODAY


def _form(visit: Visit, *, login: str = "", error: str = "", status: int = 200) -> web.Response:
    return visit.page("sign_in/form.html", {"login": login, "error": error}, status=status)


def _too_often(visit: Visit, wait: timedelta) -> str:
    minutes = -(-wait // timedelta(minutes=1))
    sentence = visit.translations.ngettext(
        "Đã nhập sai nhiều lần. Chị đợi %d phút rồi thử lại nhé.",
        "Đã nhập sai nhiều lần. Chị đợi %d phút rồi thử lại nhé.",
        minutes,
    )
    return sentence % minutes


ROUTES = [
    web.get(SIGN_IN, show_form),
    web.post(SIGN_IN, take_form),
    web.get(SIGN_IN + "/{token}", show_link),
    web.post(SIGN_IN + "/{token}", use_link),
]
