"""What a woman writes after a cry that is no more of it: courtesies, slips, ordinary questions; and danger after all."""

from datetime import timedelta

import pytest

from bot.alerts import climbing
from bot.outbox import Outbox
from bot.questions.post import Post
from bot.store.database import Database
from bot.store.tables.alerts import AlertState, AlertStepKind
from handlers.parts import Parts
from tests.conftest import MovingClock
from tests.handlers import on_duty
from tests.handlers.on_duty import CRY, MURMUR, OnDuty

HEARD = "ghi thêm cho cán bộ trực"


@pytest.fixture
async def duty(database: Database, clock: MovingClock, parts: Parts) -> OnDuty:
    return await on_duty.settle(database, clock, parts)


async def later(duty: OnDuty, parts: Parts, span: timedelta) -> None:
    """Time goes by, and the clock does what it does."""
    duty.clock.move(span)
    async with duty.database.reading() as connection:
        due = await climbing.due(connection, duty.clock())
    for alert_id in due:
        async with duty.database.writing() as connection:
            await climbing.climb_due(Post(connection, Outbox({}), parts.languages, duty.clock()), alert_id)


# Danger after all


@pytest.mark.parametrize("danger", [CRY, "nhung ma toi nay anh ay nhau ve chac em chet qua", MURMUR])
async def test_danger_after_safe_is_a_cry_again_wherever_it_is_read(duty: OnDuty, danger: str) -> None:
    hoa = duty.chat("hoa")
    await hoa.says("chong em bop co em")
    duty.clock.move(timedelta(seconds=20))
    await hoa.says("em on roi")
    assert (await duty.alert()).is_safe is True
    assert "không gấp" in (await duty.chat("thu").news())[-1]
    duty.clock.move(timedelta(seconds=20))
    await hoa.says(danger)
    assert (await duty.alert()).is_safe is None
    thu = duty.chat("thu")
    assert (await thu.news())[-1].startswith("KHẨN")
    assert "Chị ấy nói an toàn lúc 9:00 ngày 23/11, sau đó nhắn thêm" in "\n".join(await thu.says("BAODONG"))


@pytest.mark.parametrize("words", ["sao khong ai toi het vay", "em can nguoi toi lien", MURMUR])
async def test_soon_after_it_was_closed_a_doubt_or_a_cry_for_somebody_opens_it_again(
    duty: OnDuty, words: str
) -> None:
    code = await duty.cries()
    await duty.chat("mai").says(f"XONG {code}: đã nhắn chị ấy")
    await duty.chat("thu").news()
    said = "\n".join(await duty.chat("hoa").says(words))
    assert "cán bộ trực" in said
    assert "113" in said
    alert = await duty.alert()
    assert (alert.alert_id, alert.state) == (code, AlertState.OPEN)
    assert "mở lại" in (await duty.chat("thu").news())[-1]


async def test_after_a_mistake_only_the_new_question_goes_and_as_an_ordinary_one(duty: OnDuty) -> None:
    hoa, binh = duty.chat("hoa"), duty.chat("binh")
    for words in (CRY, "5", "em muon hoi lam giay khai sinh cho con o dau"):
        await hoa.says(words)
    [asked] = await hoa.says("0")
    assert "Em chuyển câu này" in asked
    await hoa.says("2")
    said = "\n".join(await hoa.says("lam khai sinh cho con"))
    assert "việc gấp rồi" not in said
    assert "chạy sang nhà" not in said
    [letter] = await binh.news()
    assert "lam khai sinh cho con" in letter
    assert "GẤP" not in letter
    assert "RIÊNG" not in letter
    assert CRY not in letter


async def test_after_a_mistake_nothing_of_it_lies_ready_for_a_cadre(duty: OnDuty) -> None:
    hoa = duty.chat("hoa")
    for words in (CRY, "5"):
        await hoa.says(words)
    assert "chị ghi câu hỏi vào tin nhắn kế tiếp" in "\n".join(await hoa.says("0"))


