"""Forgets what is not needed any more (Law 91/2025/QH15 art. 3.3; the spans are domain.md 3.1's proposal, 2026-11).

Works from the oldest row on, a thousand at a time, each thousand in a transaction of its own, so that nobody waits for it.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa
import structlog
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.clock import Clock
from bot.store.database import Database
from bot.store.tables import (
    inbox,
    interactions,
    join_codes,
    join_tries,
    mailbox,
    outbox,
    question_steps,
    questions,
    sessions,
    sign_in_links,
)
from bot.store.tables.messages import InboxState, OutboxState
from bot.store.tables.questions import QuestionState

log = structlog.get_logger()

_CHUNK = 1000
_UPDATES = timedelta(
    days=7
)  # Long enough to know a repeated update again: platforms repeat for a day at most.
_ACCESS = timedelta(days=30)
_TRIES = timedelta(days=1)
_QUESTIONS = timedelta(days=730)


@dataclass(frozen=True, slots=True)
class _Rule:
    """Rows of a table with a growing `id` that go once `at` is older than `span`, unless they are still `open`."""

    table: sa.Table
    at: sa.Column[datetime]
    span: timedelta
    closed: sa.ColumnElement[bool]


class Retention:
    """Ticked now and then; each tick does all there is to do."""

    def __init__(self, database: Database, clock: Clock, *, keep_messages: timedelta) -> None:
        self._database = database
        self._clock = clock
        is_handled = inbox.c.state != InboxState.NEW
        is_out = outbox.c.state.in_([OutboxState.SENT, OutboxState.FAILED])
        self._rules: Sequence[_Rule] = (
            _Rule(inbox, inbox.c.received_at, _UPDATES, is_handled),
            _Rule(outbox, outbox.c.created_at, keep_messages, is_out),
            _Rule(interactions, interactions.c.at, keep_messages, sa.true()),
            _Rule(mailbox, mailbox.c.at, keep_messages, sa.true()),
        )

    async def forget(self) -> None:
        """Delete old messages and worn-out keys, and take the words out of questions closed long ago."""
        for rule in self._rules:
            total = 0
            while deleted := await self._delete_some(rule):
                total += deleted
            if total:
                log.info("old_rows_deleted", table=rule.table.name, count=total)
        async with self._database.writing() as connection:
            await _forget_keys(connection, self._clock())
            await _forget_questions(connection, self._clock() - _QUESTIONS)

    async def _delete_some(self, rule: _Rule) -> int:
        # Looks at the oldest rows only: none of the table has to be scanned to find that there is nothing to do.
        oldest = (
            sa.select(rule.table.c.id, rule.at, rule.closed.label("is_closed"))
            .order_by(rule.table.c.id)
            .limit(_CHUNK)
        )
        oldest_rows = oldest.subquery()
        old = sa.select(oldest_rows.c.id).where(
            oldest_rows.c[rule.at.name] < self._clock() - rule.span, oldest_rows.c.is_closed
        )
        async with self._database.writing() as connection:
            return (await connection.execute(sa.delete(rule.table).where(rule.table.c.id.in_(old)))).rowcount


async def _forget_keys(connection: AsyncConnection, now: datetime) -> None:
    for table in (sessions, sign_in_links, join_codes):
        await connection.execute(sa.delete(table).where(table.c.expires_at < now - _ACCESS))
    await connection.execute(sa.delete(join_tries).where(join_tries.c.at < now - _TRIES))


async def _forget_questions(connection: AsyncConnection, before: datetime) -> None:
    """Closed questions stay as counts, without words and without whose they were."""
    old = sa.select(questions.c.id).where(
        questions.c.state == QuestionState.CLOSED, questions.c.closed_at < before, questions.c.text != ""
    )
    await connection.execute(
        sa.update(question_steps).where(question_steps.c.question_id.in_(old)).values(text="")
    )
    await connection.execute(
        sa.update(questions).where(questions.c.id.in_(old)).values(text="", contact_id=None, member_id=None)
    )
