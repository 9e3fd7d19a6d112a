import csv
from io import StringIO

import sqlalchemy as sa

from bot.store.database import Database
from bot.store.tables import consents, members, staff_acts
from bot.store.tables.people import MemberStatus, Purpose
from tests import people
from tests.conftest import MovingClock
from tests.handlers.officers.browser import Browser
from tests.handlers.officers.conftest import PASSWORD, Union


async def add(
    database: Database, clock: MovingClock, name: str, unit_id: int | None, **values: object
) -> int:
    async with database.writing() as connection:
        return await people.add_member(connection, name, unit_id, now=clock(), **values)


async def search(browser: Browser, words: str = "", **fields: str) -> str:
    await browser.open("/console/members")
    page = await browser.send("/console/members", words=words, **fields)
    assert page.status == 200
    return page.text


async def test_dung_of_ke_sach_sees_her_members_and_nobody_of_nhon_my(
    browser: Browser, union: Union, database: Database, clock: MovingClock
) -> None:
    elsewhere = await add(database, clock, "Lâm Thị Xa", union.people.other_commune_id)
    unknown = await add(database, clock, "Lý Thị Đâu", None)
    await browser.sign_in("dung", PASSWORD)
    page = await browser.open("/console/members")
    assert "Nguyễn Thị Hoa" in page
    assert "Thạch Thị Lan" in page
    assert "2 người" in page
    for hidden in (elsewhere, unknown):
        assert (await browser.open(f"/console/members/{hidden}")).status == 404
    assert "Xa" not in await search(browser, "xa")
    assert "Không có ai" in await search(
        browser, "xa", unit=str(union.people.other_commune_id), status="left"
    )


async def test_an_of_the_province_sees_all_also_those_without_a_unit(
    browser: Browser, union: Union, database: Database, clock: MovingClock
) -> None:
    await add(database, clock, "Lý Thị Đâu", None)
    await browser.sign_in("an", PASSWORD)
    page = await browser.open("/console/members")
    assert "3 người" in page
    assert "chưa rõ đơn vị" in page


WAYS_TO_FIND_HOA = [
    "nguyen thi hoa", "HOA", "Nguyễn Hoa", "hoa nguyen", "0912345678", "0912 345", "+84 912", "345678",
]  # fmt: skip


async def test_member_is_found_by_parts_of_her_name_or_number(
    browser: Browser, union: Union, database: Database
) -> None:
    async with database.writing() as connection:
        await connection.execute(
            sa.update(members).where(members.c.id == union.people.hoa).values(phone="+84912345678")
        )
    await browser.sign_in("dung", PASSWORD)
    for words in WAYS_TO_FIND_HOA:
        found = await search(browser, words)
        assert "Nguyễn Thị Hoa" in found, words
        assert "1 người" in found, words


async def test_words_searched_for_stand_in_no_address(browser: Browser, union: Union) -> None:
    await browser.sign_in("dung", PASSWORD)
    await search(browser, "Thạch Lan", status="recognised")
    assert browser.page.path == "/console/members?status=recognised&words=1"
    assert 'value="Thạch Lan"' in browser.page.html
    assert "Nguyễn Thị Hoa" in await browser.open("/console/members")  # A fresh visit begins without them.


ODD_WORDS = ["%", "_", "'; DROP TABLE members; --", "\\", "<script>alert(1)</script>", "x" * 5000]


async def test_odd_words_find_nobody_and_break_nothing(browser: Browser, union: Union) -> None:
    await browser.sign_in("dung", PASSWORD)
    for words in ODD_WORDS:
        assert "Không có ai trong danh sách này" in await search(browser, words), words
        assert "<script>alert" not in browser.page.html


async def test_list_goes_by_given_name_and_pages_both_ways(
    browser: Browser, union: Union, database: Database, clock: MovingClock
) -> None:
    for i in range(120):
        await add(
            database, clock, f"Trần Thị {chr(97 + i % 26)}{chr(97 + i // 26)} Mai", union.people.commune_id
        )
    await add(database, clock, "Võ Thị Ánh", union.people.commune_id)
    await browser.sign_in("dung", PASSWORD)
    seen: list[str] = []
    page = await browser.open("/console/members")
    assert page.html.index("Võ Thị Ánh") < page.html.index(" Mai<")
    pages = []
    while True:
        pages.append(names_of(page.html))
        seen += pages[-1]
        if not (after := address_of(page.html, "after")):
            break
        page = await browser.open(after)
    assert len(seen) == len(set(seen)) == 123
    back = []
    while before := address_of(page.html, "before"):
        page = await browser.open(before)
        back.append(names_of(page.html))
    assert [*reversed(back)] == pages[:-1]


async def test_part_of_the_page_is_the_same_list(browser: Browser, union: Union) -> None:
    await browser.sign_in("dung", PASSWORD)
    whole = await browser.open("/console/members")
    part = await browser.open("/console/members", headers={"HX-Request": "true"})
    assert part.html.strip().startswith('<div id="results">')
    assert part.html.strip() in whole.html
    restored = await browser.open(
        "/console/members", headers={"HX-Request": "true", "HX-History-Restore-Request": "true"}
    )
    assert "<!doctype html>" in restored.html


