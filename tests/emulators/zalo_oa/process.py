"""The emulator as a process: `python -m tests.emulators zalo_oa --port 8090`."""

from __future__ import annotations

import asyncio

from tests.emulators import process
from tests.emulators.zalo_oa.emulator import ZaloOAEmulator


def main(arguments: list[str]) -> None:
    options = process.parser("zalo_oa").parse_args(arguments)

    def make() -> ZaloOAEmulator:
        return ZaloOAEmulator(port=options.port, delay_s=options.delay_ms / 1000)

    asyncio.run(process.serve(make, ends_with_stdin=options.end_with_stdin))
