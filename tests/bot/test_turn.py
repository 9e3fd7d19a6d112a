"""A turn of one person while others act on the same rows."""

import asyncio
from gettext import NullTranslations

from bot.channels.contract import Incoming, IncomingKind
from bot.languages import Languages
from bot.outbox import Outbox
from bot.questions import answering, asking
from bot.questions.post import Post
from bot.store.database import Database
from bot.turn import close_turn, open_turn
from tests import people
from tests.chat import Chat
from tests.conftest import MovingClock
from tests.locks import until_it_waits


async def test_an_answer_that_comes_during_a_turn_offers_no_digits_that_mean_something_else(
    database: Database, clock: MovingClock
) -> None:
    union = await people.settle(database, clock())
    hoa = await people.contact_of(database, union.account_id, "hoa")
    outgoing = Outbox({})

    async def nothing(_turn: object) -> None: ...

    chat = Chat(database, nothing, union.account_id, "hoa", clock)
    await chat.says("chào")  # From now on her conversation has a row, and nothing is being asked.
    async with database.writing() as connection:
        post = Post(connection, outgoing, Languages({}), clock())
        code, _desk = await asking.ask(post, hoa, "chuyện của tôi", unit_id=union.branch_id)

    async def answer() -> None:
        async with database.writing() as connection:
            post = Post(connection, outgoing, Languages({}), clock())
            await answering.answer(post, code, staff_id=union.binh, words="lời của cán bộ")

    async with database.writing() as connection:
        turn = await open_turn(
            connection,
            hoa,
            Incoming("hoa", IncomingKind.TEXT, "vay vốn"),
            now=clock(),
            translations=NullTranslations(),
            outbox=outgoing,
        )
        answered = asyncio.create_task(answer())
        await until_it_waits(database, answered)
        turn.conversation.begin("suggest")
        await close_turn(turn)
    await answered
    [said] = await chat.news()
    assert (await chat.conversation()).flow == "suggest"
    assert "1 = đã rõ" not in said
