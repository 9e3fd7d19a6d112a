"""Who has an alert lets go of it, hears the woman's cries, and closes nothing above her head."""

from datetime import timedelta

import pytest
import sqlalchemy as sa

from bot.alerts import duty as duties
from bot.alerts import record
from bot.store.tables import staff
from bot.store.tables.alerts import AlertState, AlertStepKind
from tests.handlers.on_duty import CRY, OnDuty


async def taken(duty: OnDuty) -> int:
    """Hoa cries and Mai takes it on; returns the code."""
    await duty.chat("hoa").says(CRY)
    said = "\n".join(await duty.chat("mai").says("1"))
    code = (await duty.alert()).alert_id
    assert f"gõ KHONG {code}" in said
    duty.clock.move(timedelta(minutes=2))
    return code


@pytest.mark.parametrize(
    "words",
    [
        "chuyen cho thanh pho",
        "tôi chuyển cho chị Thu",
        "giao cho công an xã",
        "không lo được đâu em ơi",
        "báo cáo huyện rồi",
        "gửi cho bên công an",
        "nhờ chị Thu coi giùm",
        "chị ấy đang ở nhà mẹ",
        "nạn nhân đã về nhà",
        "đóng ca này đi",
        "da goi roi",
        "tui vừa gọi công an rồi",
        "em mới gọi cho chị ấy, ổn rồi",
        "gọi rồi nha",
    ],
)
async def test_what_is_said_about_her_does_not_reach_her_unasked(duty: OnDuty, words: str) -> None:
    code = await taken(duty)
    hoa, mai = duty.chat("hoa"), duty.chat("mai")
    await hoa.news()
    said = "\n".join(await mai.says(words))
    assert await hoa.news() == []
    if "1 = gửi, 2 = không" in said:  # Else it was plainly for the assistant.
        assert f"KHONG {code}" in "\n".join(await mai.says("2"))
        assert await hoa.news() == []
        assert await duty.count() == 1


@pytest.mark.parametrize(
    "words",
    [
        "Em tới liền nghen chị",
        "Đồng ý, chị qua nhà mẹ đi",
        "Bao giờ ổng về?",
        "em đã gọi chị mà máy bận",
        "Dạ gọi em số này nghen",
    ],
)
async def test_what_is_said_to_her_goes_at_once(duty: OnDuty, words: str) -> None:
    await taken(duty)
    hoa = duty.chat("hoa")
    await hoa.news()
    await duty.chat("mai").says(words)
    assert any(words in text for text in await hoa.news())


@pytest.mark.parametrize("whom", ["Thu", "chị thu", "cho do thi thu"])
async def test_a_colleague_on_duty_can_have_it_altogether(duty: OnDuty, whom: str) -> None:
    code = await taken(duty)
    mai, thu = duty.chat("mai"), duty.chat("thu")
    await mai.news()
    await thu.news()
    assert "1 = giao hẳn cho Đỗ Thị Thu" in "\n".join(await mai.says(f"BANGIAO {code}: {whom}"))
    assert f"em giao mã {code} cho Đỗ Thị Thu" in "\n".join(await mai.says("1"))
    assert await mai.news() == []
    assert any(CRY in text for text in await thu.news())
    alert = await duty.alert()
    assert (alert.state, alert.taken_by) == (AlertState.OPEN, None)
    async with duty.database.reading() as connection:
        [step] = [
            step for step in await record.steps(connection, code) if step.kind is AlertStepKind.HANDED_OVER
        ]
    assert (step.staff_id, step.to_whom) == (duty.mai, "Đỗ Thị Thu")
    await thu.says("1")
    assert (await duty.alert()).taken_by == duty.thu


async def test_a_colleague_may_be_only_noted(duty: OnDuty) -> None:
    code = await taken(duty)
    mai, thu = duty.chat("mai"), duty.chat("thu")
    await mai.news()
    await thu.news()
    await mai.says(f"BANGIAO {code}")
    await mai.says("Thu")
    assert "ghi sổ" in "\n".join(await mai.says("2"))
    assert (await duty.alert()).taken_by == duty.mai
    assert await thu.news() == []


