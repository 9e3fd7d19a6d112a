"""What is said when a turn's handling failed for good."""

import pytest
import sqlalchemy as sa

from bot.channels.contract import IncomingKind
from bot.store.database import Database
from bot.store.tables import interactions
from handlers.conversation import apology
from tests import people as union
from tests.chat import Chat
from tests.conftest import MovingClock
from tests.parts import make_parts


async def test_an_apology_keeps_her_words_out_of_the_log(database: Database, clock: MovingClock) -> None:
    people = await union.settle(database, clock())
    chat = Chat(database, apology(make_parts()), people.account_id, "hoa", clock)
    [said] = await chat.says("chuyện riêng của tui")
    assert "trục trặc" in said
    assert "113" not in said
    async with database.reading() as connection:
        logged = " ".join(await connection.scalars(sa.select(interactions.c.text)))
    assert "chuyện riêng" not in logged


async def test_an_apology_for_words_of_danger_gives_the_numbers(
    database: Database, clock: MovingClock
) -> None:
    people = await union.settle(database, clock())
    chat = Chat(database, apology(make_parts()), people.account_id, "hoa", clock)
    [said] = await chat.says("chồng đánh tui, cứu với")
    assert all(number in said for number in ("113", "115", "111"))


@pytest.mark.parametrize("kind", [IncomingKind.TAKEN_OVER, IncomingKind.REACTED, IncomingKind.LEFT])
async def test_nobody_is_apologised_to_who_expects_no_answer(
    database: Database, clock: MovingClock, kind: IncomingKind
) -> None:
    people = await union.settle(database, clock())
    chat = Chat(database, apology(make_parts()), people.account_id, "hoa", clock)
    assert await chat.incoming(kind, "x") == []
