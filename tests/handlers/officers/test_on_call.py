"""Who is on duty and whom to ring: what officers are warned of, and the phone list of a unit."""

import pytest
import sqlalchemy as sa

from bot.alerts import duty
from bot.people import staff as staff_people
from bot.store.database import Database
from bot.store.tables import staff_acts
from tests import people
from tests.conftest import MovingClock
from tests.handlers.officers.browser import Browser
from tests.handlers.officers.conftest import PASSWORD, Union

SAFETY = "/console/safety"
PHONES = "/console/safety/phones"


async def _list(database: Database, unit_id: int) -> list[tuple[str, str]]:
    async with database.reading() as connection:
        kept = await duty.phone_list(connection, unit_id)
        return [(one.name, one.phone) for one in kept if one.unit_id == unit_id]


async def test_what_is_missing_is_said_until_it_is_there(
    browser: Browser, union: Union, database: Database, clock: MovingClock
) -> None:
    await browser.sign_in("an", PASSWORD)
    page = await browser.open(SAFETY)
    assert "Cấp tỉnh, thành phố chưa có ai trực." in page
    assert "Chưa có danh sách số điện thoại trực chung." in page
    assert "2 xã, phường chưa có ai trực" in page
    async with database.writing() as connection:
        await staff_people.set_takes_alerts(connection, union.people.an, takes_alerts=True)
        await staff_people.set_takes_alerts(connection, union.dung, takes_alerts=True)
    page = await browser.open(SAFETY)
    assert "Cấp tỉnh, thành phố chưa có ai trực." in page  # No chat reaches her.
    assert "chưa nối trò chuyện, không báo tới được" in page
    async with database.writing() as connection:
        for staff_id in (union.people.an, union.dung):
            await people.add_contact(
                connection, union.people.account_id, f"chat-{staff_id}", staff_id=staff_id, now=clock()
            )
        await duty.set_phone_list(
            connection, union.people.province_id, [("Trực ban", "113")],
            staff_id=union.people.an, now=clock(),
        )  # fmt: skip
    page = await browser.open(SAFETY)
    assert "Cấp tỉnh, thành phố chưa có ai trực." not in page
    assert "Cấp tỉnh, thành phố mới có một người trực." in page
    assert "Chưa có danh sách số điện thoại trực chung." not in page
    assert "1 xã, phường chưa có ai trực" in page
    assert "2 xã, phường chưa ghi số điện thoại trực" in page


async def test_two_on_duty_at_the_top_who_are_reached_are_enough(
    browser: Browser, union: Union, database: Database, clock: MovingClock
) -> None:
    async with database.writing() as connection:
        second = await people.add_staff(
            connection, "Lâm Thị Sáu", union.people.province_id, takes_alerts=True, now=clock()
        )
        await staff_people.set_takes_alerts(connection, union.people.an, takes_alerts=True)
        await people.add_contact(
            connection, union.people.account_id, "chat-an", staff_id=union.people.an, now=clock()
        )
    await browser.sign_in("an", PASSWORD)
    one = "Cấp tỉnh, thành phố mới có một người trực."
    assert one in await browser.open(SAFETY)  # No chat reaches the other.
    async with database.writing() as connection:
        await people.add_contact(
            connection, union.people.account_id, "chat-sau", staff_id=second, now=clock()
        )
    assert one not in await browser.open(SAFETY)


async def test_officer_of_a_commune_sees_those_of_her_commune(
    browser: Browser, union: Union, database: Database
) -> None:
    async with database.writing() as connection:
        for staff_id in (union.people.binh, union.people.chi):
            await staff_people.set_takes_alerts(connection, staff_id, takes_alerts=True)
    await browser.sign_in("dung", PASSWORD)
    page = await browser.open(SAFETY)
    assert "Lê Thị Bình , Chi hội An Ninh" in page
    assert "Phạm Thị Chi" not in page


async def test_phone_list_is_kept_in_order_shown_with_that_of_above_and_recorded(
    browser: Browser, union: Union, database: Database, clock: MovingClock
) -> None:
    async with database.writing() as connection:
        await duty.set_phone_list(
            connection, union.people.province_id, [("Trực ban thành phố", "1900 96 96 80")],
            staff_id=union.people.an, now=clock(),
        )  # fmt: skip
    await browser.sign_in("dung", PASSWORD)
    page = await browser.open(PHONES)
    assert "Trực ban thành phố: 1900969680" in page
    fields = {"unit": str(union.people.commune_id)}
    typed = [("", ""), ("Công an <b>xã</b>", "0299 3876 543"), ("Trạm y tế", "115")]
    for at, (name, phone) in enumerate(typed):
        fields |= {f"name-{at}": name, f"phone-{at}": phone}
    page = await browser.send(PHONES, **fields)
    assert "Đã lưu danh sách số điện thoại trực." in page
    assert "<b>xã" not in page.html
    kept = [("Công an <b>xã</b>", "+842993876543"), ("Trạm y tế", "115")]
    assert await _list(database, union.people.commune_id) == kept
    async with database.reading() as connection:
        act = (await connection.execute(sa.select(staff_acts))).one()
    assert (act.act, act.subject, act.detail) == (
        "phone_list_set", f"unit {union.people.commune_id}", {"lines": 2},
    )  # fmt: skip


WRONG = [
    ({"name-0": "Công an", "phone-0": "chưa biết"}, "Số này chưa đúng"),
    ({"name-0": "Công an", "phone-0": ""}, "Chị ghi số điện thoại."),
    ({"name-0": "", "phone-0": "113"}, "Chị ghi đây là số của ai."),
    ({"name-0": "Công an", "phone-0": "0912345678, 0912345679"}, "Số này chưa đúng"),
]


@pytest.mark.parametrize(("wrong", "said"), WRONG)
async def test_wrong_line_is_named_and_the_list_stays_as_it_is(
    browser: Browser,
    union: Union,
    database: Database,
    clock: MovingClock,
    wrong: dict[str, str],
    said: str,
) -> None:
    async with database.writing() as connection:
        await duty.set_phone_list(
            connection, union.people.commune_id, [("Cũ", "113")], staff_id=union.dung, now=clock()
        )
    await browser.sign_in("dung", PASSWORD)
    await browser.open(PHONES)
    page = await browser.send(
        PHONES, unit=str(union.people.commune_id), **wrong, **{"name-1": "Trạm y tế", "phone-1": "115"}
    )
    assert (page.status, said in page) == (422, True)
    assert 'value="Trạm y tế"' in page.html
    assert await _list(database, union.people.commune_id) == [("Cũ", "113")]


async def test_list_of_a_unit_that_is_not_hers_is_not_there(
    browser: Browser, union: Union, database: Database
) -> None:
    await browser.sign_in("dung", PASSWORD)
    for unit_id in (union.people.other_commune_id, union.people.province_id):
        assert (await browser.open(f"{PHONES}?unit={unit_id}")).status == 404
        await browser.open(PHONES)
        page = await browser.send(PHONES, unit=str(unit_id), **{"name-0": "Ai đó", "phone-0": "113"})
        assert page.status == 404
        assert await _list(database, unit_id) == []
