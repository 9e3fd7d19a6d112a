"""Telling those on duty of an alert: the first letter on both routes at once, what comes later, and that somebody has it.

Letters are rows of the outbox in the transaction of what they tell of: a process that dies in between loses neither.
"""

from collections.abc import Callable, Collection, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

import sqlalchemy as sa

from bot.alerts import digits, duty, letters, record, rights
from bot.alerts.duty import OnCall
from bot.alerts.record import Alert, Call
from bot.channels.contract import Outgoing
from bot.languages import DEFAULT
from bot.people import contacts, staff
from bot.people.alert_erasure import ALERT_KIND
from bot.people.contacts import Contact
from bot.questions import routing
from bot.questions.letters import Gettext
from bot.questions.post import Post
from bot.questions.routing import Desk
from bot.said import Note
from bot.store.tables import alert_calls, outbox
from bot.store.tables.alerts import AlertRoute, AlertState, AlertStepKind
from bot.store.tables.messages import OutboxState

KIND = ALERT_KIND
"""By which the log names what staff are told of alerts and say about them."""

AGAIN_AFTER = timedelta(minutes=15)
"""So long nobody has taken it on before it climbs."""

_WHOLE = Note(kind=KIND, is_sensitive=True)
_CODE_ONLY = Note(kind=KIND)


async def tell(
    post: Post,
    alert: Alert,
    *,
    without: Collection[int] = (),
    letter: Callable[..., Outgoing] = letters.reminder,
) -> Alert:
    """Tell both routes at once; who was told before is reminded by `letter`, but for the staff `without`. It is open from now on.

    `alert` is locked.
    """
    alert = replace(alert, state=AlertState.OPEN)
    routes = {AlertRoute.CITY: await duty.city(post.connection, alert, now=post.now)}
    if not alert.is_past_local:
        routes[AlertRoute.LOCAL] = await duty.local(post.connection, alert, now=post.now)
    empty = [route for route, desks in routes.items() if not desks]
    numbers = await phone_list(post, alert) if empty else ()
    before = await remind(post, alert, numbers=numbers, without=without, letter=letter)
    for route, desks in routes.items():
        others = [desk for desk in desks if desk.staff_id not in without]
        await call(post, alert, route, others, numbers=numbers, nobody_on=empty)
    for route in empty:
        await record.add_step(
            post.connection, alert.alert_id, AlertStepKind.NOBODY, route=route, now=post.now
        )
    has_somebody = bool(before) or len(empty) < len(routes)
    # Where nobody was there to be told, it climbs at once.
    next_at = post.now + AGAIN_AFTER if has_somebody else post.now
    await record.change(post.connection, alert.alert_id, state=AlertState.OPEN, next_at=next_at)
    return replace(alert, next_at=next_at)


async def tell_top(post: Post, alert: Alert) -> Alert:
    """Nobody below the top is to know any more: whoever of it was told hears that they must take it, the others are told. `alert` is locked."""
    for chat in await listeners(post, alert):
        await by_code(post, chat, alert, letters.nobody_near(alert, post.gettext(chat)))
    await call(post, alert, AlertRoute.CITY, await duty.city(post.connection, alert, now=post.now))
    if await listeners(post, alert):
        return alert
    await record.add_step(
        post.connection, alert.alert_id, AlertStepKind.NOBODY, route=AlertRoute.CITY, now=post.now
    )
    await record.change(post.connection, alert.alert_id, next_at=post.now)
    return replace(alert, next_at=post.now)


async def call(
    post: Post,
    alert: Alert,
    route: AlertRoute,
    desks: Sequence[Desk],
    *,
    numbers: Sequence[OnCall] = (),
    nobody_on: Collection[AlertRoute] = (),
) -> int:
    """Send the first letter to those of them who have not had it. Returns how many that are."""
    had = {one.staff_id for one in await record.calls(post.connection, alert.alert_id)}
    new = [desk for desk in desks if desk.staff_id not in had]
    for desk in new:
        row_id = await show(post, desk.contact, alert, numbers=numbers, nobody_on=nobody_on)
        await post.connection.execute(
            sa.insert(alert_calls).values(
                alert_id=alert.alert_id,
                staff_id=desk.staff_id,
                route=route,
                told_at=post.now,
                outbox_id=row_id,
            )
        )
        await record.add_step(
            post.connection,
            alert.alert_id,
            AlertStepKind.TOLD,
            staff_id=desk.staff_id,
            route=route,
            now=post.now,
        )
    return len(new)


