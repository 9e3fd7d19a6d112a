"""While a person of the Union writes to a member by hand, the assistant keeps quiet, but for what must not wait."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import pytest
import sqlalchemy as sa

from bot.channels.contract import FileKind, IncomingKind, RemoteFile
from bot.languages import Languages
from bot.outbox import Outbox
from bot.people import contacts as bot_contacts
from bot.questions.upkeep import Upkeep
from bot.store.database import Database
from bot.store.tables import contacts, interactions, questions
from bot.store.tables.messages import Direction
from bot.store.tables.questions import QuestionState
from handlers.conversation import conversation
from handlers.parts import Parts
from tests import people as union
from tests.chat import Chat
from tests.conftest import MovingClock
from tests.handlers.on_duty import MURMUR
from tests.people import People

LOAN = "Tôi muốn vay vốn nuôi bò thì làm giấy tờ ở đâu"
DANGER = "chồng đánh tui, cứu với"
Line = tuple[str, str, str]


@dataclass
class Story:
    database: Database
    clock: MovingClock
    people: People
    hoa: Chat
    binh: Chat

    async def human_says(self, text: str = "Chị ơi, em là An bên Hội", *, to: str = "hoa", at: datetime | None = None) -> list[str]:  # fmt: skip
        chat = self.hoa if to == "hoa" else self.binh
        return await chat.incoming(IncomingKind.TAKEN_OVER, text, at=at)

    async def log(self) -> Sequence[Line]:
        """Direction, kind and words of every line of hers, the oldest first."""
        async with self.database.reading() as connection:
            rows = await connection.execute(
                sa.select(interactions.c.direction, interactions.c.kind, interactions.c.text)
                .join(contacts, contacts.c.id == interactions.c.contact_id)
                .where(contacts.c.address == "hoa")
                .order_by(interactions.c.id)
            )
            return [(str(row.direction), row.kind, row.text) for row in rows]

    async def contact(self) -> sa.Row[tuple[object, ...]]:
        async with self.database.reading() as connection:
            return (await connection.execute(sa.select(contacts).where(contacts.c.address == "hoa"))).one()

    async def question(self) -> sa.Row[tuple[object, ...]]:
        async with self.database.reading() as connection:
            return (await connection.execute(sa.select(questions))).one()


async def _time_goes_by(story: Story, span: timedelta) -> list[str]:
    """The scheduler's tick after a while; what she gets of it."""
    story.clock.move(span)
    await story.hoa.news()
    upkeep = Upkeep(story.database, Outbox({}), Languages({}), story.clock, lambda: None)
    await upkeep.hand_back()
    return await story.hoa.news()


@pytest.mark.parametrize(
    ("said", "last"),
    [("Dạ em hỏi chút", "she"), ("", "the person")],
    ids=["she wrote last", "the person wrote last"],
)
async def test_who_wrote_last_and_heard_nothing_is_told_how_to_reach_a_cadre(
    story: Story, said: str, last: str
) -> None:
    await story.hoa.says("chào em")
    await story.human_says()
    if said:
        assert await story.hoa.says(said) == []
    assert await _time_goes_by(story, timedelta(minutes=119)) == []
    told = await _time_goes_by(story, timedelta(minutes=2))
    assert ["em trực lại đây" in text for text in told] == ([True] if last == "she" else [])
    assert await _time_goes_by(story, timedelta(minutes=2)) == []
    assert (await story.contact()).human_until is None


async def test_a_quiet_phone_is_told_nothing_when_the_person_is_gone(story: Story) -> None:
    await story.hoa.says("KIN")
    await story.human_says()
    await story.hoa.says("Dạ em hỏi chút")
    assert await _time_goes_by(story, timedelta(hours=3)) == []


@pytest.fixture
async def story(database: Database, clock: MovingClock, parts: Parts) -> Story:
    people = await union.settle(database, clock())
    handler = conversation(parts)

    def chat(address: str) -> Chat:
        return Chat(database, handler, people.account_id, address, clock, languages=parts.languages)

    return Story(database, clock, people, chat("hoa"), chat("binh"))


async def test_she_is_left_to_the_person_and_both_are_in_the_log(story: Story) -> None:
    before = await story.contact()
    assert await story.human_says() == []
    assert await story.hoa.says("dạ em nghe chị") == []
    assert await story.log() == [
        ("out", "human", "Chị ơi, em là An bên Hội"),
        ("in", "text", "dạ em nghe chị"),
    ]
    contact = await story.contact()
    assert before.last_in_at is None
    assert contact.last_in_at == story.clock()


