"""Who may know of an alert and do something about it: those who were told, those above her who take alerts, and the top.

Never she herself as staff, and, where she wants nobody near her home to know, nobody below the top, told or not.
"""

from collections.abc import Sequence

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.alerts import record
from bot.alerts.record import TOP, Alert
from bot.people import staff
from bot.store.tables import alert_calls, alerts, contacts, units
from bot.store.tables.alerts import AlertState
from bot.store.tables.people import Role


async def may_handle(connection: AsyncConnection, alert: Alert, staff_id: int) -> bool:
    """Whether this alert is her business."""
    theirs = sa.select(alerts.c.id).where(
        alerts.c.id == alert.alert_id, await business_of(connection, staff_id)
    )
    return await connection.scalar(theirs) is not None


async def open_for(connection: AsyncConnection, staff_id: int) -> Sequence[Alert]:
    """The alerts that are her business and not over, the oldest first; one that is only doubted nobody was told of."""
    return await record.select(connection, await business_of(connection, staff_id), record.is_told())


async def is_told_since(connection: AsyncConnection, staff_id: int, row_id: int, *, but: int) -> bool:
    """Whether the letter of an alert that nobody has taken, another than `but`, went to her after that row of the outbox."""
    told = (
        sa.select(alert_calls.c.id)
        .join(alerts, alerts.c.id == alert_calls.c.alert_id)
        .where(
            alert_calls.c.staff_id == staff_id,
            alert_calls.c.outbox_id > row_id,
            alert_calls.c.declined_at.is_(None),
            alerts.c.id != but,
            alerts.c.state == AlertState.OPEN,
        )
    )
    return await connection.scalar(told.limit(1)) is not None


async def business_of(connection: AsyncConnection, staff_id: int) -> sa.ColumnElement[bool]:
    """The condition that a row of alerts is her business."""
    member = await staff.get(connection, staff_id)
    if member is None or not member.is_active:
        return sa.false()
    hers = sa.select(contacts.c.id).where(contacts.c.staff_id == staff_id)
    as_member = sa.select(contacts.c.member_id).where(
        contacts.c.staff_id == staff_id, contacts.c.member_id.is_not(None)
    )
    about_her = alerts.c.contact_id.in_(hers) | alerts.c.member_id.in_(as_member)
    not_about_her = sa.func.coalesce(~about_her, sa.true())
    told = sa.exists().where(alert_calls.c.alert_id == alerts.c.id, alert_calls.c.staff_id == staff_id)
    if member.unit_level in TOP:
        if member.role is Role.OFFICER or member.takes_alerts:
            return not_about_her
        return not_about_her & told
    below = sa.select(units.c.id).where(units.c.path.startswith(member.unit_path, autoescape=True))
    in_line = alerts.c.unit_id.in_(below) if member.takes_alerts else sa.false()
    return not_about_her & ~alerts.c.is_past_local & (told | in_line)
