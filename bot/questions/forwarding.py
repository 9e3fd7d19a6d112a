"""Handing a question over to a desk, or to the officers' inbox when there is none.

A question is on one desk at a time: what was on its way to the desk before and has not left yet is taken back.
"""

from collections.abc import Callable
from typing import Any

import sqlalchemy as sa

from bot.channels.contract import Outgoing
from bot.people.contacts import Contact
from bot.questions import enclosures, letters, record, routing
from bot.questions.post import Post
from bot.questions.record import Question
from bot.questions.routing import Desk
from bot.store.tables import outbox, staff
from bot.store.tables.messages import OutboxState
from bot.store.tables.people import Role
from bot.store.tables.questions import QuestionState, StepKind


async def hand_over(post: Post, question: Question) -> Desk | None:
    """Give the question to the desk whose turn it is. None: it waits in the officers' inbox."""
    desk = await routing.desk_for(post.connection, question, now=post.now)
    if desk is None:
        await take_back(post, question)
        await to_inbox(post, question)
        return None
    await hand_to(post, question, desk)
    return desk


async def hand_to(post: Post, question: Question, desk: Desk) -> None:
    """Give the question to this desk, with what belongs to it."""
    await take_back(post, question)
    _ = post.gettext(desk.contact)
    letter = await letters.forward(post.connection, question, _, now=post.now)
    await _put_on(post, question, desk, letter)
    await enclosures.send_all(post, question, desk.contact)


async def give_back(post: Post, question: Question, words: str, *, is_cry: bool = False) -> Desk | None:
    """Give an answered question that is not clear yet to whoever answered it, else to the desk whose turn it is.

    An officer who answered in the console finds it in the inbox again.
    """
    desk = await give_back_to_desk(
        post, question, lambda question, _: letters.again(question, words, _, is_cry=is_cry)
    )
    if desk is not None:
        return desk
    if question.staff_id is not None and await _is_officer(post, question.staff_id):
        await to_inbox(post, question)
        return None
    return await hand_over(post, question)


async def give_back_to_desk(
    post: Post, question: Question, letter_of: Callable[[Question, letters.Gettext], Outgoing]
) -> Desk | None:
    """Give it to whoever answered it, if she holds a desk, with this letter. None: it stays as it is."""
    if question.staff_id is None or not await is_held(post, question):
        return None
    chat = await routing.chat_of(post.connection, question.staff_id, question.question_id, now=post.now)
    unit_id = await _unit_of(post, question.staff_id)
    if chat is None or unit_id is None:
        return None
    desk = Desk(question.staff_id, unit_id, chat)
    await _put_on(post, question, desk, letter_of(question, post.gettext(chat)))
    return desk


async def to_inbox(post: Post, question: Question) -> None:
    await record.change(
        post.connection,
        question.question_id,
        state=QuestionState.WAITING,
        staff_id=None,
        desk_unit_id=None,
        later_until=None,
        closed_at=None,
    )


async def take_back(post: Post, question: Question) -> None:
    """Delete letters about it to its desk that have not left yet. What a sender has in hand just now is leaving: waited for, it
    might be waiting for this question in turn.
    """
    not_hers: Any = sa.true() if question.contact_id is None else outbox.c.contact_id != question.contact_id
    waiting = await post.connection.scalars(
        sa.select(outbox.c.id)
        .where(outbox.c.question_id == question.question_id, outbox.c.state == OutboxState.WAITING, not_hers)
        .with_for_update(skip_locked=True)
    )
    await post.connection.execute(sa.delete(outbox).where(outbox.c.id.in_(waiting.all())))


async def tell_desk(post: Post, question: Question, message_of: letters.Letter) -> None:
    """Write to the desk that has it, if it is on one and a chat reaches her."""
    if (chat := await desk_chat(post, question)) is not None:
        await post.to_cadre(chat, question, message_of(post.gettext(chat)))


async def desk_chat(post: Post, question: Question) -> Contact | None:
    """The chat of the desk that has it, if it is on one and a chat reaches her."""
    if question.state is not QuestionState.FORWARDED or question.staff_id is None:
        return None
    return await routing.chat_of(post.connection, question.staff_id, question.question_id, now=post.now)


async def is_held(post: Post, question: Question) -> bool:
    """Whether whoever's desk it is on, or who answered it, holds a desk for it."""
    return question.staff_id is not None and await routing.holds_a_desk(
        post.connection, question.staff_id, for_alerts=question.is_of_alert
    )


async def _put_on(post: Post, question: Question, desk: Desk, message: Outgoing) -> None:
    await record.change(
        post.connection,
        question.question_id,
        state=QuestionState.FORWARDED,
        staff_id=desk.staff_id,
        desk_unit_id=desk.unit_id,
        later_until=None,
        closed_at=None,
    )
    await record.add_step(
        post.connection, question.question_id, StepKind.FORWARDED, staff_id=desk.staff_id, now=post.now
    )
    await post.to_cadre(desk.contact, question, message)


async def _unit_of(post: Post, staff_id: int) -> int | None:
    return (await post.connection.execute(sa.select(staff.c.unit_id).where(staff.c.id == staff_id))).scalar()


async def _is_officer(post: Post, staff_id: int) -> bool:
    role = await post.connection.execute(sa.select(staff.c.role).where(staff.c.id == staff_id))
    return role.scalar() is Role.OFFICER
