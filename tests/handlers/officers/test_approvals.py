import io
from datetime import datetime, time, timedelta
from urllib.parse import urlencode

import pytest
import sqlalchemy as sa
from python_calamine import CalamineWorkbook

from bot.clock import in_vietnam
from bot.store.database import Database
from bot.store.tables import (
    approvals,
    broadcast_versions,
    broadcasts,
    contacts,
    members,
    staff,
    staff_acts,
)
from bot.store.tables.broadcasts import BroadcastState
from bot.store.tables.people import Role
from broadcasts import approval, steps, timing
from broadcasts.policy import Policy
from tests import people
from tests.conftest import MovingClock
from tests.handlers.officers.announcing import BROADCASTS, broadcast_row, confirm, form, hidden
from tests.handlers.officers.browser import Browser
from tests.handlers.officers.conftest import PASSWORD, NewBrowser, Union, Write

APPROVALS = "/console/approvals"


@pytest.fixture
def policy() -> Policy:
    """As it is laid down unless the Union says otherwise."""
    return Policy()


@pytest.fixture
async def em(database: Database, union: Union, clock: MovingClock) -> int:
    """A second officer of the province."""
    async with database.writing() as connection:
        hers = sa.select(staff.c.password_hash).where(staff.c.login == "an")
        staff_id = await people.add_staff(
            connection, "Đỗ Thị Em", union.people.province_id, role=Role.OFFICER, login="em", now=clock()
        )
        await connection.execute(
            sa.update(staff).where(staff.c.id == staff_id).values(password_hash=await connection.scalar(hers))
        )
    return staff_id


async def _asked(browser: Browser, write: Write) -> int:
    """An writes to the whole province and asks for approval of sending it now."""
    await browser.sign_in("an", PASSWORD)
    broadcast_id = await write(browser)
    page = await confirm(browser, broadcast_id)
    assert page.path == f"{BROADCASTS}/{broadcast_id}/approval", page.text
    return broadcast_id


async def test_small_one_within_a_commune_needs_nobody_else(
    browser: Browser, write: Write, readers: Union, database: Database
) -> None:
    await browser.sign_in("dung", PASSWORD)
    broadcast_id = await write(browser, unit=str(readers.people.commune_id))
    await confirm(browser, broadcast_id)
    assert (await broadcast_row(database, broadcast_id)).state is BroadcastState.SCHEDULED


async def test_single_officer_is_told_how_to_get_a_colleague(
    browser: Browser, write: Write, database: Database
) -> None:
    await browser.sign_in("an", PASSWORD)
    broadcast_id = await write(browser)
    page = browser.page
    assert "chưa có ai" in page
    assert "/console/staff/new" in page.html
    assert 'name="agreed"' not in page.html
    page = await browser.send(
        f"{BROADCASTS}/{broadcast_id}/review", when="now", counted="3", agreed="1",
        seen_at=(await broadcast_row(database, broadcast_id)).updated_at.isoformat(),
    )  # fmt: skip
    assert page.status == 422
    assert (await broadcast_row(database, broadcast_id)).state is BroadcastState.DRAFT


async def test_colleague_finds_it_and_approves(
    new_browser: NewBrowser, write: Write, em: int, database: Database
) -> None:
    an, colleague = await new_browser(), await new_browser()
    broadcast_id = await _asked(an, write)
    assert "Đỗ Thị Em" in an.page
    assert "không tự duyệt được" in an.page
    assert (await broadcast_row(database, broadcast_id)).state is BroadcastState.WAITING
    await colleague.sign_in("em", PASSWORD)
    assert "1 thông báo chờ chị duyệt" in await colleague.open("/console")
    assert "Họp mặt" in await colleague.open(APPROVALS)
    page = await colleague.open(f"{BROADCASTS}/{broadcast_id}")
    assert "Hội viên của Hội LHPN thành phố Cần Thơ" in page
    await colleague.send(f"{BROADCASTS}/{broadcast_id}/approve", approval=hidden(page, "approval"))
    row = await broadcast_row(database, broadcast_id)
    assert (row.state, row.counted) == (BroadcastState.SCHEDULED, 3)
    assert "Đã duyệt" in await an.open(APPROVALS)
    assert "Người duyệt Đỗ Thị Em, " in await an.open(f"{BROADCASTS}/{broadcast_id}")


