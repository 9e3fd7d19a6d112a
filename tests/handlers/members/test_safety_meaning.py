"""What a frightened woman says in her own words: safe with politeness round it, nobody of the commune, a number with its hour."""

import pytest
import sqlalchemy as sa

from bot.store.database import Database
from bot.store.tables import questions
from bot.store.tables.alerts import AlertState
from handlers.members import safety_meaning
from handlers.members.safety_meaning import Meant
from handlers.parts import Parts
from tests.conftest import MovingClock
from tests.handlers import on_duty
from tests.handlers.on_duty import CRY, MURMUR, OnDuty


@pytest.fixture
async def duty(database: Database, clock: MovingClock, parts: Parts) -> OnDuty:
    return await on_duty.settle(database, clock, parts)


MEANT = [
    ("em an toan roi chi, cam on", Meant.SAFE),
    ("Cảm ơn chị, em an toàn rồi", Meant.SAFE),
    ("dạ em vẫn an toàn chị ơi", Meant.SAFE),
    ("mẹ con em ổn rồi, cám ơn Hội", Meant.SAFE),
    ("ខ្ញុំមានសុវត្ថិភាពហើយ អរគុណ", Meant.SAFE),
    ("chào chị, em chưa an toàn", Meant.UNSAFE),
    ("chưa chị ơi", Meant.UNSAFE),
    ("dạ không", Meant.UNSAFE),
    ("dạ không, cảm ơn em", None),
    ("khong em khong an toan", Meant.UNSAFE),
    ("dạ không, em không an toàn", Meant.UNSAFE),
    ("mẹ con em chưa được an toàn chị ơi", Meant.UNSAFE),
    ("មិនសុវត្ថិភាព", Meant.UNSAFE),
    ("ខ្ញុំ មិន មានសុវត្ថិភាពទេ", Meant.UNSAFE),
    ("không biết có an toàn không", None),
    ("không phải không an toàn", None),
    ("an toàn chưa", None),
    ("cảm ơn", None),
    ("tôi hiểu lầm thôi", Meant.MISTAKEN),
    ("đâu có", Meant.MISTAKEN),
    ("dau co", None),
    ("không phải vậy đâu em", Meant.MISTAKEN),
    ("đừng nói với xã", Meant.PAST_LOCAL),
]


@pytest.mark.parametrize(("words", "digit"), MEANT, ids=[case[0] for case in MEANT])
def test_a_digit_is_understood_in_words_with_politeness_round_it(words: str, digit: Meant | None) -> None:
    assert safety_meaning.meant(words) == digit


WISHES = [
    ("dung cho can bo xa biet", True),
    ("chồng đánh em, đừng cho cán bộ xã/ấp biết nha", True),
    ("tui khong muon ai o xa biet chuyen nay", True),
    ("đừng báo cho ai ở ấp", True),
    ("chi dung cho ai biet nghen", True),
    ("em sợ lắm, đừng nói với ai", True),
    ("dượng dặn cháu đừng nói ai nghe", False),
    ("nó đánh em rồi biểu đừng cho ai biết", False),
    ("dọa giết, bắt em đừng nói ai", False),
    ("đừng để ai đánh em nữa", False),
    ("ổng dọa đừng nói với ai ở xã", False),
    ("ông chồng không cho tui nói với xã", False),
    ("đừng báo công an xã", False),
    ("nhà em ở xã An Ninh, đúng rồi", False),
    ("xã không cho vay vốn", False),
]


@pytest.mark.parametrize(("words", "is_wish"), WISHES, ids=[case[0] for case in WISHES])
def test_that_nobody_near_her_may_know_is_heard_wherever_it_stands(words: str, is_wish: bool) -> None:
    assert safety_meaning.says_past_local(words) is is_wish


async def test_nobody_near_her_is_told_where_her_cry_itself_says_so(duty: OnDuty) -> None:
    [said] = await duty.chat("hoa").says(f"{CRY}, đừng cho cán bộ xã biết nghen")
    assert "không qua cán bộ xã, ấp" in said
    assert "Lúc nãy" not in said
    assert (await duty.alert()).is_past_local
    assert await duty.chat("mai").news() == []
    assert CRY in "\n".join(await duty.chat("thu").news())


