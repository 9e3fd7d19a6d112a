"""A member's question to a person: taking it down, and what she adds to it later."""

from dataclasses import replace
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.people.contacts import Contact
from bot.questions import enclosures, forwarding, letters, record
from bot.questions.post import Post
from bot.questions.record import Question
from bot.questions.routing import Desk
from bot.store.tables import questions
from bot.store.tables.questions import QuestionState, StepKind


async def reserve_code(connection: AsyncConnection, *, now: datetime) -> int:
    """A code that no question has or will be given: for an alert, whose question `take_down` gives it.

    Both databases count on for ever, whatever becomes of the row.
    """
    row = questions.insert().values(text="", state=QuestionState.CLOSED, asked_at=now)
    code = int((await connection.execute(row.returning(questions.c.id))).scalar_one())
    await connection.execute(sa.delete(questions).where(questions.c.id == code))
    return code


async def ask(
    post: Post,
    contact: Contact,
    words: str,
    *,
    unit_id: int | None,
    is_urgent: bool = False,
    is_sensitive: bool = False,
    message_id: str = "",
    entry_id: str | None = None,
) -> tuple[int, Desk | None]:
    """Take a question down, with what she has just sent unless it is private, and hand it over. Returns its tracking code and the desk (None: the officers' inbox).

    `unit_id` is where she lives, None when she has not said; `message_id` the platform's, of the message that she asked in;
    `entry_id` the entry nearest to her words, which the cadre may send as the answer.
    """
    question = await take_down(
        post,
        contact,
        words,
        unit_id=unit_id,
        is_urgent=is_urgent,
        is_sensitive=is_sensitive,
        message_id=message_id,
        entry_id=entry_id,
    )
    return question.question_id, await forwarding.hand_over(post, question)


async def take_down(
    post: Post,
    contact: Contact,
    words: str,
    *,
    unit_id: int | None,
    is_urgent: bool = False,
    is_sensitive: bool = False,
    message_id: str = "",
    entry_id: str | None = None,
    code: int | None = None,
    asked_at: datetime | None = None,
) -> Question:
    """Take a question down as `ask` does, and hand it to nobody yet: it waits in the officers' inbox. `code` is one that was reserved
    for it; `asked_at` when she wrote these words, if that was before now.
    """
    reserved: dict[str, Any] = {} if code is None else {"id": code}
    inserted = await post.connection.execute(
        questions.insert()
        .values(
            **reserved,
            contact_id=contact.contact_id,
            member_id=contact.member_id,
            unit_id=unit_id,
            text=record.bounded(words),
            message_id=message_id[:200],
            entry_id=entry_id,
            state=QuestionState.WAITING,
            is_urgent=is_urgent,
            is_sensitive=is_sensitive,
            asked_at=asked_at or post.now,
        )
        .returning(questions.c.id)
    )
    question_id = int(inserted.scalar_one())
    await record.add_step(post.connection, question_id, StepKind.ASKED, now=asked_at or post.now)
    if not is_sensitive:
        await enclosures.gather(post.connection, contact, question_id, post.now)
    question = await record.lock(post.connection, question_id)
    assert question is not None  # noqa: S101 - for the types: it was written just now.
    return question


async def add(post: Post, question_id: int, words: str, *, speaks_of_danger: bool = False) -> Question | None:
    """Add what she wrote later. On a desk the cadre gets it at once; answered or closed, the question opens again.

    Words of danger make the question urgent and private from now on.
    """
    question = await record.lock(post.connection, question_id)
    if question is None:
        return None
    if speaks_of_danger:
        await record.change(post.connection, question_id, is_urgent=True, is_sensitive=True)
        question = replace(question, is_urgent=True, is_sensitive=True)
    words = record.bounded(words)
    if not question.is_open:
        await record.add_step(post.connection, question_id, StepKind.REOPENED, now=post.now)
    await record.add_step(post.connection, question_id, StepKind.ADDED, now=post.now, words=words)
    if question.is_open:
        await forwarding.tell_desk(
            post, question, lambda _: letters.added(question, words, _, is_cry=speaks_of_danger)
        )
    else:
        await forwarding.give_back(post, question, words, is_cry=speaks_of_danger)
    return question
