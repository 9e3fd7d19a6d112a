"""An officer answers for an entry before members are told it: she reads all of it, one after the other if she likes."""

import re
from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.answers import editing
from bot.store.database import Database
from bot.store.tables import entries, staff_acts
from tests.conftest import MovingClock
from tests.handlers.officers.browser import Browser, Page
from tests.handlers.officers.conftest import PASSWORD, Union

ENTRIES = "/console/entries"
CONFIRMING = f"{ENTRIES}/confirming"
OWN = {
    "topic": "hoi_phi", "question": "Hội phí ở Kế Sách bao nhiêu?", "phrasings": "hoi phi xa ke sach",
    "answer": "Ở xã mình mỗi năm 36.000 đồng, hỏi {{chi_hoi_truong}}.", "source": "Nghị quyết chi hội",
    "escalate": "none", "sensitive": "personal",
}  # fmt: skip


def read(page: Page) -> str:
    """What of the entry the open page shows, as its form says it."""
    found = re.search(r'name="read" value="([^"]+)"', page.html)
    assert found
    return found[1]


async def _on(database: Database) -> set[str]:
    async with database.reading() as connection:
        return set(await connection.scalars(sa.select(entries.c.id).where(entries.c.is_on)))


@pytest.fixture
async def three_wait(database: Database, union: Union, faq: None) -> None:
    """All of the small FAQ is off and unconfirmed: FEE-01, FEE-02, then CHILD-01."""
    async with database.writing() as connection:
        await connection.execute(sa.update(entries).values(is_on=False, certainty="M"))


async def test_they_are_read_and_confirmed_one_after_the_other(
    browser: Browser, three_wait: None, database: Database
) -> None:
    page = await browser.sign_in("an", PASSWORD)
    assert "3 câu trả lời đã soạn còn tắt, chờ chị đọc và xác nhận. Đọc và xác nhận từng câu" in page
    page = await browser.open(CONFIRMING)
    assert "Câu 1 trong 3 câu chờ xác nhận" in page
    assert "Mỗi năm 24.000 đồng, hỏi chị chi hội trưởng." in page
    page = await browser.send(f"{ENTRIES}/FEE-01/switch", to="on", goes_on="1", read=read(page))
    assert "Đã bật: Hội phí bao nhiêu?" in page
    assert "Câu 1 trong 2 câu chờ xác nhận" in page
    assert "Ai được miễn đóng tiền?" in page
    page = await browser.open(f"{CONFIRMING}?after=FEE-02")
    assert "Câu 2 trong 2 câu chờ xác nhận" in page
    page = await browser.send(f"{ENTRIES}/CHILD-01/switch", to="on", goes_on="1", read=read(page))
    assert "Ai được miễn đóng tiền?" in page  # From the last on again from the first.
    page = await browser.send(f"{ENTRIES}/FEE-02/switch", to="on", goes_on="1", read=read(page))
    assert "Không còn câu nào chờ chị xác nhận" in page
    assert await _on(database) == {"FEE-01", "FEE-02", "CHILD-01"}
    assert "chờ chị đọc và xác nhận" not in await browser.open("/console")
    async with database.reading() as connection:
        rows = (await connection.execute(sa.select(staff_acts).order_by(staff_acts.c.id))).all()
    assert [(row.act, row.detail["vouched"]) for row in rows] == [("entry_switched_on", True)] * 3


async def test_what_was_changed_since_she_read_it_is_read_again(
    browser: Browser, three_wait: None, database: Database, clock: MovingClock
) -> None:
    await browser.sign_in("an", PASSWORD)
    page = await browser.open(CONFIRMING)
    old = read(page)
    clock.move(timedelta(minutes=1))
    async with database.writing() as connection:
        mine = entries.c.id == "FEE-01"
        await connection.execute(sa.update(entries).where(mine).values(updated_at=clock()))
    page = await browser.send(f"{ENTRIES}/FEE-01/switch", to="on", goes_on="1", read=old)
    assert "Câu này vừa được sửa. Chị đọc lại bản mới" in page
    assert "Câu 1 trong 3 câu chờ xác nhận" in page
    assert await _on(database) == set()
    await browser.send(f"{ENTRIES}/FEE-01/switch", to="on", goes_on="1", read=read(page))
    assert await _on(database) == {"FEE-01"}


