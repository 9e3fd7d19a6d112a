"""From a member's "0" to the cadre's answer and back, through the real conversation."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from bot.channels.contract import IncomingKind
from bot.languages import Languages
from bot.outbox import Outbox
from bot.people import staff
from bot.questions import answering
from bot.questions.post import Post
from bot.store.database import Database
from bot.store.tables import contacts as contact_rows
from bot.store.tables import conversations, interactions, question_steps, questions
from bot.store.tables.people import Role
from bot.store.tables.questions import QuestionState
from handlers.conversation import conversation
from tests import people as union
from tests.chat import Chat
from tests.conftest import MovingClock
from tests.parts import make_parts
from tests.people import People

LOAN = "Tôi muốn vay vốn nuôi bò thì làm giấy tờ ở đâu"


@dataclass
class Story:
    database: Database
    clock: MovingClock
    people: People
    hoa: Chat
    lan: Chat
    binh: Chat
    chat: Callable[[str], Chat]

    async def asks(self, chat: Chat, words: str = LOAN) -> int:
        """A member asks a cadre; returns the code."""
        await chat.says("gặp cán bộ")
        await chat.says(words)
        return int((await self.question())["id"])

    async def question(self, code: int | None = None) -> dict[str, Any]:
        """One question's row; the latest unless a code is given."""
        found = sa.select(questions).order_by(questions.c.id.desc())
        if code is not None:
            found = found.where(questions.c.id == code)
        async with self.database.reading() as connection:
            return dict((await connection.execute(found.limit(1))).mappings().one())

    async def steps(self, code: int) -> list[str]:
        async with self.database.reading() as connection:
            rows = await connection.scalars(
                sa.select(question_steps.c.kind)
                .where(question_steps.c.question_id == code)
                .order_by(question_steps.c.id)
            )
            return [str(kind) for kind in rows]

    async def count(self, table: sa.Table) -> int:
        async with self.database.reading() as connection:
            return (await connection.execute(sa.select(sa.func.count()).select_from(table))).scalar_one()


@pytest.fixture
async def story(database: Database, clock: MovingClock) -> Story:
    people = await union.settle(database, clock())
    handler = conversation(make_parts())

    def chat(address: str) -> Chat:
        return Chat(database, handler, people.account_id, address, clock)

    return Story(database, clock, people, chat("hoa"), chat("lan"), chat("binh"), chat)


async def test_a_question_goes_to_the_cadre_and_her_words_come_back(story: Story) -> None:
    [asked] = await story.hoa.says("gặp cán bộ")
    assert "tin nhắn kế tiếp" in asked
    [done] = await story.hoa.says(LOAN)
    question = await story.question()
    assert f"TRACUU {question['id']}" in done
    assert "1 đến 2 ngày làm việc" in done
    assert all(number in done for number in ("113", "115", "111"))

    [letter] = await story.binh.news()
    assert LOAN in letter
    assert "hội viên Nguyễn Thị Hoa ở Chi hội An Ninh, Xã Kế Sách" in letter
    assert "1 = trả lời, 2 = chuyển người khác, 3 = để sau" in letter

    [sent] = await story.binh.says("Chị ghé nhà văn hóa ấp sáng thứ hai nghen")
    assert sent.startswith("Dạ, em đã gửi câu trả lời tới chị hội viên")
    [answer] = await story.hoa.news()
    assert answer.startswith("Cán bộ Chi hội An Ninh trả lời câu hỏi của chị:")
    assert "Chị ghé nhà văn hóa ấp sáng thứ hai nghen" in answer

    assert "mừng" in (await story.hoa.says("1"))[0]
    assert (await story.question())["state"] is QuestionState.CLOSED
    assert await story.steps(question["id"]) == ["asked", "forwarded", "answered", "closed"]


@pytest.mark.parametrize(
    "said",
    [["gặp cán bộ", LOAN], [LOAN, "0", "1"], ["gặp cán bộ", "?", LOAN], [LOAN, "0", "2", LOAN]],
    ids=["asked for", "known already", "after a wrong word", "written anew"],
)
async def test_the_answer_quotes_the_message_in_which_she_asked(story: Story, said: list[str]) -> None:
    for words in said:
        await story.hoa.says(words)
    await story.binh.says("Chị ghé nhà văn hóa ấp sáng thứ hai nghen")
    asked_in = len(said) - said[::-1].index(LOAN)  # The latest message with the question.
    [answer] = [message for message in await story.hoa.new_messages() if "trả lời câu hỏi" in message.text]
    assert answer.quotes == f"hoa-{asked_in}"