SAID_TO_THE_PERSON = [
    (IncomingKind.TEXT, "xin chào"),
    (IncomingKind.TEXT, "cảm ơn em"),
    (IncomingKind.TEXT, "1"),
    (IncomingKind.TEXT, LOAN),
    (IncomingKind.TEXT, "dung"),
    (IncomingKind.TEXT, "đúng"),
    (IncomingKind.TEXT, "nhan tin"),
    (IncomingKind.TEXT, "da ro"),
    (IncomingKind.START, ""),
    (IncomingKind.FOLLOWED, ""),
    (IncomingKind.MEDIA, ""),
    (IncomingKind.MEDIA, "giấy này nè chị"),
    (IncomingKind.PHONE, "84912000111"),
    (IncomingKind.REACTED, "/-heart"),
]


async def test_what_is_said_to_the_person_is_not_answered(story: Story) -> None:
    await story.human_says()
    for kind, text in SAID_TO_THE_PERSON:
        media = "photo" if kind is IncomingKind.MEDIA else ""
        assert await story.hoa.incoming(kind, text, media=media) == [], (kind, text)


@pytest.mark.parametrize(
    ("words", "answer"),
    [
        (DANGER, "113"),
        ("NGUNG", "không gửi tin báo cho chị nữa"),
        ("dừng", "không gửi tin báo cho chị nữa"),
        ("KIN", "HETKIN"),
        ("HOSO", "Em đang giữ của chị"),
        ("XOA", "1. Xóa hết"),
        ("DANGKY", ""),
        ("0", ""),
        ("gặp cán bộ", ""),
    ],
)
async def test_what_must_not_wait_is_answered(story: Story, words: str, answer: str) -> None:
    await story.human_says()
    said = await story.hoa.says(words)
    assert said
    assert answer in said[0]


async def test_a_form_that_she_begins_meanwhile_goes_on(story: Story) -> None:
    await story.human_says()
    await story.hoa.says("XOA")
    [done] = await story.hoa.says("1")
    assert "đã xóa hết" in done
    assert (await story.contact()).member_id is None


async def test_after_words_of_danger_0_reaches_a_cadre(story: Story) -> None:
    await story.human_says()
    await story.hoa.says(MURMUR)
    await story.hoa.says("0")
    await story.hoa.says("1")
    question = await story.question()
    assert (question.text, question.is_urgent, question.is_sensitive) == (MURMUR, True, True)


async def test_what_was_open_is_closed_when_the_person_comes(story: Story) -> None:
    newcomer = story.hoa
    await newcomer.says("gặp cán bộ")
    assert (await newcomer.conversation()).flow
    await story.human_says()
    assert (await newcomer.conversation()).flow == ""
    assert await newcomer.says("dạ được") == []
    async with story.database.reading() as connection:
        assert await connection.scalar(sa.select(sa.func.count()).select_from(questions)) == 0


async def test_what_she_had_asked_before_is_still_there_for_0(story: Story) -> None:
    await story.hoa.says("Đơn xin cấp bò giống nộp mấy bản")
    await story.human_says()
    [offer] = await story.hoa.says("0")
    assert "Đơn xin cấp bò giống nộp mấy bản" in offer


async def test_a_cadres_answer_arrives_and_can_be_called_clear(story: Story) -> None:
    await story.hoa.says("gặp cán bộ")
    await story.hoa.says(LOAN)
    await story.hoa.news()
    await story.human_says()
    await story.binh.says("Chị ghé nhà văn hóa ấp sáng thứ hai nghen")
    [answer] = await story.hoa.news()
    assert "nhà văn hóa ấp" in answer
    assert await story.hoa.says("1")
    assert (await story.question()).state is QuestionState.CLOSED


async def test_clear_said_to_the_person_closes_no_earlier_question(story: Story) -> None:
    await story.hoa.says("gặp cán bộ")
    await story.hoa.says(LOAN)
    await story.binh.says("Chị ghé nhà văn hóa ấp sáng thứ hai nghen")
    await story.hoa.news()
    await story.human_says()
    assert await story.hoa.says("dạ em hiểu rồi") == []
    assert await story.hoa.says("đã hiểu") == []
    assert (await story.question()).state is QuestionState.ANSWERED
    assert await story.hoa.replies("đã hiểu", to="nhà văn hóa ấp")
    assert (await story.question()).state is QuestionState.CLOSED


