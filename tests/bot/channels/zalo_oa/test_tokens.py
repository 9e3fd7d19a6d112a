"""The permission of an account: renewed once whoever needs it, kept before it is used, dead only when Zalo says so."""

import asyncio
from collections.abc import AsyncIterator, MutableMapping
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.exc import OperationalError
from sqlalchemy.ext.asyncio import AsyncConnection
from structlog.testing import capture_logs

from bot.channels.passage import NotSent
from bot.channels.zalo_oa import grants
from bot.channels.zalo_oa.client import OAClient
from bot.channels.zalo_oa.errors import NeedsAuthorization
from bot.channels.zalo_oa.keeper import Keeper
from bot.channels.zalo_oa.oauth import OAuth
from bot.channels.zalo_oa.tokens import Tokens
from bot.sealing import Sealer
from bot.store.database import Database
from bot.store.tables import account_secrets, accounts
from bot.store.tables.accounts import AccountState
from tests.bot.channels.zalo_oa.conftest import CHANNEL, LIFE, Grant, connect, make_tokens
from tests.conftest import MovingClock
from tests.emulators.zalo_oa import ZaloOAEmulator

RENEWAL = "v4/oa/access_token"
SPENT = "close_after_accepting"  # Zalo handed out a new pair, and nobody got it.
UNSPENT = "close_before_reading"


def current(zalo: ZaloOAEmulator) -> str:
    pair = zalo.world.grants.current(zalo.app, zalo.oa)
    assert pair is not None
    return pair.access_token


def alarms(logs: list[MutableMapping[str, Any]]) -> list[str]:
    return [line["event"] for line in logs if line["log_level"] == "error"]


async def account_of(grant: Grant) -> sa.Row[Any]:
    async with grant.database.reading() as connection:
        its_row = sa.select(accounts).where(accounts.c.id == grant.account_id)
        return (await connection.execute(its_row)).one()


@pytest.fixture
async def other(kept_grant: Grant, oauth: OAuth, sealer: Sealer, clock: MovingClock) -> AsyncIterator[Tokens]:
    """The same account in another process."""
    tokens = make_tokens(kept_grant.database, kept_grant.account_id, oauth, sealer, clock)
    yield tokens
    await tokens.close()


async def test_the_access_comes_from_memory_while_it_is_good(grant: Grant, zalo: ZaloOAEmulator) -> None:
    assert await grant.tokens.access() == current(zalo)
    assert not zalo.calls.of(RENEWAL)


async def test_a_renewal_gives_the_next_pair_which_is_kept_sealed(
    kept_grant: Grant, zalo: ZaloOAEmulator, sealer: Sealer, clock: MovingClock
) -> None:
    before = await kept_grant.tokens.current()
    clock.move(timedelta(hours=1))
    await kept_grant.tokens.renew(before.version)
    row = await kept_grant.row()
    assert await kept_grant.tokens.access() == current(zalo) != before.token
    assert grants.unseal(sealer, row).access == current(zalo)
    assert (row.version, row.expires_at, row.renewed_at) == (2, clock() + LIFE, clock())
    assert (row.lease_by, row.lease_until, row.is_in_doubt, row.is_dead) == (None, None, False, False)
    assert "AT-" not in row.sealed


async def test_what_is_newer_already_is_not_renewed(grant: Grant, zalo: ZaloOAEmulator) -> None:
    await grant.tokens.renew(1)
    await grant.tokens.renew(1)
    assert len(zalo.calls.of(RENEWAL)) == 1


async def test_two_processes_at_one_moment_renew_once(
    kept_grant: Grant, other: Tokens, zalo: ZaloOAEmulator
) -> None:
    await asyncio.gather(*(tokens.renew(1) for tokens in (kept_grant.tokens, other) for _ in range(5)))
    assert len(zalo.calls.of(RENEWAL)) == 1
    assert await other.access() == await kept_grant.tokens.access() == current(zalo)