async def test_an_answer_to_something_private_quotes_nothing(story: Story) -> None:
    await story.hoa.says("chồng đánh em hoài")
    for words in ("0", "1"):
        await story.hoa.says(words)
    await story.binh.replies("Chị tới gặp tui nghen, tui giữ kín", to="chồng đánh")
    answers = [message for message in await story.hoa.new_messages() if "trả lời câu hỏi" in message.text]
    assert [message.quotes for message in answers] == [""]


async def test_the_name_is_shown_only_if_she_agreed(story: Story) -> None:
    await story.asks(story.lan)
    [letter] = await story.binh.news()
    assert "Lan" not in letter
    assert "hội viên ở Chi hội An Ninh" in letter


async def test_a_question_that_is_known_already_is_confirmed_once(story: Story) -> None:
    await story.hoa.says(
        "Đơn xin cấp bò giống nộp mấy bản"
    )  # No entry answers it: the assistant offers a cadre.
    [confirm] = await story.hoa.says("0")
    assert "1 = chuyển, 2 = viết lại, thôi = bỏ" in confirm
    await story.hoa.says("1")
    await story.hoa.says("1")  # A second tap finds the flow ended.
    assert await story.count(questions) == 1
    assert len(await story.binh.news()) == 1


@pytest.mark.parametrize(
    ("typed", "step"),
    [("2", "text"), ("viết lại", "text"), ("sửa", "text"), ("thôi", ""), ("9", "confirm"), ("?", "confirm")],
)
async def test_what_she_may_say_to_the_confirmation(story: Story, typed: str, step: str) -> None:
    await story.hoa.says("Đơn xin cấp bò giống nộp mấy bản")
    await story.hoa.says("0")
    assert await story.hoa.says(typed)
    assert (await story.hoa.conversation()).step == step
    assert await story.count(questions) == 0


async def test_a_newcomer_is_asked_for_her_commune_and_may_skip_it(story: Story) -> None:
    newcomer = story.chat("newcomer")
    await newcomer.says("gặp cán bộ")
    [asked] = await newcomer.says(LOAN)
    assert "Gõ 0 để bỏ qua" in asked
    [done] = await newcomer.says("0")
    assert "hộp thư" in done  # No desk at the top.
    question = await story.question()
    assert question["unit_id"] is None
    assert question["state"] is QuestionState.WAITING
    assert await story.binh.news() == []


async def test_a_newcomers_commune_routes_her_question(story: Story) -> None:
    async with story.database.writing() as connection:
        cadre = await union.add_staff(
            connection, "Sơn Thị Mai", story.people.commune_id, takes_questions=True, now=story.clock()
        )
        await union.add_contact(connection, story.people.account_id, "mai", staff_id=cadre, now=story.clock())
    newcomer, mai = story.chat("newcomer"), story.chat("mai")
    await newcomer.says("gặp cán bộ")
    await newcomer.says(LOAN)
    said = await newcomer.says("xã kế sách")
    if "chọn" in said[0]:
        said = await newcomer.says("1")
    assert "Xã Kế Sách" in said[-1]
    [letter] = await mai.news()
    assert "một chị chưa phải hội viên ở Xã Kế Sách" in letter


async def test_what_is_urgent_is_forwarded_before_anything_is_asked(story: Story) -> None:
    newcomer = story.chat("newcomer")
    await newcomer.says("chồng đánh em hoài")
    await newcomer.says("0")
    assert "hộp thư" in (await newcomer.says("1"))[0]
    question = await story.question()
    assert (question["is_urgent"], question["is_sensitive"]) == (True, True)


async def test_a_sensitive_question_reaches_the_cadre_but_not_the_log(story: Story) -> None:
    await story.hoa.says("chồng đánh em hoài")
    await story.hoa.says("0")
    await story.hoa.says("1")
    [letter] = await story.binh.news()
    assert "chồng đánh em hoài" in letter
    assert "GẤP" in letter
    await story.binh.replies("Chị qua nhà em liền nghen", to="chồng đánh")
    assert any("Chị qua nhà em liền nghen" in text for text in await story.hoa.news())
    async with story.database.reading() as connection:
        kept = " ".join(await connection.scalars(sa.select(interactions.c.text)))
    assert "đánh" not in kept
    assert "qua nhà em" not in kept