@pytest.mark.parametrize(("hour", "at_night"), [("21:30", True), ("18:30", False)])
async def test_colleague_is_told_that_a_night_was_chosen_on_purpose(
    new_browser: NewBrowser, write: Write, em: int, *, hour: str, at_night: bool
) -> None:
    an, colleague = await new_browser(), await new_browser()
    await an.sign_in("an", PASSWORD)
    broadcast_id = await write(an)
    values = {"when": "at", "day": "2026-11-23", "hour": hour}
    await an.open(f"{BROADCASTS}/{broadcast_id}/review?{urlencode(values)}")
    await confirm(an, broadcast_id, **values, at_night="1")
    await colleague.sign_in("em", PASSWORD)
    page = await colleague.open(f"{BROADCASTS}/{broadcast_id}")
    said = "Người nhờ duyệt đã xác nhận việc này khẩn nên vẫn gửi."
    assert ("Duyệt thông báo này" in page, said in page) == (True, at_night)


@pytest.mark.parametrize(
    ("values", "read_at", "is_said"),
    [
        ({"when": "now"}, "2026-11-23T22:30", True),
        ({"when": "now"}, "2026-11-24T08:00", False),
        ({"when": "at", "day": "2026-11-23", "hour": "22:15"}, "2026-11-23T22:30", True),
        ({"when": "at", "day": "2026-11-23", "hour": "22:15"}, "2026-11-24T08:00", False),
        ({"when": "at", "day": "2026-11-24", "hour": "22:15"}, "2026-11-24T08:00", True),
    ],
)
async def test_colleague_who_decides_by_day_about_what_then_goes_at_once_reads_of_no_night(
    new_browser: NewBrowser, write: Write, em: int, clock: MovingClock,
    *, values: dict[str, str], read_at: str, is_said: bool,
) -> None:  # fmt: skip
    clock.moment = datetime.fromisoformat("2026-11-23T22:00:00+07:00")
    an, colleague = await new_browser(), await new_browser()
    await an.sign_in("an", PASSWORD)
    broadcast_id = await write(an)
    await an.open(f"{BROADCASTS}/{broadcast_id}/review?{urlencode(values)}")
    await confirm(an, broadcast_id, **values, at_night="1")
    clock.moment = datetime.fromisoformat(f"{read_at}:00+07:00")
    await colleague.sign_in("em", PASSWORD)
    page = await colleague.open(f"{BROADCASTS}/{broadcast_id}")
    assert ("Duyệt thông báo này" in page, "Gửi ngoài giờ" in page) == (True, is_said)


async def test_author_cannot_approve_by_sending_the_form_herself(
    browser: Browser, write: Write, em: int, database: Database
) -> None:
    broadcast_id = await _asked(browser, write)
    page = await browser.send(f"{BROADCASTS}/{broadcast_id}/approve", approval="1")
    assert "không tự duyệt được" in page
    assert (await broadcast_row(database, broadcast_id)).state is BroadcastState.WAITING
    await browser.send(f"{BROADCASTS}/{broadcast_id}/approve", approval="77")
    await browser.send(f"{BROADCASTS}/{broadcast_id}/approve", approval="không số")
    assert (await broadcast_row(database, broadcast_id)).state is BroadcastState.WAITING


async def test_returned_with_a_reason_the_author_reads_it_and_asks_again(
    new_browser: NewBrowser, write: Write, em: int, database: Database
) -> None:
    an, colleague = await new_browser(), await new_browser()
    broadcast_id = await _asked(an, write)
    await colleague.sign_in("em", PASSWORD)
    page = await colleague.open(f"{BROADCASTS}/{broadcast_id}/approval")
    number = hidden(page, "approval")
    await colleague.send(f"{BROADCASTS}/{broadcast_id}/return", approval=number, reason=" ")
    assert (await broadcast_row(database, broadcast_id)).state is BroadcastState.WAITING
    reason = "Sai giờ <b>họp</b>"
    page = await colleague.send(f"{BROADCASTS}/{broadcast_id}/return", approval=number, reason=reason)
    assert page.path == APPROVALS
    assert (await broadcast_row(database, broadcast_id)).state is BroadcastState.DRAFT
    today = await an.open("/console")
    assert "Đỗ Thị Em nhờ chị sửa lại" in today
    assert reason in today
    page = await an.open(f"{BROADCASTS}/{broadcast_id}/review")
    assert reason in page  # As she wrote it, and no markup.
    assert "<b>họp" not in page.html
    await confirm(an, broadcast_id)
    assert (await broadcast_row(database, broadcast_id)).state is BroadcastState.WAITING
    page = await colleague.open(f"{BROADCASTS}/{broadcast_id}/approval")
    assert f"Lần trước Đỗ Thị Em nhờ sửa: «{reason}»" in page
    assert "Lần này không đổi gì so với lần trước." in page


