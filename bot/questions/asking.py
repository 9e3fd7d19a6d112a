"""A member's question to a person: taking it down, and what she adds to it later."""

from dataclasses import replace

from bot.people.contacts import Contact
from bot.questions import enclosures, forwarding, letters, record
from bot.questions.post import Post
from bot.questions.record import Question
from bot.questions.routing import Desk
from bot.store.tables import questions
from bot.store.tables.questions import QuestionState, StepKind


async def ask(
    post: Post,
    contact: Contact,
    words: str,
    *,
    unit_id: int | None,
    is_urgent: bool = False,
    is_sensitive: bool = False,
    message_id: str = "",
) -> tuple[int, Desk | None]:
    """Take a question down, with what she has just sent unless it is private, and hand it over. Returns its tracking code and the desk (None: the officers' inbox).

    `unit_id` is where she lives, None when she has not said; `message_id` the platform's, of the message that she asked in.
    """
    inserted = await post.connection.execute(
        questions.insert()
        .values(
            contact_id=contact.contact_id,
            member_id=contact.member_id,
            unit_id=unit_id,
            text=record.bounded(words),
            message_id=message_id[:200],
            state=QuestionState.WAITING,
            is_urgent=is_urgent,
            is_sensitive=is_sensitive,
            asked_at=post.now,
        )
        .returning(questions.c.id)
    )
    question_id = int(inserted.scalar_one())
    await record.add_step(post.connection, question_id, StepKind.ASKED, now=post.now)
    if not is_sensitive:
        await enclosures.gather(post.connection, contact, question_id, post.now)
    question = await record.lock(post.connection, question_id)
    desk = await forwarding.hand_over(post, question) if question else None
    return question_id, desk


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
        await forwarding.tell_desk(post, question, lambda _: letters.added(question, words, _))
    else:
        await forwarding.give_back(post, question, words)
    return question
