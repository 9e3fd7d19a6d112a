"""Entries of single units in the console: who writes them, what they stand for, how long they are answered."""

from datetime import timedelta

import pytest
import sqlalchemy as sa

from bot.store.database import Database
from bot.store.tables import entries
from tests.conftest import MovingClock
from tests.handlers.officers.browser import Browser, Page
from tests.handlers.officers.conftest import PASSWORD, NewBrowser, Union
from tests.handlers.officers.test_confirming import read

ENTRIES = "/console/entries"
OWN = {
    "topic": "hoi_phi",
    "question": "Hội phí ở Kế Sách bao nhiêu?",
    "phrasings": "hoi phi xa ke sach",
    "answer": "Ở xã mình mỗi năm 36.000 đồng.",
    "source": "Nghị quyết chi hội",
    "escalate": "none",
    "sensitive": "none",
}


@pytest.fixture
async def dung(browser: Browser, union: Union, faq: None) -> Browser:
    """The officer of Kế Sách, signed in, with the form of a new entry open."""
    await browser.sign_in("dung", PASSWORD)
    await browser.open(f"{ENTRIES}/new")
    return browser


def _own(union: Union, **values: str) -> dict[str, str]:
    return OWN | {"unit_id": str(union.people.commune_id)} | values


def _seen_at(page: Page) -> str:
    return page.html.split('name="seen_at" value="')[1].split('"')[0]


async def test_officer_of_a_commune_writes_and_switches_what_is_of_her_unit(
    dung: Browser, union: Union, database: Database
) -> None:
    page = await dung.send(f"{ENTRIES}/new", **_own(union, stands_for="FEE-01", expires_on="2027-12-31"))
    assert page.path == f"{ENTRIES}/RIENG-01"
    page = await dung.send(
        f"{ENTRIES}/RIENG-01", seen_at=_seen_at(page), **_own(union, answer="40.000 đồng.")
    )
    assert "Đã lưu" in page
    page = await dung.send(f"{ENTRIES}/RIENG-01/switch", to="on")
    page = await dung.send(f"{ENTRIES}/RIENG-01/switch", to="on", read=read(page))
    assert "đang bật" in page
    async with database.reading() as connection:
        row = (await connection.execute(sa.select(entries).where(entries.c.id == "RIENG-01"))).one()
    assert (row.unit_id, row.is_on) == (union.people.commune_id, True)


async def test_form_for_a_unit_opens_with_what_the_general_entry_says(dung: Browser, union: Union) -> None:
    page = await dung.open(f"{ENTRIES}/FEE-01")
    assert f'href="{ENTRIES}/new?stands_for=FEE-01"' in page.html
    page = await dung.open(f"{ENTRIES}/new?stands_for=FEE-01")
    assert "Mỗi năm 24.000 đồng, hỏi {{chi_hoi_truong}}." in page
    assert '<option value="FEE-01" selected>' in page.html
    assert f'<option value="{union.people.commune_id}" selected>' in page.html
    assert '<option value=""' not in page.html.split('name="unit_id"')[1].split("</select>")[0]


@pytest.mark.parametrize("unit", ["", "other", "province"])
async def test_officer_of_a_commune_writes_nothing_for_others(
    dung: Browser, union: Union, unit: str, database: Database
) -> None:
    people = union.people
    unit_id = {"": "", "other": str(people.other_commune_id), "province": str(people.province_id)}[unit]
    page = await dung.send(f"{ENTRIES}/new", **_own(union, unit_id=unit_id))
    assert page.status == 403
    page = await dung.open(f"{ENTRIES}/new")
    await dung.send(f"{ENTRIES}/new", **_own(union))
    page = await dung.open(f"{ENTRIES}/RIENG-01")
    page = await dung.send(f"{ENTRIES}/RIENG-01", seen_at=_seen_at(page), **_own(union, unit_id=unit_id))
    assert page.status == 403
    async with database.reading() as connection:
        kept = await connection.scalars(sa.select(entries.c.unit_id).where(entries.c.id == "RIENG-01"))
    assert list(kept) == [people.commune_id]


async def test_entry_of_another_commune_is_not_there(
    dung: Browser, union: Union, new_browser: NewBrowser
) -> None:
    await dung.send(f"{ENTRIES}/new", **_own(union, stands_for="FEE-01"))
    chi = await new_browser()
    await chi.sign_in("chi", PASSWORD)
    assert "RIENG-01" not in await chi.open(ENTRIES)
    assert "Kế Sách" not in await chi.open(f"{ENTRIES}/FEE-01")
    token = (await chi.open("/console/account")).csrf
    assert (await chi.open(f"{ENTRIES}/RIENG-01")).status == 404
    for path in (f"{ENTRIES}/RIENG-01", f"{ENTRIES}/RIENG-01/switch"):
        assert (await chi.send(path, csrf=token, **_own(union))).status == 404


async def test_province_sees_whose_each_entry_is(
    dung: Browser, union: Union, new_browser: NewBrowser
) -> None:
    await dung.send(f"{ENTRIES}/new", **_own(union, stands_for="FEE-01"))
    an = await new_browser()
    await an.sign_in("an", PASSWORD)
    page = await an.open(f"{ENTRIES}?show=own")
    assert ("RIENG-01 Xã Kế Sách" in page, "FEE-02" in page) == (True, False)
    assert "Đơn vị có câu riêng thay câu này Xã Kế Sách" in await an.open(f"{ENTRIES}/FEE-01")