async def test_quoting_an_older_question_answers_that_one(story: Story) -> None:
    first = await story.asks(story.hoa, "Lớp may khi nào khai giảng")
    second = await story.asks(story.lan, "Thẻ bảo hiểm của con tôi hết hạn")
    await story.binh.replies("Ngày mùng 5 nghen chị", to="Lớp may")
    assert any("Ngày mùng 5" in text for text in await story.hoa.news())
    assert not any("Ngày mùng 5" in text for text in await story.lan.news())
    assert (await story.question(first))["state"] is QuestionState.ANSWERED
    assert (await story.question(second))["state"] is QuestionState.FORWARDED


async def test_with_several_open_and_no_quote_she_is_asked_which(story: Story) -> None:
    first = await story.asks(story.hoa, "Lớp may khi nào khai giảng")
    await story.asks(story.lan, "Thẻ bảo hiểm của con tôi hết hạn")
    [which] = await story.binh.says("Ngày mùng 5 nghen chị")
    assert "câu hỏi nào" in which
    assert "Lớp may" in which
    assert "Thẻ bảo hiểm" in which
    line = next(line for line in which.splitlines() if "Lớp may" in line)
    await story.binh.says(line[0])
    assert any("Ngày mùng 5" in text for text in await story.hoa.news())
    assert not any("Ngày mùng 5" in text for text in await story.lan.news())
    assert (await story.question(first))["state"] is QuestionState.ANSWERED


async def test_words_sent_to_no_one_stay_with_her(story: Story) -> None:
    await story.asks(story.hoa)
    await story.asks(story.lan)
    await story.binh.says("Ngày mùng 5 nghen chị")
    await story.binh.says("0")
    assert not any("mùng 5" in text for text in [*await story.hoa.news(), *await story.lan.news()])


@pytest.mark.parametrize("words", ["ok", "dạ", "👍", "ừ", "cảm ơn em", "?"])
async def test_small_words_are_not_sent_unasked(story: Story, words: str) -> None:
    await story.asks(story.hoa)
    await story.hoa.news()
    [back] = await story.binh.says(words)
    assert "1 = gửi, 2 = không" in back
    assert await story.hoa.news() == []
    assert "không gửi" in (await story.binh.says("2"))[0]
    assert await story.hoa.news() == []
    await story.binh.says("Chị ra xã gặp em nghen")
    assert "Chị ra xã gặp em nghen" in (await story.hoa.news())[0]


async def test_danger_in_her_words_shows_numbers_and_asks(story: Story) -> None:
    await story.asks(story.hoa)
    [back] = await story.binh.says("Chồng đánh tôi thì gọi ai")
    assert "113" in back
    assert "1 = gửi" in back
    await story.binh.says("1")
    assert any("Chồng đánh tôi" in text for text in await story.hoa.news())


async def test_danger_that_was_not_for_the_member_is_answered_to_her(story: Story) -> None:
    await story.asks(story.hoa)
    await story.hoa.news()
    await story.binh.says("Chồng đánh tôi thì gọi ai")
    [help_text] = await story.binh.says("2")
    assert "113" in help_text
    assert await story.hoa.news() == []


async def test_more_after_an_answer_is_asked_about_and_added(story: Story) -> None:
    await story.asks(story.hoa)
    await story.binh.says("Chị ra xã gặp em nghen")
    await story.hoa.news()
    [back] = await story.binh.says("Nhớ mang theo căn cước")
    assert "Nhớ mang theo căn cước" in back
    await story.binh.says("1")
    [more] = await story.hoa.news()
    assert "nhắn thêm về câu hỏi của chị" in more


async def test_an_answered_question_can_be_quoted_again(story: Story) -> None:
    await story.asks(story.hoa)
    await story.binh.says("Chị ra xã gặp em nghen")
    story.clock.move(timedelta(days=2))
    await story.hoa.news()
    await story.binh.replies("Mai xã nghỉ, chị đi mốt nghen", to=LOAN)
    [more] = await story.hoa.news()
    assert "Mai xã nghỉ" in more
    assert "nhắn thêm" in more


async def test_she_is_asked_for_the_answer_after_1(story: Story) -> None:
    await story.asks(story.hoa)
    assert "nhắn câu trả lời" in (await story.binh.says("1"))[0]
    await story.binh.says("ok")  # She was asked: now it is an answer.
    assert "ok" in (await story.hoa.news())[0]


