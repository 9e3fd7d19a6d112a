"""Forgets what is not needed any more (Law 91/2025/QH15 art. 3.3; the spans are domain.md 3.1's proposal, 2026-11).

Works from the oldest row on, a thousand at a time, each thousand in a transaction of its own, so that nobody waits for it.
The proofs of consent are never forgotten.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa
import structlog
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.alerts import forgetting as alerts_over
from bot.answers import forgetting as askings_of_old
from bot.clock import Clock
from bot.questions import forgetting as questions_over
from bot.store.database import Database
from bot.store.tables import (
    askings,
    broadcasts,
    connect_attempts,
    conversations,
    files,
    inbox,
    interactions,
    join_codes,
    join_tries,
    list_misses,
    mailbox,
    member_lists,
    outbox,
    receipts,
    remote_files,
    runs,
    sessions,
    sign_in_links,
)
from bot.store.tables.broadcasts import BroadcastState, RunState
from bot.store.tables.messages import RESTING, InboxState

log = structlog.get_logger()

_CHUNK = 1000
# Long enough to know a repeated update again: platforms repeat for a day at most.
_UPDATES = timedelta(days=7)
_ACCESS = timedelta(days=30)
_TRIES = timedelta(days=1)
_QUESTIONS = timedelta(days=730)  # Since the last that happened to it.
_SENSITIVE_WORDS = timedelta(days=30)
# What was asked of the FAQ, without names and numbers: the evidence of a year.
_ASKINGS = timedelta(days=365)
_OUR_FILES = timedelta(days=90)  # What we have sent lies on people's phones by then.
# Sent by somebody and asked nothing about: it may be her identity card, and nobody needs it.
_LOOSE_FILES = timedelta(days=1)
_CONVERSATIONS = timedelta(days=30)  # What somebody began to tell us and never finished.
_LIST_MISSES = timedelta(days=30)  # Names and numbers of people who may be no members at all.
_TO_BE_SENT = broadcasts.c.state.in_([BroadcastState.DRAFT, BroadcastState.WAITING, BroadcastState.SCHEDULED])
_BEING_SENT = runs.c.state.in_([RunState.FILLING, RunState.RUNNING, RunState.PAUSED])


def _goes_with(table: sa.Table, condition: sa.ColumnElement[bool]) -> sa.ColumnElement[bool]:
    """That a file is the attachment of an announcement for which this holds: one that recurs is older than its next run."""
    kept = sa.cast(table.c.content, sa.Text)
    named = sa.literal('%"attachment": [%, ').concat(sa.cast(files.c.id, sa.Text)).concat("]%")
    return sa.exists().where(condition, kept.like(named)).correlate(files)


@dataclass(frozen=True, slots=True)
class _Rule:
    """Rows of a table with a growing `id` that go once `at` is older than `span`, unless they are not `closed` yet."""

    table: sa.Table
    at: sa.Column[datetime]
    span: timedelta
    closed: sa.ColumnElement[bool]


class Retention:
    """Ticked now and then; each tick does all there is to do."""

    def __init__(self, database: Database, clock: Clock, *, keep_messages: timedelta) -> None:
        self._database = database
        self._clock = clock
        self._keep_messages = keep_messages
        is_handled = inbox.c.state != InboxState.NEW
        self._rules: Sequence[_Rule] = (
            _Rule(inbox, inbox.c.received_at, _UPDATES, is_handled),
            _Rule(outbox, outbox.c.created_at, keep_messages, outbox.c.state.in_(RESTING)),
            _Rule(interactions, interactions.c.at, keep_messages, sa.true()),
            _Rule(mailbox, mailbox.c.at, keep_messages, sa.true()),
            _Rule(askings, askings.c.at, _ASKINGS, sa.true()),
            # A question's files go with the line of the log that they came with, or with its words.
            _Rule(
                files,
                files.c.created_at,
                max(_OUR_FILES, keep_messages),
                files.c.contact_id.is_(None)
                & ~_goes_with(broadcasts, _TO_BE_SENT)
                & ~_goes_with(runs, _BEING_SENT),
            ),
            _Rule(
                files,
                files.c.created_at,
                _LOOSE_FILES,
                files.c.contact_id.is_not(None) & files.c.question_id.is_(None),
            ),
        )

    async def forget(self) -> None:
        """Delete old messages and worn-out keys, and take the words out of questions closed long ago."""
        for rule in self._rules:
            if total := await self._delete_old(rule):
                log.info("old_rows_deleted", table=rule.table.name, count=total)
        now = self._clock()
        async with self._database.writing() as connection:
            await _forget_keys(connection, now)
        for forget, before in (
            (questions_over.forget, now - _QUESTIONS),
            (questions_over.forget_private_words, now - _SENSITIVE_WORDS),
            (alerts_over.forget_words, now - _SENSITIVE_WORDS),
            (alerts_over.forget_whose, now - _QUESTIONS),
            (_forget_conversations, now - _CONVERSATIONS),
            (askings_of_old.forget_who_asked, now - min(self._keep_messages, _ASKINGS)),
            (askings_of_old.forget_who_asked_privately, now - min(self._keep_messages, _SENSITIVE_WORDS)),
            (_forget_receipts, now - self._keep_messages),
            (_forget_list_misses, now - _LIST_MISSES),
        ):
            count = _CHUNK
            while count == _CHUNK:
                async with self._database.writing() as connection:
                    count = await forget(connection, before, _CHUNK)

    async def _delete_old(self, rule: _Rule) -> int:
        """Walk from the oldest row to the first chunk in which all are young: the rest of the table is not looked at."""
        before = self._clock() - rule.span
        total, after = 0, 0
        while True:
            chunk = (
                sa.select(rule.table.c.id, rule.at)
                .where(rule.table.c.id > after)
                .order_by(rule.table.c.id)
                .limit(_CHUNK)
                .subquery()
            )
            seen = sa.select(sa.func.max(chunk.c.id), sa.func.min(chunk.c[rule.at.name]), sa.func.count())
            async with self._database.writing() as connection:
                border, oldest, count = (await connection.execute(seen.select_from(chunk))).one()
                if border is None or oldest >= before:
                    return total
                old = sa.and_(rule.table.c.id > after, rule.table.c.id <= border, rule.at < before)
                total += (await connection.execute(sa.delete(rule.table).where(old, rule.closed))).rowcount
            if count < _CHUNK:
                return total
            after = border


async def _forget_keys(connection: AsyncConnection, now: datetime) -> None:
    for table in (sessions, sign_in_links, join_codes):
        await connection.execute(sa.delete(table).where(table.c.expires_at < now - _ACCESS))
    for table in (join_tries, connect_attempts):
        await connection.execute(sa.delete(table).where(table.c.at < now - _TRIES))
    await connection.execute(sa.delete(remote_files).where(remote_files.c.expires_at < now))


async def _forget_conversations(connection: AsyncConnection, before: datetime, limit: int) -> int:
    # Also where nothing is being asked: what she asked last stands there, in case she wants a person.
    tells = (conversations.c.flow != "") | (sa.cast(conversations.c.data, sa.Text) != "{}")
    idle = sa.and_(tells, conversations.c.updated_at < before)
    chunk = await connection.scalars(
        sa.select(conversations.c.contact_id)
        .where(idle)
        .order_by(conversations.c.contact_id)
        .limit(limit)
        .with_for_update()  # A turn under way is waited for, and then it is idle no more.
    )
    ids = chunk.all()
    await connection.execute(
        sa.update(conversations).where(conversations.c.contact_id.in_(ids)).values(flow="", step="", data={})
    )
    return len(ids)


async def _forget_receipts(connection: AsyncConnection, before: datetime, limit: int) -> int:
    """They have no growing number: the oldest thousand by the time, and what bears the same time as the last of these."""
    oldest = (
        sa.select(receipts.c.delivered_at)
        .where(receipts.c.delivered_at < before)
        .order_by(receipts.c.delivered_at)
        .limit(limit)
        .subquery()
    )
    border, count = (
        await connection.execute(sa.select(sa.func.max(oldest.c.delivered_at), sa.func.count()))
    ).one()
    if count:
        await connection.execute(sa.delete(receipts).where(receipts.c.delivered_at <= border))
    return int(count)


async def _forget_list_misses(connection: AsyncConnection, before: datetime, limit: int) -> int:
    """The rows of uploaded lists that nobody was found for, as they were written. That so many were stays."""
    old = (
        sa.select(list_misses.c.list_id, list_misses.c.row)
        .join(member_lists, member_lists.c.id == list_misses.c.list_id)
        .where(member_lists.c.created_at < before)
        .order_by(list_misses.c.list_id, list_misses.c.row)
        .limit(limit)
        .subquery()
    )
    key = sa.tuple_(list_misses.c.list_id, list_misses.c.row)
    deleted = await connection.execute(
        sa.delete(list_misses).where(key.in_(sa.select(old.c.list_id, old.c.row)))
    )
    return deleted.rowcount
