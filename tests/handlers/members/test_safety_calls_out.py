"""What a frightened woman writes who has no words for it: that somebody is there, a digit spelled out; and where she is known to be."""

import pytest

from bot.store.database import Database
from handlers.parts import Parts
from tests.conftest import MovingClock
from tests.handlers import on_duty
from tests.handlers.on_duty import CRY, OnDuty


@pytest.fixture
async def duty(database: Database, clock: MovingClock, parts: Parts) -> OnDuty:
    return await on_duty.settle(database, clock, parts)


@pytest.mark.parametrize("words", ["chị ơi", "alo", "có ai không", "co ai khong", "😭", "???"])
async def test_a_call_for_somebody_is_noted_for_those_on_duty(duty: OnDuty, words: str) -> None:
    hoa = duty.chat("hoa")
    await hoa.says(CRY)
    said = "\n".join(await hoa.says(words))
    assert "ghi thêm cho cán bộ trực" in said
    assert "Chị Hội" not in said
    assert words in (await duty.alert()).words


async def test_a_gesture_of_thanks_is_no_call(duty: OnDuty) -> None:
    hoa = duty.chat("hoa")
    for words in (CRY, "🙏", "cảm ơn em"):
        await hoa.says(words)
    assert (await duty.alert()).words == CRY


async def test_past_the_local_cadre_whoever_has_it_at_the_top_reads_where_she_is(duty: OnDuty) -> None:
    hoa, thu = duty.chat("hoa"), duty.chat("thu")
    await hoa.says(CRY)
    await hoa.says("4")
    said = "\n".join([*(await thu.says("NHAN")), *(await thu.news())])
    assert "chưa cho biết ở đâu" not in said
    assert "Chi hội" in said


@pytest.mark.parametrize(
    ("words", "is_safe"), [("một", True), ("mot", True), ("hai", False), ("dạ hai", False)]
)
async def test_a_digit_spelled_out_is_one(duty: OnDuty, words: str, is_safe: bool) -> None:
    hoa = duty.chat("hoa")
    await hoa.says(CRY)
    await hoa.says(words)
    assert (await duty.alert()).is_safe is is_safe
