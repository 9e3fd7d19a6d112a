"""Trying a sentence as the safety net hears it, and officers' own phrases."""

import re
from dataclasses import replace

import pytest
import sqlalchemy as sa

from bot.answers import safety_phrases
from bot.answers.safety import SafetyDetector
from bot.store.database import Database
from bot.store.tables import alerts, askings, interactions, staff_acts
from handlers.officers.console import Console
from handlers.officers.safety_phrases import _plain
from tests.conftest import MovingClock
from tests.handlers.officers.browser import Browser
from tests.handlers.officers.conftest import PASSWORD, Union
from tests.parts import CONTENT

SAFETY = "/console/safety"
DANGER = {"phrase": "thượng cẳng chân", "kind": "violence", "language": "vi", "means": "danger"}


@pytest.fixture
def console(console: Console) -> Console:
    """With a detector of its own: what officers add to it is heard by nobody else's test."""
    return replace(console, safety=SafetyDetector.load(CONTENT / "safety.vi.yaml"))


async def _own(database: Database) -> list[tuple[str, str, str, bool]]:
    async with database.reading() as connection:
        own = await safety_phrases.own_phrases(connection)
        return [(one.language, one.kind.value, one.phrase, one.is_exception) for one in own]


async def _acts(database: Database) -> list[tuple[str, dict[str, object]]]:
    async with database.reading() as connection:
        rows = await connection.execute(sa.select(staff_acts).order_by(staff_acts.c.id))
        return [(row.act, row.detail) for row in rows]


TRIED = [
    ("chong danh em hoai", "Nghe thấy nguy hiểm: bị đánh, bị bạo lực trong nhà."),
    ("hoi phi nam nay bao nhieu", "Không nghe thấy nguy hiểm."),
    ("<b>chong danh</b> em hoai \N{PILE OF POO}", "Nghe thấy nguy hiểm"),
    ("ខ្ញុំចង់ស្លាប់", "Nghe thấy nguy hiểm: không muốn sống nữa."),
]


@pytest.mark.parametrize(("sentence", "said"), TRIED)
async def test_sentence_is_heard_as_a_member_s_is_and_kept_nowhere(
    browser: Browser, union: Union, database: Database, sentence: str, said: str
) -> None:
    await browser.sign_in("dung", PASSWORD)
    await browser.open(SAFETY)
    page = await browser.send(f"{SAFETY}/try", sentence=sentence)
    assert said in page
    assert "<b>" not in page.html.partition('id="tried"')[2].partition("</section>")[0]
    async with database.reading() as connection:
        for table in (alerts, interactions):
            assert await connection.scalar(sa.select(sa.func.count()).select_from(table)) == 0


async def test_phrases_of_the_file_are_shown_in_words(browser: Browser, union: Union) -> None:
    await browser.sign_in("an", PASSWORD)
    await browser.open(SAFETY)
    page = await browser.send(f"{SAFETY}/try", sentence="chong danh em hoai")
    assert "Có cụm từ «(người gây hại) … (đánh đập)». Có cụm này là báo ngay." in page


def test_every_group_of_the_file_has_a_name_in_words() -> None:
    groups = re.findall(r"^ +- .*<(\w+)>", (CONTENT / "safety.vi.yaml").read_text("utf-8"), re.MULTILINE)
    assert groups
    for group in set(groups):
        shown = _plain(f"<{group}>", lambda sentence: sentence)
        assert shown not in {f"({group.replace('_', ' ')})", f"<{group}>"}, group


VERDICTS = [
    ("toi khong dam ve nha", "Nghe như có nguy hiểm", "hỏi lại chị ấy. Chị ấy im lặng 10 phút"),
    ("chong danh em hoai", "Nghe thấy nguy hiểm", "người trực được báo ngay"),
    ("so chong", "Không nghe thấy nguy hiểm", "Câu ngắn quá nên phải gần như chắc mới tính."),
]


@pytest.mark.parametrize(("sentence", "verdict", "then"), VERDICTS)
async def test_verdict_says_what_happens_then(
    browser: Browser, union: Union, sentence: str, verdict: str, then: str
) -> None:
    await browser.sign_in("an", PASSWORD)
    await browser.open(SAFETY)
    page = await browser.send(f"{SAFETY}/try", sentence=sentence)
    assert verdict in page
    assert then in page
    assert ("Có cụm này là báo ngay." in page) is (sentence == "chong danh em hoai")


READ = [
    ("chong danh em hoai", "Chị ơi, đang nguy hiểm thì ra chỗ có người và gọi 113.", ""),
    ("ổng kiểm tra điện thoại tui hoài", "em đọc tin mà thấy lo", "5 = không phải vậy"),
    ("ប្តីវាយខ្ញុំ ជួយខ្ញុំផង", "Chị có đang an toàn không?", "បើកំពុងមានគ្រោះថ្នាក់"),
]


@pytest.mark.parametrize(("sentence", "said", "besides"), READ)
async def test_what_she_would_read_is_shown_gentle_or_plain_and_in_her_language(
    browser: Browser, union: Union, sentence: str, said: str, besides: str
) -> None:
    await browser.sign_in("an", PASSWORD)
    await browser.open(SAFETY)
    page = await browser.send(f"{SAFETY}/try", sentence=sentence)
    assert said in page
    assert besides in page
    assert "Nút bấm: " in page
    assert "Chị ấy đọc được" not in await browser.send(f"{SAFETY}/try", sentence="hoi phi nam nay bao nhieu")