async def test_where_it_is_changed_she_reads_why_it_was_returned_until_she_asks_again(
    new_browser: NewBrowser, write: Write, em: int, readers: Union, clock: MovingClock
) -> None:
    an, colleague = await new_browser(), await new_browser()
    broadcast_id = await _asked(an, write)
    edit = f"{BROADCASTS}/{broadcast_id}/edit"
    await colleague.sign_in("em", PASSWORD)
    page = await colleague.open(f"{BROADCASTS}/{broadcast_id}/approval")
    reason = "Sai giờ <b>họp</b>"
    said = f"Đỗ Thị Em nhờ sửa lại lúc {in_vietnam(clock()):%d/%m/%Y %H:%M}: {reason}"
    assert said not in await an.open(edit)
    await colleague.send(
        f"{BROADCASTS}/{broadcast_id}/return", approval=hidden(page, "approval"), reason=reason
    )
    page = await an.open(edit)
    assert said in page
    assert "<b>họp" not in page.html
    fields = form(readers.people, seen_at=hidden(page, "seen_at"))
    page = await an.send(edit, **(fields | {"deadline_day": "2020-01-01"}))
    assert (page.status, said in page) == (422, True)
    page = await an.send(edit, **(fields | {"title": "Họp mặt, đổi giờ"}))
    assert (page.path.endswith("/review"), said in page) == (True, True)
    assert said in await an.open(edit)
    await an.open(f"{BROADCASTS}/{broadcast_id}/review")
    await confirm(an, broadcast_id)
    assert said not in await an.open(edit)
    await an.open(f"{BROADCASTS}/{broadcast_id}")
    await an.send(f"{BROADCASTS}/{broadcast_id}/take-back")
    assert said not in await an.open(edit)


async def test_who_asked_takes_it_back_or_gives_it_up(
    browser: Browser, write: Write, em: int, database: Database
) -> None:
    broadcast_id = await _asked(browser, write)
    page = await browser.send(f"{BROADCASTS}/{broadcast_id}/take-back")
    assert page.path == f"{BROADCASTS}/{broadcast_id}/review"
    await confirm(browser, broadcast_id)
    await browser.send(f"{BROADCASTS}/{broadcast_id}/give-up")
    assert (await broadcast_row(database, broadcast_id)).state is BroadcastState.CANCELLED


@pytest.mark.parametrize("act", ["edit", "give-up", "take-back", "versions"])
async def test_who_was_asked_learns_that_it_was_withdrawn_and_who_asked_does_not(
    browser: Browser, write: Write, em: int, readers: Union, database: Database, clock: MovingClock, act: str
) -> None:
    async with database.writing() as connection:
        for address, staff_id in (("em-chat", em), ("an-chat", readers.people.an)):
            await people.add_contact(
                connection, readers.people.account_id, address, staff_id=staff_id, now=clock()
            )
    broadcast_id = await _asked(browser, write)
    assert "1 = duyệt" in (await people.texts_to(database, "em-chat"))[-1]
    fields: dict[str, str] = {}
    if act == "edit":
        page = await browser.open(f"{BROADCASTS}/{broadcast_id}/edit")
        fields = form(readers.people, title="Họp mặt, đổi giờ", seen_at=hidden(page, "seen_at"))
    elif act == "versions":
        async with database.reading() as connection:
            fields = {"version": str(await connection.scalar(sa.select(broadcast_versions.c.id)))}
    for _ in range(2):  # The second changes nothing that anybody was asked about.
        await browser.send(f"{BROADCASTS}/{broadcast_id}/{act}", **fields)
    news = await people.texts_to(database, "em-chat")
    assert [said for said in news if "chị không cần duyệt nữa" in said] == news[-1:]
    assert "đã được sửa hoặc rút lại" in news[-1]
    assert await people.texts_to(database, "an-chat") == []
    async with database.reading() as connection:
        assert await approval.waiting_for(connection, em) == []


