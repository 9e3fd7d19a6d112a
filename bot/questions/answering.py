"""What staff do with a question: answer it, pass it on, take it later, close it.

Who may is the caller's business: a cadre what is on her desk, an officer what she sees in the console.
"""

from dataclasses import replace
from datetime import datetime
from enum import StrEnum

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.channels.contract import Attachment
from bot.people import contacts
from bot.people import staff as people
from bot.people.contacts import Contact
from bot.questions import calling_back, forwarding, letters, record, routing
from bot.questions.open import is_kept_from, taker_of
from bot.questions.post import Post
from bot.questions.record import Question
from bot.questions.routing import Desk
from bot.store.tables import conversations, staff
from bot.store.tables.questions import QuestionState, StepKind

VERDICT_FLOW = "answered"
"""The member's conversation after an answer, when nothing else was being asked; its step is the question's id."""

ENTRY_FLOW = "entry_answer"
"""Her conversation after an answer of the FAQ: her next digits are about that one, until a cadre's answer comes."""


class Answered(StrEnum):
    SENT = "sent"
    HELD = "held"  # Her platform lets nothing through before she writes again: then it goes.
    NOBODY = "nobody"  # She had everything erased: the question is closed.
    UNKNOWN = "unknown"  # There is no such question.
    EMPTY = "empty"
    OTHERS = "others"  # It is not hers to answer any more: whoever asked wants nobody near her home to know.


async def answer(
    post: Post, question_id: int, *, staff_id: int, words: str, attachment: Attachment | None = None
) -> Answered:
    """Send an answer, or something more to one already given, on the channel that she asked from.

    An `attachment` goes with the words, which say what it is. If the question is on somebody else's desk, she is told that it is done;
    of an alert, that a colleague has written, for whoever has it goes on.
    """
    words = record.bounded(words)
    question = await record.lock(post.connection, question_id)
    if question is None:
        return Answered.UNKNOWN
    if not words:
        return Answered.EMPTY
    if await is_kept_from(post.connection, question_id, staff_id):
        return Answered.OTHERS
    asker = await contacts.get(post.connection, question.contact_id) if question.contact_id else None
    if asker is None:
        await _close(post, question, staff_id)
        return Answered.NOBODY
    taker_id = await taker_of(post.connection, question_id)
    waits = not asker.allowance(post.now).lets_through
    if taker_id is not None and taker_id != staff_id:
        await _say_written(post, question, taker_id, writer_id=staff_id, waits=waits)
    elif question.staff_id != staff_id:
        await _relieve(post, question)
    await record.change(
        post.connection,
        question_id,
        state=QuestionState.ANSWERED,
        staff_id=taker_id or staff_id,
        answered_at=post.now,
        later_until=None,
        closed_at=None,
    )
    await record.add_step(
        post.connection, question_id, StepKind.ANSWERED, staff_id=staff_id, words=words, now=post.now
    )
    unit = await post.connection.execute(sa.select(staff.c.unit_id).where(staff.c.id == staff_id))
    if waits:
        await record.add_step(post.connection, question_id, StepKind.HELD, staff_id=staff_id, now=post.now)
        await calling_back.call_back(post, asker, question_id)
    if question.is_of_alert:
        message = await letters.plain_words(post.connection, unit.scalar(), words, post.gettext(asker))
    else:
        message = await letters.answer(
            post.connection,
            unit.scalar(),
            words,
            post.gettext(asker),
            is_more=not question.is_open,
            # What waits she has not read yet when she writes next.
            takes_digits=not waits and await _expect_verdict(post.connection, asker, question_id),
        )
    message = replace(
        message, quotes="" if question.is_sensitive else question.message_id, attachment=attachment
    )
    await post.to_member(asker, question, message, staff_id=staff_id)
    return Answered.HELD if waits else Answered.SENT


async def pass_on(post: Post, question_id: int, *, staff_id: int) -> tuple[bool, Desk | None]:
    """Take it off her desk and give it to the next. (False, None) when it is not on her desk; no desk means the inbox."""
    question = await _of_desk(post.connection, question_id, staff_id)
    if question is None:
        return False, None
    await record.add_step(post.connection, question_id, StepKind.PASSED_ON, staff_id=staff_id, now=post.now)
    return True, await forwarding.hand_over(post, question)


