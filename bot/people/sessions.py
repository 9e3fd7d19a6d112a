"""Who is signed in: a row for each browser, ended by itself after a while and by hand at any moment."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.people.secret_tokens import kept_form
from bot.store.tables import sessions

IDLE = timedelta(hours=12)
LIFETIME = timedelta(days=7)
_SEEN_EVERY = timedelta(minutes=1)  # Being seen is a write: not for each picture of a page.
_AGENT_LENGTH = 200


@dataclass(frozen=True, slots=True)
class Kept:
    """What is kept of a session that is still good."""

    staff_id: int
    data: Mapping[str, Any]
    seen_at: datetime

    def should_be_seen(self, now: datetime) -> bool:
        return now - self.seen_at >= _SEEN_EVERY


async def begin(
    connection: AsyncConnection,
    token: str,
    *,
    staff_id: int,
    data: Mapping[str, Any],
    agent: str,
    now: datetime,
) -> None:
    """Keep a new session under its token, and forget what ended long ago."""
    await connection.execute(sa.delete(sessions).where(sessions.c.expires_at < now))
    await connection.execute(
        sa.insert(sessions).values(
            id_hash=kept_form(token),
            staff_id=staff_id,
            data=dict(data),
            agent=agent[:_AGENT_LENGTH],
            created_at=now,
            seen_at=now,
            expires_at=now + LIFETIME,
        )
    )


async def find(connection: AsyncConnection, token: str, *, now: datetime) -> Kept | None:
    """The session of a token, unless it was revoked, idle too long or too old."""
    found = await connection.execute(
        sa.select(sessions.c.staff_id, sessions.c.data, sessions.c.seen_at).where(
            sessions.c.id_hash == kept_form(token), *_is_good(now)
        )
    )
    row = found.one_or_none()
    return Kept(row.staff_id, row.data, row.seen_at) if row else None


async def has_been_seen(connection: AsyncConnection, token: str, *, now: datetime) -> None:
    await connection.execute(
        sa.update(sessions).where(sessions.c.id_hash == kept_form(token)).values(seen_at=now)
    )


async def keep_data(connection: AsyncConnection, token: str, data: Mapping[str, Any]) -> None:
    await connection.execute(
        sa.update(sessions).where(sessions.c.id_hash == kept_form(token)).values(data=dict(data))
    )


async def end(connection: AsyncConnection, token: str, *, now: datetime) -> None:
    await _revoke(connection, sessions.c.id_hash == kept_form(token), now=now)


async def end_all_of(
    connection: AsyncConnection, staff_id: int, *, now: datetime, but: str | None = None
) -> int:
    """End every session of a staff member, except the one of the token `but`. Returns how many ended."""
    whose = sessions.c.staff_id == staff_id
    if but is not None:
        whose &= sessions.c.id_hash != kept_form(but)
    return await _revoke(connection, whose, now=now)


async def open_ones_of(
    connection: AsyncConnection, staff_id: int, *, now: datetime
) -> Sequence[sa.Row[str, str, datetime, datetime]]:
    """The open sessions of a staff member, the one last seen first: (id_hash, agent, created_at, seen_at)."""
    found = await connection.execute(
        sa.select(sessions.c.id_hash, sessions.c.agent, sessions.c.created_at, sessions.c.seen_at)
        .where(sessions.c.staff_id == staff_id, *_is_good(now))
        .order_by(sessions.c.seen_at.desc())
    )
    return found.all()


def _is_good(now: datetime) -> tuple[sa.ColumnElement[bool], ...]:
    return (
        sessions.c.staff_id.is_not(None),
        sessions.c.revoked_at.is_(None),
        sessions.c.expires_at > now,
        sessions.c.seen_at > now - IDLE,
    )


async def _revoke(connection: AsyncConnection, which: sa.ColumnElement[bool], *, now: datetime) -> int:
    ended = await connection.execute(
        sa.update(sessions).where(which, sessions.c.revoked_at.is_(None)).values(revoked_at=now, data={})
    )
    return ended.rowcount
