from datetime import timedelta

import sqlalchemy as sa

from bot.people.first_officer import first_sign_in_link
from bot.store.database import Database
from bot.store.tables import sessions, sign_in_links, staff
from tests.conftest import MovingClock
from tests.handlers.officers.browser import Browser
from tests.handlers.officers.conftest import PASSWORD, NewBrowser, Union, make_link


async def test_officer_signs_in_with_her_password(browser: Browser, union: Union) -> None:
    page = await browser.sign_in("an", PASSWORD)
    assert (page.status, page.path) == (200, "/console")
    assert "Trần Thị An" in page


async def test_wrong_password_gets_one_sentence_whoever_is_named(browser: Browser, union: Union) -> None:
    for login in ("an", "nobody", "binh", "", "A" * 5000, "'; DROP TABLE staff; --", "😀\u202e"):
        page = await browser.sign_in(login, "not the password")
        assert page.status == 422, login
        assert "Tên đăng nhập hoặc mật khẩu chưa đúng" in page


async def test_password_typed_in_pieces_is_the_same_password(browser: Browser, union: Union) -> None:
    import unicodedata

    page = await browser.sign_in(" AN ", unicodedata.normalize("NFD", PASSWORD))
    assert page.path == "/console"


async def test_guessing_is_slowed_down_and_says_for_how_long(
    browser: Browser, union: Union, clock: MovingClock
) -> None:
    for _ in range(5):
        assert (await browser.sign_in("an", "guess")).status == 422
    page = await browser.sign_in("an", PASSWORD)
    assert page.status == 429
    assert "Chị đợi 1 phút rồi thử lại" in page
    clock.move(timedelta(seconds=31))
    assert (await browser.sign_in("an", PASSWORD)).path == "/console"


async def test_guessing_one_login_does_not_lock_out_another(browser: Browser, union: Union) -> None:
    for _ in range(6):
        await browser.sign_in("an", "guess")
    assert (await browser.sign_in("chi", PASSWORD)).path == "/console"


async def test_guessing_many_logins_from_one_address_is_slowed_down(browser: Browser, union: Union) -> None:
    for i in range(30):
        await browser.sign_in(f"login{i}", "guess")
    assert (await browser.sign_in("chi", PASSWORD)).status == 429


async def test_first_start_gives_a_link_that_makes_the_first_officer_set_her_password(
    browser: Browser, province: int, database: Database, clock: MovingClock
) -> None:
    async with database.writing() as connection:
        token = await first_sign_in_link(connection, clock())
    assert token
    await browser.open(f"/console/sign-in/{token}")
    page = await browser.send(f"/console/sign-in/{token}")
    assert page.path == "/console/password"
    assert (await browser.open("/console")).path == "/console/password"  # Not before she has a password.
    page = await browser.send("/console/password", new="chín chữ", again="chín chữ")
    assert (page.status, "từ 10 đến 200 ký tự" in page) == (422, True)
    page = await browser.send("/console/password", new=PASSWORD, again=PASSWORD + "!")
    assert (page.status, "Hai lần nhập chưa giống nhau" in page) == (422, True)
    page = await browser.send("/console/password", new=PASSWORD, again=PASSWORD)
    assert (page.status, page.path) == (200, "/console")
    assert "Đã lưu mật khẩu của chị." in page
    assert "máy khác" not in page
    async with database.writing() as connection:
        assert await first_sign_in_link(connection, clock()) is None


async def test_page_that_asks_for_the_first_password_asks_for_no_alarm_and_gets_no_page_into_itself(
    browser: Browser, province: int, database: Database, clock: MovingClock
) -> None:
    async with database.writing() as connection:
        token = await first_sign_in_link(connection, clock())
    await browser.open(f"/console/sign-in/{token}")
    assert 'id="alarm"' not in (await browser.send(f"/console/sign-in/{token}")).html
    for path in ("/console/alerts/banner?seen=", "/console"):
        page = await browser.open(path, headers={"HX-Request": "true", "X-Refresh": "1"})
        assert (page.status, page.html) == (204, "")
    await browser.open("/console/password")
    assert 'id="alarm"' in (await browser.send("/console/password", new=PASSWORD, again=PASSWORD)).html


async def test_first_link_lost_is_given_again_and_ends_the_one_before(
    province: int, browser: Browser, database: Database, clock: MovingClock
) -> None:
    async with database.writing() as connection:
        lost = await first_sign_in_link(connection, clock())
        found = await first_sign_in_link(connection, clock())
        officers = await connection.scalar(sa.select(sa.func.count()).select_from(staff))
    assert officers == 1
    assert (await browser.open(f"/console/sign-in/{lost}")).status == 410
    assert (await browser.open(f"/console/sign-in/{found}")).status == 200


async def test_looking_at_a_link_does_not_use_it_up(
    browser: Browser, union: Union, database: Database, clock: MovingClock
) -> None:
    link = await make_link(database, union.people.an, clock)
    for _ in range(3):
        assert "chỉ dùng được một lần" in await browser.open(link)
    assert (await browser.send(link)).path == "/console/password"


async def test_link_works_once(
    new_browser: NewBrowser, union: Union, database: Database, clock: MovingClock
) -> None:
    link = await make_link(database, union.people.an, clock)
    first, second = await new_browser(), await new_browser()
    await first.open(link)
    await second.open(link)
    await first.send(link)
    page = await second.send(link)
    assert (page.status, "không còn dùng được" in page) == (410, True)
    assert (await second.open("/console")).path == "/console/sign-in"


async def test_link_ends_after_a_day(
    browser: Browser, union: Union, database: Database, clock: MovingClock
) -> None:
    link = await make_link(database, union.people.an, clock)
    clock.move(timedelta(hours=24))
    assert (await browser.open(link)).status == 410


async def test_secrets_are_kept_only_as_hashes(
    browser: Browser, union: Union, database: Database, clock: MovingClock
) -> None:
    link = await make_link(database, union.people.an, clock)
    await browser.open(link)
    await browser.send(link)
    cookie = next(cookie.value for cookie in browser.client.session.cookie_jar)
    async with database.reading() as connection:
        kept = [*await connection.scalars(sa.select(sign_in_links.c.token_hash))]
        kept += await connection.scalars(sa.select(sessions.c.id_hash))
    assert not {cookie, link.rpartition("/")[2]} & set(kept)


async def test_looking_at_the_sign_in_page_fills_no_table(browser: Browser, database: Database) -> None:
    await browser.open("/console/sign-in")
    async with database.reading() as connection:
        assert await connection.scalar(sa.select(sa.func.count()).select_from(sessions)) == 0


async def test_sign_in_page_speaks_english_when_asked(browser: Browser) -> None:
    page = await browser.open("/console/sign-in?lang=en")
    assert '<html lang="en">' in page.html


async def test_she_says_her_own_name(browser: Browser, union: Union) -> None:
    await browser.sign_in("an", PASSWORD)
    for typed, said in (
        ("", "Chị nhập họ và tên."),
        ("a" * 101, "dài quá 100 ký tự"),
        ("  Trần  Thị Ân ", "Đã lưu."),
    ):
        token = (await browser.open("/console/account")).csrf
        assert said in await browser.send("/console/account/name", csrf=token, name=typed)
    assert "Trần Thị Ân" in await browser.open("/console/account")
