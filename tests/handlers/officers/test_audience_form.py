"""Choosing people as sentences in the console, without JavaScript."""

import json
import re
from datetime import timedelta
from html import unescape
from io import BytesIO
from typing import Any

import pytest
import sqlalchemy as sa
import xlsxwriter
from aiohttp import FormData

from bot.people.member_code import code_of
from bot.store.database import Database
from bot.store.tables import broadcasts, erasures, list_misses, member_lists, members, segments
from tests.broadcasts.ledger import change_chats, change_member
from tests.conftest import MovingClock
from tests.handlers.officers.announcing import BROADCASTS, broadcast_row, form
from tests.handlers.officers.browser import Browser, Page
from tests.handlers.officers.conftest import PASSWORD, Union, Write

COUNT = f"{BROADCASTS}/count"
_FIELD = re.compile(r'<input type="hidden" name="((?:who|not)-\d+|asked)" value="([^"]*)"')


def kept(page: Page) -> dict[str, str]:
    """The sentences and what was counted, as the open form carries them."""
    return {name: unescape(value) for name, value in _FIELD.findall(page.html)}


def said(page: Page) -> list[str]:
    return [unescape(one) for one in re.findall(r'<li class="sentence"><span>([^<]*)</span>', page.html)]


async def add(browser: Browser, union: Union, kind: str, *, kind_of: str = "who", **fields: str) -> Page:
    sent = (
        form(union.people) | kept(browser.page) | {"add-kind": kind, "add-as": kind_of, "add": "1"} | fields
    )
    return await browser.send(COUNT, **sent)


async def test_sentences_are_added_and_taken_out(
    browser: Browser, readers: Union, database: Database
) -> None:
    await change_member(database, readers.people.hoa, birth_year=2000)
    await change_member(database, readers.people.lan, birth_year=None)
    await browser.sign_in("an", PASSWORD)
    await browser.open(f"{BROADCASTS}/new")
    page = await browser.send(COUNT, **form(readers.people), **{"add-kind": "age"})
    assert 'name="add-from"' in page.html
    page = await add(browser, readers, "age", **{"add-from": "30"})
    assert said(page) == ["Từ 30 tuổi trở lên"]
    assert "1 người sẽ nhận" in page
    assert "1 chưa rõ năm sinh" in page
    page = await add(
        browser, readers, "units", kind_of="not", **{"add-unit": str(readers.people.other_commune_id)}
    )
    assert said(page) == ["Từ 30 tuổi trở lên", "Trừ: hội viên của Xã Nhơn Mỹ"]
    assert "0 người sẽ nhận" in page
    page = await browser.send(COUNT, **form(readers.people), **kept(page), drop="who=" + kept(page)["who-0"])
    assert said(page) == ["Trừ: hội viên của Xã Nhơn Mỹ"]
    assert "2 người sẽ nhận" in page
    page = await browser.send(f"{BROADCASTS}/new", **form(readers.people), **kept(page))
    stored = (await broadcast_row(database, int(page.path.split("/")[3]))).audience
    assert stored["not"] == [{"is": "units", "units": [readers.people.other_commune_id]}]


WRONG: list[tuple[str, dict[str, str], str]] = [
    ("age", {"add-from": "trẻ"}, "ghi tuổi bằng số"),
    ("age", {}, "ghi tuổi bằng số"),
    ("age", {"add-from": "40", "add-to": "20"}, "lớn hơn tuổi lớn nhất"),
    ("registered", {"add-first": "2026-02-30"}, "Ngày chưa đúng"),
    ("registered", {"add-first": "2026-02-02", "add-last": "2026-01-01"}, "sau ngày cuối"),
    ("active", {"add-days": "0"}, "ghi số ngày"),
    ("tag", {"add-tag": ""}, "Chưa chọn nhãn"),
    ("got", {"add-broadcast": ""}, "chọn thông báo nào"),
    ("answered", {"add-broadcast": "1", "add-answer": "9"}, "câu trả lời nào"),
    ("list", {"add-list": "x"}, "Chưa chọn danh sách"),
    ("segment", {}, "Chưa chọn nhóm"),
]