async def test_the_other_process_takes_the_new_pair_over_when_its_own_is_refused(
    kept_grant: Grant, other: Tokens, zalo: ZaloOAEmulator
) -> None:
    old = await other.current()
    await kept_grant.tokens.renew(old.version)
    await other.renew(old.version)
    assert await other.access() == current(zalo)
    assert len(zalo.calls.of(RENEWAL)) == 1


async def test_an_access_that_has_ended_is_renewed_before_it_is_given(
    grant: Grant, zalo: ZaloOAEmulator, clock: MovingClock
) -> None:
    clock.move(LIFE)
    assert await grant.tokens.access() == current(zalo)
    assert len(zalo.calls.of(RENEWAL)) == 1


# What can go wrong on the way.


async def test_a_lost_answer_is_asked_for_once_more(kept_grant: Grant, zalo: ZaloOAEmulator) -> None:
    zalo.order_fault(UNSPENT, method=RENEWAL)
    await kept_grant.tokens.renew(1)
    assert await kept_grant.tokens.access() == current(zalo)
    assert not (await kept_grant.row()).is_in_doubt


async def test_a_lost_answer_that_had_spent_the_pair_ends_the_permission(
    kept_grant: Grant, other: Tokens, zalo: ZaloOAEmulator
) -> None:
    zalo.order_fault(SPENT, method=RENEWAL)
    with capture_logs() as logs:
        await kept_grant.tokens.renew(1)
        await other.renew(1)
        for tokens in (kept_grant.tokens, other):
            with pytest.raises(NeedsAuthorization):
                await tokens.access()
    assert len(zalo.calls.of(RENEWAL)) == 2
    assert (await kept_grant.row()).is_dead
    account = await account_of(kept_grant)
    assert (account.state, account.trouble) == (AccountState.REFUSED, "needs_authorization")
    assert alarms(logs) == ["zalo_oa_needs_authorization"]


FAILURES = [
    pytest.param(["server_error"], True, id="a gateway in the way"),
    pytest.param(["html", "html"], True, id="pages instead of answers"),
    pytest.param([UNSPENT, UNSPENT], True, id="both answers lost"),
    pytest.param([UNSPENT, "server_error"], True, id="lost, then a gateway"),
    pytest.param([-32], False, id="too many calls"),
    pytest.param([UNSPENT, -32], True, id="lost, then too many calls"),
]


@pytest.mark.parametrize(("faults", "is_in_doubt"), FAILURES)
async def test_what_passes_is_tried_again_later_with_the_same_pair(
    kept_grant: Grant,
    other: Tokens,
    zalo: ZaloOAEmulator,
    clock: MovingClock,
    faults: list[str | int],
    is_in_doubt: bool,
) -> None:
    for fault in faults:
        zalo.order_fault(fault, method=RENEWAL)
    old = await kept_grant.tokens.access()
    with capture_logs() as logs:
        await kept_grant.tokens.renew(1)
    asked = len(zalo.calls.of(RENEWAL))
    row = await kept_grant.row()
    assert (row.version, row.is_dead, row.is_in_doubt, row.lease_by) == (1, False, is_in_doubt, None)
    assert await kept_grant.tokens.access() == old
    await asyncio.gather(kept_grant.tokens.renew(1), other.renew(1))
    assert len(zalo.calls.of(RENEWAL)) == asked, "it was asked again while it rests"
    assert not alarms(logs)
    clock.move(timedelta(minutes=1))
    await asyncio.gather(kept_grant.tokens.renew(1), other.renew(1))
    assert len(zalo.calls.of(RENEWAL)) == asked + 1
    assert await other.access() == current(zalo)
    assert not (await kept_grant.row()).is_in_doubt


