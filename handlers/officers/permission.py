"""Who may open a page: a decorator on every handler of the console.

It also is the one place where a visit begins: it finds out who looks, checks that a form came from a page of ours, and
answers what is not found or not allowed with a page of the console.
"""

from collections.abc import Awaitable, Callable
from functools import wraps
from typing import Protocol, cast
from urllib.parse import urlencode

from aiohttp import web
from aiohttp_session import get_session

from bot.alerts import overview
from bot.languages import DEFAULT
from bot.people.viewers import Viewer, viewer
from bot.store.tables.people import Role
from handlers.officers.console import CONSOLE
from handlers.officers.templates import LANGUAGES
from handlers.officers.visit import Visit, is_htmx

SIGN_IN = "/console/sign-in"
PASSWORD = "/console/password"  # noqa: S105 - the page's address
_SAFE = {"GET", "HEAD"}

Page = Callable[[Visit], Awaitable[web.StreamResponse]]
Roles = frozenset[Role] | None
"""Who may: staff with one of these roles, or anybody."""


_UPLOAD = 1024**2  # Beside the file itself: the fields of its form.


class PermittedHandler(Protocol):
    permission: Roles

    def __call__(self, request: web.Request) -> Awaitable[web.StreamResponse]: ...


def allowed(*roles: Role, most_mb: int = 0) -> Callable[[Page], PermittedHandler]:
    """Only signed-in staff with one of these roles. `most_mb` is how large a file its form may bring."""
    return _guarded(frozenset(roles), most_mb)


def open_to_all(page: Page) -> PermittedHandler:
    """Also people who are not signed in."""
    return _guarded(None)(page)


def _guarded(roles: Roles, most_mb: int = 0) -> Callable[[Page], PermittedHandler]:
    def decorate(page: Page) -> PermittedHandler:
        @wraps(page)
        async def handle(request: web.Request) -> web.StreamResponse:
            visit = await _begin(request)
            if roles is not None and (refusal := _refusal(visit, roles)):
                return refusal
            if request.method not in _SAFE and not await _read_form(visit, most_mb):
                return visit.page("refused.html", {"why": "too_large", "most_mb": most_mb or 1}, status=413)
            if request.method not in _SAFE and not visit.is_csrf_safe():
                return visit.page("refused.html", {"why": "stale"}, status=403)
            try:
                return await page(visit)
            except web.HTTPNotFound:
                return visit.page("refused.html", {"why": "missing"}, status=404)
            except web.HTTPForbidden:
                return visit.page("refused.html", {"why": "forbidden"}, status=403)
            finally:
                for value in visit.form.values():
                    if isinstance(value, web.FileField):
                        value.file.close()

        handler = cast("PermittedHandler", handle)
        handler.permission = roles
        return handler

    return decorate


async def _begin(request: web.Request) -> Visit:
    console = request.app[CONSOLE]
    session = await get_session(request)
    signed_in: Viewer | None = None
    alarm = None
    if "staff_id" in session:
        async with console.database.reading() as connection:
            signed_in = await viewer(connection, session["staff_id"])
            alarm = await overview.waiting(connection, signed_in) if signed_in else None
    asked_for = signed_in.language if signed_in else request.query.get("lang", DEFAULT)
    return Visit(
        request=request,
        console=console,
        session=session,
        now=console.clock(),
        language=asked_for if asked_for in LANGUAGES else DEFAULT,
        signed_in=signed_in,
        form={},
        alarm=alarm,
    )


async def _read_form(visit: Visit, most_mb: int) -> bool:
    """Only when it is known who sends it. False: it is larger than this page takes."""
    request = visit.request
    sized = request.clone(client_max_size=most_mb * 1024**2 + _UPLOAD) if most_mb else request
    try:
        visit.form = await sized.post()
    except web.HTTPRequestEntityTooLarge:
        return False
    return True


def _refusal(visit: Visit, roles: frozenset[Role]) -> web.Response | None:
    if visit.signed_in is None:
        return _to_sign_in(visit)
    if visit.signed_in.role not in roles:
        return visit.page("refused.html", {"why": "forbidden"}, status=403)
    if not visit.signed_in.has_password and visit.request.path != PASSWORD:
        if is_htmx(visit.request):  # A part of a page must not become that page: it is left as it is.
            return web.Response(status=204)
        return visit.go(PASSWORD)
    return None


def _to_sign_in(visit: Visit) -> web.Response:
    if is_htmx(visit.request):  # She may be writing on that page: it stays, and says what to do.
        return web.Response(status=401)
    if visit.request.method not in _SAFE or visit.request.path_qs == "/console":
        return visit.go(SIGN_IN)
    return visit.go(f"{SIGN_IN}?{urlencode({'next': visit.request.path_qs})}")
