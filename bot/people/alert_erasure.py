"""Taking somebody's words out of her alerts, wherever they went: the record, the notes of staff, and the chats they were told in.

What staff did and when stays, with nobody's name: the law asks for that. A first letter names its alert by its buttons, so
that it is found again whoever was shown it; the log of messages says which of ours were such letters (`ALERT_KIND`).
"""

import re
from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.people import staff_chats
from bot.people.staff_chats import StaffChat
from bot.store.tables import (
    alert_calls,
    alert_steps,
    alerts,
    contacts,
    conversations,
    interactions,
    outbox,
    question_steps,
    questions,
)
from bot.store.tables.alerts import AlertState, AlertStepKind
from bot.store.types import Moment

ALERT_KIND = "alert"
"""The kind by which the log names what staff were told of alerts, and what they said about them."""

_NAMED = re.compile(r"(?:NHAN|KHONG|BAODONG) (\d{1,9})")
_OPEN = (AlertState.DOUBTED, AlertState.OPEN, AlertState.TAKEN)
_AT_ONCE = 500  # Numbers in one IN: both databases bound the parameters of a statement.


async def erase_alerts(
    connection: AsyncConnection, contact_ids: Sequence[int], member_id: int | None, *, now: datetime
) -> None:
    """Erase her words in the alerts of these chats and of this member. The open ones are closed, and their `next_at` has the clock
    tell staff so. To be called before `erase_questions`: whoever locks both locks alerts first.
    """
    whose: sa.ColumnElement[bool] = alerts.c.contact_id.in_(contact_ids)
    if member_id is not None:
        whose |= alerts.c.member_id == member_id
    ids = list(await connection.scalars(sa.select(alerts.c.id).where(whose)))
    if not ids:
        return
    # Her own turns in other chats and those of staff before the alerts, as these turns lock them; then the letters, as a sender
    # does that records what became of one: nobody waits for another in a ring.
    held = conversations.c.contact_id.in_(contact_ids) | conversations.c.contact_id.in_(_staff_chats(ids))
    desks = conversations.c.contact_id.in_(_desk_chats(contact_ids, member_id))
    await connection.execute(
        sa.select(conversations.c.contact_id)
        .where(held | desks)
        .order_by(conversations.c.contact_id)
        .with_for_update()
    )
    letters = sa.select(outbox.c.id).where(outbox.c.id.in_(_called_by(ids)))
    await connection.execute(letters.order_by(outbox.c.id).with_for_update())
    locked = sa.select(alerts.c.id).where(whose).order_by(alerts.c.id).with_for_update()
    ids = list(await connection.scalars(locked))
    await clear_words(connection, ids)
    for chat in await _chats_of(connection, ids):
        await staff_chats.end_conversation(connection, chat, lambda data: data.get("alert") in ids)
        await staff_chats.forget_typed(connection, chat)
    open_ones = list(
        await connection.scalars(
            sa.select(alerts.c.id).where(alerts.c.id.in_(ids), alerts.c.state.in_(_OPEN))
        )
    )
    for alert_id in open_ones:
        await connection.execute(
            sa.insert(alert_steps).values(alert_id=alert_id, kind=AlertStepKind.CLOSED, text="", at=now)
        )
    was_told = sa.exists().where(alert_calls.c.alert_id == alerts.c.id) | alerts.c.taken_by.is_not(None)
    await connection.execute(
        sa.update(alerts)
        .where(alerts.c.id.in_(open_ones))
        .values(
            state=AlertState.CLOSED,
            closed_at=now,
            next_at=sa.case((was_told, sa.bindparam("told_now", now, Moment())), else_=None),
        )
    )
    await connection.execute(
        sa.update(alerts).where(alerts.c.id.in_(ids)).values(contact_id=None, member_id=None)
    )