async def test_a_zalo_that_is_away_costs_nothing(
    grant: Grant, zalo: ZaloOAEmulator, clock: MovingClock
) -> None:
    await zalo.server.stop()
    old = await grant.tokens.access()
    await grant.tokens.renew(1)
    assert await grant.tokens.access() == old
    assert not (await grant.row()).is_in_doubt
    clock.move(LIFE)
    with pytest.raises(NotSent):
        await grant.tokens.access()


async def test_rests_grow_longer(grant: Grant, zalo: ZaloOAEmulator, clock: MovingClock) -> None:
    zalo.order_fault("server_error", method=RENEWAL, times=None)
    rests = []
    for _ in range(6):
        await grant.tokens.renew(1)
        rests.append((await grant.row()).lease_until - clock())
        clock.move(rests[-1])
    assert [rest.total_seconds() for rest in rests] == [2, 10, 30, 120, 300, 300]


REFUSALS = [-14014, -14020, -140200, -118, -14002, -14012, -1, 5]


@pytest.mark.parametrize("code", REFUSALS)
async def test_any_definite_no_ends_the_permission_and_nothing_is_called_any_more(
    grant: Grant, zalo: ZaloOAEmulator, code: int
) -> None:
    zalo.order_fault(code, method=RENEWAL)
    with capture_logs() as logs:
        await grant.tokens.renew(1)
        for _ in range(3):
            await grant.tokens.renew(1)
            with pytest.raises(NeedsAuthorization):
                await grant.tokens.access()
    assert alarms(logs) == ["zalo_oa_needs_authorization"]
    assert len(zalo.calls.entries) == 1


async def test_connecting_again_brings_the_account_back_in_every_process(
    kept_grant: Grant, other: Tokens, zalo: ZaloOAEmulator, sealer: Sealer, clock: MovingClock
) -> None:
    zalo.disconnect()
    await kept_grant.tokens.renew(1)
    with pytest.raises(NeedsAuthorization):
        await other.access()
    await connect(kept_grant.database, zalo, sealer, clock, kept_grant.account_id)
    assert (await kept_grant.row()).version == 2
    for tokens in (kept_grant.tokens, other):
        assert await tokens.access() == current(zalo)


async def test_a_closed_account_stays_closed(grant: Grant, zalo: ZaloOAEmulator) -> None:
    async with grant.database.writing() as connection:
        await connection.execute(sa.update(accounts).values(state=AccountState.CLOSED))
    zalo.disconnect()
    await grant.tokens.renew(1)
    assert (await account_of(grant)).state is AccountState.CLOSED


async def test_a_process_that_died_while_renewing_counts_as_a_lost_answer(
    kept_grant: Grant, other: Tokens, zalo: ZaloOAEmulator, clock: MovingClock
) -> None:
    await _begins_and_dies(kept_grant, clock)
    waiting = asyncio.create_task(other.renew(1))
    await asyncio.sleep(0.1)  # It waits for the dead one: nobody may ask at the same time.
    assert not zalo.calls.of(RENEWAL)
    clock.move(timedelta(minutes=2))
    await waiting
    assert await other.access() == current(zalo)


class Slow(Database):
    """So slow that its commits take their time off a lease."""

    takes = timedelta()
    clock: MovingClock

    @asynccontextmanager
    async def writing(self) -> AsyncIterator[AsyncConnection]:
        async with super().writing() as connection:
            yield connection
        self.clock.move(self.takes)


async def test_nobody_asks_whose_lease_might_end_before_the_answer(
    grant: Grant, zalo: ZaloOAEmulator, oauth: OAuth, sealer: Sealer, clock: MovingClock
) -> None:
    """Else another process could ask with the same pair at the same time."""
    slow = Slow(grant.database.engine)
    slow.clock, slow.takes = clock, timedelta(seconds=100)
    tokens = make_tokens(slow, grant.account_id, oauth, sealer, clock)
    await tokens.renew(1)
    assert not zalo.calls.of(RENEWAL)
    clock.move(timedelta(seconds=20))
    await grant.tokens.renew(1)
    assert await grant.tokens.access() == current(zalo)