@pytest.mark.parametrize("act", ["edit", "give-up"])
async def test_who_had_approved_learns_once_that_it_does_not_go_out_like_that(
    browser: Browser,
    new_browser: NewBrowser,
    write: Write,
    em: int,
    readers: Union,
    database: Database,
    clock: MovingClock,
    act: str,
) -> None:
    async with database.writing() as connection:
        phuong = await people.add_staff(
            connection,
            "Lý Thị Phượng",
            readers.people.province_id,
            role=Role.OFFICER,
            login="ph",
            now=clock(),
        )
        for address, staff_id in (("em-chat", em), ("an-chat", readers.people.an), ("ph-chat", phuong)):
            await people.add_contact(
                connection, readers.people.account_id, address, staff_id=staff_id, now=clock()
            )
    broadcast_id = await _asked(browser, write)
    colleague = await new_browser()
    await colleague.sign_in("em", PASSWORD)
    page = await colleague.open(f"{BROADCASTS}/{broadcast_id}/approval")
    await colleague.send(f"{BROADCASTS}/{broadcast_id}/approve", approval=hidden(page, "approval"))
    before = [len(await people.texts_to(database, f"{one}-chat")) for one in ("em", "an", "ph")]
    for _ in range(2):
        if act == "edit":
            page = await browser.open(f"{BROADCASTS}/{broadcast_id}/edit")
            fields = form(readers.people, title="Họp mặt, đổi giờ", seen_at=hidden(page, "seen_at"))
            await browser.send(f"{BROADCASTS}/{broadcast_id}/edit", **fields)
        else:
            token = (await browser.open("/console/account")).csrf
            await browser.send(f"{BROADCASTS}/{broadcast_id}/give-up", csrf=token)
    em_news, an_news, ph_news = [
        (await people.texts_to(database, f"{one}-chat"))[count:]
        for one, count in zip(("em", "an", "ph"), before, strict=True)
    ]
    assert len(em_news) == 1
    assert "chị đã duyệt vừa được sửa hoặc rút lại" in em_news[0]
    assert (an_news, ph_news) == ([], [])


async def test_officer_elsewhere_neither_sees_nor_approves_it(
    new_browser: NewBrowser, write: Write, em: int, database: Database
) -> None:
    an, chi = await new_browser(), await new_browser()
    broadcast_id = await _asked(an, write)
    await chi.sign_in("chi", PASSWORD)
    assert (await chi.open(f"{BROADCASTS}/{broadcast_id}/approval")).status == 404
    assert (await chi.send(f"{BROADCASTS}/{broadcast_id}/approve", approval="1")).status == 404
    assert "Họp mặt" not in await chi.open(APPROVALS)


async def test_hour_gone_by_is_said_and_needs_a_tick(
    new_browser: NewBrowser, write: Write, em: int, database: Database, clock: MovingClock
) -> None:
    an, colleague = await new_browser(), await new_browser()
    await an.sign_in("an", PASSWORD)
    broadcast_id = await write(an)
    await confirm(an, broadcast_id, when="at", day="2026-11-23", hour="18:30")
    clock.move(timedelta(days=1))
    await colleague.sign_in("em", PASSWORD)
    page = await colleague.open(f"{BROADCASTS}/{broadcast_id}/approval")
    assert "Giờ hẹn gửi đã qua" in page
    number = hidden(page, "approval")
    await colleague.send(f"{BROADCASTS}/{broadcast_id}/approve", approval=number)
    assert (await broadcast_row(database, broadcast_id)).state is BroadcastState.WAITING
    await colleague.send(f"{BROADCASTS}/{broadcast_id}/approve", approval=number, means_now="1")
    assert (await broadcast_row(database, broadcast_id)).due_at == clock()


async def test_audience_of_nobody_is_a_blocker_with_its_reason(
    browser: Browser, write: Write, em: int, database: Database
) -> None:
    await browser.sign_in("an", PASSWORD)
    broadcast_id = await write(browser)
    async with database.writing() as connection:
        await connection.execute(sa.update(members).values(allows_announcements=False))
    page = await browser.open(f"{BROADCASTS}/{broadcast_id}/review")
    assert "Không có đường nào tới được ai" in page
    assert 'name="agreed"' not in page.html
    async with database.writing() as connection:
        await connection.execute(sa.update(contacts).values(member_id=None))
        await connection.execute(sa.delete(members))
    page = await browser.open(f"{BROADCASTS}/{broadcast_id}/review")
    assert "Không có hội viên nào đúng với" in page


