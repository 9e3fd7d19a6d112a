"""What a frightened woman gets, and what becomes of what she says to it."""

import re
from datetime import timedelta

import pytest
import sqlalchemy as sa

from bot.answers import local_facts
from bot.channels.contract import IncomingKind
from bot.people import units
from bot.store.database import Database
from bot.store.tables import interactions, members, questions
from bot.store.tables.alerts import AlertState, AlertStepKind
from handlers.conversation import apology
from handlers.parts import Parts
from tests.chat import Chat
from tests.conftest import MovingClock
from tests.handlers import on_duty
from tests.handlers.on_duty import CRY, MURMUR, OnDuty

TELLING = re.compile("đánh|bạo lực|nguy hiểm|an toàn|cứu|báo động|cán bộ trực|គ្រោះថ្នាក់|សុវត្ថិភាព")
"""What would tell whoever reads along on a quiet phone that something is the matter."""


@pytest.fixture
async def duty(database: Database, clock: MovingClock, parts: Parts) -> OnDuty:
    return await on_duty.settle(database, clock, parts)


async def says_all(chat: Chat, *said: str) -> str:
    for words in said:
        answer = "\n".join(await chat.says(words))
    return answer


async def logged(database: Database) -> str:
    async with database.reading() as connection:
        hers = sa.select(interactions.c.text).where(interactions.c.member_id.is_not(None))
        return "".join(await connection.scalars(hers))


# At once


async def test_she_gets_calm_numbers_and_is_asked_whether_she_is_safe(duty: OnDuty) -> None:
    [said] = await duty.chat("hoa").says(CRY)
    assert all(number in said for number in ("113", "115", "111"))
    assert "Chị có đang an toàn không?" in said
    assert "Em có báo cán bộ trực" in said
    for line in ("1 = an toàn", "2 = chưa an toàn", "3 = nhờ cán bộ gọi lại", "4 = ", "0 = nhắn với cán bộ"):
        assert line in said
    assert "KIN" in said
    assert "XOATIN" in said
    assert "đánh" not in said


async def test_both_routes_are_told_at_once_and_nothing_is_asked_of_her_first(duty: OnDuty) -> None:
    await duty.chat("hoa").says(CRY)
    alert = await duty.alert()
    assert (alert.state, alert.is_urgent, alert.words) == (AlertState.OPEN, True, CRY)
    for address in ("mai", "thu"):
        [letter] = await duty.chat(address).news()
        assert CRY in letter
    assert await duty.chat("binh").news() == []
    assert await logged(duty.database) == ""


async def test_what_only_sounds_like_danger_is_asked_about_gently_and_wakes_nobody(duty: OnDuty) -> None:
    [said] = await duty.chat("hoa").says(MURMUR)
    assert "Nếu không phải vậy, chị gõ 5" in said
    assert "5 = không phải vậy" in said
    assert "đừng cho cán bộ xã, ấp biết" in said
    assert all(number in said for number in ("113", "115", "111"))
    assert (await duty.alert()).state is AlertState.DOUBTED
    assert await duty.chat("mai").news() == await duty.chat("thu").news() == []


async def test_without_a_profile_and_without_anybody_on_duty_she_is_told_the_truth(
    duty: OnDuty, parts: Parts
) -> None:
    async with duty.database.writing() as connection:
        await connection.execute(sa.text("UPDATE contacts SET unreachable_at = '2026-11-20 00:00:00'"))
    [said] = await duty.chat("somebody").says(CRY)
    assert "chưa gặp được cán bộ trực" in said
    assert "113" in said
    assert "Em có báo" not in said


async def test_only_numbers_that_an_officer_entered_stand_beside_the_certain_ones(duty: OnDuty) -> None:
    [before] = await duty.chat("hoa").says(CRY)
    assert "gần chị" not in before
    values = {
        "sdt_cong_an_xa": "0299 000 1113",
        "dia_chi_tin_cay": "chưa có",
        "sdt_tram_y_te": "0299 000 1115",
    }
    async with duty.database.writing() as connection:
        await local_facts.set_values(
            connection, duty.people.commune_id, values, staff_id=duty.people.an, now=duty.clock()
        )
    [said] = await duty.chat("lan").says(CRY)
    assert "Công an gần chị: 0299 000 1113" in said
    assert "Địa chỉ tin cậy" not in said  # No number stands in it.
    assert "1115" not in said


