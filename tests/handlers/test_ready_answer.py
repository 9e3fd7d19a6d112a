"""A cadre answers with what the FAQ has ready: seen first, sent by one more digit, and kept as evidence of what was meant."""

from pathlib import Path

import pytest
import sqlalchemy as sa

from bot.answers.bank import read_bank, read_translation
from bot.answers.loading import load_bank, load_translation
from bot.questions import ready_answers, record
from bot.store.database import Database
from bot.store.tables import askings, contacts, entries, questions
from bot.store.tables.askings import ChosenBy
from handlers.conversation import conversation
from tests import people as union
from tests.chat import Chat
from tests.conftest import MovingClock
from tests.parts import make_parts

CONTENT = Path(__file__).parents[2] / "config" / "content"
VAGUE = "vay tiền nuôi bò mua heo giống"


class Desk:
    """Hoa who asks, and Bình whose desk it comes to."""

    def __init__(self, database: Database, hoa: Chat, binh: Chat) -> None:
        self.database, self.hoa, self.binh = database, hoa, binh

    async def asks(self) -> int:
        await self.hoa.says("gặp cán bộ")
        await self.hoa.says(VAGUE)
        async with self.database.reading() as connection:
            return int((await connection.scalar(sa.select(sa.func.max(questions.c.id)))) or 0)

    async def ready(self, code: int, clock: MovingClock) -> ready_answers.ReadyAnswer | None:
        async with self.database.reading() as connection:
            question = await record.get(connection, code)
            assert question is not None
            return await ready_answers.of(connection, question, now=clock())


@pytest.fixture
async def desk(database: Database, clock: MovingClock) -> Desk:
    people = await union.settle(database, clock())
    handler = conversation(make_parts())
    async with database.writing() as connection:
        await load_bank(connection, read_bank(CONTENT / "faq.vi.yaml"), now=clock())
        await load_translation(connection, read_translation(CONTENT / "faq.km.yaml"))
        await connection.execute(sa.update(entries).values(is_on=True))

    def chat(address: str) -> Chat:
        return Chat(database, handler, people.account_id, address, clock)

    return Desk(database, chat("hoa"), chat("binh"))


async def test_the_ready_answer_is_shown_and_then_sent(desk: Desk, clock: MovingClock) -> None:
    code = await desk.asks()
    ready = await desk.ready(code, clock)
    assert ready is not None
    [letter] = await desk.binh.news()
    assert "4 = xem câu trả lời có sẵn" in letter
    assert ready.question in letter

    [shown] = await desk.binh.says("4")
    assert ready.words in shown
    assert "1 = gửi" in shown
    assert not await desk.hoa.news()
    [sent] = await desk.binh.says("1")
    assert sent.startswith("Dạ, em đã gửi câu trả lời")
    [answer] = await desk.hoa.news()
    assert ready.words in answer
    assert "{{" not in answer


@pytest.mark.parametrize("said", [["2", "Chị ra xã gặp em nghen"], ["Chị ra xã gặp em nghen"]])
async def test_she_may_write_her_own_instead(desk: Desk, said: list[str]) -> None:
    await desk.asks()
    await desk.binh.news()
    await desk.binh.says("4")
    for words in said:
        await desk.binh.says(words)
    [answer] = await desk.hoa.news()
    assert "Chị ra xã gặp em nghen" in answer


async def test_what_is_neither_sends_nothing(desk: Desk) -> None:
    await desk.asks()
    await desk.binh.says("4")
    for words in ("7", "ok", "👍"):
        await desk.binh.says(words)
    assert not await desk.hoa.news()


async def test_who_speaks_khmer_gets_the_vietnamese_beside_what_nobody_reviewed(
    desk: Desk, clock: MovingClock
) -> None:
    code = await desk.asks()
    vietnamese = await desk.ready(code, clock)
    async with desk.database.writing() as connection:
        await connection.execute(sa.update(contacts).where(contacts.c.address == "hoa").values(language="km"))
    both = await desk.ready(code, clock)
    assert vietnamese is not None
    assert both is not None
    assert any("\u1780" <= letter <= "\u17ff" for letter in both.words)
    assert vietnamese.words in both.words


async def test_an_entry_that_is_off_or_over_is_not_offered(desk: Desk, clock: MovingClock) -> None:
    code = await desk.asks()
    yesterday = clock().date().replace(year=clock().year - 1)
    async with desk.database.writing() as connection:
        await connection.execute(sa.update(entries).values(expires_on=yesterday))
    assert await desk.ready(code, clock) is None
    async with desk.database.writing() as connection:
        await connection.execute(sa.update(entries).values(expires_on=None, is_on=False))
    assert await desk.ready(code, clock) is None
    await desk.binh.news()
    [said] = await desk.binh.says("4")
    assert "không có câu trả lời sẵn" in said


async def test_that_she_sent_it_is_kept_as_evidence(desk: Desk) -> None:
    for words in (VAGUE, "0", "1"):
        await desk.hoa.says(words)
    for words in ("4", "1"):
        await desk.binh.says(words)
    async with desk.database.reading() as connection:
        entry_id = await connection.scalar(sa.select(questions.c.entry_id))
        [kept] = (await connection.execute(sa.select(askings))).all()
    assert (kept.chosen_entry_id, kept.chosen_by) == (entry_id, ChosenBy.CADRE)
    assert kept.question_id is not None
