import re

import pytest
import sqlalchemy as sa

from bot.channels.account_rows import rename
from bot.people import staff as staff_people
from bot.store.database import Database
from bot.store.tables import questions, staff, staff_acts
from bot.store.tables.questions import QuestionState
from tests import people
from tests.conftest import MovingClock
from tests.handlers.officers.browser import Browser
from tests.handlers.officers.conftest import PASSWORD, NewBrowser, Union
from tests.handlers.officers.connecting_platform import ConnectingPlatform
from tests.people import contact_of


async def test_dung_sees_the_staff_of_her_commune_only(browser: Browser, union: Union) -> None:
    await browser.sign_in("dung", PASSWORD)
    page = await browser.open("/console/staff")
    assert "Lê Thị Bình" in page
    assert "Phạm Thị Chi" not in page
    assert "Trần Thị An" not in page
    for stranger in (union.people.chi, union.people.an):
        assert (await browser.open(f"/console/staff/{stranger}")).status == 404


@pytest.mark.parametrize("act", ["desk", "duty", "deactivate", "reactivate", "code", "link"])
async def test_chi_of_nhon_my_changes_nobody_of_ke_sach(
    browser: Browser, union: Union, database: Database, act: str
) -> None:
    await browser.sign_in("chi", PASSWORD)
    assert (await browser.send(f"/console/staff/{union.people.binh}/{act}", takes="0")).status == 404
    async with database.reading() as connection:
        row = (await connection.execute(sa.select(staff).where(staff.c.id == union.people.binh))).one()
        acts = await connection.scalar(sa.select(sa.func.count()).select_from(staff_acts))
    assert (row.is_active, row.takes_questions, acts) == (True, True, 0)


async def test_code_is_shown_once_with_links_and_pictures_and_works(
    browser: Browser, union: Union, database: Database, clock: MovingClock
) -> None:
    await browser.sign_in("dung", PASSWORD)
    await browser.open(f"/console/staff/{union.people.binh}")
    page = await browser.send(f"/console/staff/{union.people.binh}/code")
    found = re.search(r"HOI-\w{4}-\w{4}", page.html)
    assert found
    assert f"/chat?code={found[0].replace('-', '')}" in page.html
    assert 'src="data:image/svg+xml' in page.html
    assert found[0] not in await browser.open(f"/console/staff/{union.people.binh}")
    contact = await contact_of(database, union.people.account_id, "lan")
    async with database.writing() as connection:
        joined = await staff_people.use_join_code(connection, contact, found[0], clock())
    assert joined is not None
    assert joined.staff_id == union.people.binh


async def test_a_chat_that_no_link_opens_is_named_beside_the_code(
    browser: Browser, union: Union, database: Database, clock: MovingClock
) -> None:
    async with database.writing() as connection:
        account = await people.add_account(connection, channel="no_links", external_id="bot", now=clock())
        await rename(connection, account, "<i>Bot Chị Hội</i>")
    await browser.sign_in("dung", PASSWORD)
    await browser.open(f"/console/staff/{union.people.binh}")
    page = await browser.send(f"/console/staff/{union.people.binh}/code")
    assert "Hoặc tìm «<i>Bot Chị Hội</i>» trong No, rồi gõ mã vào đó." in page
    assert "<i>Bot" not in page.html
    assert page.text.count("Hoặc tìm") == 1
    assert "Quét hình để chép mã, mở trò chuyện với <i>Bot Chị Hội</i>, dán" in page


async def test_several_such_chats_are_alternatives_and_one_with_an_address_has_its_link(
    browser: Browser, union: Union, database: Database, clock: MovingClock, platform: ConnectingPlatform
) -> None:
    async with database.writing() as connection:
        for name, channel in [
            ("Bot Chị Hội", "no_links"),
            ("Hội Phụ nữ", platform.name),
            ("Hội Nam", "no_links"),
        ]:
            account = await people.add_account(connection, channel=channel, external_id=name, now=clock())
            await rename(connection, account, name)
    await browser.sign_in("dung", PASSWORD)
    await browser.open(f"/console/staff/{union.people.binh}")
    page = await browser.send(f"/console/staff/{union.people.binh}/code")
    assert "mở trò chuyện với Bot Chị Hội, Hội Phụ nữ hoặc Hội Nam, dán" in page
    assert "https://open.example/Hội Phụ nữ</textarea>" in page.html
    found = re.search(r"HOI-\w{4}-\w{4}", page.html)
    assert found
    assert f"Mở trò chuyện rồi gõ mã {found[0]}." in page


