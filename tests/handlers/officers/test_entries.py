import re
from datetime import timedelta
from html import unescape

import pytest
import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.answers import local_facts
from bot.answers.book import AnswerBook, filled
from bot.store import versions
from bot.store.database import Database
from bot.store.tables import (
    accounts,
    alerts,
    askings,
    contacts,
    entries,
    interactions,
    local_fields,
    members,
    outbox,
    staff,
    staff_acts,
)
from handlers.conversation import conversation
from handlers.officers.console import Console
from tests import people
from tests.chat import Chat
from tests.conftest import MovingClock
from tests.handlers.officers.browser import Browser, Page
from tests.handlers.officers.conftest import PASSWORD, Union
from tests.handlers.officers.test_confirming import read

ENTRIES = "/console/entries"
FIELDS = "/console/fields"
WRITTEN = {
    "topic": "hoi_phi",
    "question": "Hội phí bao nhiêu?",
    "phrasings": "hoi phi nam nay\nđóng tiền hội mấy ngàn\nhoi phi nam nay",
    "answer": "Mỗi năm 30.000 đồng, hỏi {{chi_hoi_truong}}.",
    "source": "Điều lệ",
    "escalate": "cadre",
    "sensitive": "none",
}


async def _is_on(database: Database, entry_id: str) -> bool:
    async with database.reading() as connection:
        found = await connection.execute(sa.select(entries.c.is_on).where(entries.c.id == entry_id))
        return bool(found.scalar_one())


async def _acts(database: Database) -> list[tuple[str, str]]:
    async with database.reading() as connection:
        rows = await connection.execute(sa.select(staff_acts).order_by(staff_acts.c.id))
        return [(row.act, row.subject) for row in rows]


async def _version(database: Database) -> int:
    async with database.reading() as connection:
        return await versions.version_of(connection, versions.ENTRIES)


def _seen_at(page: Page) -> str:
    return page.html.split('name="seen_at" value="')[1].split('"')[0]


async def test_list_says_what_is_on_and_what_needs_a_look(browser: Browser, union: Union, faq: None) -> None:
    await browser.sign_in("an", PASSWORD)
    page = await browser.open(ENTRIES)
    assert "3 câu. Trong tất cả 3 câu, 2 câu đang bật." in page
    assert "Ai được miễn đóng tiền? FEE-02 chưa kiểm chứng" in page
    assert "Hội phí 2 câu · 1 đang bật · 1 chờ xác nhận" in page
    assert "Đang tắt 1 Chờ xác nhận 1 Chưa có tiếng Khmer 3" in page
    for show in ("off", "waiting"):
        page = await browser.open(f"{ENTRIES}?show={show}")
        assert ("FEE-02" in page, "FEE-01" in page) == (True, False)
    page = await browser.open(f"{ENTRIES}?topic=tre_em")
    assert ("CHILD-01" in page, "FEE-01" in page, "Tất cả 1 Đang bật 1" in page) == (True, False, True)
    page = await browser.open(f"{ENTRIES}?show=no_such&topic=no_such")
    assert "Không có câu nào như vậy" in page


async def test_search_finds_without_marks_and_keeps_the_words_out_of_the_address(
    browser: Browser, union: Union, faq: None
) -> None:
    await browser.sign_in("an", PASSWORD)
    await browser.open(ENTRIES)
    page = await browser.send(ENTRIES, words="tre em", topic="", show="")
    assert ("CHILD-01" in page, "FEE-01" in page) == (True, False)
    assert page.path == f"{ENTRIES}?words=1"