async def take_later(
    connection: AsyncConnection, question_id: int, *, staff_id: int, until: datetime, now: datetime
) -> bool:
    """Let it lie on her desk; she is reminded at `until`. False when it is not on her desk."""
    if await _of_desk(connection, question_id, staff_id) is None:
        return False
    await record.change(connection, question_id, later_until=until)
    await record.add_step(connection, question_id, StepKind.LATER, staff_id=staff_id, now=now)
    return True


async def close(post: Post, question_id: int, *, staff_id: int | None = None) -> bool:
    """Close it: she said that it is clear (no staff), or a staff member did. False when it was closed already, or when somebody has
    the alert that it belongs to: it goes on as long as that does.
    """
    question = await record.lock(post.connection, question_id)
    if question is None or question.state is QuestionState.CLOSED:
        return False
    if await taker_of(post.connection, question_id) is not None:
        return False
    if question.staff_id != staff_id:
        await _relieve(post, question)
    await _close(post, question, staff_id)
    return True


async def reopen(post: Post, question_id: int, *, staff_id: int | None = None) -> bool:
    """Open an answered or closed question again, as it was. False when it is open."""
    question = await record.lock(post.connection, question_id)
    if question is None or question.is_open or question.contact_id is None:
        return False
    await record.add_step(post.connection, question_id, StepKind.REOPENED, staff_id=staff_id, now=post.now)
    await forwarding.give_back(post, question, "")
    return True


async def _of_desk(connection: AsyncConnection, question_id: int, staff_id: int) -> Question | None:
    question = await record.lock(connection, question_id)
    on_hers = question and question.state is QuestionState.FORWARDED and question.staff_id == staff_id
    return question if on_hers else None


async def _close(post: Post, question: Question, staff_id: int | None) -> None:
    await record.change(
        post.connection,
        question.question_id,
        state=QuestionState.CLOSED,
        closed_at=post.now,
        later_until=None,
    )
    await record.add_step(
        post.connection, question.question_id, StepKind.CLOSED, staff_id=staff_id, now=post.now
    )


async def _relieve(post: Post, question: Question) -> None:
    """Tell the desk that has it that somebody else has seen to it."""
    if question.state is not QuestionState.FORWARDED or question.staff_id is None:
        return
    await forwarding.take_back(post, question)
    chat = await routing.chat_of(post.connection, question.staff_id, question.question_id, now=post.now)
    if chat is not None:
        await post.notice(chat, letters.taken_over(question, post.gettext(chat)))


async def _say_written(post: Post, question: Question, taker_id: int, *, writer_id: int, waits: bool) -> None:
    """A colleague has written to the woman in danger: whoever has her alert is to know, and has it still; also where the words wait
    and have not reached her.
    """
    chat = await routing.chat_of(post.connection, taker_id, question.question_id, now=post.now)
    writer = await people.get(post.connection, writer_id)
    if chat is None or writer is None:
        return
    _ = post.gettext(chat)
    if waits:
        said = letters.colleague_not_reached(question, writer.name, _)
    else:
        said = _("Dạ, mã {code}: {name} vừa nhắn cho chị ấy. Việc này vẫn là chị lo.").format(
            code=question.question_id, name=writer.name
        )
    await post.notice(chat, said)


async def _expect_verdict(connection: AsyncConnection, asker: Contact, question_id: int) -> bool:
    """Let 1 and 2 mean "đã rõ" and "chưa rõ" to her next message, unless something else is being asked of her.

    A quiet contact has not seen the answer yet when she writes next.
    """
    if asker.is_quiet:
        return False
    idle = (
        sa.update(conversations)
        .where(
            conversations.c.contact_id == asker.contact_id,
            conversations.c.flow.in_(["", VERDICT_FLOW, ENTRY_FLOW]),
        )
        .values(flow=VERDICT_FLOW, step=str(question_id))
    )
    return bool((await connection.execute(idle)).rowcount)
