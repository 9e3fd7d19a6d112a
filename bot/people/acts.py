"""The record of what staff did in the console: who, when, what; never names, phones or message texts."""

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.store.tables import staff_acts


async def record(
    connection: AsyncConnection,
    staff_id: int | None,
    act: str,
    *,
    now: datetime,
    subject: str = "",
    **detail: object,
) -> None:
    """Add one act, in the transaction that does it. `act` is a constant like `log_exported`, `subject` a row: `member 7`.

    Nobody (None) did what was done at the command line.
    """
    await connection.execute(
        sa.insert(staff_acts).values(at=now, staff_id=staff_id, act=act, subject=subject, detail=detail)
    )
