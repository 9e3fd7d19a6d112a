"""A letter about an alert that did not arrive, or would have to wait: somebody else hears of it now. Implements `bot.outbox.Concern`.

Of letters about anything else another concern is told.
"""

from collections.abc import Sequence

import sqlalchemy as sa
import structlog
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.alerts import climbing, duty, record, telling
from bot.alerts.record import Alert
from bot.clock import Clock
from bot.languages import Languages
from bot.outbox import Concern, Outbox
from bot.people.contacts import Contact
from bot.questions import routing
from bot.questions.post import Post
from bot.store.tables import alert_calls, outbox
from bot.store.tables.alerts import AlertRoute, AlertState

log = structlog.get_logger()


class UndeliveredAlerts:
    """Told by the outbox of letters that failed for good or have to wait."""

    def __init__(self, outbox: Outbox, languages: Languages, clock: Clock, *, otherwise: Concern) -> None:
        """`outbox` only writes the letters that follow; it needs nobody to tell of failures."""
        self._outbox = outbox
        self._languages = languages
        self._clock = clock
        self._otherwise = otherwise

    async def on_failed(self, connection: AsyncConnection, outbox_id: int, code: str) -> None:
        alert_id = await _alert_of(connection, outbox_id)
        if alert_id is None:
            await self._otherwise.on_failed(connection, outbox_id, code)
        else:
            await letter_failed(self._post(connection), alert_id, outbox_id)

    async def on_held(self, connection: AsyncConnection, outbox_id: int) -> bool:
        if await _alert_of(connection, outbox_id) is None:
            return await self._otherwise.on_held(connection, outbox_id)
        return False

    def _post(self, connection: AsyncConnection) -> Post:
        return Post(connection, self._outbox, self._languages, self._clock())


async def letter_failed(post: Post, alert_id: int, outbox_id: int) -> None:
    """Her first letter goes to another chat of hers; where there is none, to whoever comes next on this route. Where nobody does,
    the others learn it; and where there are no others it climbs.
    """
    alert = await record.lock(post.connection, alert_id)
    if alert is None or alert.state is not AlertState.OPEN:
        return
    told = await record.calls(post.connection, alert_id)
    missed = next((one for one in told if one.outbox_id == outbox_id), None)
    if missed is None or not telling.may_hear(alert, missed):
        return
    if (chat := await _other_chat(post, missed.staff_id, outbox_id)) is not None:
        row_id = await telling.show(post, chat, alert)
        await post.connection.execute(
            sa.update(alert_calls)
            .where(alert_calls.c.alert_id == alert_id, alert_calls.c.staff_id == missed.staff_id)
            .values(outbox_id=row_id)
        )
        return
    log.warning("alert_letter_failed", alert=alert_id)
    if any(climbing.may_take(alert, one) for one in told if one.route is missed.route):
        return
    if await _next_on(post, alert, missed.route, [one.staff_id for one in told if one.has_failed]):
        return
    if not any(climbing.may_take(alert, one) for one in told):
        await climbing.climb(post, alert)
    elif missed.route is not AlertRoute.CLIMBED:
        await telling.say_missing(post, alert, missed.route)


async def _next_on(post: Post, alert: Alert, route: AlertRoute, without: Sequence[int]) -> int:
    """Tell whoever else there is on this route. Returns how many."""
    match route:
        case AlertRoute.LOCAL:
            desks = await duty.local(post.connection, alert, now=post.now, without=without)
        case AlertRoute.CITY:
            desks = await duty.city(post.connection, alert, now=post.now, without=without)
        case AlertRoute.CLIMBED:
            return 0
    return await telling.call(post, alert, route, desks)


async def _alert_of(connection: AsyncConnection, outbox_id: int) -> int | None:
    """The alert whose first letter this is."""
    found: int | None = await connection.scalar(
        sa.select(alert_calls.c.alert_id).where(alert_calls.c.outbox_id == outbox_id)
    )
    return found


async def _other_chat(post: Post, staff_id: int, outbox_id: int) -> Contact | None:
    failed_in = await post.connection.scalar(sa.select(outbox.c.contact_id).where(outbox.c.id == outbox_id))
    reaching = await routing.chats_of(post.connection, staff_id, now=post.now)
    return next((chat for chat in reaching if chat.contact_id != failed_in), None)