async def test_a_quiet_phone_shows_nothing_of_why(duty: OnDuty) -> None:
    hoa = duty.chat("hoa")
    await hoa.says("KIN")
    for words in (
        CRY,
        "2",
        "1",
        "1",
        "3",
        "0912 000 111",
        "lúc ra đồng",
        "4",
        "tui ở sau hè",
        "dạ",
        MURMUR,
        "5",
    ):
        said = "\n".join(await hoa.says(words))
        assert said, words
        assert not TELLING.search(said), (words, said)
        assert "0912" not in said
    alert = await duty.alert()
    # What sounds like danger again takes her "1" back.
    assert (alert.is_safe, alert.is_past_local, alert.call_when) == (None, True, "lúc ra đồng")


async def test_in_khmer_the_vietnamese_stands_below(duty: OnDuty) -> None:
    srey = duty.chat("srey")
    await srey.says("KHMER")
    [said] = await srey.says("ប្តីវាយខ្ញុំ")
    assert "113" in said.split("Chị ơi")[0]
    assert "Chị có đang an toàn không?" in said
    [answer] = await srey.says("២")
    assert (await duty.alert()).is_safe is False
    assert "Chị đừng đợi" in answer


# What she answers


ANSWERS = [
    ("1", True, "em mừng chị đang an toàn"),
    ("dạ an toàn rồi", True, "em mừng chị đang an toàn"),
    ("em on roi", True, "em mừng chị đang an toàn"),
    ("2", False, "việc gấp"),
    ("chua", False, "việc gấp"),
    ("hông an toàn", False, "việc gấp"),
    ("sợ quá", False, "việc gấp"),
    ("dạ", None, "1 = an toàn, 2 = chưa"),
    ("dung", None, "1 = an toàn, 2 = chưa"),
    ("👍", None, "1 = an toàn, 2 = chưa"),
    ("7", None, "1 = an toàn, 2 = chưa"),
    ("thôi", None, "Chị cần gì cứ gõ 2, 3 hoặc 0"),
]


@pytest.mark.parametrize(("words", "is_safe", "answer"), ANSWERS, ids=[case[0] for case in ANSWERS])
async def test_what_she_says_is_taken_as_safety_only_where_it_plainly_is(
    duty: OnDuty, words: str, is_safe: bool | None, answer: str
) -> None:
    hoa = duty.chat("hoa")
    await hoa.says(CRY)
    assert answer in "\n".join(await hoa.says(words))
    assert (await duty.alert()).is_safe is is_safe
    assert (await duty.alert()).state is AlertState.OPEN


async def test_not_safe_wakes_those_on_duty_where_it_was_doubted(duty: OnDuty) -> None:
    hoa = duty.chat("hoa")
    await hoa.says(MURMUR)
    [said] = await hoa.says("2")
    assert "Em báo cán bộ trực" in said or "em báo cán bộ trực" in said
    assert (await duty.alert()).state is AlertState.OPEN
    assert len(await duty.chat("mai").news()) == len(await duty.chat("thu").news()) == 1


async def test_it_was_nothing_and_her_words_are_answered_as_the_question_they_are(duty: OnDuty) -> None:
    hoa = duty.chat("hoa")
    await hoa.says(MURMUR)
    sorry, answer = await hoa.says("5")
    assert "em hiểu lầm" in sorry
    assert answer
    assert (await duty.alert()).state is AlertState.MISTAKEN
    assert (await hoa.conversation()).flow != "safety"
    assert await duty.chat("mai").news() == await duty.chat("thu").news() == []


async def test_past_the_local_cadre_she_learns_what_that_one_knows_already(duty: OnDuty) -> None:
    hoa, mai = duty.chat("hoa"), duty.chat("mai")
    await hoa.says(CRY)
    await mai.news()
    await mai.platform_id(CRY)  # It has left.
    [said] = await hoa.says("4")
    assert "chỉ cán bộ cấp trên" in said
    assert "Lúc nãy em có báo cán bộ trực gần chị" in said
    assert (await duty.alert()).is_past_local
    [relieved] = await mai.news()
    assert "đã có người lo" in relieved


async def test_past_the_local_cadre_in_time_her_letter_is_taken_back(duty: OnDuty) -> None:
    hoa = duty.chat("hoa")
    await hoa.says(CRY)
    assert "Lúc nãy" not in "\n".join(await hoa.says("4"))
    assert await duty.chat("mai").news() == []