CASES = [
    ("a phrase of an entry that is on", "hoi phi bao nhieu", "Trợ lý trả lời ngay."),
    ("a subject alone", "hội phí", ""),
    ("a phrase of an entry that is off", "ai duoc mien dong tien", "Câu khớp nhất đang tắt"),
    ("nothing that we know", "lúa sâu rầy nâu", "nhờ chị ấy nói lại bằng lời khác"),
    ("danger", "chồng em đánh em", "nói ngay số khẩn cấp và báo cán bộ trực liền"),
    (
        "danger at the hand of one near her",
        "chồng em đánh em, đừng cho cán bộ xã biết",
        "nói ngay số khẩn cấp",
    ),
    ("what may be danger", "em buồn quá không muốn nói chuyện với ai nữa, thấy mệt mỏi lắm rồi", ""),
    ("a greeting", "chào em", "lời chào, lời nói chuyện hay lệnh"),
    ("a command", "KIN", "lời chào, lời nói chuyện hay lệnh"),
    ("a digit of the menu", "1", ""),
    ("Khmer", "សួស្តី", ""),
    ("signs", "???", ""),
]


@pytest.mark.parametrize(("phrase", "verdict"), [case[1:] for case in CASES], ids=[case[0] for case in CASES])
async def test_trying_a_phrase_shows_to_the_letter_what_the_chat_says(
    browser: Browser, union: Union, faq: None, console: Console, database: Database, clock: MovingClock,
    phrase: str, verdict: str,
) -> None:  # fmt: skip
    async with database.writing() as connection:
        await people.add_member(connection, "Lý Thị Năm", union.people.commune_id, now=clock())
        her = await _last_member(connection)
        await people.add_contact(connection, union.people.account_id, "nam", member_id=her, now=clock())
        for staff_id in (union.dung, union.people.an):
            address = f"staff {staff_id}"
            await people.add_contact(
                connection, union.people.account_id, address, staff_id=staff_id, now=clock()
            )
            on_duty = sa.update(staff).where(staff.c.id == staff_id).values(takes_alerts=True)
            await connection.execute(on_duty)
        police = {"name": "sdt_cong_an_xa", "description": "Công an xã", "fallback": "113"}
        await connection.execute(sa.insert(local_fields).values(police))
        await local_facts.set_values(
            connection,
            union.people.commune_id,
            {"sdt_cong_an_xa": "0292 111 222"},
            staff_id=union.dung,
            now=clock(),
        )
    before = await _counts(database)
    await browser.sign_in("dung", PASSWORD)
    await browser.open(ENTRIES)
    page = await browser.send(f"{ENTRIES}/try", phrase=phrase)
    assert verdict in page
    assert phrase not in page.path
    assert await _counts(database) == before  # Nothing is kept, and nobody is told.
    assert console.chat is not None
    chat = Chat(
        database, conversation(console.chat), union.people.account_id, "nam", clock,
        languages=console.languages,
    )  # fmt: skip
    shown = [
        unescape(text)
        for text in re.findall(r'<div class="tried-said"><bdi>(.*?)</bdi>', page.html, re.DOTALL)
    ]
    assert shown == await chat.says(phrase)


async def _last_member(connection: AsyncConnection) -> int:
    return int((await connection.execute(sa.select(sa.func.max(members.c.id)))).scalar_one())


async def _counts(database: Database) -> list[int]:
    tables = (accounts, contacts, outbox, interactions, askings, alerts)
    async with database.reading() as connection:
        return [
            int((await connection.execute(sa.select(sa.func.count()).select_from(table))).scalar_one())
            for table in tables
        ]


async def test_htmx_gets_only_the_verdict(browser: Browser, union: Union, faq: None) -> None:
    await browser.sign_in("an", PASSWORD)
    page = await browser.open(ENTRIES)
    data = {"phrase": "hoi phi bao nhieu", "_csrf": page.csrf}
    async with browser.client.post(f"{ENTRIES}/try", data=data, headers={"HX-Request": "true"}) as response:
        html = await response.text()
    assert html.strip().startswith('<div id="tried"')


