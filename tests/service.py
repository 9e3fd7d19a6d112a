"""The whole service as a process of its own, `main.py run`, to be killed, told to stop, and read the log of."""

import asyncio
import contextlib
import os
import re
import signal
import sys
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Self

PROJECT = Path(__file__).parents[1]
_START_S = 60.0  # Long: a busy machine starts many processes at once.
_STOP_S = 30.0
_ADDRESS = re.compile(r"Chat: +(http://\S+)/chat")


class ServiceProcess:
    """One running service. `started` gives it once all its parts are up."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self._process = process
        self._reading = asyncio.create_task(self._read(), name="service-output")
        self._is_up = asyncio.Event()
        self.lines: list[str] = []  # All that it has printed and logged.
        self.address = ""  # Of its web server, if it has one.

    @classmethod
    @asynccontextmanager
    async def started(
        cls, settings: Mapping[str, str], folder: Path, *, roles: str = "web,sender,scheduler"
    ) -> AsyncIterator[Self]:
        """Runs the service in a folder of its own; nothing of it is left when the block ends, however it ends."""
        async with cls.starting(settings, folder, roles=roles) as service:
            await service.is_up()
            yield service

    @classmethod
    @asynccontextmanager
    async def starting(
        cls, settings: Mapping[str, str], folder: Path, *, roles: str = "web,sender,scheduler"
    ) -> AsyncIterator[Self]:
        """As `started`, but does not wait for it."""
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, str(PROJECT / "main.py"), "run", "--roles", roles),
            cwd=folder,  # Where no `.env` of the developer's is found.
            env={"CHIHOI_DATA_DIR": str(folder), "CHIHOI_PORT": "0", **_surroundings(), **settings},
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
            start_new_session=True,
        )
        service = cls(process)
        try:
            yield service
        finally:
            await service.kill()
            await service._reading

    @property
    def pid(self) -> int:
        return self._process.pid

    async def is_up(self) -> None:
        """Waits until all parts are started; an AssertionError shows what it said when it ends before that."""
        up = asyncio.create_task(self._is_up.wait())
        try:
            async with asyncio.timeout(_START_S):
                await asyncio.wait({up, self._reading}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            up.cancel()
        assert self._is_up.is_set(), "\n".join(self.lines)

    async def ended(self) -> None:
        """Waits until it ends, by itself or not."""
        await self._process.wait()

    async def kill(self) -> None:
        """As if the power went: no handler of it runs."""
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self._process.pid, signal.SIGKILL)
        await self._process.wait()

    async def stop(self) -> int:
        """As the operator stops it. Returns its exit code; TimeoutError when it does not end in time."""
        self._process.terminate()
        async with asyncio.timeout(_STOP_S):
            return await self._process.wait()

    async def _read(self) -> None:
        assert self._process.stdout is not None
        async for raw in self._process.stdout:
            line = raw.decode("utf-8", "replace").rstrip()
            self.lines.append(line)
            if found := _ADDRESS.search(line):
                self.address = found[1]
            if "service_started" in line:
                self._is_up.set()


def _surroundings() -> dict[str, str]:
    """What any process needs, without this machine's own settings of the service."""
    return {name: value for name, value in os.environ.items() if not name.startswith("CHIHOI_")}
