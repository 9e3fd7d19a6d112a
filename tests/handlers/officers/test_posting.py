from io import BytesIO

import pytest
import sqlalchemy as sa
from python_calamine import CalamineWorkbook

from bot.sending.parcels import Verdict
from bot.store.database import Database
from bot.store.tables import deliveries
from bot.store.tables.broadcasts import DeliveryState
from bot.store.tables.people import Role
from broadcasts import links, responses, results
from broadcasts.delivery import DeliveryLane
from broadcasts.policy import Policy
from tests import people
from tests.broadcasts.desk import NO_CAPS, Desk
from tests.conftest import MovingClock
from tests.handlers.officers.announcing import BROADCASTS, broadcast_row, confirm, form, start_run
from tests.handlers.officers.browser import Browser
from tests.handlers.officers.conftest import PASSWORD, Union
from tests.handlers.officers.connecting_platform import NAME, TROUBLES, ConnectingPlatform

ACCOUNTS = "/console/accounts"
KEY = b"a key"


@pytest.fixture
async def account(database: Database, clock: MovingClock, readers: Union) -> int:
    """An account of the platform that has groups and sends articles."""
    async with database.writing() as connection:
        return await people.add_account(connection, channel=NAME, external_id="7001", now=clock())


@pytest.fixture
async def an(browser: Browser, account: int) -> Browser:
    """The province's officer, who has fetched the groups."""
    await browser.sign_in("an", PASSWORD)
    await browser.open(f"{ACCOUNTS}/{account}")
    await browser.send(f"{ACCOUNTS}/{account}/groups")
    return browser


async def _written(an: Browser, readers: Union, **values: str) -> int:
    await an.open(f"{BROADCASTS}/new")
    page = await an.send(f"{BROADCASTS}/new", **form(readers.people, **values))
    assert page.path.endswith("/review"), page.text
    return int(page.path.split("/")[3])


async def test_groups_are_fetched_by_a_button_and_listed_with_those_that_are_closed(
    an: Browser, account: int, platform: ConnectingPlatform, database: Database
) -> None:
    assert "Đã lấy 2 nhóm." in an.page
    assert "Cán bộ Hội 12 đăng được" in an.page
    assert "Cũ 3 đã đóng" in an.page
    platform.refuses = True
    page = await an.send(f"{ACCOUNTS}/{account}/groups")
    assert TROUBLES["too_fast"] in page
    assert "Cán bộ Hội 12 đăng được" in page
    async with database.writing() as connection:
        web = await connection.scalar(sa.text("SELECT id FROM accounts WHERE channel = 'web_chat'"))
    assert (await an.send(f"{ACCOUNTS}/{web}/groups")).status == 404


async def test_from_the_form_to_the_run_page(
    an: Browser, account: int, readers: Union, database: Database, clock: MovingClock
) -> None:
    page = await an.open(f"{BROADCASTS}/new")
    assert "Đăng cho nhiều người cùng thấy không đăng" in page
    chosen = {f"group-{account}-group:1": "Cán bộ Hội", f"article-{account}": "ARTICLE-1"}
    broadcast_id = await _written(an, readers, **chosen)
    page = an.page
    assert "Cán bộ Hội 7001 · bài đăng trong nhóm 12 người trong nhóm" in page
    assert "ARTICLE-1 7001 · bài đăng cho mọi người quan tâm" in page
    assert "{{ten}} được thay bằng lời chung" in page
    assert "Gửi cho 3 người" in page, page.text
    assert "và đăng ở 2 nơi cho nhiều người cùng thấy" in page
    page = await an.open(f"{BROADCASTS}/{broadcast_id}/edit")
    assert f'name="group-{account}-group:1" value="Cán bộ Hội" checked' in page.html
    assert f'name="article-{account}" value="ARTICLE-1"' in page.html
    await an.open(f"{BROADCASTS}/{broadcast_id}/review")
    await confirm(an, broadcast_id)
    await start_run(database, clock)
    desk = Desk(database, readers.people, clock, account_id=account)
    group, article = await desk.claim()
    await desk.settle([group], Verdict.FAILED, code="zalo_oa_group_closed")
    await desk.settle([article], Verdict.UNCERTAIN, code="zalo_oa_timeout")
    page = await an.open(f"{BROADCASTS}/{broadcast_id}")
    assert "40% · xong 0 trên 3 người" in page
    assert "Bài đăng Nơi đăng Kết quả Lúc Cán bộ Hội 7001 · bài đăng trong nhóm" in page
    assert "Trợ lý thử đăng lại những bài chưa đăng được." in page
    assert "Đăng lại thì có thể thành hai bài giống nhau." in page
    await an.send(f"{BROADCASTS}/{broadcast_id}/again", **{f"delivery-{article.row_id}": "1"})
    async with database.reading() as connection:
        state = await connection.scalar(
            sa.select(deliveries.c.state).where(deliveries.c.id == article.row_id)
        )
    assert state is DeliveryState.PLANNED