async def show(
    post: Post,
    chat: Contact,
    alert: Alert,
    *,
    numbers: Sequence[OnCall] = (),
    nobody_on: Collection[AlertRoute] = (),
) -> int:
    """Write all that there is to know of it to this chat. Returns the outbox row.

    In a turn of this very chat the turn has the last word where its conversation stands.
    """
    message = await letters.whole(
        post.connection,
        alert,
        post.gettext(chat),
        numbers=numbers,
        nobody_on=nobody_on,
        reader=chat.staff_id,
    )
    return await _put(post, chat, alert, message, _WHOLE)


async def listeners(post: Post, alert: Alert, *, not_staff: Collection[int] = ()) -> Sequence[Contact]:
    """The chats of those who were told and are still to hear of it: on duty, allowed to know, and not out of it.

    Who could not take it on is asked again only where everybody could not.
    """
    told = [one for one in await record.calls(post.connection, alert.alert_id) if may_hear(alert, one)]
    if any(one.declined_at is None for one in told):
        told = [one for one in told if one.declined_at is None]
    found = [
        await routing.any_chat_of(post.connection, one.staff_id, now=post.now)
        for one in told
        if one.staff_id not in not_staff
    ]
    return [chat for chat in found if chat is not None]


def may_hear(alert: Alert, told: Call) -> bool:
    """Whether somebody who was told is to hear more of it."""
    return told.is_active and (told.is_of_top or not alert.is_past_local)


async def remind(
    post: Post,
    alert: Alert,
    *,
    numbers: Sequence[OnCall] = (),
    without: Collection[int] = (),
    letter: Callable[..., Outgoing] = letters.reminder,
) -> Sequence[int]:
    """Remind those who were told, but for the staff `without`, that nobody has it. Returns who they are."""
    chats = await listeners(post, alert, not_staff=without)
    for chat in chats:
        message = letter(alert, post.gettext(chat), numbers=numbers)
        await by_code(post, chat, alert, message)
    return [chat.staff_id for chat in chats if chat.staff_id is not None]


async def remind_taker(post: Post, chat: Contact, alert: Alert) -> None:
    """Remind who has it that it is not closed."""
    await by_code(post, chat, alert, letters.still_hers(alert, post.gettext(chat)))


async def remind_of_silence(post: Post, chat: Contact, alert: Alert, *, since: datetime) -> None:
    """Remind who has it that the woman waits for a word since then."""
    await by_code(post, chat, alert, letters.owes_a_word(alert, since, post.gettext(chat)))


async def tell_unanswered(post: Post, alert: Alert, *, since: datetime) -> Sequence[str]:
    """Tell those who were told on either route, and those on duty at the top, that somebody has it and she waits for a word since
    then. With the phone list. Returns the names of those who could be told.
    """
    taker_id = alert.taken_by or 0
    taker = await staff.get(post.connection, taker_id)
    numbers = await phone_list(post, alert)
    chats = {chat.staff_id: chat for chat in await listeners(post, alert, not_staff=[taker_id])}
    # Who was put on duty there since; who declined stays out of it.
    had = [one.staff_id for one in await record.calls(post.connection, alert.alert_id)]
    for desk in await duty.city(post.connection, alert, now=post.now, without=[taker_id, *had]):
        if await rights.may_handle(post.connection, alert, desk.staff_id):
            chats[desk.staff_id] = desk.contact
    for chat in chats.values():
        message = letters.unanswered(alert, taker.name if taker else "?", since, numbers, post.gettext(chat))
        await by_code(post, chat, alert, message)
    told = [await staff.get(post.connection, staff_id) for staff_id in chats if staff_id is not None]
    return [one.name for one in told if one is not None]


