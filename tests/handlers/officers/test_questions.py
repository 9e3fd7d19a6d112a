from typing import Any

import pytest
import sqlalchemy as sa

from bot.alerts import raising, taking
from bot.answers.safety import Alarm, AlarmKind
from bot.languages import Languages
from bot.outbox import Outbox
from bot.people.contacts import Contact
from bot.questions import asking
from bot.questions.post import Post
from bot.store.database import Database
from bot.store.tables import alerts, outbox, question_steps, questions, staff, staff_acts
from bot.store.tables.questions import QuestionState
from tests import people
from tests.conftest import MovingClock
from tests.handlers.officers.browser import Browser, Page
from tests.handlers.officers.conftest import PASSWORD, NewBrowser, Union

QUESTIONS = "/console/questions"
SCRIPT = "<script>alert('x')</script> {{ 7 * 7 }}"


@pytest.fixture
def ask(database: Database, clock: MovingClock, union: Union) -> Any:
    """Hoa or Lan asks; nobody holds a desk unless `desk` says so."""

    async def take(who: str, words: str, *, desk: bool = False, **values: Any) -> int:
        contact: Contact = await people.contact_of(database, union.people.account_id, who)
        async with database.writing() as connection:
            await _give_desk(connection, union.people.binh, holds=desk)
            post = Post(connection, Outbox({}), Languages({}), clock())
            question_id, _ = await asking.ask(post, contact, words, unit_id=union.people.branch_id, **values)
        return question_id

    return take


async def _give_desk(connection: Any, staff_id: int, *, holds: bool) -> None:
    await connection.execute(sa.update(staff).where(staff.c.id == staff_id).values(takes_questions=holds))


async def _row(database: Database, question_id: int) -> Any:
    async with database.reading() as connection:
        return (await connection.execute(sa.select(questions).where(questions.c.id == question_id))).one()


async def _letters(database: Database) -> list[str]:
    async with database.reading() as connection:
        return [
            row["text"] for row in await connection.scalars(sa.select(outbox.c.message).order_by(outbox.c.id))
        ]


async def _taken(database: Database, clock: MovingClock, union: Union, staff_id: int) -> int:
    """Hoa cries, and this one has it; returns the question."""
    hoa = await people.contact_of(database, union.people.account_id, "hoa")
    async with database.writing() as connection:
        await connection.execute(sa.update(staff).where(staff.c.id == staff_id).values(takes_alerts=True))
        post = Post(connection, Outbox({}), Languages({}), clock())
        alert = await raising.hear(post, hoa, Alarm(AlarmKind.VIOLENCE, urgent=True), "chồng đánh em")
        assert await taking.take(post, alert.alert_id, staff_id=staff_id) is taking.Act.DONE
    return alert.alert_id


def _seen(page: Page) -> str:
    return page.html.split('name="seen" value="')[1].split('"')[0]


async def test_officer_sees_what_waits_urgent_first_then_the_longest_waiting(
    browser: Browser, ask: Any, union: Union
) -> None:
    await ask("hoa", "Hội phí đóng ở đâu?")
    await ask("lan", "Lớp may khi nào mở?")
    await ask("hoa", "Nhà em đang có chuyện gấp", is_urgent=True)
    await browser.sign_in("an", PASSWORD)
    page = await browser.open(QUESTIONS)
    urgent, first, second = (
        page.text.index(words) for words in ("chuyện gấp", "Hội phí đóng", "Lớp may khi nào")
    )
    assert urgent < first < second
    assert "Đang chờ 3" in page


async def test_name_is_shown_only_where_she_allowed_it(browser: Browser, ask: Any, union: Union) -> None:
    await ask("hoa", "Câu của Hoa")
    await ask("lan", "Câu của Lan")
    await browser.sign_in("an", PASSWORD)
    page = await browser.open(QUESTIONS)
    assert "Nguyễn Thị Hoa, Chi hội An Ninh, Xã Kế Sách" in page
    assert "Thạch Thị Lan" not in page


async def test_words_of_a_private_question_stand_only_on_its_own_page_with_a_notice(
    browser: Browser, ask: Any, union: Union
) -> None:
    question_id = await ask("lan", "Chuyện nhà của em", is_sensitive=True)
    await browser.sign_in("an", PASSWORD)
    assert "Chuyện nhà của em" not in await browser.open(QUESTIONS)
    page = await browser.open(f"{QUESTIONS}/{question_id}")
    assert "Chuyện nhà của em" in page
    assert "Đây là chuyện riêng" in page


@pytest.mark.parametrize(
    ("login", "sees"), [("an", True), ("dung", True), ("chi", False)], ids=["above", "same", "outside"]
)
async def test_question_is_there_only_for_officers_of_her_line(
    browser: Browser, ask: Any, union: Union, database: Database, login: str, sees: bool
) -> None:
    question_id = await ask("hoa", "Hội phí đóng ở đâu?")
    await browser.sign_in(login, PASSWORD)
    assert ("Hội phí đóng" in await browser.open(QUESTIONS)) == sees
    assert (await browser.open(f"{QUESTIONS}/{question_id}")).status == (200 if sees else 404)
    for act in ("answer", "forward", "close", "suggestion"):
        await browser.open(QUESTIONS)
        page = await browser.open("/console/account")
        page = await browser.send(f"{QUESTIONS}/{question_id}/{act}", words="Dạ", seen="0", desk="1")
        assert (page.status == 404) != sees
    if not sees:
        assert (await _row(database, question_id)).state is QuestionState.WAITING


