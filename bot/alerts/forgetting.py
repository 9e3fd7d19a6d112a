"""What is forgotten of alerts that have long been over. Each forgets up to `limit` of those over since `before`, and returns of how many."""

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.people import alert_erasure
from bot.store.tables import alert_steps, alerts
from bot.store.tables.alerts import AlertState


async def forget_words(connection: AsyncConnection, before: datetime, limit: int) -> int:
    """Her words, her number and what staff noted; who did what and when stays, for the law asks for it."""
    noted = sa.exists().where(alert_steps.c.alert_id == alerts.c.id, alert_steps.c.text != "")
    ids = await _over_before(
        connection,
        before,
        limit,
        (alerts.c.words != "") | (alerts.c.phone != "") | (alerts.c.call_when != "") | noted,
    )
    await alert_erasure.clear_words(connection, ids)
    return len(ids)


async def forget_whose(connection: AsyncConnection, before: datetime, limit: int) -> int:
    """Whose it was; it stays as a count with its log."""
    is_hers = alerts.c.contact_id.is_not(None) | alerts.c.member_id.is_not(None)
    ids = await _over_before(connection, before, limit, is_hers)
    await connection.execute(
        sa.update(alerts).where(alerts.c.id.in_(ids)).values(contact_id=None, member_id=None)
    )
    return len(ids)


async def _over_before(
    connection: AsyncConnection, before: datetime, limit: int, *conditions: sa.ColumnElement[bool]
) -> list[int]:
    """A chunk of the alerts that have been over since before then, locked."""
    found = await connection.scalars(
        sa.select(alerts.c.id)
        .where(
            alerts.c.state.in_([AlertState.CLOSED, AlertState.MISTAKEN]),
            alerts.c.closed_at < before,
            *conditions,
        )
        .order_by(alerts.c.id)
        .limit(limit)
        .with_for_update()
    )
    return list(found)
