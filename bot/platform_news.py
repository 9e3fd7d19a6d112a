"""What a platform tells by itself, without anybody having spoken: a message arrived, somebody follows no more, wants her
data erased, an officer marked somebody.

It opens no window, is not in the log, is answered by nobody, and makes nobody known who was not: so it is no turn.
"""

from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from bot import receipts
from bot.channels.contract import Incoming, IncomingKind
from bot.clock import LONG_PAST
from bot.people import members, tags
from bot.store.tables import contacts, inbox, message_templates
from bot.store.tables.messages import InboxState

Action = Callable[[AsyncConnection, int, Incoming, datetime], Awaitable[None]]


async def take(connection: AsyncConnection, account_id: int, incoming: Incoming, *, now: datetime) -> bool:
    """Write it down. False for whatever is somebody's own doing or needs words: that is a turn."""
    action = _ACTIONS.get(incoming.kind)
    if action is None:
        return False
    await action(connection, account_id, incoming, now)
    return True


async def _delivered(connection: AsyncConnection, account_id: int, incoming: Incoming, now: datetime) -> None:
    await receipts.delivered(connection, account_id, incoming.message_ids, now=now)


async def _seen(connection: AsyncConnection, account_id: int, incoming: Incoming, now: datetime) -> None:
    await receipts.seen(connection, account_id, incoming.message_ids, now=now)


async def _unfollowed(
    connection: AsyncConnection,
    account_id: int,
    incoming: Incoming,
    now: datetime,  # noqa: ARG001 - the actions' common form
) -> None:
    await connection.execute(
        sa.update(contacts)
        .where(contacts.c.account_id == account_id, contacts.c.address == incoming.address)
        .values(is_follower=False)
    )


async def _tagged(connection: AsyncConnection, account_id: int, incoming: Incoming, now: datetime) -> None:
    await tags.told_on(connection, account_id, [incoming.address], incoming.text, at=incoming.at or now)


async def _untagged(connection: AsyncConnection, account_id: int, incoming: Incoming, now: datetime) -> None:
    at = incoming.at or now
    if incoming.address:
        await tags.told_off(connection, account_id, [incoming.address], incoming.text, at=at)
    else:
        await tags.told_gone(connection, account_id, incoming.text, at=at)


async def _templates_changed(
    connection: AsyncConnection,
    account_id: int,
    incoming: Incoming,  # noqa: ARG001 - the actions' common form
    now: datetime,  # noqa: ARG001
) -> None:
    """What was fetched is as if it were very old: whoever needs it fetches it again."""
    await connection.execute(
        sa.update(message_templates)
        .where(message_templates.c.account_id == account_id)
        .values(fetched_at=LONG_PAST)
    )


async def _withdrawn(connection: AsyncConnection, account_id: int, incoming: Incoming, now: datetime) -> None:
    """Erase what is kept of her, as if she had typed XOA and confirmed it; nothing is said to her."""
    contact_id = await connection.scalar(
        sa.select(contacts.c.id).where(
            contacts.c.account_id == account_id, contacts.c.address == incoming.address
        )
    )
    if contact_id is not None:
        await members.erase(connection, contact_id, now=now)
        return
    # Never a contact, yet something of hers may lie here that meant nothing to us. The update that tells this is the oldest
    # of the open ones.
    of_hers = sa.and_(inbox.c.account_id == account_id, inbox.c.lane == incoming.address)
    this = sa.select(sa.func.min(inbox.c.id)).where(of_hers, inbox.c.state == InboxState.NEW)
    is_over = (inbox.c.state != InboxState.NEW) | (inbox.c.id == this.scalar_subquery())
    await connection.execute(sa.update(inbox).where(of_hers, is_over).values(payload={}))


_ACTIONS: Mapping[IncomingKind, Action] = {
    IncomingKind.DELIVERED: _delivered,
    IncomingKind.SEEN: _seen,
    IncomingKind.UNFOLLOWED: _unfollowed,
    IncomingKind.TAGGED: _tagged,
    IncomingKind.UNTAGGED: _untagged,
    IncomingKind.TEMPLATES_CHANGED: _templates_changed,
    IncomingKind.WITHDRAWN: _withdrawn,
}