@pytest.mark.parametrize(("kind", "fields", "sentence"), WRONG, ids=[f"{one[0]} {one[1]}" for one in WRONG])
async def test_what_cannot_be_added_is_said_and_stays_in_its_fields(
    browser: Browser, readers: Union, kind: str, fields: dict[str, str], sentence: str
) -> None:
    await browser.sign_in("an", PASSWORD)
    await browser.open(f"{BROADCASTS}/new")
    page = await add(browser, readers, kind, **fields)
    assert sentence in page
    assert said(page) == []
    page = await browser.send(f"{BROADCASTS}/new", **form(readers.people), **{"add-kind": kind}, **fields)
    assert page.status == 422
    assert "chưa bấm Thêm" in page


TAMPERED = [
    "x", "{}", "[" * 3000, '{"is":"moon"}', '{"is":"age","from":-1}', '{"is":"list","list":true}',
    json.dumps({"is": "segment", "segment": 1, "inside": {"who": [{"is": "moon"}]}}),
]  # fmt: skip


@pytest.mark.parametrize("written", TAMPERED, ids=[one[:40] for one in TAMPERED])
async def test_what_was_tampered_with_is_no_sentence(browser: Browser, readers: Union, written: str) -> None:
    await browser.sign_in("an", PASSWORD)
    await browser.open(f"{BROADCASTS}/new")
    page = await browser.send(COUNT, **form(readers.people), **{"who-0": written})
    assert (page.status, [one for one in said(page) if "nhóm" not in one]) == (200, [])
    page = await browser.send(f"{BROADCASTS}/people", asked=written)
    assert page.status == 404


async def test_an_officer_names_only_what_is_hers_to_see(
    browser: Browser, readers: Union, database: Database, write: Write
) -> None:
    await browser.sign_in("an", PASSWORD)
    theirs = await write(browser)
    unit = json.dumps({"is": "units", "units": [readers.people.commune_id]})
    got = json.dumps({"is": "got", "broadcast": theirs, "got": False})
    await browser.sign_in("chi", PASSWORD)
    await browser.open(f"{BROADCASTS}/new")
    hers = form(readers.people, unit=str(readers.people.other_commune_id))
    for condition in (unit, got):
        page = await browser.send(f"{BROADCASTS}/new", **hers, **{"not-0": condition})
        assert page.status == 422
        assert "không thuộc đơn vị của chị" in page
    page = await browser.send(f"{BROADCASTS}/new", **hers, **{f"unit-{readers.people.commune_id}": "1"})
    assert page.status == 422
    await browser.sign_in("an", PASSWORD)
    await browser.open(f"{BROADCASTS}/new")
    asked = kept(await browser.send(COUNT, **form(readers.people)))["asked"]
    await browser.sign_in("chi", PASSWORD)
    await browser.open(f"{BROADCASTS}/new")
    assert (await browser.send(f"{BROADCASTS}/people", asked=asked)).status == 403


async def test_every_number_leads_to_its_names(
    browser: Browser, readers: Union, database: Database, write: Write
) -> None:
    await change_chats(database, readers.people.lan, is_quiet=True)
    await browser.sign_in("an", PASSWORD)
    await browser.open(f"{BROADCASTS}/new")
    asked = kept(await browser.send(COUNT, **form(readers.people)))["asked"]
    page = await browser.send(f"{BROADCASTS}/people", asked=asked)
    assert "Nguyễn Thị Hoa" in page
    assert "Thạch Thị Lan" not in page
    page = await browser.send(f"{BROADCASTS}/people", asked=asked, left_out="quiet")
    assert "Thạch Thị Lan" in page
    assert "Nguyễn Thị Hoa" not in page
    broadcast_id = await write(browser)
    assert "Nguyễn Thị Hoa" in await browser.open(f"{BROADCASTS}/{broadcast_id}/people")
    assert "Thạch Thị Lan" in await browser.open(f"{BROADCASTS}/{broadcast_id}/people?left_out=quiet")