async def test_a_post_stands_in_the_report_by_its_name_with_how_often_its_links_were_opened(
    an: Browser, account: int, readers: Union, database: Database, clock: MovingClock
) -> None:
    chosen = {f"group-{account}-group:1": "Cán bộ Hội", f"article-{account}": "ARTICLE-1"}
    text = "Mời chị xem [lịch](https://hoi.example/lich)."
    broadcast_id = await _written(an, readers, counts_clicks="1", **chosen, **{"text-vi": text})
    await confirm(an, broadcast_id)
    run_id = await start_run(database, clock)
    lane = DeliveryLane(NO_CAPS, link_of=links.addresses("https://hoi.example", KEY))
    desk = Desk(database, readers.people, clock, account_id=account, lane=lane)
    group, _article = await desk.send()
    opened = links.read(group.message.text.split("/r/")[1].rstrip("."), KEY)
    assert opened == (group.row_id, 0)
    async with database.writing() as connection:
        target = await responses.target(connection, *opened)
        assert target is not None
        assert target.url == "https://hoi.example/lich"
        for _ in range(3):
            await responses.record_click(connection, group.row_id, run_id, now=clock())
        assert not (await results.responded(connection, run_id)).is_any  # Nobody of whom we know.
    page = await an.open(f"{BROADCASTS}/{broadcast_id}")
    assert "Cán bộ Hội 7001 · bài đăng trong nhóm Đã gửi" in page
    assert "3 lượt" in page
    async with an.client.post(f"{BROADCASTS}/{broadcast_id}/export", data={"_csrf": page.csrf}) as response:
        book = CalamineWorkbook.from_filelike(BytesIO(await response.read()))
    header, *rows = book.get_sheet_by_name("Bài đăng").to_python()
    assert header[0] == "Nơi đăng"
    assert [(row[0], row[1], row[3], row[6]) for row in rows] == [
        ("Cán bộ Hội", "7001", "Đã gửi", 3.0), ("ARTICLE-1", "7001", "Đã gửi", ""),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("field", "value", "said"),
    [
        ("group-{account}-group:2", "Cũ", "không còn đăng được"),
        ("group-{account}-group:99", "Lạ", "không còn đăng được"),
        ("group-{account}-group:1", "Tên khác", "không còn đăng được"),
        ("group-999-group:1", "Cán bộ Hội", "không còn đăng được"),
        ("article-{account}", "bài viết/../1", "Mã bài viết chỉ gồm"),
        ("article-{account}", "x" * 500, "Mã bài viết chỉ gồm"),
        ("article-999", "ARTICLE-1", "không gửi được bài viết"),
    ],
)
async def test_a_place_that_is_none_is_refused_with_a_sentence_and_nothing_is_kept(
    an: Browser, account: int, readers: Union, database: Database, field: str, value: str, said: str
) -> None:
    await an.open(f"{BROADCASTS}/new")
    sent = form(readers.people, **{field.format(account=account): value})
    for path in ("new", "go-on"):
        page = await an.send(f"{BROADCASTS}/{path}", **sent)
        if path == "new":
            assert page.status == 422
            assert said in page
        async with database.reading() as connection:
            assert not await connection.scalar(sa.text("SELECT count(*) FROM broadcasts"))
        await an.open(f"{BROADCASTS}/new")


async def test_names_of_groups_are_text_wherever_they_stand(
    an: Browser, account: int, readers: Union, platform: ConnectingPlatform
) -> None:
    platform.groups = [type(platform.groups[0])("group:5", "<b>Nhóm</b>", 0, is_open=True)]
    await an.open(f"{ACCOUNTS}/{account}")
    page = await an.send(f"{ACCOUNTS}/{account}/groups")
    assert "<b>Nhóm" not in page.html
    await _written(an, readers, **{f"group-{account}-group:5": "<b>Nhóm</b>"})
    assert "<b>Nhóm" not in an.page.html
    assert "&lt;b&gt;Nhóm" in an.page.html


