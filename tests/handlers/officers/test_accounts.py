from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from bot import accounts as bot_accounts
from bot import platform_troubles
from bot.channels import account_jobs
from bot.channels.contract import Limits
from bot.questions import calling_back
from bot.questions.calling_back import Blank, Wording
from bot.store.database import Database
from bot.store.tables import accounts, inbox, message_templates, outbox, staff_acts
from bot.store.tables.accounts import AccountState
from tests import people
from tests.conftest import MovingClock
from tests.handlers.officers.browser import Browser
from tests.handlers.officers.conftest import PASSWORD, NewBrowser, Union
from tests.handlers.officers.connecting_platform import NAME, REFUSED, TROUBLES, ConnectingPlatform

ACCOUNTS = "/console/accounts"


@pytest.fixture
async def account(database: Database, clock: MovingClock, union: Union) -> int:
    """An account of the platform that is connected in the console."""
    async with database.writing() as connection:
        return await people.add_account(connection, channel=NAME, external_id="7001", now=clock())


@pytest.fixture
async def an(browser: Browser, union: Union) -> Browser:
    """The province's officer, signed in."""
    await browser.sign_in("an", PASSWORD)
    return browser


async def _turn_red(database: Database, account_id: int, code: str, clock: MovingClock) -> None:
    async with database.writing() as connection:
        assert await bot_accounts.turn(
            connection, account_id, AccountState.REFUSED, trouble=code, now=clock()
        )


async def _hear(database: Database, account_id: int, clock: MovingClock) -> None:
    """Something comes in through this account."""
    async with database.writing() as connection:
        await connection.execute(
            sa.insert(inbox).values(
                account_id=account_id,
                event_id="1",
                lane="1",
                payload={},
                next_at=clock(),
                received_at=clock(),
            )
        )


async def _acts(database: Database) -> list[tuple[str, str, Any]]:
    async with database.reading() as connection:
        rows = await connection.execute(
            sa.select(staff_acts.c.act, staff_acts.c.subject, staff_acts.c.detail).order_by(staff_acts.c.id)
        )
        return [tuple(row) for row in rows]


async def _row(database: Database, account_id: int) -> Any:
    async with database.reading() as connection:
        return (await connection.execute(sa.select(accounts).where(accounts.c.id == account_id))).one()


async def test_accounts_are_the_business_of_officers_who_see_everything(
    new_browser: NewBrowser, union: Union, account: int
) -> None:
    for login, status in (("an", 200), ("dung", 403)):
        browser = await new_browser()
        page = await browser.sign_in(login, PASSWORD)
        assert ('href="/console/accounts"' in page.html) == (status == 200)
        for path in (ACCOUNTS, f"{ACCOUNTS}/{account}", f"{ACCOUNTS}/{NAME}/connected?code=1&state=2"):
            if status == 403 or "connected" not in path:
                assert (await browser.open(path)).status == status
    for act in ("cost", "templates", "jobs"):
        token = (await browser.open("/console/account")).csrf
        page = await browser.send(f"{ACCOUNTS}/{account}/{act}", csrf=token, may="1", kind="followers")
        assert page.status == 403
    for act in ("connect", "paste", "connected"):
        token = (await browser.open("/console/account")).csrf
        assert (await browser.send(f"{ACCOUNTS}/{NAME}/{act}", csrf=token)).status == 403


async def test_each_account_says_whether_it_works_and_since_when(
    an: Browser, account: int, database: Database, clock: MovingClock
) -> None:
    await _hear(database, account, clock)
    page = await an.open(ACCOUNTS)
    assert "web Web chat · 0 người đã nhắn ✓ đang hoạt động" in page
    assert "7001 Zalo OA · 0 người đã nhắn ✓ đang hoạt động từ 23/11/2026 09:00" in page


async def test_account_that_lacks_a_setting_does_not_work_and_says_what_to_do(
    an: Browser, account: int, platform: ConnectingPlatform, database: Database, clock: MovingClock
) -> None:
    await _hear(database, account, clock)
    platform.missing = "Chị nhờ người vận hành khai báo khóa."
    async with database.writing() as connection:  # Shows as a trouble of the platform as well: said once.
        await platform_troubles.note(connection, NAME, "no_key", 3, clock())
    for path in (ACCOUNTS, f"{ACCOUNTS}/{account}"):
        page = await an.open(path)
        assert "✕ không hoạt động" in page
        assert platform.missing in page
        assert "Kết nối lại" not in page
    assert "đang hoạt động" not in page
    assert (await an.open("/console")).text.count(platform.missing) == 1


