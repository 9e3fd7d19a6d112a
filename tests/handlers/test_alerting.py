"""Duty staff take on an alert, hand it over and close it in their own chats, through the real conversation."""

import re
from datetime import timedelta

import pytest
import sqlalchemy as sa

from bot.alerts import duty as duties
from bot.alerts import record
from bot.store.tables import questions, staff
from bot.store.tables.alerts import AlertState
from bot.store.tables.questions import QuestionState
from handlers.cadres import alerting_words
from handlers.cadres.alerting_words import Typed, Verb
from tests import people as union
from tests.handlers.on_duty import CRY, MURMUR, OnDuty

LOAN = "Tôi muốn vay vốn nuôi bò thì làm giấy tờ ở đâu"


# What they type


TYPED = [
    ("NHAN 12", Typed(Verb.TAKE, 12)),
    ("nhận12", Typed(Verb.TAKE, 12)),
    ("KHONG 12", Typed(Verb.DECLINE, 12)),
    ("không 12", Typed(Verb.DECLINE, 12)),
    ("BANGIAO 12: công an xã Kế Sách", Typed(Verb.HAND_OVER, 12, "công an xã Kế Sách")),
    ("bàn giao 12: cho công an xã", Typed(Verb.HAND_OVER, 12, "công an xã")),
    ("ban giao ma 12\nlai cho anh Ba", Typed(Verb.HAND_OVER, 12, "anh Ba")),
    ("bangiao12", Typed(Verb.HAND_OVER, 12)),
    ("BANGIAO 12 công an xã Kế Sách", Typed(Verb.HAND_OVER, 12, "công an xã Kế Sách", is_sure=False)),
    ("ban giao cong an xa", Typed(Verb.HAND_OVER, None, "cong an xa", is_sure=False)),
    ("XONG 12: đã đưa chị ấy về nhà mẹ", Typed(Verb.CLOSE, 12, "đã đưa chị ấy về nhà mẹ")),
    ("XONG 12 đã đưa chị ấy về", Typed(Verb.CLOSE, 12, "đã đưa chị ấy về", is_sure=False)),
    ("xong mã 12", Typed(Verb.CLOSE, 12)),
    ("xong 12 rồi nha em", Typed(Verb.CLOSE, 12)),
    ("Xong", Typed(Verb.CLOSE, None)),
    ("xong nha", Typed(Verb.CLOSE, None)),
    ("xong rồi nghen", Typed(Verb.CLOSE, None, "rồi nghen", is_sure=False)),
    ("GHI 12\nđã gọi\nchị ấy ổn", Typed(Verb.NOTE, 12, "đã gọi\nchị ấy ổn")),
    ("ghi 12 - đã gọi: chị ấy ổn", Typed(Verb.NOTE, 12, "đã gọi: chị ấy ổn", is_sure=False)),
    ("Ghi 2 bản chị nha", Typed(Verb.NOTE, 2, "bản chị nha", is_sure=False)),
    ("ghi 2:30 chiều nghen chị", Typed(Verb.NOTE, 2, "30 chiều nghen chị", is_sure=False)),
    ("mo lai 12", Typed(Verb.REOPEN, 12)),
    ("mở lại lớp may chưa chị", None),
    ("BAODONG", Typed(Verb.SHOW, None)),
    ("báo động 12", Typed(Verb.SHOW, 12)),
    ("toi nhan ma 2", Typed(Verb.TAKE, 2)),
    ("nhận số 4", Typed(Verb.TAKE, 4)),
    ("nhan ma 2", Typed(Verb.TAKE, 2)),
    ("toi nhan 2", Typed(Verb.TAKE, 2)),
    ("Dạ tui nhận báo động mã 12 nha", Typed(Verb.TAKE, 12)),
    ("tôi không nhận được mã 2", Typed(Verb.DECLINE, 2)),
    ("ko nhan 2", Typed(Verb.DECLINE, 2)),
    ("nhận 2 triệu mỗi hộ", None),
    ("không 2 thì 3", None),
    ("ghi lại số này nghen chị", Typed(Verb.NOTE, None, "lại số này nghen chị", is_sure=False)),
    ("ghim", None),
    ("nhận được rồi", None),
    ("không", None),
    ("bàng hoàng quá", None),
    ("xongbien", None),
    ("1", None),
    ("", None),
    ("x" * 100_000, None),
]


