"""A fake Zalo and a channel to it, for every test of the channel."""

from collections.abc import AsyncIterator, Callable
from datetime import timedelta
from typing import Any

import pytest

from bot.channels.contract import Account
from bot.channels.zalo_bot.channel import NAME, ZaloBot
from bot.store.database import Database
from tests import people
from tests.bot.channels.keeping import Office
from tests.conftest import MovingClock
from tests.databases import SQLiteTemplate
from tests.emulators.clock import EmulatorClock
from tests.emulators.zalo_bot import User, ZaloBotEmulator

WEBHOOK_SECRET = "0a1b2c3d4e5f"

MakeChannel = Callable[..., ZaloBot]


@pytest.fixture
async def zalo(clock: MovingClock) -> AsyncIterator[ZaloBotEmulator]:
    async with ZaloBotEmulator(clock=EmulatorClock(clock)) as emulator:
        yield emulator


@pytest.fixture
def binh(zalo: ZaloBotEmulator) -> User:
    return zalo.user(name="Bình", has_written=True)


@pytest.fixture
async def books(sqlite_template: SQLiteTemplate) -> AsyncIterator[Database]:
    """A database of the quicker kind, for tests that are not about it."""
    async with sqlite_template.database() as opened:
        yield opened


async def make_account(database: Database, zalo: ZaloBotEmulator, clock: MovingClock) -> Account:
    bot_id = zalo.bot.bot_id
    async with database.writing() as connection:
        account_id = await people.add_account(connection, channel=NAME, external_id=bot_id, now=clock())
    return Account(account_id, NAME, bot_id, f"Bot {bot_id}")


@pytest.fixture
def made() -> list[ZaloBot]:
    """Every channel of the test; the fixtures of accounts close them before their databases are closed."""
    return []


@pytest.fixture
def make_channel(zalo: ZaloBotEmulator, clock: MovingClock, made: list[ZaloBot]) -> MakeChannel:
    """Makes channels to the fake Zalo."""

    def make(account: Account, database: Database, **given: Any) -> ZaloBot:
        options: dict[str, Any] = {
            "token": zalo.bot.token,
            "base_url": zalo.base_url,
            "per_second": 5,
            "send_timeout": timedelta(seconds=10),
            "hears_groups": False,
            "public_url": "",
            "webhook_secret": WEBHOOK_SECRET,
            "links_secret": "4d5e6f",
            "allow_private_media": True,
            "clock": clock,
            "chat_gap": timedelta(),
            "first_pause": timedelta(milliseconds=5),
            "keep_again": (),
        } | given
        channel = ZaloBot(account, database=database, **options)
        made.append(channel)
        return channel

    return make


async def close(channels: list[ZaloBot]) -> None:
    for channel in channels:
        await channel.stop_receiving()
        await channel.close()


@pytest.fixture
async def account(
    books: Database, zalo: ZaloBotEmulator, clock: MovingClock, made: list[ZaloBot]
) -> AsyncIterator[Account]:
    yield await make_account(books, zalo, clock)
    await close(made)


@pytest.fixture
async def channel(make_channel: MakeChannel, account: Account, books: Database) -> ZaloBot:
    """Open for sending, not receiving."""
    channel = make_channel(account, books)
    await channel.open()
    return channel


@pytest.fixture
def office(database: Database, clock: MovingClock) -> Office:
    return Office(database, clock)


@pytest.fixture
async def kept_account(
    database: Database, zalo: ZaloBotEmulator, clock: MovingClock, made: list[ZaloBot]
) -> AsyncIterator[Account]:
    """The account in a database of each kind."""
    yield await make_account(database, zalo, clock)
    await close(made)