@pytest.mark.parametrize("cry", [CRY, MURMUR])
@pytest.mark.parametrize("words", ["thoi khong co gi dau em", "không có gì đâu chị", "hông sao đâu em"])
async def test_after_safe_that_nothing_is_the_matter_is_acknowledged_kindly(
    duty: OnDuty, cry: str, words: str
) -> None:
    hoa = duty.chat("hoa")
    for before in (cry, "1"):
        await hoa.says(before)
    [said] = await hoa.says(words)
    assert said == "Dạ, chị không sao là em mừng. Chị cần gì cứ nhắn em nghen."
    assert (await duty.alert()).is_safe is True


async def test_after_a_doubt_and_safe_a_joke_is_acknowledged_kindly(duty: OnDuty) -> None:
    hoa = duty.chat("hoa")
    for before in (MURMUR, "1"):
        await hoa.says(before)
    assert "em mừng" in (await hoa.says("chi noi choi thoi"))[0]


async def test_nobody_comes_for_something_else_is_no_cry(duty: OnDuty) -> None:
    await duty.chat("hoa").says("sao khong ai toi het vay")
    assert await duty.count() == 0


async def test_an_ordinary_line_after_safe_leaves_it(duty: OnDuty) -> None:
    hoa = duty.chat("hoa")
    for words in (CRY, "1", "em o nha me em", "gia lua hom nay bao nhieu"):
        await hoa.says(words)
    assert (await duty.alert()).is_safe is True


# While it is doubted


@pytest.mark.parametrize("words", ["em met qua", "buon qua", "tui o nha ngoai"])
async def test_what_she_adds_to_a_doubt_is_in_the_letter(duty: OnDuty, parts: Parts, words: str) -> None:
    hoa = duty.chat("hoa")
    await hoa.says(MURMUR)
    [said] = await hoa.says(words)
    assert "Chị có đang an toàn không?" in said
    assert "113" in said
    assert "115" in said
    await later(duty, parts, timedelta(minutes=11))
    assert f"{MURMUR}\n{words}" in "\n".join(await duty.chat("thu").news())


@pytest.mark.parametrize("words", ["cam on em", "em oi", "hihi", "ok em", "hả", "dễ thương ghê", "អរគុណ"])
async def test_no_small_talk_leads_away_from_a_doubt(duty: OnDuty, words: str) -> None:
    hoa = duty.chat("hoa")
    await hoa.says(MURMUR)
    said = "\n".join(await hoa.says(words))
    assert "Chị có đang an toàn không?" in said
    assert (await duty.alert()).words == MURMUR
    await hoa.says("2")
    assert (await duty.alert()).is_safe is False


async def test_who_answers_is_said_also_while_it_is_doubted(duty: OnDuty) -> None:
    hoa = duty.chat("hoa")
    await hoa.says(MURMUR)
    machine, asked = await hoa.says("may hay nguoi vay")
    assert "máy trả lời tự động" in machine
    assert "Chị có đang an toàn không?" in asked


async def test_a_second_doubt_is_a_cry(duty: OnDuty) -> None:
    hoa = duty.chat("hoa")
    await hoa.says(MURMUR)
    said = "\n".join(await hoa.says("ong cam em di dau"))
    assert "Em có báo cán bộ trực" in said
    assert (await duty.alert()).state is AlertState.OPEN
    assert f"{MURMUR}\nong cam em di dau" in "\n".join(await duty.chat("mai").news())


# A slip


SLIPS = [
    "nham roi em go nham",
    "nham nguoi",
    "em noi lam, em giỡn",
    "gõ nhầm",
    "nhầm rồi",
    "giỡn thôi",
    "dạ xin lỗi con em bấm nhầm máy",
    "5",
]


@pytest.mark.parametrize("words", SLIPS)
async def test_a_slip_is_understood_and_told_calmly_and_ends_nothing(duty: OnDuty, words: str) -> None:
    hoa, thu = duty.chat("hoa"), duty.chat("thu")
    await hoa.says(CRY)
    await thu.news()
    [said] = await hoa.says(words)
    assert said.startswith("Dạ, em hiểu. Em báo lại cho cán bộ")
    alert = await duty.alert()
    assert (alert.state, alert.is_safe) == (AlertState.OPEN, None)
    [told] = await thu.news()
    assert told.startswith(f"Báo động mã {alert.alert_id}: chị ấy nhắn lại là nhầm")


