"""OAuth v4: the page on which an OA's admin allows an app, and the endpoint that hands out token pairs."""

from __future__ import annotations

import html
from typing import TYPE_CHECKING
from urllib.parse import parse_qsl, urlencode, urlsplit

from aiohttp import web

from tests.emulators.parameters import JSON
from tests.emulators.zalo_oa.grants import PKCE
from tests.emulators.zalo_oa.refusals import Refused

if TYPE_CHECKING:
    from tests.emulators.zalo_oa.accounts import OA, App
    from tests.emulators.zalo_oa.world import World

_CHALLENGE_LENGTH = 43

_PAGE = """<!doctype html><html lang="vi"><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<link rel="icon" href="data:,"><title>Cấp quyền cho ứng dụng</title>
<style>body{{font:16px/1.5 system-ui,sans-serif;max-width:32rem;margin:3rem auto;padding:0 1rem}}
button{{font:inherit;display:block;width:100%;margin:.5rem 0;padding:.7rem;border:0;border-radius:.5rem;
background:#0068ff;color:#fff;cursor:pointer}}</style>
<h1>Zalo (giả lập)</h1>{content}</html>"""


def authorize_page(world: World, query: JSON) -> web.Response:
    """GET: asks which OA is granted; what is wrong with the address is said on the page."""
    try:
        app, _ = _check_address(world, query)
    except Refused as refused:
        return _page(f"<p>Yêu cầu không hợp lệ: <b>{refused.code}</b> {html.escape(refused.message)}</p>")
    buttons = "".join(
        f'<button name="oa_id" value="{oa.oa_id}">Cho phép {html.escape(oa.name)}</button>'
        for oa in world.oas.values()
    )
    fields = "".join(
        f'<input type="hidden" name="{html.escape(name)}" value="{html.escape(value)}">'
        for name, value in query.items()
    )
    return _page(
        f"<p>Ứng dụng <b>{app.app_id}</b> xin quyền thay mặt Official Account:</p>"
        f'<form method="post">{fields}{buttons}</form>'
    )


def approve(world: World, params: JSON) -> web.Response:
    """POST of that page: back to the app's address with a code."""
    oa = world.oas.get(str(params.pop("oa_id", "")))
    if oa is None:
        return _page("<p>Không có Official Account này.</p>")
    try:
        return web.Response(status=302, headers={"Location": approved_address(world, params, oa)})
    except Refused as refused:
        return _page(f"<p>Yêu cầu không hợp lệ: <b>{refused.code}</b></p>")


def approved_address(world: World, query: JSON, oa: OA) -> str:
    """Where the browser goes after the OA's admin allowed it. Raises Refused."""
    app, redirect_uri = _check_address(world, query)
    given = query.get("code_challenge", "")
    challenge = app.fixed_challenge if app.pkce is PKCE.FIXED else given
    code = world.grants.approve(app, oa, challenge)
    back = {"code": code.text, "oa_id": oa.oa_id}
    if "state" in query:
        back["state"] = query["state"]
    return redirect_uri + ("&" if urlsplit(redirect_uri).query else "?") + urlencode(back)


def read_address(address: str) -> JSON:
    """The query of an authorize address."""
    return dict(parse_qsl(urlsplit(address).query, keep_blank_values=True))


def _check_address(world: World, query: JSON) -> tuple[App, str]:
    app = world.apps.get(str(query.get("app_id", "")))
    if app is None or not app.is_active:
        raise Refused(-14002, "Invalid app id")
    redirect_uri = str(query.get("redirect_uri", ""))
    parts = urlsplit(redirect_uri)
    is_https = parts.scheme == "https" or parts.hostname in {"127.0.0.1", "localhost"}
    if not is_https or (app.callbacks and redirect_uri not in app.callbacks):
        raise Refused(-14003, "Invalid redirect uri")
    challenge = str(query.get("code_challenge", ""))
    if app.pkce is PKCE.PER_REQUEST and len(challenge) != _CHALLENGE_LENGTH:
        raise Refused(-14003, "Invalid code challenge")
    if app.pkce is PKCE.FIXED and challenge not in {"", app.fixed_challenge}:
        raise Refused(-14003, "Code challenge differs from the console's")
    return app, redirect_uri


def token(world: World, headers: JSON, params: JSON) -> JSON:
    """The token endpoint. Raises Refused; the codes beyond the vendor's few are our sources' guesses."""
    app = world.apps.get(str(params.get("app_id", "")))
    if app is None or not app.is_active:
        raise Refused(-14002, "Invalid app id")
    if headers.get("secret_key") != app.secret:
        raise Refused(-14002, "Invalid secret key")
    match params.get("grant_type"):
        case "authorization_code":
            pair = world.grants.exchange(
                app, str(params.get("code", "")), str(params.get("code_verifier", ""))
            )
        case "refresh_token":
            pair = world.grants.refresh(app, str(params.get("refresh_token", "")))
        case _:
            raise Refused(-14005, "Invalid grant type")
    world.changed()
    answer = {"access_token": pair.access_token, "refresh_token": pair.refresh_token, "expires_in": "90000"}
    if not pair.refresh_token:
        del answer["refresh_token"]
    if app.shows_refresh_expiry:
        answer["refresh_token_expires_in"] = "7776000"
    return answer


def _page(content: str) -> web.Response:
    return web.Response(text=_PAGE.format(content=content), content_type="text/html", charset="utf-8")
