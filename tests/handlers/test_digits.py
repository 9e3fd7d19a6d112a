"""A digit in a cadre's chat is for what asked last; where a letter came while she was typing she is asked, and no words go astray."""

from datetime import timedelta

import pytest
import sqlalchemy as sa

from bot.alerts import record
from bot.alerts.record import Alert
from bot.outbox import Outbox
from bot.questions.post import Post
from bot.store.database import Database
from bot.store.tables import questions, staff
from bot.store.tables.alerts import AlertState, AlertStepKind
from bot.store.tables.broadcasts import ApprovalState
from broadcasts import approval, approval_letters, confirming, writing
from broadcasts.approval import Shown
from broadcasts.audience import Audience
from broadcasts.writing import Draft
from tests.catalogues import languages
from tests.chat import Chat
from tests.conftest import MovingClock
from tests.handlers import on_duty
from tests.handlers.on_duty import CRY, OnDuty
from tests.parts import make_parts

LOAN = "Tôi muốn vay vốn nuôi bò thì làm giấy tờ ở đâu"
SEWING = "Lớp may khi nào khai giảng vậy chị"
WORDS = "Dạ chị, mai chị tới trụ sở Hội nghe"


@pytest.fixture
async def duty(database: Database, clock: MovingClock) -> OnDuty:
    """Mai holds the desk for questions and takes alerts."""
    told = await on_duty.settle(database, clock, make_parts())
    async with database.writing() as connection:
        await connection.execute(sa.update(staff).values(takes_questions=staff.c.id == told.mai))
    for address in ("mai", "thu"):
        await told.chat(address).says("chào")
    clock.move(timedelta(minutes=1))
    return told


def later(duty: OnDuty) -> None:
    """Long enough for her to have read what came."""
    duty.clock.move(timedelta(minutes=1))


async def asks(duty: OnDuty, *, address: str = "lan", words: str = LOAN) -> int:
    """A member asks a cadre; returns the code."""
    await duty.chat(address).says("gặp cán bộ")
    await duty.chat(address).says(words)
    async with duty.database.reading() as connection:
        return int(await connection.scalar(sa.select(sa.func.max(questions.c.id))) or 0)


async def asks_approval(duty: OnDuty, title: str = "Họp mặt") -> int:
    """An asks for approval of an announcement; returns the request's id."""
    now = duty.clock()
    unit_id = duty.people.province_id
    audience = Audience.of_units([unit_id], ("web_chat",))
    draft = Draft(title=title, texts={"vi": "Mời chị đi họp."}, unit_id=unit_id, audience=audience)
    async with duty.database.writing() as connection:
        broadcast_id = await writing.create(connection, draft, staff_id=duty.people.an, now=now)
        shown = Shown(12, 0, now + timedelta(hours=2), now + timedelta(hours=3))
        approval_id = await confirming.ask(connection, broadcast_id, shown, staff_id=duty.people.an, now=now)
        assert approval_id is not None
        await approval_letters.tell_approvers(Post(connection, Outbox({}), languages(), now), approval_id)
    return approval_id


async def get(duty: OnDuty, code: int) -> Alert:
    async with duty.database.reading() as connection:
        alert = await record.get(connection, code)
    assert alert is not None
    return alert


async def is_taken_by(duty: OnDuty, code: int, staff_id: int) -> bool:
    alert = await get(duty, code)
    return (alert.state, alert.taken_by) == (AlertState.TAKEN, staff_id)


async def stand(duty: OnDuty, approval_id: int) -> ApprovalState:
    async with duty.database.reading() as connection:
        asked = await approval.request(connection, approval_id)
    assert asked is not None
    return ApprovalState(asked.state)


async def says(chat: Chat, words: str) -> str:
    return "\n".join(await chat.says(words))


# A list of alerts


async def test_a_digit_below_the_list_of_alerts_means_no_older_question(duty: OnDuty) -> None:
    lan, mai = duty.chat("lan"), duty.chat("mai")
    asked = await asks(duty)
    later(duty)
    codes = [await duty.cries(), await duty.cries(address="binh")]
    later(duty)
    await lan.news()
    assert f"mã {codes[0]}" in await says(mai, "BAODONG")
    said = await says(mai, "1")
    assert f"Chị xem mã nào: {codes[0]} hay {codes[1]}" in said
    said = await says(mai, WORDS)
    assert f"«{LOAN}» (mã {asked}) phải không? 1 = gửi, 2 = không" in said
    assert "3 = ghi vào sổ báo động" in said
    assert await lan.news() == []


async def test_a_digit_below_the_list_of_alerts_is_not_the_menus(duty: OnDuty) -> None:
    codes = [await duty.cries(), await duty.cries(address="lan")]
    later(duty)
    mai = duty.chat("mai")
    await mai.says("BAODONG")
    assert "Chị xem mã nào" in await says(mai, "9")
    assert CRY in await says(mai, str(codes[1]))
    assert f"chị nhận mã {codes[1]} rồi" in await says(mai, "1")