async def test_passing_on_goes_up_and_at_last_to_the_officers(story: Story) -> None:
    async with story.database.writing() as connection:
        mai_id = await union.add_staff(
            connection, "Sơn Thị Mai", story.people.commune_id, takes_questions=True, now=story.clock()
        )
        await union.add_contact(
            connection, story.people.account_id, "mai", staff_id=mai_id, now=story.clock()
        )
    mai = story.chat("mai")
    code = await story.asks(story.hoa)
    assert "Xã Kế Sách" in (await story.binh.says("2"))[0]
    assert (await story.question(code))["staff_id"] == mai_id
    assert LOAN in (await mai.news())[0]
    assert "cấp trên" in (await mai.says("2"))[0]
    question = await story.question(code)
    assert (question["state"], question["staff_id"]) == (QuestionState.WAITING, None)
    assert await story.steps(code) == ["asked", "forwarded", "passed_on", "forwarded", "passed_on"]


async def test_a_second_tap_does_not_pass_on_the_next_question_as_well(story: Story) -> None:
    first = await story.asks(story.hoa)
    second = await story.asks(story.lan)
    await story.binh.says("2")
    await story.binh.says("2")
    assert (await story.question(second))["state"] is QuestionState.WAITING
    assert (await story.question(first))["state"] is QuestionState.FORWARDED


async def test_a_question_that_others_have_is_not_answered_twice(story: Story) -> None:
    async with story.database.writing() as connection:
        mai_id = await union.add_staff(
            connection, "Sơn Thị Mai", story.people.commune_id, takes_questions=True, now=story.clock()
        )
        await union.add_contact(
            connection, story.people.account_id, "mai", staff_id=mai_id, now=story.clock()
        )
    await story.asks(story.hoa)
    quoted = await story.binh.replies("2", to=LOAN)
    assert "đã chuyển" in quoted[0]
    await story.hoa.news()
    [refused] = await story.binh.replies("Chị ra xã gặp em nghen", to=LOAN)
    assert "người khác lo" in refused
    assert await story.hoa.news() == []


async def test_later_offers_two_moments_and_keeps_the_one_chosen(story: Story) -> None:
    code = await story.asks(story.hoa)  # 9 in the morning there.
    [asked] = await story.binh.says("3")
    assert "1 = chiều nay (4 giờ)" in asked
    assert "2 = sáng mai (8 giờ)" in asked
    assert "16:00 ngày 23/11" in (await story.binh.says("1"))[0]
    later = (await story.question(code))["later_until"]
    assert later - story.clock() == timedelta(hours=7)


async def test_an_answer_instead_of_a_moment_is_an_answer(story: Story) -> None:
    await story.asks(story.hoa)
    await story.hoa.news()
    await story.binh.says("3")
    await story.binh.says("Thôi để chị trả lời luôn: mang đơn ra xã")
    assert "mang đơn ra xã" in (await story.hoa.news())[0]


async def test_the_list_shows_ages_and_opens_one(story: Story) -> None:
    await story.asks(story.hoa, "Lớp may khi nào khai giảng")
    story.clock.move(timedelta(days=3))
    await story.asks(story.lan, "Thẻ bảo hiểm của con tôi hết hạn")
    await story.binh.news()
    [listed] = await story.binh.says("câu hỏi")
    assert listed.splitlines()[1].startswith("1. mã")
    assert "3 ngày trước" in listed.splitlines()[1]
    assert "Lớp may" in (await story.binh.says("1"))[0]
    await story.binh.says("Mùng 5 nghen chị")
    assert any("Mùng 5" in text for text in await story.hoa.news())


async def test_an_empty_desk_leaves_her_an_ordinary_chat(story: Story) -> None:
    assert "không có câu hỏi nào" in (await story.binh.says("CAUHOI"))[0]
    assert "trả lời tới" not in (await story.binh.says("Lớp may khi nào khai giảng vậy em"))[0]


async def test_digits_are_the_menus_while_another_flow_is_open(story: Story) -> None:
    await story.binh.says("Đơn xin cấp bò giống nộp mấy bản")
    await story.asks(story.hoa)
    await story.hoa.news()
    [confirm] = await story.binh.says("0")  # Her own question to a cadre goes on.
    assert "1 = chuyển" in confirm
    await story.binh.says("1")
    assert await story.count(questions) == 2
    assert await story.hoa.news() == []


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
    await story.hoa.says("thôi")  # Else a cadre is for those words.
    await story.asks(story.hoa, "Em muốn hỏi hội phí đóng ở đâu")
    said = await story.hoa.incoming(IncomingKind.EDITED, "Em muốn hỏi hội phí đóng ở đâu, chồng đánh em hoài")
    assert any("113" in text for text in said)
    async with story.database.reading() as connection:
        assert "chồng" not in " ".join(await connection.scalars(sa.select(interactions.c.text)))


