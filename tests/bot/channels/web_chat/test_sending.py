"""What is taken in, what is refused, and that neither a repetition nor a refusal loses or doubles anything."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from html import unescape
from io import BytesIO

import pytest
import sqlalchemy as sa
from aiohttp import FormData

from bot.channels.contract import Outgoing, Update
from bot.intake import IntakeFullError
from bot.store.database import Database
from bot.store.tables import mailbox
from tests.bot.channels.web_chat.conftest import JSON, ORIGIN, Intake, MakeBrowser, bubbles, hidden

NONCE = "0123456789abcdef"


async def test_the_same_form_twice_is_one_message(chat: MakeBrowser, intake: Intake) -> None:
    browser = await chat()
    await browser.open()
    await asyncio.gather(*(browser.say("vay vốn", nonce=NONCE) for _ in range(3)))
    assert intake.texts == ["vay vốn"]
    assert bubbles(await browser.open())[1:] == ["vay vốn"]


async def test_new_words_under_an_old_nonce_are_a_new_message(chat: MakeBrowser, intake: Intake) -> None:
    browser = await chat()
    await browser.open()
    await browser.say("vay vốn", nonce=NONCE)
    await browser.say("lãi bao nhiêu", nonce=NONCE)
    assert intake.texts == ["vay vốn", "lãi bao nhiêu"]


async def test_nobody_can_swallow_anothers_message_with_her_nonce(chat: MakeBrowser, intake: Intake) -> None:
    lan, hoa = await chat(), await chat()
    await lan.open()
    await hoa.open()
    await lan.say("giúp với", nonce=NONCE)
    await hoa.say("giúp với", nonce=NONCE)
    assert len(intake.updates) == 2
    assert [update.lane for update in intake.updates.values()] == [lan.address, hoa.address]


async def test_a_script_gets_her_line_back_as_html(chat: MakeBrowser) -> None:
    browser = await chat()
    await browser.open()
    response = await browser.post(headers=JSON, text="<b>chào</b>")
    assert response.status == 200
    answer = await response.json()
    assert bubbles(answer["html"]) == ["<b>chào</b>"]
    assert "<b>" not in answer["html"]


async def test_a_form_of_another_site_is_refused(chat: MakeBrowser, intake: Intake) -> None:
    browser = await chat()
    await browser.open()
    for headers in (
        {"Origin": "https://evil.example"},
        {"Sec-Fetch-Site": "cross-site"},
        {"Origin": "null"},
        {},
    ):
        response = await browser.post(headers=headers, text="chuyển tiền cho tôi")
        assert response.status == 403
        assert "không gửi từ khung chat của Hội" in await response.text()
    assert intake.updates == {}


async def test_a_text_that_is_too_long_is_refused_with_a_sentence(chat: MakeBrowser, intake: Intake) -> None:
    browser = await chat()
    await browser.open()
    for text in ("ế" * 100_001, "👩" * 50_001, "a" * 300_000, "ភ" * 110_000):
        page = await browser.post(text=text)
        assert page.status == 413
        assert "Tin dài quá" in await page.text()
        answer = await browser.post(headers=JSON, text=text)
        assert answer.status == 413
        assert "Tin dài quá" in (await answer.json())["error"]
    assert intake.updates == {}
    assert bubbles(await browser.open()) == ["Dạ em chào chị!"]


@pytest.mark.parametrize("letter", ["ế", "a", "ភ"])
async def test_a_long_story_is_taken_whole(chat: MakeBrowser, intake: Intake, letter: str) -> None:
    browser = await chat()
    await browser.open()
    response = await browser.post(text=letter * 100_000)
    assert response.status < 400
    assert intake.texts == [letter * 100_000]


async def test_a_body_of_megabytes_is_refused_with_the_same_sentence(
    chat: MakeBrowser, intake: Intake
) -> None:
    browser = await chat()
    await browser.open()

    async def megabytes() -> AsyncIterator[bytes]:
        yield b"text="
        for _ in range(48):
            yield b"a" * 64 * 1024

    headers = ORIGIN | {"Content-Type": "application/x-www-form-urlencoded"}
    response = await browser.client.post("/chat/send", data=megabytes(), headers=headers)
    assert response.status == 413
    assert "Tin dài quá" in await response.text()
    assert intake.updates == {}


async def test_a_refused_text_stays_in_the_box(chat: MakeBrowser) -> None:
    browser = await chat()
    await browser.open()
    long = "em hỏi chị </textarea><b> " * 5000
    page = await (await browser.post(text=long)).text()
    box = page.split('id="text"')[1].split(">\n", 1)[1].split("</textarea>")[0]
    assert unescape(box) == long


async def test_an_empty_text_is_no_message(chat: MakeBrowser, intake: Intake) -> None:
    browser = await chat()
    await browser.open()
    for text in ("", "   ", "\n\u0000\n"):
        await browser.say(text)
        assert (await (await browser.post(headers=JSON, text=text)).json()) == {"html": ""}
    assert intake.updates == {}


async def test_files_are_not_taken(chat: MakeBrowser, intake: Intake) -> None:
    browser = await chat()
    await browser.open()
    form = FormData({"nonce": NONCE})
    form.add_field("text", BytesIO(b"\x89PNG"), filename="giay-to.png")
    response = await browser.client.post("/chat/send", data=form, headers=ORIGIN)
    assert response.status == 415
    assert "chưa nhận hình và tập tin" in await response.text()
    assert intake.updates == {}


async def test_a_form_that_is_none_of_ours_is_refused(chat: MakeBrowser, intake: Intake) -> None:
    browser = await chat()
    await browser.open()
    for fields in (
        {"nonce": "", "text": "x"},
        {"nonce": "<b>", "text": "x"},
        {"nonce": "a" * 1000, "text": "x"},
        {"nonce": NONCE, "ma": "a b"},
        {"nonce": NONCE, "choice": "x" * 201},
        {"nonce": NONCE} | {f"field{n}": "" for n in range(30)},
    ):
        response = await browser.client.post("/chat/send", data=fields, headers=ORIGIN)
        assert response.status == 400, fields
        assert "Chị tải lại trang" in await response.text()
    assert intake.updates == {}


async def test_bytes_that_are_no_text_do_no_harm(chat: MakeBrowser) -> None:
    browser = await chat()
    await browser.open()
    headers = ORIGIN | {"Content-Type": "application/x-www-form-urlencoded; charset=none-such"}
    for body in (b"\xff\xfe%zz&=&&nonce", b"%", b"nonce=0123456789abcdef&text=%ff%00%c3"):
        response = await browser.client.post("/chat/send", data=body, headers=headers)
        assert response.status in {200, 400}


async def test_a_visitor_who_writes_too_fast_is_asked_to_wait(chat: MakeBrowser, intake: Intake) -> None:
    browser, other = await chat(), await chat()
    await browser.open()
    await other.open()
    for n in range(20):
        await browser.say(f"tin {n}")
    response = await browser.post(text="tin thứ 21")
    assert response.status == 429
    page = await response.text()
    assert "Chị nhắn nhanh quá" in page
    assert "tin thứ 21</textarea>" in page
    assert len(intake.updates) == 20
    await other.say("người khác vẫn nhắn được")


async def test_one_address_cannot_flood_by_being_new_each_time(chat: MakeBrowser) -> None:
    browser = await chat()
    statuses = []
    for n in range(305):
        cookie = {"Cookie": f"chihoi_chat={n:043d}"}
        statuses.append((await browser.post(headers=JSON | cookie, text=" ")).status)
    assert statuses == [200] * 300 + [429] * 5


async def test_a_browser_without_the_cookie_is_given_one_and_asked_to_send_again(
    chat: MakeBrowser, intake: Intake
) -> None:
    browser = await chat()
    response = await browser.post(text="em hỏi", nonce=NONCE)
    assert response.status == 401
    page = await response.text()
    assert "em hỏi</textarea>" in page
    assert hidden(page, "nonce") == NONCE
    await browser.say("em hỏi", nonce=NONCE)
    assert intake.texts == ["em hỏi"]


async def test_a_message_that_cannot_be_kept_now_is_given_back_and_kept_once_later(
    chat: MakeBrowser, intake: Intake
) -> None:
    browser = await chat()
    await browser.open()
    for trouble in (IntakeFullError(), sa.exc.OperationalError("INSERT", {}, Exception("locked"))):
        intake.trouble = trouble
        response = await browser.post(text="em hỏi", nonce=NONCE)
        assert response.status == 503
        page = await response.text()
        assert "Em đang bận" in page
        assert bubbles(page) == ["Dạ em chào chị!"], "nothing is shown as said that was not taken in"
        again = await (await browser.post(headers=JSON, text="em hỏi", nonce=NONCE)).json()
        assert again["again"] is True

    intake.trouble = None
    await browser.say("em hỏi", nonce=hidden(page, "nonce"))
    assert intake.texts == ["em hỏi"]
    assert bubbles(await browser.open())[1:] == ["em hỏi"]


async def test_a_crash_after_the_taking_in_is_healed_by_the_repetition(
    chat: MakeBrowser, intake: Intake, database: Database
) -> None:
    browser = await chat()
    await browser.open()
    await browser.say("em hỏi", nonce=NONCE)
    async with database.writing() as connection:  # As if the process had died before her line was kept.
        await connection.execute(sa.delete(mailbox))
    await browser.say("em hỏi", nonce=NONCE)
    assert intake.texts == ["em hỏi"]
    assert bubbles(await browser.open())[1:] == ["em hỏi"]


async def test_nothing_is_taken_in_before_the_start_and_after_the_stop(
    chat: MakeBrowser, intake: Intake
) -> None:
    browser = await chat()
    await browser.open()
    await browser.channel.stop_receiving()
    assert (await browser.post(text="em hỏi")).status == 503
    assert intake.updates == {}


async def test_words_that_were_under_way_to_a_cleared_chat_are_not_kept(
    chat: MakeBrowser, database: Database
) -> None:
    browser = await chat()
    await browser.open()
    await browser.say("một")

    async def clear_meanwhile(account_id: int, updates: Sequence[Update]) -> None:
        if updates[0].payload["kind"] == "text":
            await browser.client.post(
                "/chat/forget",
                data={},
                headers=ORIGIN | {"Content-Type": "application/x-www-form-urlencoded"},
            )

    await browser.channel.start_receiving(clear_meanwhile)
    assert (await browser.post(headers=JSON, text="chuyện riêng")).status == 200
    async with database.reading() as connection:
        rows = (await connection.execute(sa.select(mailbox.c.message))).scalars().all()
    assert [Outgoing.from_json(row) for row in rows] == [Outgoing("")]