async def test_a_code_below_the_list_shows_that_alert(duty: OnDuty) -> None:
    await asks(duty)
    codes = [await duty.cries(), await duty.cries(address="binh")]
    later(duty)
    mai = duty.chat("mai")
    await mai.says("BAODONG")
    assert f"Báo động mã {codes[0]}: có chị nhắn" in await says(mai, str(codes[0]))


# The last thing that asked


async def test_a_letter_that_a_colleague_has_answered_since_leaves_the_digit_to_no_older_question(
    duty: OnDuty,
) -> None:
    await asks(duty)
    later(duty)
    code = await duty.cries()
    later(duty)
    await duty.chat("thu").says(f"NHAN {code}")
    assert "Đỗ Thị Thu đã nhận rồi" in await says(duty.chat("mai"), "1")


async def test_below_the_list_of_questions_a_digit_takes_on_no_alert(duty: OnDuty) -> None:
    await asks(duty)
    later(duty)
    code = await duty.cries()
    later(duty)
    mai = duty.chat("mai")
    await mai.says("CAUHOI")
    assert LOAN in await says(mai, "1")
    assert (await get(duty, code)).state is AlertState.OPEN


async def test_below_the_list_of_questions_a_digit_agrees_to_no_announcement(duty: OnDuty) -> None:
    async with duty.database.writing() as connection:
        await connection.execute(sa.update(staff).values(takes_questions=staff.c.id == duty.thu))
    thu = duty.chat("thu")
    await asks(duty)
    later(duty)
    approval_id = await asks_approval(duty)
    later(duty)
    await thu.says("CAUHOI")
    assert LOAN in await says(thu, "1")
    assert await stand(duty, approval_id) is ApprovalState.WAITING


async def test_below_an_announcement_to_agree_to_a_digit_takes_on_no_alert(duty: OnDuty) -> None:
    code = await duty.cries()
    later(duty)
    approval_id = await asks_approval(duty)
    later(duty)
    assert "chị đã duyệt" in await says(duty.chat("thu"), "1")
    assert await stand(duty, approval_id) is ApprovalState.APPROVED
    assert (await get(duty, code)).state is AlertState.OPEN


async def test_a_digit_after_the_menu_answers_no_question_of_a_member(duty: OnDuty) -> None:
    await asks(duty)
    later(duty)
    mai = duty.chat("mai")
    async with duty.database.writing() as connection:
        await connection.execute(sa.text("UPDATE interactions SET entry_id = NULL"))
    await mai.says("menu")
    async with duty.database.writing() as connection:  # As it is where officers have switched the menu on.
        await connection.execute(
            sa.text(
                "UPDATE interactions SET entry_id = 'HELP-01' WHERE outbox_id = (SELECT MAX(id) FROM outbox)"
            )
        )
    assert "nhắn câu trả lời" not in await says(mai, "1")


async def test_a_quoted_letter_is_the_one_that_a_digit_is_for(duty: OnDuty) -> None:
    first, second = await duty.cries(), await duty.cries(address="lan")
    await duty.chat("mai").replies("1", to=f"Báo động mã {first}")
    assert await is_taken_by(duty, first, duty.mai)
    assert (await get(duty, second)).state is AlertState.OPEN


async def test_a_digit_that_quotes_a_question_is_for_it_whatever_came_since(duty: OnDuty) -> None:
    asked = await asks(duty)
    code = await duty.cries()
    said = "\n".join(await duty.chat("mai").replies("1", to=LOAN))
    assert f"(mã {asked}) vào tin kế tiếp" in said
    assert (await get(duty, code)).state is AlertState.OPEN


async def test_a_button_below_what_she_is_asked_about_an_alert_answers_it(duty: OnDuty) -> None:
    code = await duty.cries()
    mai = duty.chat("mai")
    await mai.says("1")
    later(duty)
    assert "1 = khép" in await says(mai, "xong rồi, đưa chị ấy về nhà mẹ ruột")
    await mai.presses("1", on="1 = khép")
    assert (await get(duty, code)).state is AlertState.CLOSED


# A letter that comes while she is typing


async def test_an_alert_that_comes_while_she_reads_an_announcement_is_not_taken_unread(duty: OnDuty) -> None:
    approval_id = await asks_approval(duty)
    later(duty)
    thu = duty.chat("thu")
    await thu.says("DUYET")
    duty.clock.move(timedelta(seconds=9))
    code = await duty.cries()
    duty.clock.move(timedelta(seconds=4))
    said = await says(thu, "1")
    assert "1 = duyệt thông báo «Họp mặt»" in said
    assert f"2 = nhận báo động mã {code}" in said
    assert (await get(duty, code)).state is AlertState.OPEN
    assert await stand(duty, approval_id) is ApprovalState.WAITING
    await thu.says("1")
    assert await stand(duty, approval_id) is ApprovalState.APPROVED
    assert (await get(duty, code)).state is AlertState.OPEN
    assert f"chị nhận mã {code} rồi" in await says(thu, f"NHAN {code}")


