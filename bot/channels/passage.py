"""One request on its way to a platform: when it has left, how long it may still take, what its failure means.

A passage sends at most once. aiohttp repeats only GET on a dead connection, and redirects are not followed. Some platforms
carry the token in the address, so no error here shows one or leads back to one.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from typing import Final

import aiohttp
from aiohttp import payload
from aiohttp.abc import AbstractStreamWriter
from yarl import URL

# A body up to this size goes to the socket in one piece: it was handed over wholly or not at all.
ONE_PIECE_BYTES: Final = 32 * 1024
LOOKS_PER_TIMEOUT: Final = 4
LONGEST_PAUSE_S: Final = 60.0


class PassageError(Exception):
    """What went wrong on the way, told apart by the one question that matters: may it have arrived?"""


class NotSent(PassageError):  # noqa: N818 - an outcome as much as an error
    """Nothing that could take effect reached the platform. Repeating is safe."""


class AnswerLost(PassageError):  # noqa: N818
    """The request went out and no usable answer came back: it may have been carried out."""


class AnswerLate(AnswerLost):
    """No answer in time. Like every AnswerLost it may have been carried out."""


class Passage:
    """Timeouts in seconds, None for none. Raises NotSent, AnswerLost or AnswerLate, without cause or address."""

    __slots__ = (
        "_deadline",
        "_has_left",
        "_headers",
        "_loop",
        "_note",
        "_session",
        "connect_s",
        "found_dead",
        "read_s",
        "write_s",
    )

    def __init__(
        self,
        session: aiohttp.ClientSession,
        connect_s: float | None,
        write_s: float | None,
        read_s: float | None,
        *,
        headers: Mapping[str, str] | None = None,
        note: Callable[[Mapping[str, str]], None] | None = None,
    ) -> None:
        """`headers` go with the request; `note` is given those of the answer."""
        self.connect_s = connect_s
        self.write_s = write_s
        self.read_s = read_s
        self._session = session
        self._headers = headers
        self._note = note
        self._loop = asyncio.get_running_loop()
        self._deadline = asyncio.timeout(connect_s)
        self._has_left = False
        self.found_dead = False

    def again(self) -> Passage:
        """A new passage with the same timeouts, for a request that did not leave."""
        return Passage(
            self._session,
            self.connect_s,
            self.write_s,
            self.read_s,
            headers=self._headers,
            note=self._note,
        )

    async def post(self, address: URL, body: bytes) -> tuple[int, bytes]:
        return await self._exchange(address, _Body(body, self))

    async def upload(self, address: URL, form: aiohttp.FormData) -> tuple[int, bytes]:
        """Like `post`, but the deadline moves on for as long as bytes do."""
        tracker = aiohttp.UploadTracker()
        watch = _Watch(self, tracker)
        try:
            return await self._exchange(address, _Upload(form(), self), tracker)
        finally:
            watch.stop()

    async def download(self, address: URL) -> tuple[int, bytes]:
        """GET. It changes nothing at the other end, so every failure is NotSent."""
        self._deadline = asyncio.timeout(_sum(self.connect_s, self.read_s))
        chunks = []
        try:
            async with (
                self._deadline,
                self._session.get(address, headers=self._headers, allow_redirects=False) as answer,
            ):
                if self._note is not None:
                    self._note(answer.headers)
                async for chunk in answer.content.iter_any():
                    chunks.append(chunk)
                    self._move_deadline(self.read_s)
        except TimeoutError:
            failure = NotSent("the file did not come in time")
        except (aiohttp.ClientError, OSError, ValueError) as exc:
            failure = NotSent(f"the file did not come: {_name(exc)}")
        else:
            return answer.status, b"".join(chunks)
        raise failure

    def leaves(self, *, is_large: bool) -> None:
        """The body is about to be written: from here on it may arrive. RuntimeError when the time is over.

        The deadline goes first: once it has struck, moving it fails and the body stays unwritten.
        """
        self._move_deadline(_sum(self.write_s, self.read_s) if is_large else self.read_s)
        self._has_left = True

    def goes_on(self) -> None:
        """More of the body has left."""
        if self._has_left and not self._deadline.expired():
            self._move_deadline(_sum(self.write_s, self.read_s))

    def stays(self) -> None:
        """The body was not written after all: the connection was dead already."""
        self._has_left = False
        self.found_dead = True

    def _move_deadline(self, seconds: float | None) -> None:
        self._deadline.reschedule(None if seconds is None else self._loop.time() + seconds)

    async def _exchange(
        self, address: URL, body: payload.Payload, tracker: aiohttp.UploadTracker | None = None
    ) -> tuple[int, bytes]:
        failure: PassageError
        try:
            async with self._deadline:
                answer = await self._session.post(
                    address,
                    data=body,
                    headers=self._headers,
                    allow_redirects=False,
                    upload_tracker=tracker,
                )
                if self._note is not None:
                    self._note(answer.headers)
                return answer.status, await answer.read()
        except TimeoutError:
            failure = AnswerLate("no answer in time") if self._has_left else NotSent("no connection in time")
        except (aiohttp.ClientError, OSError, ValueError) as exc:
            # An error's own text may hold the address, and so the token; so may its causes.
            if self._has_left:
                failure = AnswerLost(f"the answer was lost: {_name(exc)}")
            else:
                failure = NotSent(f"no connection: {_name(exc)}")
        # Outside of the except block, so that no traceback leads back to the address.
        raise failure


class _Watch:
    """Looks now and then whether an upload still moves, and lets its passage go on while it does."""

    def __init__(self, passage: Passage, tracker: aiohttp.UploadTracker) -> None:
        self._passage = passage
        self._tracker = tracker
        self._seen = 0
        self._loop = asyncio.get_running_loop()
        self._pause_s = (passage.write_s or LONGEST_PAUSE_S) / LOOKS_PER_TIMEOUT
        self._next = self._loop.call_later(self._pause_s, self._look)

    def stop(self) -> None:
        self._next.cancel()

    def _look(self) -> None:
        if self._tracker.bytes_written != self._seen:
            self._seen = self._tracker.bytes_written
            self._passage.goes_on()
        self._next = self._loop.call_later(self._pause_s, self._look)


class _Body(payload.BytesPayload):
    """A JSON body that tells its passage when it is written."""

    def __init__(self, body: bytes, passage: Passage) -> None:
        super().__init__(body, content_type="application/json")
        self._passage = passage

    async def write_with_length(self, writer: AbstractStreamWriter, content_length: int | None) -> None:
        is_large = len(self._value) > ONE_PIECE_BYTES
        self._passage.leaves(is_large=is_large)
        try:
            await writer.write(self._value[:content_length])
        except aiohttp.ClientConnectionResetError:
            # The kept connection had died before the first byte was handed over.
            if not is_large:
                self._passage.stays()
            raise


class _Upload(payload.Payload):
    """A multipart body that tells its passage when it begins to be written."""

    def __init__(self, form: payload.Payload, passage: Passage) -> None:
        super().__init__(form, headers=form.headers, content_type=form.headers["Content-Type"])
        self._form = form
        self._passage = passage
        self._size = form.size

    async def write(self, writer: AbstractStreamWriter) -> None:
        self._passage.leaves(is_large=True)
        await self._form.write(writer)

    def decode(self, encoding: str = "utf-8", errors: str = "strict") -> str:
        return self._form.decode(encoding, errors)

    async def close(self) -> None:
        await self._form.close()
        await super().close()


async def post_once(passage: Passage, address: URL, body: bytes) -> tuple[int, bytes]:
    """Takes a second connection where the first, a kept one, was dead before a byte was handed to it."""
    try:
        return await passage.post(address, body)
    except NotSent:
        if not passage.found_dead:
            raise
    return await passage.again().post(address, body)


def _sum(a: float | None, b: float | None) -> float | None:
    return None if a is None or b is None else a + b


def _name(exc: BaseException) -> str:
    """What kind of failure, in words that cannot hold an address."""
    return type(exc).__name__
