"""From a member's "0" to the cadre's answer, through the real conversation; and who has a desk."""

from datetime import timedelta

import pytest
import sqlalchemy as sa

from bot.channels.contract import IncomingKind
from bot.people import staff
from bot.store.database import Database
from bot.store.tables import alerts, interactions, questions
from bot.store.tables import contacts as contact_rows
from bot.store.tables.people import Role
from bot.store.tables.questions import QuestionState
from tests import people as union
from tests.conftest import MovingClock
from tests.handlers import desk_story
from tests.handlers.desk_story import LOAN, Story
from tests.handlers.on_duty import MURMUR


@pytest.fixture
async def story(database: Database, clock: MovingClock) -> Story:
    return await desk_story.settle(database, clock)


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
    await story.hoa.says(MURMUR)
    for words in ("0", "1"):
        await story.hoa.says(words)
    await story.binh.replies("Chị tới gặp tui nghen, tui giữ kín", to=MURMUR)
    answers = [message for message in await story.hoa.new_messages() if "tui giữ kín" in message.text]
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
    await story.gives_the_commune_a_desk("mai")
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
    await newcomer.says(MURMUR)
    await newcomer.says("0")
    assert "hộp thư" in (await newcomer.says("1"))[0]
    question = await story.question()
    assert (question["is_urgent"], question["is_sensitive"]) == (True, True)


async def test_a_sensitive_question_reaches_the_cadre_but_not_the_log(story: Story) -> None:
    await story.hoa.says(MURMUR)
    await story.hoa.says("0")
    await story.hoa.says("1")
    [letter, *_] = await story.binh.news()
    assert MURMUR in letter
    assert "GẤP" in letter
    await story.binh.replies("Chị qua nhà em liền nghen", to=MURMUR)
    assert any("Chị qua nhà em liền nghen" in text for text in await story.hoa.news())
    async with story.database.reading() as connection:
        kept = " ".join(await connection.scalars(sa.select(interactions.c.text)))
    assert "kiểm tra" not in kept
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
    assert await story.count(alerts) == 1  # Whoever is on duty is told, as of anybody's cry.


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
    mai_id = await story.gives_the_commune_a_desk("mai")
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
    await story.gives_the_commune_a_desk("mai")
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
    assert listed.splitlines()[1].startswith("1. «Lớp may")
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
    assert "CAUHOI" in welcome
    assert "BAODONG" not in welcome  # She is not on duty.
    newcomer = story.chat("newcomer2")
    assert "không đúng" in (await newcomer.says(code))[0]
    async with story.database.reading() as connection:
        kept = list(await connection.scalars(sa.select(interactions.c.text)))
    assert code not in kept


@pytest.mark.parametrize(
    ("role", "duties", "told"),
    [
        (Role.CADRE, {"questions"}, {"CAUHOI"}),
        (Role.CADRE, {"questions", "alerts"}, {"CAUHOI", "BAODONG"}),
        (Role.OFFICER, {"alerts"}, {"BAODONG", "DUYET"}),
        (Role.CADRE, set(), set()),
    ],
    ids=["questions", "both", "officer on duty", "nothing yet"],
)
async def test_who_joins_is_told_what_she_can_do_here(
    story: Story, role: Role, duties: set[str], told: set[str]
) -> None:
    async with story.database.writing() as connection:
        mai_id = await staff.create(
            connection,
            "Sơn Thị Mai",
            role=role,
            unit_id=story.people.commune_id,
            takes_questions="questions" in duties,
            takes_alerts="alerts" in duties,
            now=story.clock(),
        )
        code = await staff.give_join_code(connection, mai_id, story.clock())
    [welcome] = await story.chat("mai").says(code)
    assert {word for word in ("CAUHOI", "BAODONG", "DUYET") if word in welcome} == told
    assert welcome.endswith("chị hỏi cán bộ đã cho chị mã này.")
