"""Officers make the FAQ better by what was asked of it."""

import re
from datetime import timedelta

import pytest
import sqlalchemy as sa

from bot.answers.book import NOT_BUILT
from bot.store.database import Database
from bot.store.tables import askings, entries, entry_texts, staff_acts
from bot.store.tables.askings import ChosenBy
from handlers.officers.console import Console
from tests.bot.answers.learning.askings import add_asking
from tests.conftest import MovingClock
from tests.handlers.officers.browser import Browser, Page
from tests.handlers.officers.conftest import PASSWORD, Union

LEARNING = "/console/entries/learning"
SEWING = ("may khau cua hoi con cho muon khong", "hội có cho mượn máy khâu không", "muon may khau o dau")
FEE = ("tiền hội mỗi năm đóng mấy ngàn", "moi nam dong may ngan tien hoi vay")


@pytest.fixture
async def asked(database: Database, union: Union, faq: None, clock: MovingClock) -> Union:
    """Three who want to borrow a sewing machine, two who ask for the fee in other words, and one of a private matter."""
    async with database.writing() as connection:
        for text in (*SEWING, *FEE, ""):
            await add_asking(connection, text, at=clock(), unit_id=union.people.branch_id)
    return union


async def _rows(database: Database, *texts: str) -> list[tuple[str | None, ChosenBy | None, bool]]:
    async with database.reading() as connection:
        found = await connection.execute(
            sa.select(askings).where(askings.c.text.in_(texts)).order_by(askings.c.id)
        )
        return [(row.chosen_entry_id, row.chosen_by, row.dealt_with_at is not None) for row in found]


async def _acts(database: Database) -> list[tuple[str, str, dict[str, object]]]:
    async with database.reading() as connection:
        rows = await connection.execute(sa.select(staff_acts).order_by(staff_acts.c.id))
        return [(row.act, row.subject, row.detail) for row in rows]


async def _phrasings(database: Database, entry_id: str) -> list[str]:
    async with database.reading() as connection:
        its = sa.and_(entry_texts.c.entry_id == entry_id, entry_texts.c.language == "vi")
        found = await connection.execute(sa.select(entry_texts.c.phrasings).where(its))
        return list(found.scalar_one())


def _ticks(page: Page) -> dict[str, str]:
    """The boxes of the open page, all ticked."""
    return dict(re.findall(r'name="(asked-\d+)" value="([\d,]+)"', page.html))


async def _open_group(browser: Browser, words: str) -> Page:
    page = await browser.open(LEARNING)
    groups = re.findall(rf'href="({LEARNING}/\d+)">(.*?)</a>', page.html, re.DOTALL)
    return await browser.open(next(path for path, shown in groups if words in shown))


async def test_what_was_asked_alike_stands_together_the_commonest_first(
    browser: Browser, asked: Union
) -> None:
    await browser.sign_in("an", PASSWORD)
    page = await browser.open(LEARNING)
    assert page.text.index("3 lượt hỏi") < page.text.index(SEWING[1]) < page.text.index("2 lượt hỏi")
    assert "Ngoài ra có 1 lượt hỏi chuyện riêng" in page
    page = await _open_group(browser, SEWING[1])
    assert all(text in page for text in SEWING)
    assert FEE[0] not in page


async def test_phrasings_are_added_to_an_entry_after_a_look_at_what_would_come_of_it(
    browser: Browser, asked: Union, database: Database
) -> None:
    await browser.sign_in("an", PASSWORD)
    page = await _open_group(browser, FEE[0])
    path = page.path
    ticks = _ticks(page)
    page = await browser.send(f"{path}/entry", entry="FEE-01", **ticks)
    assert "Xem trước khi thêm Thêm vào câu Hội phí bao nhiêu?" in page
    assert "Đã thử với 5 lượt hỏi trong 90 ngày qua." in page
    assert "2 lượt sẽ được trả lời" in page
    assert "Sau: trả lời: Hội phí bao nhiêu?" in page
    assert await _rows(database, *FEE) == [(None, None, False)] * 2
    page = await browser.send(f"{path}/add", entry="FEE-01", phrasings="\n".join(FEE), **ticks)
    assert "Đã thêm." in page
    assert (page.path, FEE[0] in page) == (LEARNING, False)
    assert set(FEE) <= set(await _phrasings(database, "FEE-01"))
    assert await _rows(database, *FEE) == [("FEE-01", ChosenBy.OFFICER, True)] * 2
    assert await _acts(database) == [
        ("entry_edited", "entry FEE-01", {}),
        ("askings_put_with_entry", "entry FEE-01", {"count": 2}),
    ]


async def test_nothing_is_chosen_for_her(browser: Browser, asked: Union) -> None:
    await browser.sign_in("an", PASSWORD)
    page = await _open_group(browser, SEWING[1])
    assert "checked" not in page.html
    page = await browser.open(f"{page.path}?all=1")
    assert page.html.count("checked") == 3


