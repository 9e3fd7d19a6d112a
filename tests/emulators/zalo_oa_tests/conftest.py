"""One OA with a granted app, its client, a member who wrote an hour ago, and a webhook."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import timedelta

import aiohttp
import pytest

from tests.emulators.clock import EmulatorClock
from tests.emulators.hook import Hook
from tests.emulators.zalo_oa import User, ZaloOAEmulator
from tests.emulators.zalo_oa_tests.client import MORNING, OAClient


@pytest.fixture
async def hook() -> AsyncIterator[Hook]:
    made = Hook()
    await made.start()
    yield made
    await made.stop()


@pytest.fixture
async def zalo() -> AsyncIterator[ZaloOAEmulator]:
    async with ZaloOAEmulator(clock=EmulatorClock.standing(MORNING)) as emulator:
        yield emulator


@pytest.fixture
async def granted(zalo: ZaloOAEmulator, hook: Hook) -> ZaloOAEmulator:
    """The same emulator, granted and with the webhook saved."""
    zalo.connect()
    zalo.app.webhook.url = hook.url
    return zalo


@pytest.fixture
async def client(zalo: ZaloOAEmulator) -> AsyncIterator[OAClient]:
    pair = zalo.world.grants.current(zalo.app, zalo.oa) or zalo.connect()
    async with aiohttp.ClientSession() as session:
        yield OAClient(session, zalo, pair.access_token)


@pytest.fixture
def hoa(zalo: ZaloOAEmulator) -> User:
    return zalo.user(follows=True, interacted=timedelta(hours=1))