async def test_pressed_twice_is_confirmed_once(
    browser: Browser, three_wait: None, database: Database, clock: MovingClock
) -> None:
    await browser.sign_in("an", PASSWORD)
    page = await browser.open(CONFIRMING)
    seen = read(page)
    clock.move(timedelta(seconds=2))
    for _ in range(2):
        page = await browser.send(f"{ENTRIES}/FEE-01/switch", to="on", goes_on="1", read=seen)
        assert "Câu 1 trong 2 câu chờ xác nhận" in page
    async with database.reading() as connection:
        assert await connection.scalar(sa.select(sa.func.count()).select_from(staff_acts)) == 1


async def test_entry_of_a_unit_says_for_whom_it_is_what_it_stands_for_and_until_when(
    browser: Browser, union: Union, faq: None
) -> None:
    await browser.sign_in("dung", PASSWORD)
    await browser.open(f"{ENTRIES}/new")
    unit = str(union.people.commune_id)
    await browser.send(f"{ENTRIES}/new", **OWN, unit_id=unit, stands_for="FEE-01", expires_on="2027-12-31")
    page = await browser.open("/console/fields")
    await browser.send("/console/fields", unit=unit, **{"value-chi_hoi_truong": "chị Bảy"})
    page = await browser.open(CONFIRMING)
    assert "Câu 1 trong 1 câu chờ xác nhận" in page  # What is for everybody is the top's to confirm.
    for sentence in (
        "mỗi năm 36.000 đồng, hỏi chị Bảy.",
        "Trả lời cho Xã Kế Sách , cùng mọi chi hội bên dưới",
        "Thay câu chung Hội phí bao nhiêu?",
        "Trả lời đến hết ngày 31/12/2027",
        "Mức riêng tư Chuyện cá nhân",
    ):
        assert sentence in page
    page = await browser.open(f"{ENTRIES}/RIENG-01")
    page = await browser.send(f"{ENTRIES}/RIENG-01/switch", to="on")
    assert "Thay câu chung Hội phí bao nhiêu?" in page
    assert "chờ xác nhận" not in page


async def test_officer_of_another_unit_confirms_nothing(
    browser: Browser, three_wait: None, database: Database
) -> None:
    page = await browser.sign_in("chi", PASSWORD)
    assert "chờ chị đọc và xác nhận" not in page
    assert "Không còn câu nào chờ chị xác nhận" in await browser.open(CONFIRMING)
    page = await browser.open("/console/account")
    page = await browser.send(f"{ENTRIES}/FEE-01/switch", to="on", read="x", goes_on="1")
    assert page.status == 403
    assert await _on(database) == set()


@pytest.mark.parametrize("after", ["FEE-02", "NONE-99", "x y&z", ""])
async def test_any_place_in_the_list_is_one(browser: Browser, three_wait: None, after: str) -> None:
    await browser.sign_in("an", PASSWORD)
    assert "trong 3 câu chờ xác nhận" in await browser.open(CONFIRMING, params={"after": after})


async def test_what_a_colleague_changes_in_the_very_moment_is_not_switched_on(
    browser: Browser,
    three_wait: None,
    database: Database,
    clock: MovingClock,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    switch = editing.switch

    async def late(connection: AsyncConnection, entry_id: str, **values: Any) -> bool:
        changed = sa.update(entries).where(entries.c.id == entry_id)
        await connection.execute(changed.values(updated_at=clock() + timedelta(seconds=1)))
        return await switch(connection, entry_id, **values)

    monkeypatch.setattr(editing, "switch", late)
    await browser.sign_in("an", PASSWORD)
    page = await browser.open(CONFIRMING)
    page = await browser.send(f"{ENTRIES}/FEE-01/switch", to="on", goes_on="1", read=read(page))
    assert "Câu này vừa được sửa. Chị đọc lại bản mới" in page
    assert "Hội phí bao nhiêu?" in page
    assert "FEE-01" not in await _on(database)
