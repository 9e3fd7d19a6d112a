"""Whose desk a question goes to: the nearest one above the member, the least busy one of a unit.

A desk is a staff member on duty who takes questions and whom a message reaches, also by the rules of her platform. Who has passed a question on, or
left it too long, does not get it again, nor does anybody get her own. Nobody anywhere: the officers' inbox. What belongs to an alert
goes to those who take alerts, while any is left.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from bot import rules
from bot.people import contacts as chats
from bot.people.contacts import Contact
from bot.questions import record
from bot.questions.open import taker_of
from bot.questions.record import Question
from bot.store.tables import accounts, alerts, contacts, outbox, question_steps, questions, staff, units
from bot.store.tables.accounts import AccountState
from bot.store.tables.alerts import AlertState
from bot.store.tables.messages import OutboxState
from bot.store.tables.people import UnitLevel
from bot.store.tables.questions import QuestionState, StepKind


@dataclass(frozen=True, slots=True)
class Desk:
    staff_id: int
    unit_id: int
    contact: Contact  # The chat in which she gets the question.


@dataclass(frozen=True, slots=True)
class DeskToChoose:
    """A desk as officers see it when they pick one."""

    staff_id: int
    name: str
    unit_id: int
    unit_name: str
    waiting: int  # How many questions lie on it.


async def desk_for(connection: AsyncConnection, question: Question, *, now: datetime) -> Desk | None:
    """The desk whose turn it is; None when there is none left."""
    passed_on = sa.select(question_steps.c.staff_id).where(
        question_steps.c.question_id == question.question_id,
        question_steps.c.kind.in_([StepKind.PASSED_ON, StepKind.OVERDUE]),
        question_steps.c.staff_id.is_not(None),
    )
    for takes in _who_takes(question):
        desks = (await _desks(connection, question, takes, now)).where(staff.c.id.not_in(passed_on))
        if (row := (await connection.execute(desks.limit(1))).one_or_none()) is not None:
            contact = await chat_of(connection, row.id, question.question_id, now=now)
            return Desk(row.id, row.unit_id, contact) if contact else None
    return None


async def desks_to_choose(
    connection: AsyncConnection, question: Question, *, now: datetime
) -> list[DeskToChoose]:
    """Every desk of the question's line, the nearest first: also one that passed it on, for an officer may insist. None where somebody
    has the alert that it belongs to.
    """
    if await taker_of(connection, question.question_id) is not None:
        return []
    for takes in _who_takes(question):
        rows = (await connection.execute(await _desks(connection, question, takes, now))).all()
        if rows:
            return [
                DeskToChoose(row.id, row.name, row.unit_id, row.unit_name, row.open_there) for row in rows
            ]
    return []


def _who_takes(question: Question) -> Sequence[sa.ColumnElement[bool]]:
    """Whose turn it is among staff; of the second only where there is nobody of the first."""
    if question.is_of_alert:
        return (staff.c.takes_alerts, staff.c.takes_questions)
    return (staff.c.takes_questions,)


async def _desks(
    connection: AsyncConnection, question: Question, takes: sa.ColumnElement[bool], now: datetime
) -> sa.Select[*tuple[Any, ...]]:
    """The desks that a question can go to, of those who `takes` it, the one whose turn it is first."""
    open_there = (
        sa.select(sa.func.count())
        .where(questions.c.staff_id == staff.c.id, questions.c.state == QuestionState.FORWARDED)
        .correlate(staff)
        .scalar_subquery()
    )
    return (
        sa.select(
            staff.c.id,
            staff.c.name,
            staff.c.unit_id,
            units.c.name.label("unit_name"),
            open_there.label("open_there"),
        )
        .join(units, units.c.id == staff.c.unit_id)
        .where(
            staff.c.is_active,
            takes,
            staff.c.unit_id.in_(await _units_above(connection, question.unit_id)),
            staff.c.id.not_in(_herself(question)),
            staff.c.id.in_(sa.select(contacts.c.staff_id).where(*_reaches_with(question.question_id, now))),
        )
        .order_by(_depth(units.c.path).desc(), open_there, staff.c.id)
    )


async def chat_of(
    connection: AsyncConnection, staff_id: int, question_id: int, *, now: datetime
) -> Contact | None:
    """The chat through which a question reaches her: the one she last wrote in, not one where it has failed."""
    reaching = await _chats(connection, staff_id, question_id, now)
    return reaching[0] if reaching else None


async def any_chat_of(connection: AsyncConnection, staff_id: int, *, now: datetime) -> Contact | None:
    """The chat through which a letter about no question reaches her now: the one she last wrote in."""
    return await chat_of(connection, staff_id, 0, now=now)


async def chats_of(connection: AsyncConnection, staff_id: int, *, now: datetime) -> list[Contact]:
    """Every chat through which a letter about no question reaches her now, the one she last wrote in first."""
    return await _chats(connection, staff_id, 0, now)


async def _chats(
    connection: AsyncConnection, staff_id: int, question_id: int, now: datetime
) -> list[Contact]:
    reaching = set(
        await connection.scalars(
            sa.select(contacts.c.id).where(contacts.c.staff_id == staff_id, *_reaches_with(question_id, now))
        )
    )
    hers = await chats.of_staff(connection, staff_id)
    return [contact for contact in hers if contact.contact_id in reaching]


async def lost(connection: AsyncConnection) -> list[int]:
    """Questions on desks that are none any more: off duty, without the desk, or reached by no chat. The oldest first."""
    holder = (
        sa.exists()
        .where(staff.c.id == questions.c.staff_id, *_holds(record.is_of_alert()))
        .correlate(questions)
    )
    found = await connection.scalars(
        sa.select(questions.c.id)
        .where(questions.c.state == QuestionState.FORWARDED, ~holder)
        .order_by(questions.c.id)
    )
    return list(found)


async def holds_a_desk(connection: AsyncConnection, staff_id: int, *, for_alerts: bool = False) -> bool:
    """Whether she is on duty, takes questions (or has taken on an alert, whose question is hers) and can be reached.

    `for_alerts`: of questions that belong to an alert, taking alerts will do.
    """
    holds = sa.select(staff.c.id).where(staff.c.id == staff_id, *_holds(sa.literal(for_alerts)))
    return (await connection.execute(holds)).scalar() is not None


def reached() -> sa.Select[tuple[int | None]]:
    """The staff whom a chat reaches, sooner or later."""
    return sa.select(contacts.c.staff_id).where(*_REACHES)


def _holds(is_of_alert: sa.ColumnElement[bool]) -> tuple[sa.ColumnElement[bool], ...]:
    """What makes somebody hold a desk for such a question."""
    has_taken = sa.exists().where(alerts.c.taken_by == staff.c.id, alerts.c.state == AlertState.TAKEN)
    return (
        staff.c.is_active,
        staff.c.takes_questions | has_taken.correlate(staff) | (staff.c.takes_alerts & is_of_alert),
        staff.c.id.in_(reached()),
    )


_ITS_ACCOUNT = sa.and_(accounts.c.id == contacts.c.account_id, accounts.c.state == AccountState.ACTIVE)
_REACHES: tuple[sa.ColumnElement[bool], ...] = (
    contacts.c.staff_id.is_not(None),
    contacts.c.unreachable_at.is_(None),
    sa.exists().where(_ITS_ACCOUNT),
)
"""What makes a staff member's chat one that messages get through to, sooner or later."""