async def test_sign_in_link_for_a_colleague_works_once(new_browser: NewBrowser, union: Union) -> None:
    here, there = await new_browser(), await new_browser()
    await here.sign_in("an", PASSWORD)
    await here.open(f"/console/staff/{union.dung}")
    page = await here.send(f"/console/staff/{union.dung}/link")
    found = re.search(r"http://127\.0\.0\.1(/console/sign-in/[\w-]+)", page.html)
    assert found
    await there.open(found[1])
    assert (await there.send(found[1])).path == "/console/password"
    assert "Võ Thị Dung" in there.page


async def test_cadre_without_login_gets_no_sign_in_link(browser: Browser, union: Union) -> None:
    await browser.sign_in("an", PASSWORD)
    await browser.open(f"/console/staff/{union.people.binh}")
    assert (await browser.send(f"/console/staff/{union.people.binh}/link")).status == 404


@pytest.mark.parametrize(("act", "fields"), [("desk", {"takes": "0"}), ("deactivate", {})])
async def test_desk_that_goes_loses_no_question(
    browser: Browser,
    union: Union,
    database: Database,
    clock: MovingClock,
    act: str,
    fields: dict[str, str],
) -> None:
    hoa = await contact_of(database, union.people.account_id, "hoa")
    async with database.writing() as connection:
        await connection.execute(
            sa.insert(questions).values(
                contact_id=hoa.contact_id, member_id=union.people.hoa, unit_id=union.people.branch_id, text="em hỏi",
                state=QuestionState.FORWARDED, staff_id=union.people.binh, desk_unit_id=union.people.branch_id,
                asked_at=clock(),
            )
        )  # fmt: skip
    await browser.sign_in("dung", PASSWORD)
    await browser.open(f"/console/staff/{union.people.binh}")
    page = await browser.send(f"/console/staff/{union.people.binh}/{act}", **fields)
    assert "1 câu hỏi đang chờ đã được chuyển sang nơi khác" in page
    async with database.reading() as connection:
        row = (await connection.execute(sa.select(questions))).one()
    assert (row.state, row.staff_id) == (QuestionState.WAITING, None)


async def test_nobody_deactivates_herself(browser: Browser, union: Union, database: Database) -> None:
    await browser.sign_in("an", PASSWORD)
    page = await browser.open(f"/console/staff/{union.people.an}")
    assert "Ngừng hoạt động" not in page
    assert (await browser.send(f"/console/staff/{union.people.an}/deactivate")).status == 403
    assert (await browser.open("/console")).path == "/console"


async def test_deactivated_colleague_is_signed_out_and_may_come_back(
    new_browser: NewBrowser, union: Union
) -> None:
    here, there = await new_browser(), await new_browser()
    await here.sign_in("an", PASSWORD)
    await there.sign_in("dung", PASSWORD)
    await here.open(f"/console/staff/{union.dung}")
    await here.send(f"/console/staff/{union.dung}/deactivate")
    assert (await there.open("/console")).path == "/console/sign-in"
    assert (await here.send(f"/console/staff/{union.dung}/code")).status == 403
    await here.open(f"/console/staff/{union.dung}")
    await here.send(f"/console/staff/{union.dung}/reactivate")
    assert (await there.sign_in("dung", PASSWORD)).path == "/console"


async def test_who_is_told_of_words_of_danger_is_switched_and_recorded(
    browser: Browser, union: Union, database: Database
) -> None:
    await browser.sign_in("dung", PASSWORD)
    assert "Không trực." in await browser.open(f"/console/staff/{union.people.binh}")
    page = await browser.send(f"/console/staff/{union.people.binh}/duty", takes="1")
    assert "Được báo ngay, cả đêm, khi có chị ở Chi hội An Ninh nhắn lời kêu cứu." in page
    page = await browser.send(f"/console/staff/{union.people.binh}/duty", takes="0")
    assert "Không trực." in page
    async with database.reading() as connection:
        acts = await connection.execute(sa.select(staff_acts.c.act, staff_acts.c.subject))
        takes = await connection.scalar(
            sa.select(staff.c.takes_alerts).where(staff.c.id == union.people.binh)
        )
    subject = f"staff {union.people.binh}"
    assert [tuple(one) for one in acts] == [("duty_opened", subject), ("duty_closed", subject)]
    assert takes is False


