"""One emulator with a member, a bare client for it, and its clock."""

from __future__ import annotations

from collections.abc import AsyncIterator

import aiohttp
import pytest

from tests.emulators.telegram import Patience, TelegramEmulator, User
from tests.emulators.telegram_client import Client, Moment


@pytest.fixture
def moment() -> Moment:
    return Moment()


@pytest.fixture
async def bot_api(moment: Moment) -> AsyncIterator[TelegramEmulator]:
    async with TelegramEmulator(
        clock=moment, patience=Patience(answer_s=5.0, first_delay_s=0.001)
    ) as emulator:
        yield emulator


@pytest.fixture
async def call(bot_api: TelegramEmulator) -> AsyncIterator[Client]:
    async with aiohttp.ClientSession() as session:
        yield Client(session, bot_api.base_url)


@pytest.fixture
def hoa(bot_api: TelegramEmulator) -> User:
    return bot_api.user(name="Hoa", id=42)