async def test_account_whose_channel_runs_nowhere_does_not_work(
    an: Browser, account: int, running: dict[int, Limits], clock: MovingClock
) -> None:
    running.pop(account)
    page = await an.open(f"{ACCOUNTS}/{account}")
    assert "không chạy" not in page  # One that was added just now is about to be served.
    clock.move(timedelta(minutes=2))
    for path in (ACCOUNTS, f"{ACCOUNTS}/{account}", "/console"):
        page = await an.open(path)
        assert "Kênh này không chạy: phần khai báo của nó không còn." in page
        assert ("✕ không hoạt động" in page) == (path != "/console")


async def test_account_that_has_heard_nothing_shows_where_its_platform_must_call_until_it_has(
    an: Browser, account: int, database: Database, clock: MovingClock
) -> None:
    nothing_came = "Chưa nhận được tin nào từ Zalo OA: chị nhờ người vận hành chép địa chỉ webhook"
    page = await an.open(f"{ACCOUNTS}/{account}")
    assert nothing_came in page
    assert "http://127.0.0.1/channels/zalo_oa/abc" in page
    assert "chờ tin đầu tiên" in page
    assert nothing_came in await an.open(ACCOUNTS)
    assert nothing_came not in await an.open("/console")
    await _hear(database, account, clock)
    page = await an.open(f"{ACCOUNTS}/{account}")
    assert nothing_came not in page
    assert "✓ đang hoạt động" in page
    async with database.writing() as connection:  # The inbox forgets, but she has written.
        await connection.execute(sa.delete(inbox))
        await people.add_contact(connection, account, "1", last_in_at=clock(), now=clock())
    assert nothing_came not in await an.open(f"{ACCOUNTS}/{account}")


@pytest.mark.parametrize(
    ("code", "sentence"),
    [
        ("grant_is_over", TROUBLES["grant_is_over"]),
        ("telegram_unauthorized", "Mã kết nối (token) không được chấp nhận nữa."),
        ("unheard_of", "Có trục trặc, chị báo người vận hành (mã unheard_of)."),
        ("", "Tài khoản này không được chấp nhận nữa."),
    ],
)
async def test_red_account_has_one_sentence_and_a_way_to_connect_again(
    an: Browser, account: int, database: Database, clock: MovingClock, code: str, sentence: str
) -> None:
    await _turn_red(database, account, code, clock)
    for path in (ACCOUNTS, f"{ACCOUNTS}/{account}", "/console"):
        page = await an.open(path)
        assert sentence in page
        assert ("Kết nối lại" in page) == (path != "/console" or "Kết nối lại" in sentence)
    assert "✕ không gửi được từ 23/11/2026 09:00" in await an.open(ACCOUNTS)


async def test_who_only_follows_has_not_written(
    an: Browser, account: int, database: Database, clock: MovingClock
) -> None:
    async with database.writing() as connection:
        await people.add_contact(connection, account, "1", is_follower=True, now=clock())
        await people.add_contact(connection, account, "2", is_follower=True, last_in_at=clock(), now=clock())
    assert "1 người đã nhắn · 2 người quan tâm" in await an.open(ACCOUNTS)


async def test_recovery_says_what_it_found(
    an: Browser, account: int, database: Database, clock: MovingClock
) -> None:
    async with database.writing() as connection:
        await account_jobs.ask(connection, account, "recovery", clock())
        job = await account_jobs.take(connection, account, "recovery", owner="x", now=clock())
        assert job
        job.done, job.place = 40, {"counts": {"taken_in": 3, "too_old": 0, "something": 9}}
        await account_jobs.finish(connection, job, clock())
    page = await an.open(f"{ACCOUNTS}/{account}")
    assert "Xong lúc 23/11/2026 09:00: đã xem 40 cuộc trò chuyện; lấy lại được 3 tin." in page