async def test_what_has_an_entry_that_is_still_off_stays_until_that_is_switched_on(
    browser: Browser, asked: Union, database: Database
) -> None:
    await browser.sign_in("an", PASSWORD)
    page = await _open_group(browser, SEWING[1])
    page = await browser.send(f"{page.path}/add", entry="FEE-02", phrasings=SEWING[0], **_ticks(page))
    assert "Đã soạn, chưa bật" in page
    assert "Ai được miễn đóng tiền? đang tắt 3 lượt hỏi · «" in page
    assert f"« {SEWING[1]} »" in page
    assert "Xem và bật" in page
    await browser.send("/console/sign-out")
    await browser.sign_in("dung", PASSWORD)
    page = await browser.open(LEARNING)
    assert ("Đã soạn, chưa bật" in page, "Xem và bật" in page) == (True, False)  # The top's to switch on.
    await browser.send("/console/sign-out", csrf=(await browser.open("/console/account")).csrf)
    await browser.sign_in("chi", PASSWORD)
    assert "Đã soạn, chưa bật" not in await browser.open(LEARNING)
    await browser.send("/console/sign-out", csrf=(await browser.open("/console/account")).csrf)
    await browser.sign_in("an", PASSWORD)
    await browser.open(LEARNING)
    page = await browser.send("/console/entries/FEE-02/switch", to="on")
    assert "Bấm nút dưới đây là chị chịu trách nhiệm rằng" in page
    async with database.writing() as connection:
        await connection.execute(sa.update(entries).values(is_on=True))
    assert "Đã soạn, chưa bật" not in await browser.open(LEARNING)


async def test_of_an_entry_that_is_off_she_sees_what_changes_once_it_is_on(
    browser: Browser, asked: Union, database: Database
) -> None:
    async with database.writing() as connection:
        await connection.execute(sa.update(entries).where(entries.c.id == "FEE-02").values(is_on=False))
    await browser.sign_in("an", PASSWORD)
    page = await _open_group(browser, SEWING[1])
    page = await browser.send(f"{page.path}/entry", entry="FEE-02", **_ticks(page))
    assert "Dưới đây là khi câu này được dùng." in page
    assert "3 lượt sẽ được trả lời hoặc được gợi ý khác trước" in page
    assert "không lượt nào đổi câu trả lời" not in page


async def test_what_is_not_ticked_stays(browser: Browser, asked: Union, database: Database) -> None:
    await browser.sign_in("an", PASSWORD)
    page = await _open_group(browser, SEWING[1])
    ticks = _ticks(page)
    one = {name: value for name, value in ticks.items() if name == "asked-0"}
    await browser.send(f"{page.path}/put-aside", **one)
    assert sum(done for *_, done in await _rows(database, *SEWING)) == 1
    assert "2 lượt hỏi" in await _open_group(browser, "máy khâu")


async def test_a_new_entry_begins_with_the_phrasings_and_takes_the_askings_when_it_is_saved(
    browser: Browser, asked: Union, database: Database
) -> None:
    await browser.sign_in("an", PASSWORD)
    page = await _open_group(browser, SEWING[1])
    page = await browser.send(f"{page.path}/new", **_ticks(page))
    assert page.path == "/console/entries/new?asked=1"
    assert "3 lượt hỏi" in page
    assert all(text in page for text in SEWING)
    assert await _rows(database, *SEWING) == [(None, None, False)] * 3
    form = {
        "topic": "hoi_phi", "question": "Hội có cho mượn máy khâu không?", "phrasings": "\n".join(SEWING),
        "answer": "Dạ có, hội có ba máy.", "source": "", "escalate": "none", "sensitive": "none", "asked": "1",
    }  # fmt: skip
    page = await browser.send("/console/entries/new", **form)
    assert page.path == "/console/entries/RIENG-01"
    assert await _rows(database, *SEWING) == [("RIENG-01", ChosenBy.OFFICER, True)] * 3
    assert ("askings_put_with_entry", "entry RIENG-01", {"count": 3}) in await _acts(database)
    await browser.send("/console/entries/new", **(form | {"question": "Máy in thì sao?"}), csrf=page.csrf)
    assert len([one for one in await _acts(database) if one[0] == "askings_put_with_entry"]) == 1


