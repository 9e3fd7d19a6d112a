"""What is forgotten of questions that have long been over. Each forgets up to `limit` of those over since `before`, and returns of how many."""

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.store.tables import files, mailbox, outbox, question_steps, questions
from bot.store.tables.messages import RESTING
from bot.store.tables.questions import QuestionState
from bot.store.types import Moment

_IS_OVER = questions.c.state.in_([QuestionState.ANSWERED, QuestionState.CLOSED])


async def forget(connection: AsyncConnection, before: datetime, limit: int) -> int:
    """What was answered or closed long ago stays as a count, without words and without whose it was."""
    has_something = (
        (questions.c.text != "") | questions.c.contact_id.is_not(None) | questions.c.member_id.is_not(None)
    )
    touched = sa.exists().where(question_steps.c.question_id == questions.c.id, question_steps.c.at >= before)
    ids = await _over_before(connection, before, limit, has_something, ~touched)
    await _clear_words(connection, ids)
    await connection.execute(
        sa.update(questions)
        .where(questions.c.id.in_(ids))
        .values(
            contact_id=None,
            member_id=None,
            message_id="",
            state=QuestionState.CLOSED,
            closed_at=sa.func.coalesce(questions.c.closed_at, questions.c.answered_at),
        )
    )
    return len(ids)


async def forget_private_words(connection: AsyncConnection, before: datetime, limit: int) -> int:
    """Her words and what she was answered, of a private matter; that it was asked and answered stays."""
    ids = await _over_before(connection, before, limit, questions.c.is_sensitive, questions.c.text != "")
    await _clear_words(connection, ids)
    return len(ids)


async def _over_before(
    connection: AsyncConnection, before: datetime, limit: int, *conditions: sa.ColumnElement[bool]
) -> list[int]:
    """A chunk of the questions that have been over since before then, locked: whoever writes to one is waited for."""
    over_at = sa.func.coalesce(questions.c.closed_at, questions.c.answered_at)
    found = await connection.scalars(
        sa.select(questions.c.id)
        .where(_IS_OVER, over_at < sa.bindparam("before", before, Moment()), *conditions)
        .order_by(questions.c.id)
        .limit(limit)
        .with_for_update()
    )
    return list(found)


async def _clear_words(connection: AsyncConnection, ids: list[int]) -> None:
    await connection.execute(
        sa.update(question_steps).where(question_steps.c.question_id.in_(ids)).values(text="")
    )
    await connection.execute(sa.update(questions).where(questions.c.id.in_(ids)).values(text=""))
    await connection.execute(sa.delete(files).where(files.c.question_id.in_(ids)))
    # Its letters: where messages are kept for long, they would outlast it.
    carried = sa.select(outbox.c.id).where(outbox.c.question_id.in_(ids), outbox.c.state.in_(RESTING))
    letters = (await connection.scalars(carried)).all()
    await connection.execute(
        sa.delete(mailbox).where(mailbox.c.key.in_([f"reply:{letter}" for letter in letters]))
    )
    await connection.execute(sa.delete(outbox).where(outbox.c.id.in_(letters)))
