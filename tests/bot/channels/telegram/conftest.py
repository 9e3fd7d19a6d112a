"""A fake Telegram and a channel to it, for every test of the channel."""

from collections.abc import AsyncIterator, Callable
from datetime import timedelta
from typing import Any

import pytest

from bot.channels.contract import Account
from bot.channels.telegram.channel import NAME, Telegram
from bot.files import StoredFile
from bot.languages import Languages
from tests.emulators.telegram import TelegramEmulator, User

TOKEN = "123456:SECRET-token_of-nobody"
WEBHOOK_SECRET = "0a1b2c3d4e5f"

MakeChannel = Callable[..., Telegram]


@pytest.fixture
async def bot_api() -> AsyncIterator[TelegramEmulator]:
    async with TelegramEmulator() as emulator:
        yield emulator


@pytest.fixture
def hoa(bot_api: TelegramEmulator) -> User:
    return bot_api.user(name="Hoa")


async def no_file(_file_id: int) -> StoredFile | None:
    return None


def account(account_id: int = 7) -> Account:
    return Account(account_id, NAME, "123456", "Telegram 123456")


@pytest.fixture
async def make_channel(bot_api: TelegramEmulator) -> AsyncIterator[MakeChannel]:
    """Makes channels to the fake Telegram; those are stopped at the end whatever the test did."""
    made: list[Telegram] = []

    def make(**given: Any) -> Telegram:
        options: dict[str, Any] = {
            "account": account(),
            "token": TOKEN,
            "base_url": bot_api.base_url,
            "file_base_url": bot_api.file_base_url,
            "per_second": 28,
            "send_timeout": timedelta(seconds=10),
            "in_flight": 10,
            "languages": Languages({}),
            "public_url": "",
            "webhook_secret": WEBHOOK_SECRET,
            "read_file": no_file,
            "first_pause": timedelta(milliseconds=5),
        } | given
        channel = Telegram(options.pop("account"), **options)
        made.append(channel)
        return channel

    yield make
    for channel in made:
        await channel.stop_receiving()
        await channel.close()


@pytest.fixture
async def channel(make_channel: MakeChannel) -> Telegram:
    """Open for sending, not receiving."""
    channel = make_channel()
    await channel.open()
    return channel
