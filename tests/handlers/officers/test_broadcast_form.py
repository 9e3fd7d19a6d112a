import pytest
import sqlalchemy as sa

from bot.store.database import Database
from bot.store.tables import broadcasts, local_fields
from bot.store.tables.broadcasts import BroadcastState, Priority, RunState
from tests.broadcasts.ledger import run_of
from tests.conftest import MovingClock
from tests.handlers.officers.announcing import BROADCASTS, broadcast_row, confirm, form, hidden, start_run
from tests.handlers.officers.browser import Browser
from tests.handlers.officers.conftest import PASSWORD, NewBrowser, Union, Write


async def test_from_template_to_a_confirmed_schedule(
    browser: Browser, readers: Union, database: Database
) -> None:
    await browser.sign_in("an", PASSWORD)
    assert "Sinh hoạt chi hội tháng này" in await browser.open(f"{BROADCASTS}/start")
    page = await browser.open(f"{BROADCASTS}/new?from=ANN-08")
    assert "Nội dung buổi họp" in page
    start = page.html.split('name="text-vi"')[1].split(">\n", 1)[1].split("</textarea>")[0]
    blanks = {
        "blank-ten_chi_hoi": "Chi hội An Ninh",
        "blank-gio": "14 giờ",
        "blank-ngay": "25/11",
        "blank-noi": "nhà chị Bảy",
    }
    page = await browser.send(f"{BROADCASTS}/new", **form(readers.people, **{"text-vi": start}, **blanks))
    assert "Còn chỗ chưa điền: {{noi_dung}}" in page
    broadcast_id = int(page.path.split("/")[3])
    assert "Xác nhận hẹn giờ" not in page
    page = await browser.open(f"{BROADCASTS}/{broadcast_id}/edit")
    kept = page.html.split('name="text-vi"')[1].split(">\n", 1)[1].split("</textarea>")[0]
    edit = form(readers.people, **{"text-vi": kept, "blank-noi_dung": "góp vốn"})
    page = await browser.send(f"{BROADCASTS}/{broadcast_id}/edit", seen_at=hidden(page, "seen_at"), **edit)
    assert "Chi hội An Ninh mời chị sinh hoạt 14 giờ ngày 25/11 tại nhà chị Bảy. Nội dung: góp vốn." in page
    page = await browser.open(f"{BROADCASTS}/{broadcast_id}/review?when=at&day=2026-11-23&hour=18:30")
    assert "Gửi cho 3 người lúc 18:30 ngày 23/11/2026" in page
    page = await confirm(browser, broadcast_id, when="at", day="2026-11-23", hour="18:30")
    assert "Sẽ gửi cho khoảng 3 người lúc 23/11/2026 18:30" in page
    row = await broadcast_row(database, broadcast_id)
    assert (row.state, row.counted) == (BroadcastState.SCHEDULED, 3)
    assert row.due_at.isoformat() == "2026-11-23T11:30:00+00:00"


async def test_preview_shows_the_phone_and_the_number_without_a_script(
    browser: Browser, readers: Union, database: Database
) -> None:
    await browser.sign_in("an", PASSWORD)
    await browser.open(f"{BROADCASTS}/new")
    page = await browser.send(f"{BROADCASTS}/preview", **form(readers.people))
    assert "Chào chị Mai! Mời chị họp. Không muốn nhận tin nữa, chị gõ NGUNG." in page
    assert "3 người sẽ nhận" in page
    assert "Mời chị họp.</textarea>" in page.html
    async with database.reading() as connection:
        assert await connection.scalar(sa.select(sa.func.count()).select_from(broadcasts)) == 0