async def test_those_whom_nothing_reaches_are_listed_by_branch_for_whom_to_call(
    browser: Browser, write: Write, readers: Union, em: int, database: Database, clock: MovingClock
) -> None:
    union = readers.people
    async with database.writing() as connection:
        await people.add_member(
            connection, "Lý Thị Xa", union.branch_id, allows_announcements=True, allows_call_back=True,
            phone="+84912345678", now=clock(),
        )  # fmt: skip
        await people.add_member(
            connection, "=cmd|' /C calc'!A0", union.branch_id, allows_announcements=True,
            phone="+84987654321", now=clock(),
        )  # fmt: skip
        await people.add_member(connection, "Ngô Thị Không", union.branch_id, now=clock())
        await connection.execute(
            sa.update(contacts).where(contacts.c.address == "hoa").values(stopped_at=clock())
        )
    await browser.sign_in("an", PASSWORD)
    broadcast_id = await write(browser)
    assert "2 người cần gọi hoặc đến nhà" in browser.page
    page = await browser.open(f"{BROADCASTS}/{broadcast_id}/unreached")
    assert "Chi hội An Ninh" in page
    page = await browser.open(f"{BROADCASTS}/{broadcast_id}/unreached?unit={union.branch_id}")
    assert "Lý Thị Xa" in page
    assert "091 234 56 78" in page or "0912 345 678" in page
    assert "987" not in page  # She has not allowed to be called.
    for absent in ("Ngô Thị Không", "Nguyễn Thị Hoa"):  # Did not agree; said NGUNG.
        assert absent not in page
    async with browser.client.get(f"{BROADCASTS}/{broadcast_id}/unreached.xlsx") as response:
        book = CalamineWorkbook.from_filelike(io.BytesIO(await response.read()))
    rows = book.get_sheet_by_index(0).to_python()
    names = {row[3] for row in rows[1:]}
    assert names == {"Lý Thị Xa", "=cmd|' /C calc'!A0"}
    async with database.reading() as connection:
        acts = list(await connection.scalars(sa.select(staff_acts.c.act)))
    assert acts.count("unreached_listed") == 2


async def test_officer_of_another_commune_gets_no_names_from_above(
    browser: Browser, write: Write, readers: Union, em: int, database: Database, clock: MovingClock
) -> None:
    await browser.sign_in("an", PASSWORD)
    broadcast_id = await write(browser)
    chi = await browser.open(f"{BROADCASTS}/{broadcast_id}/unreached?unit=999999")
    assert "Không có ai cần gọi" in chi


async def test_budget_is_a_number_of_dong_or_nothing(
    browser: Browser, write: Write, em: int, database: Database
) -> None:
    await browser.sign_in("an", PASSWORD)
    broadcast_id = await write(browser)
    await browser.send(f"{BROADCASTS}/{broadcast_id}/budget", budget="200.000")
    assert (await broadcast_row(database, broadcast_id)).budget == 200000
    page = await browser.send(f"{BROADCASTS}/{broadcast_id}/budget", budget="hai trăm")
    assert "một số tiền đồng" in page
    assert (await broadcast_row(database, broadcast_id)).budget == 200000
    await browser.send(f"{BROADCASTS}/{broadcast_id}/budget", budget="")
    assert (await broadcast_row(database, broadcast_id)).budget is None


async def test_feast_without_a_day_can_be_looked_at_and_approved(
    browser: Browser, new_browser: NewBrowser, write: Write, readers: Union, database: Database, em: int
) -> None:
    broadcast_id = await _asked(browser, write)
    schedule = timing.to_json(timing.Named("Ok Om Bok", 3, time(8)))
    async with database.writing() as connection:
        await connection.execute(sa.update(broadcasts).values(due_at=None, schedule=schedule))
        row = await steps.get(connection, broadcast_id)
        await connection.execute(
            sa.update(approvals).values(digest=await approval.digest_of(connection, row))
        )
    hers = await new_browser()
    await hers.sign_in("em", PASSWORD)
    page = await hers.open(f"{BROADCASTS}/{broadcast_id}/approval")
    assert page.status == 200
    await hers.send(f"{BROADCASTS}/{broadcast_id}/approve", approval=hidden(page, "approval"))
    assert (await broadcast_row(database, broadcast_id)).state is BroadcastState.SCHEDULED
    assert hers.page.status == 200
