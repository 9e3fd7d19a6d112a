"""A member who asks, another, and Bình, whose desk the questions of their branch come to. For tests of desks in chats."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from bot.store.database import Database
from bot.store.tables import question_steps, questions
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

    async def gives_the_commune_a_desk(self, address: str) -> int:
        """Somebody above Bình takes questions from now on, in this chat; returns her id."""
        now = self.clock()
        async with self.database.writing() as connection:
            staff_id = await union.add_staff(
                connection, "Sơn Thị Mai", self.people.commune_id, takes_questions=True, now=now
            )
            await union.add_contact(connection, self.people.account_id, address, staff_id=staff_id, now=now)
        return staff_id

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


async def settle(database: Database, clock: MovingClock) -> Story:
    people = await union.settle(database, clock())
    handler = conversation(make_parts())

    def chat(address: str) -> Chat:
        return Chat(database, handler, people.account_id, address, clock)

    return Story(database, clock, people, chat("hoa"), chat("lan"), chat("binh"), chat)
