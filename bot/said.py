"""Writes the interaction log: one line for each message, either way. bot.interaction_log reads it."""

from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from bot import text
from bot.people.contacts import Contact
from bot.store.tables import interactions
from bot.store.tables.messages import Direction

_LOGGED_UNITS = 4000  # The log keeps so much of a text.


@dataclass(frozen=True, slots=True)
class Note:
    """What the interaction log keeps of a message besides its text."""

    kind: str = "text"
    is_sensitive: bool = False  # The words are not kept.
    entry_id: str | None = None
    confidence: float | None = None
    question_id: int | None = None
    staff_id: int | None = None


async def log_interaction(
    connection: AsyncConnection,
    contact: Contact,
    direction: Direction,
    words: str,
    *,
    now: datetime,
    note: Note,
    outbox_id: int | None = None,
) -> int:
    """Write one line of the interaction log; of a sensitive message everything but the words. Returns the line's id."""
    kept = "" if note.is_sensitive else text.cut(text.clean(words), _LOGGED_UNITS)
    written = await connection.execute(
        sa.insert(interactions)
        .values(
            at=now,
            account_id=contact.account_id,
            contact_id=contact.contact_id,
            member_id=contact.member_id,
            staff_id=note.staff_id,
            unit_id=contact.unit_id,
            direction=direction,
            kind=note.kind,
            text=kept,
            text_folded=text.fold(kept),
            is_sensitive=note.is_sensitive,
            entry_id=note.entry_id,
            confidence=note.confidence,
            question_id=note.question_id,
            outbox_id=outbox_id,
        )
        .returning(interactions.c.id)
    )
    return int(written.scalar_one())
