"""Announcements as they are written. Confirming and giving up are `broadcasts.confirming`'s; who may write is the pages'."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.store.tables import broadcasts
from bot.store.tables.broadcasts import BroadcastState, OnUncertain, Priority
from broadcasts import approval
from broadcasts.audience import Audience
from broadcasts.content import Content
from broadcasts.steps import OPEN, record, refuse, step


@dataclass(frozen=True, slots=True)
class Draft:
    """What an officer writes."""

    title: str
    texts: Mapping[str, str]  # By language; Vietnamese must be there when it is confirmed.
    unit_id: int  # In whose name it is sent.
    audience: Audience
    on_uncertain: OnUncertain = field(default=OnUncertain.LEAVE)
    content: Content = field(default_factory=Content)
    category: str = ""
    priority: Priority = Priority.NORMAL
    per_day: int | None = None  # DRIP: how many people a day.
    budget: int | None = None  # VND of one run at most; None: nothing may cost money.
    deadline_at: datetime | None = None


async def create(connection: AsyncConnection, draft: Draft, *, staff_id: int, now: datetime) -> int:
    """Keep a new draft, complete or not; returns the broadcast's id."""
    inserted = await connection.execute(
        sa.insert(broadcasts)
        .values(
            **_columns(draft), state=BroadcastState.DRAFT, created_by=staff_id, created_at=now, updated_at=now
        )
        .returning(broadcasts.c.id)
    )
    broadcast_id = int(inserted.scalar_one())
    await record(connection, broadcast_id, staff_id, "broadcast_created", now)
    return broadcast_id


async def edit(
    connection: AsyncConnection, broadcast_id: int, draft: Draft, *, staff_id: int, now: datetime
) -> None:
    """Change what was written. One that was scheduled is a draft again: what was confirmed is not this any more."""
    edited = await step(
        connection,
        broadcast_id,
        OPEN,
        **_columns(draft),
        state=BroadcastState.DRAFT,
        due_at=None,
        counted=None,
        updated_at=now,
    )
    if not edited:
        await refuse(connection, broadcast_id)
    await approval.withdraw(connection, broadcast_id, now=now)
    await record(connection, broadcast_id, staff_id, "broadcast_edited", now)


def _columns(draft: Draft) -> dict[str, Any]:
    return {
        "title": draft.title.strip()[:200],
        "texts": {language: text for language, text in draft.texts.items() if text.strip()},
        "unit_id": draft.unit_id,
        "audience": draft.audience.to_json(),
        "on_uncertain": draft.on_uncertain,
        "content": draft.content.to_json(),
        "category": draft.category,
        "priority": draft.priority,
        "per_day": draft.per_day,
        "budget": draft.budget,
        "deadline_at": draft.deadline_at,
    }