async def test_names_are_shown_a_page_at_a_time(
    browser: Browser, readers: Union, database: Database, clock: MovingClock
) -> None:
    async with database.writing() as connection:
        await connection.execute(
            sa.insert(members),
            [
                {"full_name": f"Bà Số {i:03}", "name_sort": f"{i:03}", "name_folded": "", "unit_id": readers.people.branch_id,
                 "status": "recognised", "created_at": clock(), "updated_at": clock()}
                for i in range(70)
            ],
        )  # fmt: skip
    await browser.sign_in("an", PASSWORD)
    await browser.open(f"{BROADCASTS}/new")
    asked = kept(await browser.send(COUNT, **form(readers.people)))["asked"]
    page = await browser.send(f"{BROADCASTS}/people", asked=asked, left_out="no_consent")
    assert ("Bà Số 000" in page, "Bà Số 069" in page) == (True, False)
    after = page.html.split('name="after" value="')[1].split('"')[0]
    page = await browser.send(f"{BROADCASTS}/people", asked=asked, left_out="no_consent", after=after)
    assert ("Bà Số 000" in page, "Bà Số 069" in page) == (False, True)


async def test_a_segment_is_saved_from_an_announcement_used_renamed_and_deleted(
    browser: Browser, readers: Union, database: Database
) -> None:
    await browser.sign_in("an", PASSWORD)
    await browser.open(f"{BROADCASTS}/new")
    page = await add(browser, readers, "active", **{"add-days": "30"})
    page = await browser.send("/console/segments/new", **form(readers.people), **kept(page))
    assert said(page) == ["Có nhắn với Hội trong 30 ngày qua"]
    hers = {"unit": str(readers.people.province_id)} | kept(page)
    assert "đặt cho nhóm một cái tên" in await browser.send("/console/segments", name=" ", **hers)
    page = await browser.send("/console/segments", name="Hay nhắn", **hers)
    assert "Hay nhắn" in page
    async with database.reading() as connection:
        row = (await connection.execute(sa.select(segments))).one()
    assert [one["is"] for one in row.audience["who"]] == ["units", "active"]
    page = await browser.open(f"{BROADCASTS}/new?segment={row.id}")
    assert said(page) == ["Thuộc nhóm “Hay nhắn”"]
    await browser.open("/console/segments")
    assert "Mới" in await browser.send(f"/console/segments/{row.id}/rename", name="Mới")
    assert "Chưa lưu nhóm nào" in await browser.send(f"/console/segments/{row.id}/delete")


async def test_a_segment_of_the_province_is_used_below_and_not_changed_there(
    browser: Browser, readers: Union, database: Database
) -> None:
    await browser.sign_in("an", PASSWORD)
    await browser.open("/console/segments/new")
    hers = {"unit": str(readers.people.province_id), "add-kind": "active", "add-days": "30", "add": "1"}
    await browser.send("/console/segments", name="Của tỉnh", **hers)
    await browser.sign_in("chi", PASSWORD)
    page = await browser.open("/console/segments")
    assert "Của tỉnh" in page
    assert "Đổi tên" not in page
    async with database.reading() as connection:
        segment_id = await connection.scalar(sa.select(segments.c.id))
    await browser.open(f"{BROADCASTS}/new")
    assert (await browser.send(f"/console/segments/{segment_id}/delete")).status == 403


async def upload(browser: Browser, content: bytes, name: str = "lop-may.xlsx", **fields: str) -> Page:
    await browser.open("/console/lists")
    data = FormData(fields | {"_csrf": browser.page.csrf})
    data.add_field("file", BytesIO(content), filename=name, content_type="application/octet-stream")
    return await browser._go("POST", "/console/lists", data=data)


def xlsx(rows: list[list[Any]]) -> bytes:
    file = BytesIO()
    with xlsxwriter.Workbook(file) as workbook:
        sheet = workbook.add_worksheet()
        for at, row in enumerate(rows):
            sheet.write_row(at, 0, row)
    return file.getvalue()


