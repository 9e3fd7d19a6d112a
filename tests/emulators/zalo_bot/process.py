"""The emulator as a process: `python -m tests.emulators zalo_bot --port 8091`."""

from __future__ import annotations

import asyncio

from tests.emulators import process
from tests.emulators.zalo_bot.emulator import ZaloBotEmulator


def main(arguments: list[str]) -> None:
    options = process.parser("zalo_bot").parse_args(arguments)

    def make() -> ZaloBotEmulator:
        return ZaloBotEmulator(port=options.port, delay_s=options.delay_ms / 1000)

    asyncio.run(process.serve(make, ends_with_stdin=options.end_with_stdin))
