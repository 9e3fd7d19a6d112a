"""What is used up of what a platform lets an account send in a month, as far as anybody knows: platforms tell little of it."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from bot import usage
from bot.clock import in_vietnam
from bot.store.tables import deliveries, outbox
from bot.store.tables.broadcasts import DeliveryState
from bot.store.tables.messages import OutboxState

GIFT = "sub_quota"
"""The word of the platform that gives so many messages a month with a package, for one that it took from them."""


@dataclass(frozen=True, slots=True)
class Quota:
    """Of one account in the present month. `allowed` is None where nobody has told us: then only `used` is known."""

    used: int
    allowed: int | None = None

    @property
    def left(self) -> int | None:
        return None if self.allowed is None else max(self.allowed - self.used, 0)


async def quotas(
    connection: AsyncConnection, account_ids: Collection[int], *, now: datetime
) -> dict[int, Quota]:
    """Of each of these accounts that something is known of."""
    gifts = await _gifts(connection, account_ids, now)
    known = {account_id: Quota(used) for account_id, used in gifts.items()}
    plans = await usage.messages_of(connection, account_ids, now)
    return known | {account_id: Quota(share.used, share.allowed) for account_id, share in plans.items()}


async def _gifts(connection: AsyncConnection, account_ids: Collection[int], now: datetime) -> dict[int, int]:
    """What each account's platform took from the package this month, by the receipts of its messages."""
    begins = in_vietnam(now).replace(day=1, hour=0, minute=0, second=0, microsecond=0)
    found: dict[int, int] = {}
    for table, sent in ((deliveries, DeliveryState.SENT), (outbox, OutboxState.SENT)):
        rows = await connection.execute(
            sa.select(table.c.account_id, sa.func.count().label("messages"))
            .where(
                table.c.account_id.in_(account_ids),
                table.c.charge == GIFT,
                table.c.state == sent,
                table.c.sent_at >= begins,
            )
            .group_by(table.c.account_id)
        )
        for row in rows:
            found[row.account_id] = found.get(row.account_id, 0) + row.messages
    return found
