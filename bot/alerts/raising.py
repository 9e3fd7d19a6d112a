"""She wrote words of danger: an alert is raised, or they are added to hers that goes on."""

from dataclasses import replace
from datetime import timedelta
from enum import StrEnum

import sqlalchemy as sa
import structlog

from bot.alerts import answers, holding, news, record, telling, writing_with_her
from bot.alerts.record import Alert
from bot.answers.safety import Alarm
from bot.people import contacts
from bot.people.contacts import Contact
from bot.questions import asking
from bot.questions.post import Post
from bot.store.tables import alerts, members
from bot.store.tables.alerts import AlertState, AlertStepKind
from bot.text import cut, utf16_length

log = structlog.get_logger()

SILENCE = timedelta(minutes=10)
"""So long she has to say that it was nothing, where it only sounded like danger. Silence is never taken for safety."""


class Said(StrEnum):
    """What these very words of hers say, as far as one can tell."""

    DANGER = "danger"  # It is heard in them, if only as a doubt.
    MORE = "more"  # More of what she told, or nobody knows what.
    ORDINARY = "ordinary"  # Plainly something else.


_MOST_UNITS = 12_000  # Of all her words.


async def hear(
    post: Post,
    contact: Contact,
    alarm: Alarm,
    words: str,
    *,
    past_local: bool = False,
    said: Said = Said.DANGER,
) -> Alert:
    """Keep what she wrote and tell those on duty: at once where it is urgent, else after ten minutes without a word from her.

    `past_local`: her words ask that nobody near her home knows; none of them is told, from the first moment. What she asked so in
    another alert that is open still counts. `alarm` only says of what she told before where no danger is `said`. Soon after staff
    closed an alert of hers nothing is doubted: it is open again. Returns her alert as it stands now.
    """
    contact = await _one_at_a_time(post, contact)
    words = record.bounded(words)
    past_local = past_local or await record.keeps_from_local(post.connection, contact)
    alert = await record.lock_open_of(post.connection, contact, now=post.now)
    closed = None
    if alert is None and said is not Said.ORDINARY:
        closed = await answers.just_closed(post, contact)
        alert = await record.lock(post.connection, closed.alert_id) if closed else None
    if alert is not None and not alert.is_open:
        if alert.raised_at > post.now - record.GOES_ON:
            return await _open_again(post, alert, alarm, words, past_local=past_local)
        alert, alarm = None, replace(alarm, urgent=True)
    if alert is None:
        past_local = past_local or (closed is not None and closed.is_past_local)
        raised = await _raise(post, contact, alarm, words, past_local=past_local)
        if closed is not None:
            await _name_closed(post, raised, closed)
        return raised
    return await _add(post, alert, alarm, words, past_local=past_local, said=said)


async def _raise(post: Post, contact: Contact, alarm: Alarm, words: str, *, past_local: bool) -> Alert:
    inserted = await post.connection.execute(
        sa.insert(alerts)
        .values(
            # One woman, one number: the question through which staff write with her bears it, too.
            id=await asking.reserve_code(post.connection, now=post.now),
            contact_id=contact.contact_id,
            member_id=contact.member_id,
            unit_id=contact.unit_id,
            kind=alarm.kind,
            is_urgent=alarm.urgent,
            is_past_local=past_local,
            state=AlertState.DOUBTED,
            words=words,
            raised_at=post.now,
            next_at=post.now + SILENCE,
        )
        .returning(alerts.c.id)
    )
    alert_id = int(inserted.scalar_one())
    await record.add_step(post.connection, alert_id, AlertStepKind.RAISED, now=post.now)
    if past_local:
        await record.add_step(post.connection, alert_id, AlertStepKind.PAST_LOCAL, now=post.now)
    log.warning("alert_raised", alert=alert_id, urgent=alarm.urgent)
    alert = await record.lock(post.connection, alert_id)
    assert alert is not None  # noqa: S101 - for the types: it was written just now.
    return await telling.tell(post, alert) if alarm.urgent else alert