async def test_of_two_of_one_name_neither_is_offered(duty: OnDuty) -> None:
    code = await taken(duty)
    async with duty.database.writing() as connection:
        await connection.execute(
            sa.update(staff)
            .where(staff.c.id == duty.people.binh)
            .values(name="Trần Thu", takes_alerts=True, is_active=True)
        )
    said = "\n".join(await duty.chat("mai").says(f"BANGIAO {code}: chị Thu"))
    assert "bàn giao cho «chị Thu»" in said


async def test_a_cry_after_it_was_taken_is_marked(duty: OnDuty) -> None:
    code = await taken(duty)
    mai = duty.chat("mai")
    await mai.news()
    await duty.chat("hoa").says("ổng đang đánh em nữa, cứu em")
    said = await mai.news()
    assert any(text.startswith(f"KHẨN. Mã {code}: chị ấy vừa nhắn.") for text in said)


@pytest.mark.parametrize("answer", ["1", "2", "chưa"])
async def test_nothing_is_closed_above_her_last_words_unasked(duty: OnDuty, answer: str) -> None:
    code = await taken(duty)
    mai = duty.chat("mai")
    await duty.chat("hoa").says("ổng đang đánh em nữa, cứu em")
    said = "\n".join(await mai.says(f"XONG {code}: đã gọi công an"))
    assert "chưa nói" in said or "CHƯA an toàn" in said
    assert "«ổng đang đánh em nữa, cứu em»" in said
    assert "1 = khép, 2 = chưa" in said
    await mai.says(answer)
    assert ((await duty.alert()).state is AlertState.CLOSED) is (answer == "1")


async def test_only_words_of_hers_that_nobody_answered_are_shown_before_it_is_closed(duty: OnDuty) -> None:
    code = await taken(duty)
    hoa, mai = duty.chat("hoa"), duty.chat("mai")
    await hoa.says("ổng đang đánh em nữa, cứu em")
    duty.clock.move(timedelta(seconds=5))
    await mai.says("em ơi chị tới")
    duty.clock.move(timedelta(seconds=5))
    await hoa.says("ổng cầm dao đứng ngoài cửa")
    duty.clock.move(timedelta(seconds=5))
    said = "\n".join(await mai.says(f"XONG {code}: đã nhắn"))
    assert said.startswith("«ổng cầm dao đứng ngoài cửa»\n")
    assert "ổng đang đánh em nữa" not in said
    assert (await duty.alert()).state is AlertState.TAKEN
    await mai.says("2")
    assert (await duty.alert()).state is AlertState.TAKEN


async def test_what_nobody_has_stands_first_in_the_list(duty: OnDuty) -> None:
    first = await taken(duty)
    await duty.chat("lan").says(CRY)
    second = (await duty.alert()).alert_id
    said = "\n".join(await duty.chat("thu").says("BAODONG"))
    assert said.index(f"mã {second}: ") < said.index(f"mã {first}: ")
    assert f"NHAN {second} để nhận" in said
    assert "việc trong nhà" in said
    assert "đánh" not in said


# Handing over, noting, closing


async def test_handing_over_is_written_into_the_log(duty: OnDuty) -> None:
    code = await duty.cries()
    mai, hoa = duty.chat("mai"), duty.chat("hoa")
    await mai.says("1")
    await hoa.news()
    said = "\n".join(await mai.says(f"BANGIAO {code}: công an xã Kế Sách, anh Ba trực ban"))
    assert "bàn giao cho «công an xã Kế Sách, anh Ba trực ban»" in said
    card = "\n".join(await mai.says(f"BAODONG {code}"))
    assert "Đã bàn giao cho «công an xã Kế Sách, anh Ba trực ban» lúc " in card
    step = await duty.last_step(code)
    assert (step.kind, step.staff_id, step.to_whom) == (
        AlertStepKind.HANDED_OVER,
        duty.mai,
        "công an xã Kế Sách, anh Ba trực ban",
    )
    await mai.says("bàn giao cho trạm y tế xã")  # Hers is the only one.
    await mai.says("1")
    assert (await duty.last_step(code)).to_whom == "trạm y tế xã"
    assert await hoa.news() == []


