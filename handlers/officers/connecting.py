"""Connecting an account from the console: off to the platform's page, back with its yes, or by a pair pasted by hand."""

from collections.abc import Awaitable
from typing import cast

from aiohttp import web
from multidict import MultiMapping

from bot import accounts
from bot.channels.contract import Account, ConnectError, Connecting
from bot.people import acts
from bot.store.tables.people import Role
from handlers.officers.accounts import ACCOUNTS, SECTION, at_the_top
from handlers.officers.permission import allowed
from handlers.officers.standing import Light, standing_of
from handlers.officers.visit import CSRF_FIELD, Visit


@allowed(Role.OFFICER)
async def leave(visit: Visit) -> web.StreamResponse:
    """Send her to the platform. By a page and not by a redirect: our own policy lets no form lead to another site."""
    connecting = _connecting(visit)
    if missing := connecting.is_ready():
        visit.flash(visit.gettext(missing), "warning")
        return visit.go(ACCOUNTS)
    async with visit.console.database.writing() as connection:
        address = await connecting.begin(
            connection, staff_id=visit.viewer.staff_id, back=_back(visit), now=visit.now
        )
        await acts.record(
            connection, visit.viewer.staff_id, "account_connecting", now=visit.now, channel=_channel(visit)
        )
    context = {"title": connecting.title, "address": address}
    return visit.page("accounts/leave.html", context, section=SECTION)


@allowed(Role.OFFICER)
async def come_back(visit: Visit) -> web.StreamResponse:
    """She said yes at the platform, and it sent her here; the session's cookie comes along (SameSite=Lax)."""
    connecting = _connecting(visit)
    given = _fields(visit.request.query)
    if not given:  # The address was opened by hand.
        return visit.go(ACCOUNTS)
    brings_something = any(name.endswith("code") for name in given)
    # Without a state nothing proves that she began it here: somebody else may have led her to this address.
    if brings_something and "state" not in given:
        context = {"title": connecting.title, "given": given, "channel": _channel(visit)}
        return visit.page("accounts/confirm.html", context, section=SECTION)
    return await _finish(visit, connecting, given)


@allowed(Role.OFFICER)
async def confirm_coming_back(visit: Visit) -> web.StreamResponse:
    connecting = _connecting(visit)
    given = _fields(cast("MultiMapping[str]", visit.form))
    return await _finish(visit, connecting, given)


@allowed(Role.OFFICER)
async def paste(visit: Visit) -> web.StreamResponse:
    """Take a first pair of tokens. They are never shown again, also not when something is wrong with them."""
    connecting = _connecting(visit)
    access, refresh = visit.field("access_token"), visit.field("refresh_token")
    if not access or not refresh:
        visit.flash(visit.gettext("Chị dán đủ hai mã rồi bấm nút nhé."), "warning")
        return visit.go(ACCOUNTS)
    pasted = connecting.paste(access, refresh, staff_id=visit.viewer.staff_id, now=visit.now)
    return await _connected(visit, pasted, how="paste")


async def _finish(visit: Visit, connecting: Connecting, given: dict[str, str]) -> web.StreamResponse:
    finished = connecting.finish(given, staff_id=visit.viewer.staff_id, back=_back(visit), now=visit.now)
    return await _connected(visit, finished, how="consent")


async def _connected(visit: Visit, connected: Awaitable[Account], *, how: str) -> web.StreamResponse:
    try:
        account = await connected
    except ConnectError as error:
        visit.flash(visit.gettext(error.sentence), "danger")
        return visit.go(ACCOUNTS)
    async with visit.console.database.writing() as connection:
        await acts.record(
            connection, visit.viewer.staff_id, "account_connected", now=visit.now,
            subject=f"account {account.account_id}", how=how,
        )  # fmt: skip
        row = await accounts.get(connection, account.account_id)
        standing = standing_of(visit, row, await accounts.heard(connection)) if row else None
    if standing is None or standing.light is Light.WORKS:
        visit.flash(visit.gettext("Đã kết nối %s. Trợ lý bắt đầu nhận và gửi tin ở đây.") % account.name)
    else:
        said = visit.gettext("Đã kết nối %s.") % account.name
        visit.flash(f"{said} {standing.sentence}", "warning")
    return visit.go(f"{ACCOUNTS}/{account.account_id}")


def _connecting(visit: Visit) -> Connecting:
    at_the_top(visit)
    platform = visit.console.platforms.get(_channel(visit))
    if platform is None or platform.connecting is None:
        raise web.HTTPNotFound
    return platform.connecting


def _channel(visit: Visit) -> str:
    return visit.request.match_info["channel"]


def _back(visit: Visit) -> str:
    return f"{visit.console.web_address}{ACCOUNTS}/{_channel(visit)}/connected"


def _fields(given: MultiMapping[str]) -> dict[str, str]:
    return {name: value for name, value in given.items() if isinstance(value, str) and name != CSRF_FIELD}


_ONE = ACCOUNTS + "/{channel:[a-z_]+}"
ROUTES = [
    web.post(_ONE + "/connect", leave),
    web.get(_ONE + "/connected", come_back),
    web.post(_ONE + "/connected", confirm_coming_back),
    web.post(_ONE + "/paste", paste),
]
