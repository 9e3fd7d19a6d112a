"""Reminding cadres of what they put off. The scheduler ticks; the rows are the truth."""

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.questions import forwarding, letters, record
from bot.questions.post import Post
from bot.store.tables import questions
from bot.store.tables.questions import QuestionState


async def due_reminders(connection: AsyncConnection, now: datetime) -> list[int]:
    """The questions whose cadre asked to be reminded by now, the longest due first."""
    found = await connection.scalars(
        sa.select(questions.c.id)
        .where(questions.c.state == QuestionState.FORWARDED, questions.c.later_until <= now)
        .order_by(questions.c.later_until, questions.c.id)
    )
    return list(found)


async def remind(post: Post, question_id: int) -> bool:
    """Remind once. False when another process has done it, or there is nothing to be reminded of any more."""
    question = await record.lock(post.connection, question_id)
    if question is None or question.state is not QuestionState.FORWARDED:
        return False
    if question.later_until is None or question.later_until > post.now:
        return False
    await record.change(post.connection, question_id, later_until=None)
    await forwarding.tell_desk(post, question, lambda _: letters.reminder(question, _))
    return True
