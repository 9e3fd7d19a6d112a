"""What staff do with an alert: take it on, decline, hand it over to somebody outside, note, close, open again.

The first who takes it has it, and the others are told. Who may is asked here, because an alert is nobody else's business.
"""

from enum import StrEnum

import sqlalchemy as sa
import structlog

from bot.alerts import climbing, colleagues, holding, letters, record, rights, telling, writing_with_her
from bot.alerts.record import Alert
from bot.people.contacts import Contact
from bot.questions import routing
from bot.questions.post import Post
from bot.store.tables import alert_calls
from bot.store.tables.alerts import AlertState, AlertStepKind
from bot.text import cut

log = structlog.get_logger()

_LONGEST_WHOM = 200


class Act(StrEnum):
    """What became of it."""

    DONE = "done"
    ALREADY = "already"  # She has it, or is out of it, since before.
    OTHERS = "others"  # Somebody else has taken it on: `Alert.taken_by`.
    OVER = "over"  # It is closed. Of `reopen`: it is open, or she had everything erased.
    EMPTY = "empty"  # No words where there must be some.
    FORBIDDEN = "forbidden"  # It is not her business.
    UNKNOWN = "unknown"  # There is no such alert.


async def take(post: Post, alert_id: int, *, staff_id: int) -> Act:
    """She takes it on. The question through which the two write is put on her desk; the woman gets one neutral line."""
    alert = await _open_and_hers(post, alert_id, staff_id)
    if isinstance(alert, Act):
        return alert
    if alert.state is AlertState.TAKEN:
        return Act.ALREADY if alert.taken_by == staff_id else Act.OTHERS
    await holding.give(post, alert, staff_id)
    return Act.DONE


async def decline(post: Post, alert_id: int, *, staff_id: int) -> Act:
    """She cannot take it on, or not go on with it. When nobody who was told is left, it climbs at once.

    Nothing rings her for it in this act. Whether anybody is left then says `climbing.has_somebody`.
    """
    alert = await _open_and_hers(post, alert_id, staff_id)
    if isinstance(alert, Act):
        return alert
    told = await record.calls(post.connection, alert_id)
    mine = next((one for one in told if one.staff_id == staff_id), None)
    if alert.taken_by != staff_id and mine is not None and mine.declined_at is not None:
        return Act.ALREADY
    if alert.taken_by not in {None, staff_id}:
        return Act.OTHERS
    await post.connection.execute(
        sa.update(alert_calls)
        .where(alert_calls.c.alert_id == alert_id, alert_calls.c.staff_id == staff_id)
        .values(declined_at=post.now)
    )
    await record.add_step(post.connection, alert_id, AlertStepKind.DECLINED, staff_id=staff_id, now=post.now)
    if alert.taken_by == staff_id:
        alert = await holding.release(post, alert)
        alert = await telling.tell(post, alert, without=[staff_id])
    if alert.state is AlertState.OPEN and not await climbing.has_somebody(post, alert):
        await climbing.climb(post, alert, without=[staff_id])
    return Act.DONE


async def hand_over(post: Post, alert_id: int, *, staff_id: int, to_whom: str, words: str = "") -> Act:
    """She handed it to somebody outside, the police for one: a line of the log. Where nobody had taken it on, she has."""
    alert = await _open_and_hers(post, alert_id, staff_id)
    if isinstance(alert, Act):
        return alert
    to_whom = " ".join(record.bounded(to_whom).split())
    if not to_whom:
        return Act.EMPTY
    if alert.state is not AlertState.TAKEN:
        await holding.give(post, alert, staff_id)
    await record.add_step(
        post.connection,
        alert_id,
        AlertStepKind.HANDED_OVER,
        staff_id=staff_id,
        to_whom=cut(to_whom, _LONGEST_WHOM),
        words=record.bounded(words),
        now=post.now,
    )
    return Act.DONE


