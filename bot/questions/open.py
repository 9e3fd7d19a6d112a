"""Finding questions: what lies on a desk, what a member has asked, which question a message belongs to."""

from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.people.contacts import Contact
from bot.questions import record
from bot.questions.record import Question
from bot.store.tables import alerts, contacts, outbox, question_steps, questions, staff, units
from bot.store.tables.alerts import AlertState
from bot.store.tables.people import UnitLevel
from bot.store.tables.questions import QuestionState, StepKind

VERDICT_WITHIN = timedelta(days=14)
"""So long after an answer "đã rõ" and "chưa rõ" still mean it."""


async def has_open_questions(connection: AsyncConnection, staff_id: int) -> bool:
    """Whether questions wait on the desk of an active staff member."""
    on_desk = (
        sa.select(questions.c.id)
        .join(staff, staff.c.id == questions.c.staff_id)
        .where(
            questions.c.staff_id == staff_id, questions.c.state == QuestionState.FORWARDED, staff.c.is_active
        )
    )
    return (await connection.execute(on_desk.limit(1))).scalar() is not None


async def on_desk(connection: AsyncConnection, staff_id: int) -> list[Question]:
    """The open questions of a desk, the one she was last shown first."""
    shown = (
        sa.select(outbox.c.question_id, sa.func.max(outbox.c.id).label("row"))
        .join(contacts, contacts.c.id == outbox.c.contact_id)
        .where(contacts.c.staff_id == staff_id, outbox.c.question_id.is_not(None))
        .group_by(outbox.c.question_id)
        .subquery()
    )
    rows = await connection.execute(
        sa.select(questions.c.id)
        .outerjoin(shown, shown.c.question_id == questions.c.id)
        .where(questions.c.staff_id == staff_id, questions.c.state == QuestionState.FORWARDED)
        .order_by(sa.func.coalesce(shown.c.row, 0).desc(), questions.c.id.desc())
    )
    ids = list(rows.scalars())
    found = {
        question.question_id: question
        for question in await record.select(connection, questions.c.id.in_(ids))
    }
    return [found[question_id] for question_id in ids]


async def is_shown_after(connection: AsyncConnection, contact_id: int, staff_id: int, row_id: int) -> bool:
    """Whether a question that lies on this desk was shown in this chat after that message of ours."""
    later = (
        sa.select(outbox.c.id)
        .join(questions, questions.c.id == outbox.c.question_id)
        .where(
            outbox.c.contact_id == contact_id,
            outbox.c.id > row_id,
            questions.c.staff_id == staff_id,
            questions.c.state == QuestionState.FORWARDED,
        )
    )
    return (await connection.execute(later.limit(1))).scalar() is not None


async def latest_row(connection: AsyncConnection, contact_id: int, question_id: int) -> int:
    """The outbox row of the latest message about a question in this chat; 0 when there is none."""
    found = sa.select(sa.func.max(outbox.c.id)).where(
        outbox.c.contact_id == contact_id, outbox.c.question_id == question_id
    )
    return (await connection.execute(found)).scalar() or 0


async def quoted(connection: AsyncConnection, contact_id: int, platform_id: str) -> int | None:
    """The question that our message with this platform id was about, if it was about one and was sent to this chat."""
    if not platform_id:
        return None
    found = sa.select(outbox.c.question_id).where(
        outbox.c.contact_id == contact_id,
        outbox.c.platform_id == platform_id,
        outbox.c.question_id.is_not(None),
    )
    return (await connection.execute(found.limit(1))).scalar()


async def was_on_desk(connection: AsyncConnection, question_id: int, staff_id: int) -> bool:
    """Whether she has had this question forwarded to her or has answered it."""
    hers = sa.select(question_steps.c.id).where(
        question_steps.c.question_id == question_id,
        question_steps.c.staff_id == staff_id,
        question_steps.c.kind.in_([StepKind.FORWARDED, StepKind.ANSWERED]),
    )
    return (await connection.execute(hers.limit(1))).scalar() is not None


async def is_kept_from(connection: AsyncConnection, question_id: int, staff_id: int) -> bool:
    """Whether it belongs to an alert of which she wants nobody near her home to know, and this one is not of the top."""
    past_local = sa.select(alerts.c.id).where(alerts.c.question_id == question_id, alerts.c.is_past_local)
    if (await connection.execute(past_local.limit(1))).scalar() is None:
        return False
    level = sa.select(units.c.level).join(staff, staff.c.unit_id == units.c.id).where(staff.c.id == staff_id)
    return await connection.scalar(level) not in {UnitLevel.PROVINCE, UnitLevel.CENTRAL}


async def taker_of(connection: AsyncConnection, question_id: int) -> int | None:
    """Whoever has taken on the alert that it belongs to."""
    taken = sa.select(alerts.c.taken_by).where(
        alerts.c.question_id == question_id, alerts.c.state == AlertState.TAKEN
    )
    found: int | None = await connection.scalar(taken.limit(1))
    return found


def asked_by(contact: Contact) -> sa.ColumnElement[bool]:
    """The questions of a person: those of this chat, and as a member those of her other chats."""
    here = questions.c.contact_id == contact.contact_id
    return here if contact.member_id is None else here | (questions.c.member_id == contact.member_id)


async def of_person(connection: AsyncConnection, contact: Contact) -> list[Question]:
    """Everything she asked, the latest first."""
    return await record.select(connection, asked_by(contact), newest_first=True)


async def latest_answered(connection: AsyncConnection, contact: Contact, *, now: datetime) -> Question | None:
    """The question whose answer she may still say "đã rõ" or "chưa rõ" to."""
    found = await record.select(
        connection,
        questions.c.contact_id == contact.contact_id,
        questions.c.state == QuestionState.ANSWERED,
        questions.c.answered_at > now - VERDICT_WITHIN,
    )
    return max(found, key=lambda question: question.answered_at or question.asked_at, default=None)
