"""Announcements as they are written. Confirming and giving up are `broadcasts.confirming`'s; who may write is the pages'."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.store.tables import broadcasts
from bot.store.tables.broadcasts import BroadcastState, OnUncertain, Priority
from broadcasts import approval, draft_versions
from broadcasts.audience import Audience
from broadcasts.content import Content
from broadcasts.draft_versions import Form
from broadcasts.refused import N_, Refused
from broadcasts.steps import OPEN, get, record, refuse, step


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

    def to_json(self) -> dict[str, Any]:
        columns = _columns(self)
        deadline = self.deadline_at.astimezone(UTC).isoformat() if self.deadline_at else None
        return {**columns, "priority": int(self.priority), "deadline_at": deadline}

    @classmethod
    def from_json(cls, stored: Mapping[str, Any]) -> "Draft":
        deadline = stored["deadline_at"]
        return cls(
            title=stored["title"],
            texts=stored["texts"],
            unit_id=stored["unit_id"],
            audience=Audience.from_json(stored["audience"]),
            on_uncertain=OnUncertain(stored["on_uncertain"]),
            content=Content.from_json(stored["content"]),
            category=stored["category"],
            priority=Priority(stored["priority"]),
            per_day=stored["per_day"],
            budget=stored["budget"],
            deadline_at=datetime.fromisoformat(deadline) if deadline else None,
        )

    @classmethod
    def of(cls, row: sa.Row[*tuple[Any, ...]]) -> "Draft":
        """What a row of broadcasts says. Refused where its audience cannot be read any more."""
        return cls(
            title=row.title,
            texts=row.texts,
            unit_id=row.unit_id,
            audience=Audience.from_json(row.audience),
            on_uncertain=row.on_uncertain,
            content=Content.from_json(row.content),
            category=row.category,
            priority=Priority(row.priority),
            per_day=row.per_day,
            budget=row.budget,
            deadline_at=row.deadline_at,
        )


class Changed(Refused):
    """A colleague has changed it since it was looked at; nothing was kept of what is written now."""


async def create(
    connection: AsyncConnection,
    draft: Draft,
    *,
    staff_id: int,
    now: datetime,
    schedule: Mapping[str, Any] | None = None,
    form: Form | None = None,
) -> int:
    """Keep a new draft, complete or not; returns the broadcast's id. `schedule` is when she has in mind to send it, `form` the
    page that she writes on.
    """
    inserted = await connection.execute(
        sa.insert(broadcasts)
        .values(
            **_columns(draft),
            schedule=dict(schedule or {}),
            state=BroadcastState.DRAFT,
            created_by=staff_id,
            created_at=now,
            updated_at=now,
        )
        .returning(broadcasts.c.id)
    )
    broadcast_id = int(inserted.scalar_one())
    written = draft.to_json()
    await draft_versions.keep(connection, broadcast_id, written, staff_id=staff_id, now=now, form=form)
    await record(connection, broadcast_id, staff_id, "broadcast_created", now)
    return broadcast_id


async def edit(
    connection: AsyncConnection,
    broadcast_id: int,
    draft: Draft,
    *,
    staff_id: int,
    now: datetime,
    seen_at: datetime | None = None,
    form: Form | None = None,
) -> None:
    """Change what was written. One that was scheduled is a draft again: what was confirmed is not this any more.

    `seen_at` is `updated_at` of what she began with: Changed when somebody has written since.
    """
    as_seen = broadcasts.c.updated_at == seen_at if seen_at else sa.true()
    edited = await step(
        connection,
        broadcast_id,
        OPEN,
        as_seen,
        **_columns(draft),
        state=BroadcastState.DRAFT,
        due_at=None,
        counted=None,
        updated_at=now,
    )
    if not edited:
        await _too_late(connection, broadcast_id)
    await approval.withdraw(connection, broadcast_id, now=now)
    written = draft.to_json()
    await draft_versions.keep(connection, broadcast_id, written, staff_id=staff_id, now=now, form=form)
    await record(connection, broadcast_id, staff_id, "broadcast_edited", now)


async def go_on(
    connection: AsyncConnection,
    broadcast_id: int,
    draft: Draft,
    *,
    staff_id: int,
    now: datetime,
    seen_at: datetime,
    form: Form | None = None,
) -> bool:
    """Keep what she has typed so far; only of a draft, for what others rely on changes by an officer's click alone.

    False when there is nothing new to keep. Changed as with `edit`.
    """
    row = await get(connection, broadcast_id)
    if row.state is not BroadcastState.DRAFT:
        raise Refused(
            N_("Thông báo này không còn là bản nháp: chị bấm Lưu thì những chỗ vừa sửa mới được giữ.")
        )
    if row.updated_at == seen_at and Draft.of(row).to_json() == draft.to_json():
        return False
    kept = await step(
        connection,
        broadcast_id,
        (BroadcastState.DRAFT,),
        broadcasts.c.updated_at == seen_at,
        **_columns(draft),
        updated_at=now,
    )
    if not kept:
        await _too_late(connection, broadcast_id)
    written = draft.to_json()
    if await draft_versions.keep(connection, broadcast_id, written, staff_id=staff_id, now=now, form=form):
        await record(connection, broadcast_id, staff_id, "broadcast_edited", now)
    return True


async def is_own(connection: AsyncConnection, broadcast_id: int, form: Form) -> bool:
    """Whether it reads as an earlier turn of this very page has left it: then nobody else has written since."""
    newest = await draft_versions.newest(connection, broadcast_id)
    if newest is None or newest.form is None:
        return False
    row = await get(connection, broadcast_id)
    return (
        newest.form.key == form.key
        and newest.form.turn < form.turn
        and Draft.of(row).to_json() == newest.draft
    )


async def go_back(
    connection: AsyncConnection, broadcast_id: int, version_id: int, *, staff_id: int, now: datetime
) -> None:
    """Make it read again as it did in this version. What stood there last stays among the versions."""
    version = await draft_versions.get(connection, broadcast_id, version_id)
    if version is None:
        raise Refused(N_("Không có bản này."))
    row = await get(connection, broadcast_id)
    draft = replace(Draft.from_json(version.draft), unit_id=row.unit_id)
    await draft_versions.keep(
        connection, broadcast_id, Draft.of(row).to_json(), staff_id=staff_id, now=now, apart=True
    )
    await draft_versions.keep(
        connection, broadcast_id, draft.to_json(), staff_id=staff_id, now=now, apart=True
    )
    await edit(connection, broadcast_id, draft, staff_id=staff_id, now=now)


async def copy(
    connection: AsyncConnection, broadcast_id: int, title: str, *, staff_id: int, now: datetime
) -> int:
    """A new draft that says the same to the same people, whatever became of the first. Returns its id."""
    row = await get(connection, broadcast_id)
    draft = replace(Draft.of(row), title=title, deadline_at=None)
    return await create(connection, draft, staff_id=staff_id, now=now)


async def _too_late(connection: AsyncConnection, broadcast_id: int) -> None:
    if (await get(connection, broadcast_id)).state in OPEN:
        raise Changed(N_("Thông báo này vừa được người khác sửa."))
    await refuse(connection, broadcast_id)


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