async def test_membership_is_decided_by_the_officer_and_recorded(
    browser: Browser, union: Union, database: Database, clock: MovingClock
) -> None:
    asked = await add(database, clock, "Kim Thị Sương", union.people.branch_id, status=MemberStatus.REQUESTED)
    await browser.sign_in("dung", PASSWORD)
    page = await browser.open(f"/console/members/{asked}")
    assert "Công nhận hội viên" in page
    page = await browser.send(f"/console/members/{asked}/status", status="recognised")
    assert "Đã lưu." in page
    page = await browser.send(
        f"/console/members/{asked}/status", status="declined"
    )  # Not from here any more.
    assert "Chưa đổi được" in page
    async with database.reading() as connection:
        assert (
            await connection.scalar(sa.select(members.c.status).where(members.c.id == asked)) == "recognised"
        )
        act = (
            await connection.execute(sa.select(staff_acts).where(staff_acts.c.act == "member_decided"))
        ).one()
    assert (act.staff_id, act.subject, act.detail) == (
        union.dung,
        f"member {asked}",
        {"status": "recognised"},
    )


async def test_chi_of_nhon_my_decides_about_nobody_of_ke_sach(
    browser: Browser, union: Union, database: Database
) -> None:
    await browser.sign_in("chi", PASSWORD)
    page = await browser.send(f"/console/members/{union.people.hoa}/status", status="left")
    assert page.status == 404
    async with database.reading() as connection:
        status = await connection.scalar(sa.select(members.c.status).where(members.c.id == union.people.hoa))
    assert status == "recognised"


async def test_member_page_shows_consents_in_force_and_whether_she_can_be_reached(
    browser: Browser, union: Union, database: Database, clock: MovingClock
) -> None:
    async with database.writing() as connection:
        for given in (True, False):
            await connection.execute(
                sa.insert(consents).values(
                    member_id=union.people.hoa,
                    purpose=Purpose.CALL_BACK,
                    is_given=given,
                    wording="?",
                    at=clock(),
                )
            )
    await browser.sign_in("dung", PASSWORD)
    page = await browser.open(f"/console/members/{union.people.hoa}")
    assert "Cho cán bộ gọi điện lại: không đồng ý" in page
    assert "liên lạc được" in page


async def test_address_of_no_member_is_not_found(browser: Browser, union: Union) -> None:
    await browser.sign_in("an", PASSWORD)
    for number in ("x", "0", "9" * 30, "-1", "1.5", "٣"):
        assert (await browser.open(f"/console/members/{number}")).status == 404, number
        page = await browser.open(f"/console/members?after={number}&unit={number}&status=?")
        assert page.status == 200, number


async def test_file_of_members_opens_in_office_programs_and_calculates_nothing(
    browser: Browser, union: Union, database: Database, clock: MovingClock
) -> None:
    nasty = ["=1+1", "+84", "-2", "@SUM(A1)", "＝1", "<b>tên</b>", '"quoted", name']
    for name in nasty:
        await add(database, clock, name, union.people.branch_id, hamlet="\t=2", phone="+84912345678")
    await add(database, clock, "Lâm Thị Xa", union.people.other_commune_id)
    await browser.sign_in("dung", PASSWORD)
    await browser.open("/console/members")
    page = await browser.send("/console/members/export")
    assert page.headers["Content-Type"] == "text/csv; charset=utf-8"
    assert 'filename="hoi-vien-2026-11-23.csv"' in page.headers["Content-Disposition"]
    assert page.html.startswith("\ufeff")
    header, *rows = csv.reader(StringIO(page.html.removeprefix("\ufeff"), newline=""))
    assert header[1] == "Họ và tên"
    names = {row[1] for row in rows}
    assert names == {"Nguyễn Thị Hoa", "Thạch Thị Lan", "<b>tên</b>", '"quoted", name', "'=1+1", "'+84", "'-2", "'@SUM(A1)", "'＝1"}  # fmt: skip
    assert {row[5] for row in rows} == {"", "0912 345 678"}
    async with database.reading() as connection:
        act = (await connection.execute(sa.select(staff_acts))).one()
    assert (act.act, act.staff_id) == ("members_exported", union.dung)
    assert "hoa" not in str(act.detail).casefold()


async def test_file_holds_only_what_the_list_was_searched_for(
    browser: Browser, union: Union, database: Database, clock: MovingClock
) -> None:
    await browser.sign_in("dung", PASSWORD)
    await search(browser, "lan")
    page = await browser.send("/console/members/export?words=1")
    assert "Thạch Thị Lan" in page.html
    assert "Nguyễn Thị Hoa" not in page.html


async def test_names_stay_text(
    browser: Browser, union: Union, database: Database, clock: MovingClock
) -> None:
    name = '<script>alert("x")</script>{{ 7*7 }}'
    member = await add(database, clock, name, union.people.branch_id, hamlet="<img src=x onerror=y>")
    await browser.sign_in("dung", PASSWORD)
    for path in ("/console/members", f"/console/members/{member}"):
        page = await browser.open(path)
        assert name in page
        assert "<script>alert" not in page.html
        assert "<img" not in page.html


def names_of(html: str) -> list[str]:
    import re

    return re.findall(r'<th scope="row"><a href="[^"]*">([^<]*)</a>', html)


def address_of(html: str, side: str) -> str | None:
    import re
    from html import unescape

    found = re.search(rf'href="([^"]*{side}=\d+)"', html)
    return unescape(found[1]) if found else None