async def clear_words(connection: AsyncConnection, ids: Sequence[int]) -> None:
    """Take her words, her number and the notes of staff out of these alerts, which the caller has locked."""
    for chat in await _chats_of(connection, ids):
        await _clear_chat(connection, chat, ids)
    await connection.execute(sa.update(alert_steps).where(alert_steps.c.alert_id.in_(ids)).values(text=""))
    await connection.execute(
        sa.update(alerts).where(alerts.c.id.in_(ids)).values(words="", phone="", call_when="")
    )


async def _chats_of(connection: AsyncConnection, ids: Sequence[int]) -> Sequence[StaffChat]:
    """Each with the moment of the oldest of these alerts: chats are few, and letters of before cannot be about them."""
    since = sa.select(sa.func.min(alerts.c.raised_at)).where(alerts.c.id.in_(ids)).scalar_subquery()
    rows = await connection.execute(
        sa.select(contacts.c.id, contacts.c.account_id, contacts.c.address, since)
        .where(contacts.c.id.in_(_staff_chats(ids)))
        .order_by(contacts.c.id)
    )
    return [StaffChat(*row) for row in rows]


def _staff_chats(ids: Sequence[int]) -> sa.Select[tuple[int]]:
    """The chats of everybody who was told of these alerts or did something about them."""
    told = sa.select(alert_calls.c.staff_id).where(alert_calls.c.alert_id.in_(ids))
    did = sa.select(alert_steps.c.staff_id).where(
        alert_steps.c.alert_id.in_(ids), alert_steps.c.staff_id.is_not(None)
    )
    return sa.select(contacts.c.id).where(contacts.c.staff_id.in_(told) | contacts.c.staff_id.in_(did))


def _desk_chats(contact_ids: Sequence[int], member_id: int | None) -> sa.Select[tuple[int]]:
    """The chats of the desks that her questions lay on: `erase_questions` is going to lock them."""
    whose: sa.ColumnElement[bool] = questions.c.contact_id.in_(contact_ids)
    if member_id is not None:
        whose |= questions.c.member_id == member_id
    hers = sa.select(questions.c.id).where(whose)
    by_step = sa.select(question_steps.c.staff_id).where(
        question_steps.c.question_id.in_(hers), question_steps.c.staff_id.is_not(None)
    )
    return sa.select(contacts.c.id).where(contacts.c.staff_id.in_(by_step))


def _called_by(ids: Sequence[int]) -> sa.Select[tuple[int | None]]:
    return sa.select(alert_calls.c.outbox_id).where(
        alert_calls.c.alert_id.in_(ids), alert_calls.c.outbox_id.is_not(None)
    )


async def _clear_chat(connection: AsyncConnection, chat: StaffChat, ids: Collection[int]) -> None:
    """Delete the letters of these alerts, each with all its parts, there and on a page that we keep ourselves."""
    since = sa.and_(outbox.c.contact_id == chat.contact_id, outbox.c.created_at >= chat.since)
    rows = (
        await connection.execute(
            sa.select(
                outbox.c.id, outbox.c.message, outbox.c.created_at, interactions.c.kind, interactions.c.is_sensitive
            )
            .outerjoin(interactions, interactions.c.outbox_id == outbox.c.id)
            .where(since, outbox.c.question_id.is_(None))
            .order_by(outbox.c.id)
        )
    ).all()  # fmt: skip
    gone: list[int] = []
    parts: list[int] = []  # Of a message whose last part, the only one that the log knows, has not come yet.
    for row in rows:
        parts.append(row.id)
        if row.kind is None:
            continue
        if row.kind == ALERT_KIND and row.is_sensitive and _alert_of(row.message) in ids:
            gone += parts
        parts = []
    await staff_chats.clear_letters(connection, chat, gone)
    for start in range(0, len(gone), _AT_ONCE):
        some = gone[start : start + _AT_ONCE]
        await connection.execute(sa.delete(outbox).where(outbox.c.id.in_(some)))


def _alert_of(message: dict[str, Any]) -> int | None:
    """The alert that the buttons of a letter name."""
    choices = message.get("choices") or [["", ""]]
    named = _NAMED.fullmatch(choices[0][0])
    return int(named[1]) if named else None