async def test_phrase_of_ones_own_is_heard_at_once_until_it_is_removed(
    browser: Browser, union: Union, database: Database
) -> None:
    await browser.sign_in("an", PASSWORD)
    await browser.open(SAFETY)
    await browser.send(f"{SAFETY}/phrases", **DANGER)
    page = await browser.send(f"{SAFETY}/try", sentence="no thuong cang chan voi toi")
    assert "Nghe thấy nguy hiểm" in page
    assert "Có cụm từ «thượng cẳng chân»." in page
    assert await _own(database) == [("vi", "violence", "thượng cẳng chân", False)]
    page = await browser.send(f"{SAFETY}/phrases", **DANGER)
    assert "Cụm này đã có trong danh sách." in page
    found = re.search(rf"{SAFETY}/phrases/\d+/remove", page.html)
    assert found
    await browser.send(found[0])
    assert await _own(database) == []
    detail = {"language": "vi", "kind": "violence", "is_exception": False}
    assert await _acts(database) == [("safety_phrase_added", detail), ("safety_phrase_removed", detail)]


async def test_a_phrase_of_ordinary_questions_is_taken_only_once_she_has_seen_them_and_is_sure(
    browser: Browser, union: Union, faq: None, database: Database, clock: MovingClock
) -> None:
    async with database.writing() as connection:
        for _ in range(2):
            await connection.execute(
                sa.insert(askings).values(
                    at=clock(), contact_id=None, unit_id=None, language="vi", text="dong hoi phi o dau",
                    outcome="no_answer",
                )
            )  # fmt: skip
    await browser.sign_in("an", PASSWORD)
    await browser.open(SAFETY)
    form = DANGER | {"phrase": "hội phí"}
    page = await browser.send(f"{SAFETY}/phrases", **form)
    assert page.status == 422
    assert "2 câu hỏi thường sẽ thành báo động:" in page
    assert "« Hội phí bao nhiêu? » Hội phí bao nhiêu?" in page
    assert "« dong hoi phi o dau » 2 lượt" in page
    assert "Tôi đã cân nhắc: vẫn báo động khi nghe cụm này" in page
    assert await _own(database) == []
    await browser.send(f"{SAFETY}/phrases", **form, sure="1")
    assert await _own(database) == [("vi", "violence", "hội phí", False)]


REFUSED = [
    ({"phrase": ""}, "Chị ghi cụm từ."),
    ({"phrase": "đánh"}, "Chị ghi ít nhất hai từ."),
    ({"phrase": "x" * 300}, "Cụm từ dài quá 200"),
    ({"kind": "storm"}, "Chị chọn loại nguy hiểm."),
    ({"kind": ""}, "Chị chọn loại nguy hiểm."),
    ({"language": "km", "phrase": "ក"}, "Cụm từ tiếng Khmer ngắn quá"),
    ({"language": "km", "phrase": "đánh đập em"}, "Cụm này không có chữ Khmer."),
    ({"language": "km", "phrase": "ប្តី|ប្រពន្ធ វាយខ្ញុំ"}, "không dùng dấu | và dấu _"),
    ({"language": "vi", "phrase": "ប្តីវាយខ្ញុំ ជួយខ្ញុំផង"}, "Chị chọn Tiếng Khmer."),
]


@pytest.mark.parametrize(("wrong", "said"), REFUSED)
async def test_what_is_wrong_with_a_phrase_is_said_and_nothing_is_kept(
    browser: Browser, union: Union, database: Database, wrong: dict[str, str], said: str
) -> None:
    await browser.sign_in("an", PASSWORD)
    await browser.open(SAFETY)
    page = await browser.send(f"{SAFETY}/phrases", **{**DANGER, **wrong})
    assert (page.status, said in page) == (422, True)
    assert await _own(database) == []


async def test_harmless_phrase_that_is_a_cry_itself_has_to_be_meant(
    browser: Browser, union: Union, database: Database
) -> None:
    await browser.sign_in("an", PASSWORD)
    await browser.open(SAFETY)
    harmless = {**DANGER, "phrase": "chồng đánh em hoài", "means": "harmless"}
    page = await browser.send(f"{SAFETY}/phrases", **harmless)
    assert (page.status, "sẽ không ai nghe thấy" in page) == (422, True)
    assert await _own(database) == []
    await browser.send(f"{SAFETY}/phrases", **harmless, sure="1")
    assert await _own(database) == [("vi", "violence", "chồng đánh em hoài", True)]
    page = await browser.send(f"{SAFETY}/try", sentence="chong danh em hoai")
    assert "Có cụm vô hại «chồng đánh em hoài»" in page


async def test_phrases_are_the_province_s(browser: Browser, union: Union, database: Database) -> None:
    await browser.sign_in("dung", PASSWORD)
    page = await browser.open(SAFETY)
    assert "Thêm cụm từ" not in page
    assert (await browser.send(f"{SAFETY}/phrases", **DANGER)).status == 403
    assert await _own(database) == []
