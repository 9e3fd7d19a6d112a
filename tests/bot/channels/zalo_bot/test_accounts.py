from datetime import timedelta
from typing import Any, cast

import pytest
import sqlalchemy as sa

from bot.channels.contract import Account
from bot.channels.tools import Tools
from bot.channels.zalo_bot.accounts import create, open_accounts, webhook_secret
from bot.errors import ConfigurationError
from bot.languages import Languages
from bot.store.database import Database
from bot.store.tables import accounts
from bot.usage import Share, usage_of
from bot.web.assets import Assets
from config.settings import Settings
from tests.conftest import MovingClock

TOKEN = "1000000000000000001:SECRET-token_of-nobody"


def settings(**given: Any) -> Settings:
    return Settings(_env_file=None, **given)


async def opened(database: Database, clock: MovingClock, token: str, **given: Any) -> list[Account]:
    async with database.writing() as connection:
        return await open_accounts(connection, settings(zalo_bot_token=token, **given), clock())


async def test_without_a_token_there_is_no_zalo_bot(database: Database, clock: MovingClock) -> None:
    assert await opened(database, clock, "") == []


async def test_a_bot_keeps_its_row_also_with_a_new_token_and_follows_its_plan(
    database: Database, clock: MovingClock
) -> None:
    [first] = await opened(database, clock, TOKEN)
    clock.move(timedelta(days=1))
    [again] = await opened(database, clock, "1000000000000000001:renewed", zalo_bot_monthly_messages=9000)
    assert (first.account_id, first.external_id) == (again.account_id, again.external_id)
    assert first.external_id == "1000000000000000001"
    async with database.reading() as connection:
        [used] = await usage_of(connection, clock())
    assert (used.messages, used.people) == (Share(0, 9000), Share(0, 50))


@pytest.mark.parametrize(
    "token", ["hoa", "123456", "1:", ":SECRETSECRET", f"{TOKEN} ", f"{TOKEN}\n", "1:SECRET/../b"]
)
async def test_what_cannot_be_a_token_is_named_and_not_shown(
    database: Database, clock: MovingClock, token: str
) -> None:
    with pytest.raises(ConfigurationError) as caught:
        await opened(database, clock, token)
    assert "CHIHOI_ZALO_BOT_TOKEN" in str(caught.value)
    assert "SECRET" not in str(caught.value)
    async with database.reading() as connection:
        assert (await connection.execute(sa.select(accounts))).all() == []


@pytest.mark.parametrize(
    ("address", "is_called"), [("", False), ("http://hoi.example", False), ("https://hoi.example", True)]
)
async def test_zalo_calls_only_addresses_that_it_can(
    database: Database, clock: MovingClock, address: str, is_called: bool
) -> None:
    tools = Tools(
        settings=settings(zalo_bot_token=TOKEN, public_url=address),
        database=database,
        assets=cast("Assets", None),  # A Zalo bot shows no page.
        languages=Languages({}),
        clock=clock,
        secret_key="key",
        greeting=str,
    )
    channel = create(Account(7, "zalo_bot", "1", "Bot"), tools)
    assert len(channel.routes()) == (2 if is_called else 0)  # Zalo calls us, and fetches files.
    assert (channel.limits.text_units, channel.limits.per_second) == (2000, 5)
    assert channel.limits.send_timeout == timedelta(seconds=30)


def test_the_webhooks_secret_is_of_this_service_and_this_bot_and_as_zalo_takes_it() -> None:
    secrets = [webhook_secret("key", "1"), webhook_secret("key", "2"), webhook_secret("other", "1")]
    assert len(set(secrets)) == 3
    assert all(8 <= len(secret) <= 256 and secret.isalnum() for secret in secrets)
    assert webhook_secret("key", "1") == secrets[0]