@pytest.mark.parametrize(
    "words", ["ổng giỡn thôi", "hai đứa nó đánh lộn", "em không giỡn đâu", "nhầm rồi ổng đánh em nữa"]
)
async def test_what_is_no_slip_is_more_of_her_story(duty: OnDuty, words: str) -> None:
    hoa = duty.chat("hoa")
    await hoa.says(CRY)
    said = "\n".join(await hoa.says(words))
    assert "Em báo lại cho cán bộ" not in said
    assert words in (await duty.alert()).words


@pytest.mark.parametrize(
    "words", ["em khong sao roi", "dạ em không sao", "không sao rồi", "giờ hổng sao rồi"]
)
async def test_that_nothing_is_the_matter_any_more_is_safe(duty: OnDuty, words: str) -> None:
    hoa = duty.chat("hoa")
    await hoa.says(CRY)
    await hoa.says(words)
    assert (await duty.alert()).is_safe is True


# Ordinary questions


async def test_ordinary_questions_are_answered_once_it_is_settled_and_rung_in_one_letter(
    duty: OnDuty,
) -> None:
    hoa, thu = duty.chat("hoa"), duty.chat("thu")
    await hoa.says(CRY)
    await thu.news()
    for _ in range(3):
        duty.clock.move(timedelta(minutes=1))
        last = "\n".join(await hoa.says("gia lua hom nay bao nhieu"))
    assert HEARD not in last
    assert "0" in last
    for _ in range(20):
        duty.clock.move(timedelta(seconds=20))
        assert HEARD not in "\n".join(await hoa.says("gia lua hom nay bao nhieu"))
    alert = await duty.alert()
    assert (await duty.steps(alert.alert_id)).count(AlertStepKind.ADDED) == 2
    assert await thu.news() == []


async def test_an_answer_in_between_says_how_to_reach_a_cadre(duty: OnDuty) -> None:
    hoa = duty.chat("hoa")
    await hoa.says(CRY)
    reached, answered = await hoa.says("de an 01 la gi")
    assert "lúc nào cũng gõ 0" in reached
    assert "01/QĐ-TTg" in answered


@pytest.mark.parametrize(
    "words", ["em phai lam sao bay gio", "cong an o dau", "ly hon can giay gi", "may gio can bo toi"]
)
async def test_what_may_belong_to_it_still_goes_to_those_on_duty(duty: OnDuty, words: str) -> None:
    hoa = duty.chat("hoa")
    await hoa.says(CRY)
    for _ in range(3):
        duty.clock.move(timedelta(minutes=2))
        await hoa.says("gia lua hom nay bao nhieu")
    await hoa.says(CRY)
    duty.clock.move(timedelta(minutes=4))
    said = "\n".join(await hoa.says(words))
    assert HEARD in said or "0" in said
    if HEARD in said:
        assert words in (await duty.alert()).words


async def test_more_of_it_after_an_answer_in_between_goes_to_those_on_duty(duty: OnDuty) -> None:
    hoa = duty.chat("hoa")
    for words in (CRY, "de an 01 la gi", "nay tui so lam"):
        said = "\n".join(await hoa.says(words))
    assert "nay tui so lam" in (await duty.alert()).words
    assert HEARD in said or "115" in said
    await hoa.says("2")
    assert (await duty.alert()).is_safe is False


async def test_whoever_has_it_gets_no_letter_for_each_ordinary_question(duty: OnDuty) -> None:
    hoa, thu = duty.chat("hoa"), duty.chat("thu")
    await hoa.says(CRY)
    await thu.says("NHAN")
    await thu.news()
    for _ in range(6):
        duty.clock.move(timedelta(minutes=1))
        await hoa.says("gia lua hom nay bao nhieu")
    [letter] = await thu.news()
    assert "nhắn thêm 5 lời, không nghe gì gấp" in letter
    await hoa.says("chị tới chưa")
    assert "chị tới chưa" in "\n".join(await thu.news())
