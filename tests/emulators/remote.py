"""Drives an emulator that runs in another process, with the verbs of the emulator and of its users.

`Line` and `Ears` are for every platform; `Remote` and `RemotePhone` for those whose phones are alike (`phone.py`).
"""

from __future__ import annotations

import asyncio
import json
import sys
from abc import ABC, abstractmethod
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path
from types import TracebackType
from typing import Any, ClassVar, Generic, Protocol, Self, TypeVar, overload

import aiohttp

from tests.emulators.calls import Call
from tests.emulators.parameters import JSON
from tests.emulators.phone import Button, Received

PROJECT = Path(__file__).parents[2]
START_TIMEOUT_S = 30.0
HEARING_AT_A_TIME_S = 20.0


class _Message(Protocol):
    @property
    def text(self) -> str: ...


Message = TypeVar("Message", bound=_Message)


class Line:
    """`async with Line(port) as emulator:`, or `started()` to run the process as well."""

    name: ClassVar[str]

    def __init__(self, port: int) -> None:
        self.port = port
        self._session: aiohttp.ClientSession | None = None

    async def __aenter__(self) -> Self:
        self._session = aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=60))
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, exc: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._session is not None:
            await self._session.close()

    @classmethod
    @asynccontextmanager
    async def started(cls, *arguments: str) -> AsyncIterator[Self]:
        """Runs the emulator in a process of its own, which ends with the block (or with this process)."""
        process = await asyncio.create_subprocess_exec(
            *(
                sys.executable,
                "-m",
                "tests.emulators",
                cls.name,
                "--end-with-stdin",
                "--port",
                "0",
                *arguments,
            ),
            cwd=PROJECT,
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
        )
        try:
            assert process.stdout is not None
            line = await asyncio.wait_for(process.stdout.readline(), START_TIMEOUT_S)
            async with cls(json.loads(line)["port"]) as remote:
                yield remote
        finally:
            if process.returncode is None:
                process.terminate()
            await process.wait()

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    async def order_fault(self, fault: str | int, **more: Any) -> None:
        """As the emulator's; faults by name or code, the user by id."""
        await self.do("order_fault", fault=fault, **more)

    async def clear_faults(self) -> None:
        await self.do("clear_faults")

    async def do(self, verb: str, **arguments: Any) -> Any:
        assert self._session is not None, f"enter the {type(self).__name__} first"
        async with self._session.post(f"{self.address}/control/{verb}", json=arguments) as answer:
            body = await answer.json()
        if "error" in body:
            kind = TimeoutError if body["error"].startswith("TimeoutError") else RuntimeError
            raise kind(body["error"])
        return body["result"]


class Remote(Line):
    """A Zalo of either kind."""

    async def move_clock(self, span: timedelta) -> int:
        """Gives what the clock shows then, in ms."""
        return int(await self.do("move_clock", seconds=span.total_seconds()))

    async def delay(self, seconds: float) -> None:
        """How long every answer takes from now on."""
        await self.do("delay", seconds=seconds)

    async def calls(self, method: str | None = None, *, since: int = 0) -> list[Call]:
        return [Call(**call) for call in await self.do("calls", method=method, since=since)]

    async def events_taken(self, timeout: float = 20.0) -> None:
        await self.do("events_taken", timeout=timeout)


class Ears(ABC, Generic[Message]):
    """A user of the emulator in the other process, as one who listens."""

    def __init__(self) -> None:
        self._heard = 0

    @abstractmethod
    async def received(self, after: int = 0, timeout: float = 0.0) -> list[Message]:
        """All messages but the first `after`; waits so many seconds for the first of them."""

    @overload
    async def hears(self, wanted: int = 1, timeout: float = 20.0) -> list[Message]: ...
    @overload
    async def hears(self, wanted: Callable[[Message], bool], timeout: float = 20.0) -> Message: ...
    async def hears(
        self, wanted: int | Callable[[Message], bool] = 1, timeout: float = 20.0
    ) -> list[Message] | Message:
        """As Phone.hears: the next messages not heard yet, or the next one that fits."""
        clock = asyncio.get_running_loop().time
        deadline = clock() + timeout
        new: list[Message] = []
        while True:
            if isinstance(wanted, int):
                if len(new) >= wanted:
                    self._heard += wanted
                    return new[:wanted]
            else:
                at = next((i for i, message in enumerate(new) if wanted(message)), None)
                if at is not None:
                    self._heard += at + 1
                    return new[at]
            left = deadline - clock()
            if left <= 0:
                raise TimeoutError(f"what was waited for did not come; here: {[r.text for r in new]}")
            new += await self.received(self._heard + len(new), min(left, HEARING_AT_A_TIME_S))


class RemotePhone(Ears[Received]):
    """More verbs by `act`."""

    def __init__(self, remote: Line, user_id: str) -> None:
        super().__init__()
        self.user_id = user_id
        self._remote = remote

    async def says(self, text: str, **more: Any) -> str:
        return str(await self.act("says", text=text, **more))

    async def presses(self, button: Button | str) -> str | None:
        """Presses the newest button of this title."""
        title = button if isinstance(button, str) else button.title
        done: str | None = await self.act("presses", button=title)
        return done

    async def received(self, after: int = 0, timeout: float = 0.0) -> list[Received]:
        found = await self._remote.do("received", user=self.user_id, after=after, timeout=timeout)
        return [Received.from_json(message) for message in found]

    async def act(self, deed: str, **arguments: Any) -> Any:
        given: JSON = {name: value for name, value in arguments.items() if value is not None}
        return await self._remote.do("act", user=self.user_id, deed=deed, arguments=given)