async def test_trouble_of_a_whole_platform_stands_on_top_until_it_is_mended(
    new_browser: NewBrowser, an: Browser, database: Database, clock: MovingClock
) -> None:
    async with database.writing() as connection:
        await platform_troubles.note(connection, NAME, "wrong_key", 3, clock())
    for path in ("/console", ACCOUNTS):
        assert f"Zalo OA. {TROUBLES['wrong_key']}" in await an.open(path)
    dung = await new_browser()
    assert "đang bị bỏ qua" not in await dung.sign_in("dung", PASSWORD)
    async with database.writing() as connection:
        await platform_troubles.clear(connection, NAME, "wrong_key")
    assert "đang bị bỏ qua" not in await an.open("/console")


async def test_connecting_leads_to_the_platform_and_back(
    an: Browser, platform: ConnectingPlatform, database: Database
) -> None:
    page = await an.open(ACCOUNTS)
    assert "http://127.0.0.1/channels/zalo_oa/abc" in page
    page = await an.send(f"{ACCOUNTS}/{NAME}/connect")
    # By the page itself, not by a redirect: the content policy keeps forms at home.
    assert page.status == 200
    assert '<meta http-equiv="refresh" content="0; url=https://platform.example/yes?state=' in page.html
    assert "back=http://127.0.0.1/console/accounts/zalo_oa/connected" in page.html
    # The platform's page sends her browser here; its request bears the cookie, and no sign of our own page.
    page = await an.open(
        f"{ACCOUNTS}/{NAME}/connected?code=abc&oa_id=7000&state=1",
        headers={"Sec-Fetch-Site": "cross-site", "Referer": "https://platform.example/"},
    )
    assert platform.came_back_with == [{"code": "abc", "oa_id": "7000", "state": "1"}]
    assert "Đã kết nối Hội Phụ nữ Cần Thơ. Chưa nhận được tin nào từ Zalo OA:" in page
    assert "bắt đầu nhận" not in page
    assert page.path == f"{ACCOUNTS}/2"  # The code does not stay in her address bar.
    acts = [(act, subject) for act, subject, _detail in await _acts(database)]
    assert acts == [("account_connecting", ""), ("account_connected", "account 2")]


async def test_cookie_of_the_console_comes_along_when_another_site_leads_here(an: Browser) -> None:
    (cookie,) = [one for one in an.client.session.cookie_jar if one.key == "chihoi_console"]
    assert cookie["samesite"] == "Lax"


async def test_refusal_of_the_platform_is_said_and_nothing_is_connected(
    an: Browser, platform: ConnectingPlatform, database: Database
) -> None:
    platform.refuses = True
    page = await an.open(f"{ACCOUNTS}/{NAME}/connected?code=abc&state=1")
    assert (page.path, REFUSED in page) == (ACCOUNTS, True)
    assert await _acts(database) == []


async def test_coming_back_without_proof_of_having_gone_is_asked_about_first(
    an: Browser, platform: ConnectingPlatform
) -> None:
    page = await an.open(f"{ACCOUNTS}/{NAME}/connected?code=abc&oa_id=7000")
    assert "Có phải chị vừa đồng ý kết nối Zalo OA?" in page
    assert platform.came_back_with == []
    page = await an.send(f"{ACCOUNTS}/{NAME}/connected", code="abc", oa_id="7000")
    assert platform.came_back_with == [{"code": "abc", "oa_id": "7000"}]
    assert "Đã kết nối" in page
    assert (await an.open(f"{ACCOUNTS}/{NAME}/connected")).path == ACCOUNTS
    # A refusal brings nothing that could be abused: it is said at once.
    platform.refuses = True
    assert REFUSED in await an.open(f"{ACCOUNTS}/{NAME}/connected?error=-14003")