async def test_an_entry_is_tried_as_it_stands_in_the_form_and_nothing_is_saved(
    browser: Browser, asked: Union, database: Database
) -> None:
    await browser.sign_in("an", PASSWORD)
    page = await browser.open("/console/entries/new")
    form = {
        "topic": "hoi_phi", "question": "Hội có cho mượn máy khâu không?", "phrasings": SEWING[0],
        "answer": "Dạ có, hội có ba máy.", "escalate": "none", "sensitive": "none",
    }  # fmt: skip
    page = await browser.send("/console/entries/effect", **form)
    assert "Câu mới lưu xong còn tắt: chưa bật lần nào thì chưa đổi gì." in page
    assert f"« {SEWING[0]} » Trước:" in page
    assert "Sau: trả lời: Hội có cho mượn máy khâu không?" in page
    data = form | {
        "entry_id": "FEE-01",
        "phrasings": "trẻ em bị đánh gọi đâu",
        "_csrf": (await browser.open("/console/entries/FEE-01")).csrf,
    }
    async with browser.client.post(
        "/console/entries/effect", data=data, headers={"HX-Request": "true"}
    ) as response:
        html = await response.text()
    assert html.strip().startswith('<section class="card effect')
    assert "cũng khớp với" in html
    assert "CHILD-01" in html
    async with database.reading() as connection:
        assert await connection.scalar(sa.select(sa.func.count()).select_from(entries)) == 3
    await browser.send("/console/sign-out")
    await browser.sign_in("dung", PASSWORD)
    await browser.open("/console/account")
    assert (await browser.send("/console/entries/effect", **form)).status == 403


async def test_what_was_put_aside_by_mistake_comes_back(
    browser: Browser, asked: Union, database: Database
) -> None:
    await browser.sign_in("an", PASSWORD)
    page = await _open_group(browser, SEWING[1])
    page = await browser.send(f"{page.path}/put-aside", **_ticks(page))
    assert "Chị vừa bỏ qua 3 lượt hỏi." in page
    assert await _rows(database, *SEWING) == [(None, None, True)] * 3
    page = await browser.send(f"{LEARNING}/take-back")
    assert "Đã lấy lại" in page
    assert SEWING[1] in page
    assert await _rows(database, *SEWING) == [(None, None, False)] * 3
    assert [act for act, *_ in await _acts(database)] == ["askings_put_aside", "askings_taken_back"]


async def test_what_a_colleague_has_dealt_with_meanwhile_is_left_alone(
    browser: Browser, asked: Union, database: Database, clock: MovingClock
) -> None:
    await browser.sign_in("an", PASSWORD)
    page = await _open_group(browser, FEE[0])
    path, ticks = page.path, _ticks(page)
    async with database.writing() as connection:
        await connection.execute(sa.update(askings).values(dealt_with_at=clock()))
    for act, fields in (
        ("entry", {"entry": "FEE-01"}),
        ("add", {"entry": "FEE-01", "phrasings": "x y z"}),
        ("put-aside", {}),
        ("new", {}),
    ):
        page = await browser.send(f"{path}/{act}", csrf=page.csrf, **fields, **ticks)
        assert (page.path, "vừa được xử lý xong" in page) == (LEARNING, True)
        page = await browser.open("/console/account")
    page = await browser.open(path)
    assert "vừa được xử lý xong" in page
    assert "x y z" not in await _phrasings(database, "FEE-01")
    assert await _acts(database) == []


async def test_nothing_ticked_is_said(browser: Browser, asked: Union) -> None:
    await browser.sign_in("an", PASSWORD)
    page = await _open_group(browser, FEE[0])
    path = page.path
    page = await browser.send(f"{path}/new")
    assert (page.path, "Chị chọn ít nhất một cách hỏi" in page) == (path, True)


@pytest.mark.parametrize(
    ("phrasings", "sentence"),
    [
        ("x" * 201, "Có dòng dài quá 200 ký tự"),
        ("\n".join(f"hỏi câu {n}" for n in range(61)), "tối đa 60 dòng"),
    ],
)
async def test_phrasings_that_cannot_be_kept_are_said_and_nothing_is_changed(
    browser: Browser, asked: Union, database: Database, phrasings: str, sentence: str
) -> None:
    await browser.sign_in("an", PASSWORD)
    page = await _open_group(browser, FEE[0])
    page = await browser.send(f"{page.path}/add", entry="FEE-01", phrasings=phrasings, **_ticks(page))
    assert (page.status, sentence in page) == (422, True)
    assert phrasings.splitlines()[0] in page
    assert await _phrasings(database, "FEE-01") == ["hoi phi bao nhieu?"]
    assert await _rows(database, *FEE) == [(None, None, False)] * 2
    assert await _acts(database) == []


async def test_entries_are_found_by_words_that_stay_out_of_the_address(
    browser: Browser, asked: Union
) -> None:
    await browser.sign_in("an", PASSWORD)
    page = await _open_group(browser, SEWING[1])
    path = page.path
    page = await browser.send(path, words="mien dong", **_ticks(page))
    assert page.path == path
    assert "Ai được miễn đóng tiền?" in page
    assert page.html.count("checked") == 3
    data = {"words": "khong co dau", "_csrf": page.csrf}
    async with browser.client.post(path, data=data, headers={"HX-Request": "true"}) as response:
        html = await response.text()
    assert html.strip().startswith('<div id="found"')
    assert "Không có câu nào như vậy" in html