@pytest.mark.parametrize(("words", "typed"), TYPED, ids=[words[:30] or "nothing" for words, _ in TYPED])
def test_words_about_alerts_are_read_as_people_type_them(words: str, typed: Typed | None) -> None:
    assert alerting_words.read(words) == typed


# Taking it on


@pytest.mark.parametrize("words", ["1", "NHAN {code}", "nhận {code}", "tui nhận", "để tui lo"])
async def test_the_first_who_takes_it_has_it_and_the_others_are_told(duty: OnDuty, words: str) -> None:
    code = await duty.cries()
    mai, thu = duty.chat("mai"), duty.chat("thu")
    await mai.news()
    await thu.news()
    said = "\n".join(await mai.says(words.format(code=code)))
    assert f"chị nhận mã {code} rồi" in said
    assert f"XONG {code}" in said
    assert await duty.state() == (AlertState.TAKEN, duty.mai)
    assert any("Sơn Thị Mai đã nhận" in text for text in await thu.news())
    assert "Sơn Thị Mai đã nhận rồi" in "\n".join(await thu.says(f"NHAN {code}"))
    assert await duty.state() == (AlertState.TAKEN, duty.mai)


@pytest.mark.parametrize("pressed", ["NHAN", "KHONG"])
async def test_a_button_of_a_letter_that_is_over_says_who_has_it_and_changes_nothing(
    duty: OnDuty, pressed: str
) -> None:
    code = await duty.cries()
    mai, thu = duty.chat("mai"), duty.chat("thu")
    await mai.says("1")
    await thu.news()
    before = await duty.steps(code)
    [said] = await thu.presses(f"{pressed} {code}", on="1 = tôi nhận")
    assert said == f"Dạ, báo động mã {code} Sơn Thị Mai đã nhận rồi, chị không cần làm gì nữa."
    assert await duty.steps(code) == before
    assert await duty.state() == (AlertState.TAKEN, duty.mai)


@pytest.mark.parametrize("pressed", ["NHAN", "KHONG"])
async def test_a_button_of_a_letter_that_is_over_leaves_what_she_is_writing(
    duty: OnDuty, pressed: str
) -> None:
    mai, thu = duty.chat("mai"), duty.chat("thu")
    old = await duty.cries()
    await mai.says("1")
    mine = await duty.cries(address="lan")
    await thu.says(f"NHAN {mine}")
    await thu.says(f"XONG {mine}")
    await thu.presses(f"{pressed} {old}")
    said = "\n".join(await thu.says("đã đưa chị ấy về nhà mẹ"))
    assert f"em đã khép mã {mine}" in said
    assert (await duty.last_step(mine)).text == "đã đưa chị ấy về nhà mẹ"


async def test_a_bare_digit_still_means_the_newer_letter_after_a_button_of_an_older_one(duty: OnDuty) -> None:
    mai, thu = duty.chat("mai"), duty.chat("thu")
    old = await duty.cries()
    await mai.says("1")
    newer = await duty.cries(address="lan")
    await thu.news()
    await thu.presses(f"NHAN {old}")
    assert f"chị nhận mã {newer} rồi" in "\n".join(await thu.says("1"))


@pytest.mark.parametrize("pressed", ["NHAN", "KHONG", "BAODONG"])
async def test_who_was_told_and_is_not_to_know_any_more_reads_that_somebody_sees_to_it(
    duty: OnDuty, pressed: str
) -> None:
    code = await duty.cries()
    mai = duty.chat("mai")
    await mai.presses(f"BAODONG {code}", on="1 = tôi nhận")  # Delivered.
    await duty.chat("hoa").says("4")
    await mai.news()
    [said] = await mai.presses(f"{pressed} {code}")
    assert said == f"Dạ, báo động mã {code} đã có người lo, chị không cần làm gì nữa."
    assert "em không thấy báo động" in "\n".join(await duty.chat("binh").says(f"{pressed} {code}"))
    assert (await duty.state())[0] is AlertState.OPEN


async def test_who_has_it_writes_with_her_by_replying_to_her_question(duty: OnDuty) -> None:
    await duty.cries()
    mai, hoa = duty.chat("mai"), duty.chat("hoa")
    await mai.says("1")
    await hoa.news()
    await mai.replies("Em tới liền nghen chị", to="CHUYỆN RIÊNG")
    assert any("Em tới liền" in text for text in await hoa.news())


