"""What comes after a cadre's answer: whether it was clear, what either of them changes or adds, and what the member can look up."""

from datetime import timedelta

import pytest
import sqlalchemy as sa

from bot.channels.contract import IncomingKind
from bot.store.database import Database
from bot.store.tables import alerts, interactions, questions
from bot.store.tables.alerts import AlertState
from bot.store.tables.questions import QuestionState
from tests.conftest import MovingClock
from tests.handlers import desk_story
from tests.handlers.desk_story import LOAN, Story
from tests.handlers.on_duty import MURMUR


@pytest.fixture
async def story(database: Database, clock: MovingClock) -> Story:
    return await desk_story.settle(database, clock)


async def test_unclear_asks_what_and_goes_back_to_the_same_cadre(story: Story) -> None:
    code = await story.asks(story.hoa)
    await story.binh.says("Chị ra xã gặp em nghen")
    await story.hoa.news()
    [asked] = await story.hoa.says("chua ro")
    assert "chưa rõ chỗ nào" in asked
    await story.hoa.says("Ra xã gặp ai, phòng nào")
    letters = await story.binh.news()
    assert "Ra xã gặp ai, phòng nào" in letters[-1]
    assert "chưa rõ" in letters[-1]
    question = await story.question(code)
    assert (question["state"], question["staff_id"]) == (QuestionState.FORWARDED, story.people.binh)
    assert await story.steps(code) == ["asked", "forwarded", "answered", "reopened", "added", "forwarded"]
    await story.binh.says("Gặp chị Sáu phòng 2")
    assert "Gặp chị Sáu phòng 2" in (await story.hoa.news())[0]


@pytest.mark.parametrize("words", ["đã rõ", "da ro", "ĐÃ RÕ", "rõ rồi"])
async def test_clear_works_any_time_within_a_fortnight(story: Story, words: str) -> None:
    code = await story.asks(story.hoa)
    await story.binh.says("Chị ra xã gặp em nghen")
    await story.hoa.says("Hội phí bao nhiêu vậy em")  # Something else in between.
    story.clock.move(timedelta(days=13))
    assert "mừng" in (await story.hoa.says(words))[0]
    assert (await story.question(code))["state"] is QuestionState.CLOSED


async def test_a_form_is_not_disturbed_by_the_answer_nor_by_her_verdict(story: Story) -> None:
    newcomer = story.chat("newcomer")
    await newcomer.says("gặp cán bộ")
    await newcomer.says(LOAN)
    await newcomer.says("0")
    code = (await story.question())["id"]
    await newcomer.says("DANGKY")
    before = await newcomer.conversation()
    async with story.database.writing() as connection:
        await connection.execute(
            sa.update(questions).values(state=QuestionState.FORWARDED, staff_id=story.people.binh)
        )
    await story.binh.says("Chị ra xã gặp em nghen")
    [answer] = await newcomer.news()
    assert "Gõ ĐÃ RÕ hoặc CHƯA RÕ" in answer
    assert await newcomer.conversation() == before
    await newcomer.says("chưa rõ")
    assert await newcomer.conversation() == before
    assert (await story.question(code))["state"] is QuestionState.FORWARDED


async def test_what_she_says_next_may_be_about_something_else(story: Story) -> None:
    code = await story.asks(story.hoa)
    await story.binh.says("Chị ra xã gặp em nghen")
    await story.hoa.says("Đơn xin cấp bò giống nộp mấy bản")
    assert (await story.question(code))["state"] is QuestionState.ANSWERED
    assert "1 = chuyển" in (await story.hoa.says("0"))[0]


async def test_quoting_the_answer_adds_to_the_question(story: Story) -> None:
    await story.asks(story.hoa)
    await story.binh.says("Chị ra xã gặp em nghen")
    await story.hoa.replies("Thứ bảy xã có làm không chị", to="Chị ra xã gặp em")
    assert "Thứ bảy xã có làm không chị" in (await story.binh.news())[-1]


