"""The page without JavaScript: what a newcomer sees, says, and sees again."""

from collections.abc import Sequence
from datetime import timedelta

import sqlalchemy as sa

from bot.channels.contract import Choice, Update
from bot.store.database import Database
from bot.store.tables import contacts, inbox, mailbox
from tests.bot.channels.web_chat.conftest import ORIGIN, Intake, MakeBrowser, bubbles, hidden
from tests.conftest import MovingClock

SPITEFUL = [
    "<script>alert(1)</script>",
    "\"><img src=x onerror='alert(1)'>",
    "{{ 7*7 }}{% raw %}",
    "'; DROP TABLE mailbox; --",
    '=HYPERLINK("http://evil.example")',
    "abc\u202edcba\u202c \u2067\u0627\u0644\u0639\u0631\u0628\u064a\u0629\u2069",
    "👩‍👩‍👧 💃🏽 ភាសាខ្មែរ\u200bស្អាត",
    'https://evil.example/"onmouseover="alert(1)',
]


async def _count(database: Database, table: sa.Table) -> int:
    async with database.reading() as connection:
        return (await connection.execute(sa.select(sa.func.count()).select_from(table))).scalar_one()


async def test_opening_the_page_greets_and_writes_nothing(chat: MakeBrowser, database: Database) -> None:
    browser = await chat()
    page = await browser.open()
    assert bubbles(page) == ["Dạ em chào chị!"]
    assert "máy tự động trả lời" in page
    assert [await _count(database, table) for table in (contacts, inbox, mailbox)] == [0, 0, 0]


async def test_what_is_said_either_way_stands_there_in_order(chat: MakeBrowser, clock: MovingClock) -> None:
    browser = await chat()
    await browser.open()
    await browser.say("vay von can gi")
    clock.move(timedelta(seconds=1))
    await browser.answer("Dạ chị cần giấy tờ.")
    clock.move(timedelta(seconds=1))
    await browser.say("cam on em")
    assert bubbles(await browser.open()) == [
        "Dạ em chào chị!", "vay von can gi", "Dạ chị cần giấy tờ.", "cam on em"
    ]  # fmt: skip


async def test_an_answer_that_was_quicker_than_the_keeping_of_her_words_stands_below_them(
    chat: MakeBrowser, clock: MovingClock
) -> None:
    browser = await chat()
    await browser.open()

    async def answer_at_once(account_id: int, updates: Sequence[Update]) -> None:
        clock.move(timedelta(milliseconds=5))
        await browser.answer("Dạ!")

    await browser.channel.start_receiving(answer_at_once)
    await browser.say("chào em")
    assert bubbles(await browser.open())[1:] == ["chào em", "Dạ!"]


async def test_whatever_is_written_is_shown_as_it_is(
    chat: MakeBrowser, intake: Intake, clock: MovingClock
) -> None:
    browser = await chat()
    await browser.open()
    for text in SPITEFUL:
        await browser.say(text)
        clock.move(timedelta(seconds=1))
        await browser.answer(text, Choice('"><script>', text))
        clock.move(timedelta(seconds=1))
        page = await browser.open()
        assert bubbles(page)[-2:] == [text, text]
        assert page.count("<script") == 1, "our own"
        assert "<img src=x" not in page
    assert intake.texts == SPITEFUL


async def test_each_browser_has_its_own_chat(chat: MakeBrowser) -> None:
    lan, hoa = await chat(), await chat()
    await lan.open()
    await hoa.open()
    await lan.say("chồng tôi đánh tôi")
    assert "đánh" not in await hoa.open()
    assert lan.address != hoa.address


async def test_the_database_holds_no_token_that_opens_a_chat(
    chat: MakeBrowser, database: Database, intake: Intake
) -> None:
    browser = await chat()
    await browser.open()
    await browser.say("chào")
    (cookie,) = browser.client.session.cookie_jar
    async with database.reading() as connection:
        rows = (await connection.execute(sa.select(mailbox))).all()
    assert cookie.value not in str(rows) + str(intake.updates)


