import json
from datetime import timedelta
from urllib.parse import urlencode

import pytest
import sqlalchemy as sa

from bot.store.database import Database
from bot.store.tables import staff
from tests.conftest import MovingClock
from tests.handlers.officers.browser import Browser
from tests.handlers.officers.conftest import PASSWORD, NewBrowser, Union


async def test_session_ends_after_twelve_idle_hours(
    browser: Browser, union: Union, clock: MovingClock
) -> None:
    await browser.sign_in("an", PASSWORD)
    clock.move(timedelta(hours=11))
    assert (await browser.open("/console")).path == "/console"
    clock.move(timedelta(hours=11))
    assert (await browser.open("/console")).path == "/console"
    clock.move(timedelta(hours=12))
    assert (await browser.open("/console")).path == "/console/sign-in"


async def test_session_ends_after_seven_days_however_busy_she_is(
    browser: Browser, union: Union, clock: MovingClock
) -> None:
    await browser.sign_in("an", PASSWORD)
    for _ in range(20):
        clock.move(timedelta(hours=8))
        assert (await browser.open("/console")).path == "/console"
    clock.move(timedelta(hours=8))
    assert (await browser.open("/console")).path == "/console/sign-in"


async def test_page_that_refreshes_itself_does_not_keep_the_session_open(
    browser: Browser, union: Union, clock: MovingClock
) -> None:
    await browser.sign_in("an", PASSWORD)
    clock.move(timedelta(hours=11))
    await browser.open("/console", headers={"HX-Request": "true", "X-Refresh": "1"})
    clock.move(timedelta(hours=2))
    assert (await browser.open("/console")).path == "/console/sign-in"


async def test_signing_out_ends_the_session_on_the_server(browser: Browser, union: Union) -> None:
    await browser.sign_in("an", PASSWORD)
    cookie = next(iter(browser.client.session.cookie_jar))
    assert (await browser.send("/console/sign-out")).path == "/console/sign-in"
    browser.client.session.cookie_jar.update_cookies({cookie.key: cookie.value})
    assert (await browser.open("/console")).path == "/console/sign-in"


async def test_other_machines_are_signed_out_and_this_one_stays(
    new_browser: NewBrowser, union: Union
) -> None:
    here, there = await new_browser(), await new_browser()
    await here.sign_in("an", PASSWORD)
    await there.sign_in("an", PASSWORD)
    page = await here.open("/console/account")
    assert page.html.count("Đăng nhập ") == 2
    page = await here.send("/console/account/sign-out-others")
    assert (page.path, "Đã đăng xuất khỏi các máy khác" in page) == ("/console/account", True)
    assert (await there.open("/console")).path == "/console/sign-in"


async def test_new_password_needs_the_old_one_and_signs_others_out(
    new_browser: NewBrowser, union: Union
) -> None:
    here, there = await new_browser(), await new_browser()
    await here.sign_in("an", PASSWORD)
    await there.sign_in("an", PASSWORD)
    await here.open("/console/password")
    new = "câu mới dễ nhớ hơn"
    page = await here.send("/console/password", old="wrong", new=new, again=new)
    assert (page.status, "Mật khẩu đang dùng chưa đúng" in page) == (422, True)
    assert (await here.send("/console/password", old=PASSWORD, new=new, again=new)).path == "/console"
    assert (await there.open("/console")).path == "/console/sign-in"
    assert (await there.sign_in("an", new)).path == "/console"


async def test_sign_in_begins_a_session_under_a_new_token(browser: Browser, union: Union) -> None:
    await browser.open("/console/sign-in")
    before = {cookie.value for cookie in browser.client.session.cookie_jar}
    await browser.sign_in("an", PASSWORD)
    assert before.isdisjoint(cookie.value for cookie in browser.client.session.cookie_jar)


async def test_deactivated_officer_is_out_at_once(browser: Browser, union: Union, database: Database) -> None:
    await browser.sign_in("an", PASSWORD)
    async with database.writing() as connection:
        await connection.execute(
            sa.update(staff).where(staff.c.id == union.people.an).values(is_active=False)
        )
    assert (await browser.open("/console")).path == "/console/sign-in"
    assert (await browser.sign_in("an", PASSWORD)).status == 422


async def test_cookie_is_hidden_from_scripts_and_other_sites(browser: Browser) -> None:
    page = await browser.open("/console/sign-in")
    cookie = page.headers["Set-Cookie"]
    assert "HttpOnly" in cookie
    assert "SameSite=Lax" in cookie
    assert "Path=/console" in cookie


async def test_made_up_and_overlong_cookies_are_nobody(browser: Browser, union: Union) -> None:
    for value in ("x", "x" * 4000):
        page = await browser.open("/console", headers={"Cookie": f"chihoi_console={value}"})
        assert page.path == "/console/sign-in"


async def test_part_of_a_page_is_not_replaced_by_the_sign_in_page(browser: Browser) -> None:
    page = await browser.open("/console", headers={"HX-Request": "true"})
    assert (page.status, page.html, "HX-Redirect" in page.headers) == (401, "", False)


async def test_page_that_was_open_when_its_session_ended_gets_the_token_of_the_next_one(
    browser: Browser, union: Union, clock: MovingClock
) -> None:
    stale = (await browser.sign_in("an", PASSWORD)).csrf
    clock.move(timedelta(hours=12))
    assert (await browser.open("/console/session", headers={"HX-Request": "true"})).status == 401
    await browser.sign_in("an", PASSWORD)
    assert (await browser.send("/console/account/language", csrf=stale, language="en")).status == 403
    told = json.loads((await browser.open("/console/session", headers={"HX-Request": "true"})).html)
    assert told["who"] == union.people.an
    assert (await browser.send("/console/account/language", csrf=told["csrf"], language="en")).status == 200


async def test_signing_in_leads_back_to_where_she_was(browser: Browser, union: Union) -> None:
    page = await browser.open("/console/questions?state=waiting")
    assert page.path.startswith("/console/sign-in?next=")
    page = await browser.send(page.path, login="an", password=PASSWORD)
    assert (page.status, page.path) == (200, "/console/questions?state=waiting")
    assert (await browser.open("/console/sign-in?next=/console/account")).path == "/console/account"


@pytest.mark.parametrize(
    "elsewhere",
    ["//evil.example", "https://evil.example/console", "/console.evil.example", "/console@evil.example", "/consoles",
     "/\\evil.example", "/console/\r\nX-Header: 1", "javascript:alert(1)", "/console/" + "a" * 2000, ""],
)  # fmt: skip
async def test_signing_in_leads_to_no_other_site(browser: Browser, union: Union, elsewhere: str) -> None:
    address = f"/console/sign-in?{urlencode({'next': elsewhere})}"
    await browser.open(address)
    assert (await browser.send(address, login="an", password=PASSWORD)).path == "/console"