async def test_a_quiet_member_gets_a_neutral_line_and_reads_with_xem(story: Story) -> None:
    await story.hoa.says("KIN")
    await story.asks(story.hoa)
    await story.binh.says("Chị ra xã gặp em nghen")
    assert await story.hoa.news() == ["Dạ, có tin nhắn gửi chị. Gõ XEM để đọc."]
    [shown] = await story.hoa.says("xem")
    assert "Chị ra xã gặp em nghen" in shown
    assert "không có tin" in (await story.hoa.says("xem"))[0]


async def test_an_edited_question_reaches_the_cadre(story: Story) -> None:
    await story.asks(story.hoa, "Tôi muốn vay vốn nuôi bò ở đâu")
    await story.binh.news()
    said = await story.hoa.incoming(IncomingKind.EDITED, "Tôi muốn vay vốn nuôi heo ở đâu")
    assert "vừa sửa" in said[0]
    [letter] = await story.binh.news()
    assert "nuôi heo" in letter
    assert await story.hoa.incoming(IncomingKind.EDITED, "Một chuyện khác hẳn") == []


async def test_danger_in_an_edited_message_is_answered(story: Story) -> None:
    said = await story.hoa.incoming(IncomingKind.EDITED, "chồng đánh em hoài")
    assert "113" in said[0]
    await story.asks(story.lan, "Em muốn hỏi hội phí đóng ở đâu")
    said = await story.lan.incoming(IncomingKind.EDITED, "Em muốn hỏi hội phí đóng ở đâu, chồng đánh em hoài")
    assert any("113" in text for text in said)
    async with story.database.reading() as connection:
        assert "chồng" not in " ".join(await connection.scalars(sa.select(interactions.c.text)))


async def test_an_answer_changed_into_a_word_of_the_alerts_does_not_reach_the_member(story: Story) -> None:
    await story.asks(story.hoa)
    await story.binh.says("Xong 12 giấy tờ rồi chị")
    await story.hoa.news()
    [said] = await story.binh.incoming(IncomingKind.EDITED, "Xong 12: giấy tờ rồi chị")
    assert "nghe như lời cho em" in said
    assert await story.hoa.news() == []


async def test_a_changed_answer_goes_nowhere_once_the_question_is_kept_from_her(story: Story) -> None:
    """Hoa wants nobody near her home to know: of her alert's question Bình of the branch is to say no more."""
    code = await story.asks(story.hoa)
    await story.binh.says("Chị ra xã gặp em sáng thứ hai nghen")
    async with story.database.writing() as connection:
        await connection.execute(
            sa.insert(alerts).values(
                id=code,
                question_id=code,
                kind="violence",
                is_urgent=True,
                is_past_local=True,
                state=AlertState.OPEN,
                raised_at=story.clock(),
            )
        )
    await story.hoa.news()
    [said] = await story.binh.incoming(IncomingKind.EDITED, "Chị ra xã gặp em sáng thứ ba nghen")
    assert "đã có người khác lo" in said
    assert await story.hoa.news() == []


async def test_an_edited_answer_reaches_the_member(story: Story) -> None:
    await story.asks(story.hoa)
    await story.binh.says("Chị ra xã gặp em sáng thứ hai nghen")
    await story.hoa.news()
    await story.binh.incoming(IncomingKind.EDITED, "Chị ra xã gặp em sáng thứ ba nghen")
    assert "sáng thứ ba" in (await story.hoa.news())[0]


async def test_who_asked_urgently_is_not_told_to_wait_for_days(story: Story) -> None:
    await story.hoa.says(MURMUR)
    for words in ("0", "1"):
        await story.hoa.says(words)
    [state] = await story.hoa.says("TRACUU")
    assert "báo là việc gấp" in state
    assert "113" in state
    assert "ngày làm việc" not in state


async def test_tracking_shows_only_her_own(story: Story) -> None:
    code = await story.asks(story.hoa)
    assert "Chi hội An Ninh" in (await story.hoa.says(f"TRACUU {code}"))[0]
    assert "không thấy" in (await story.lan.says(f"TRACUU {code}"))[0]
    assert "chưa gửi câu hỏi" in (await story.lan.says("TRACUU"))[0]
    await story.binh.says("Chị ra xã gặp em nghen")
    await story.hoa.news()
    said = await story.hoa.says("tra cứu")
    assert "Chị ra xã gặp em nghen" in said[-1]
