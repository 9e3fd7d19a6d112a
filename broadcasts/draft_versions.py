"""What was written of an announcement, each time somebody stopped writing: to look back at, and to go back to.

Who goes on writing writes the same version; a shorter text, a minute or another person begins a new one, so what was
deleted by mistake or written over by a colleague is still there.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.store.tables import broadcast_versions, staff

_ONE_SITTING = timedelta(minutes=1)
_MOST_LISTED = 100
_LATELY = 20  # Versions of hers that an open page is looked for among.
_FORM = "form"  # Beside what was written.


@dataclass(frozen=True, slots=True)
class Form:
    """From which open page it was written, and as its how-manieth turn: a page whose answer was lost knows its own words again."""

    key: str
    turn: int


@dataclass(frozen=True, slots=True)
class Version:
    version_id: int
    staff_id: int
    staff_name: str
    at: datetime
    draft: Mapping[str, Any]  # As `writing.Draft.to_json` makes it.
    form: Form | None = None


async def keep(
    connection: AsyncConnection,
    broadcast_id: int,
    draft: Mapping[str, Any],
    *,
    staff_id: int,
    now: datetime,
    apart: bool = False,
    form: Form | None = None,
) -> bool:
    """Note what stands there now. `apart`: never in place of an older one. False: it went on with the one before."""
    latest = await newest(connection, broadcast_id)
    if latest is not None and latest.draft == draft:
        return False
    stored = {**draft, _FORM: [form.key, form.turn]} if form else draft
    goes_on = (
        latest is not None
        and latest.staff_id == staff_id
        and now - latest.at < _ONE_SITTING
        and len(json.dumps(draft)) >= len(json.dumps(latest.draft))
    )
    if goes_on and latest is not None and not apart:
        same = broadcast_versions.c.id == latest.version_id
        await connection.execute(sa.update(broadcast_versions).where(same).values(draft=stored))
        return False
    await connection.execute(
        sa.insert(broadcast_versions).values(
            broadcast_id=broadcast_id, staff_id=staff_id, draft=stored, at=now
        )
    )
    return True


async def listed(connection: AsyncConnection, broadcast_id: int) -> list[Version]:
    """The newest first."""
    rows = await connection.execute(_SELECT.where(broadcast_versions.c.broadcast_id == broadcast_id))
    return [_version(row) for row in rows]


async def newest(connection: AsyncConnection, broadcast_id: int) -> Version | None:
    """The last that was written, and by whom."""
    found = _SELECT.where(broadcast_versions.c.broadcast_id == broadcast_id).limit(1)
    row = (await connection.execute(found)).one_or_none()
    return _version(row) if row else None


async def get(connection: AsyncConnection, broadcast_id: int, version_id: int) -> Version | None:
    found = _SELECT.where(
        broadcast_versions.c.broadcast_id == broadcast_id, broadcast_versions.c.id == version_id
    )
    row = (await connection.execute(found)).one_or_none()
    return _version(row) if row else None


async def of_form(connection: AsyncConnection, form: Form, *, staff_id: int) -> int | None:
    """The announcement that she has lately written on this page."""
    rows = await connection.execute(
        sa.select(broadcast_versions.c.broadcast_id, broadcast_versions.c.draft)
        .where(broadcast_versions.c.staff_id == staff_id)
        .order_by(broadcast_versions.c.id.desc())
        .limit(_LATELY)
    )
    written = (row.broadcast_id for row in rows if row.draft.get(_FORM, [""])[0] == form.key)
    return next(written, None)


_SELECT = (
    sa.select(broadcast_versions, staff.c.name.label("staff_name"))
    .join(staff, staff.c.id == broadcast_versions.c.staff_id)
    .order_by(broadcast_versions.c.id.desc())
    .limit(_MOST_LISTED)
)


def _version(row: sa.Row[Any]) -> Version:
    draft = dict(row.draft)
    form = draft.pop(_FORM, None)
    return Version(row.id, row.staff_id, row.staff_name, row.at, draft, Form(*form) if form else None)
