"""What a member's words leave behind in the chats of staff besides letters: half an answer, what was typed, the page of the web chat.

Taking it out, for whoever erases questions or alerts; what belongs to other people stays.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.store.tables import conversations, inbox, mailbox
from bot.store.tables.messages import Direction, InboxState

_KEY = "reply:"  # How the outbox names its messages to the channels (`Parcel.key`).
_CLEARED = "gone:"  # The row without content by which a page knows that it was cleared; it stays.
_AT_ONCE = 500  # Numbers in one IN: both databases bound the parameters of a statement.


@dataclass(frozen=True, slots=True)
class StaffChat:
    """A chat of somebody of the Union, and since when it can hold words of hers."""

    contact_id: int
    account_id: int
    address: str
    since: datetime


async def end_conversation(
    connection: AsyncConnection, chat: StaffChat, is_about_her: Callable[[dict[str, Any]], bool]
) -> None:
    """End what is being asked there if its data is about her: half an answer or a note may stand in it. Anything else goes on."""
    its = sa.select(conversations.c.data).where(conversations.c.contact_id == chat.contact_id)
    data: dict[str, Any] = (await connection.execute(its)).scalar() or {}
    if is_about_her(data):
        await connection.execute(
            sa.update(conversations)
            .where(conversations.c.contact_id == chat.contact_id)
            .values(flow="", step="", data={})
        )


async def clear_letters(connection: AsyncConnection, chat: StaffChat, outbox_ids: Sequence[int]) -> None:
    """Take these letters from the page of the chat, where we keep one ourselves."""
    for start in range(0, len(outbox_ids), _AT_ONCE):
        keys = [f"{_KEY}{outbox_id}" for outbox_id in outbox_ids[start : start + _AT_ONCE]]
        await connection.execute(sa.delete(mailbox).where(_on_page(chat), mailbox.c.key.in_(keys)))


async def forget_typed(connection: AsyncConnection, chat: StaffChat) -> None:
    """What was typed there since: her words may be among it, and nothing says which they are."""
    await connection.execute(
        sa.update(inbox)
        .where(
            inbox.c.account_id == chat.account_id,
            inbox.c.lane == chat.address,
            inbox.c.state != InboxState.NEW,
            inbox.c.received_at >= chat.since,
        )
        .values(payload={})
    )
    typed = sa.and_(
        mailbox.c.direction == Direction.IN, mailbox.c.at >= chat.since, ~mailbox.c.key.startswith(_CLEARED)
    )
    await connection.execute(sa.delete(mailbox).where(_on_page(chat), typed))


def _on_page(chat: StaffChat) -> sa.ColumnElement[bool]:
    return sa.and_(mailbox.c.account_id == chat.account_id, mailbox.c.address == chat.address)