async def test_province_edits_an_entry_and_members_are_answered_with_it(
    browser: Browser, union: Union, faq: None, database: Database
) -> None:
    book = AnswerBook()
    async with database.reading() as connection:
        await book.current(connection)
    await browser.sign_in("an", PASSWORD)
    page = await browser.open(f"{ENTRIES}/FEE-01")
    page = await browser.send(f"{ENTRIES}/FEE-01", seen_at=_seen_at(page), **WRITTEN)
    assert "Đã lưu" in page
    assert "đóng tiền hội mấy ngàn" in page
    async with database.reading() as connection:
        assert (await book.current(connection)).entries["FEE-01"].texts["vi"].answer == WRITTEN["answer"]
        await book.caught_up()
        current = await book.current(connection)
        assert current.search("dong tien hoi may ngan")[0].entry_id == "FEE-01"
    assert ("entry_edited", "entry FEE-01") in await _acts(database)


FAULTS = [
    ("answer", "", "Chưa có câu trả lời"),
    ("answer", "Hỏi {{so_dien_thoai}}", "Không có ô địa phương nào tên {{so_dien_thoai}}"),
    ("answer", "Hỏi {{chi_hoi_truong", "chưa khép"),
    ("answer", "dài " * 600, "dài quá"),
    ("question", "???", "Chưa có câu hỏi"),
    ("topic", "no_such", "Chị chọn chủ đề"),
    ("escalate", "panic", "Chị chọn lại"),
    ("phrasings", "x" * 201, "Có dòng dài quá"),
    ("khmer_answer", "សួស្តី", "cần có cả câu hỏi"),
]


@pytest.mark.parametrize(("field", "value", "sentence"), FAULTS)
async def test_fault_is_said_at_its_field_and_nothing_is_kept(
    browser: Browser, union: Union, faq: None, database: Database, field: str, value: str, sentence: str
) -> None:
    await browser.sign_in("an", PASSWORD)
    page = await browser.open(f"{ENTRIES}/FEE-01")
    before = await _version(database)
    form = WRITTEN | {field: value, "seen_at": _seen_at(page)}
    page = await browser.send(f"{ENTRIES}/FEE-01", **form)
    assert page.status == 422
    assert sentence in page
    assert await _version(database) == before


async def test_what_a_colleague_has_changed_meanwhile_is_not_overwritten(
    browser: Browser, union: Union, faq: None, clock: MovingClock
) -> None:
    await browser.sign_in("an", PASSWORD)
    seen_at = _seen_at(await browser.open(f"{ENTRIES}/FEE-01"))
    clock.move(timedelta(minutes=1))
    await browser.send(f"{ENTRIES}/FEE-01", seen_at=seen_at, **WRITTEN)
    page = await browser.send(f"{ENTRIES}/FEE-01", seen_at=seen_at, **(WRITTEN | {"answer": "Cũ"}))
    assert (page.status, "vừa được người khác sửa" in page) == (422, True)


async def test_new_entry_is_off_until_somebody_answers_for_it(
    browser: Browser, union: Union, faq: None, database: Database
) -> None:
    await browser.sign_in("an", PASSWORD)
    await browser.open(f"{ENTRIES}/new")
    page = await browser.send(f"{ENTRIES}/new", **(WRITTEN | {"question": "Mấy giờ Hội mở cửa?"}))
    assert page.path == f"{ENTRIES}/RIENG-01"
    assert not await _is_on(database, "RIENG-01")
    page = await browser.send(f"{ENTRIES}/RIENG-01/switch", to="on")
    assert "Bấm nút dưới đây là chị chịu trách nhiệm" in page
    assert not await _is_on(database, "RIENG-01")
    await browser.send(f"{ENTRIES}/RIENG-01/switch", to="on", read=read(page))
    assert await _is_on(database, "RIENG-01")
    assert ("entry_switched_on", "entry RIENG-01") in await _acts(database)
    page = await browser.send(
        f"{ENTRIES}/new", **(WRITTEN | {"question": "Hội nghỉ ngày nào?"}), csrf=page.csrf
    )
    assert page.path == f"{ENTRIES}/RIENG-02"