FAULTS = [
    ("unit of a general entry that others stand for", {}, "stands_for", "NONE-01", "phải là một câu chung"),
    ("a day that is over", {}, "expires_on", "2020-01-01", "Ngày này đã qua"),
    ("no day", {}, "expires_on", "mai", "Ngày này chưa đọc được"),
    ("a day of no document", {}, "cites_on", "2025-07-01", "chưa có tên văn bản"),
    ("a day to come", {"cites": "Luật"}, "cites_on", "2040-07-01", "Ngày này chưa tới"),
    ("a long name", {}, "cites", "x" * 151, "tối đa 150 ký tự"),
]


@pytest.mark.parametrize(
    ("values", "field", "value", "sentence"), [case[1:] for case in FAULTS], ids=[case[0] for case in FAULTS]
)
async def test_fault_is_said_at_its_field(
    dung: Browser, union: Union, values: dict[str, str], field: str, value: str, sentence: str
) -> None:
    page = await dung.send(f"{ENTRIES}/new", **(_own(union) | values | {field: value}))
    assert (page.status, sentence in page) == (422, True)
    assert (await dung.open(f"{ENTRIES}/RIENG-01")).status == 404


async def test_entry_of_a_unit_is_as_private_as_the_general_one_that_it_stands_for(
    dung: Browser, union: Union, database: Database
) -> None:
    async with database.writing() as connection:
        await connection.execute(
            sa.update(entries).where(entries.c.id == "CHILD-01").values(sensitive="high")
        )

    async def kept() -> tuple[str, str]:
        async with database.reading() as connection:
            row = (await connection.execute(sa.select(entries).where(entries.c.id == "RIENG-01"))).one()
        return row.escalate, row.sensitive

    page = await dung.open(f"{ENTRIES}/new?stands_for=CHILD-01")
    assert '<option value="high" selected>' in page.html
    page = await dung.send(f"{ENTRIES}/new", **_own(union, stands_for="CHILD-01"))
    assert "nên câu này được giữ y như vậy" in page
    assert await kept() == ("urgent", "high")
    page = await dung.send(
        f"{ENTRIES}/RIENG-01", seen_at=_seen_at(page), **_own(union, stands_for="CHILD-01")
    )
    assert "nên câu này được giữ y như vậy" in page
    assert await kept() == ("urgent", "high")
    page = await dung.send(f"{ENTRIES}/RIENG-01", seen_at=_seen_at(page), **_own(union, stands_for="FEE-01"))
    assert "nên câu này được giữ y như vậy" not in page
    assert await kept() == ("none", "none")


async def test_one_entry_of_a_unit_stands_for_a_general_one_and_none_for_that(
    dung: Browser, union: Union, new_browser: NewBrowser
) -> None:
    await dung.send(f"{ENTRIES}/new", **_own(union, stands_for="FEE-01"))
    await dung.open(f"{ENTRIES}/new")
    page = await dung.send(f"{ENTRIES}/new", **_own(union, stands_for="FEE-01"))
    assert "Đơn vị này đã có câu RIENG-01 thay câu đó" in page
    page = await dung.send(f"{ENTRIES}/new", **_own(union, stands_for="RIENG-01"))
    assert "phải là một câu chung" in page
    an = await new_browser()
    await an.sign_in("an", PASSWORD)
    page = await an.open(f"{ENTRIES}/FEE-01")
    page = await an.send(f"{ENTRIES}/FEE-01", seen_at=_seen_at(page), **_own(union))
    assert "phải là câu chung" in page
    await an.open(f"{ENTRIES}/new")
    page = await an.send(f"{ENTRIES}/new", **(OWN | {"stands_for": "FEE-01", "unit_id": ""}))
    assert "Câu chung thì không thay câu nào" in page


async def test_expired_entry_says_so_and_can_be_found(
    browser: Browser, union: Union, faq: None, clock: MovingClock
) -> None:
    await browser.sign_in("an", PASSWORD)
    page = await browser.open(f"{ENTRIES}/FEE-01")
    day = f"{clock():%Y-%m-%d}"
    await browser.send(
        f"{ENTRIES}/FEE-01", seen_at=_seen_at(page), **(OWN | {"unit_id": "", "expires_on": day})
    )
    page = await browser.open(f"{ENTRIES}?show=expiring")
    assert ("FEE-01" in page, "CHILD-01" in page, "✓ đang bật" in page) == (True, False, True)
    clock.move(timedelta(days=2))
    await browser.sign_in("an", PASSWORD)
    page = await browser.open(f"{ENTRIES}?show=expiring")
    assert ("FEE-01" in page, "✓ đang bật" in page) == (True, False)
    assert "Đã hết hạn ngày" in await browser.open(f"{ENTRIES}/FEE-01")


async def test_overlaps_are_shown_while_she_writes_a_new_entry(dung: Browser, union: Union) -> None:
    page = await dung.open(f"{ENTRIES}/new")
    data = _own(union, question="ai duoc mien dong tien", phrasings="") | {"_csrf": page.csrf}
    async with dung.client.post(f"{ENTRIES}/overlaps", data=data, headers={"HX-Request": "true"}) as response:
        html = await response.text()
    assert "cũng khớp với" in html
    assert "Ai được miễn đóng tiền?" in html
    assert "<form" not in html
    data |= {"stands_for": "FEE-02"}
    async with dung.client.post(f"{ENTRIES}/overlaps", data=data, headers={"HX-Request": "true"}) as response:
        assert "cũng khớp với" not in await response.text()