async def test_pasted_pair_connects_and_is_never_shown_again(
    an: Browser, platform: ConnectingPlatform, database: Database
) -> None:
    page = await an.open(ACCOUNTS)
    assert 'name="access_token" type="password" autocomplete="off"' in page.html
    for refuses in (True, False):
        platform.refuses = refuses
        await an.open(ACCOUNTS)
        page = await an.send(f"{ACCOUNTS}/{NAME}/paste", access_token="AT-xyz", refresh_token="RT-xyz")
        assert "xyz" not in page.html
        assert ("Đã kết nối" in page) != refuses
    assert platform.pasted == [("AT-xyz", "RT-xyz")] * 2
    assert "xyz" not in str(await _acts(database))
    await an.open(ACCOUNTS)
    assert "Chị dán đủ hai mã" in await an.send(f"{ACCOUNTS}/{NAME}/paste", access_token="AT-xyz")


async def test_what_the_operator_has_to_set_is_said_in_place_of_the_button(
    an: Browser, platform: ConnectingPlatform
) -> None:
    platform.missing = "Chị nhờ người vận hành đặt CHIHOI_ZALO_APP_ID."
    page = await an.open(ACCOUNTS)
    assert "CHIHOI_ZALO_APP_ID" in page
    assert f"{ACCOUNTS}/{NAME}/connect" not in page.html
    token = (await an.open("/console/account")).csrf
    page = await an.send(f"{ACCOUNTS}/{NAME}/connect", csrf=token)
    assert page.path == ACCOUNTS


async def test_unknown_platforms_and_accounts_are_not_found(an: Browser, union: Union) -> None:
    for path in ("/999", "/99999999999999999999", "/telegram/connected?code=1&state=2"):
        assert (await an.open(ACCOUNTS + path)).status == 404
    await an.open("/console/account")
    token = an.page.csrf
    assert (await an.send(f"{ACCOUNTS}/telegram/connect", csrf=token)).status == 404
    # The web chat costs nothing and has nothing to be done with.
    for act in ("cost", "templates", "jobs"):
        page = await an.send(
            f"{ACCOUNTS}/{union.people.account_id}/{act}", csrf=token, may="1", kind="followers"
        )
        assert page.status == 404


async def test_messages_that_cost_are_sent_only_after_a_yes_to_the_price(
    an: Browser, account: int, database: Database
) -> None:
    page = await an.open(f"{ACCOUNTS}/{account}")
    assert "Ai im lặng quá 48 giờ thì mỗi tin mất 55 đ, đến 7 ngày sau tin cuối của chị ấy." in page
    assert "Hội trả 55 đ cho mỗi tin gửi người im lặng quá 48 giờ, cả câu trả lời lẫn thông báo." in page
    assert "mất chừng 55.000 đ" in page
    page = await an.send(f"{ACCOUNTS}/{account}/cost", may="1")
    assert (await _row(database, account)).may_cost is False
    page = await an.send(f"{ACCOUNTS}/{account}/cost", may="1", agreed="1")
    assert "Đang cho gửi tin có phí." in page
    assert (await _row(database, account)).may_cost is True
    assert "được gửi tin có phí" in await an.open(ACCOUNTS)
    await an.open(f"{ACCOUNTS}/{account}")
    await an.send(f"{ACCOUNTS}/{account}/cost", may="0")
    assert (await _row(database, account)).may_cost is False
    subject = f"account {account}"
    assert await _acts(database) == [
        ("paid_messages_allowed", subject, {}), ("paid_messages_stopped", subject, {}),
    ]  # fmt: skip


async def test_an_officer_chooses_by_which_wording_members_are_called_back(
    an: Browser, account: int, database: Database, clock: MovingClock
) -> None:
    async with database.writing() as connection:
        await bot_accounts.let_cost(connection, account, may=True)
        for template_id, state in (("400", "ENABLE"), ("401", "REJECT")):
            await connection.execute(
                sa.insert(message_templates).values(
                    account_id=account, template_id=template_id, name="Có câu trả lời", state=state,
                    detail={"params": [{"name": "ten"}, {"name": "ma"}]}, fetched_at=clock(),
                )
            )  # fmt: skip
    path = f"{ACCOUNTS}/{account}/call-back"
    assert (await an.open(f"{ACCOUNTS}/{account}")).html.count("Dùng mẫu này") == 1
    assert (await an.send(path, template="401")).status == 404
    await an.open(f"{ACCOUNTS}/{account}")
    page = await an.send(path, template="400", **{"blank-ten": "name", "blank-ma": "code"})
    assert "Đang dùng để gọi chị em vào đọc câu trả lời đang chờ." in page
    async with database.reading() as connection:
        wording = await calling_back.chosen(connection, account)
    assert wording == Wording("400", "Có câu trả lời", {"ten": Blank.NAME, "ma": Blank.CODE})
    page = await an.send(path)
    assert "Từ nay không gọi" in page
    subject = f"account {account}"
    assert await _acts(database) == [
        ("call_back_chosen", subject, {"template": "400"}), ("call_back_stopped", subject, {}),
    ]  # fmt: skip


