"""A question as it stands, and the trail of what happened to it.

Whoever changes a question locks its row first, so that a cadre's answer, an officer's and the member's own words
come one after the other whichever process handles them.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from bot import text
from bot.store.tables import alerts, question_steps, questions
from bot.store.tables.questions import QuestionState, StepKind

MOST_UNITS = 4000
"""So much of a question, an addition or an answer is kept, in UTF-16 units."""


@dataclass(frozen=True, slots=True)
class Question:
    question_id: int  # Also the tracking code.
    contact_id: int | None  # None: she had everything erased.
    member_id: int | None
    unit_id: int | None
    text: str
    state: QuestionState
    is_urgent: bool
    is_sensitive: bool
    staff_id: int | None  # Whose desk it is on, or who answered it.
    asked_at: datetime
    later_until: datetime | None
    answered_at: datetime | None
    message_id: str = ""  # The platform's id of the message in which she asked, where it is known.
    entry_id: str | None = None  # The entry of the FAQ that is nearest to it, where one is near.
    is_of_alert: bool = False  # A woman in danger and whoever helps her write with each other through it.

    @property
    def is_open(self) -> bool:
        return self.state in {QuestionState.WAITING, QuestionState.FORWARDED}


def bounded(words: str) -> str:
    """Words as they are kept and passed on."""
    return text.cut(text.clean(words), MOST_UNITS)


async def get(connection: AsyncConnection, question_id: int) -> Question | None:
    rows = await select(connection, questions.c.id == question_id)
    return rows[0] if rows else None


async def lock(connection: AsyncConnection, question_id: int) -> Question | None:
    """The question, to be changed by nobody else until the transaction ends."""
    row = await connection.execute(
        _select().where(questions.c.id == question_id).with_for_update(of=questions)
    )
    found = row.one_or_none()
    return _question(found) if found else None


async def select(
    connection: AsyncConnection, *conditions: sa.ColumnElement[bool], newest_first: bool = False
) -> list[Question]:
    order = questions.c.id.desc() if newest_first else questions.c.id.asc()
    rows = await connection.execute(_select().where(*conditions).order_by(order))
    return [_question(row) for row in rows]


async def change(connection: AsyncConnection, question_id: int, **values: Any) -> None:
    await connection.execute(sa.update(questions).where(questions.c.id == question_id).values(**values))


async def add_step(
    connection: AsyncConnection,
    question_id: int,
    kind: StepKind,
    *,
    now: datetime,
    staff_id: int | None = None,
    words: str = "",
) -> None:
    await connection.execute(
        sa.insert(question_steps).values(
            question_id=question_id, kind=kind, staff_id=staff_id, text=words, at=now
        )
    )


async def latest_words(
    connection: AsyncConnection, question_id: int, kind: StepKind, *, staff_id: int | None = None
) -> str:
    """What the latest step of a kind said (by this staff member); empty when there is none."""
    found = (
        sa.select(question_steps.c.text)
        .where(question_steps.c.question_id == question_id, question_steps.c.kind == kind)
        .order_by(question_steps.c.id.desc())
        .limit(1)
    )
    if staff_id is not None:
        found = found.where(question_steps.c.staff_id == staff_id)
    return (await connection.execute(found)).scalar() or ""


async def added_words(connection: AsyncConnection, question_id: int) -> Sequence[str]:
    """What she wrote to it later, the oldest first."""
    found = await connection.scalars(
        sa.select(question_steps.c.text)
        .where(
            question_steps.c.question_id == question_id,
            question_steps.c.kind == StepKind.ADDED,
            question_steps.c.text != "",
        )
        .order_by(question_steps.c.id)
    )
    return found.all()


async def is_held(connection: AsyncConnection, question_id: int) -> bool:
    """Whether its latest answer is known to wait until she writes again."""
    latest = (
        sa.select(question_steps.c.kind)
        .where(
            question_steps.c.question_id == question_id,
            question_steps.c.kind.in_([StepKind.ANSWERED, StepKind.HELD]),
        )
        .order_by(question_steps.c.id.desc())
        .limit(1)
    )
    return (await connection.execute(latest)).scalar() is StepKind.HELD


def is_of_alert() -> sa.ColumnElement[bool]:
    """`Question.is_of_alert` as a condition on a row of questions."""
    return sa.exists().where(alerts.c.question_id == questions.c.id).correlate(questions)


def _select() -> sa.Select[*tuple[Any, ...]]:
    return sa.select(questions, is_of_alert().label("is_of_alert"))


def _question(row: sa.Row[Any]) -> Question:
    return Question(
        question_id=row.id,
        contact_id=row.contact_id,
        member_id=row.member_id,
        unit_id=row.unit_id,
        text=row.text,
        state=row.state,
        is_urgent=row.is_urgent,
        is_sensitive=row.is_sensitive,
        staff_id=row.staff_id,
        asked_at=row.asked_at,
        later_until=row.later_until,
        answered_at=row.answered_at,
        message_id=row.message_id,
        entry_id=row.entry_id,
        is_of_alert=row.is_of_alert,
    )
