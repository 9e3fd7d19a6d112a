"""The size of the storm, its seed, and the scene."""

import os
import random
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from bot.clock import utc_now
from bot.store.database import Database
from tests import crowd
from tests.emulators.telegram.remote import RemoteTelegram
from tests.kill.scene import Scene

_ANSWER_MS = 60


@dataclass(frozen=True, slots=True)
class Size:
    members: int
    kills: int


IS_FULL = os.environ.get("CHIHOI_STORM") == "full"  # `make storm`


@pytest.fixture
def size() -> Size:
    return Size(2000, 20) if IS_FULL else Size(300, 3)


@pytest.fixture
def chance() -> random.Random:
    """Its seed is printed, so that a failure can be looked at again: CHIHOI_STORM_SEED=... make storm."""
    seed = int(os.environ.get("CHIHOI_STORM_SEED") or random.SystemRandom().randrange(2**32))
    print(f"CHIHOI_STORM_SEED={seed}")
    return random.Random(seed)


@pytest.fixture
async def scene(database: Database, tmp_path: Path, size: Size) -> AsyncIterator[Scene]:
    people = await crowd.add(database, size.members, utc_now())
    async with RemoteTelegram.started("--delay-ms", str(_ANSWER_MS), "--any-chat") as bot_api:
        yield Scene(database, bot_api, people, tmp_path)
