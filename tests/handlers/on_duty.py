"""The small Union with people on duty: Mai in the commune, Thu at the top. For tests of alerts in chats."""

from collections.abc import Callable
from dataclasses import dataclass

import sqlalchemy as sa

from bot.alerts import record
from bot.alerts.record import Alert, Step
from bot.store.database import Database
from bot.store.tables import alerts, staff
from bot.store.tables.alerts import AlertState, AlertStepKind
from bot.store.tables.people import Role
from handlers.conversation import conversation
from handlers.parts import Parts
from tests import people as union
from tests.chat import Chat
from tests.conftest import MovingClock
from tests.people import People

CRY = "chồng đánh em, cứu em với"
"""Urgent by a phrase of the file."""

MURMUR = "ổng kiểm tra điện thoại tui hoài"
"""Sounds like danger, and is not certain."""


@dataclass
class OnDuty:
    database: Database
    clock: MovingClock
    people: People
    mai: int  # Staff ids.
    thu: int
    chat: Callable[[str], Chat]

    async def alert(self) -> Alert:
        """The latest."""
        async with self.database.reading() as connection:
            alert_id = await connection.scalar(sa.select(sa.func.max(alerts.c.id)))
            assert alert_id is not None
            found = await record.get(connection, alert_id)
        assert found is not None
        return found

    async def gives_the_desk_to_mai(self) -> None:
        """Bình has left: the questions of the branch come to Mai."""
        async with self.database.writing() as connection:
            await connection.execute(
                sa.update(staff).where(staff.c.id == self.mai).values(takes_questions=True)
            )
            await connection.execute(
                sa.update(staff).where(staff.c.id == self.people.binh).values(is_active=False)
            )

    async def cries(self, *, address: str = "hoa", words: str = CRY) -> int:
        """Somebody writes words of danger; returns the code."""
        await self.chat(address).says(words)
        return (await self.alert()).alert_id

    async def state(self) -> tuple[AlertState, int | None]:
        """Of the latest: how it stands, and who has it."""
        alert = await self.alert()
        return alert.state, alert.taken_by

    async def count(self) -> int:
        async with self.database.reading() as connection:
            return (await connection.execute(sa.select(sa.func.count()).select_from(alerts))).scalar_one()

    async def last_step(self, alert_id: int) -> Step:
        """Of the log of an alert."""
        async with self.database.reading() as connection:
            return (await record.steps(connection, alert_id))[-1]

    async def steps(self, alert_id: int) -> list[AlertStepKind]:
        async with self.database.reading() as connection:
            return [step.kind for step in await record.steps(connection, alert_id)]


async def settle(database: Database, clock: MovingClock, parts: Parts) -> OnDuty:
    """Bình holds the desk for questions of the branch; Mai (commune) and Thu (top) take alerts."""
    people = await union.settle(database, clock())
    now = clock()
    async with database.writing() as connection:
        mai = await union.add_staff(connection, "Sơn Thị Mai", people.commune_id, now=now)
        thu = await union.add_staff(
            connection, "Đỗ Thị Thu", people.province_id, role=Role.OFFICER, login="thu", now=now
        )
        await connection.execute(sa.update(staff).where(staff.c.id.in_([mai, thu])).values(takes_alerts=True))
        for address, staff_id in (("mai", mai), ("thu", thu)):
            await union.add_contact(connection, people.account_id, address, staff_id=staff_id, now=now)
    handler = conversation(parts)

    def chat(address: str) -> Chat:
        return Chat(database, handler, people.account_id, address, clock, languages=parts.languages)

    return OnDuty(database, clock, people, mai, thu, chat)
