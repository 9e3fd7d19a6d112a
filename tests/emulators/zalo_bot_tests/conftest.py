"""One bot, its client, a member who has written to it, and a webhook."""

from __future__ import annotations

from collections.abc import AsyncIterator

import aiohttp
import pytest

from tests.emulators.clock import EmulatorClock
from tests.emulators.hook import Hook
from tests.emulators.zalo_bot import User, ZaloBotEmulator
from tests.emulators.zalo_bot_tests.client import MORNING, BotClient


@pytest.fixture
async def hook() -> AsyncIterator[Hook]:
    made = Hook()
    await made.start()
    yield made
    await made.stop()


@pytest.fixture
async def zalo() -> AsyncIterator[ZaloBotEmulator]:
    async with ZaloBotEmulator(clock=EmulatorClock.standing(MORNING)) as emulator:
        emulator.bot.poll_scale = 0.01
        yield emulator


@pytest.fixture
async def call(zalo: ZaloBotEmulator) -> AsyncIterator[BotClient]:
    async with aiohttp.ClientSession() as session:
        yield BotClient(session, zalo)


@pytest.fixture
def lan(zalo: ZaloBotEmulator) -> User:
    return zalo.user(has_written=True)