async def test_a_draft_takes_no_answer_away_and_one_that_was_on_keeps_its_questions(
    browser: Browser, union: Union, faq: None, database: Database
) -> None:
    book = AnswerBook()

    async def found() -> tuple[str, bool]:
        async with database.reading() as connection:
            await book.current(connection)
            await book.caught_up()
            current = await book.current(connection)
        best = current.search("hoi phi bao nhieu")[0].entry_id
        return best, current.entries[best].is_on

    await browser.sign_in("an", PASSWORD)
    await browser.open(f"{ENTRIES}/new")
    written = {
        "question": "Hội phí bao nhiêu một năm?",
        "phrasings": "hoi phi bao nhieu\nhội phí bao nhiêu vậy",
    }
    page = await browser.send(f"{ENTRIES}/new", **(WRITTEN | written))
    assert "Đang tắt, chưa bật lần nào" in page
    assert await found() == ("FEE-01", True)
    page = await browser.send(f"{ENTRIES}/effect", **(WRITTEN | written | {"entry_id": "RIENG-01"}))
    assert "Câu này chưa bật lần nào nên lưu xong chưa đổi gì." in page
    await browser.open(f"{ENTRIES}/FEE-01")
    await browser.send(f"{ENTRIES}/FEE-01/switch", to="off")
    assert await found() == ("FEE-01", False)
    page = await browser.send(f"{ENTRIES}/RIENG-01/switch", to="on")
    await browser.send(f"{ENTRIES}/RIENG-01/switch", to="on", read=read(page))
    asked = "hội phí bao nhiêu vậy"
    async with database.reading() as connection:
        await book.current(connection)
        await book.caught_up()
        assert (await book.current(connection)).search(asked)[0].entry_id == "RIENG-01"
    await browser.open(f"{ENTRIES}/RIENG-01")
    page = await browser.send(f"{ENTRIES}/RIENG-01/switch", to="off")
    assert "Đang tắt: ai hỏi câu này được mời hỏi cán bộ." in page
    async with database.reading() as connection:
        await book.current(connection)
        await book.caught_up()
        assert (await book.current(connection)).search(asked)[0].entry_id == "RIENG-01"
    page = await browser.send(f"{ENTRIES}/effect", **(WRITTEN | written | {"entry_id": "RIENG-01"}))
    assert "Lưu là các cách hỏi có hiệu lực ngay" in page


async def test_confirmed_entry_is_switched_without_a_question(
    browser: Browser, union: Union, faq: None, database: Database
) -> None:
    await browser.sign_in("an", PASSWORD)
    await browser.open(f"{ENTRIES}/FEE-01")
    await browser.send(f"{ENTRIES}/FEE-01/switch", to="off")
    assert not await _is_on(database, "FEE-01")
    await browser.send(f"{ENTRIES}/FEE-01/switch", to="on")
    assert await _is_on(database, "FEE-01")


@pytest.mark.parametrize("login", ["dung", "chi"])
async def test_below_the_province_general_entries_are_only_read(
    browser: Browser, union: Union, faq: None, database: Database, login: str
) -> None:
    await browser.sign_in(login, PASSWORD)
    page = await browser.open(f"{ENTRIES}/FEE-01")
    assert "do cán bộ tỉnh, thành phố giữ" in page
    token = (await browser.open("/console/account")).csrf
    for path, form in [
        (f"{ENTRIES}/FEE-01", WRITTEN),
        (f"{ENTRIES}/FEE-01/switch", {"to": "off"}),
        (f"{ENTRIES}/new", WRITTEN),
    ]:
        assert (await browser.send(path, csrf=token, **form)).status == 403
    assert await _is_on(database, "FEE-01")
    assert await _acts(database) == []


async def test_phrasing_that_fits_another_entry_is_warned_of(
    browser: Browser, union: Union, faq: None
) -> None:
    await browser.sign_in("an", PASSWORD)
    page = await browser.open(f"{ENTRIES}/CHILD-01")
    assert "dễ trả lời nhầm" not in page
    form = WRITTEN | {
        "topic": "tre_em",
        "question": "Trẻ em bị đánh thì gọi đâu?",
        "phrasings": "hoi phi bao nhieu",
    }
    page = await browser.send(f"{ENTRIES}/CHILD-01", seen_at=_seen_at(page), **form)
    assert "«hoi phi bao nhieu» cũng khớp với Hội phí bao nhiêu?" in page


