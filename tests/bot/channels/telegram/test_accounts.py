from datetime import timedelta
from typing import Any, cast

import pytest
import sqlalchemy as sa

from bot.channels.contract import Account
from bot.channels.telegram.accounts import can_be_called, create, open_accounts, webhook_secret
from bot.channels.tools import Tools
from bot.errors import ConfigurationError
from bot.languages import Languages
from bot.store.database import Database
from bot.store.tables import accounts
from bot.store.tables.accounts import AccountState
from bot.web.assets import Assets
from config.settings import Settings
from tests.bot.channels.telegram.conftest import TOKEN, account
from tests.conftest import MovingClock


def settings(**given: Any) -> Settings:
    return Settings(_env_file=None, **given)


async def opened(database: Database, clock: MovingClock, token: str) -> list[Account]:
    async with database.writing() as connection:
        return await open_accounts(connection, settings(telegram_token=token), clock())


async def states(database: Database) -> list[str]:
    async with database.reading() as connection:
        return list((await connection.execute(sa.select(accounts.c.state))).scalars())


async def test_without_a_token_there_is_no_telegram(database: Database, clock: MovingClock) -> None:
    assert await opened(database, clock, "") == []
    assert await states(database) == []


async def test_a_bot_keeps_its_row_also_with_a_new_token(database: Database, clock: MovingClock) -> None:
    [first] = await opened(database, clock, TOKEN)
    clock.move(timedelta(days=1))
    [again] = await opened(database, clock, "123456:renewed")
    [other] = await opened(database, clock, "777:another")
    assert first == again == Account(first.account_id, "telegram", "123456", "Telegram 123456")
    assert other.account_id != first.account_id


async def test_a_bot_that_was_refused_gets_another_chance_at_the_next_start(
    database: Database, clock: MovingClock
) -> None:
    await opened(database, clock, TOKEN)
    async with database.writing() as connection:
        await connection.execute(sa.update(accounts).values(state=AccountState.REFUSED))
    await opened(database, clock, TOKEN)
    assert await states(database) == [AccountState.ACTIVE]


@pytest.mark.parametrize(
    "token", ["hoa", "123456", "123456:", ":SECRETSECRET", "12x:SECRETSECRET", f"{TOKEN} ", f"{TOKEN}\n", "1:a/../b"]
)  # fmt: skip
async def test_what_cannot_be_a_token_is_named_and_not_shown(
    database: Database, clock: MovingClock, token: str
) -> None:
    with pytest.raises(ConfigurationError) as caught:
        await opened(database, clock, token)
    assert "CHIHOI_TELEGRAM_TOKEN" in str(caught.value)
    assert "SECRET" not in str(caught.value)
    assert await states(database) == []


@pytest.mark.parametrize(
    ("address", "is_called"),
    [
        ("", False),
        ("http://hoi.example", False),
        ("https://hoi.example", True),
        ("https://hoi.example:8443", True),
        ("https://hoi.example:8080", False),
    ],
)
async def test_telegram_calls_only_addresses_that_it_can(
    database: Database, clock: MovingClock, address: str, is_called: bool
) -> None:
    assert can_be_called(address) == is_called
    tools = Tools(
        settings=settings(telegram_token=TOKEN, public_url=address, telegram_per_second=5),
        database=database,
        assets=cast("Assets", None),  # Telegram shows no page.
        languages=Languages({}),
        clock=clock,
        secret_key="key",
        greeting=str,
    )
    channel = create(account(), tools)
    assert len(channel.routes()) == is_called
    assert (channel.limits.per_second, channel.limits.send_timeout) == (5, timedelta(seconds=30))


def test_the_webhooks_secret_is_of_this_service_and_this_bot() -> None:
    secrets = [webhook_secret("key", "1"), webhook_secret("key", "2"), webhook_secret("other", "1")]
    assert len(set(secrets)) == 3
    assert all(len(secret) == 64 and secret.isalnum() for secret in secrets)
    assert webhook_secret("key", "1") == secrets[0]