async def test_one_woman_has_one_number_wherever_staff_read_of_her(duty: OnDuty) -> None:
    lan, mai = duty.chat("lan"), duty.chat("mai")
    await lan.says("gặp cán bộ")
    await lan.says(LOAN)
    code = await duty.cries()
    await mai.says("1")
    said = "\n".join(await mai.news())
    assert re.findall(r"mã (\d+)", said)
    assert set(re.findall(r"mã (\d+)", said)) == {str(code)}
    assert (await duty.alert()).question_id == code
    await lan.says("gặp cán bộ")
    await lan.says("Hội phí đóng ở đâu vậy chị")
    async with duty.database.reading() as connection:
        codes = list(await connection.scalars(sa.select(questions.c.id)))
    assert len(codes) == len(set(codes)) == 3
    assert code in codes


async def test_what_she_asks_a_cadre_before_anybody_has_her_alert_bears_its_number(duty: OnDuty) -> None:
    code = await duty.cries(words=MURMUR)
    hoa = duty.chat("hoa")
    await hoa.says("0")
    assert f"mã {code}" in "\n".join(await hoa.says("1"))
    assert (await duty.alert()).question_id == code


async def test_an_alert_of_before_whose_number_a_question_has_can_be_taken(duty: OnDuty) -> None:
    code = await duty.cries()
    async with duty.database.writing() as connection:
        taken = sa.insert(questions).values(
            id=code, text="?", state=QuestionState.WAITING, asked_at=duty.clock()
        )
        await connection.execute(taken)
    await duty.chat("mai").says("1")
    assert await duty.state() == (AlertState.TAKEN, duty.mai)
    assert (await duty.alert()).question_id not in {None, code}


async def test_her_number_and_hour_are_told_to_who_has_it(duty: OnDuty) -> None:
    code = await duty.cries()
    hoa = duty.chat("hoa")
    for words in ("3", "0912000111", "sau chín giờ tối"):
        await hoa.says(words)
    said = "\n".join(await duty.chat("mai").says(f"nhan {code}"))
    assert "0912 000 111" in said
    assert "sau chín giờ tối" in said
    assert "lộn số" in said


@pytest.mark.parametrize("words", ["2", "KHONG {code}", "không được", "bận rồi"])
async def test_who_cannot_says_so_and_the_others_are_still_asked(duty: OnDuty, words: str) -> None:
    code = await duty.cries()
    said = "\n".join(await duty.chat("mai").says(words.format(code=code)))
    assert f"không nhận được mã {code}" in said
    assert (await duty.state())[0] is AlertState.OPEN
    await duty.chat("thu").says("1")
    assert await duty.state() == (AlertState.TAKEN, duty.thu)


async def test_a_second_tap_acts_on_nothing_else(duty: OnDuty) -> None:
    await duty.cries()
    mai = duty.chat("mai")
    await mai.says("1")
    assert "em làm rồi" in "\n".join(await mai.says("1"))


async def test_nobody_else_can_do_anything_about_it(duty: OnDuty) -> None:
    code = await duty.cries()
    binh = duty.chat("binh")
    for words in (f"NHAN {code}", f"BAODONG {code}"):
        assert "không thấy báo động" in "\n".join(await binh.says(words))
    assert "không có báo động nào" in "\n".join(await binh.says("BAODONG"))
    lan = duty.chat("lan")
    await lan.says(f"NHAN {code}")  # A member: just words.
    assert await duty.state() == (AlertState.OPEN, None)


async def test_nhan_without_a_code_asks_which_of_several_and_takes_the_code_typed_next(duty: OnDuty) -> None:
    first = await duty.cries()
    second = await duty.cries(address="lan")
    mai = duty.chat("mai")
    assert f"Chị nhận mã nào: {first} hay {second}?" in "\n".join(await mai.says("nhan"))
    assert f"Chị nhận mã nào: {first} hay {second}?" in "\n".join(await mai.says("77"))
    assert f"chị nhận mã {second} rồi" in "\n".join(await mai.says(str(second)))
    assert await duty.state() == (AlertState.TAKEN, duty.mai)
    async with duty.database.reading() as connection:
        other = await record.get(connection, first)
    assert other is not None
    assert other.state is AlertState.OPEN


