"""Runs an emulator as a process until it is told to end; the first line on standard output is the port, as JSON."""

from __future__ import annotations

import argparse
import asyncio
import json
import signal
import sys
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from typing import Protocol


class Serving(Protocol):
    """An emulator once it serves."""

    @property
    def port(self) -> int: ...

    def setting_lines(self) -> list[str]:
        """Lines for the service's settings that let it run against this emulator."""


def parser(name: str) -> argparse.ArgumentParser:
    """The options that every emulator takes."""
    made = argparse.ArgumentParser(prog=f"tests.emulators {name}")
    made.add_argument("--port", type=int, default=0, help="0: any free port")
    made.add_argument("--delay-ms", type=int, default=0, help="how long every answer takes")
    made.add_argument("--end-with-stdin", action="store_true", help="end when the starting process ends")
    return made


async def serve(make: Callable[[], AbstractAsyncContextManager[Serving]], *, ends_with_stdin: bool) -> None:
    """Serves until SIGTERM, SIGINT, or (`ends_with_stdin`) until standard input closes."""
    loop = asyncio.get_running_loop()
    over = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, over.set)
    if ends_with_stdin:
        stdin = asyncio.StreamReader()
        await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(stdin), sys.stdin)
        watch = loop.create_task(stdin.read())
        watch.add_done_callback(lambda _: over.set())
    async with make() as emulator:
        print(json.dumps({"port": emulator.port}), flush=True)
        if not ends_with_stdin:
            print(
                f"\nĐiện thoại: http://127.0.0.1:{emulator.port}/\n",
                *emulator.setting_lines(),
                sep="\n",
                flush=True,
            )
        await over.wait()
