"""Nothing is ever dropped: what becomes of a question whose letter did not arrive or whose desk is no desk any more."""

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.clock import Clock
from bot.languages import Languages
from bot.outbox import Outbox
from bot.questions import forwarding, record, routing
from bot.questions.post import Post
from bot.questions.record import Question
from bot.store.tables import contacts, outbox
from bot.store.tables import questions as question_rows
from bot.store.tables.questions import QuestionState, StepKind


class Undelivered:
    """Told by the outbox of letters that failed for good.

    main: `undelivered = Undelivered(Outbox(limits), languages, clock)`, then `Outbox(limits, undelivered.on_failed)`.
    """

    def __init__(self, outbox: Outbox, languages: Languages, clock: Clock) -> None:
        """`outbox` only writes the letters that follow; it needs nobody to tell of failures."""
        self._outbox = outbox
        self._languages = languages
        self._clock = clock

    async def on_failed(self, connection: AsyncConnection, outbox_id: int, code: str) -> None:  # noqa: ARG002 - the outbox tells it
        post = Post(connection, self._outbox, self._languages, self._clock())
        await letter_failed(post, outbox_id)


async def letter_failed(post: Post, outbox_id: int) -> None:
    """A forward goes to the next desk; an answer that did not arrive puts the question into the officers' inbox."""
    failed = await post.connection.execute(
        sa.select(outbox.c.question_id, outbox.c.contact_id, contacts.c.staff_id)
        .join(contacts, contacts.c.id == outbox.c.contact_id)
        .where(outbox.c.id == outbox_id)
    )
    row = failed.one_or_none()
    if row is None or row.question_id is None:
        return
    question = await record.lock(post.connection, row.question_id)
    if question is None:
        return
    if row.contact_id == question.contact_id:
        if not question.is_open:
            await _step(post, question, None)
            await forwarding.to_inbox(post, question)
    elif question.state is QuestionState.FORWARDED and row.staff_id == question.staff_id:
        await _reroute(post, question)


async def desk_lost(post: Post, staff_id: int) -> int:
    """Give her open questions to others, unless she still is on duty, takes questions and can be reached. Returns how many."""
    if await routing.holds_a_desk(post.connection, staff_id):
        return 0
    hers = question_rows.c.staff_id == staff_id
    found = await record.select(post.connection, hers, question_rows.c.state == QuestionState.FORWARDED)
    return await _reroute_all(post, [question.question_id for question in found])


async def sweep(post: Post) -> int:
    """Give on what lies on desks that were lost without anybody saying so. The scheduler ticks it. Returns how many."""
    return await _reroute_all(post, await routing.lost(post.connection))


async def _reroute_all(post: Post, question_ids: list[int]) -> int:
    done = 0
    for question_id in question_ids:
        question = await record.lock(post.connection, question_id)
        if question is None or question.state is not QuestionState.FORWARDED:
            continue
        if question.staff_id is not None and await routing.holds_a_desk(post.connection, question.staff_id):
            continue  # Another process was faster.
        await _reroute(post, question)
        done += 1
    return done


async def _reroute(post: Post, question: Question) -> None:
    await _step(post, question, question.staff_id)
    await forwarding.hand_over(post, question)


async def _step(post: Post, question: Question, staff_id: int | None) -> None:
    await record.add_step(
        post.connection, question.question_id, StepKind.UNDELIVERED, staff_id=staff_id, now=post.now
    )
