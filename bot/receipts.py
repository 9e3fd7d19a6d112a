"""That messages of ours are on somebody's phone, and that she opened them, as far as her platform tells.

Kept by the platform's id of the message, apart from replies and announcements: a platform may tell before the send itself
is recorded. Receiving and reading are nothing that she did: no window opens, and nothing of it is in the log.
"""

from collections.abc import Sequence
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.store.database import insert_ignoring
from bot.store.tables import receipts


async def delivered(
    connection: AsyncConnection, account_id: int, platform_ids: Sequence[str], *, now: datetime
) -> None:
    """They arrived; told again, the first time counts."""
    rows = [
        {"account_id": account_id, "platform_id": platform_id, "delivered_at": now}
        for platform_id in sorted(set(platform_ids))  # One order for all: two processes never wait in a ring.
    ]
    if rows:
        await connection.execute(insert_ignoring(receipts, connection.dialect.name), rows)


async def seen(
    connection: AsyncConnection, account_id: int, platform_ids: Sequence[str], *, now: datetime
) -> None:
    """She opened them, so they arrived as well, whether or not that was told."""
    await delivered(connection, account_id, platform_ids, now=now)
    for platform_id in sorted(set(platform_ids)):
        await connection.execute(
            sa.update(receipts)
            .where(
                receipts.c.account_id == account_id,
                receipts.c.platform_id == platform_id,
                receipts.c.seen_at.is_(None),
            )
            .values(seen_at=now)
        )