async def test_a_letter_that_comes_before_the_code_is_typed_has_her_asked_anew(duty: OnDuty) -> None:
    codes = [await duty.cries(), await duty.cries(address="lan")]
    mai = duty.chat("mai")
    await mai.says("nhan")
    async with duty.database.writing() as connection:  # Ngọc lives in Mai's commune, too.
        now, people = duty.clock(), duty.people
        ngoc = await union.add_member(connection, "Lý Thị Ngọc", people.branch_id, now=now)
        await union.add_contact(connection, people.account_id, "ngoc", member_id=ngoc, now=now)
    codes.append(await duty.cries(address="ngoc"))
    assert f"{codes[0]}, {codes[1]} hay {codes[2]}" in "\n".join(await mai.says(str(codes[1])))
    assert "vẫn mở" in "\n".join(await mai.says("thôi"))
    await mai.says("nhận")
    await mai.says(f"mã {codes[1]}")
    async with duty.database.reading() as connection:
        found = [await record.get(connection, code) for code in codes]
    assert [alert.taken_by for alert in found if alert] == [None, duty.mai, None]


@pytest.mark.parametrize("words", ["nhan", "Tôi nhận", "toi nhan nha"])
async def test_nhan_from_who_has_it_says_so_and_goes_to_nobody(duty: OnDuty, words: str) -> None:
    code = await duty.cries()
    mai, hoa = duty.chat("mai"), duty.chat("hoa")
    await mai.says("1")
    await hoa.news()
    assert f"chị đang lo báo động mã {code} rồi" in "\n".join(await mai.says(words))
    assert await hoa.news() == []
    assert "đã nhận rồi" in "\n".join(await duty.chat("thu").says(words))


async def test_nhan_later_is_asked_about_where_something_else_was_said_since(duty: OnDuty) -> None:
    code = await duty.cries()
    mai = duty.chat("mai")
    duty.clock.move(timedelta(minutes=1))
    await mai.says("menu")
    assert f"Báo động mã {code}: 1 = tôi nhận" in "\n".join(await mai.says("nhan"))
    await mai.says("1")
    assert await duty.state() == (AlertState.TAKEN, duty.mai)


@pytest.mark.parametrize(
    "words",
    [
        "nhan 77 di",
        "khong di duoc",
        "ghi da goi roi",
        "bangiao 77 anh Ba",
        "xong 77",
        "baodong roi",
        "thoi",
        "khong",
    ],
)
async def test_no_word_of_the_alerts_reaches_her(duty: OnDuty, words: str) -> None:
    await duty.cries()
    mai, hoa = duty.chat("mai"), duty.chat("hoa")
    await mai.says("1")
    await hoa.news()
    duty.clock.move(timedelta(minutes=2))
    said = "\n".join(await mai.says(words))
    assert said
    assert "1 = gửi" not in said
    assert await hoa.news() == []


async def test_the_last_who_declines_hears_that_nobody_is_left_and_whom_to_ring(duty: OnDuty) -> None:
    async with duty.database.writing() as connection:
        await duties.set_phone_list(
            connection,
            duty.people.commune_id,
            [("Công an xã Kế Sách", "0299 387 6113")],
            staff_id=duty.people.an,
            now=duty.clock(),
        )
        await connection.execute(
            sa.update(staff)
            .where(staff.c.id.not_in([duty.mai, duty.thu]))
            .values(takes_alerts=False, takes_questions=False)
        )
    code = await duty.cries()
    assert "không còn báo được cho ai" not in "\n".join(await duty.chat("mai").says("2"))
    said = "\n".join(await duty.chat("thu").says("2"))
    assert f"không nhận được mã {code}" in said
    assert "không còn báo được cho ai" in said
    assert "Công an xã Kế Sách: " in said


@pytest.mark.parametrize("words", ["khong", "chưa", "0", "thôi", "Dạ chưa"])
@pytest.mark.parametrize("asked", ["bangiao {code}", "xong {code}"])
async def test_not_yet_hands_over_and_closes_nothing(duty: OnDuty, asked: str, words: str) -> None:
    code = await duty.cries()
    mai = duty.chat("mai")
    await mai.says("1")
    before = await duty.steps(code)
    await mai.says(asked.format(code=code))
    assert f"mã {code} vẫn mở" in "\n".join(await mai.says(words))
    assert await duty.steps(code) == before


