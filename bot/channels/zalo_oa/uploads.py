"""Brings our files to Zalo before they are sent, once for all recipients (zalo-oa.md 4.1, 2026-11).

Zalo keeps a file for seven days and allows 5,000 uploads a month, so what it holds is remembered by content: in the
database for all processes, and for a few minutes in memory, so that an announcement does not read its picture for everybody.
"""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final, Protocol

import sqlalchemy as sa

from bot import files
from bot.channels.contract import Attachment, FileKind, Retry, SendError
from bot.channels.zalo_oa import refusal_table as table
from bot.channels.zalo_oa.refusals import error_of
from bot.clock import Clock
from bot.files import StoredFile
from bot.media_types import ending_of
from bot.store.database import Database, put
from bot.store.tables import remote_files

_MB = 1024 * 1024
_KEPT_BY_ZALO = timedelta(days=6)  # A day less than Zalo says.
_KEPT_IN_MEMORY = timedelta(minutes=5)  # A file that is erased here is sent no longer than that.
_MOST_IN_MEMORY = 64


@dataclass(frozen=True, slots=True)
class _Way:
    """How one kind of file is uploaded."""

    kind: FileKind
    path: str
    endings: frozenset[str]
    most_bytes: int
    answers: str  # What the id is called in the answer.


_IMAGE: Final = _Way(
    FileKind.IMAGE, "/v2.0/oa/upload/image", frozenset({".jpg", ".jpeg", ".png"}), _MB, "attachment_id"
)
_GIF: Final = _Way(FileKind.GIF, "/v2.0/oa/upload/gif", frozenset({".gif"}), 5 * _MB, "attachment_id")
_FILE: Final = _Way(
    FileKind.FILE, "/v2.0/oa/upload/file", frozenset({".pdf", ".doc", ".docx", ".csv"}), 5 * _MB, "token"
)


_WAYS: Final = (_IMAGE, _GIF, _FILE)
MOST_BYTES: Final = {way.kind: way.most_bytes for way in _WAYS}
ENDINGS: Final = {way.kind: way.endings for way in _WAYS}


@dataclass(frozen=True, slots=True)
class Uploaded:
    """A file as Zalo holds it."""

    kind: FileKind  # As it is sent: a moving picture is one whatever it was kept as.
    remote_id: str
    sha256: str
    size: tuple[int, int] = (0, 0)  # Width and height, of moving pictures only.


class Uploading(Protocol):
    """What is needed of `client.OAClient`."""

    async def upload(self, path: str, *, name: str, content: bytes, media_type: str) -> Any: ...


class Uploads:
    """Of one account."""

    def __init__(self, client: Uploading, database: Database, account_id: int, clock: Clock) -> None:
        self._client = client
        self._database = database
        self._account_id = account_id
        self._clock = clock
        self._held: dict[int, tuple[datetime, Uploaded]] = {}
        self._locks: dict[int, asyncio.Lock] = {}

    async def uploaded(self, attachment: Attachment) -> Uploaded:
        """The file, brought to Zalo unless Zalo has it. Raises SendError for one that Zalo does not take, and as the client does."""
        file_id = attachment.file_id
        if (held := self._in_memory(file_id)) is not None:
            return held
        # Everybody who is sent the same file asks at the same moment; one of them uploads it.
        lock = self._locks.setdefault(file_id, asyncio.Lock())
        try:
            async with lock:
                if (held := self._in_memory(file_id)) is None:
                    held = await self._bring(file_id)
                    self._remember(file_id, held)
                return held
        finally:
            if not lock.locked():
                self._locks.pop(file_id, None)

    async def forget(self, attachment: Attachment, gone: Uploaded) -> None:
        """Zalo does not have it any more: the next time it is uploaded anew."""
        held = self._held.get(attachment.file_id)
        if held is not None and held[1].remote_id == gone.remote_id:
            del self._held[attachment.file_id]
        async with self._database.writing() as connection:
            await connection.execute(
                sa.delete(remote_files).where(
                    remote_files.c.account_id == self._account_id,
                    remote_files.c.sha256 == gone.sha256,
                    remote_files.c.remote_id == gone.remote_id,
                )
            )

    def _in_memory(self, file_id: int) -> Uploaded | None:
        until, held = self._held.get(file_id, (None, None))
        return held if until is not None and self._clock() < until else None

    def _remember(self, file_id: int, held: Uploaded) -> None:
        if len(self._held) >= _MOST_IN_MEMORY:
            self._held.clear()
        self._held[file_id] = (self._clock() + _KEPT_IN_MEMORY, held)

    async def _bring(self, file_id: int) -> Uploaded:
        now = self._clock()
        async with self._database.reading() as connection:
            file = await files.read(connection, file_id)
            if file is None:
                raise error_of(table.FILE_MISSING)
            way = _way_of(file)
            known = await connection.scalar(
                sa.select(remote_files.c.remote_id).where(
                    remote_files.c.account_id == self._account_id,
                    remote_files.c.sha256 == file.sha256,
                    remote_files.c.kind == way.kind,
                    remote_files.c.expires_at > now + _KEPT_IN_MEMORY,
                )
            )
        size = _gif_size(file.data) if way.kind is FileKind.GIF else (0, 0)
        return Uploaded(way.kind, known or await self._upload(way, file, now), file.sha256, size)

    async def _upload(self, way: _Way, file: StoredFile, now: datetime) -> str:
        data = await self._client.upload(
            way.path, name=_name_of(file), content=file.data, media_type=file.media_type
        )
        remote_id = str(data.get(way.answers) or "") if isinstance(data, Mapping) else ""
        if not remote_id:
            raise SendError(table.UPLOAD_FAILED.code, Retry.LATER)
        async with self._database.writing() as connection:
            await put(
                connection,
                remote_files,
                {"account_id": self._account_id, "sha256": file.sha256, "kind": way.kind},
                {"remote_id": remote_id, "expires_at": now + _KEPT_BY_ZALO},
            )
        return remote_id


def _way_of(file: StoredFile) -> _Way:
    """Raises SendError. What a file is, its content decides; a picture without a kind of its own at Zalo goes as none."""
    ending = _ending(file)
    if ending in _GIF.endings:
        way = _GIF
    elif ending in _IMAGE.endings:
        way = _IMAGE
    elif ending in _FILE.endings:
        way = _FILE
    else:
        raise error_of(table.FILE_TYPE)
    if len(file.data) > way.most_bytes:
        raise error_of(table.FILE_TOO_LARGE)
    return way


def _ending(file: StoredFile) -> str:
    # A table of values looks like any text from inside: here the name says what it is.
    named = "." + file.name.rpartition(".")[2].lower() if "." in file.name else ""
    return ending_of(file.media_type) or (named if named == ".csv" else "")


def _name_of(file: StoredFile) -> str:
    """Zalo goes by the ending, so it is the one that the content calls for."""
    ending = _ending(file)
    stem = file.name.rpartition(".")[0] or file.name or file.kind.value
    return file.name if file.name.lower().endswith(ending) and file.name != ending else stem + ending


def _gif_size(data: bytes) -> tuple[int, int]:
    """Width and height, as the file's head says."""
    return int.from_bytes(data[6:8], "little") or 1, int.from_bytes(data[8:10], "little") or 1
