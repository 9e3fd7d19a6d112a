import asyncio
from datetime import UTC, datetime, timedelta

import pytest

from bot import usage
from bot.channels.account_rows import open_account, rename
from bot.store.database import Database
from bot.usage import Share, Usage
from tests import people
from tests.conftest import MovingClock


async def make_account(database: Database, now: datetime, *, messages: int = 10, users: int = 5) -> int:
    async with database.writing() as connection:
        account = await open_account(
            connection,
            channel="x",
            external_id="1",
            name="Bot Chị Hội",
            settings=usage.plan_settings(messages=messages, people=users),
            now=now,
        )
    return account.account_id


async def count(database: Database, account_id: int, now: datetime, **counted: int) -> None:
    async with database.writing() as connection:
        await usage.count(connection, account_id, now=now, **counted)


async def used(database: Database, now: datetime) -> tuple[Usage, ...]:
    async with database.reading() as connection:
        return await usage.usage_of(connection, now)


async def test_both_directions_and_everybody_who_wrote_count(database: Database, clock: MovingClock) -> None:
    account_id = await make_account(database, clock())
    assert await used(database, clock()) == (Usage("Bot Chị Hội", Share(0, 10), Share(0, 5)),)
    await count(database, account_id, clock(), sent=3)
    await count(database, account_id, clock(), received=4)
    async with database.writing() as connection:
        await people.add_contact(connection, account_id, "hoa", now=clock())
    assert await used(database, clock()) == (Usage("Bot Chị Hội", Share(7, 10), Share(1, 5)),)


async def test_counting_at_once_loses_nothing(database: Database, clock: MovingClock) -> None:
    account_id = await make_account(database, clock())
    await asyncio.gather(*(count(database, account_id, clock(), sent=1) for _ in range(10)))
    [found] = await used(database, clock())
    assert found.messages == Share(10, 10)


async def test_a_month_is_one_in_viet_nam(database: Database) -> None:
    midnight = datetime(2026, 11, 30, 17, 0, tzinfo=UTC)
    account_id = await make_account(database, midnight)
    await count(database, account_id, midnight - timedelta(seconds=1), sent=9)
    await count(database, account_id, midnight, sent=1)
    [before], [after] = (
        await used(database, midnight - timedelta(seconds=1)),
        await used(database, midnight),
    )
    assert (before.messages, after.messages) == (Share(9, 10), Share(1, 10))


async def test_an_account_without_a_plan_is_not_shown(database: Database, clock: MovingClock) -> None:
    async with database.writing() as connection:
        await people.add_account(connection, now=clock())
    assert await used(database, clock()) == ()


async def test_a_plan_that_changed_holds_from_the_next_start(database: Database, clock: MovingClock) -> None:
    account_id = await make_account(database, clock())
    async with database.writing() as connection:
        await rename(connection, account_id, "Bot Hội Phụ nữ")
    assert await make_account(database, clock(), messages=3000, users=0) == account_id
    assert await used(database, clock()) == (Usage("Bot Hội Phụ nữ", Share(0, 3000), None),)


@pytest.mark.parametrize(
    ("messages", "percent", "is_nearly_used", "is_used_up"),
    [
        (0, 0, False, False),
        (2399, 79, False, False),
        (2400, 80, True, False),
        (2999, 99, True, False),
        (3000, 100, True, True),
        (3001, 100, True, True),
    ],
)
def test_a_plan_warns_from_80_percent_on(
    messages: int, percent: int, is_nearly_used: bool, is_used_up: bool
) -> None:
    share = Share(messages, 3000)
    assert (share.percent, share.is_nearly_used, share.is_used_up) == (percent, is_nearly_used, is_used_up)