async def test_past_the_local_cadre_before_she_knows_it_nobody_near_ever_does(duty: OnDuty) -> None:
    hoa = duty.chat("hoa")
    await hoa.says(MURMUR)
    assert "Lúc nãy" not in "\n".join(await hoa.says("đừng cho cán bộ xã biết"))
    await says_all(hoa, "0", "1")
    await hoa.says("2")
    assert await duty.chat("mai").news() == []
    assert await duty.chat("thu").news()
    assert await duty.chat("binh").news() == []  # The desk of her own branch gets no question of it either.
    async with duty.database.reading() as connection:
        [asked] = (await connection.execute(sa.select(questions))).all()
    assert (asked.unit_id, asked.is_urgent, asked.is_sensitive) == (None, True, True)


# To be called


async def test_she_is_asked_which_number_and_when(duty: OnDuty) -> None:
    hoa = duty.chat("hoa")
    assert "gõ số điện thoại" in await says_all(hoa, CRY, "3")
    assert "chưa đọc ra số" in "\n".join(await hoa.says("so tui 0912 000 11"))
    assert "Lúc nào gọi" in "\n".join(await hoa.says("0912 000 111"))
    assert (await duty.alert()).call_when == "chưa dặn lúc nào, khoan gọi"
    [said] = await hoa.says("sáng mai lúc ổng đi ruộng")
    assert "••• 111" in said
    assert "lộn số" in said
    alert = await duty.alert()
    assert (alert.phone, alert.call_when) == ("+84912000111", "sáng mai lúc ổng đi ruộng")
    assert await logged(duty.database) == ""


async def test_her_number_is_offered_where_it_is_known(duty: OnDuty) -> None:
    async with duty.database.writing() as connection:
        await connection.execute(
            sa.update(members).where(members.c.id == duty.people.hoa).values(phone="+84912000222")
        )
    hoa = duty.chat("hoa")
    assert "1 = số •••• ••• 222" in await says_all(hoa, CRY, "3")
    await says_all(hoa, "1", "1")
    alert = await duty.alert()
    assert (alert.phone, alert.call_when) == ("+84912000222", "gọi liền cũng được")


async def test_a_number_that_she_just_types_is_taken_and_danger_beside_the_hour_is_heard(
    duty: OnDuty,
) -> None:
    hoa = duty.chat("hoa")
    await hoa.says(CRY)
    assert "Lúc nào gọi" in "\n".join(await hoa.says("0912000111"))
    await hoa.says("gọi lúc ổng ngủ, tỉnh dậy là ổng đánh em nữa")
    alert = await duty.alert()
    assert "tỉnh dậy" in alert.call_when
    assert "tỉnh dậy" in alert.words


async def test_a_call_that_she_takes_back_is_taken_back(duty: OnDuty) -> None:
    hoa = duty.chat("hoa")
    assert "không nhờ gọi nữa" in await says_all(hoa, CRY, "3", "0912000111", "thôi")
    assert (await duty.alert()).call_when == "dặn lại: đừng gọi"
    await hoa.says("2")  # The digits mean what they meant.
    assert (await duty.alert()).is_safe is False


async def test_a_shared_number_counts_only_while_it_is_asked_for(duty: OnDuty) -> None:
    hoa = duty.chat("hoa")
    await hoa.says(CRY)
    await hoa.says("3")
    await hoa.incoming(IncomingKind.PHONE, "84912000111")
    assert (await duty.alert()).phone == "+84912000111"


@pytest.mark.parametrize("asks", [("3",), ("3", "0912 000 111")], ids=["number", "hour"])
async def test_asked_for_her_number_or_the_hour_her_digits_mean_what_they_mean(
    duty: OnDuty, asks: tuple[str, ...]
) -> None:
    hoa = duty.chat("hoa")
    await says_all(hoa, CRY, *asks)
    assert "việc gấp" in "\n".join(await hoa.says("2"))
    assert (await duty.alert()).is_safe is False
    await says_all(hoa, *asks, "4")
    assert (await duty.alert()).is_past_local
    assert "ghi thêm" in await says_all(hoa, *asks, "0")