@pytest.mark.parametrize("is_under_way", [True, False])
async def test_a_clock_that_was_set_back_stops_no_renewal(
    kept_grant: Grant, zalo: ZaloOAEmulator, clock: MovingClock, is_under_way: bool
) -> None:
    """A machine that woke up years ahead left a lease, or a rest, until then."""
    values = {
        "lease_by": "dead" if is_under_way else None,
        "lease_until": clock() + timedelta(days=400),
        "renewed_at": clock() + timedelta(days=400),
        "expires_at": clock() + timedelta(days=401),
    }
    async with kept_grant.database.writing() as connection:
        await connection.execute(sa.update(account_secrets).values(values))
    assert grants.is_due(await kept_grant.row(), clock())
    await kept_grant.tokens.renew(1)
    assert len(zalo.calls.of(RENEWAL)) == 1
    assert await kept_grant.tokens.access() == current(zalo)


async def test_what_a_dead_process_had_spent_is_found_dead(
    kept_grant: Grant, other: Tokens, zalo: ZaloOAEmulator, clock: MovingClock
) -> None:
    await _begins_and_dies(kept_grant, clock)
    zalo.connect()  # The pair that it got and took with it.
    clock.move(timedelta(minutes=2))
    await other.renew(1)
    assert (await kept_grant.row()).is_dead


async def _begins_and_dies(grant: Grant, clock: MovingClock) -> None:
    row = await grant.row()
    async with grant.database.writing() as connection:
        assert await grants.begin_renewal(
            connection, row, owner="dead", now=clock(), until=clock() + timedelta(minutes=2)
        )


async def test_a_pair_that_comes_after_all_brings_an_account_back(
    kept_grant: Grant, other: Tokens, zalo: ZaloOAEmulator, clock: MovingClock
) -> None:
    """A process stands still with Zalo's answer in its hands, until another one finds the old pair spent."""
    zalo.server.delay_s = 0.3
    standing = asyncio.create_task(kept_grant.tokens.renew(1))
    await zalo.is_called(1, RENEWAL)
    zalo.server.delay_s = 0
    clock.move(timedelta(minutes=3))
    with capture_logs():
        await other.renew(1)
    assert (await kept_grant.row()).is_dead
    await standing
    assert await kept_grant.tokens.access() == current(zalo)
    assert await other.access() == current(zalo)
    account = await account_of(kept_grant)
    assert (account.state, account.trouble) == (AccountState.ACTIVE, "")


async def test_who_connects_during_a_renewal_has_the_last_word(
    kept_grant: Grant, zalo: ZaloOAEmulator, sealer: Sealer, clock: MovingClock
) -> None:
    zalo.server.delay_s = 0.2
    renewal = asyncio.create_task(kept_grant.tokens.renew(1))
    await zalo.is_called(1, RENEWAL)
    await connect(kept_grant.database, zalo, sealer, clock, kept_grant.account_id)
    await renewal
    row = await kept_grant.row()
    assert (row.version, row.is_dead) == (2, False)
    assert await kept_grant.tokens.access() == current(zalo)


class Flaky(Database):
    """Away when it is to be written to, as often as `fails` says."""

    fails = 0

    @asynccontextmanager
    async def writing(self) -> AsyncIterator[AsyncConnection]:
        async with super().writing() as connection:
            yield connection
            if self.fails:
                self.fails -= 1
                raise OperationalError("COMMIT", {}, OSError("the disk is full"))


async def test_the_new_pair_is_kept_though_the_database_is_away_for_a_moment(
    grant: Grant, zalo: ZaloOAEmulator, oauth: OAuth, sealer: Sealer, clock: MovingClock
) -> None:
    flaky = Flaky(grant.database.engine)
    tokens = make_tokens(flaky, grant.account_id, oauth, sealer, clock)
    zalo.server.delay_s = 0.1
    renewal = asyncio.create_task(tokens.renew(1))
    await zalo.is_called(1, RENEWAL)
    flaky.fails = 1
    with capture_logs() as logs:
        await renewal
    assert alarms(logs) == ["zalo_oa_pair_not_kept"]
    assert grants.unseal(sealer, await grant.row()).access == current(zalo)