async def test_of_two_alerts_within_seconds_she_says_which_she_takes_on(duty: OnDuty) -> None:
    first = await duty.cries()
    duty.clock.move(timedelta(seconds=5))
    second = await duty.cries(address="lan")
    duty.clock.move(timedelta(seconds=5))
    mai = duty.chat("mai")
    said = await says(mai, "1")
    assert f"1 = nhận báo động mã {first}\n2 = nhận báo động mã {second}" in said
    await mai.says("2")
    assert await is_taken_by(duty, second, duty.mai)
    assert (await get(duty, first)).state is AlertState.OPEN


@pytest.mark.parametrize("picked", ["question", "alert"])
async def test_of_a_question_and_an_alert_within_seconds_she_says_which(duty: OnDuty, picked: str) -> None:
    code = await duty.cries()
    duty.clock.move(timedelta(seconds=5))
    asked = await asks(duty)
    duty.clock.move(timedelta(seconds=5))
    mai = duty.chat("mai")
    assert f"1 = nhận báo động mã {code}\n2 = trả lời câu hỏi «{LOAN}» (mã {asked})" in await says(mai, "1")
    said = await says(mai, "2" if picked == "question" else "1")
    assert (f"(mã {asked}) vào tin kế tiếp" in said) is (picked == "question")
    assert await is_taken_by(duty, code, duty.mai) is (picked == "alert")


async def test_a_letter_that_she_has_had_time_to_read_owns_the_digit(duty: OnDuty) -> None:
    first = await duty.cries()
    duty.clock.move(timedelta(seconds=5))
    second = await duty.cries(address="lan")
    duty.clock.move(timedelta(seconds=30))
    assert f"chị nhận mã {second} rồi" in await says(duty.chat("mai"), "1")
    assert (await get(duty, first)).state is AlertState.OPEN


async def test_a_single_new_letter_owns_the_digit_at_once(duty: OnDuty) -> None:
    code = await duty.cries()
    assert f"chị nhận mã {code} rồi" in await says(duty.chat("mai"), "1")


async def test_a_button_is_never_asked_about(duty: OnDuty) -> None:
    await duty.cries()
    second = await duty.cries(address="lan")
    await duty.chat("mai").presses(f"NHAN {second}", on=f"Báo động mã {second}")
    assert await is_taken_by(duty, second, duty.mai)


async def test_the_same_tap_again_takes_on_no_alert_that_came_in_between(duty: OnDuty) -> None:
    await duty.cries()
    later(duty)
    mai = duty.chat("mai")
    await mai.says("1")
    duty.clock.move(timedelta(seconds=2))
    second = await duty.cries(address="lan")
    assert f"1 = nhận báo động mã {second}\n0 = không làm gì" in await says(mai, "1")
    assert (await get(duty, second)).state is AlertState.OPEN


@pytest.mark.parametrize("answer", ["0", "thôi"])
async def test_meaning_neither_does_nothing_and_leaves_both_as_they_are(duty: OnDuty, answer: str) -> None:
    first, second = await duty.cries(), await duty.cries(address="lan")
    mai = duty.chat("mai")
    await mai.says("1")
    assert "em chưa làm gì hết" in await says(mai, answer)
    for code in (first, second):
        assert (await get(duty, code)).state is AlertState.OPEN


async def test_words_that_wait_to_be_sent_are_not_lost_to_a_letter(duty: OnDuty) -> None:
    await asks(duty, address="binh", words=SEWING)
    await asks(duty)
    later(duty)
    lan, mai = duty.chat("lan"), duty.chat("mai")
    assert f"2 = «{LOAN}»" in await says(mai, "Ngày mùng 5 nghen chị")
    later(duty)
    code = await duty.cries()
    later(duty)
    said = await says(mai, "2")
    assert "1 = trả lời câu em hỏi lúc trước: Câu này chị trả lời cho câu hỏi nào?" in said
    await lan.news()
    await mai.says("1")
    assert any("Ngày mùng 5" in text for text in await lan.news())
    assert (await get(duty, code)).state is AlertState.OPEN


# Words of duty, and words that may be a note


async def test_words_of_duty_are_obeyed_while_she_is_asked_whether_she_is_safe(duty: OnDuty) -> None:
    code = await duty.cries()
    later(duty)
    mai = duty.chat("mai")
    await mai.says(f"NHAN {code}")
    later(duty)
    await mai.says(on_duty.MURMUR)
    await mai.says("3")  # It was no note about the alert, nor an answer: a murmur of her own.
    await mai.says("2")
    assert "đã làm gì" in await says(mai, "XONG")