async def test_asked_for_her_number_her_own_words_reach_whoever_has_it(duty: OnDuty) -> None:
    hoa, thu = duty.chat("hoa"), duty.chat("thu")
    await says_all(hoa, CRY, "3")
    assert "đọc ra số" not in "\n".join(await hoa.says("chi oi em o nha me"))
    assert "nha me" in (await duty.alert()).words
    await thu.says(f"NHAN {(await duty.alert()).alert_id}")
    await says_all(hoa, "3")
    await thu.news()
    await hoa.says("ổng đang đứng ngoài cửa")
    assert "ngoài cửa" in "\n".join(await thu.news())


async def test_a_number_that_cannot_be_read_is_asked_for_once(duty: OnDuty) -> None:
    hoa = duty.chat("hoa")
    await says_all(hoa, CRY, "3")
    said = await hoa.says("0912 000 11")
    assert said == ["Dạ, em chưa đọc ra số điện thoại. Chị gõ lại đủ các số lúc nào cũng được."]
    assert "0912 000 11" in (await duty.alert()).words
    assert "đọc ra số" not in "\n".join(await hoa.says("em sợ lắm"))
    assert "Lúc nào gọi" in "\n".join(await hoa.says("0912000111"))


async def test_no_to_the_question_for_her_number_is_no_cry(duty: OnDuty) -> None:
    hoa = duty.chat("hoa")
    assert "không nhờ gọi nữa" in await says_all(hoa, CRY, "3", "không")
    assert (await duty.alert()).is_safe is None


async def test_a_bare_1_after_not_safe_is_asked_back_once(duty: OnDuty) -> None:
    hoa = duty.chat("hoa")
    assert "Giờ chị an toàn rồi phải không?" in await says_all(hoa, CRY, "2", "1")
    assert (await duty.alert()).is_safe is False
    assert "mừng chị đang an toàn" in await says_all(hoa, "1")
    await hoa.says("2")
    assert "mừng chị đang an toàn" in await says_all(hoa, "em an toàn rồi")
    assert (await duty.alert()).is_safe is True


# More of her story


async def test_more_of_her_story_is_added_and_not_answered_like_a_question(duty: OnDuty) -> None:
    hoa = duty.chat("hoa")
    await hoa.says(CRY)
    said = await says_all(hoa, "tui ở nhà sau ấp An Ninh", "chồng đập cửa ầm ầm, đòi giết tui")
    assert "em ghi thêm lời chị rồi" in said
    assert "113" in said
    assert "Chị có đang an toàn không?" not in said  # She has read that.
    alert = await duty.alert()
    assert alert.words.startswith(CRY)
    assert "ấp An Ninh" in alert.words
    assert "đòi giết" in alert.words
    assert await duty.count() == 1
    assert await logged(duty.database) == ""


async def test_a_plain_question_in_between_is_answered(duty: OnDuty) -> None:
    hoa = duty.chat("hoa")
    await hoa.says(CRY)
    assert "01/QĐ-TTg" in "\n".join(await hoa.says("de an 01 la gi"))


@pytest.mark.parametrize(
    ("asked", "is_answered"),
    [
        ("nộp đơn vô hội ở đâu", True),
        ("nop don o dau", True),
        ("làm sao bây giờ", False),
        ("mấy bữa nay ngủ hổng được", False),
    ],
)
async def test_a_fact_that_she_asks_for_is_no_more_of_what_only_may_be_a_cry(
    duty: OnDuty, asked: str, is_answered: bool
) -> None:
    hoa = duty.chat("hoa")
    await hoa.says(MURMUR)
    await hoa.says(asked)
    alert = await duty.alert()
    assert alert.state is AlertState.DOUBTED
    assert (asked in alert.words) == (not is_answered)


async def test_words_that_hide_the_chat_leave_the_question_open(duty: OnDuty) -> None:
    hoa = duty.chat("hoa")
    await says_all(hoa, CRY, "KIN", "XOATIN", "HETKIN")
    await hoa.says("2")
    assert (await duty.alert()).is_safe is False


async def test_enough_asks_nothing_more_and_leaves_her_digits_as_they_are(duty: OnDuty) -> None:
    hoa = duty.chat("hoa")
    await hoa.says(CRY)
    assert (await hoa.says("thôi")) == ["Dạ, em nhớ rồi. Chị cần gì cứ gõ 2, 3 hoặc 0."]
    await hoa.says("KIN")
    await hoa.says("2")
    assert (await duty.alert()).is_safe is False