async def _open_again(post: Post, alert: Alert, alarm: Alarm, words: str, *, past_local: bool) -> Alert:
    """What was over is not: those on duty are told again, at once."""
    is_new_wish = past_local and not alert.is_past_local
    alert = replace(
        alert,
        words=_below(alert.words, words),
        is_urgent=True,
        is_safe=None,
        is_past_local=alert.is_past_local or past_local,
        kind=alarm.kind if alarm.urgent else alert.kind,
    )
    await record.change(
        post.connection,
        alert.alert_id,
        words=alert.words,
        is_urgent=True,
        is_safe=None,
        is_past_local=alert.is_past_local,
        kind=alert.kind,
    )
    await record.add_step(post.connection, alert.alert_id, AlertStepKind.ADDED, now=post.now)
    if is_new_wish:
        await record.add_step(post.connection, alert.alert_id, AlertStepKind.PAST_LOCAL, now=post.now)
    log.warning("alert_raised", alert=alert.alert_id, urgent=True)
    return await holding.open_again(post, alert)


async def _name_closed(post: Post, alert: Alert, closed: Alert) -> None:
    """That it goes on from one that was raised too long ago to be opened again."""
    _ = telling.log_language(post)
    words = _("Trước đó là báo động mã {code}, vừa khép.").format(code=closed.alert_id)
    await record.add_step(post.connection, alert.alert_id, AlertStepKind.NOTED, words=words, now=post.now)


async def _add(post: Post, alert: Alert, alarm: Alarm, words: str, *, past_local: bool, said: Said) -> Alert:
    """A second doubt is none, unless she only says the same again; and whether who said that she is safe still is, nobody knows."""
    is_danger, was_safe = said is Said.DANGER, alert.is_safe is True
    is_new = f"\n{words}\n" not in f"\n{alert.words}\n"
    is_second_doubt = is_danger and is_new and alert.state is AlertState.DOUBTED
    is_urgent = alarm.urgent or is_second_doubt
    is_worse = is_urgent and not alert.is_urgent
    alert = replace(
        alert,
        words=_below(alert.words, words),
        is_urgent=alert.is_urgent or is_urgent,
        is_safe=None if is_danger and was_safe else alert.is_safe,
        kind=alarm.kind if is_worse else alert.kind,
    )
    await record.change(
        post.connection,
        alert.alert_id,
        words=alert.words,
        is_urgent=alert.is_urgent,
        is_safe=alert.is_safe,
        kind=alert.kind,
    )
    await record.add_step(post.connection, alert.alert_id, AlertStepKind.ADDED, now=post.now)
    if past_local:
        alert = await answers.past_local(post, alert.alert_id) or alert
    is_cry = alarm.urgent or (is_danger and was_safe)
    match alert.state:
        case AlertState.DOUBTED if alert.is_urgent:
            return await telling.tell(post, alert)
        case AlertState.OPEN | AlertState.TAKEN if said is Said.ORDINARY:
            await news.count_more(post, alert)
        case AlertState.OPEN:
            await news.bring(post, alert, is_more=not is_worse, is_cry=is_cry)
        case AlertState.TAKEN:
            # What nobody is sure of is marked as urgent, too, unless she says that she is safe.
            is_marked = is_danger or alert.is_safe is not True
            await writing_with_her.add(post, alert, words, speaks_of_danger=is_marked, rings_anew=is_worse)
    return alert


async def _one_at_a_time(post: Post, contact: Contact) -> Contact:
    """A member may write in two of her chats at once; it is one alert still. Returns the contact as it is now: she may just have had
    everything erased in the other chat.
    """
    if contact.member_id is None:
        return contact
    hers = sa.select(members.c.id).where(members.c.id == contact.member_id)
    if await post.connection.scalar(hers.with_for_update(key_share=True)) is not None:
        return contact
    return await contacts.get(post.connection, contact.contact_id) or contact


def _below(before: str, words: str) -> str:
    """Her words so far with the new ones below; of very many, how it began and what came last."""
    whole = f"{before}\n{words}" if before else words
    if utf16_length(whole) <= _MOST_UNITS:
        return whole
    return f"{cut(before, _MOST_UNITS - utf16_length(words) - 1)}\n{words}"
