"""What members do with an announcement they got: pick one of its answers, write back, open its link."""

import re
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.languages import DEFAULT
from bot.people.contacts import Contact
from bot.store.database import insert_ignoring
from bot.store.tables import deliveries, outbox, responses, runs
from bot.store.tables.broadcasts import DeliveryState
from bot.text import fold
from broadcasts import message
from broadcasts.content import Content

OPEN_FOR = timedelta(days=14)
"""So long after it was sent an announcement can be answered."""

REHEARSED = 0
"""No delivery: what an answer of a test send is for."""

_CHOICE = re.compile(r"chon ([1-9]) #(0|[1-9][0-9]{0,17})")


@dataclass(frozen=True, slots=True)
class Announced:
    """One delivery as its recipient may answer it."""

    delivery_id: int
    run_id: int
    content: Content
    is_open: bool  # Neither too old nor taken back.
    sent_at: datetime
    is_taken_back: bool = False  # And young enough that she may still want to answer it.

    def answer(self, number: int, language: str) -> str | None:
        """What the answer with this number says, in her language; None where there is none."""
        if not 1 <= number <= len(self.content.answers):
            return None
        said = self.content.answers[number - 1]
        return said.get(language) or said.get(DEFAULT) or next(iter(said.values()), str(number))


@dataclass(frozen=True, slots=True)
class Target:
    """Where a link of a delivery leads."""

    run_id: int
    url: str


def choice_value(delivery_id: int, number: int) -> str:
    """What pressing an answer of a delivery says: readable, for some platforms show it as her own words, and never a digit,
    which would mean something else.
    """
    return f"Chọn {number} #{delivery_id}"


def read_choice(said: str) -> tuple[int, int] | None:
    """The delivery and the number of the answer, of what `choice_value` made; None for anything else."""
    match = _CHOICE.fullmatch(" ".join(fold(said).split())) if len(said) < 40 else None
    return (int(match[2]), int(match[1])) if match else None


async def announced(
    connection: AsyncConnection, contact: Contact, delivery_id: int, now: datetime
) -> Announced | None:
    """A delivery by its number, if it is hers."""
    return await _find(connection, contact, deliveries.c.id == delivery_id, now=now)


async def quoted(
    connection: AsyncConnection, contact: Contact, platform_id: str, now: datetime
) -> Announced | None:
    """The delivery that our message with this platform id was, if it was one in this chat."""
    if not platform_id:
        return None
    return await _find(connection, contact, deliveries.c.platform_id == platform_id, now=now)


async def latest(
    connection: AsyncConnection, contact: Contact, *, within: timedelta, now: datetime
) -> Announced | None:
    """The announcement that she got last in this chat within that time."""
    return await _find(
        connection,
        contact,
        deliveries.c.state == DeliveryState.SENT,
        deliveries.c.sent_at > now - within,
        now=now,
    )


async def last_said(
    connection: AsyncConnection, contact: Contact, *, within: timedelta, now: datetime
) -> Announced | None:
    """The announcement that is the last message she got from us in this chat; None when something else was, or none was sent
    within that time.
    """
    found = await latest(connection, contact, within=within, now=now)
    return found if found is not None and await is_last_said(connection, contact, found) else None


async def is_last_said(connection: AsyncConnection, contact: Contact, announced: Announced) -> bool:
    """Whether she got nothing from us in this chat since."""
    newer = sa.select(outbox.c.id).where(said_since(contact, announced.sent_at)).limit(1)
    return await connection.scalar(newer) is None


def said_since(contact: Contact, moment: datetime) -> sa.ColumnElement[bool]:
    """The condition on rows of the outbox that were said to her since."""
    said_at = sa.func.coalesce(outbox.c.sent_at, outbox.c.created_at)
    return sa.and_(outbox.c.contact_id == contact.contact_id, said_at >= moment)


async def is_answered(connection: AsyncConnection, announced: Announced) -> bool:
    """Whether she has picked one of its answers."""
    picked = sa.select(responses.c.answer).where(responses.c.delivery_id == announced.delivery_id)
    return await connection.scalar(picked) is not None


async def target(connection: AsyncConnection, delivery_id: int, number: int) -> Target | None:
    """The link with this number, of the texts that she was sent or that they were changed to; None where there is none."""
    found = await connection.execute(
        sa.select(deliveries.c.run_id, deliveries.c.revision, runs.c.texts, runs.c.revised, runs.c.content)
        .join(runs, runs.c.id == deliveries.c.run_id)
        .where(deliveries.c.id == delivery_id)
    )
    row = found.one_or_none()
    if row is None:
        return None
    if row.revision and row.revised:
        urls = message.links(row.revised)
    else:
        urls = message.links(row.texts, Content.from_json(row.content))
    return Target(row.run_id, urls[number]) if number < len(urls) else None


async def _find(
    connection: AsyncConnection, contact: Contact, *which: sa.ColumnElement[bool], now: datetime
) -> Announced | None:
    if contact.member_id is None:
        return None
    found = await connection.execute(
        sa.select(
            deliveries.c.id,
            deliveries.c.run_id,
            deliveries.c.sent_at,
            runs.c.content,
            runs.c.created_at,
            runs.c.revision,
            runs.c.revised,
        )
        .join(runs, runs.c.id == deliveries.c.run_id)
        .where(
            deliveries.c.member_id == contact.member_id,
            deliveries.c.contact_id == contact.contact_id,
            *which,
        )
        .order_by(deliveries.c.sent_at.desc().nulls_last(), deliveries.c.id.desc())
        .limit(1)
    )
    row = found.one_or_none()
    if row is None:
        return None
    is_taken_back = row.revision > 0 and not row.revised
    sent_at = row.sent_at or row.created_at
    is_young = now - sent_at <= OPEN_FOR
    return Announced(
        row.id,
        row.run_id,
        Content.from_json(row.content),
        is_open=is_young and not is_taken_back,
        is_taken_back=is_young and is_taken_back,
        sent_at=sent_at,
    )


async def record_answer(
    connection: AsyncConnection, announced: Announced, number: int, *, now: datetime
) -> None:
    """She picked this answer; of several the last counts."""
    await _record(connection, announced.delivery_id, announced.run_id, answer=number, answered_at=now)


async def record_reply(
    connection: AsyncConnection, announced: Announced, interaction_id: int, *, now: datetime
) -> None:
    """She wrote back in her own words, which stand in this line of the log; of several the last is shown."""
    await _record(
        connection, announced.delivery_id, announced.run_id, replied_at=now, interaction_id=interaction_id
    )


async def record_click(connection: AsyncConnection, delivery_id: int, run_id: int, *, now: datetime) -> None:
    """She opened a link."""
    first = sa.func.coalesce(responses.c.clicked_at, sa.literal(now, responses.c.clicked_at.type))
    changed = {"clicked_at": first, "clicks": responses.c.clicks + 1}
    await _record(connection, delivery_id, run_id, changed=changed, clicked_at=now, clicks=1)


async def _record(
    connection: AsyncConnection,
    delivery_id: int,
    run_id: int,
    *,
    changed: dict[str, Any] | None = None,
    **values: Any,
) -> None:
    """Add to her row, or make it with `values`. Of two at once the second waits, and then adds to the first one's."""
    hers = sa.update(responses).where(responses.c.delivery_id == delivery_id).values(**(changed or values))
    if (await connection.execute(hers)).rowcount:
        return
    row = insert_ignoring(responses, connection.dialect.name).values(
        delivery_id=delivery_id, run_id=run_id, **values
    )
    if not (await connection.execute(row)).rowcount:
        await connection.execute(hers)