async def test_a_database_that_is_away_renews_nothing_and_breaks_no_send(
    grant: Grant, zalo: ZaloOAEmulator, oauth: OAuth, sealer: Sealer, clock: MovingClock
) -> None:
    flaky = Flaky(grant.database.engine)
    flaky.fails = 1
    tokens = make_tokens(flaky, grant.account_id, oauth, sealer, clock)
    await tokens.renew(1)
    assert not zalo.calls.of(RENEWAL)
    assert await tokens.access() == current(zalo)


async def test_another_secret_key_calls_nobody_and_harms_nothing(
    grant: Grant, zalo: ZaloOAEmulator, oauth: OAuth, clock: MovingClock
) -> None:
    tokens = make_tokens(grant.database, grant.account_id, oauth, Sealer("another key"), clock)
    with capture_logs() as logs:
        for _ in range(2):
            with pytest.raises(NeedsAuthorization):
                await tokens.access()
            await tokens.renew(1)
    assert alarms(logs) == ["zalo_oa_sealed_under_another_key"]
    assert not zalo.calls.entries
    assert await grant.tokens.access() == current(zalo)


async def test_an_account_without_permission_needs_one(grant: Grant) -> None:
    async with grant.database.writing() as connection:
        await connection.execute(sa.delete(account_secrets))
    with pytest.raises(NeedsAuthorization):
        await grant.tokens.access()
    await grant.tokens.renew(0)


async def test_no_log_line_shows_a_token(grant: Grant, zalo: ZaloOAEmulator, clock: MovingClock) -> None:
    for fault in ("server_error", UNSPENT, -32, SPENT):
        zalo.order_fault(fault, method=RENEWAL)
    with capture_logs() as logs:
        for _ in range(4):
            await grant.tokens.renew(1)
            clock.move(timedelta(minutes=5))
    assert len(logs) > 4
    assert "AT-" not in str(logs)
    assert "RT-" not in str(logs)


# Keeping it alive.


@pytest.fixture
def keeper(grant: Grant, client: OAClient, clock: MovingClock) -> Keeper:
    return Keeper(
        grant.database,
        channel=CHANNEL,
        tokens_of=lambda _: grant.tokens,
        client_of=lambda _: client,
        clock=clock,
    )


@pytest.mark.parametrize(
    ("age", "renews"),
    [
        (timedelta(0), False),
        (timedelta(hours=19, minutes=59), False),
        (timedelta(hours=20), True),
        (timedelta(hours=30), True),
        (timedelta(days=80), True),
    ],
)
async def test_a_pair_is_renewed_when_five_of_its_hours_are_left(
    keeper: Keeper, zalo: ZaloOAEmulator, clock: MovingClock, age: timedelta, renews: bool
) -> None:
    clock.move(age)
    await keeper.round()
    assert len(zalo.calls.of(RENEWAL)) == renews


async def test_a_pair_that_lives_long_is_renewed_every_week_all_the_same(
    grant: Grant, keeper: Keeper, zalo: ZaloOAEmulator, clock: MovingClock
) -> None:
    async with grant.database.writing() as connection:
        await connection.execute(sa.update(account_secrets).values(expires_at=clock() + timedelta(days=60)))
    zalo.order_fault("server_error", method="v2.0/oa/getoa", times=None)
    clock.move(timedelta(days=6))
    await keeper.round()
    assert not zalo.calls.of(RENEWAL)
    clock.move(timedelta(days=1))
    await keeper.round()
    assert len(zalo.calls.of(RENEWAL)) == 1