async def test_who_has_not_said_where_she_lives_is_seen_by_the_province_alone(
    new_browser: NewBrowser, union: Union, database: Database, clock: MovingClock
) -> None:
    contact = await people.contact_of(database, union.people.account_id, "hoa")
    async with database.writing() as connection:
        await _give_desk(connection, union.people.binh, holds=False)
        post = Post(connection, Outbox({}), Languages({}), clock())
        await asking.ask(post, contact, "Em ở xa", unit_id=None)
    for login, sees in (("an", True), ("dung", False)):
        browser = await new_browser()
        await browser.sign_in(login, PASSWORD)
        assert ("Em ở xa" in await browser.open(QUESTIONS)) == sees


async def test_answer_goes_to_her_chat_and_is_on_record(
    browser: Browser, ask: Any, union: Union, database: Database
) -> None:
    question_id = await ask("hoa", "Hội phí đóng ở đâu?")
    await browser.sign_in("an", PASSWORD)
    page = await browser.open(f"{QUESTIONS}/{question_id}")
    page = await browser.send(
        f"{QUESTIONS}/{question_id}/answer", words="Dạ, đóng cho chi hội trưởng.", seen=_seen(page)
    )
    assert page.path == QUESTIONS
    assert f"Đã gửi câu trả lời cho câu hỏi mã {question_id}" in page
    row = await _row(database, question_id)
    assert (row.state, row.staff_id) == (QuestionState.ANSWERED, union.people.an)
    (letter,) = await _letters(database)
    assert "Dạ, đóng cho chi hội trưởng." in letter
    async with database.reading() as connection:
        (act,) = (
            await connection.execute(sa.select(staff_acts).where(staff_acts.c.act == "question_answered"))
        ).all()
    assert (act.staff_id, act.subject, act.detail) == (union.people.an, f"question {question_id}", {})


async def test_second_officer_who_answers_the_same_question_is_told_and_keeps_her_words(
    new_browser: NewBrowser, ask: Any, union: Union, database: Database
) -> None:
    question_id = await ask("hoa", "Hội phí đóng ở đâu?")
    first, second = await new_browser(), await new_browser()
    await first.sign_in("an", PASSWORD)
    await second.sign_in("dung", PASSWORD)
    seen = [_seen(await browser.open(f"{QUESTIONS}/{question_id}")) for browser in (first, second)]
    await first.send(f"{QUESTIONS}/{question_id}/answer", words="Câu của An", seen=seen[0])
    page = await second.send(f"{QUESTIONS}/{question_id}/answer", words="Câu của Dung", seen=seen[1])
    assert page.status == 409
    assert "vừa có thay đổi nên chưa làm gì cả" in page
    assert "Trần Thị An trả lời" in page
    assert "Câu của Dung</textarea>" in page.html
    assert len(await _letters(database)) == 1
    page = await second.send(f"{QUESTIONS}/{question_id}/answer", words="Câu của Dung", seen=_seen(page))
    assert len(await _letters(database)) == 2  # She has read it and wants to add something.


@pytest.mark.parametrize("words", ["", "   \n  ", "dài " * 1000])
async def test_empty_or_endless_answer_sends_nothing(
    browser: Browser, ask: Any, union: Union, database: Database, words: str
) -> None:
    question_id = await ask("hoa", "Hội phí đóng ở đâu?")
    await browser.sign_in("an", PASSWORD)
    page = await browser.open(f"{QUESTIONS}/{question_id}")
    page = await browser.send(f"{QUESTIONS}/{question_id}/answer", words=words, seen=_seen(page))
    assert page.status == 422
    assert await _letters(database) == []


async def test_question_goes_to_the_desk_she_picks_and_only_to_one_of_the_line(
    browser: Browser, ask: Any, union: Union, database: Database
) -> None:
    question_id = await ask("hoa", "Hội phí đóng ở đâu?")
    async with database.writing() as connection:
        await _give_desk(connection, union.people.binh, holds=True)
    await browser.sign_in("an", PASSWORD)
    page = await browser.open(f"{QUESTIONS}/{question_id}")
    assert "Lê Thị Bình, Chi hội An Ninh (0 câu đang chờ)" in page
    page = await browser.send(
        f"{QUESTIONS}/{question_id}/forward", desk=str(union.people.chi), seen=_seen(page)
    )
    assert (page.status, "không nhận câu hỏi" in page) == (422, True)
    page = await browser.send(
        f"{QUESTIONS}/{question_id}/forward", desk=str(union.people.binh), seen=_seen(page)
    )
    assert page.path == QUESTIONS
    row = await _row(database, question_id)
    assert (row.state, row.staff_id) == (QuestionState.FORWARDED, union.people.binh)
    assert "Lê Thị Bình" in await browser.open(f"{QUESTIONS}?state=forwarded")


