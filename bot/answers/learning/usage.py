"""Which entries nobody asks for, and which are about to expire or have: what an officer tidies up now and then."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.answers.bank import Escalate, Sensitive
from bot.answers.learning.sight import within
from bot.clock import in_vietnam
from bot.languages import DEFAULT
from bot.store.tables import askings, entries, entry_texts, interactions, topics, units
from bot.store.tables.askings import Outcome

UNASKED = timedelta(days=90)
SOON = timedelta(days=30)

Row = sa.Row[*tuple[Any, ...]]


async def unasked(connection: AsyncConnection, sight: str, *, now: datetime) -> Sequence[Row]:
    """The entries that are on, unchanged for 90 days, and in these days neither answered nor suggested nor picked from a menu.

    Not those of private and urgent matters: few ask, and for the one who does they must be there.
    """
    since = now - UNASKED
    in_service = (
        _entries(sight)
        .where(
            entries.c.updated_at < since,
            entries.c.sensitive != Sensitive.HIGH,
            entries.c.escalate != Escalate.URGENT,
            sa.or_(entries.c.expires_on.is_(None), entries.c.expires_on >= _today(now)),
        )
        .order_by(topics.c.position, entries.c.position, entries.c.id)
    )
    asked = await _asked_since(connection, since)
    return [row for row in await connection.execute(in_service) if row.id not in asked]


async def expiring(connection: AsyncConnection, sight: str, *, now: datetime) -> Sequence[Row]:
    """The entries that are on and whose last day, `expires_on`, is over or comes within 30 days; the oldest first."""
    soon = _entries(sight).where(entries.c.expires_on <= _today(now) + SOON)
    return (await connection.execute(soon.order_by(entries.c.expires_on, entries.c.id))).all()


def _entries(sight: str) -> sa.Select[*tuple[Any, ...]]:
    """What is on and lies in her sight: at the top everything, below it her units' own entries."""
    query = (
        sa.select(
            entries.c.id,
            entries.c.expires_on,
            entries.c.updated_at,
            entry_texts.c.question,
            topics.c.name.label("topic_name"),
            units.c.name.label("unit_name"),
        )
        .join(topics, topics.c.topic == entries.c.topic)
        .join(
            entry_texts,
            sa.and_(entry_texts.c.entry_id == entries.c.id, entry_texts.c.language == DEFAULT),
        )
        .outerjoin(units, units.c.id == entries.c.unit_id)
        .where(entries.c.is_on)
    )
    return query.where(within(sight, entries.c.unit_id))


async def _asked_since(connection: AsyncConnection, since: datetime) -> set[str]:
    found_it = askings.c.outcome.in_([Outcome.ANSWERED, Outcome.SUGGESTED])
    asked: set[str] = set()
    for table, column, condition in (
        (askings, askings.c.entry_id, found_it),
        (askings, askings.c.chosen_entry_id, sa.true()),
        (interactions, interactions.c.entry_id, sa.true()),  # What she was given, also from a menu.
    ):
        distinct = sa.select(column).distinct().where(table.c.at >= since, column.is_not(None), condition)
        asked.update(await connection.scalars(distinct))
    return asked


def _today(now: datetime) -> date:
    return in_vietnam(now).date()
