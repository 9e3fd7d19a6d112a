"""Runs an emulator as a process of its own: `python -m tests.emulators <name> --port N ...`."""

from __future__ import annotations

import sys
from collections.abc import Callable

from tests.emulators.telegram import process as telegram
from tests.emulators.zalo_bot import process as zalo_bot
from tests.emulators.zalo_oa import process as zalo_oa

EMULATORS: dict[str, Callable[[list[str]], None]] = {
    "telegram": telegram.main,
    "zalo_oa": zalo_oa.main,
    "zalo_bot": zalo_bot.main,
}

if __name__ == "__main__":
    if len(sys.argv) < 2 or sys.argv[1] not in EMULATORS:
        sys.exit(f"usage: python -m tests.emulators {{{','.join(EMULATORS)}}} [options]")
    EMULATORS[sys.argv[1]](sys.argv[2:])
