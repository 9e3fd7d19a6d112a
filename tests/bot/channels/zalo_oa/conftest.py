"""A fake Zalo, and the app's way to it with an account that granted it permission, for every test of the channel."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from bot.channels.zalo_oa import grants
from bot.channels.zalo_oa.client import Api, OAClient
from bot.channels.zalo_oa.oauth import OAuth, Pair
from bot.channels.zalo_oa.tokens import Tokens
from bot.sealing import Sealer
from bot.store.database import Database
from bot.store.tables import account_secrets
from tests import people
from tests.conftest import MovingClock
from tests.databases import SQLiteTemplate
from tests.emulators.clock import EmulatorClock
from tests.emulators.zalo_oa import ZaloOAEmulator

CHANNEL = "zalo_oa"
LIFE = timedelta(hours=25)


@pytest.fixture
async def zalo(clock: MovingClock) -> AsyncIterator[ZaloOAEmulator]:
    async with ZaloOAEmulator(clock=EmulatorClock(clock)) as emulator:
        emulator.app.webhook.answer_s = 20  # A busy machine is no matter of the tests here.
        yield emulator


@pytest.fixture
async def books(sqlite_template: SQLiteTemplate) -> AsyncIterator[Database]:
    """A database of the quicker kind, for tests that are not about it."""
    async with sqlite_template.database() as opened:
        yield opened


@pytest.fixture
def sealer() -> Sealer:
    return Sealer("a secret key of a test")


def make_api(zalo: ZaloOAEmulator, clock: MovingClock, **options: Any) -> Api:
    defaults: dict[str, Any] = {
        "base_url": zalo.base_url,
        "business_base_url": zalo.business_base_url,
        "oauth_base_url": zalo.oauth_base_url,
        "per_minute": 4000,
        "send_timeout": timedelta(seconds=10),
        "clock": clock,
    }
    return Api(**defaults | options)


@pytest.fixture
async def api(zalo: ZaloOAEmulator, clock: MovingClock) -> AsyncIterator[Api]:
    api = make_api(zalo, clock)
    await api.open()
    yield api
    await api.close()


@pytest.fixture
def oauth(api: Api, zalo: ZaloOAEmulator) -> OAuth:
    return OAuth(api, app_id=zalo.app.app_id, app_secret=zalo.app.secret)


@dataclass
class Grant:
    """An account of ours that the fake OA granted permission, and what the row says of it."""

    database: Database
    account_id: int
    tokens: Tokens

    async def row(self) -> sa.Row[Any]:
        async with self.database.reading() as connection:
            its_row = sa.select(account_secrets).where(account_secrets.c.account_id == self.account_id)
            return (await connection.execute(its_row)).one()


async def connect(
    database: Database, zalo: ZaloOAEmulator, sealer: Sealer, clock: MovingClock, account_id: int
) -> None:
    """A first pair, as an officer brings it."""
    pair = zalo.connect()
    async with database.writing() as connection:
        await grants.give(
            connection,
            account_id,
            Pair(pair.access_token, pair.refresh_token, LIFE),
            sealer,
            now=clock(),
        )


async def make_grant(
    database: Database,
    zalo: ZaloOAEmulator,
    oauth: OAuth,
    sealer: Sealer,
    clock: MovingClock,
    **options: Any,
) -> Grant:
    async with database.writing() as connection:
        account_id = await people.add_account(
            connection, channel=CHANNEL, external_id=zalo.oa.oa_id, now=clock()
        )
    await connect(database, zalo, sealer, clock, account_id)
    return Grant(database, account_id, make_tokens(database, account_id, oauth, sealer, clock, **options))


def make_tokens(
    database: Database, account_id: int, oauth: OAuth, sealer: Sealer, clock: MovingClock, **options: Any
) -> Tokens:
    """As one process has them: it looks at the row each time."""
    options = {"reread": timedelta()} | options
    return Tokens(database, account_id, sealer=sealer, oauth=oauth, clock=clock, **options)


@pytest.fixture
async def grant(
    books: Database, zalo: ZaloOAEmulator, oauth: OAuth, sealer: Sealer, clock: MovingClock
) -> AsyncIterator[Grant]:
    grant = await make_grant(books, zalo, oauth, sealer, clock)
    yield grant
    await grant.tokens.close()


@pytest.fixture
async def kept_grant(
    database: Database, zalo: ZaloOAEmulator, oauth: OAuth, sealer: Sealer, clock: MovingClock
) -> AsyncIterator[Grant]:
    """The same in a database of each kind."""
    grant = await make_grant(database, zalo, oauth, sealer, clock)
    yield grant
    await grant.tokens.close()


@pytest.fixture
def client(api: Api, grant: Grant) -> OAClient:
    return OAClient(api, grant.tokens)
