"""Whose desk a question goes to: the nearest one above the member, the least busy one of a unit.

A desk is a staff member on duty who takes questions and whom a message reaches, also by the rules of her platform. Who has passed a question on, or
left it too long, does not get it again, nor does anybody get her own. Nobody anywhere: the officers' inbox.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from bot import rules
from bot.people import contacts as chats
from bot.people.contacts import Contact
from bot.questions.record import Question
from bot.store.tables import accounts, contacts, outbox, question_steps, questions, staff, units
from bot.store.tables.accounts import AccountState
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
    desks = await _desks(connection, question, now)
    row = (await connection.execute(desks.where(staff.c.id.not_in(passed_on)).limit(1))).one_or_none()
    if row is None:
        return None
    contact = await chat_of(connection, row.id, question.question_id, now=now)
    return Desk(row.id, row.unit_id, contact) if contact else None


async def desks_to_choose(
    connection: AsyncConnection, question: Question, *, now: datetime
) -> list[DeskToChoose]:
    """Every desk of the question's line, the nearest first: also one that passed it on, for an officer may insist."""
    rows = await connection.execute(await _desks(connection, question, now))
    return [DeskToChoose(row.id, row.name, row.unit_id, row.unit_name, row.open_there) for row in rows]


async def _desks(
    connection: AsyncConnection, question: Question, now: datetime
) -> sa.Select[*tuple[Any, ...]]:
    """The desks that a question can go to, the one whose turn it is first."""
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
            staff.c.takes_questions,
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
    reaching = set(
        await connection.scalars(
            sa.select(contacts.c.id).where(contacts.c.staff_id == staff_id, *_reaches_with(question_id, now))
        )
    )
    hers = await chats.of_staff(connection, staff_id)
    return next((contact for contact in hers if contact.contact_id in reaching), None)


async def any_chat_of(connection: AsyncConnection, staff_id: int, *, now: datetime) -> Contact | None:
    """The chat through which a letter about no question reaches her now: the one she last wrote in."""
    return await chat_of(connection, staff_id, 0, now=now)


async def lost(connection: AsyncConnection) -> list[int]:
    """Questions on desks that are none any more: off duty, without the desk, or reached by no chat. The oldest first."""
    reachable = sa.select(contacts.c.staff_id).where(*_REACHES)
    holds = sa.select(staff.c.id).where(staff.c.is_active, staff.c.takes_questions, staff.c.id.in_(reachable))
    found = await connection.scalars(
        sa.select(questions.c.id)
        .where(
            questions.c.state == QuestionState.FORWARDED,
            questions.c.staff_id.is_(None) | questions.c.staff_id.not_in(holds),
        )
        .order_by(questions.c.id)
    )
    return list(found)


async def holds_a_desk(connection: AsyncConnection, staff_id: int) -> bool:
    """Whether she is on duty, takes questions and can be reached."""
    holds = sa.select(staff.c.id).where(
        staff.c.id == staff_id,
        staff.c.is_active,
        staff.c.takes_questions,
        staff.c.id.in_(sa.select(contacts.c.staff_id).where(*_REACHES)),
    )
    return (await connection.execute(holds)).scalar() is not None


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