async def test_choices_are_buttons_under_the_newest_question_only(chat: MakeBrowser, intake: Intake) -> None:
    browser = await chat()
    await browser.open()
    await browser.say("vay")
    await browser.answer(
        "Chị chọn:\n1. Giấy tờ\n2. Lãi suất", Choice("1", "Giấy tờ"), Choice("2", "Lãi suất")
    )
    line_id = await browser.answer("Chọn lại:\n1. Có\n2. Không", Choice("1", "Có"), Choice("2", "Không"))
    page = await browser.open()
    assert page.count('name="choice"') == 2
    assert "Giấy tờ</button>" not in page

    response = await browser.post(choice="2", reply_to=line_id)
    assert response.status == 303
    page = await browser.open()
    assert 'name="choice"' not in page
    assert bubbles(page)[-1] == "Không", "she sees the label that she pressed"
    assert {"kind": "choice", "text": "2", "reply_to": line_id}.items() <= intake.last.items()


async def test_a_message_can_be_replied_to(chat: MakeBrowser, intake: Intake) -> None:
    browser = await chat()
    await browser.open()
    line_id = await browser.answer("Chị Lan hỏi: trẻ mấy tháng ăn dặm?")
    page = await browser.open(f"/chat?tra_loi={line_id}")
    assert hidden(page, "reply_to") == line_id
    assert "Đang trả lời" in page
    await browser.say("6 tháng", reply_to=line_id)
    assert intake.last["reply_to"] == line_id
    assert '<p class="quote" dir="auto">Chị Lan hỏi: trẻ mấy tháng ăn dặm?</p>' in await browser.open()


async def test_nobody_can_quote_a_message_of_another_chat(chat: MakeBrowser) -> None:
    lan, hoa = await chat(), await chat()
    await lan.open()
    await hoa.open()
    line_id = await lan.answer("Chuyện riêng của Lan")
    assert "riêng" not in await hoa.open(f"/chat?tra_loi={line_id}")
    await hoa.say("gì vậy", reply_to=line_id)
    assert "riêng" not in await hoa.open()


async def test_a_link_with_a_code_asks_first_because_robots_open_links_too(
    chat: MakeBrowser, intake: Intake
) -> None:
    browser = await chat()
    page = await browser.open("/chat?ma=ABCD-2345")
    assert intake.updates == {}
    assert 'name="ma" value="ABCD-2345"' in page
    response = await browser.post(ma="ABCD-2345")
    assert response.status == 303
    assert response.headers["Location"] == "/chat"
    assert {"kind": "start", "text": "ABCD-2345"}.items() <= intake.last.items()
    assert "ABCD" not in await browser.open()


async def test_a_code_that_is_none_is_left_out(chat: MakeBrowser) -> None:
    browser = await chat()
    for code in ("%22%3E%3Cscript%3E", "a%20b", "x" * 65, "%00", "ế"):
        assert 'name="ma"' not in await browser.open(f"/chat?ma={code}")


async def test_rubbish_in_the_address_does_no_harm(chat: MakeBrowser) -> None:
    browser = await chat()
    for query in ("truoc=x", "truoc=-1", f"tra_loi={'9' * 30}", "tra_loi=1", "widget", "da_xoa=1&x=%ff"):
        assert bubbles(await browser.open(f"/chat?{query}"))


async def test_a_long_chat_is_shown_page_by_page(chat: MakeBrowser, clock: MovingClock) -> None:
    browser = await chat()
    await browser.open()
    for n in range(65):
        clock.move(timedelta(seconds=1))
        await browser.answer(f"tin {n}")
    page = await browser.open()
    assert bubbles(page) == [f"tin {n}" for n in range(5, 65)]
    older = page.split("/chat?truoc=")[1].split('"')[0]
    assert bubbles(await browser.open(f"/chat?truoc={older}")) == [
        "Dạ em chào chị!",
        *(f"tin {n}" for n in range(5)),
    ]


async def test_a_cookie_that_is_rubbish_makes_a_newcomer(chat: MakeBrowser) -> None:
    browser = await chat()
    for cookie in ("", "x", "a" * 44, "../../etc", '"; DROP TABLE', "\x80\xff", "a" * 3000, "ế" * 43):
        header = f"chihoi_chat={cookie}".encode().decode("latin-1")
        response = await browser.client.get("/chat", headers={"Cookie": header})
        assert response.status == 200
        assert response.cookies["chihoi_chat"].value != cookie