@pytest.mark.parametrize(
    ("words", "first_of_all"),
    [
        ("em bau 8 thang ra huyet nhieu qua", "gọi liền 115 (cấp cứu), hoặc nhờ người ở gần chở"),
        ("em khong muon song nua", "Chị đừng ở một mình"),
        (CRY, "tới chỗ có người, gọi liền 113"),
    ],
    ids=["medical", "despair", "violence"],
)
async def test_who_is_not_safe_reads_first_what_helps_in_her_case(
    duty: OnDuty, words: str, first_of_all: str
) -> None:
    hoa = duty.chat("hoa")
    await hoa.says(words)
    assert first_of_all in (await hoa.says("2"))[0]


async def test_no_number_is_said_that_nobody_has_confirmed(duty: OnDuty) -> None:
    somebody = duty.chat("somebody")
    said = "\n".join([*(await somebody.says(CRY)), *(await somebody.says("0")), *(await somebody.says("1"))])
    assert "1900" not in said
    async with duty.database.writing() as connection:
        top = await units.province_id(connection)
        assert top is not None
        values = {"sdt_tu_van": "1900 96 96 80"}
        await local_facts.set_values(connection, top, values, staff_id=duty.people.an, now=duty.clock())
    assert "Tư vấn cho phụ nữ: 1900 96 96 80" in (await duty.chat("another").says(CRY))[0]


async def test_a_button_counts_however_late(duty: OnDuty) -> None:
    hoa = duty.chat("hoa")
    await hoa.says(CRY)
    await hoa.platform_id("Chị có đang an toàn không?")
    await says_all(hoa, "menu", "2")
    assert (await duty.alert()).is_safe is None
    await hoa.presses("2", on="Chị có đang an toàn không?")
    assert (await duty.alert()).is_safe is False
    await hoa.says("3")  # Asked for her number meanwhile.
    await hoa.presses("1", on="Chị có đang an toàn không?")
    assert (await duty.alert()).is_safe is True


async def test_of_a_long_story_those_on_duty_read_the_passages_that_matter(duty: OnDuty) -> None:
    ordinary = (
        "Năm nay lúa trúng mùa mà giá xuống thấp, vịt nhà tui đẻ trứng đều, con bé lớn học lớp năm. " * 6
    )
    await duty.chat("hoa").says(f"{ordinary}\n{CRY}. {ordinary}")
    alert = await duty.alert()
    assert alert.words.startswith("(Trích từ một tin dài)")
    assert CRY in alert.words
    assert len(alert.words) < len(ordinary) * 2


FAR_AROUND = "Năm nay lúa trúng mùa mà giá xuống thấp, vịt nhà tui đẻ trứng đều. " * 80


@pytest.mark.parametrize("cries_before", [False, True])
async def test_a_cry_deep_in_a_very_long_story_is_heard_and_she_reads_that_it_was_cut(
    duty: OnDuty, cries_before: bool
) -> None:
    hoa = duty.chat("hoa")
    if cries_before:
        await hoa.says(CRY)
    said = "\n".join(await hoa.says(f"{FAR_AROUND} chồng em đánh em gãy tay. {FAR_AROUND}"))
    assert "113" in said
    assert said.endswith("Dạ, tin dài quá nên em chỉ giữ được mấy đoạn chính.")
    assert "gãy tay" in (await duty.alert()).words


@pytest.mark.parametrize("kind", [IncomingKind.MEDIA, IncomingKind.EDITED])
async def test_a_caption_and_a_changed_message_are_heard_too(duty: OnDuty, kind: IncomingKind) -> None:
    [said] = await duty.chat("hoa").incoming(kind, CRY, media="photo" if kind is IncomingKind.MEDIA else "")
    assert "Chị có đang an toàn không?" in said
    assert (await duty.alert()).words == CRY


async def test_a_changed_word_of_her_story_reaches_those_on_duty(duty: OnDuty) -> None:
    hoa = duty.chat("hoa")
    await says_all(hoa, CRY, "tui ở nhà sau ấp An Ninh số năm")
    assert await hoa.incoming(IncomingKind.EDITED, "tui ở nhà sau ấp An Ninh số sáu")
    assert "số sáu" in (await duty.alert()).words


# A cadre for it


