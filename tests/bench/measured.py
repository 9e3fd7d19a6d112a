"""A process whose CPU time and memory are its own: what is measured runs in one of these, what it is measured by elsewhere.

The process makes itself ready, says so, waits for the word, does its work, and reports. CPU time is user and system time
of all its threads while it worked; memory is the peak of what it held resident, and what it held when it was ready.
"""

import asyncio
import json
import resource
import sys
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Self

PROJECT = Path(__file__).parents[2]
_READY_S = 60.0
_LONGEST_LINE = 64 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Report:
    seconds: float
    cpu_s: float
    peak_mb: float
    ready_mb: float


# In the process that is measured:


async def measure(work: Callable[[], Awaitable[None]]) -> None:
    """Says that all is ready, waits for the word on standard input, does the work, and prints the report."""
    ready_mb = _resident_peak_mb()
    print("ready", flush=True)
    await asyncio.to_thread(sys.stdin.readline)
    began, cpu_before = time.monotonic(), _cpu_s()
    await work()
    report = Report(
        seconds=time.monotonic() - began,
        cpu_s=_cpu_s() - cpu_before,
        peak_mb=_resident_peak_mb(),
        ready_mb=ready_mb,
    )
    print(json.dumps(asdict(report)), flush=True)


def _cpu_s() -> float:
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


def _resident_peak_mb() -> float:
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak / (1024 * 1024 if sys.platform == "darwin" else 1024)


# In the process that measures:


class Speaking:
    """A process that is ready; see `started`. Its last line is what it has to say."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self._process = process

    @classmethod
    @asynccontextmanager
    async def started(
        cls, module: str, *arguments: str, environment: Mapping[str, str]
    ) -> AsyncIterator[Self]:
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", module, *arguments),
            cwd=PROJECT,
            env=dict(environment),
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            limit=_LONGEST_LINE,
        )
        try:
            async with asyncio.timeout(_READY_S):
                assert process.stdout is not None
                line = await process.stdout.readline()
            assert line == b"ready\n", f"{module} did not become ready"
            yield cls(process)
        finally:
            if process.returncode is None:
                process.kill()
            await process.wait()

    async def told(self) -> bytes:
        """Gives the word and waits for the line."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(b"go\n")
        await self._process.stdin.drain()
        line = await self._process.stdout.readline()
        assert line, "the measured process ended without a report"
        return line


class Measured(Speaking):
    """One whose last line is a report."""

    async def work(self) -> Report:
        return Report(**json.loads(await self.told()))
