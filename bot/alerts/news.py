"""What is new of an alert, to whoever has it, or to all who were told while nobody has: not every line of a frightened woman rings.

What rang, and when, is read off the letters that went out.
"""

from collections.abc import Callable
from datetime import datetime, timedelta

import sqlalchemy as sa

from bot.alerts import letters, record, telling
from bot.alerts.record import Alert
from bot.channels.contract import Outgoing
from bot.people.contacts import Contact
from bot.questions import routing
from bot.questions.letters import Gettext
from bot.questions.post import Post
from bot.store.tables import interactions, outbox

_RINGS_FOR = timedelta(minutes=1)  # Who has just been rung sees all of it when she looks.
# A frightened woman writes in short lines: not each of them rings, unless it is a cry.
_NEWS_FOR = timedelta(minutes=5)


async def bring(
    post: Post,
    alert: Alert,
    *,
    to_all: bool = False,
    is_more: bool = False,
    is_cry: bool = False,
) -> None:
    """Say that there is something new: to who has it, or, if nobody has or can be reached, or `to_all`, to all who were told.

    `is_more`: only more words; whom a letter of this alert has just rung hears nothing. `is_cry`: it is urgent, so that news of before
    count no longer than any letter.
    """
    chats = await _for_news(post, alert, to_all=to_all)
    if is_more:
        news_for = _RINGS_FOR if is_cry else _NEWS_FOR
        chats = [chat for chat in chats if not await _has_just_rung(post, alert, chat, news_for)]
    for chat in chats:
        await telling.by_code(post, chat, alert, letters.news(alert, post.gettext(chat)))


async def bring_calm(
    post: Post,
    alert: Alert,
    letter: Callable[[Alert, Gettext], Outgoing] = letters.calm_news,
    *,
    to_all: bool = False,
) -> None:
    """Say a thing by a letter of its own, to those who hear the news, or to all who were told: that she says that she is safe, for one."""
    for chat in await _for_news(post, alert, to_all=to_all):
        await telling.by_code(post, chat, alert, letter(alert, post.gettext(chat)))


async def count_more(post: Post, alert: Alert) -> None:
    """She goes on writing, plainly about something else: one letter in five minutes says to those who hear the news how often."""
    for chat in await _for_news(post, alert):
        last_at = await last_letter_at(post, alert, chat)
        if last_at > post.now - _NEWS_FOR:
            continue
        count = await record.count_added(post.connection, alert.alert_id, since=last_at)
        await telling.by_code(post, chat, alert, letters.more_words(alert, count, post.gettext(chat)))


async def _for_news(post: Post, alert: Alert, *, to_all: bool = False) -> list[Contact]:
    chats: list[Contact] = []
    if alert.taken_by is not None:
        taker = await routing.any_chat_of(post.connection, alert.taken_by, now=post.now)
        chats = [taker] if taker else []
    if to_all or not chats:
        chats += await telling.listeners(post, alert, not_staff=[chat.staff_id or 0 for chat in chats])
    return chats


async def _has_just_rung(post: Post, alert: Alert, chat: Contact, news_for: timedelta) -> bool:
    """Whether an urgent letter of this alert went to this chat within a minute, or news within `news_for`. What she asked to see
    herself, and calm news, do not count; nor does what went before these, for they said that it is not urgent.
    """
    _ = post.gettext(chat)
    found = await post.connection.execute(
        sa.select(outbox.c.id, outbox.c.message, outbox.c.created_at, interactions.c.is_sensitive)
        .join(interactions, interactions.c.outbox_id == outbox.c.id)
        .where(
            outbox.c.contact_id == chat.contact_id,
            outbox.c.created_at > post.now - _NEWS_FOR,
            interactions.c.kind == telling.KIND,
        )
        .order_by(outbox.c.id)
    )
    has_rung = False
    first = {one.outbox_id for one in await record.calls(post.connection, alert.alert_id)}
    for row in found:
        letter = Outgoing.from_json(row.message)
        if not letters.is_about(alert, letter) or (row.is_sensitive and row.id not in first):
            continue
        head = _head(letter)
        if head in {_head(letters.calm_news(alert, _)), _head(letters.mistaken(alert, _))}:
            has_rung = False
            continue
        is_news = head == _head(letters.news(alert, _))
        has_rung = has_rung or row.created_at > post.now - (news_for if is_news else _RINGS_FOR)
    return has_rung


async def last_letter_at(post: Post, alert: Alert, chat: Contact) -> datetime:
    """When this chat last read of the alert, or of its question; when it was raised, if it never did."""
    found = await post.connection.execute(
        sa.select(outbox.c.message, outbox.c.question_id, outbox.c.created_at)
        .where(outbox.c.contact_id == chat.contact_id, outbox.c.created_at >= alert.raised_at)
        .order_by(outbox.c.id.desc())
    )
    for row in found:
        is_of_question = row.question_id is not None and row.question_id == alert.question_id
        if is_of_question or letters.is_about(alert, Outgoing.from_json(row.message)):
            last_at: datetime = row.created_at
            return last_at
    return alert.raised_at


def _head(letter: Outgoing) -> str:
    return letter.text.split("\n")[0]
