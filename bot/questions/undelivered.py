"""Nothing is ever dropped: what becomes of a question whose letter did not arrive, or whose desk is no desk any more."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.channels.contract import Outgoing
from bot.clock import Clock
from bot.languages import Languages
from bot.outbox import Outbox
from bot.people import contacts as contact_rows
from bot.people import staff as people
from bot.questions import calling_back, forwarding, letters, record, routing
from bot.questions.open import taker_of
from bot.questions.post import Post
from bot.questions.record import Question
from bot.questions.routing import Desk
from bot.store.tables import contacts, interactions, outbox
from bot.store.tables import questions as question_rows
from bot.store.tables.messages import Direction
from bot.store.tables.questions import QuestionState, StepKind


class Undelivered:
    """Told by the outbox of letters that failed for good or have to wait. Implements `bot.outbox.Concern`.

    main: `Outbox(limits, Undelivered(Outbox(limits), languages, clock))`.
    """

    def __init__(self, outbox: Outbox, languages: Languages, clock: Clock) -> None:
        """`outbox` only writes the letters that follow; it needs nobody to tell of failures."""
        self._outbox = outbox
        self._languages = languages
        self._clock = clock

    async def on_failed(self, connection: AsyncConnection, outbox_id: int, code: str) -> None:  # noqa: ARG002 - the outbox tells it
        await letter_failed(self._post(connection), outbox_id)

    async def on_held(self, connection: AsyncConnection, outbox_id: int) -> bool:
        return await letter_held(self._post(connection), outbox_id)

    def _post(self, connection: AsyncConnection) -> Post:
        return Post(connection, self._outbox, self._languages, self._clock())


async def letter_failed(post: Post, outbox_id: int) -> None:
    """A forward goes to the next desk. An answer that did not arrive puts the question into the officers' inbox, and whoever wrote
    it is told; what only her platform did not take of it, a file, lets whoever gave it answer in words. While somebody has the
    alert that it belongs to, the question is hers, and she is told whoever wrote.
    """
    row, question = await _letter(post, outbox_id)
    if row is None or question is None:
        return
    if row.contact_id == question.contact_id:
        if not question.is_open:
            await _step(post, question, None)
            writer_id = await _writer_of(post, question, outbox_id)
            had_file = Outgoing.from_json(row.message).attachment is not None
            await _answer_failed(post, question, writer_id, had_file=had_file)
    elif question.state is QuestionState.FORWARDED and row.staff_id == question.staff_id:
        await _reroute(post, question)


async def letter_held(post: Post, outbox_id: int) -> bool:
    """Whether a letter may wait until its reader writes again. An answer may, and whoever wrote it is told; a question for a
    cadre may not: somebody else is to get it now.
    """
    row, question = await _letter(post, outbox_id)
    if row is None or question is None:
        return True
    if row.contact_id != question.contact_id:
        return False
    if not await record.is_held(post.connection, question.question_id):
        await _answer_waits(post, question, await _writer_of(post, question, outbox_id))
    return True


async def _answer_failed(post: Post, question: Question, writer_id: int | None, *, had_file: bool) -> None:
    asker = await contact_rows.get(post.connection, question.contact_id) if question.contact_id else None
    is_refused = had_file and asker is not None and asker.is_reachable
    taker_id = await taker_of(post.connection, question.question_id)
    if taker_id is not None:
        # What a woman in danger writes next must find whoever has her alert.
        if await _give_back_to_taker(post, question, taker_id, writer_id, is_refused=is_refused):
            return
    elif is_refused and not question.is_of_alert:
        theirs = replace(question, staff_id=writer_id)
        if await forwarding.give_back_to_desk(post, theirs, letters.file_refused):
            return
    await forwarding.to_inbox(post, question)
    await _tell(post, question, writer_id, lambda _: letters.not_delivered(question.question_id, _))


async def _give_back_to_taker(
    post: Post, question: Question, taker_id: int, writer_id: int | None, *, is_refused: bool
) -> Desk | None:
    """Words for a woman in danger that did not arrive: the question is open again with whoever has her alert."""
    hers = replace(question, staff_id=taker_id)
    if writer_id in {None, taker_id}:
        letter = letters.file_refused if is_refused else letters.not_reached
        return await forwarding.give_back_to_desk(post, hers, letter)
    name = await _name_of(post, writer_id)
    desk = await forwarding.give_back_to_desk(
        post, hers, lambda question, _: Outgoing(letters.colleague_not_reached(question, name, _))
    )
    if desk is not None:
        await _tell(
            post,
            question,
            writer_id,
            lambda _: (
                letters.file_not_taken(question.question_id, _)
                if is_refused
                else letters.not_reached(question, _).text
            ),
        )
    return desk


async def _answer_waits(post: Post, question: Question, writer_id: int | None) -> None:
    await record.add_step(
        post.connection, question.question_id, StepKind.HELD, staff_id=writer_id, now=post.now
    )
    asker = await contact_rows.get(post.connection, question.contact_id) if question.contact_id else None
    if asker is not None:
        await calling_back.call_back(post, asker, question.question_id)
    await _tell(post, question, writer_id, lambda _: letters.held(question.question_id, _))
    taker_id = await taker_of(post.connection, question.question_id)
    if taker_id not in {None, writer_id}:
        name = await _name_of(post, writer_id)
        await _tell(post, question, taker_id, lambda _: letters.colleague_not_reached(question, name, _))


async def _tell(
    post: Post, question: Question, staff_id: int | None, sentence: Callable[[letters.Gettext], str]
) -> None:
    if staff_id is None:
        return
    chat = await routing.chat_of(post.connection, staff_id, question.question_id, now=post.now)
    if chat is not None:
        await post.notice(chat, sentence(post.gettext(chat)))


async def _writer_of(post: Post, question: Question, outbox_id: int) -> int | None:
    """Who wrote the answer of which this is a part: the log names her beside its last part. Where the log has forgotten it, whose the
    question is.
    """
    writer_id: int | None = await post.connection.scalar(
        sa.select(interactions.c.staff_id)
        .where(
            interactions.c.question_id == question.question_id,
            interactions.c.contact_id == question.contact_id,
            interactions.c.direction == Direction.OUT,
            interactions.c.staff_id.is_not(None),
            interactions.c.outbox_id >= outbox_id,
        )
        .order_by(interactions.c.outbox_id)
        .limit(1)
    )
    return writer_id or question.staff_id


async def _name_of(post: Post, staff_id: int | None) -> str:
    member = await people.get(post.connection, staff_id) if staff_id is not None else None
    return member.name if member else "?"


async def _letter(post: Post, outbox_id: int) -> tuple[sa.Row[*tuple[Any, ...]] | None, Question | None]:
    """The outbox row with whose chat it is for, and the question that it carries, locked."""
    found = await post.connection.execute(
        sa.select(outbox.c.question_id, outbox.c.contact_id, outbox.c.message, contacts.c.staff_id)
        .join(contacts, contacts.c.id == outbox.c.contact_id)
        .where(outbox.c.id == outbox_id)
    )
    row = found.one_or_none()
    if row is None or row.question_id is None:
        return row, None
    return row, await record.lock(post.connection, row.question_id)


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
        if await forwarding.is_held(post, question):
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