async def test_a_note_about_an_alert_that_is_not_hers_is_no_cry_of_her_own(duty: OnDuty) -> None:
    binh = duty.chat("binh")
    await duty.cries()
    said = "\n".join(await binh.says("ghi 77 chồng chị ấy còn đánh chị ấy"))
    assert "không thấy báo động mã 77 của chị" in said
    assert await duty.count() == 1


# Digits


async def test_bare_digits_after_a_newer_question_are_for_the_question(duty: OnDuty) -> None:
    await duty.gives_the_desk_to_mai()
    await duty.cries()
    lan, mai = duty.chat("lan"), duty.chat("mai")
    await lan.says("gặp cán bộ")
    await lan.says(LOAN)
    duty.clock.move(timedelta(minutes=1))
    assert "nhắn câu trả lời" in "\n".join(await mai.says("1"))
    assert await duty.state() == (AlertState.OPEN, None)
    await mai.presses(f"NHAN {(await duty.alert()).alert_id}")
    assert await duty.state() == (AlertState.TAKEN, duty.mai)


async def test_an_alert_that_comes_while_she_is_asked_something_else_gets_the_digit(duty: OnDuty) -> None:
    await duty.gives_the_desk_to_mai()
    lan, mai = duty.chat("lan"), duty.chat("mai")
    await lan.says("gặp cán bộ")
    await lan.says(LOAN)
    await mai.says("3")  # When shall she be reminded?
    await duty.cries()
    duty.clock.move(timedelta(minutes=1))
    await mai.says("1")
    assert await duty.state() == (AlertState.TAKEN, duty.mai)


async def test_digits_after_the_menu_are_the_menus(duty: OnDuty) -> None:
    await duty.cries()
    mai = duty.chat("mai")
    duty.clock.move(timedelta(minutes=1))
    await mai.says("menu")
    await mai.says("1")
    assert await duty.state() == (AlertState.OPEN, None)


# What is open


async def test_the_only_open_one_is_shown_whole_and_its_digits_count(duty: OnDuty) -> None:
    await duty.cries()
    mai = duty.chat("mai")
    await mai.says("hội phí bao nhiêu")
    assert CRY in "\n".join(await mai.says("BAODONG"))
    await mai.says("1")
    assert await duty.state() == (AlertState.TAKEN, duty.mai)


async def test_several_are_listed_by_their_codes_without_a_word_of_theirs(duty: OnDuty) -> None:
    first = await duty.cries()
    await duty.chat("mai").says("1")
    second = await duty.cries(address="lan")
    said = "\n".join(await duty.chat("thu").says("báo động"))
    assert f"mã {first}: " in said
    assert "Sơn Thị Mai đang lo" in said
    assert f"mã {second}: " in said
    assert "chưa ai nhận" in said
    assert "đánh" not in said
    assert CRY in "\n".join(await duty.chat("thu").says(f"BAODONG {second}"))


async def test_who_has_two_is_asked_which(duty: OnDuty) -> None:
    first = await duty.cries()
    mai = duty.chat("mai")
    await mai.says("1")
    second = await duty.cries(address="lan")
    await mai.says(f"NHAN {second}")
    said = "\n".join(await mai.says("xong"))
    assert f"mã nào: {first} hay {second}?" in said


async def test_a_reminder_takes_the_digit_too(duty: OnDuty) -> None:
    await duty.cries()
    hoa, mai = duty.chat("hoa"), duty.chat("mai")
    duty.clock.move(timedelta(minutes=6))
    await hoa.says("chồng đòi giết em")
    assert any("có tin mới" in text for text in await mai.news())
    await mai.says("1")
    assert await duty.state() == (AlertState.TAKEN, duty.mai)


async def test_her_words_stay_out_of_the_common_log(duty: OnDuty) -> None:
    code = await duty.cries()
    mai = duty.chat("mai")
    for words in ("1", f"GHI {code}: chồng chị ấy đánh", "xong", "công an tới, chồng đánh nữa"):
        await mai.says(words)
    async with duty.database.reading() as connection:
        kept = " ".join(await connection.scalars(sa.text("SELECT text FROM interactions")))
        [asked] = (await connection.execute(sa.select(questions))).all()
    assert "đánh" not in kept
    assert asked.is_sensitive