async def test_below_the_top_she_sees_her_own_and_writes_no_general_entry(
    browser: Browser, asked: Union, database: Database
) -> None:
    await browser.sign_in("dung", PASSWORD)
    page = await _open_group(browser, FEE[0])
    assert "Bỏ qua" not in page
    path, ticks = page.path, _ticks(page)
    for act in ("entry", "add", "put-aside"):
        page = await browser.send(f"{path}/{act}", csrf=page.csrf, entry="FEE-01", phrasings="a b", **ticks)
        assert page.status == 403
        page = await browser.open("/console/account")
    assert (await browser.send(f"{LEARNING}/take-back", csrf=page.csrf)).status == 403
    page = await browser.open(path)
    assert (await browser.send(f"{path}/new", csrf=page.csrf, **ticks)).path == "/console/entries/new?asked=1"


async def test_officer_of_another_commune_sees_and_changes_nothing(
    browser: Browser, asked: Union, database: Database
) -> None:
    await browser.sign_in("an", PASSWORD)
    page = await _open_group(browser, FEE[0])
    path, ticks = page.path, _ticks(page)
    await browser.send("/console/sign-out")
    await browser.sign_in("chi", PASSWORD)
    assert "Không còn câu nào chờ chị xem" in await browser.open(LEARNING)
    page = await browser.open(path)
    assert FEE[0] not in page
    page = await browser.open("/console/account")
    page = await browser.send(f"{path}/new", csrf=page.csrf, **ticks)
    assert page.path == LEARNING
    assert FEE[0] not in await browser.open("/console/entries/new?asked=1")


async def test_words_of_members_are_shown_as_text(
    browser: Browser, union: Union, faq: None, database: Database, clock: MovingClock
) -> None:
    async with database.writing() as connection:
        await add_asking(connection, "<script>alert(1)</script> mượn máy", at=clock())
    await browser.sign_in("an", PASSWORD)
    page = await browser.open(LEARNING)
    assert "<script>alert" not in page.html
    page = await _open_group(browser, "&lt;script&gt;")
    assert "<script>alert" not in page.html
    page = await browser.send(f"{page.path}/entry", entry="FEE-01", **_ticks(page))
    assert "<script>alert" not in page.html
    assert "<script>alert(1)</script> mượn máy" in page


@pytest.mark.parametrize("path", ["/0", "/99999", "/x", "/" + "9" * 30, "?page=999", "?page=-1", "?page=x"])
async def test_any_address_is_a_page(browser: Browser, asked: Union, path: str) -> None:
    await browser.sign_in("an", PASSWORD)
    assert (await browser.open(LEARNING + path)).status == 200


async def test_ticks_of_any_kind_are_taken_for_what_they_are(browser: Browser, asked: Union) -> None:
    await browser.sign_in("an", PASSWORD)
    page = await _open_group(browser, FEE[0])
    wrong = {"asked-0": "x,,-1," + "9" * 40, "asked-1": "9" * 18}
    page = await browser.send(f"{page.path}/new", **wrong)
    assert (page.status, page.path) == (200, LEARNING)


async def test_today_says_what_is_asked_again_and_again_and_what_expires(
    browser: Browser, asked: Union, database: Database, clock: MovingClock
) -> None:
    async with database.writing() as connection:
        soon = (clock() + timedelta(days=10)).date()
        await connection.execute(sa.update(entries).where(entries.c.id == "FEE-01").values(expires_on=soon))
    page = await browser.sign_in("an", PASSWORD)
    assert "2 điều được hỏi nhiều lần mà trợ lý chưa trả lời được." in page
    assert "1 câu đã hết hạn hoặc hết hạn trong 30 ngày tới." in page
    page = await browser.open("/console/entries?show=expiring")
    assert "Hội phí bao nhiêu? FEE-01" in page
    assert f"hạn dùng {soon:%d/%m/%Y}" in page
    assert "Chị mở câu, kiểm lại rồi đổi ngày, hoặc tắt đi." in page
    await browser.send("/console/sign-out", csrf=(await browser.open("/console/account")).csrf)
    assert "được hỏi nhiều lần" not in await browser.sign_in("dung", PASSWORD)


async def test_today_says_that_the_answers_are_not_up_to_what_was_written(
    browser: Browser, union: Union, console: Console
) -> None:
    console.answers.build_error = NOT_BUILT
    assert "Kho câu hỏi vừa sửa chưa dùng được" in await browser.sign_in("an", PASSWORD)
    await browser.send("/console/sign-out")
    assert "Kho câu hỏi vừa sửa" not in await browser.sign_in("dung", PASSWORD)
