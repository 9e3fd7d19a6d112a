"""Drives an emulator that runs in another process, with the verbs of TelegramEmulator and User."""

from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from types import TracebackType
from typing import Any, Self, overload

import aiohttp

from tests.emulators.telegram.calls import Call
from tests.emulators.telegram.chats import Button, Received, Wanted
from tests.emulators.telegram.parameters import JSON

PROJECT = Path(__file__).parents[3]
START_TIMEOUT_S = 30.0
HEARING_AT_A_TIME_S = 20.0


class RemoteTelegram:
    """`async with RemoteTelegram(port) as bot_api:`, or `started()` to run the process as well."""

    def __init__(self, port: int) -> None:
        self.port = port
        self.base_url = f"http://127.0.0.1:{port}/bot"
        self.file_base_url = f"http://127.0.0.1:{port}/file/bot"
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
    async def started(
        cls, *, delay_ms: int = 0, any_chat: bool = False, arguments: tuple[str, ...] = ()
    ) -> AsyncIterator[RemoteTelegram]:
        """Runs the emulator in a process of its own, which ends with the block (or with this process)."""
        options = ["--port", "0", "--delay-ms", str(delay_ms), *arguments]
        if any_chat:
            options.append("--any-chat")
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "tests.emulators", "telegram", "--end-with-stdin", *options),
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

    async def user(self, *, name: str = "Hoa", id: int | None = None, **more: Any) -> RemoteUser:  # noqa: A002
        """Makes the user where there is none of this id; see TelegramEmulator.user."""
        given: JSON = {"name": name, **more} | ({"id": id} if id is not None else {})
        return RemoteUser(self, await self.do("user", given))

    async def order_fault(self, fault: str, **more: Any) -> None:
        """See TelegramEmulator.order_fault; faults by name, the chat by its id."""
        await self.do("order_fault", {"fault": fault, **more})

    async def clear_faults(self) -> None:
        await self.do("clear_faults")

    async def set(
        self, *, delay_s: float | None = None, limits: dict[str, tuple[int, float]] | None = None
    ) -> None:
        """`limits`: {"overall": (30, 1.0), "per_chat": ..., "per_group": ...}; {} switches them off."""
        await self.do("set", {"delay_s": delay_s, "limits": limits})

    async def calls(self, *, since: int = 0, with_params: bool = False) -> list[Call]:
        """The call log from number `since` on; parameters only when asked for, because they are long."""
        found = await self.do("calls", {"since": since, "with_params": with_params})
        if with_params:
            return [Call(**call) for call in found]
        return [
            Call(m, {}, arrived, chat, answered, outcome) for m, chat, arrived, answered, outcome in found
        ]

    async def arrivals(self) -> dict[int, list[float]]:
        """When each chat's messages arrived."""
        return {int(chat_id): times for chat_id, times in (await self.do("arrivals")).items()}

    async def state(self) -> JSON:
        found: JSON = await self.do("state")
        return found

    async def updates_taken(self, timeout: float = 5.0) -> None:
        await self.do("updates_taken", {"timeout": timeout})

    async def forget(self) -> None:
        await self.do("forget")

    async def do(self, verb: str, arguments: JSON | None = None) -> Any:
        assert self._session is not None, "enter the RemoteTelegram first"
        url = f"http://127.0.0.1:{self.port}/control/{verb}"
        async with self._session.post(url, json=arguments or {}) as answer:
            body = await answer.json()
        if "error" in body:
            kind = TimeoutError if body["error"].startswith("TimeoutError") else RuntimeError
            raise kind(body["error"])
        return body["result"]


class RemoteUser:
    """A user of the emulator in the other process; verbs as in `people.User`."""

    def __init__(self, remote: RemoteTelegram, user_id: int) -> None:
        self.user_id = user_id
        self._remote = remote
        self._heard = 0

    async def says(self, text: str, *, reply_to: int | Received | None = None) -> int:
        target = reply_to.message_id if isinstance(reply_to, Received) else reply_to
        return int(await self._act("says", text=text, reply_to=target))

    async def starts(self, payload: str = "") -> int:
        return int(await self._act("starts", payload=payload))

    async def edits(self, message_id: int, text: str) -> None:
        await self._act("edits", message_id=message_id, text=text)

    async def sends_photo(self, *, caption: str = "") -> int:
        return int(await self._act("sends_photo", caption=caption))

    async def shares_contact(self, phone: str | None = None, *, own: bool = True) -> int:
        return int(await self._act("shares_contact", phone=phone, own=own))

    async def presses(self, button: Button | str, timeout: float | None = None) -> JSON | None:
        """Presses the newest button of this text; with `timeout`, waits for the bot's answer to the press."""
        text = button if isinstance(button, str) else button.text
        answer: JSON | None = await self._act("presses", button=text, timeout=timeout)
        return answer

    async def blocks(self) -> None:
        await self._act("blocks")

    async def unblocks(self) -> None:
        await self._act("unblocks")

    async def repeats_last_update(self) -> None:
        """Telegram delivers this user's last update a second time."""
        await self._remote.do("deliver_again", {"user": self.user_id})

    async def received(self, after: int = 0, timeout: float = 0.0) -> list[Received]:
        found = await self._remote.do("received", {"user": self.user_id, "after": after, "timeout": timeout})
        return [Received(**message) for message in found]

    @overload
    async def hears(self, wanted: int = 1, timeout: float = 5.0) -> list[Received]: ...
    @overload
    async def hears(self, wanted: Wanted, timeout: float = 5.0) -> Received: ...
    async def hears(self, wanted: int | Wanted = 1, timeout: float = 5.0) -> list[Received] | Received:
        """As Chat.hears: the next messages not heard yet, or the next one that fits."""
        clock = asyncio.get_running_loop().time
        deadline = clock() + timeout
        new: list[Received] = []
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

    async def _act(self, deed: str, **arguments: Any) -> Any:
        given = {name: value for name, value in arguments.items() if value is not None}
        return await self._remote.do("act", {"user": self.user_id, "deed": deed, "arguments": given})
