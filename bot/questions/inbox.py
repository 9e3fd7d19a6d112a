"""The questions as officers see them: what waits and where, what happened to each, and giving one to a desk of their choice.

An officer sees the questions of her unit and everything below it, and of who asked no more than a forward shows: what she is
and where, her name only if she allowed it. The question through which a woman in danger writes with whoever helps her is seen by
those who are told of words of danger alone. Answering and closing stand in `answering`.
"""

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.people.viewers import Viewer, in_sight
from bot.questions import forwarding, letters, record, routing
from bot.questions.post import Post
from bot.questions.record import Question
from bot.questions.routing import Desk
from bot.store import pages
from bot.store.pages import Order, Page, Place
from bot.store.tables import (
    accounts,
    contacts,
    members,
    outbox,
    question_steps,
    questions,
    staff,
    units,
)
from bot.store.tables.messages import OutboxState
from bot.store.tables.people import MemberStatus, UnitLevel
from bot.store.tables.questions import QuestionState, StepKind

PAGE_SIZE = 30
OPEN = (QuestionState.WAITING, QuestionState.FORWARDED)

Row = sa.Row[*tuple[Any, ...]]
_TOP = (UnitLevel.PROVINCE, UnitLevel.CENTRAL)
_URGENT_FIRST = sa.case((questions.c.is_urgent, 0), else_=1)


async def counts(connection: AsyncConnection, viewer: Viewer) -> dict[QuestionState, int]:
    """How many questions of each state the viewer sees."""
    found = await connection.execute(
        sa.select(questions.c.state, sa.func.count().label("questions"))
        .where(_hers_to_see(viewer))
        .group_by(questions.c.state)
    )
    return {QuestionState(row.state): row.questions for row in found}


async def page(connection: AsyncConnection, viewer: Viewer, state: QuestionState, place: Place) -> Page[Row]:
    """The questions of one state: open ones urgent first, then the longest waiting; done ones the latest first."""
    query = _select(viewer).where(questions.c.state == state)
    if state in OPEN:
        order = Order((_URGENT_FIRST, questions.c.id), questions.c.id)
    else:
        order = Order((questions.c.id,), questions.c.id, descending=True)
    return await pages.fetch(connection, query, order, place, size=PAGE_SIZE)


async def get(connection: AsyncConnection, viewer: Viewer, question_id: int) -> Row | None:
    """One question, if it is the viewer's business."""
    return (await connection.execute(_select(viewer).where(questions.c.id == question_id))).one_or_none()


async def steps(connection: AsyncConnection, question_id: int) -> Sequence[Row]:
    """What happened to it, in order: `id`, `kind`, `at`, `text` and the `name` of the staff member it concerns."""
    found = await connection.execute(
        sa.select(
            question_steps.c.id,
            question_steps.c.kind,
            question_steps.c.at,
            question_steps.c.text,
            staff.c.name,
        )
        .outerjoin(staff, staff.c.id == question_steps.c.staff_id)
        .where(question_steps.c.question_id == question_id)
        .order_by(question_steps.c.id)
    )
    return found.all()


async def last_step(connection: AsyncConnection, question_id: int) -> int:
    """The id of the latest step: who has seen it has seen the question as it stands."""
    latest = sa.select(sa.func.max(question_steps.c.id)).where(question_steps.c.question_id == question_id)
    return (await connection.execute(latest)).scalar() or 0


async def give_to(post: Post, question: Question, desk_staff_id: int) -> bool:
    """Put an open question on the desk of this staff member. False when she is none of those that can be chosen (any more).

    A desk that had it before is told that it need do nothing.
    """
    chosen = next(
        (
            desk
            for desk in await routing.desks_to_choose(post.connection, question, now=post.now)
            if desk.staff_id == desk_staff_id
        ),
        None,
    )
    chat = (
        await routing.chat_of(post.connection, desk_staff_id, question.question_id, now=post.now)
        if chosen
        else None
    )
    if chosen is None or chat is None or not question.is_open:
        return False
    had_it = question.staff_id if question.state is QuestionState.FORWARDED else None
    await forwarding.hand_to(post, question, Desk(chosen.staff_id, chosen.unit_id, chat))
    if had_it not in {None, desk_staff_id}:
        await _tell_moved(post, question, had_it)
    return True


async def _tell_moved(post: Post, question: Question, staff_id: int | None) -> None:
    chat = (
        await routing.chat_of(post.connection, staff_id, question.question_id, now=post.now)
        if staff_id
        else None
    )
    if chat is not None:
        await post.notice(chat, letters.moved(question, post.gettext(chat)))


def _hers_to_see(viewer: Viewer) -> sa.ColumnElement[bool]:
    seen = in_sight(viewer, questions.c.unit_id)
    if viewer.sees_alerts:
        return seen
    return seen & (~record.is_of_alert() | (questions.c.staff_id == viewer.staff_id))


def _select(viewer: Viewer) -> sa.Select[*tuple[Any, ...]]:
    above = units.alias("above")
    forwarded_at = (
        sa.select(sa.func.max(question_steps.c.at))
        .where(question_steps.c.question_id == questions.c.id, question_steps.c.kind == StepKind.FORWARDED)
        .correlate(questions)
        .scalar_subquery()
    )
    waits = sa.exists().where(
        outbox.c.question_id == questions.c.id,
        outbox.c.contact_id == questions.c.contact_id,
        outbox.c.state == OutboxState.HELD,
    )
    return (
        sa.select(
            questions.c.id,
            questions.c.text,
            questions.c.state,
            questions.c.is_urgent,
            questions.c.is_sensitive,
            questions.c.asked_at,
            questions.c.later_until,
            questions.c.answered_at,
            questions.c.closed_at,
            questions.c.unit_id,
            questions.c.staff_id,
            questions.c.contact_id,
            forwarded_at.label("forwarded_at"),
            staff.c.name.label("staff_name"),
            units.c.name.label("unit_name"),
            sa.case((above.c.level.not_in(_TOP), above.c.name)).label("above_name"),
            accounts.c.channel,
            accounts.c.id.label("account_id"),
            accounts.c.name.label("account_name"),
            accounts.c.state.label("account_state"),
            sa.func.coalesce(accounts.c.state_at, accounts.c.created_at).label("account_state_at"),
            # How long her platform lets an answer through, says `bot.rules` of these.
            contacts.c.last_in_at,
            accounts.c.may_cost,
            contacts.c.human_until,
            waits.correlate(questions).label("is_held"),  # An answer lies here until she writes again.
            (members.c.status == MemberStatus.RECOGNISED).label("is_member"),
            sa.case((members.c.allows_name_to_cadres, members.c.full_name)).label("asker_name"),
        )
        .outerjoin(staff, staff.c.id == questions.c.staff_id)
        .outerjoin(units, units.c.id == questions.c.unit_id)
        .outerjoin(above, above.c.id == units.c.parent_id)
        .outerjoin(members, members.c.id == questions.c.member_id)
        .outerjoin(contacts, contacts.c.id == questions.c.contact_id)
        .outerjoin(accounts, accounts.c.id == contacts.c.account_id)
        .where(_hers_to_see(viewer))
    )
