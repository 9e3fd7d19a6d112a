"""What becomes of an alert as time goes by: nobody is left waiting in silence. The clock ticks; the rows are the truth.

Not taken on for fifteen minutes it climbs: all above her and the whole top are told, with the phone list, and those who were
told before are reminded; so again every fifteen minutes until somebody has it. Who could not take it on is asked again in an hour. Where somebody has it and she waits fifteen minutes for
a word, whoever has it is reminded once, and after as long again the others on duty are told, once.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

import sqlalchemy as sa
import structlog
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.alerts import duty, holding, letters, news, record, silence, telling
from bot.alerts.record import Alert, Call
from bot.alerts.silence import Silence
from bot.people.contacts import Contact
from bot.questions import record as questions
from bot.questions import routing
from bot.questions.post import Post
from bot.questions.routing import Desk
from bot.store.tables import alerts, staff
from bot.store.tables.alerts import AlertRoute, AlertState, AlertStepKind

log = structlog.get_logger()

_DECLINED_FOR = timedelta(hours=1)
"""So long who could not take it on is left alone with it."""

_COUNTED = (AlertState.DOUBTED, AlertState.OPEN, AlertState.TAKEN)
_CLOCKED = (*_COUNTED, AlertState.CLOSED)


@dataclass(frozen=True, slots=True)
class Counts:
    """How many alerts are not over, and since when the oldest that nobody has taken on waits."""

    by_state: Mapping[AlertState, int]
    waits_for: timedelta


async def due(connection: AsyncConnection, now: datetime) -> list[int]:
    """The alerts for which something has to be done now, the longest due first; then those whose woman waits for a word of whoever has
    it, and those of which somebody new on duty has not heard.
    """
    found = await connection.scalars(
        sa.select(alerts.c.id)
        .where(alerts.c.state.in_(_CLOCKED), alerts.c.next_at <= now)
        .order_by(alerts.c.next_at, alerts.c.id)
    )
    gone = sa.select(staff.c.id).where(_is_gone())
    left = await connection.scalars(
        sa.select(alerts.c.id).where(alerts.c.state == AlertState.TAKEN, alerts.c.taken_by.in_(gone))
    )
    waiting = await record.select(connection, alerts.c.state == AlertState.OPEN)
    joined = [alert.alert_id for alert in waiting if await _newcomers(connection, alert, now)]
    return list(dict.fromkeys([*left, *found, *await silence.due(connection, now), *joined]))


async def climb_due(post: Post, alert_id: int) -> bool:
    """Do what is due for it. False when another process was faster, or somebody has taken it on in this very moment."""
    alert = await record.lock(post.connection, alert_id)
    if alert is None:
        return False
    is_due = alert.next_at is not None and alert.next_at <= post.now
    match alert.state:
        case AlertState.TAKEN if await _has_left(post, alert):
            await telling.tell(post, await holding.release(post, alert))
        case AlertState.TAKEN:
            return await _look_after_taken(post, alert, is_morning=is_due)
        case AlertState.OPEN if not is_due:
            return await _tell_newcomers(post, alert)
        case _ if not is_due:
            return False
        case AlertState.DOUBTED:
            await telling.tell(post, alert)
        case AlertState.OPEN:
            await climb(post, alert)
        case AlertState.CLOSED | AlertState.MISTAKEN:
            await _say_erased(post, alert)
    return True


async def climb(post: Post, alert: Alert, *, without: Collection[int] = ()) -> Alert:
    """Tell all above her who have not been told, and remind those who have, but for the staff `without`.

    `alert` is locked, and nobody has it.
    """
    alert = replace(alert, rounds=alert.rounds + 1, next_at=post.now + telling.AGAIN_AFTER)
    await record.change(post.connection, alert.alert_id, rounds=alert.rounds, next_at=alert.next_at)
    await record.add_step(post.connection, alert.alert_id, AlertStepKind.CLIMBED, now=post.now)
    numbers = await telling.phone_list(post, alert)
    declined = await _declined_long_ago(post, alert, without)
    reminded = [*await telling.remind(post, alert, numbers=numbers, without=without)]
    for chat in declined:
        if chat.staff_id not in reminded:
            message = letters.reminder(alert, post.gettext(chat), numbers=numbers)
            await telling.by_code(post, chat, alert, message)
            reminded.append(chat.staff_id or 0)
    everybody = await duty.everybody(post.connection, alert, now=post.now, without=without)
    told = await telling.call(post, alert, AlertRoute.CLIMBED, everybody, numbers=numbers)
    log.warning("alert_climbed", alert=alert.alert_id, round=alert.rounds, told=told, reminded=len(reminded))
    if not told and not reminded:
        await record.add_step(
            post.connection, alert.alert_id, AlertStepKind.NOBODY, route=AlertRoute.CLIMBED, now=post.now
        )
        log.error("alert_reaches_nobody", alert=alert.alert_id)
    return alert


async def _declined_long_ago(post: Post, alert: Alert, without: Collection[int]) -> Sequence[Contact]:
    """The chats of those who could not take it on an hour ago, and have read nothing of it for as long."""
    found: list[Contact] = []
    before = post.now - _DECLINED_FOR
    for one in await record.calls(post.connection, alert.alert_id):
        is_out = one.declined_at is not None and one.declined_at <= before
        if not is_out or one.staff_id in without or not telling.may_hear(alert, one):
            continue
        chat = await routing.any_chat_of(post.connection, one.staff_id, now=post.now)
        if chat is not None and await news.last_letter_at(post, alert, chat) <= before:
            found.append(chat)
    return found


async def has_somebody(post: Post, alert: Alert) -> bool:
    """Whether somebody who was told may still take it on."""
    return any(may_take(alert, one) for one in await record.calls(post.connection, alert.alert_id))


def may_take(alert: Alert, told: Call) -> bool:
    """Whether she may still take it on: has not declined, and the letter has not missed her."""
    return telling.may_hear(alert, told) and told.declined_at is None and not told.has_failed


async def counts(connection: AsyncConnection, now: datetime) -> Counts:
    rows = await connection.execute(
        sa.select(alerts.c.state, sa.func.count(), sa.func.min(alerts.c.raised_at))
        .where(record.is_open())
        .group_by(alerts.c.state)
    )
    by_state = {row.state: row for row in rows}
    untaken = by_state.get(AlertState.OPEN)
    return Counts(
        {state: by_state[state][1] if state in by_state else 0 for state in _COUNTED},
        now - untaken[2] if untaken else timedelta(),
    )


async def _newcomers(
    connection: AsyncConnection, alert: Alert, now: datetime
) -> dict[AlertRoute, Sequence[Desk]]:
    """Who was put on duty, or can be reached, since it was told: on each route those who take alerts and have had no letter."""
    had = {one.staff_id for one in await record.calls(connection, alert.alert_id)}
    routes = {
        AlertRoute.CITY: await duty.city(connection, alert, now=now),
        AlertRoute.LOCAL: await duty.local(connection, alert, now=now),
    }
    on_duty = set(await connection.scalars(sa.select(staff.c.id).where(staff.c.takes_alerts)))
    new = {
        route: [desk for desk in desks if desk.staff_id in on_duty - had] for route, desks in routes.items()
    }
    return {route: desks for route, desks in new.items() if desks}


async def _tell_newcomers(post: Post, alert: Alert) -> bool:
    new = await _newcomers(post.connection, alert, post.now)
    for route, desks in new.items():
        await telling.call(post, alert, route, desks)
    return bool(new)


async def _look_after_taken(post: Post, alert: Alert, *, is_morning: bool) -> bool:
    """Whether anything was to be done."""
    if alert.question_id is not None:
        # An answer that is being written is waited for: she who has just sent it is reminded of nothing.
        await questions.lock(post.connection, alert.question_id)
    waits = (await silence.of(post.connection, [alert.alert_id])).get(alert.alert_id)
    is_silent = waits is not None and waits.is_due(post.now)
    is_reminded = False
    if waits is not None and is_silent:
        is_reminded = waits.reminded_at is None
        await (_remind_of_silence if is_reminded else _tell_unanswered)(post, alert, waits)
    if is_morning:
        await _remind_taker(post, alert, rings=not is_reminded)
    return is_silent or is_morning


async def _remind_of_silence(post: Post, alert: Alert, waits: Silence) -> None:
    """In her chat; an officer without one sees it in the console."""
    await record.add_step(
        post.connection, alert.alert_id, AlertStepKind.REMINDED, staff_id=alert.taken_by, now=post.now
    )
    if (chat := await _chat_of_taker(post, alert)) is not None:
        await telling.remind_of_silence(post, chat, alert, since=waits.since)


async def _tell_unanswered(post: Post, alert: Alert, waits: Silence) -> None:
    told = await telling.tell_unanswered(post, alert, since=waits.since)
    _ = telling.log_language(post)
    words = _("Đã nhắn: {names}.").format(names=", ".join(told)) if told else _("Không nhắn được cho ai.")
    await record.add_step(
        post.connection, alert.alert_id, AlertStepKind.UNANSWERED, words=words, now=post.now
    )
    log.warning("alert_unanswered", alert=alert.alert_id, told=len(told))


async def _remind_taker(post: Post, alert: Alert, *, rings: bool) -> None:
    """In her chat; an officer without one sees it in the console. Whom neither reaches any more has it no longer.

    Not `rings`: she has just been reminded of her who waits.
    """
    await record.change(post.connection, alert.alert_id, next_at=holding.next_morning(post.now))
    chat = await _chat_of_taker(post, alert)
    if chat is not None:
        if rings:
            await telling.remind_taker(post, chat, alert)
    elif not await post.connection.scalar(sa.select(staff.c.login).where(staff.c.id == alert.taken_by)):
        await telling.tell(post, await holding.release(post, alert))


async def _say_erased(post: Post, alert: Alert) -> None:
    """She had everything erased while it was open: whoever was about to help her is to know why nothing reaches her."""
    await record.change(post.connection, alert.alert_id, next_at=None)
    taker = await _chat_of_taker(post, alert)
    chats = [taker] if taker else await telling.listeners(post, alert)
    await telling.relieve(post, alert, lambda _: letters.erased(alert, _), chats)


async def _chat_of_taker(post: Post, alert: Alert) -> Contact | None:
    if alert.taken_by is None:
        return None
    return await routing.any_chat_of(post.connection, alert.taken_by, now=post.now)


async def _has_left(post: Post, alert: Alert) -> bool:
    gone = sa.select(staff.c.id).where(staff.c.id == alert.taken_by, _is_gone())
    return await post.connection.scalar(gone) is not None


def _is_gone() -> sa.ColumnElement[bool]:
    """Of staff: off duty, or reached neither by a chat any more nor in the console."""
    return ~staff.c.is_active | (staff.c.login.is_(None) & staff.c.id.not_in(routing.reached()))