async def test_switching_paid_messages_on_lets_what_waits_go(
    account: int, database: Database, clock: MovingClock
) -> None:
    async with database.writing() as connection:
        contact_id = await people.add_contact(connection, account, "mai", now=clock())
        await connection.execute(
            sa.insert(outbox).values(
                account_id=account, contact_id=contact_id, message={"text": "Dạ"}, state="held",
                next_at=clock(), created_at=clock(),
            )
        )  # fmt: skip
        await bot_accounts.let_cost(connection, account, may=True)
        states = list(await connection.scalars(sa.select(outbox.c.state)))
    assert states == ["waiting"]


async def test_templates_are_listed_as_last_fetched_and_fetched_anew(
    an: Browser, account: int, platform: ConnectingPlatform, database: Database, clock: MovingClock
) -> None:
    async with database.writing() as connection:
        for number, (name, state) in enumerate((("Nhắc <b>họp</b>", "ENABLE"), ("Chúc mừng", "SOMETHING"))):
            await connection.execute(
                sa.insert(message_templates).values(
                    account_id=account, template_id=f"40{number}", name=name, state=state, fetched_at=clock(),
                    detail={"price": 200, "params": [{"name": "ten"}, {"name": "ngay"}]} if not number else {},
                )
            )  # fmt: skip
    page = await an.open(f"{ACCOUNTS}/{account}")
    assert "Nhắc <b>họp</b> 400 Dùng được 200 đ ten, ngay" in page
    assert "<b>họp" not in page.html
    assert "Chúc mừng 401 SOMETHING – –" in page
    page = await an.send(f"{ACCOUNTS}/{account}/templates")
    assert "Đã lấy 3 mẫu tin." in page
    platform.refuses = True
    page = await an.send(f"{ACCOUNTS}/{account}/templates")
    assert TROUBLES["too_fast"] in page
    assert await _acts(database) == [("templates_fetched", f"account {account}", {"count": 3})]


async def test_job_is_begun_by_a_button_and_shows_how_far_it_is(
    an: Browser, account: int, database: Database, clock: MovingClock
) -> None:
    path = f"{ACCOUNTS}/{account}"
    assert 'hx-trigger="every 2s"' not in (await an.open(path)).html
    page = await an.send(f"{path}/jobs", kind="followers")
    assert "Đang làm: được 0 người" in page
    assert 'hx-trigger="every 2s"' in page.html
    async with database.writing() as connection:
        job = await account_jobs.take(connection, account, "followers", owner="x", now=clock())
        assert job
        job.done, job.total = 1500, 12000
        await account_jobs.move(connection, job, clock())
    page = await an.open(path, headers={"HX-Request": "true"})
    assert page.html.strip().startswith('<section class="card" id="jobs"')
    assert "Đang làm: 1.500 trên 12.000" in page
    async with database.writing() as connection:
        job.done = 12000
        await account_jobs.finish(connection, job, clock())
    page = await an.open(path)
    assert "Xong lúc 23/11/2026 09:00: được 12.000 người." in page
    await an.send(f"{path}/jobs", kind="followers")
    async with database.writing() as connection:
        job = await account_jobs.take(connection, account, "followers", owner="x", now=clock())
        assert job
        await account_jobs.finish(connection, job, clock(), error="too_fast")
    page = await an.open(path)
    assert f"Chưa xong, dừng lúc 23/11/2026 09:00. {TROUBLES['too_fast']}" in page
    assert (await an.send(f"{path}/jobs", kind="anything")).status == 404
    subject = f"account {account}"
    assert await _acts(database) == [("account_job_asked", subject, {"kind": "followers"})] * 2