async def test_entry_is_shown_as_text_whatever_stands_in_it(
    browser: Browser, union: Union, faq: None
) -> None:
    await browser.sign_in("an", PASSWORD)
    page = await browser.open(f"{ENTRIES}/FEE-01")
    form = WRITTEN | {"question": "<script>alert(1)</script> hội phí", "seen_at": _seen_at(page)}
    await browser.send(f"{ENTRIES}/FEE-01", **form)
    for path in (ENTRIES, f"{ENTRIES}/FEE-01"):
        page = await browser.open(path)
        assert "<script>alert" not in page.html
        assert "&lt;script&gt;alert(1)" in page.html


async def test_unknown_entry_is_a_page_that_says_so(browser: Browser, union: Union, faq: None) -> None:
    await browser.sign_in("an", PASSWORD)
    assert (await browser.open(f"{ENTRIES}/NO-99")).status == 404


# Local fields.


async def test_officer_fills_in_for_her_unit_and_a_unit_below_inherits(
    browser: Browser, union: Union, faq: None, database: Database
) -> None:
    await browser.sign_in("dung", PASSWORD)
    page = await browser.open(FIELDS)
    assert "Để trống thì trợ lý nói: «chị chi hội trưởng»" in page
    unit = str(union.people.commune_id)
    page = await browser.send(FIELDS, **{"unit": unit, "value-chi_hoi_truong": "  chị   Bảy 0912 "})
    assert "Đã lưu" in page
    async with database.reading() as connection:
        said = await filled(connection, "Hỏi {{chi_hoi_truong}}.", union.people.branch_id)
        elsewhere = await filled(connection, "Hỏi {{chi_hoi_truong}}.", union.people.other_commune_id)
    assert (said, elsewhere) == ("Hỏi chị Bảy 0912.", "Hỏi chị chi hội trưởng.")
    page = await browser.open(f"{FIELDS}?unit={union.people.branch_id}")
    assert "Để trống thì dùng của Xã Kế Sách: «chị Bảy 0912»" in page
    assert ("local_fields_set", f"unit {unit}") in await _acts(database)


async def test_emptied_field_falls_back(
    browser: Browser, union: Union, faq: None, database: Database
) -> None:
    await browser.sign_in("dung", PASSWORD)
    unit = str(union.people.commune_id)
    await browser.open(FIELDS)
    await browser.send(FIELDS, **{"unit": unit, "value-chi_hoi_truong": "chị Bảy"})
    await browser.send(FIELDS, **{"unit": unit, "value-chi_hoi_truong": ""})
    async with database.reading() as connection:
        assert await filled(connection, "{{chi_hoi_truong}}", union.people.commune_id) == "Chị chi hội trưởng"


async def test_unit_of_others_cannot_be_filled_in(
    browser: Browser, union: Union, faq: None, database: Database
) -> None:
    await browser.sign_in("chi", PASSWORD)
    token = (await browser.open(FIELDS)).csrf
    for unit in (union.people.commune_id, union.people.province_id, 99_999):
        assert (await browser.open(f"{FIELDS}?unit={unit}")).status == 404
        page = await browser.send(FIELDS, csrf=token, **{"unit": str(unit), "value-chi_hoi_truong": "x"})
        assert page.status == 404
    assert await _acts(database) == []


async def test_value_that_is_too_long_is_said_at_its_field(browser: Browser, union: Union, faq: None) -> None:
    await browser.sign_in("an", PASSWORD)
    await browser.open(FIELDS)
    page = await browser.send(FIELDS, **{"value-chi_hoi_truong": "x" * 301})
    assert (page.status, "Dài quá 300 ký tự" in page) == (422, True)