def _reaches_with(question_id: int, now: datetime) -> tuple[sa.ColumnElement[bool], ...]:
    """What makes it one that a letter about this question gets through to now."""
    failed = sa.select(outbox.c.contact_id).where(
        outbox.c.question_id == question_id, outbox.c.state == OutboxState.FAILED
    )
    return (
        *_REACHES,
        sa.exists().where(_ITS_ACCOUNT, rules.lets_through(now)),
        contacts.c.id.not_in(failed),
    )


def _herself(question: Question) -> sa.Select[tuple[int | None]]:
    """The staff member who asked, in whichever of her chats."""
    hers = contacts.c.id == question.contact_id
    if question.member_id is not None:
        hers |= contacts.c.member_id == question.member_id
    return sa.select(contacts.c.staff_id).where(hers, contacts.c.staff_id.is_not(None))


async def _units_above(connection: AsyncConnection, unit_id: int | None) -> list[int]:
    """Her unit and all above it; for who has not said where she lives the top of the tree."""
    if unit_id is None:
        top = sa.select(units.c.id).where(units.c.level.in_([UnitLevel.PROVINCE, UnitLevel.CENTRAL]))
        return list(await connection.scalars(top))
    path = (await connection.execute(sa.select(units.c.path).where(units.c.id == unit_id))).scalar() or ""
    return [int(part) for part in path.split("/") if part]


def _depth(path: sa.ColumnElement[str]) -> sa.ColumnElement[int]:
    return sa.func.length(path) - sa.func.length(sa.func.replace(path, "/", ""))