async def test_a_cadres_desk_goes_on(story: Story) -> None:
    await story.hoa.says("gặp cán bộ")
    await story.hoa.says(LOAN)
    await story.human_says(to="binh")
    assert await story.binh.says("CAUHOI")
    [sent] = await story.binh.replies("Chị ghé nhà văn hóa ấp sáng thứ hai nghen", to=LOAN)
    assert "đã gửi câu trả lời" in sent


async def test_afterwards_it_goes_on_as_usual(story: Story) -> None:
    await story.human_says()
    story.clock.move(timedelta(minutes=90))
    await story.human_says("Chị cần gì nữa không?")
    story.clock.move(timedelta(minutes=119))
    assert await story.hoa.says("xin chào") == []
    story.clock.move(timedelta(minutes=1))
    assert await story.hoa.says("xin chào")


async def test_a_person_of_two_hours_ago_is_not_there_any_more(story: Story) -> None:
    """Zalo may tell it late."""
    await story.human_says(at=story.clock() - timedelta(minutes=110))
    assert await story.hoa.says("xin chào") == []
    story.clock.move(timedelta(minutes=10))
    assert await story.hoa.says("xin chào")


async def test_what_is_told_late_does_not_shorten_the_quiet(story: Story) -> None:
    await story.human_says()
    await story.human_says("câu trước đó", at=story.clock() - timedelta(minutes=110))
    story.clock.move(timedelta(minutes=60))
    assert await story.hoa.says("xin chào") == []


async def test_private_words_of_either_are_not_kept(story: Story) -> None:
    await story.hoa.says(DANGER)
    await story.human_says("Chị đang ở đâu, em tới liền")
    await story.hoa.says(DANGER)
    await story.hoa.incoming(IncomingKind.PHONE, "84912000111")
    await story.human_says("chồng chị còn đánh chị không")
    words = [line[2] for line in await story.log()]
    assert set(words) == {""}


async def test_a_picture_that_the_person_sent_is_named(story: Story) -> None:
    await story.hoa.incoming(
        IncomingKind.TAKEN_OVER, "Mẫu đơn đây chị", media="photo", files=(RemoteFile(FileKind.IMAGE, "https://x.zdn.vn/1"),)
    )  # fmt: skip
    assert await story.log() == [(Direction.OUT, "human", "Mẫu đơn đây chị [photo]")]


# Greeting, following, reacting


async def test_whoever_follows_is_greeted_once(story: Story) -> None:
    [greeting] = await story.hoa.incoming(IncomingKind.FOLLOWED)
    assert "Em là Chị Hội" in greeting
    assert await story.hoa.incoming(IncomingKind.FOLLOWED) == []
    contact = await story.contact()
    assert (contact.is_follower, contact.last_in_at) == (True, story.clock())
    assert [line[:2] for line in await story.log()] == [("out", "text"), ("in", "start"), ("in", "start")]
    story.clock.move(timedelta(days=1, seconds=1))
    assert await story.hoa.incoming(IncomingKind.FOLLOWED)


async def test_whoever_has_just_been_answered_is_not_greeted_for_following(story: Story) -> None:
    await story.hoa.says("xin chào")
    assert await story.hoa.incoming(IncomingKind.FOLLOWED) == []


async def test_following_reaches_her_again(story: Story) -> None:
    async with story.database.writing() as connection:
        await bot_contacts.change(connection, (await story.contact()).id, unreachable_at=story.clock())
    await story.hoa.incoming(IncomingKind.FOLLOWED)
    assert (await story.contact()).unreachable_at is None


async def test_a_sign_below_a_message_is_a_line_of_the_log_and_no_more(story: Story) -> None:
    await story.hoa.says("gặp cán bộ")
    before, conversation_before = await story.contact(), await story.hoa.conversation()
    story.clock.move(timedelta(hours=1))
    assert await story.hoa.incoming(IncomingKind.REACTED, "/-strong", reply_to="f0e1") == []
    assert (await story.log())[-1] == ("in", "reaction", "/-strong")
    assert (await story.contact()).last_in_at == before.last_in_at
    assert await story.hoa.conversation() == conversation_before