async def test_a_pair_that_lives_an_hour_is_not_renewed_all_the_time(
    grant: Grant, keeper: Keeper, zalo: ZaloOAEmulator, clock: MovingClock
) -> None:
    async with grant.database.writing() as connection:
        await connection.execute(sa.update(account_secrets).values(expires_at=clock() + timedelta(hours=1)))
    clock.move(timedelta(minutes=47))
    await keeper.round()
    assert not zalo.calls.of(RENEWAL)
    clock.move(timedelta(minutes=1))
    await keeper.round()
    assert len(zalo.calls.of(RENEWAL)) == 1


async def test_the_account_is_looked_at_once_a_day(
    grant: Grant, keeper: Keeper, zalo: ZaloOAEmulator, clock: MovingClock
) -> None:
    zalo.oa.name = "Hội LHPN tỉnh"
    for _ in range(3):
        await keeper.round()
    account = await account_of(grant)
    assert account.name == "Hội LHPN tỉnh"
    assert account.settings["oa"] == {
        "package": "Gói Nâng cao",
        "package_until": "31/12/2026",
        "is_verified": True,
        "checked_at": clock().isoformat(),
    }
    assert len(zalo.calls.of("v2.0/oa/getoa")) == 1
    clock.move(timedelta(days=1))
    await keeper.round()
    assert len(zalo.calls.of("v2.0/oa/getoa")) == 2


async def test_a_look_that_failed_is_repeated_after_an_hour(
    keeper: Keeper, zalo: ZaloOAEmulator, clock: MovingClock
) -> None:
    zalo.order_fault("server_error", method="v2.0/oa/getoa", times=2)
    for _ in range(3):
        await keeper.round()
    assert len(zalo.calls.of("v2.0/oa/getoa")) == 1
    clock.move(timedelta(hours=1))
    await keeper.round()
    assert len(zalo.calls.of("v2.0/oa/getoa")) == 2
    keeper.wake()
    await keeper.round()  # Somebody connected it.
    assert len(zalo.calls.of("v2.0/oa/getoa")) == 3


async def test_a_permission_for_another_account_is_not_used(
    grant: Grant, keeper: Keeper, zalo: ZaloOAEmulator, clock: MovingClock
) -> None:
    """As when Zalo could not be asked whose it is, and the address by which she came back named another."""
    async with grant.database.writing() as connection:
        await connection.execute(sa.update(accounts).values(external_id="7", name="Hội khác"))
    zalo.server.delay_s = 0.1
    renewal = asyncio.create_task(grant.tokens.renew(1))
    await zalo.is_called(1, RENEWAL)
    zalo.server.delay_s = 0
    with capture_logs() as logs:
        await keeper.round()  # With the old access, while the new one is on its way.
        await renewal
        clock.move(timedelta(hours=1))
        await keeper.round()
        with pytest.raises(NeedsAuthorization):
            await grant.tokens.access()
    account = await account_of(grant)
    assert (account.state, account.trouble) == (AccountState.REFUSED, "needs_authorization")
    assert account.name == "Hội khác"
    assert alarms(logs) == ["zalo_oa_of_another_account"]


async def test_a_dead_permission_is_left_alone(
    grant: Grant, keeper: Keeper, zalo: ZaloOAEmulator, clock: MovingClock
) -> None:
    zalo.disconnect()
    await grant.tokens.renew(1)
    zalo.calls.forget()
    clock.move(timedelta(days=30))
    await keeper.round()
    assert not zalo.calls.entries


async def test_the_keeper_works_by_itself_and_at_once_when_woken(
    grant: Grant, keeper: Keeper, zalo: ZaloOAEmulator, clock: MovingClock
) -> None:
    keeper.start()
    await zalo.is_called(1, "v2.0/oa/getoa")
    clock.move(timedelta(hours=21))
    keeper.wake()
    await zalo.is_called(1, RENEWAL)
    await keeper.stop()
    await grant.tokens.close()