async def test_htmx_gets_the_phone_alone_and_the_people_alone(browser: Browser, readers: Union) -> None:
    await browser.sign_in("an", PASSWORD)
    token = (await browser.open(f"{BROADCASTS}/new")).csrf
    for path, start in (("preview", '<div id="preview">'), ("count", '<div class="card mb-3" id="audience"')):
        data = form(readers.people) | {"_csrf": token}
        async with browser.client.post(
            f"{BROADCASTS}/{path}", data=data, headers={"HX-Request": "true"}
        ) as response:
            html = await response.text()
        assert html.strip().startswith(start)


async def test_markup_in_a_text_is_shown_as_text(browser: Browser, write: Write) -> None:
    await browser.sign_in("an", PASSWORD)
    broadcast_id = await write(
        browser, **{"text-vi": "<img src=x onerror=alert(1)> {{ten}}", "title": "<b>đậm</b>"}
    )
    for path in (BROADCASTS, f"{BROADCASTS}/{broadcast_id}/review", f"{BROADCASTS}/{broadcast_id}/edit"):
        page = await browser.open(path)
        assert "<img src=x" not in page.html
        assert "<b>đậm" not in page.html
        assert "<b>đậm</b>" in page.text or "&lt;b&gt;đậm" in page.html


# Who may what: An of the province writes; Dung of Kế Sách and Chi of Nhơn Mỹ are no part of it.


async def test_officer_reaches_only_her_own_unit(
    browser: Browser, readers: Union, database: Database
) -> None:
    await browser.sign_in("dung", PASSWORD)
    await browser.open(f"{BROADCASTS}/new")
    for unit in (readers.people.province_id, readers.people.other_commune_id, 99_999):
        page = await browser.send(f"{BROADCASTS}/new", **form(readers.people, unit=str(unit)))
        assert (page.status, "Chị chọn đơn vị nhận thông báo" in page) == (422, True)
        page = await browser.send(f"{BROADCASTS}/preview", **form(readers.people, unit=str(unit)))
        assert "người sẽ nhận" not in page
    page = await browser.send(
        f"{BROADCASTS}/new", **form(readers.people, unit=str(readers.people.commune_id))
    )
    assert "Gửi cho 2 người" in page
    assert "Hội viên của Xã Kế Sách" in page
    async with database.reading() as connection:
        (row,) = (await connection.execute(sa.select(broadcasts))).all()
    assert (row.unit_id, row.created_by) == (readers.people.commune_id, readers.dung)


@pytest.mark.parametrize("login", ["dung", "chi"])
async def test_announcement_of_others_is_not_there(
    new_browser: NewBrowser, write: Write, readers: Union, database: Database, clock: MovingClock, login: str
) -> None:
    an, other = await new_browser(), await new_browser()
    await an.sign_in("an", PASSWORD)
    broadcast_id = await write(an)
    await confirm(an, broadcast_id)
    run_id = await start_run(database, clock)
    await other.sign_in(login, PASSWORD)
    assert "Họp mặt" not in await other.open(BROADCASTS)
    token = (await other.open("/console/account")).csrf
    for path in ("", "/review", "/edit"):
        assert (await other.open(f"{BROADCASTS}/{broadcast_id}{path}")).status == 404
    for act in ("review", "edit", "give-up", "pause", "resume", "cancel", "again"):
        page = await other.send(f"{BROADCASTS}/{broadcast_id}/{act}", csrf=token, **form(readers.people))
        assert page.status == 404, act
    assert (await run_of(database, run_id)).state is RunState.RUNNING


@pytest.mark.parametrize(
    "typed",
    [{"may_cost": "1", "budget": "99.999.999.999"}, {"priority": "2", "per_day": "99999999999"}],
    ids=lambda typed: next(iter(typed)),
)
async def test_number_that_no_database_holds_is_never_kept(
    browser: Browser, readers: Union, database: Database, typed: dict[str, str]
) -> None:
    await browser.sign_in("an", PASSWORD)
    page = await browser.send(f"{BROADCASTS}/go-on", **form(readers.people, **typed))
    assert page.status == 200
    async with database.reading() as connection:
        row = (await connection.execute(sa.select(broadcasts))).one()
    assert (row.budget, row.per_day) == (None, None)
    await browser.send(f"{BROADCASTS}/{row.id}/budget", budget="99.999.999.999")
    assert (await broadcast_row(database, row.id)).budget is None


