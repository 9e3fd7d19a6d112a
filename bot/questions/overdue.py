"""What a desk has left too long goes one desk up, and in the end to the officers' inbox: nobody is left waiting in silence.

The spans are what the FAQ tells members (HELP-04, PRIV-06) and domain.md 4 proposes; the person it was on is told.
"""

from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.questions import forwarding, letters, record, routing
from bot.questions.post import Post
from bot.store.tables import alerts, question_steps, questions
from bot.store.tables.alerts import AlertState
from bot.store.tables.questions import QuestionState, StepKind

ORDINARY = timedelta(hours=48)
URGENT = timedelta(minutes=15)


async def overdue(connection: AsyncConnection, now: datetime) -> list[int]:
    """The questions that lie on a desk for too long, the oldest first. One that was put off counts from that moment."""
    lying_since = (
        sa.select(sa.func.max(question_steps.c.at))
        .where(
            question_steps.c.question_id == questions.c.id,
            question_steps.c.kind.in_([StepKind.FORWARDED, StepKind.LATER]),
        )
        .correlate(questions)
        .scalar_subquery()
    )
    # Whoever has taken on an alert may be with her: its own clock looks after that.
    is_looked_after = sa.exists().where(
        alerts.c.question_id == questions.c.id, alerts.c.state == AlertState.TAKEN
    )
    too_long = (lying_since <= now - ORDINARY) | (questions.c.is_urgent & (lying_since <= now - URGENT))
    found = await connection.scalars(
        sa.select(questions.c.id)
        .where(
            questions.c.state == QuestionState.FORWARDED,
            questions.c.later_until.is_(None),
            too_long,
            ~is_looked_after,
        )
        .order_by(questions.c.id)
    )
    return list(found)


async def move_up(post: Post, question_id: int) -> bool:
    """Take an overdue question off its desk and give it to the next. False when another process was faster."""
    question = await record.lock(post.connection, question_id)
    if question is None or question_id not in await overdue(post.connection, post.now):
        return False
    before = None
    if question.staff_id is not None:
        before = await routing.chat_of(post.connection, question.staff_id, question_id, now=post.now)
    await record.add_step(
        post.connection, question_id, StepKind.OVERDUE, staff_id=question.staff_id, now=post.now
    )
    await forwarding.hand_over(post, question)
    if before is not None:
        await post.notice(before, letters.moved(question, post.gettext(before)))
    return True