async def test_a_list_is_uploaded_read_and_used(browser: Browser, readers: Union, database: Database) -> None:
    await change_member(database, readers.people.hoa, phone="+84912345678")
    rows: list[list[Any]] = [
        ["Tên", "Số"],
        ["Hoa", 912345678],
        ["Lan", code_of(readers.people.lan)],
        ["Na", "0987654321"],
    ]
    await browser.sign_in("an", PASSWORD)
    page = await upload(browser, xlsx([*rows, *[["Bà", i] for i in range(150)]]))
    assert "Tệp có 153 dòng. Tìm thấy 2 hội viên, 151 dòng không tìm thấy ai." in page
    assert "Na | 0987654321" in page
    assert "Trang sau" in page
    list_id = int(page.path.split("/")[3])
    assert "Bà | 149" in await browser.open(f"/console/lists/{list_id}?after=105")
    page = await browser.open(f"{BROADCASTS}/new?list={list_id}")
    assert "2 người sẽ nhận" in page
    page = await browser.send(f"{BROADCASTS}/new", **form(readers.people), **kept(page))
    assert page.path.endswith("/review")
    await browser.open("/console/lists")
    assert "đang được dùng" in await browser.send(f"/console/lists/{list_id}/delete")
    await browser.sign_in("chi", PASSWORD)
    assert (await browser.open(f"/console/lists/{list_id}")).status == 404
    async with database.reading() as connection:
        assert await connection.scalar(sa.select(sa.func.count()).select_from(broadcasts)) == 1


async def test_rows_that_are_wrong_in_themselves_are_counted_and_listed_apart(
    browser: Browser, readers: Union, database: Database
) -> None:
    await change_member(database, readers.people.hoa, phone="+84912345678")
    await change_member(database, readers.people.lan, phone="+84912345679")
    rows: list[list[Any]] = [
        ["Họ tên", "Số điện thoại"],
        ["Nguyễn Thị Hoa", "0912345678"],
        ["Thạch Thị Lan", 91234567],
        ["Thạch Thị Lan", "091234567890"],
        ["Lê Thị Bảy", "0912345679"],
        ["Na", "0987654321"],
        ["Hoa", "0912345678"],
    ]
    await browser.sign_in("an", PASSWORD)
    page = await upload(browser, xlsx(rows))
    apart = "2 dòng ghi số điện thoại thiếu số, thừa số hay sai. 1 dòng ghi tên khác với chủ số nên chưa tính. 1 dòng trùng."
    assert f"Tệp có 6 dòng. Tìm thấy 1 hội viên, 1 dòng không tìm thấy ai. {apart}" in page
    assert "Thạch Thị Lan | 91234567 số điện thoại thiếu số" in page
    assert "Thạch Thị Lan | 091234567890 số điện thoại thừa số" in page
    overview = await browser.open("/console/lists")
    assert f"1 người 1 dòng {apart}" in overview
    for only, said, others in (
        ("other_name", "Lê Thị Bảy | 0912345679", ("Thạch Thị Lan", "Na |")),
        ("phone", "Thạch Thị Lan | 91234567", ("Lê Thị Bảy", "Na |")),
    ):
        assert f"{page.path}?only={only}#rows" in overview.html
        shown = await browser.open(f"{page.path}?only={only}")
        assert [said in shown, *(one in shown for one in others)] == [True, False, False]


async def test_a_refused_file_keeps_nothing(browser: Browser, readers: Union, database: Database) -> None:
    await browser.sign_in("an", PASSWORD)
    for content, sentence, status in (
        (b"", "Tệp này trống", 422),
        (b"PK\x03\x04 hong", "Không đọc được tệp này", 422),
        (b"0" * (11 * 1024**2), "tới 10 MB", 413),
    ):
        page = await upload(browser, content)
        assert (page.status, sentence in page) == (status, True), page.text
    await browser.open("/console/lists")
    assert "chọn tệp danh sách" in await browser.send("/console/lists", name="x")
    async with database.reading() as connection:
        for table in (member_lists, list_misses):
            assert await connection.scalar(sa.select(sa.func.count()).select_from(table)) == 0


async def test_a_file_of_thirty_megabytes_is_refused_with_a_sentence(
    browser: Browser, readers: Union
) -> None:
    await browser.sign_in("an", PASSWORD)
    page = await upload(browser, b"0912345678\n" * (30 * 1024**2 // 11))
    assert (page.status, "Tệp này lớn quá" in page) == (413, True)


async def test_someone_who_left_last_month_is_counted_as_erased(
    browser: Browser, readers: Union, database: Database, clock: MovingClock
) -> None:
    async with database.writing() as connection:
        await connection.execute(
            sa.insert(erasures).values(unit_id=readers.people.branch_id, at=clock() - timedelta(days=30))
        )
    await browser.sign_in("an", PASSWORD)
    await browser.open(f"{BROADCASTS}/new")
    assert "1 đã xóa thông tin" in await browser.send(COUNT, **form(readers.people))
