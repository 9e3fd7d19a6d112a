"""The platform as the service uses it: accounts, channels, one webhook, connecting, from opening to closing."""

from collections.abc import Sequence
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest
import sqlalchemy as sa

from bot.channels.contract import Account, Outgoing, SendError, Update
from bot.channels.tools import Tools
from bot.channels.zalo_oa import connect_words as words
from bot.channels.zalo_oa import webhook_troubles
from bot.channels.zalo_oa.platform import ZaloOAPlatform
from bot.languages import Languages
from bot.store.database import Database
from bot.store.tables import accounts
from bot.store.tables.accounts import AccountState
from bot.web.assets import Assets
from config.settings import Settings
from tests import people
from tests.conftest import MovingClock
from tests.emulators.zalo_oa import ZaloOAEmulator

BACK = "http://127.0.0.1/back"


def make_platform(
    database: Database, clock: MovingClock, zalo: ZaloOAEmulator | None = None, **options: Any
) -> ZaloOAPlatform:
    given: dict[str, Any] = {}
    if zalo is not None:
        given = {
            "zalo_app_id": zalo.app.app_id,
            "zalo_app_secret": zalo.app.secret,
            "zalo_oa_secret_key": zalo.app.oa_secret_key,
            "zalo_oa_base_url": zalo.base_url,
            "zalo_oauth_base_url": zalo.oauth_base_url,
            "zalo_business_base_url": zalo.business_base_url,
        }
    tools = Tools(
        settings=Settings(_env_file=None, **(given | options)),
        database=database,
        assets=Assets.load(),
        languages=Languages({}),
        clock=clock,
        secret_key="key",
        greeting=str,
    )
    return ZaloOAPlatform(tools)


async def connects(
    platform: ZaloOAPlatform, database: Database, zalo: ZaloOAEmulator, clock: MovingClock
) -> Account:
    assert platform.connecting is not None
    async with database.writing() as connection:
        address = await platform.connecting.begin(connection, staff_id=1, back=BACK, now=clock())
    query = dict(parse_qsl(urlsplit(zalo.approves(address)).query))
    return await platform.connecting.finish(query, staff_id=1, back=BACK, now=clock())


async def nowhere(account_id: int, updates: Sequence[Update]) -> None:
    raise AssertionError("nothing comes in here")


async def test_an_account_that_is_connected_while_the_service_runs_can_send(
    books: Database, zalo: ZaloOAEmulator, clock: MovingClock
) -> None:
    hoa = zalo.user(follows=True)
    platform = make_platform(books, clock, zalo)
    async with books.writing() as connection:
        assert not await platform.open_accounts(connection, clock())
    await platform.open()
    await platform.start_receiving(nowhere)
    account = await connects(platform, books, zalo, clock)
    async with books.reading() as connection:
        assert [found.account_id for found in await platform.more_accounts(connection)] == [
            account.account_id
        ]
    await hoa.says("em oi")
    channel = platform.channel(account)
    await channel.open()
    receipt = await channel.send(hoa.user_id, Outgoing("Chào chị"), key="1")
    assert receipt.platform_id == hoa.received[-1].message_id
    await channel.close()
    await platform.stop_receiving()
    await platform.close()


async def test_a_dead_permission_stays_red_over_a_restart_until_it_is_connected_again(
    books: Database, zalo: ZaloOAEmulator, clock: MovingClock
) -> None:
    hoa = zalo.user(follows=True)
    platform = make_platform(books, clock, zalo)
    await platform.open()
    account = await connects(platform, books, zalo, clock)
    zalo.disconnect()
    with pytest.raises(SendError) as error:
        await platform.channel(account).send(hoa.user_id, Outgoing("Chào chị"), key="1")
    await platform.close()

    restarted = make_platform(books, clock, zalo)
    await restarted.open()
    zalo.calls.forget()
    async with books.writing() as connection:
        opened = await restarted.open_accounts(connection, clock())
        state, trouble = (await connection.execute(sa.select(accounts.c.state, accounts.c.trouble))).one()
    assert (state, trouble) == (AccountState.REFUSED, "needs_authorization")
    assert error.value.code == trouble
    assert "Kết nối lại" in restarted.sentence(trouble)
    with pytest.raises(SendError):
        await restarted.channel(opened[0]).send(hoa.user_id, Outgoing("Chào chị"), key="2")
    assert not zalo.calls.entries
    await connects(restarted, books, zalo, clock)
    async with books.reading() as connection:
        assert (await connection.execute(sa.select(accounts.c.state))).scalar_one() is AccountState.ACTIVE
    await restarted.close()


async def test_closed_accounts_and_those_of_other_platforms_are_not_its_own(
    books: Database, zalo: ZaloOAEmulator, clock: MovingClock
) -> None:
    async with books.writing() as connection:
        await people.add_account(connection, now=clock())
        closed = await people.add_account(connection, channel="zalo_oa", external_id="1", now=clock())
        await connection.execute(
            sa.update(accounts).where(accounts.c.id == closed).values(state=AccountState.CLOSED)
        )
        assert not await make_platform(books, clock, zalo).open_accounts(connection, clock())


def test_an_account_is_opened_by_its_number(
    books: Database, clock: MovingClock, zalo: ZaloOAEmulator
) -> None:
    platform = make_platform(books, clock, zalo)
    assert platform.link(zalo.oa.oa_id) == f"https://zalo.me/{zalo.oa.oa_id}"


async def test_each_account_has_one_grant_in_the_process(
    books: Database, zalo: ZaloOAEmulator, clock: MovingClock
) -> None:
    platform = make_platform(books, clock, zalo)
    assert platform.tokens_of(1) is platform.tokens_of(1)
    assert platform.tokens_of(1) is not platform.tokens_of(2)


async def test_without_an_app_there_is_nothing_but_what_the_operator_must_set(
    books: Database, zalo: ZaloOAEmulator, clock: MovingClock
) -> None:
    platform = make_platform(books, clock)
    async with books.writing() as connection:
        await people.add_account(connection, channel="zalo_oa", external_id="1", now=clock())
        assert not await platform.open_accounts(connection, clock())
    assert not platform.routes()
    await platform.open()
    await platform.start_receiving(nowhere)
    await platform.stop_receiving()
    await platform.close()
    assert platform.connecting is not None
    assert platform.connecting.is_ready() == words.NO_APP
    half = make_platform(books, clock, zalo, zalo_oa_secret_key="")
    assert half.connecting is not None
    assert half.connecting.is_ready() == words.NO_OA_KEY
    assert half.routes()


async def test_without_a_key_no_signature_is_said_to_be_of_another_one(
    books: Database, zalo: ZaloOAEmulator, clock: MovingClock
) -> None:
    half = make_platform(books, clock, zalo, zalo_oa_secret_key="")
    whole = make_platform(books, clock, zalo)
    for code, sentence in webhook_troubles.SENTENCES.items():
        assert (half.sentence(code), whole.sentence(code)) == (words.NO_OA_KEY, sentence)


async def test_there_is_one_webhook_for_all_accounts(
    books: Database, zalo: ZaloOAEmulator, clock: MovingClock
) -> None:
    assert len(make_platform(books, clock, zalo).routes()) == 1
