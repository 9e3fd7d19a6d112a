"""Files in the database: what members sent, to be fetched from their platform, and what we send ourselves.

What a file is, its own first bytes decide (`bot.media_types`), never a name or what the other side says. `bot.fetching`
fetches what is wanted.
"""

import hashlib
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.channels.contract import FileKind, RemoteFile
from bot.clock import LONG_PAST
from bot.media_types import ending_of, media_type_of
from bot.people.contacts import Contact
from bot.store.database import Database
from bot.store.tables import files
from bot.text import clean, cut

_LONGEST_NAME = 120


@dataclass(frozen=True, slots=True)
class StoredFile:
    """A file that is here, whole."""

    file_id: int
    kind: FileKind
    name: str
    media_type: str
    sha256: str
    data: bytes

    @property
    def full_name(self) -> str:
        """A name that her phone knows what to do with."""
        ending = ending_of(self.media_type)
        name = self.name or self.kind
        return name if not ending or name.lower().endswith(ending) else name + ending


ReadFile = Callable[[int], Awaitable[StoredFile | None]]
"""Gives a file by its id; None when it is not there (any more)."""


def reader(database: Database) -> ReadFile:
    """For channels, which send files outside of any transaction."""

    async def read_file(file_id: int) -> StoredFile | None:
        async with database.reading() as connection:
            return await read(connection, file_id)

    return read_file


async def read(connection: AsyncConnection, file_id: int) -> StoredFile | None:
    """The file; None when there is none, or when it has not been fetched (yet)."""
    found = sa.select(
        files.c.id, files.c.kind, files.c.name, files.c.media_type, files.c.sha256, files.c.data
    ).where(files.c.id == file_id, files.c.data.is_not(None))
    row = (await connection.execute(found)).one_or_none()
    if row is None:
        return None
    return StoredFile(row.id, FileKind(row.kind), row.name, row.media_type, row.sha256, row.data)


async def keep(
    connection: AsyncConnection, data: bytes, *, kind: FileKind, name: str = "", now: datetime
) -> int:
    """Keep a file of ours, such as an announcement's picture. Returns its id."""
    inserted = await connection.execute(
        sa.insert(files)
        .values(kind=kind, name=shown_name(name), created_at=now, **described(data))
        .returning(files.c.id)
    )
    return int(inserted.scalar_one())


async def want(
    connection: AsyncConnection,
    contact: Contact,
    file: RemoteFile,
    *,
    now: datetime,
    interaction_id: int | None = None,
    question_id: int | None = None,
) -> int:
    """Note down that a file of hers is to be fetched. Returns its id."""
    inserted = await connection.execute(
        sa.insert(files)
        .values(
            contact_id=contact.contact_id,
            interaction_id=interaction_id,
            question_id=question_id,
            kind=file.kind,
            name=shown_name(file.name),
            source=file.source,
            next_at=LONG_PAST,
            created_at=now,
        )
        .returning(files.c.id)
    )
    return int(inserted.scalar_one())


def described(data: bytes) -> dict[str, object]:
    """The columns that follow from a file's content."""
    return {
        "data": data,
        "media_type": media_type_of(data),
        "sha256": hashlib.sha256(data).hexdigest(),
    }


def shown_name(name: str) -> str:
    """A file's name without any path and without what could leave a header."""
    last = name.replace("\\", "/").rpartition("/")[2]
    return cut(" ".join(clean(last).split()).replace('"', ""), _LONGEST_NAME)