async def test_the_cookie_is_for_our_own_pages_only(chat: MakeBrowser) -> None:
    browser = await chat(web_address="https://chihoi.example.vn")
    cookie = (await browser.client.get("/chat")).headers["Set-Cookie"]
    assert cookie.startswith("__Host-chihoi_chat=")
    assert {"HttpOnly", "SameSite=Lax", "Secure", "Path=/", "Max-Age=31536000"} <= set(cookie.split("; "))


async def test_clearing_deletes_what_was_said_and_makes_a_newcomer(
    chat: MakeBrowser, intake: Intake, database: Database
) -> None:
    browser = await chat()
    await browser.open()
    await browser.say("chuyện riêng")
    await browser.answer("Dạ em nghe.")
    before = browser.address
    response = await browser.post("/chat/forget")
    assert response.status == 303
    page = await browser.open("/chat?da_xoa=1")
    assert bubbles(page) == ["Dạ em chào chị!"]
    assert "Em đã xóa khung chat" in page
    assert browser.address != before
    assert intake.last == {"kind": "left", "address": before}
    async with database.reading() as connection:
        assert "riêng" not in str((await connection.execute(sa.select(mailbox))).all())


async def test_clearing_an_unused_chat_leaves_nothing_behind(
    chat: MakeBrowser, intake: Intake, database: Database
) -> None:
    browser = await chat()
    await browser.open()
    assert (await browser.post("/chat/forget")).status == 303
    assert intake.updates == {}
    assert await _count(database, mailbox) == 0


async def test_another_site_cannot_clear_a_chat(chat: MakeBrowser) -> None:
    browser = await chat()
    await browser.open()
    await browser.say("còn đây")
    assert (await browser.post("/chat/forget", headers={"Origin": "https://evil.example"})).status == 403
    assert "còn đây" in await browser.open()


async def test_every_answer_of_the_chat_is_kept_out_of_foreign_frames_and_caches(chat: MakeBrowser) -> None:
    browser = await chat()
    for path in ("/chat", "/chat?widget=1", "/chat/messages", "/chat/events", "/chat/widget.js"):
        response = await browser.client.get(path)
        assert "frame-ancestors 'none'" in response.headers["Content-Security-Policy"], path
        assert response.headers["Cache-Control"] == "no-store", path
        response.close()


async def test_the_widget_is_framed_by_the_sites_of_the_settings_with_a_cookie_of_its_own(
    chat: MakeBrowser,
) -> None:
    browser = await chat(web_address="https://chihoi.example.vn", widget_origins=("https://hoi.example.vn",))
    response = await browser.client.get("/chat?widget=1")
    assert "frame-ancestors 'self' https://hoi.example.vn" in response.headers["Content-Security-Policy"]
    cookie = response.headers["Set-Cookie"]
    assert cookie.startswith("__Host-chihoi_widget=")
    assert {"SameSite=None", "Partitioned", "Secure", "HttpOnly"} <= set(cookie.split("; "))
    assert 'action="/chat/send?widget=1"' in await response.text()
    script = await browser.client.get("/chat/widget.js")
    assert script.status == 200
    assert script.headers["Content-Type"] == "text/javascript; charset=utf-8"
    assert script.headers["Cache-Control"] == "public, max-age=3600"


async def test_without_sites_in_the_settings_there_is_no_widget(chat: MakeBrowser) -> None:
    assert (await (await chat()).client.get("/chat/widget.js")).status == 404


async def test_a_page_without_javascript_waits_a_moment_for_the_answer(
    chat: MakeBrowser, clock: MovingClock
) -> None:
    browser = await chat(answer_wait=timedelta(seconds=20))
    await browser.open()

    async def answer_at_once(account_id: int, updates: Sequence[Update]) -> None:
        clock.move(timedelta(milliseconds=5))
        await browser.answer("Dạ có ngay.")

    await browser.channel.start_receiving(answer_at_once)
    response = await browser.client.post(
        "/chat/send", data={"text": "chào", "nonce": "0123456789abcdef"}, headers=ORIGIN
    )
    assert bubbles(await response.text())[1:] == ["chào", "Dạ có ngay."]