async def test_said_later_in_more_of_her_story_it_counts_too(duty: OnDuty) -> None:
    hoa = duty.chat("hoa")
    await hoa.says(MURMUR)
    said = "\n".join(
        await hoa.says(
            "nhà tui ở gần chợ, có gì chị cứ hỏi bà Tư bán cá, mà đừng nói với cán bộ xã nghen, họ quen với bên chồng tui"
        )
    )
    assert "không qua cán bộ xã, ấp" in said
    alert = await duty.alert()
    assert alert.is_past_local
    assert "bà Tư" in alert.words


async def test_safe_with_thanks_beside_it_is_safe_and_wakes_nobody_anew(duty: OnDuty) -> None:
    hoa = duty.chat("hoa")
    await hoa.says(CRY)
    assert "em mừng chị đang an toàn" in "\n".join(await hoa.says("em an toan roi chi, cam on"))
    assert (await duty.alert()).is_safe is True


async def test_safe_said_to_the_letter_of_a_cadre_is_no_verdict_on_it(duty: OnDuty) -> None:
    hoa, thu = duty.chat("hoa"), duty.chat("thu")
    await hoa.says(CRY)
    await thu.says("1")
    async with duty.database.reading() as connection:
        code = await connection.scalar(sa.select(questions.c.id))
    await thu.says(f"{code} Chị đang lo cho em đây, em ráng nghen.")
    await hoa.news()
    await thu.news()
    await hoa.says("dạ em đang ở nhà bà ngoại với hai đứa nhỏ")
    await hoa.says("em an toan roi chi, cam on")
    assert (await duty.alert()).is_safe is True
    told = "\n".join(await thu.news())
    assert "bà ngoại" in told
    assert "chưa rõ" not in told


async def test_once_she_is_safe_a_question_is_answered_as_one(duty: OnDuty) -> None:
    hoa, mai, thu = duty.chat("hoa"), duty.chat("mai"), duty.chat("thu")
    for words in (CRY, "1"):
        await hoa.says(words)
    await mai.news()
    await thu.news()
    said = "\n".join(await hoa.says("cho em hỏi vay vốn hộ nghèo cần giấy gì"))
    assert "em ghi thêm cho cán bộ trực" not in said
    assert await mai.news() == await thu.news() == []
    assert "vay vốn" not in (await duty.alert()).words


async def test_on_a_quiet_phone_a_plain_question_is_answered(duty: OnDuty) -> None:
    hoa = duty.chat("hoa")
    for words in (CRY, "KIN"):
        await hoa.says(words)
    assert "01/QĐ-TTg" in "\n".join(await hoa.says("de an 01 la gi"))


@pytest.mark.parametrize("words", ["hiểu lầm", "tôi hiểu lầm thôi", "đâu có", "5"])
async def test_what_those_on_duty_know_is_not_ended_by_a_word(duty: OnDuty, words: str) -> None:
    hoa = duty.chat("hoa")
    await hoa.says(CRY)
    said = "\n".join(await hoa.says(words))
    assert "vẫn hỏi thăm" in said
    assert (await duty.alert()).state is AlertState.OPEN
    await hoa.says("2")  # Her digits mean what they meant.
    assert (await duty.alert()).is_safe is False


async def test_what_only_sounded_like_danger_is_over_when_she_says_so(duty: OnDuty) -> None:
    hoa = duty.chat("hoa")
    await hoa.says(MURMUR)
    await hoa.says("tôi hiểu lầm thôi")
    assert (await duty.alert()).state is AlertState.MISTAKEN


async def test_a_number_with_its_hour_needs_no_second_question(duty: OnDuty) -> None:
    hoa = duty.chat("hoa")
    await hoa.says(CRY)
    said = "\n".join(await hoa.says("0912345678 goi luc trua nghe"))
    assert "Lúc nào gọi" not in said
    assert "lộn số" in said
    alert = await duty.alert()
    assert (alert.phone, alert.call_when) == ("+84912345678", "goi luc trua nghe")


async def test_whoever_cries_in_khmer_letters_is_answered_so_with_the_vietnamese_below(duty: OnDuty) -> None:
    [said] = await duty.chat("hoa").says("ប្តីវាយខ្ញុំ")
    assert "113" in said.split("Chị ơi")[0]
    assert "Chị có đang an toàn không?" in said
    assert "Chị đừng đợi" in "\n".join(await duty.chat("hoa").says("2"))


async def test_what_has_no_khmer_of_its_own_is_said_once(duty: OnDuty) -> None:
    srey = duty.chat("srey")
    await srey.says("KHMER")
    for words in ("ប្តីវាយខ្ញុំ", "đâu có"):
        lines = [line for line in "\n".join(await srey.says(words)).split("\n") if line]
        assert len(lines) == len(set(lines))