async def give_to(post: Post, alert_id: int, to: int, *, staff_id: int) -> Act:
    """She gives it to a colleague who takes alerts, and has it no more. That one is told at once, and alone: the others hear of it
    when fifteen minutes have passed and nobody has taken it on.

    OTHERS: somebody else has it. EMPTY: no letter reaches the colleague any more, or she is not to know; then nothing has changed.
    """
    alert = await _open_and_hers(post, alert_id, staff_id)
    if isinstance(alert, Act):
        return alert
    if alert.taken_by not in {None, staff_id}:
        return Act.OTHERS
    colleague = await colleagues.on_duty(post.connection, alert, to, by=staff_id, now=post.now)
    if colleague is None:
        return Act.EMPTY
    if alert.state is AlertState.TAKEN:
        alert = await holding.release(post, alert)
    mine = alert_calls.c.alert_id == alert_id
    for one, declined_at in ((staff_id, post.now), (to, None)):
        await post.connection.execute(
            sa.update(alert_calls).where(mine, alert_calls.c.staff_id == one).values(declined_at=declined_at)
        )
    _ = telling.log_language(post)
    await record.add_step(
        post.connection,
        alert_id,
        AlertStepKind.HANDED_OVER,
        staff_id=staff_id,
        to_whom=cut(colleague.name, _LONGEST_WHOM),
        words=_("Giao hẳn; em báo người này nhận."),
        now=post.now,
    )
    if not await telling.call(post, alert, colleague.route, [colleague.desk]):
        await telling.show(post, colleague.desk.contact, alert)  # She was told before.
    return Act.DONE


async def note(post: Post, alert_id: int, *, staff_id: int, words: str) -> Act:
    """A line of the log in her words."""
    alert = await _open_and_hers(post, alert_id, staff_id)
    if isinstance(alert, Act):
        return alert
    words = record.bounded(words)
    if not words:
        return Act.EMPTY
    await record.add_step(
        post.connection, alert_id, AlertStepKind.NOTED, staff_id=staff_id, words=words, now=post.now
    )
    return Act.DONE


async def close(post: Post, alert_id: int, *, staff_id: int, words: str) -> Act:
    """It is over; `words` say what was done. Who still has it, or was told and never saw it taken, hears so."""
    alert = await _open_and_hers(post, alert_id, staff_id)
    if isinstance(alert, Act):
        return alert
    words = record.bounded(words)
    if not words:
        return Act.EMPTY
    chats = await _to_be_relieved(post, alert, staff_id)
    await record.change(
        post.connection,
        alert_id,
        state=AlertState.CLOSED,
        closed_by=staff_id,
        closed_at=post.now,
        next_at=None,
    )
    await record.add_step(
        post.connection, alert_id, AlertStepKind.CLOSED, staff_id=staff_id, words=words, now=post.now
    )
    await telling.relieve(post, alert, lambda _: letters.closed(alert, _), chats)
    await writing_with_her.end(post, alert, staff_id)
    log.info("alert_closed", alert=alert_id, open_s=int((post.now - alert.raised_at).total_seconds()))
    return Act.DONE


async def reopen(post: Post, alert_id: int, *, staff_id: int) -> Act:
    """It was not over: nobody has it, and those on duty are told again."""
    alert = await _hers(post, alert_id, staff_id)
    if isinstance(alert, Act):
        return alert
    if alert.is_open or alert.contact_id is None:
        return Act.OVER
    await holding.open_again(post, alert, staff_id=staff_id)
    return Act.DONE


async def _open_and_hers(post: Post, alert_id: int, staff_id: int) -> Alert | Act:
    """The alert, locked, if it is her business and not over."""
    alert = await _hers(post, alert_id, staff_id)
    return Act.OVER if isinstance(alert, Alert) and not alert.is_open else alert


async def _hers(post: Post, alert_id: int, staff_id: int) -> Alert | Act:
    """The alert, locked, if it is her business."""
    alert = await record.lock(post.connection, alert_id)
    if alert is None:
        return Act.UNKNOWN
    return alert if await rights.may_handle(post.connection, alert, staff_id) else Act.FORBIDDEN


async def _to_be_relieved(post: Post, alert: Alert, staff_id: int) -> list[Contact]:
    """Whom the closing matters to: who has it, else all who were told."""
    if alert.taken_by is None:
        return list(await telling.listeners(post, alert, not_staff=[staff_id]))
    if alert.taken_by == staff_id:
        return []
    chat = await routing.any_chat_of(post.connection, alert.taken_by, now=post.now)
    return [chat] if chat else []
