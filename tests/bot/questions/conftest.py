"""A small Union with a question in it, and the letters that were written about it."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import pytest
import sqlalchemy as sa

from bot.languages import Languages
from bot.outbox import Outbox
from bot.questions import asking, record
from bot.questions.post import Post
from bot.questions.record import Question
from bot.store.database import Database
from bot.store.tables import question_steps
from tests import people as union
from tests.conftest import MovingClock
from tests.people import People


@dataclass
class Desks:
    """The Union's questions in a test."""

    database: Database
    clock: MovingClock
    people: People

    @asynccontextmanager
    async def post(self) -> AsyncIterator[Post]:
        """One transaction."""
        async with self.database.writing() as connection:
            yield Post(connection, Outbox({}), Languages({}), self.clock())

    async def ask(self, address: str = "hoa", words: str = "Lớp may khi nào khai giảng", **marks: Any) -> int:
        contact = await union.contact_of(self.database, self.people.account_id, address)
        async with self.post() as post:
            code, _desk = await asking.ask(post, contact, words, unit_id=contact.unit_id, **marks)
        return code

    async def question(self, code: int) -> Question:
        async with self.database.reading() as connection:
            question = await record.get(connection, code)
        assert question is not None
        return question

    async def steps(self, code: int) -> list[str]:
        async with self.database.reading() as connection:
            steps = sa.select(question_steps.c.kind).where(question_steps.c.question_id == code)
            return [str(kind) for kind in await connection.scalars(steps.order_by(question_steps.c.id))]

    async def letters(self, address: str) -> list[sa.Row[Any]]:
        """The outbox rows to a chat, in order."""
        return await union.letters_to(self.database, address)

    async def texts(self, address: str) -> list[str]:
        return await union.texts_to(self.database, address)

    async def add_cadre(self, name: str, unit_id: int, **contact: Any) -> int:
        """A cadre with a desk and a chat whose address is her name."""
        async with self.database.writing() as connection:
            staff_id = await union.add_staff(
                connection, name, unit_id, takes_questions=True, now=self.clock()
            )
            await union.add_contact(
                connection, self.people.account_id, name, staff_id=staff_id, now=self.clock(), **contact
            )
        return staff_id


@pytest.fixture
async def desks(database: Database, clock: MovingClock) -> Desks:
    return Desks(database, clock, await union.settle(database, clock()))