async def test_officer_may_answer_what_lies_on_a_desk_and_the_cadre_is_told(
    browser: Browser, ask: Any, union: Union, database: Database
) -> None:
    question_id = await ask("hoa", "Hội phí đóng ở đâu?", desk=True)
    async with database.writing() as connection:  # The forward has left already.
        await connection.execute(sa.update(outbox).values(state="sent"))
    await browser.sign_in("an", PASSWORD)
    page = await browser.open(f"{QUESTIONS}/{question_id}")
    assert "đang ở chỗ Lê Thị Bình" in page
    await browser.send(f"{QUESTIONS}/{question_id}/answer", words="Dạ, ở chi hội.", seen=_seen(page))
    letters = await _letters(database)
    assert any("đã có người khác trả lời rồi" in letter for letter in letters)


async def test_closing_sends_nothing_and_is_on_record(
    browser: Browser, ask: Any, union: Union, database: Database
) -> None:
    question_id = await ask("hoa", "abc")
    await browser.sign_in("an", PASSWORD)
    page = await browser.open(f"{QUESTIONS}/{question_id}")
    await browser.send(f"{QUESTIONS}/{question_id}/close", seen=_seen(page))
    assert (await _row(database, question_id)).state is QuestionState.CLOSED
    assert await _letters(database) == []
    async with database.reading() as connection:
        kinds = list(await connection.scalars(sa.select(question_steps.c.kind)))
    assert [str(kind) for kind in kinds] == ["asked", "closed"]


@pytest.mark.parametrize("who", ["somebody else", "herself"])
@pytest.mark.parametrize("act", ["close", "forward"])
async def test_question_of_an_alert_that_somebody_has_stays_and_says_whose_it_is(
    browser: Browser, union: Union, database: Database, clock: MovingClock, act: str, who: str
) -> None:
    taker = union.people.binh if who == "somebody else" else union.people.an
    question_id = await _taken(database, clock, union, taker)
    await browser.sign_in("an", PASSWORD)
    page = await browser.open(f"{QUESTIONS}/{question_id}")
    before = await _row(database, question_id)
    said = await browser.send(
        f"{QUESTIONS}/{question_id}/{act}", desk=str(union.people.chi), seen=_seen(page)
    )
    assert ("Báo động này Lê Thị Bình đang lo" in said) is (who == "somebody else")
    assert ("Báo động này chị đang lo" in said) is (who == "herself")
    assert await _row(database, question_id) == before


async def test_who_may_not_write_to_her_any_more_is_told_the_truth(
    browser: Browser, union: Union, database: Database, clock: MovingClock
) -> None:
    question_id = await _taken(database, clock, union, union.dung)
    await browser.sign_in("dung", PASSWORD)
    page = await browser.open(f"{QUESTIONS}/{question_id}")
    async with database.writing() as connection:
        await connection.execute(sa.update(alerts).values(is_past_local=True))
    said = await browser.send(f"{QUESTIONS}/{question_id}/answer", words="Dạ.", seen=_seen(page))
    assert "đã có người khác lo nên chưa gửi gì" in said
    assert "đã xóa thông tin" not in said


async def test_what_members_write_is_shown_as_text(browser: Browser, ask: Any, union: Union) -> None:
    question_id = await ask("hoa", SCRIPT)
    await browser.sign_in("an", PASSWORD)
    for path in (QUESTIONS, f"{QUESTIONS}/{question_id}"):
        page = await browser.open(path)
        assert "alert('x')" in page.text
        assert "<script>alert" not in page.html
        assert "{{ 7 * 7 }}" in page.text


async def test_entry_that_fits_is_offered_and_its_answer_put_after_what_she_wrote(
    browser: Browser, ask: Any, union: Union, faq: None
) -> None:
    question_id = await ask("hoa", "hoi phi dong bao nhieu")
    await browser.sign_in("an", PASSWORD)
    page = await browser.open(f"{QUESTIONS}/{question_id}")
    assert "Hội phí bao nhiêu?" in page
    page = await browser.send(f"{QUESTIONS}/{question_id}/suggestion", words="Chào chị,", entry="FEE-01")
    box = page.html.split('name="words"')[1].split("</textarea>")[0]
    assert "Chào chị,\n\nMỗi năm 24.000 đồng, hỏi chị chi hội trưởng." in box


async def test_question_without_its_form_token_is_not_answered(
    browser: Browser, ask: Any, union: Union, database: Database
) -> None:
    question_id = await ask("hoa", "Hội phí đóng ở đâu?")
    await browser.sign_in("an", PASSWORD)
    page = await browser.open(f"{QUESTIONS}/{question_id}")
    page = await browser.send(f"{QUESTIONS}/{question_id}/answer", csrf="", words="Dạ", seen=_seen(page))
    assert page.status == 403
    assert await _letters(database) == []
