"""Quiet mode (KIN): on a phone that others read, nothing telling appears unasked.

What would tell is kept aside and announced by a neutral line; she types XEM when she is alone. It is kept in rows of its
own, so that no other conversation loses it.
"""

from collections.abc import Callable
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.channels.contract import Outgoing
from bot.people.contacts import Contact
from bot.store.tables import hidden_messages, outbox, questions
from bot.store.tables.messages import OutboxState

KEPT_FOR = timedelta(days=7)


async def cover(
    connection: AsyncConnection,
    contact: Contact,
    message: Outgoing,
    now: datetime,
    _: Callable[[str], str],
) -> Outgoing:
    """What may be sent to her: the message itself, or, if she is quiet, a neutral line while the message is kept for XEM."""
    if not contact.is_quiet:
        return message
    await connection.execute(
        sa.insert(hidden_messages).values(contact_id=contact.contact_id, message=message.to_json(), at=now)
    )
    return Outgoing(_("Dạ, có tin nhắn gửi chị. Gõ XEM để đọc."))


async def cover_waiting(
    connection: AsyncConnection, contact: Contact, now: datetime, _: Callable[[str], str]
) -> None:
    """She asks for quiet while answers to her lie in the outbox, kept until she wrote: they would appear right now."""
    waiting = (
        sa.select(outbox.c.id, outbox.c.message)
        .join(questions, questions.c.id == outbox.c.question_id)
        .where(
            outbox.c.contact_id == contact.contact_id,
            questions.c.contact_id == contact.contact_id,  # A cadre's letters are her work.
            outbox.c.state.in_([OutboxState.WAITING, OutboxState.HELD]),
        )
        .order_by(outbox.c.id)
        .with_for_update(of=outbox, skip_locked=True)  # What a sender has in hand is gone.
    )
    for row in (await connection.execute(waiting)).all():
        covered = await cover(connection, contact, Outgoing.from_json(row.message), now, _)
        await connection.execute(
            sa.update(outbox).where(outbox.c.id == row.id).values(message=covered.to_json())
        )


async def uncover(connection: AsyncConnection, contact_id: int) -> list[Outgoing]:
    """What was kept from her, oldest first; it is not kept any longer. Log it as sensitive."""
    shown = await connection.execute(
        sa.delete(hidden_messages)
        .where(hidden_messages.c.contact_id == contact_id)
        .returning(hidden_messages.c.id, hidden_messages.c.message)
    )
    return [Outgoing.from_json(row.message) for row in sorted(shown.all(), key=lambda row: row.id)]


async def forget_old(connection: AsyncConnection, now: datetime) -> int:
    """Delete what nobody asked to see within a week. An answer stays with its question: TRACUU shows it again."""
    forgotten = await connection.execute(
        sa.delete(hidden_messages).where(hidden_messages.c.at < now - KEPT_FOR)
    )
    return forgotten.rowcount