async def take_back(post: Post, alert: Alert, calls: Collection[Call]) -> Sequence[int]:
    """Delete first letters to these that have not left yet: they are not to know any more. Returns who was not told after all.

    What a sender has in hand just now is leaving: waited for, it might be waiting for this alert in turn.
    """
    _ = log_language(post)
    unsent: list[int] = []
    for one in calls:
        if one.outbox_id is None:
            continue
        letter = sa.select(outbox.c.contact_id, outbox.c.created_at).where(
            outbox.c.id == one.outbox_id, outbox.c.state.in_([OutboxState.WAITING, OutboxState.HELD])
        )
        found = (await post.connection.execute(letter.with_for_update(skip_locked=True))).one_or_none()
        if found is None:
            continue
        parts = sa.and_(
            outbox.c.contact_id == found.contact_id,
            outbox.c.created_at == found.created_at,
            outbox.c.id <= one.outbox_id,
            outbox.c.question_id.is_(None),
            outbox.c.state.in_([OutboxState.WAITING, OutboxState.HELD]),
        )
        await post.connection.execute(sa.delete(outbox).where(parts))
        await drop(post, alert, [one])
        await record.add_step(
            post.connection,
            alert.alert_id,
            AlertStepKind.NOTED,
            words=_("Tin gửi {name} chưa đi nên em đã rút lại.").format(name=one.name),
            now=post.now,
        )
        unsent.append(one.staff_id)
    return unsent


async def drop(post: Post, alert: Alert, calls: Collection[Call]) -> None:
    """It is not the business of these any more; the log still says that they were told. Once it is again, they get a first letter anew."""
    gone = [one.staff_id for one in calls]
    await post.connection.execute(
        sa.delete(alert_calls).where(
            alert_calls.c.alert_id == alert.alert_id, alert_calls.c.staff_id.in_(gone)
        )
    )


async def say_missing(post: Post, alert: Alert, route: AlertRoute) -> None:
    """On this route nobody can be told after all: it is noted, and the others learn it with the phone list."""
    await record.add_step(post.connection, alert.alert_id, AlertStepKind.NOBODY, route=route, now=post.now)
    numbers = await phone_list(post, alert)
    for chat in await listeners(post, alert):
        message = letters.missing(alert, route, numbers, post.gettext(chat))
        await by_code(post, chat, alert, message)


async def relieve(
    post: Post, alert: Alert, sentence: Callable[[Gettext], str], chats: Collection[Contact]
) -> None:
    """Nothing is left to do for these: they are told so, and a bare digit of theirs means the alert no more."""
    for chat in chats:
        message = Outgoing(sentence(post.gettext(chat)))
        await post.outbox.put(post.connection, chat, message, now=post.now, note=_CODE_ONLY)
        await digits.forget(post, chat, alert)


def log_language(post: Post) -> Gettext:
    """What is written into the log stays as it was written: it is in the Union's own language."""
    return post.languages.of(DEFAULT).gettext


async def phone_list(post: Post, alert: Alert) -> Sequence[OnCall]:
    """The numbers that may be rung for it: not those near her where nobody there is to know."""
    return await duty.phone_list(post.connection, None if alert.is_past_local else alert.unit_id)


async def to_her(post: Post, alert: Alert) -> None:
    """One neutral line, the first time that somebody takes it on; nothing where others read her phone."""
    her = await contacts.get(post.connection, alert.contact_id) if alert.contact_id else None
    if her is None or her.is_quiet:
        return
    _ = post.gettext(her)
    await post.notice(her, _("Dạ, cán bộ Hội đã nhận tin của chị."))


async def by_code(post: Post, chat: Contact, alert: Alert, message: Outgoing) -> None:
    """Put a letter that names the alert by its code alone."""
    await _put(post, chat, alert, message, _CODE_ONLY)


async def _put(post: Post, chat: Contact, alert: Alert, message: Outgoing, note: Note) -> int:
    row_id = await post.outbox.put(post.connection, chat, message, now=post.now, note=note)
    if alert.state is not AlertState.TAKEN:
        await digits.expect(post, chat, alert, row_id)
    return row_id
