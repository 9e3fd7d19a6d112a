"""The rows behind the page: what was said in one chat, either way, in the `mailbox` table.

A chat that its owner cleared leaves one row without content, its marker, so that an answer still under way to it is refused
instead of kept where nobody can read or delete it.

A line that was changed afterwards leaves a note of that, a row without words and younger than all before: whoever reads on finds
it like anything new, in whatever process, and shows the line as it reads now.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.channels.contract import Outgoing
from bot.store.database import insert_ignoring
from bot.store.tables import contacts, mailbox
from bot.store.tables.messages import Direction

PAGE_LINES = 60
OVERLAP = timedelta(minutes=1)
"""PostgreSQL numbers rows before it commits them, so that a lower number can appear after a higher one: whoever reads
on also reads again what is younger than this."""

_MARKER = "gone:"
_CHANGE, _CHANGED = "changed:", "changed"


@dataclass(frozen=True, slots=True)
class Line:
    """One message as the page shows it."""

    line_id: int
    is_ours: bool
    message: Outgoing
    at: datetime
    reply_to: int | None = None  # The line that she answered with this one.
    changed_by: int = 0  # The note of its last change, where that is news.


@dataclass(frozen=True, slots=True)
class Chat:
    """Whose rows: one visitor of one account."""

    account_id: int
    address: str

    @property
    def rows(self) -> sa.ColumnElement[bool]:
        return sa.and_(mailbox.c.account_id == self.account_id, mailbox.c.address == self.address)

    @property
    def lines(self) -> sa.ColumnElement[bool]:
        """What is shown of them."""
        return sa.and_(self.rows, mailbox.c.key != self.marker, ~mailbox.c.key.startswith(_CHANGE))

    @property
    def marker(self) -> str:
        return (_MARKER + self.address)[:64]


async def put(
    connection: AsyncConnection,
    chat: Chat,
    message: Outgoing,
    *,
    key: str,
    direction: Direction,
    at: datetime,
    reply_to: int | None = None,
) -> int | None:
    """Keep one message, once for each `key`. Returns its number, or None when the chat was cleared."""
    if await is_cleared(connection, chat):
        return None
    stored = message.to_json()
    if reply_to is not None:
        stored["reply_to"] = reply_to
    await connection.execute(
        insert_ignoring(mailbox, connection.dialect.name).values(
            account_id=chat.account_id,
            address=chat.address,
            key=key,
            direction=direction,
            message=stored,
            at=at,
        )
    )
    found = sa.select(mailbox.c.id).where(mailbox.c.account_id == chat.account_id, mailbox.c.key == key)
    return int((await connection.execute(found)).scalar_one())


async def change(
    connection: AsyncConnection, chat: Chat, line_id: str, message: Outgoing, *, at: datetime
) -> bool:
    """Let a line of ours read like this, on pages that are open too. False where it is not there any more."""
    if not line_id.isdecimal():
        return False
    changed = await connection.execute(
        sa.update(mailbox)
        .where(chat.rows, mailbox.c.id == int(line_id), mailbox.c.direction == Direction.OUT)
        .values(message=message.to_json())
        .returning(mailbox.c.id)
    )
    found = changed.scalar()
    if found is None:
        return False
    key = f"{_CHANGE}{found}"
    await connection.execute(
        sa.delete(mailbox).where(mailbox.c.account_id == chat.account_id, mailbox.c.key == key)
    )
    await connection.execute(
        insert_ignoring(mailbox, connection.dialect.name).values(
            account_id=chat.account_id, address=chat.address, key=key, direction=Direction.OUT,
            message={_CHANGED: found}, at=at,
        )
    )  # fmt: skip
    return True


async def latest(connection: AsyncConnection, chat: Chat, *, before: int | None = None) -> list[Line]:
    """The last page of a chat, or the one before a line, oldest first."""
    rows = sa.select(mailbox).where(chat.lines)
    if before is not None:
        rows = rows.where(mailbox.c.id < before)
    found = await connection.execute(rows.order_by(mailbox.c.id.desc()).limit(PAGE_LINES))
    return _lines(found.mappings())


async def since(connection: AsyncConnection, chat: Chat, after: int, *, now: datetime) -> list[Line]:
    """What came or was changed after a row, oldest first, and again what is younger than `OVERLAP`: the reader skips what it has."""
    rows = (
        sa.select(mailbox)
        .where(chat.rows, mailbox.c.key != chat.marker)
        .where(sa.or_(mailbox.c.id > after, mailbox.c.at > now - OVERLAP))
        .order_by(mailbox.c.id.desc())
        .limit(PAGE_LINES)
    )
    found = (await connection.execute(rows)).mappings().all()
    notes = {row["message"][_CHANGED]: row["id"] for row in found if row["key"].startswith(_CHANGE)}
    there = _lines([row for row in found if not row["key"].startswith(_CHANGE)])
    there += await some(connection, chat, sorted(notes.keys() - {line.line_id for line in there}))
    return _in_order([replace(line, changed_by=notes.get(line.line_id, 0)) for line in there])


async def some(connection: AsyncConnection, chat: Chat, line_ids: Sequence[int]) -> list[Line]:
    """Those of these lines that are in this chat."""
    if not line_ids:
        return []
    rows = sa.select(mailbox).where(chat.lines, mailbox.c.id.in_(line_ids))
    return _lines((await connection.execute(rows)).mappings())


async def is_cleared(connection: AsyncConnection, chat: Chat) -> bool:
    marker = sa.select(mailbox.c.id).where(
        mailbox.c.account_id == chat.account_id, mailbox.c.key == chat.marker
    )
    return (await connection.execute(marker)).first() is not None


async def clear(connection: AsyncConnection, chat: Chat, *, now: datetime) -> bool:
    """Delete a chat and leave its marker. False, and nothing is left, when nothing was ever said in it."""
    deleted = await connection.execute(sa.delete(mailbox).where(chat.rows, mailbox.c.key != chat.marker))
    if not deleted.rowcount:
        return False
    await put(connection, chat, Outgoing(""), key=chat.marker, direction=Direction.IN, at=now)
    return True


async def language(connection: AsyncConnection, chat: Chat) -> str | None:
    """The language that this visitor is spoken to in; None for one who never wrote."""
    row = sa.select(contacts.c.language).where(
        contacts.c.account_id == chat.account_id, contacts.c.address == chat.address
    )
    return (await connection.execute(row)).scalar_one_or_none()


async def first_id(connection: AsyncConnection, chat: Chat) -> int | None:
    """The oldest line kept; it grows when lines were deleted."""
    first = sa.select(mailbox.c.id).where(chat.rows).order_by(mailbox.c.id).limit(1)
    return (await connection.execute(first)).scalar_one_or_none()


async def last_id(connection: AsyncConnection, chat: Chat) -> int:
    """Up to where a page that shows the chat as it is has read."""
    last = sa.select(sa.func.max(mailbox.c.id)).where(chat.rows)
    return (await connection.execute(last)).scalar() or 0


async def newest_id(connection: AsyncConnection, account_id: int) -> int:
    newest = sa.select(sa.func.max(mailbox.c.id)).where(mailbox.c.account_id == account_id)
    return (await connection.execute(newest)).scalar() or 0


async def addresses_since(connection: AsyncConnection, account_id: int, after: int) -> tuple[set[str], int]:
    """Whose chats got something after a row, and the row read up to."""
    rows = await connection.execute(
        sa.select(mailbox.c.id, mailbox.c.address)
        .where(mailbox.c.account_id == account_id, mailbox.c.id > after)
        .order_by(mailbox.c.id)
        .limit(5000)
    )
    found = rows.all()
    return {row.address for row in found}, found[-1].id if found else after


def _lines(rows: Any) -> list[Line]:
    lines = [
        Line(
            row["id"],
            row["direction"] is Direction.OUT,
            Outgoing.from_json(row["message"]),
            row["at"],
            row["message"].get("reply_to"),
        )
        for row in rows
    ]
    return _in_order(lines)


def _in_order(lines: Sequence[Line]) -> list[Line]:
    # Her own words are kept just after they were taken in: a quick answer may have the lower number, never the earlier time.
    return sorted(lines, key=lambda line: (line.at, line.line_id))
