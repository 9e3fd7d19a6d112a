"""The emulator as a process: `python -m tests.emulators telegram --port 0 --delay-ms 80`."""

from __future__ import annotations

import argparse
import asyncio
import json
import signal
import sys

from tests.emulators.telegram.emulator import TelegramEmulator
from tests.emulators.telegram.limits import FloodLimits


def main(arguments: list[str]) -> None:
    """Serves until SIGTERM, SIGINT, or (`--end-with-stdin`) until standard input closes.

    The first line on standard output is the port, as JSON.
    """
    parser = argparse.ArgumentParser(prog="tests.emulators telegram")
    parser.add_argument("--port", type=int, default=0, help="0: any free port")
    parser.add_argument("--delay-ms", type=int, default=0, help="how long every answer takes")
    parser.add_argument(
        "--any-chat", action="store_true", help="every positive chat id is somebody who pressed Start"
    )
    parser.add_argument(
        "--limits", action="store_true", help="Telegram's flood limits: 1/s, 20/min per group, 30/s"
    )
    parser.add_argument("--end-with-stdin", action="store_true", help="end when the starting process ends")
    asyncio.run(_serve(parser.parse_args(arguments)))


async def _serve(options: argparse.Namespace) -> None:
    loop = asyncio.get_running_loop()
    over = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, over.set)
    if options.end_with_stdin:
        stdin = asyncio.StreamReader()
        await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(stdin), sys.stdin)
        watch = loop.create_task(stdin.read())
        watch.add_done_callback(lambda _: over.set())
    emulator = TelegramEmulator(
        port=options.port,
        delay_s=options.delay_ms / 1000,
        any_chat=options.any_chat,
        limits=FloodLimits.telegram() if options.limits else None,
    )
    async with emulator:
        print(json.dumps({"port": emulator.port}), flush=True)
        await over.wait()
