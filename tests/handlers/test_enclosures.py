"""Pictures, voices and files on their way between a member and the cadre who has her question."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import timedelta

import pytest
import sqlalchemy as sa

from bot.channels.contract import FetchError, FileKind, IncomingKind, Limits, Outgoing, RemoteFile
from bot.fetching import Fetcher
from bot.languages import Languages
from bot.outbox import Outbox
from bot.people import members
from bot.questions import answering, enclosures
from bot.questions.arriving import Arrivals
from bot.questions.post import Post
from bot.retention import Retention
from bot.store.database import Database
from bot.store.tables import contacts as contact_rows
from bot.store.tables import files, questions
from bot.store.tables.questions import QuestionState
from handlers.conversation import conversation
from tests import people as union
from tests.chat import Chat
from tests.conftest import MovingClock
from tests.fakes import FakeChannel
from tests.parts import make_parts
from tests.people import People

PICTURE = b"\xff\xd8\xff\xe0 a made-up picture"
LOAN = "Tôi muốn vay vốn nuôi bò thì làm giấy tờ ở đâu"
PHOTO = RemoteFile(FileKind.IMAGE, "anh")
VOICE = RemoteFile(FileKind.VOICE, "tieng")


@dataclass
class Story:
    database: Database
    clock: MovingClock
    people: People
    hoa: Chat
    binh: Chat
    channel: FakeChannel
    fetcher: Fetcher
    limits: dict[int, Limits]

    def carries_nothing(self) -> None:
        """From now on the platform takes words only."""
        self.limits[self.people.account_id] = replace(self.channel.limits, carries=frozenset())

    async def asks(self) -> int:
        await self.hoa.says("gặp cán bộ")
        await self.hoa.says(LOAN)
        await self.binh.news()
        return await self.code()

    async def code(self) -> int:
        async with self.database.reading() as connection:
            return int((await connection.execute(sa.select(sa.func.max(questions.c.id)))).scalar_one())

    async def state(self) -> QuestionState:
        async with self.database.reading() as connection:
            newest = sa.select(questions.c.state).order_by(questions.c.id.desc()).limit(1)
            return QuestionState((await connection.execute(newest)).scalar_one())

    async def fetches(self) -> None:
        while await self.fetcher.fetch_due():
            pass

    async def files_of(self, code: int | None) -> int:
        async with self.database.reading() as connection:
            count = sa.select(sa.func.count()).select_from(files).where(files.c.question_id == code)
            return (await connection.execute(count)).scalar_one()


async def sends(chat: Chat, text: str = "", *remote: RemoteFile, **given: str) -> list[str]:
    return await chat.incoming(IncomingKind.MEDIA, text, media="photo", files=remote or (PHOTO,), **given)


def carried(messages: Sequence[Outgoing]) -> list[tuple[str, str]]:
    """The messages that carry a file: their first line, and of which kind it is."""
    return [
        (message.text.partition("\n")[0], str(message.attachment.kind))
        for message in messages
        if message.attachment
    ]


@pytest.fixture
async def story(database: Database, clock: MovingClock) -> Story:
    people = await union.settle(database, clock())
    handler = conversation(make_parts())
    channel = FakeChannel(people.account_id)
    channel.files = {"anh": [PICTURE] * 9, "tieng": [b"\xff\xf1 a made-up voice"] * 9}
    limits = {people.account_id: channel.limits}
    sends_to = Outbox(limits)
    concern = Arrivals(sends_to, Languages({}), clock)
    fetcher = Fetcher(database, clock=clock, most_bytes=1000, concern=concern, on_done=lambda: None)
    await fetcher.start({people.account_id: channel})
    await fetcher.stop()  # The tests say when.
    hoa, binh = (
        Chat(database, handler, people.account_id, name, clock, sends=sends_to) for name in ("hoa", "binh")
    )
    return Story(database, clock, people, hoa, binh, channel, fetcher, limits)


# From the member


async def test_a_picture_for_an_open_question_goes_to_the_desk_that_has_it(story: Story) -> None:
    code = await story.asks()
    [said] = await sends(story.hoa)
    assert f"em gửi kèm câu hỏi mã {code} cho cán bộ" in said
    assert "căn cước" in said
    assert await story.binh.news() == []  # Not before it is here.
    await story.fetches()
    assert carried(await story.binh.new_messages()) == [(f"Kèm câu hỏi mã {code}: một tấm hình.", "image")]


async def test_a_picture_with_words_just_after_a_question_is_more_of_it(story: Story) -> None:
    code = await story.asks()
    [said] = await sends(story.hoa, "giấy của em đây")
    assert f"Mã vẫn là {code}" in said
    [letter] = await story.binh.news()
    assert "giấy của em đây" in letter
    await story.fetches()
    assert len(carried(await story.binh.new_messages())) == 1


async def test_a_picture_with_words_long_after_a_question_is_a_new_one(story: Story) -> None:
    await story.asks()
    story.clock.move(timedelta(hours=2))
    said = await sends(story.hoa, "cái này xin ở đâu vậy em")
    assert "cán bộ" in said[0]
    assert await story.binh.news() == []


async def test_a_picture_alone_is_answered_as_ever_and_may_go_to_a_person(story: Story) -> None:
    [said] = await sends(story.hoa)
    assert "em chưa xem được hình" in said
    assert "chị xóa đi cho an toàn" in said
    await story.fetches()  # It is here before she asks.
    await story.hoa.says("0")
    [done] = await story.hoa.says(LOAN)
    assert "Em gửi kèm 1 hình" in done
    messages = await story.binh.new_messages()
    assert LOAN in messages[0].text
    assert carried(messages) == [(f"Kèm câu hỏi mã {await story.code()}: một tấm hình.", "image")]


async def test_a_picture_whose_words_become_a_question_goes_with_it(story: Story) -> None:
    await sends(story.hoa, LOAN)
    [confirm] = await story.hoa.says("0")
    assert "Câu hỏi có kèm 1 hình" in confirm
    await story.hoa.says("1")
    await story.fetches()
    assert len(carried(await story.binh.new_messages())) == 1


async def test_no_picture_is_promised_to_a_desk_that_takes_none(story: Story) -> None:
    story.carries_nothing()
    await sends(story.hoa, LOAN)
    [confirm] = await story.hoa.says("0")
    assert "Câu hỏi có kèm 1 hình" in confirm  # For whom, nobody knows yet.
    [done] = await story.hoa.says("1")
    assert "gửi kèm" not in done
    assert "cán bộ phụ trách của Hội mở xem" in done


async def test_a_picture_in_the_middle_of_asking_goes_with_what_she_asks(story: Story) -> None:
    await story.hoa.says("gặp cán bộ")
    [said] = await sends(story.hoa)
    assert "em gửi kèm câu hỏi của chị" in said
    assert "viết câu hỏi bằng chữ" in said
    await story.hoa.says(LOAN)
    await story.fetches()
    assert len(carried(await story.binh.new_messages())) == 1


async def test_a_question_written_under_a_picture_takes_it_along(story: Story) -> None:
    await story.hoa.says("gặp cán bộ")
    [done] = await sends(story.hoa, LOAN)
    assert "Em gửi kèm 1 hình" in done
    await story.fetches()
    assert len(carried(await story.binh.new_messages())) == 1


async def test_an_album_is_answered_once_and_goes_whole(story: Story) -> None:
    await story.asks()
    said = [await sends(story.hoa, album="a1") for _ in range(3)]
    assert [len(lines) for lines in said] == [1, 0, 0]
    await story.fetches()
    assert len(carried(await story.binh.new_messages())) == 3


async def test_what_is_long_past_goes_along_with_nothing(story: Story) -> None:
    await sends(story.hoa)
    story.clock.move(timedelta(hours=1))
    code = await story.asks()
    assert (await story.files_of(code), await story.files_of(None)) == (0, 1)


async def test_a_picture_that_nothing_was_asked_about_is_forgotten_after_a_day(story: Story) -> None:
    await sends(story.hoa)
    await story.fetches()
    retention = Retention(story.database, story.clock, keep_messages=timedelta(days=90))
    story.clock.move(timedelta(hours=23))
    await retention.forget()
    assert await story.files_of(None) == 1
    story.clock.move(timedelta(hours=2))
    await retention.forget()
    assert await story.files_of(None) == 0


async def test_of_danger_and_from_a_quiet_phone_nothing_is_kept(story: Story) -> None:
    await sends(story.hoa, "chong danh em")
    await story.hoa.says("KIN")
    [said] = await sends(story.hoa)
    assert "em chưa xem được hình" in said
    async with story.database.reading() as connection:
        assert (await connection.execute(sa.select(files))).all() == []


async def test_a_private_question_takes_no_picture_along(story: Story) -> None:
    code = await story.asks()
    async with story.database.writing() as connection:
        await connection.execute(sa.update(questions).values(is_sensitive=True))
    [said] = await sends(story.hoa)
    assert "em chưa xem được hình" in said
    assert await story.files_of(code) == 0


async def test_a_picture_that_cannot_be_fetched_is_said_to_her(story: Story) -> None:
    code = await story.asks()
    story.channel.files["anh"] = [FetchError("gone", is_final=True)]
    await sends(story.hoa)
    await story.fetches()
    [said] = await story.hoa.news()
    assert f"không lấy được hình hay tập tin chị gửi kèm câu hỏi mã {code}" in said
    assert await story.binh.news() == []


async def test_the_next_desk_gets_the_picture_too(story: Story) -> None:
    async with story.database.writing() as connection:
        mai = await union.add_staff(
            connection, "Võ Thị Mai", story.people.commune_id, takes_questions=True, now=story.clock()
        )
        await union.add_contact(connection, story.people.account_id, "mai", staff_id=mai, now=story.clock())
    await story.asks()
    await sends(story.hoa)
    await story.fetches()
    await story.binh.says("2")
    mai_chat = Chat(story.database, conversation(make_parts()), story.people.account_id, "mai", story.clock)
    assert len(carried(await mai_chat.new_messages())) == 1


async def test_with_everything_erased_the_pictures_are_gone(story: Story) -> None:
    code = await story.asks()
    await sends(story.hoa)
    await story.fetches()
    hoa = await union.contact_of(story.database, story.people.account_id, "hoa")
    async with story.database.writing() as connection:
        await members.erase(connection, hoa.contact_id, now=story.clock())
    assert (await story.files_of(code), await story.files_of(None)) == (0, 0)


# From the cadre


async def test_a_cadres_picture_as_a_reply_is_the_answer(story: Story) -> None:
    code = await story.asks()
    await story.binh.presses("1")
    [said] = await sends(story.binh)
    assert f"em gửi cho chị hội viên ngay (mã {code})" in said
    assert await story.hoa.news() == []
    await story.fetches()
    [answer] = await story.hoa.new_messages()
    assert answer.attachment is not None
    assert "(một tấm hình)" in answer.text
    assert "Chị thấy rõ chưa?" in answer.text
    assert await story.state() is QuestionState.ANSWERED


async def test_a_picture_that_quotes_the_question_is_the_answer(story: Story) -> None:
    await story.asks()
    await sends(story.binh, "", VOICE, reply_to=await story.binh.platform_id(LOAN))
    await story.fetches()
    assert carried(await story.hoa.new_messages()) == [
        ("Cán bộ Chi hội An Ninh trả lời câu hỏi của chị:", "voice")
    ]


async def test_words_below_a_picture_go_at_once_and_the_picture_follows(story: Story) -> None:
    code = await story.asks()
    await story.binh.says("1")
    await sends(story.binh, "Chị điền theo mẫu này nghen")
    [answer] = await story.hoa.news()
    assert "Chị điền theo mẫu này nghen" in answer
    await story.fetches()
    assert carried(await story.hoa.new_messages()) == [
        (f"Cán bộ gửi kèm câu trả lời cho câu hỏi mã {code} của chị: một tấm hình.", "image")
    ]


async def test_a_word_of_the_alerts_below_a_picture_keeps_both_from_the_member(story: Story) -> None:
    await story.asks()
    await story.binh.says("1")
    [said] = await sends(story.binh, "XONG 12: đã đưa chị ấy về nhà mẹ")
    assert "em chưa gửi gì" in said
    await story.fetches()
    assert await story.hoa.news() == []


async def test_a_cadres_album_goes_whole(story: Story) -> None:
    await story.asks()
    await story.binh.says("1")
    said = [await sends(story.binh, album="a1") for _ in range(3)]
    assert [len(lines) for lines in said] == [1, 0, 0]
    await story.fetches()
    assert len(carried(await story.hoa.new_messages())) == 3


async def test_a_picture_that_may_be_for_anybody_goes_to_nobody(story: Story) -> None:
    await story.asks()
    [said] = await sends(story.binh)
    assert "cho câu hỏi nào" in said
    await story.fetches()
    assert await story.hoa.news() == []
    async with story.database.reading() as connection:
        assert (await connection.execute(sa.select(files))).all() == []


async def test_words_after_a_picture_that_was_the_answer_are_asked_about(story: Story) -> None:
    code = await story.asks()
    await story.binh.says("1")
    await sends(story.binh)
    await story.fetches()
    await story.hoa.news()
    [asked] = await story.binh.says("la giay moi hop do chi")
    assert f"(mã {code}) phải không? 1 = gửi" in asked
    assert await story.hoa.news() == []
    await story.binh.says("1")
    assert "la giay moi hop do chi" in (await story.hoa.news())[0]


async def test_words_after_a_picture_that_is_still_on_its_way_are_the_answer(story: Story) -> None:
    await story.asks()
    await story.binh.says("1")
    await sends(story.binh)
    await story.binh.says("la giay moi hop do chi")
    assert "la giay moi hop do chi" in (await story.hoa.news())[0]
    await story.fetches()
    assert len(carried(await story.hoa.new_messages())) == 1


async def test_a_second_picture_follows_the_first(story: Story) -> None:
    await story.asks()
    await story.binh.says("1")
    for _ in range(2):
        [said] = await sends(story.binh)
        assert "em gửi cho chị hội viên ngay" in said
        await story.fetches()
    assert len(carried(await story.hoa.new_messages())) == 2


async def test_a_second_picture_after_another_question_came_goes_to_nobody(story: Story) -> None:
    await story.asks()
    await story.binh.says("1")
    await sends(story.binh)
    await story.fetches()
    await story.hoa.news()
    await story.asks()
    [said] = await sends(story.binh)
    assert "cho câu hỏi nào" in said


async def test_a_picture_while_suggestions_are_open_is_asked_about(story: Story) -> None:
    await story.binh.says("Đơn xin cấp bò giống nộp mấy bản")
    await story.asks()
    [said] = await sends(story.binh)
    assert "cho câu hỏi nào" in said
    await story.binh.says("CAUHOI")
    await story.binh.says("1")
    [said] = await sends(story.binh)
    assert "em gửi cho chị hội viên ngay" in said


async def test_she_is_told_at_once_that_the_members_app_takes_no_picture(story: Story) -> None:
    code = await story.asks()
    story.carries_nothing()
    await story.binh.says("1")
    [said] = await sends(story.binh)
    assert f"ứng dụng của chị ấy không nhận được hình hay tập tin chị gửi cho câu hỏi mã {code}" in said
    assert await story.files_of(code) == 0
    await story.binh.says("Dạ tờ đơn mẫu số 2 đó chị")
    assert "tờ đơn mẫu số 2" in (await story.hoa.news())[0]


async def test_words_below_a_picture_go_where_the_picture_cannot(story: Story) -> None:
    code = await story.asks()
    story.carries_nothing()
    said = await sends(story.binh, "Chị điền theo mẫu này nghen", reply_to=await story.binh.platform_id(LOAN))
    assert "em đã gửi câu trả lời" in said[0]
    assert "không nhận được hình hay tập tin" in said[1]
    assert "Chị điền theo mẫu này nghen" in (await story.hoa.news())[0]
    assert await story.files_of(code) == 0


async def test_a_desk_that_takes_no_picture_is_told_who_can_open_it(story: Story) -> None:
    code = await story.asks()
    story.carries_nothing()
    await sends(story.hoa)
    await story.fetches()
    [letter] = await story.binh.new_messages()
    assert letter.attachment is None
    assert letter.text.startswith(f"Kèm câu hỏi mã {code}: một tấm hình.")
    assert "nhờ cán bộ phụ trách mở xem" in letter.text
    assert await story.files_of(code) == 1


async def test_of_a_private_question_only_words_go(story: Story) -> None:
    await story.asks()
    async with story.database.writing() as connection:
        await connection.execute(sa.update(questions).values(is_sensitive=True))
    await story.binh.says("1")
    [said] = await sends(story.binh)
    assert "chuyện riêng" in said


async def test_a_cadre_is_told_that_her_picture_did_not_come(story: Story) -> None:
    code = await story.asks()
    await story.binh.says("1")
    story.channel.files["anh"] = [FetchError("gone", is_final=True)]
    await sends(story.binh)
    await story.fetches()
    [said] = await story.binh.news()
    assert f"chị gửi cho câu hỏi mã {code}" in said
    assert await story.state() is QuestionState.FORWARDED


async def test_a_picture_too_late_is_not_sent(story: Story) -> None:
    code = await story.asks()
    await story.binh.says("1")
    await sends(story.binh)
    async with story.database.writing() as connection:
        post = Post(connection, Outbox({}), Languages({}), story.clock())
        await answering.answer(post, code, staff_id=story.people.an, words="An trả lời rồi")
    await story.hoa.news()
    await story.binh.news()
    await story.fetches()
    assert await story.hoa.news() == []
    assert "đã có người khác lo" in (await story.binh.news())[0]


# As a page shows them


async def test_a_page_shows_the_files_of_a_question(story: Story) -> None:
    code = await story.asks()
    await sends(story.hoa)
    await story.fetches()
    story.channel.files["tieng"] = [FetchError("gone", is_final=True)]
    await sends(story.hoa, "", VOICE)
    await story.fetches()
    await sends(story.hoa)
    async with story.database.reading() as connection:
        found = await enclosures.of_question(connection, code)
        address = sa.select(contact_rows.c.staff_id).where(contact_rows.c.address == "hoa")
        assert (await connection.execute(address)).scalar() is None
    assert [(file.kind, file.is_here, file.is_lost, file.is_of_staff) for file in found] == [
        (FileKind.IMAGE, True, False, False),
        (FileKind.VOICE, False, True, False),
        (FileKind.IMAGE, False, False, False),
    ]
