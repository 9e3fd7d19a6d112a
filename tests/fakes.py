"""Fakes that keep the same contracts as the real parts and note what happened."""

import asyncio
from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any

from aiohttp import web

from bot.channels.contract import (
    Account,
    FetchError,
    Ignored,
    Incoming,
    Limits,
    Outgoing,
    Receipt,
    Receive,
    RemoteFile,
)


class FakeChannel:
    """A channel whose platform answers as scripted.

    `script` says for an address what its sends meet, one after the other: a `SendError` (or any exception) is raised, a
    text is the platform's id, and when nothing is left the send succeeds. While `gate` is clear, every send waits.
    """

    name = "fake"

    def __init__(self, account_id: int, *, per_second: float = 0) -> None:
        self.account = Account(account_id, self.name, f"fake{account_id}", "Fake")
        self.limits = Limits(4096, per_second, timedelta(seconds=10))
        self.script: dict[str, list[Exception | str]] = {}
        self.sent: list[
            tuple[str, Outgoing, str]
        ] = []  # (address, message, key) of every send that was tried.
        self.delivered: list[str] = []  # The addresses that got a message, in order.
        self.files: dict[
            str, list[bytes | Exception]
        ] = {}  # What fetching a source meets, one after the other.
        self.gate = asyncio.Event()
        self.gate.set()
        self._changed = asyncio.Event()

    async def open(self) -> None:
        """Nothing to open."""

    async def close(self) -> None:
        """Nothing to close."""

    async def start_receiving(self, receive: Receive) -> None:
        """Takes nothing in by itself."""

    async def stop_receiving(self) -> None:
        """Has taken nothing in."""

    def routes(self) -> Sequence[web.AbstractRouteDef]:
        return ()

    def parse(self, payload: Mapping[str, Any]) -> Incoming | Ignored:
        return Ignored("fake")

    def link(self, code: str) -> str | None:
        return f"https://fake.example/{code}"

    async def send(self, address: str, message: Outgoing, *, key: str) -> Receipt:
        self.sent.append((address, message, key))
        self._changed.set()
        await self.gate.wait()
        answers = self.script.get(address, [])
        answer = answers.pop(0) if answers else f"m{len(self.sent)}"
        if isinstance(answer, Exception):
            raise answer
        self.delivered.append(address)
        self._changed.set()
        return Receipt(answer)

    async def fetch(self, file: RemoteFile, *, most_bytes: int) -> bytes:
        answers = self.files.get(file.source, [])
        answer = answers.pop(0) if answers else FetchError("fake", is_final=True)
        if isinstance(answer, Exception):
            raise answer
        return answer

    async def tried(self, count: int) -> None:
        """Wait until so many sends were tried."""
        async with asyncio.timeout(20):
            while len(self.sent) < count:
                self._changed.clear()
                await self._changed.wait()
