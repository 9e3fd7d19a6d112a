"""Taking somebody's words out of her questions, wherever they went: the record, the letters, and the desks they lay on.

A cadre's own chat keeps more of them than the letters: what she typed and had not yet sent, the lists of her desk that
quote them, and, in the web chat, the page of everything said. All of that since the question was asked goes too; what
belongs to other people's questions stays, but for the words of a log line that says nothing of whom it was about.
"""

from collections.abc import Sequence
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.people import staff_chats
from bot.people.staff_chats import StaffChat
from bot.store.tables import (
    contacts,
    conversations,
    files,
    interactions,
    outbox,
    question_steps,
    questions,
)
from bot.store.tables.messages import Direction, OutboxState
from bot.store.tables.questions import QuestionState
from bot.store.types import Moment

DESK_KIND = "desk"
"""The kind by which the log names a message of the desk that quotes questions."""


async def erase_questions(
    connection: AsyncConnection, contact_ids: Sequence[int], member_id: int | None, *, now: datetime
) -> None:
    """Erase the words of the questions of these chats and of this member, and close the open ones: nobody can be answered."""
    whose: sa.ColumnElement[bool] = questions.c.contact_id.in_(contact_ids)
    if member_id is not None:
        whose |= questions.c.member_id == member_id
    asked = list(await connection.scalars(sa.select(questions.c.id).where(whose)))
    if not asked:
        return
    # The desks' conversations before the questions, as a cadre's own turn locks them: neither waits for the other in a ring.
    desks = await _desks_of(connection, asked, contact_ids)
    held = sa.select(conversations.c.contact_id).where(_of(desks, conversations.c.contact_id))
    await connection.execute(held.order_by(conversations.c.contact_id).with_for_update())
    # And their letters, as a sender does that records what became of one.
    letters = sa.select(outbox.c.id).where(outbox.c.question_id.in_(asked))
    await connection.execute(letters.order_by(outbox.c.id).with_for_update())
    ids = list(await connection.scalars(sa.select(questions.c.id).where(whose).with_for_update()))
    for desk in await _desks_of(connection, ids, contact_ids):  # Anew: it may have been passed on just now.
        await _clear_desk(connection, desk, ids)
    await _clear_record(connection, ids, now)


async def _desks_of(
    connection: AsyncConnection, question_ids: Sequence[int], not_these: Sequence[int]
) -> list[StaffChat]:
    """Every chat a letter of these questions was written to, and every chat of staff who had one, but for her own."""
    by_letter = (
        sa.select(interactions.c.contact_id, interactions.c.question_id)
        .where(interactions.c.question_id.in_(question_ids))
        .union(
            sa.select(outbox.c.contact_id, outbox.c.question_id).where(
                outbox.c.question_id.in_(question_ids)
            ),
            sa.select(contacts.c.id, question_steps.c.question_id)
            .join(question_steps, question_steps.c.staff_id == contacts.c.staff_id)
            .where(question_steps.c.question_id.in_(question_ids)),
            sa.select(contacts.c.id, questions.c.id)
            .join(questions, questions.c.staff_id == contacts.c.staff_id)
            .where(questions.c.id.in_(question_ids)),
        )
        .subquery("by_letter")
    )
    found = await connection.execute(
        sa.select(contacts.c.id, contacts.c.account_id, contacts.c.address, sa.func.min(questions.c.asked_at))
        .join(by_letter, by_letter.c.contact_id == contacts.c.id)
        .join(questions, questions.c.id == by_letter.c.question_id)
        .where(contacts.c.id.not_in(not_these))
        .group_by(contacts.c.id, contacts.c.account_id, contacts.c.address)
        .order_by(contacts.c.id)
    )
    return [StaffChat(*row) for row in found]


async def _clear_desk(connection: AsyncConnection, desk: StaffChat, question_ids: Sequence[int]) -> None:
    await staff_chats.end_conversation(
        connection,
        desk,
        lambda data: bool({data.get("question"), *(data.get("questions") or ())} & set(question_ids)),
    )
    quoting = sa.and_(
        interactions.c.contact_id == desk.contact_id,
        interactions.c.at >= desk.since,
        interactions.c.question_id.is_(None),
        interactions.c.entry_id.is_(None),
        (interactions.c.direction == Direction.IN) | (interactions.c.kind == DESK_KIND),
    )
    lists = sa.select(interactions.c.outbox_id).where(quoting, interactions.c.kind == DESK_KIND)
    # Of the letters that carry no question nobody can say any more what they quote: those that are out go. Of those that
    # are not, only the lists: the rest is still to be read.
    uncarried = sa.and_(
        outbox.c.question_id.is_(None),
        outbox.c.created_at >= desk.since,
        outbox.c.state.in_([OutboxState.SENT, OutboxState.FAILED]) | outbox.c.id.in_(lists),
    )
    deleted = await connection.scalars(
        sa.delete(outbox)
        .where(outbox.c.contact_id == desk.contact_id, outbox.c.question_id.in_(question_ids) | uncarried)
        .returning(outbox.c.id)
    )
    await staff_chats.clear_letters(connection, desk, deleted.all())
    await connection.execute(sa.update(interactions).where(quoting).values(text="", text_folded=""))
    await staff_chats.forget_typed(connection, desk)


async def _clear_record(connection: AsyncConnection, ids: Sequence[int], now: datetime) -> None:
    await connection.execute(
        sa.update(question_steps).where(question_steps.c.question_id.in_(ids)).values(text="")
    )
    await connection.execute(
        sa.update(interactions).where(interactions.c.question_id.in_(ids)).values(text="", text_folded="")
    )
    await connection.execute(sa.delete(outbox).where(outbox.c.question_id.in_(ids)))
    await connection.execute(sa.delete(files).where(files.c.question_id.in_(ids)))
    await connection.execute(
        sa.update(questions)
        .where(questions.c.id.in_(ids))
        .values(
            text="",
            contact_id=None,
            member_id=None,
            message_id="",
            state=QuestionState.CLOSED,
            closed_at=sa.func.coalesce(questions.c.closed_at, sa.bindparam("closed_now", now, Moment())),
        )
    )


def _of(desks: Sequence[StaffChat], column: sa.ColumnElement[int]) -> sa.ColumnElement[bool]:
    return column.in_([desk.contact_id for desk in desks])