async def test_an_officer_of_a_commune_is_offered_no_posts_and_may_send_none(
    an: Browser, account: int, readers: Union, database: Database
) -> None:
    broadcast_id = await _written(
        an, readers, unit=str(readers.people.commune_id), **{f"group-{account}-group:1": "Cán bộ Hội"}
    )
    async with database.writing() as connection:  # As if it were hers.
        await connection.execute(
            sa.text("UPDATE broadcasts SET unit_id = :unit"), {"unit": readers.people.commune_id}
        )
    await an.sign_in("dung", PASSWORD)
    assert "Đăng cho nhiều người cùng thấy" not in await an.open(f"{BROADCASTS}/new")
    await an.open(f"{BROADCASTS}/{broadcast_id}/review")
    page = await confirm(an, broadcast_id)
    assert "Chỉ cán bộ cấp tỉnh, thành đăng được" in page
    assert (await broadcast_row(database, broadcast_id)).state == "draft"
    sent = form(readers.people, unit=str(readers.people.commune_id))
    page = await an.open(f"{BROADCASTS}/{broadcast_id}/edit")
    assert "không còn trong danh sách" in page
    page = await an.send(
        f"{BROADCASTS}/{broadcast_id}/edit", **sent, **{f"group-{account}-group:1": "Cán bộ Hội"}
    )
    assert page.status == 422


async def test_the_form_asks_for_no_people_where_it_is_only_posted(
    an: Browser, account: int, readers: Union, database: Database, clock: MovingClock
) -> None:
    page = await an.open(f"{BROADCASTS}/new")
    assert "Không gửi riêng cho ai, chỉ đăng bài" in page
    nobody = {"only_posts": "1", "unit": "", "channel-web_chat": ""}
    page = await an.send(f"{BROADCASTS}/new", **form(readers.people, **nobody))
    assert page.status == 422
    assert "Chị đã chọn chỉ đăng bài: chị chọn nơi đăng giúp." in page
    broadcast_id = await _written(an, readers, **nobody, **{f"group-{account}-group:1": "Cán bộ Hội"})
    page = an.page
    assert "Chỉ đăng, không gửi riêng cho ai." in page
    assert "Chỉ đăng ở 1 nơi cho nhiều người cùng thấy" in page
    assert "người sẽ nhận" not in page
    page = await an.open(f"{BROADCASTS}/{broadcast_id}/edit")
    assert 'name="only_posts" value="1" checked' in page.html
    await an.open(f"{BROADCASTS}/{broadcast_id}/review")
    await confirm(an, broadcast_id)
    await start_run(database, clock)
    await Desk(database, readers.people, clock, account_id=account).send()
    page = await an.open(f"{BROADCASTS}/{broadcast_id}")
    assert "Cán bộ Hội 7001 · bài đăng trong nhóm Đã gửi" in page
    assert "trên 0 người" not in page


async def test_who_has_nowhere_to_post_is_not_offered_to_only_post(browser: Browser, readers: Union) -> None:
    await browser.sign_in("dung", PASSWORD)
    assert "chỉ đăng bài" not in await browser.open(f"{BROADCASTS}/new")
    sent = form(readers.people, only_posts="1", unit="")
    assert (await browser.send(f"{BROADCASTS}/new", **sent)).status == 422


class TestApproving:
    @pytest.fixture
    def policy(self) -> Policy:
        return Policy()

    async def test_a_second_person_is_shown_the_post_and_no_people_where_there_are_none(
        self, an: Browser, account: int, readers: Union, database: Database, clock: MovingClock
    ) -> None:
        async with database.writing() as connection:
            await people.add_staff(
                connection,
                "Lê Thị Em",
                readers.people.province_id,
                role=Role.OFFICER,
                login="em",
                now=clock(),
            )
        nobody = {"only_posts": "1", "unit": "", "channel-web_chat": ""}
        broadcast_id = await _written(an, readers, **nobody, **{f"group-{account}-group:1": "Cán bộ Hội"})
        await confirm(an, broadcast_id)
        page = await an.open(f"{BROADCASTS}/{broadcast_id}/approval")
        assert "Không gửi riêng cho ai, chỉ đăng bài" in page
        assert "Số người khi nhờ duyệt" not in page

    async def test_a_second_person_reads_where_it_is_posted(
        self, an: Browser, account: int, readers: Union, database: Database, clock: MovingClock
    ) -> None:
        async with database.writing() as connection:
            await people.add_staff(
                connection,
                "Lê Thị Em",
                readers.people.province_id,
                role=Role.OFFICER,
                login="em",
                now=clock(),
            )
        broadcast_id = await _written(
            an, readers, unit=str(readers.people.branch_id), **{f"group-{account}-group:1": "Cán bộ Hội"}
        )
        assert "Cần một cán bộ khác duyệt, vì" in an.page
        await confirm(an, broadcast_id)
        page = await an.open(f"{BROADCASTS}/{broadcast_id}/approval")
        assert "Cán bộ Hội 7001 · bài đăng trong nhóm 12 người trong nhóm" in page
