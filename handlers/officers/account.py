"""A staff member's own page: password, language, where she is signed in, signing out."""

from aiohttp import web

from bot import text
from bot.people import access, acts, sessions, staff
from bot.people.passwords import MAX_LENGTH, MIN_LENGTH, is_acceptable
from bot.people.secret_tokens import kept_form
from bot.store.tables.people import Role
from handlers.officers.permission import PASSWORD, SIGN_IN, allowed
from handlers.officers.templates import LANGUAGES
from handlers.officers.visit import Visit

ACCOUNT = "/console/account"
_NAME_LENGTH = 100


@allowed(Role.OFFICER)
async def show_account(visit: Visit) -> web.StreamResponse:
    async with visit.console.database.reading() as connection:
        open_ones = await sessions.open_ones_of(connection, visit.viewer.staff_id, now=visit.now)
    return visit.page(
        "account/account.html",
        {"open_ones": open_ones, "this_one": kept_form(visit.session.identity or "")},
        section="account",
    )


@allowed(Role.OFFICER)
async def show_password(visit: Visit) -> web.StreamResponse:
    return _password_form(visit)


@allowed(Role.OFFICER)
async def take_password(visit: Visit) -> web.StreamResponse:
    _ = visit.gettext
    console, viewer = visit.console, visit.viewer
    new, again = str(visit.form.get("new", "")), str(visit.form.get("again", ""))
    if _asks_old_one(visit):
        async with console.database.reading() as connection:
            found = await access.find_login(connection, viewer.login)
        asker = f"staff {viewer.staff_id}"
        wait = console.attempts.wait(viewer.login, asker, now=visit.now)
        is_right = not wait and await console.passwords.is_right(
            found.password_hash if found else None, str(visit.form.get("old", ""))
        )
        if not is_right:
            console.attempts.failed(viewer.login, asker, now=visit.now)
            return _password_form(visit, old=_("Mật khẩu đang dùng chưa đúng."))
    if not is_acceptable(new):
        sentence = _("Mật khẩu cần từ %(least)d đến %(most)d ký tự.") % {
            "least": MIN_LENGTH,
            "most": MAX_LENGTH,
        }
        return _password_form(visit, new=sentence)
    if new != again:
        return _password_form(visit, again=_("Hai lần nhập chưa giống nhau."))
    password_hash = await console.passwords.make_hash(new)
    async with console.database.writing() as connection:
        await access.set_password_hash(connection, viewer.staff_id, password_hash)
        await sessions.end_all_of(connection, viewer.staff_id, now=visit.now, but=visit.session.identity)
        await acts.record(connection, viewer.staff_id, "password_set", now=visit.now)
    visit.session.pop("came_by_link", None)
    visit.flash(
        _("Đã lưu mật khẩu mới. Những máy khác đã được đăng xuất.")
        if viewer.has_password
        else _("Đã lưu mật khẩu của chị.")
    )
    return visit.go("/console")


@allowed(Role.OFFICER)
async def change_name(visit: Visit) -> web.StreamResponse:
    """Her own: the one that colleagues read, and that announcements sent to her as a trial greet her by."""
    _ = visit.gettext
    name = " ".join(text.clean(visit.field("name")).split())
    if not name:
        visit.flash(_("Chị nhập họ và tên."), "warning")
    elif len(name) > _NAME_LENGTH:
        visit.flash(_("Họ và tên dài quá %d ký tự.") % _NAME_LENGTH, "warning")
    else:
        async with visit.console.database.writing() as connection:
            await staff.set_name(connection, visit.viewer.staff_id, name)
            await acts.record(connection, visit.viewer.staff_id, "own_name_set", now=visit.now)
        visit.flash(_("Đã lưu."))
    return visit.go(ACCOUNT)


@allowed(Role.OFFICER)
async def change_language(visit: Visit) -> web.StreamResponse:
    if (language := visit.field("language")) in LANGUAGES:
        async with visit.console.database.writing() as connection:
            await staff.set_language(connection, visit.viewer.staff_id, language)
    return visit.go(ACCOUNT)


@allowed(Role.OFFICER)
async def end_others(visit: Visit) -> web.StreamResponse:
    async with visit.console.database.writing() as connection:
        await sessions.end_all_of(
            connection, visit.viewer.staff_id, now=visit.now, but=visit.session.identity
        )
    visit.flash(visit.gettext("Đã đăng xuất khỏi các máy khác."))
    return visit.go(ACCOUNT)


@allowed(Role.OFFICER)
async def show_session(visit: Visit) -> web.StreamResponse:
    """Whose it is and what its forms carry, for a page that was open when the session before it ended."""
    return web.json_response({"who": visit.viewer.staff_id, "csrf": visit.csrf_token})


@allowed(Role.OFFICER)
async def sign_out(visit: Visit) -> web.StreamResponse:
    visit.session.invalidate()
    return visit.go(SIGN_IN)


def _asks_old_one(visit: Visit) -> bool:
    return visit.viewer.has_password and "came_by_link" not in visit.session


def _password_form(visit: Visit, **errors: str) -> web.Response:
    return visit.page(
        "account/password.html",
        {"errors": errors, "asks_old_one": _asks_old_one(visit), "least": MIN_LENGTH, "most": MAX_LENGTH},
        section="account",
        status=422 if errors else 200,
    )


ROUTES = [
    web.get(ACCOUNT, show_account),
    web.post(ACCOUNT + "/name", change_name),
    web.post(ACCOUNT + "/language", change_language),
    web.post(ACCOUNT + "/sign-out-others", end_others),
    web.get(PASSWORD, show_password),
    web.post(PASSWORD, take_password),
    web.get("/console/session", show_session),
    web.post("/console/sign-out", sign_out),
]
