"""Words and digits at a desk that may be meant for somebody else than the member who asked: nothing goes to her unasked."""

from datetime import timedelta

import pytest
import sqlalchemy as sa

from bot.languages import Languages
from bot.outbox import Outbox
from bot.questions import answering
from bot.questions.post import Post
from bot.store.database import Database
from bot.store.tables import conversations
from bot.store.tables.questions import QuestionState
from tests.conftest import MovingClock
from tests.handlers import desk_story
from tests.handlers.desk_story import LOAN, Story


@pytest.fixture
async def story(database: Database, clock: MovingClock) -> Story:
    return await desk_story.settle(database, clock)


async def test_a_quoted_message_that_is_no_question_is_no_answer(story: Story) -> None:
    await story.asks(story.hoa)
    await story.hoa.news()
    await story.binh.says("3")
    await story.binh.replies("0", to="em nhắc lại")
    assert await story.hoa.news() == []


@pytest.mark.parametrize("word", ["Hủy", "sửa", "đã rõ", "chua ro"])
async def test_a_word_for_the_assistant_is_not_sent_to_a_member_unasked(story: Story, word: str) -> None:
    await story.asks(story.hoa)
    await story.hoa.news()
    [asked] = await story.binh.says(word)
    assert "1 = gửi, 2 = không" in asked
    await story.binh.says("2")
    assert not await story.hoa.news()


@pytest.mark.parametrize("before", [[], ["1"], ["3"], ["CAUHOI", "1"]])
@pytest.mark.parametrize("word", ["nhan", "Không", "toi nhan", "ghi", "mo lai"])
async def test_a_word_of_the_alerts_is_neither_sent_nor_offered(
    story: Story, before: list[str], word: str
) -> None:
    await story.asks(story.hoa)
    await story.hoa.news()
    for words in before:
        await story.binh.says(words)
    [said] = await story.binh.says(word)
    assert "không gửi cho chị hội viên nào" in said
    assert not await story.hoa.news()


async def test_a_word_that_leaves_is_not_offered_as_an_answer(story: Story) -> None:
    await story.asks(story.hoa)
    await story.hoa.news()
    [said] = await story.binh.says("thôi")
    assert "không gửi" in said
    assert "1 = gửi" not in said
    assert not await story.hoa.news()


async def test_what_begins_like_a_word_of_the_alerts_is_an_answer_all_the_same(story: Story) -> None:
    await story.asks(story.hoa)
    await story.hoa.news()
    await story.binh.says("Không cần đóng phí đâu chị, chị ra xã làm đơn nghen")
    assert any("Không cần đóng phí" in text for text in await story.hoa.news())


@pytest.mark.parametrize("before", [["3"], ["CAUHOI", "1"]])
async def test_a_cadres_own_cry_for_help_is_no_answer_unless_she_says_so(
    story: Story, before: list[str]
) -> None:
    await story.asks(story.hoa)
    await story.hoa.news()
    for words in before:
        await story.binh.says(words)
    [asked] = await story.binh.says("chồng tôi đánh tôi, cứu tôi")
    assert "113" in asked
    assert "1 = gửi, 2 = không" in asked
    assert not await story.hoa.news()


async def test_a_second_tap_on_a_time_to_be_reminded_acts_on_no_other_question(story: Story) -> None:
    codes = [await story.asks(story.hoa), await story.asks(story.lan)]
    await story.binh.news()
    story.clock.move(timedelta(minutes=1))
    [asked] = await story.binh.says("3")
    await story.binh.presses("1", on=asked)
    story.clock.move(timedelta(minutes=5))
    before = [await story.steps(code) for code in codes]
    assert "không còn mở" in (await story.binh.presses("2", on=asked))[0]
    assert [await story.steps(code) for code in codes] == before


async def _unsure(story: Story) -> None:
    """She wrote something that the assistant does not know."""
    assert "gõ 0, em chuyển" in (await story.binh.says("Đơn xin cấp bò giống nộp mấy bản"))[0]


async def test_the_question_shown_last_owns_the_digit(story: Story) -> None:
    await _unsure(story)
    code = await story.asks(story.hoa)
    story.clock.move(timedelta(minutes=1))
    [asked] = await story.binh.says("1")
    assert f"câu trả lời cho câu hỏi «{LOAN}» (mã {code})" in asked
    await story.binh.says("Chị ra xã gặp em nghen")
    assert any("Chị ra xã gặp em nghen" in text for text in await story.hoa.news())


async def test_a_digit_after_suggestions_that_came_later_is_theirs(story: Story) -> None:
    code = await story.asks(story.hoa)
    await story.binh.says("3")
    await story.binh.says("0")
    async with story.database.writing() as connection:
        await connection.execute(
            sa.update(conversations).values(
                flow="suggest", step="", data={"entries": [], "question_row": 999}
            )
        )
    await story.binh.says("1")
    assert (await story.binh.conversation()).flow != "desk"
    assert (await story.question(code))["state"] is QuestionState.FORWARDED


async def test_a_button_belongs_to_its_message_whatever_came_after_it(story: Story) -> None:
    await _unsure(story)
    code = await story.asks(story.hoa)
    [confirm] = await story.binh.presses("0", on="gõ 0, em chuyển")
    assert "1 = chuyển" in confirm
    assert (await story.question(code))["state"] is QuestionState.FORWARDED


async def test_the_verdict_that_is_asked_of_her_gives_way_to_a_later_question(story: Story) -> None:
    own = await story.asks(story.binh, "Lớp may khi nào khai giảng")
    async with story.database.writing() as connection:
        post = Post(connection, Outbox({}), Languages({}), story.clock())
        await answering.answer(post, own, staff_id=story.people.an, words="Mùng 5 nghen chị")
    assert (await story.binh.conversation()).flow == answering.VERDICT_FLOW
    code = await story.asks(story.hoa)
    assert f"mã {code}" in (await story.binh.says("1"))[0]
    assert (await story.question(own))["state"] is QuestionState.ANSWERED


async def test_the_list_just_shown_owns_the_digit(story: Story) -> None:
    await story.asks(story.hoa)
    await story.binh.says("CAUHOI")
    await story.binh.says("0")
    async with story.database.writing() as connection:
        await connection.execute(sa.update(conversations).values(flow="suggest", data={"entries": []}))
    assert "Gõ số để xem cả câu" in (await story.binh.says("CAUHOI"))[0]
    assert LOAN in (await story.binh.says("1"))[0]


async def test_a_question_that_came_after_the_one_she_picked_is_not_passed_over(story: Story) -> None:
    first = await story.asks(story.hoa, "Lớp may khi nào khai giảng")
    await story.binh.says("CAUHOI")
    await story.binh.says("1")
    second = await story.asks(story.lan)
    [which] = await story.binh.says("Ngày mùng 5 nghen chị")  # For the one she picked, or for the new one?
    assert f"mã {first}" in which
    assert f"mã {second}" in which
    await story.binh.says("0")
