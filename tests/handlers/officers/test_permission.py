from aiohttp import web

from bot.store.tables.people import Role
from handlers.officers import frame
from handlers.officers.console import Console
from tests.handlers.officers.browser import Browser
from tests.handlers.officers.conftest import PASSWORD, Union

OPEN_TO_ALL = {
    ("GET", "/console/sign-in"),
    ("POST", "/console/sign-in"),
    ("GET", "/console/sign-in/{token}"),
    ("POST", "/console/sign-in/{token}"),
}


def test_every_route_says_who_may_and_only_signing_in_is_open() -> None:
    application = web.Application()
    application.add_routes(frame.routes())
    open_ones = set()
    for route in application.router.routes():
        assert hasattr(route.handler, "permission"), f"{route} has no permission"
        if route.handler.permission is None:
            assert route.resource
            open_ones.add((route.method, route.resource.canonical))
        else:
            assert route.handler.permission <= set(Role)
    assert {one for one in open_ones if one[0] != "HEAD"} == OPEN_TO_ALL


async def test_form_without_its_token_is_refused_with_a_page(browser: Browser, union: Union) -> None:
    await browser.sign_in("an", PASSWORD)
    for token in ("", "wrong"):
        page = await browser.send("/console/account/language", csrf=token, language="en")
        assert (page.status, "Trang đã mở quá lâu" in page) == (403, True)
    assert '<html lang="vi">' in (await browser.open("/console")).html


async def test_sign_in_form_without_its_token_is_refused(browser: Browser, union: Union) -> None:
    page = await browser.send("/console/sign-in", csrf="", login="an", password=PASSWORD)
    assert page.status == 403


async def test_token_of_another_browser_is_refused(browser: Browser, union: Union) -> None:
    stolen = (await browser.open("/console/sign-in")).csrf
    browser.client.session.cookie_jar.clear()
    page = await browser.send("/console/sign-in", csrf=stolen, login="an", password=PASSWORD)
    assert page.status == 403


async def test_token_may_come_in_the_header_that_htmx_sends(browser: Browser, union: Union) -> None:
    page = await browser.sign_in("an", PASSWORD)
    async with browser.client.post(
        "/console/account/language", data={"language": "en"}, headers={"X-CSRF-Token": page.csrf}
    ) as response:
        assert response.status == 200
        assert '<html lang="en">' in await response.text()


async def test_page_of_the_console_is_kept_by_no_cache(browser: Browser, union: Union) -> None:
    page = await browser.sign_in("an", PASSWORD)
    assert page.headers["Cache-Control"] == "no-store"


def test_console_over_https_keeps_its_cookie_there(console: Console) -> None:
    from dataclasses import replace

    from handlers.officers.session_storage import TableStorage

    published = replace(console, web_address="https://hoi.example")
    storage = TableStorage(published.database, published.clock, is_https=published.is_https)
    assert storage.cookie_params["secure"] is True