async def test_an_edited_answer_reaches_the_member(story: Story) -> None:
    await story.asks(story.hoa)
    await story.binh.says("Chị ra xã gặp em sáng thứ hai nghen")
    await story.hoa.news()
    await story.binh.incoming(IncomingKind.EDITED, "Chị ra xã gặp em sáng thứ ba nghen")
    assert "sáng thứ ba" in (await story.hoa.news())[0]


async def test_who_asked_urgently_is_not_told_to_wait_for_days(story: Story) -> None:
    await story.hoa.says("chồng đánh em hoài")
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


async def test_a_cadre_who_leaves_loses_no_question(story: Story) -> None:
    code = await story.asks(story.hoa)
    await story.binh.incoming(IncomingKind.LEFT)
    question = await story.question(code)
    assert (question["state"], question["staff_id"]) == (QuestionState.WAITING, None)
    assert await story.steps(code) == ["asked", "forwarded", "undelivered"]


async def test_who_is_off_duty_has_no_desk_any_more(story: Story) -> None:
    await story.asks(story.hoa)
    await story.hoa.news()
    async with story.database.writing() as connection:
        await staff.deactivate(connection, story.people.binh, now=story.clock())
    await story.binh.says("Chị ra xã gặp em nghen")
    assert await story.hoa.news() == []


async def test_pictures_are_not_taken_for_answers(story: Story) -> None:
    await story.asks(story.hoa)
    await story.hoa.news()
    said = await story.binh.incoming(IncomingKind.MEDIA, "giấy nè", media="photo")
    assert "chỉ chuyển được chữ" in said[0]
    assert await story.hoa.news() == []


async def test_a_cadres_own_question_goes_to_somebody_else(story: Story) -> None:
    async with story.database.writing() as connection:
        member = await union.add_member(connection, "Lê Thị Bình", story.people.branch_id, now=story.clock())
        await connection.execute(
            sa.update(contact_rows).where(contact_rows.c.address == "binh").values(member_id=member)
        )
    await story.asks(story.binh)
    assert (await story.question())["state"] is QuestionState.WAITING


async def test_joining_makes_the_chat_a_desk(story: Story) -> None:
    async with story.database.writing() as connection:
        mai_id = await staff.create(
            connection,
            "Sơn Thị Mai",
            role=Role.CADRE,
            unit_id=story.people.commune_id,
            takes_questions=True,
            now=story.clock(),
        )
        code = await staff.give_join_code(connection, mai_id, story.clock())
    mai = story.chat("mai")
    [welcome] = await mai.incoming(IncomingKind.START, code)
    assert "Xã Kế Sách" in welcome
    newcomer = story.chat("newcomer2")
    assert "không đúng" in (await newcomer.says(code))[0]
    async with story.database.reading() as connection:
        kept = list(await connection.scalars(sa.select(interactions.c.text)))
    assert code not in kept


async def test_a_quoted_message_that_is_no_question_is_no_answer(story: Story) -> None:
    await story.asks(story.hoa)
    await story.hoa.news()
    await story.binh.says("3")
    await story.binh.replies("0", to="em nhắc lại")
    assert await story.hoa.news() == []


@pytest.mark.parametrize("word", ["thôi", "Hủy", "sửa", "đã rõ", "chua ro"])
async def test_a_word_for_the_assistant_is_not_sent_to_a_member_unasked(story: Story, word: str) -> None:
    await story.asks(story.hoa)
    await story.hoa.news()
    [asked] = await story.binh.says(word)
    assert "1 = gửi, 2 = không" in asked
    await story.binh.says("2")
    assert not await story.hoa.news()


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
    [asked] = await story.binh.says("3")
    await story.binh.presses("1", on=asked)
    story.clock.move(timedelta(minutes=5))
    before = [await story.steps(code) for code in codes]
    assert "không còn mở" in (await story.binh.presses("2", on=asked))[0]
    assert [await story.steps(code) for code in codes] == before


async def _unsure(story: Story) -> None:
    """She wrote something that the assistant does not know."""
    assert "chưa có câu trả lời chắc chắn" in (await story.binh.says("Đơn xin cấp bò giống nộp mấy bản"))[0]


async def test_the_question_shown_last_owns_the_digit(story: Story) -> None:
    await _unsure(story)
    code = await story.asks(story.hoa)
    [asked] = await story.binh.says("1")
    assert f"câu trả lời cho câu hỏi mã {code}" in asked
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
    [confirm] = await story.binh.presses("0", on="chưa có câu trả lời chắc chắn")
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