async def test_to_whom_is_picked_from_the_phone_list_of_the_place(duty: OnDuty) -> None:
    async with duty.database.writing() as connection:
        await duties.set_phone_list(
            connection,
            duty.people.commune_id,
            [("Công an xã Kế Sách", "0299 387 6113"), ("Trạm y tế", "115")],
            staff_id=duty.people.an,
            now=duty.clock(),
        )
    code = await duty.cries()
    mai = duty.chat("mai")
    await mai.says("1")
    said = "\n".join(await mai.says(f"bangiao {code}"))
    assert "1 = Công an xã Kế Sách" in said
    await mai.says("1")
    assert (await duty.last_step(code)).to_whom.startswith("Công an xã Kế Sách")


@pytest.mark.parametrize("answer", ["1", "2", "thôi"])
async def test_whom_she_hands_it_to_is_asked_about_where_nobody_near_is_to_know(
    duty: OnDuty, answer: str
) -> None:
    code = await duty.cries()
    await duty.chat("hoa").says("4")
    thu = duty.chat("thu")
    await thu.says(f"NHAN {code}")
    before = await duty.steps(code)
    said = "\n".join(await thu.says(f"BANGIAO {code}: công an xã Kế Sách"))
    assert "đừng cho cán bộ nơi chị ấy ở biết" in said
    assert await duty.steps(code) == before
    await thu.says(answer)
    step = await duty.last_step(code)
    assert (step.to_whom == "công an xã Kế Sách") is (answer == "1")


@pytest.mark.parametrize("words", ["chồng chị ấy say đánh, công an xã đã lập biên bản", "đã đưa về nhà mẹ"])
async def test_closing_asks_what_was_done_whatever_it_sounds_like(duty: OnDuty, words: str) -> None:
    code = await duty.cries()
    mai = duty.chat("mai")
    await mai.says("1")
    assert "đã làm gì" in "\n".join(await mai.says("xong"))
    assert "đã làm gì" in "\n".join(await mai.says("ok"))
    assert f"đã khép mã {code}" in "\n".join(await mai.says(words))
    assert (await duty.state())[0] is AlertState.CLOSED
    assert (await duty.last_step(code)).text == words
    assert await duty.count() == 1


async def test_leaving_the_question_leaves_it_open_and_it_can_be_opened_again(duty: OnDuty) -> None:
    code = await duty.cries()
    mai, thu = duty.chat("mai"), duty.chat("thu")
    await mai.says("1")
    await mai.says("xong")
    assert "vẫn mở" in "\n".join(await mai.says("thôi"))
    assert (await duty.state())[0] is AlertState.TAKEN
    await mai.says(f"XONG {code}: xong việc rồi")
    assert "đã khép rồi" in "\n".join(await thu.says(f"NHAN {code}"))
    assert "mở lại" in "\n".join(await mai.says(f"MOLAI {code}"))
    assert (await duty.state())[0] is AlertState.OPEN


async def test_a_note_is_kept_in_the_log_and_sent_to_nobody(duty: OnDuty) -> None:
    code = await duty.cries()
    mai, hoa = duty.chat("mai"), duty.chat("hoa")
    await mai.says("1")
    await hoa.news()
    assert f"ghi gì vào sổ mã {code}" in "\n".join(await mai.says(f"GHI {code}"))
    await mai.says("đã gọi, chồng chị ấy còn đánh")
    step = await duty.last_step(code)
    assert (step.kind, step.text) == (AlertStepKind.NOTED, "đã gọi, chồng chị ấy còn đánh")
    await mai.says(f"ghi {code}: chị ấy đang ở nhà mẹ")
    assert (await duty.last_step(code)).text == "chị ấy đang ở nhà mẹ"
    assert await hoa.news() == []


async def test_a_letter_that_comes_meanwhile_does_not_take_her_report(duty: OnDuty) -> None:
    first = await duty.cries()
    mai = duty.chat("mai")
    await mai.says("1")
    await mai.says("xong")
    await duty.cries(address="lan")
    await mai.says("đã đưa chị ấy về nhà mẹ")
    assert (await duty.last_step(first)).kind is AlertStepKind.CLOSED
    assert (await duty.state())[0] is AlertState.OPEN
