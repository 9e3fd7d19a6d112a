"""A small Union that is on duty, and what it is told.

Bình of the branch and "commune" of the commune, "city" of the top; all take alerts but Bình, who only has the desk for
questions. Hoa lets staff know her name, Lan does not.
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import pytest
import sqlalchemy as sa

from bot.alerts import climbing, raising, record, taking
from bot.alerts.raising import Said
from bot.alerts.record import Alert
from bot.alerts.taking import Act
from bot.answers.safety import Alarm, AlarmKind
from bot.languages import Languages
from bot.outbox import Outbox
from bot.people.contacts import Contact
from bot.questions.post import Post
from bot.store.database import Database
from bot.store.tables.people import Role
from tests import people as union
from tests.conftest import MovingClock
from tests.people import People

URGENT = Alarm(AlarmKind.VIOLENCE, urgent=True)
DOUBTFUL = Alarm(AlarmKind.THREAT, urgent=False)
WORDS = "chồng em đánh em, em sợ quá"


@dataclass
class Duty:
    """The alerts of a test."""

    database: Database
    clock: MovingClock
    people: People
    commune: int  # Staff ids.
    city: int

    @asynccontextmanager
    async def post(self) -> AsyncIterator[Post]:
        """One transaction."""
        async with self.database.writing() as connection:
            yield Post(connection, Outbox({}), Languages({}), self.clock())

    async def contact(self, address: str) -> Contact:
        return await union.contact_of(self.database, self.people.account_id, address)

    async def hear(
        self,
        words: str = WORDS,
        alarm: Alarm = URGENT,
        address: str = "hoa",
        *,
        past_local: bool = False,
        said: Said = Said.DANGER,
    ) -> Alert:
        her = await self.contact(address)
        async with self.post() as post:
            return await raising.hear(post, her, alarm, words, past_local=past_local, said=said)

    async def take(self, alert: Alert, staff_id: int) -> Act:
        async with self.post() as post:
            return await taking.take(post, alert.alert_id, staff_id=staff_id)

    async def close(self, alert: Alert) -> None:
        async with self.post() as post:
            await taking.close(post, alert.alert_id, staff_id=self.city, words="xong")

    async def tick(self) -> None:
        """What the clock does, without counting."""
        async with self.database.reading() as connection:
            due = await climbing.due(connection, self.clock())
        for alert_id in due:
            async with self.post() as post:
                await climbing.climb_due(post, alert_id)

    async def alert(self, alert_id: int) -> Alert:
        async with self.database.reading() as connection:
            found = await record.get(connection, alert_id)
        assert found is not None
        return found

    async def log(self, alert_id: int) -> list[str]:
        """The steps, with who or which route they name."""
        names = {
            self.people.an: "An", self.people.binh: "Bình", self.people.chi: "Chi", self.commune: "commune",
            self.city: "city",
        }  # fmt: skip
        async with self.database.reading() as connection:
            steps = await record.steps(connection, alert_id)
        return [
            " ".join(
                part
                for part in (
                    step.kind,
                    names.get(step.staff_id or 0, ""),
                    step.route or "",
                    step.to_whom,
                )
                if part
            )
            for step in steps
        ]

    async def letters(self, address: str) -> list[sa.Row[Any]]:
        """The outbox rows to a chat, in order."""
        return await union.letters_to(self.database, address)

    async def texts(self, address: str) -> list[str]:
        return await union.texts_to(self.database, address)

    async def add_staff(
        self,
        name: str,
        unit_id: int,
        *,
        takes_alerts: bool = True,
        takes_questions: bool = False,
        role: Role = Role.CADRE,
        has_chat: bool = True,
        **contact: Any,
    ) -> int:
        """Somebody with a chat whose address is her name."""
        return await _add_staff(
            self.database,
            self.people,
            self.clock,
            name,
            unit_id,
            takes_alerts=takes_alerts,
            takes_questions=takes_questions,
            role=role,
            has_chat=has_chat,
            **contact,
        )


async def _add_staff(
    database: Database, people: People, clock: MovingClock, name: str, unit_id: int, *,
    takes_alerts: bool = True, takes_questions: bool = False, role: Role = Role.CADRE, has_chat: bool = True, **contact: Any,
) -> int:  # fmt: skip
    async with database.writing() as connection:
        staff_id = await union.add_staff(
            connection,
            name,
            unit_id,
            role=role,
            takes_questions=takes_questions,
            takes_alerts=takes_alerts,
            now=clock(),
        )
        if has_chat:
            await union.add_contact(
                connection, people.account_id, name, staff_id=staff_id, now=clock(), **contact
            )
    return staff_id


@pytest.fixture
async def duty(database: Database, clock: MovingClock) -> Duty:
    people = await union.settle(database, clock())
    commune = await _add_staff(database, people, clock, "commune", people.commune_id)
    city = await _add_staff(database, people, clock, "city", people.province_id, role=Role.OFFICER)
    return Duty(database, clock, people, commune, city)
