"""A woman who asked to be called takes that back: nobody is to ring her while he stands beside her."""

import pytest

from bot.store.database import Database
from bot.store.tables.alerts import AlertStepKind
from handlers.members import safety_no_call
from handlers.parts import Parts
from tests.conftest import MovingClock
from tests.handlers import on_duty
from tests.handlers.on_duty import CRY, MURMUR, OnDuty


@pytest.fixture
async def duty(database: Database, clock: MovingClock, parts: Parts) -> OnDuty:
    return await on_duty.settle(database, clock, parts)


SAID = [
    ("đừng gọi nữa nghen ổng đang ở nhà", True),
    ("dung goi em nua", True),
    ("thôi đừng gọi", True),
    ("Đừng có gọi cho em nha, ổng về rồi", True),
    ("khỏi gọi chị ơi", True),
    ("ko can goi lai nua dau", True),
    ("khoan gọi đã", True),
    ("chị đừng cho cán bộ gọi điện nha", True),
    ("không gọi nữa nha", True),
    ("hủy cuộc gọi giùm em", True),
    ("dung goi ong dang o nha", True),
    ("កុំទូរស័ព្ទមកខ្ញុំ", True),
    ("đúng rồi gọi em đi", False),
    ("đúng gọi em đi", False),
    ("đừng gọi công an", False),
    ("dung goi cho xa nghen", False),
    ("đừng gọi cho ổng", False),
    ("đừng bỏ em gọi em đi", False),
    ("sao chưa ai gọi em", False),
    ("gọi em đi", False),
    ("em gọi 113 không được", False),
]


@pytest.mark.parametrize(("words", "is_said"), SAID, ids=[case[0] for case in SAID])
def test_that_she_is_not_to_be_called_is_heard_wherever_it_stands(words: str, is_said: bool) -> None:
    assert safety_no_call.says_no_call(words) is is_said


BACK = [
    "đừng gọi nữa nghen ổng đang ở nhà",
    "THÔI",
    "dung goi em nua",
    "thôi đừng gọi",
    "không cần nữa",
    "giờ em không nghe máy được",
]


async def asks_for_a_call(duty: OnDuty) -> None:
    hoa = duty.chat("hoa")
    for words in (CRY, "3", "0912345678", "1"):
        await hoa.says(words)
    assert (await duty.alert()).phone


@pytest.mark.parametrize("words", BACK)
async def test_a_call_is_taken_back_and_whoever_was_told_hears_it_at_once(duty: OnDuty, words: str) -> None:
    await asks_for_a_call(duty)
    hoa, mai, thu = duty.chat("hoa"), duty.chat("mai"), duty.chat("thu")
    await mai.news()
    await thu.news()
    said = "\n".join(await hoa.says(words))
    assert "đừng ai gọi cho chị" in said
    assert "nhắn ở đây" in said
    alert = await duty.alert()
    assert (alert.phone, alert.must_not_call) == ("", True)
    for chat in (mai, thu):
        [told] = await chat.news()
        assert "ĐỪNG GỌI" in told
        card = "\n".join(await chat.says("BAODONG"))
        assert "ĐỪNG GỌI" in card
        assert "345" not in card
    assert AlertStepKind.NOTED in await duty.steps(alert.alert_id)


@pytest.mark.parametrize("words", BACK)
async def test_it_is_taken_back_from_whoever_has_it_too(duty: OnDuty, words: str) -> None:
    await asks_for_a_call(duty)
    hoa, mai, thu = duty.chat("hoa"), duty.chat("mai"), duty.chat("thu")
    assert "Số gọi chị ấy" in "\n".join(await thu.says("NHAN"))
    await mai.news()
    await thu.news()
    await hoa.says(words)
    assert "ĐỪNG GỌI" in (await thu.news())[0]
    assert "ĐỪNG GỌI" in "\n".join(await mai.news())


async def test_whoever_takes_it_on_later_reads_not_to_call(duty: OnDuty) -> None:
    await asks_for_a_call(duty)
    await duty.chat("hoa").says("đừng gọi nữa")
    said = "\n".join(await duty.chat("thu").says("NHAN"))
    assert "ĐỪNG GỌI" in said
    assert "Số gọi chị ấy" not in said


async def test_what_she_writes_with_it_is_kept_and_danger_in_it_heard(duty: OnDuty) -> None:
    await asks_for_a_call(duty)
    await duty.chat("hoa").says("1")
    words = "đừng gọi nữa, ổng đang cầm dao đòi giết em"
    said = "\n".join(await duty.chat("hoa").says(words))
    assert "113" in said
    alert = await duty.alert()
    assert words in alert.words
    assert (alert.is_safe, alert.must_not_call) == (None, True)


async def test_it_is_taken_back_where_she_was_answered_something_else_since(duty: OnDuty) -> None:
    await asks_for_a_call(duty)
    hoa = duty.chat("hoa")
    await hoa.says("de an 01 la gi")
    await hoa.says("dung goi nua nha")
    assert (await duty.alert()).must_not_call


async def test_on_a_quiet_phone_it_names_nothing(duty: OnDuty) -> None:
    await asks_for_a_call(duty)
    hoa = duty.chat("hoa")
    await hoa.says("KIN")
    assert await hoa.says("đừng gọi nữa") == ["Dạ, em không nhờ gọi nữa. Chị cứ nhắn ở đây."]


async def test_she_may_ask_for_it_again(duty: OnDuty) -> None:
    await asks_for_a_call(duty)
    hoa = duty.chat("hoa")
    for words in ("đừng gọi nữa", "3", "0912345679", "sáng mai 8 giờ"):
        await hoa.says(words)
    alert = await duty.alert()
    assert (alert.phone, alert.call_when, alert.must_not_call) == ("+84912345679", "sáng mai 8 giờ", False)


async def test_asked_for_the_hour_she_may_say_at_which_not_to_call(duty: OnDuty) -> None:
    hoa = duty.chat("hoa")
    for words in (CRY, "3", "0912345678", "đừng gọi buổi tối, sáng mai hãy gọi"):
        await hoa.says(words)
    alert = await duty.alert()
    assert (alert.phone, alert.call_when) == ("+84912345678", "đừng gọi buổi tối, sáng mai hãy gọi")


async def test_who_asked_for_no_call_is_not_to_be_called_either(duty: OnDuty) -> None:
    hoa = duty.chat("hoa")
    await hoa.says(MURMUR)
    await hoa.says("chị đừng gọi cho em nghen")
    await hoa.says("2")
    assert "ĐỪNG GỌI" in "\n".join(await duty.chat("thu").news())


async def test_thoi_without_a_call_is_what_it_was(duty: OnDuty) -> None:
    hoa = duty.chat("hoa")
    await hoa.says(CRY)
    assert "Dạ, em nhớ rồi" in "\n".join(await hoa.says("thôi"))
    assert not (await duty.alert()).must_not_call