async def test_0_lets_her_write_to_those_on_duty_who_know_of_her_whatever_it_is(duty: OnDuty) -> None:
    hoa, mai = duty.chat("hoa"), duty.chat("mai")
    assert "Chị cứ nhắn ở đây" in await says_all(hoa, CRY, "0")
    await mai.news()
    duty.clock.move(timedelta(minutes=6))
    await hoa.says("thủ tục ly hôn cần giấy tờ gì")
    assert "thủ tục ly hôn" in (await duty.alert()).words
    assert any("có tin mới" in text for text in await mai.news())
    async with duty.database.reading() as connection:
        assert (await connection.execute(sa.select(questions))).all() == []


async def test_it_goes_on_over_another_cry_and_with_each_of_her_words(duty: OnDuty) -> None:
    hoa = duty.chat("hoa")
    await says_all(hoa, CRY, "0", "ổng đánh em nữa rồi")
    for words in ("thủ tục ly hôn cần giấy tờ gì", "em có một đứa con", "lớp may khi nào khai giảng"):
        duty.clock.move(timedelta(minutes=6))
        await hoa.says(words)
        assert words in (await duty.alert()).words


@pytest.mark.parametrize("said", ["1", "5"])
async def test_it_ends_when_she_says_that_she_is_safe_or_that_it_was_nothing(duty: OnDuty, said: str) -> None:
    hoa = duty.chat("hoa")
    await says_all(hoa, CRY, "0", said)
    assert "ghi thêm cho cán bộ trực" not in await says_all(hoa, "máy may mượn ở đâu")


@pytest.mark.parametrize("wish", ["0", "gặp cán bộ", "cho em gặp cán bộ với"])
async def test_who_wants_a_cadre_is_not_asked_whether_to_pass_on_what_was_read(
    duty: OnDuty, wish: str
) -> None:
    hoa = duty.chat("hoa")
    said = await says_all(hoa, CRY, wish)
    assert "em báo cán bộ trực của Hội rồi" in said
    assert "1 = chuyển" not in said


async def test_0_passes_her_words_on_and_joins_them_to_the_alert(duty: OnDuty) -> None:
    await says_all(duty.chat("hoa"), MURMUR, "0", "1")
    alert = await duty.alert()
    async with duty.database.reading() as connection:
        [asked] = (await connection.execute(sa.select(questions))).all()
    assert (asked.text, asked.is_urgent, asked.is_sensitive, asked.id) == (
        MURMUR,
        True,
        True,
        alert.question_id,
    )


async def test_after_0_her_digits_and_her_story_still_reach_those_on_duty(duty: OnDuty) -> None:
    hoa = duty.chat("hoa")
    await says_all(hoa, MURMUR, "0", "1")
    assert "1 = an toàn, 2 = chưa" in "\n".join(await hoa.says("1"))  # The same tap: no word of safety.
    assert (await duty.alert()).is_safe is None
    await hoa.says("tui ở nhà sau ấp An Ninh")
    assert "ấp An Ninh" in (await duty.alert()).words
    assert any("ấp An Ninh" in text for text in await duty.chat("mai").news())
    await hoa.says("2")
    assert (await duty.alert()).is_safe is False


async def test_who_has_it_reads_what_she_writes_and_0_needs_no_second_question(duty: OnDuty) -> None:
    hoa, thu = duty.chat("hoa"), duty.chat("thu")
    await hoa.says(CRY)
    await thu.says("1")
    await thu.news()
    assert "cán bộ Hội đã nhận tin của chị" in "\n".join(await hoa.news())
    assert "Chị cứ nhắn ở đây" in "\n".join(await hoa.says("0"))
    await hoa.says("tui đang ở nhà má tui")
    assert any("nhà má tui" in text for text in await thu.news())
    async with duty.database.reading() as connection:
        assert len((await connection.execute(sa.select(questions))).all()) == 1


async def test_a_turn_that_fails_for_good_still_tells_those_on_duty(duty: OnDuty, parts: Parts) -> None:
    chat = Chat(duty.database, apology(parts), duty.people.account_id, "hoa", duty.clock)
    [said] = await chat.says(CRY)
    assert "113" in said
    alert = await duty.alert()
    assert alert.words == CRY
    assert AlertStepKind.TOLD in await duty.steps(alert.alert_id)
    assert len(await duty.chat("thu").news()) == 1