@pytest.mark.parametrize("word", ["XONG", "ghi", "BANGIAO", "NHAN", "BAODONG"])
async def test_a_word_of_duty_is_no_part_of_a_story_of_her_own(duty: OnDuty, word: str) -> None:
    mai = duty.chat("mai")
    assert "Chị có đang" in await says(mai, on_duty.MURMUR)
    assert "em nghe chị" not in await says(mai, word)


@pytest.mark.parametrize(
    ("word", "asked"), [("XONG", "khép mã"), ("GHI", "ghi gì vào sổ mã"), ("BANGIAO", "bàn giao mã")]
)
async def test_a_word_without_a_code_takes_the_only_alert_there_is(
    duty: OnDuty, word: str, asked: str
) -> None:
    code = await duty.cries()
    later(duty)
    said = await says(duty.chat("mai"), word)
    assert f"{asked} {code}" in said


async def test_a_word_without_a_code_asks_which_of_several_and_keeps_what_is_to_be_noted(
    duty: OnDuty,
) -> None:
    first, second = await duty.cries(), await duty.cries(address="lan")
    mai = duty.chat("mai")
    for code in (first, second):
        await mai.says(f"NHAN {code}")
    later(duty)
    assert f"Chị ghi sổ mã nào: {first} hay {second}?" in await says(mai, "ghi đã gọi công an xã")
    await mai.says(str(second))
    async with duty.database.reading() as connection:
        step = (await record.steps(connection, second))[-1]
    assert (step.kind, step.text) == (AlertStepKind.NOTED, "đã gọi công an xã")


async def test_what_sounds_like_a_note_is_offered_for_the_log_and_goes_to_nobody_unasked(
    duty: OnDuty,
) -> None:
    asked = await asks(duty)
    later(duty)
    code = await duty.cries()
    lan, mai = duty.chat("lan"), duty.chat("mai")
    later(duty)
    await mai.says(f"NHAN {code}")
    later(duty)
    async with duty.database.writing() as connection:  # It came by another way, and waits for nobody's words.
        await connection.execute(sa.update(questions).where(questions.c.id == code).values(staff_id=None))
    await lan.news()
    said = await says(mai, "Da goi cong an xa va tram y te")
    assert f"«{LOAN}» (mã {asked}) phải không? 1 = gửi, 2 = không" in said
    assert f"3 = ghi vào sổ báo động mã {code}, không gửi cho ai" in said
    assert f"ghi vào sổ mã {code} rồi" in await says(mai, "3")
    async with duty.database.reading() as connection:
        step = (await record.steps(connection, code))[-1]
    assert (step.kind, step.text) == (AlertStepKind.NOTED, "Da goi cong an xa va tram y te")
    assert await lan.news() == []


async def test_a_note_that_comes_before_the_code_is_kept_for_it(duty: OnDuty) -> None:
    first, second = await duty.cries(), await duty.cries(address="lan")
    later(duty)
    mai = duty.chat("mai")
    await mai.says("GHI")
    said = await says(mai, "Da goi cong an xa")
    assert "«Da goi cong an xa»" in said
    assert f"Chị ghi sổ mã nào: {first} hay {second}?" in said
    await mai.says(f"mã {first}")
    async with duty.database.reading() as connection:
        step = (await record.steps(connection, first))[-1]
    assert (step.kind, step.text) == (AlertStepKind.NOTED, "Da goi cong an xa")


async def test_while_an_alert_is_open_no_words_go_to_another_woman_unasked(duty: OnDuty) -> None:
    asked = await asks(duty)
    later(duty)
    await duty.cries()
    lan, mai = duty.chat("lan"), duty.chat("mai")
    later(duty)
    await mai.says("CAUHOI")
    await mai.says("0")
    await lan.news()
    assert f"«{LOAN}» (mã {asked}) phải không?" in await says(mai, "em phải làm gì bây giờ")
    assert await lan.news() == []


async def test_nhan_is_no_part_of_a_question_of_her_own(duty: OnDuty) -> None:
    mai = duty.chat("mai")
    await mai.says("gặp cán bộ")
    await mai.says("Lớp may khi nào khai giảng")
    code = await duty.cries()
    later(duty)
    await mai.says("gặp cán bộ")
    assert f"Báo động mã {code}: 1 = tôi nhận" in await says(mai, "NHAN")


async def test_politeness_is_not_added_to_words_that_wait(duty: OnDuty) -> None:
    await asks(duty)
    await asks(duty, address="binh", words=SEWING)
    later(duty)
    mai = duty.chat("mai")
    await mai.says("Ngày mùng 5 nghen chị")
    assert "«Ngày mùng 5 nghen chị»" in await says(mai, "chào em")