async def test_who_is_on_duty_and_has_no_chat_is_said_to_hear_nothing(browser: Browser, union: Union) -> None:
    await browser.sign_in("an", PASSWORD)
    await browser.open(f"/console/staff/{union.dung}")
    page = await browser.send(f"/console/staff/{union.dung}/duty", takes="1")
    assert "nên chưa báo tới chị ấy được" in page


async def test_officer_adds_a_cadre_of_a_branch(browser: Browser, union: Union, database: Database) -> None:
    await browser.sign_in("an", PASSWORD)
    page = await browser.open("/console/staff/new")
    assert "Chi hội An Ninh" not in page
    fields = {"name": "Sơn Thị Nga", "role": "cadre", "login": "", "takes": "1", "alerts": "1"}
    page = await browser.send(
        "/console/staff/new", open_unit="1", unit=str(union.people.commune_id), **fields
    )
    assert "– Chi hội An Ninh" in page
    assert 'value="Sơn Thị Nga"' in page.html
    page = await browser.send("/console/staff/new", unit=str(union.people.branch_id), **fields)
    assert re.fullmatch(r"/console/staff/\d+", page.path)
    assert "Đang nhận câu hỏi của Chi hội An Ninh" in page
    async with database.reading() as connection:
        row = (await connection.execute(sa.select(staff).where(staff.c.name == "Sơn Thị Nga"))).one()
    assert (row.role, row.unit_id, row.login) == ("cadre", union.people.branch_id, None)
    assert (row.takes_questions, row.takes_alerts) == (True, True)


# What is wrong in a form that is right otherwise, and the sentence that says so.
WRONG_FIELDS = [
    ({"name": "  "}, "Chị nhập họ và tên."),
    ({"name": "x" * 101}, "Họ và tên dài quá 100 ký tự."),
    ({"unit": ""}, "Chị chọn một đơn vị trong danh sách."),
    ({"unit": "9999"}, "Chị chọn một đơn vị trong danh sách."),
    ({"role": "officer", "login": "a"}, "Tên đăng nhập gồm 3 đến 60 chữ"),
    ({"role": "officer", "login": "<b>abc"}, "Tên đăng nhập gồm 3 đến 60 chữ"),
    ({"role": "officer", "login": " DUNG "}, "Tên đăng nhập này đã có người dùng."),
]


async def test_wrong_field_is_named_and_nobody_is_added(
    browser: Browser, union: Union, database: Database
) -> None:
    await browser.sign_in("dung", PASSWORD)
    right = {"name": "Mai", "role": "cadre", "login": "", "unit": str(union.people.branch_id)}
    other_commune = ({"unit": str(union.people.other_commune_id)}, "Chị chọn một đơn vị trong danh sách.")
    for change, sentence in [*WRONG_FIELDS, other_commune]:
        await browser.open("/console/staff/new")
        page = await browser.send("/console/staff/new", **{**right, **change})
        assert (page.status, sentence in page) == (422, True), change
    async with database.reading() as connection:
        assert await connection.scalar(sa.select(sa.func.count()).select_from(staff)) == 4


async def test_new_officer_may_come_in_by_link_and_sees_her_unit(
    new_browser: NewBrowser, union: Union
) -> None:
    here, there = await new_browser(), await new_browser()
    await here.sign_in("an", PASSWORD)
    await here.open("/console/staff/new")
    page = await here.send(
        "/console/staff/new",
        name="Danh Thị Mỹ",
        role="officer",
        login="Mỹ.Danh",
        unit=str(union.people.other_commune_id),
    )
    page = await here.send(page.path + "/link")
    found = re.search(r"http://127\.0\.0\.1(/console/sign-in/[\w-]+)", page.html)
    assert found
    await there.open(found[1])
    page = await there.send(found[1])
    assert "my.danh" in page
    page = await there.send("/console/password", new=PASSWORD, again=PASSWORD)
    assert "Xã Nhơn Mỹ" in page