async def test_a_field_that_there_is_not_is_marked_and_the_one_that_was_meant_is_named(
    browser: Browser, readers: Union
) -> None:
    await browser.sign_in("an", PASSWORD)
    await browser.open(f"{BROADCASTS}/new")
    page = await browser.send(
        f"{BROADCASTS}/preview",
        **form(readers.people, **{"text-vi": "Chào {{tenn}}, họp ở {{Xã}}, {{noi}}."}),
    )
    assert "Chào <mark>{{tenn}}</mark>, họp ở <mark>{{Xã}}</mark>, <mark>{{noi}}</mark>." in page.html
    assert "Không có ô điền tự động tên {{tenn}}. Có phải chị muốn viết {{ten}}?" in page
    assert "Không có ô điền tự động tên {{Xã}}. Có phải chị muốn viết {{xa}}?" in page
    assert "Còn chỗ chưa điền: {{noi}}." in page


async def test_what_was_mistyped_is_offered_as_nothing_to_fill_in(browser: Browser, write: Write) -> None:
    await browser.sign_in("an", PASSWORD)
    broadcast_id = await write(browser, **{"text-vi": "Chào {{tenn}}, họp ở {{noi}}."})
    page = await browser.open(f"{BROADCASTS}/{broadcast_id}/edit")
    assert 'name="blank-noi"' in page.html
    assert 'name="blank-tenn"' not in page.html


async def test_the_refuge_stands_in_no_announcement(
    browser: Browser, readers: Union, write: Write, database: Database
) -> None:
    async with database.writing() as connection:
        await connection.execute(
            sa.insert(local_fields),
            [
                {"name": name, "description": name, "fallback": "gõ 0"}
                for name in ("dia_chi_tin_cay", "sdt_hoi_xa")
            ],
        )
    await browser.sign_in("an", PASSWORD)
    page = await browser.open(f"{BROADCASTS}/new")
    assert ("sdt_hoi_xa" in page.html, "dia_chi_tin_cay" in page.html) == (True, False)
    broadcast_id = await write(browser, **{"text-vi": "Ai cần thì gọi {{dia_chi_tin_cay}}."})
    page = await browser.open(f"{BROADCASTS}/{broadcast_id}/edit")
    assert "là liên hệ của nơi tạm lánh" in page
    assert 'name="blank-dia_chi_tin_cay"' not in page.html
    page = await browser.open(f"{BROADCASTS}/{broadcast_id}/review")
    assert "là liên hệ của nơi tạm lánh" in page
    assert "Xác nhận và gửi" not in page


async def test_the_warning_of_a_storm_opens_as_urgent_and_says_all_that_is_left_to_fill_in_at_once(
    browser: Browser, readers: Union
) -> None:
    await browser.sign_in("an", PASSWORD)
    page = await browser.open(f"{BROADCASTS}/new?from=ANN-09")
    assert f'name="priority" value="{int(Priority.URGENT)}" checked' in page.html
    start = page.html.split('name="text-vi"')[1].split(">\n", 1)[1].split("</textarea>")[0]
    page = await browser.send(f"{BROADCASTS}/new", **form(readers.people, **{"text-vi": start}))
    page = await browser.open(f"{BROADCASTS}/{page.path.split('/')[3]}/review")
    assert "Không có ô điền tự động tên" not in page
    against = page.html.split("Chưa gửi được, chị sửa giúp")[1].split("</ul>")[0]
    assert against.count("<li>") == 1
    assert "Còn chỗ chưa điền: {{nguon_tin}}, {{thoi_gian}}, {{viec_can_lam}}, {{so_truc}}." in against
