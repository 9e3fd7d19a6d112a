"""Two processes renew one Official Account's permission at the same moment, and now and then Zalo's answer is lost.

A pair works once. So the permission may end only when Zalo had handed out a pair that reached nobody; and then it has to be
seen, by everybody, and said once.
"""

import asyncio
import random
import sys
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from bot.channels.zalo_oa import grants
from bot.channels.zalo_oa.oauth import Pair
from bot.clock import utc_now
from bot.sealing import Sealer
from bot.store.database import Database
from bot.store.tables import account_secrets, accounts
from bot.store.tables.accounts import AccountState
from tests import people
from tests.emulators.zalo_oa import ZaloOAEmulator
from tests.kill.conftest import IS_FULL

PROJECT = Path(__file__).parents[2]
KEY = "a secret key of a test"
ROUNDS = 200 if IS_FULL else 25
LOST = 0.1  # Half of these after Zalo has handed out the new pair.
RENEWAL = "v4/oa/access_token"


class Renewer:
    """Another process with the same database."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self._process = process

    @classmethod
    @asynccontextmanager
    async def started(cls, *arguments: str) -> AsyncIterator["Renewer"]:
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "tests.kill.renewer", *arguments),
            cwd=PROJECT,
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
        )
        renewer = cls(process)
        try:
            await renewer._says("ready")
            yield renewer
        finally:
            if process.returncode is None:
                process.kill()
            await process.communicate()

    async def renew(self, stale_version: int) -> None:
        assert self._process.stdin is not None
        self._process.stdin.write(f"{stale_version}\n".encode())
        await self._says("done")

    async def _says(self, word: str) -> None:
        assert self._process.stdout is not None
        while True:  # Its log comes the same way.
            line = await asyncio.wait_for(self._process.stdout.readline(), 60)
            assert line, "the process has ended"
            if line.decode().strip() == word:
                return


@pytest.mark.timeout(600)
async def test_the_permission_survives_whenever_zalo_lets_it_and_is_dead_exactly_when_not(
    database: Database, chance: random.Random
) -> None:
    sealer = Sealer(KEY)
    async with ZaloOAEmulator(seed=chance.randrange(2**32)) as zalo:
        zalo.app.reuse_kills_grant = True
        account_id = await _connected_account(database, zalo, sealer)
        for fault in ("close_after_accepting", "close_before_reading"):
            zalo.order_fault(fault, method=RENEWAL, times=None, probability=LOST / 2)
        arguments = (
            f"--database={database.engine.url.render_as_string(hide_password=False)}",
            f"--zalo={zalo.oauth_base_url}",
            f"--app-id={zalo.app.app_id}",
            f"--app-secret={zalo.app.secret}",
            f"--key={KEY}",
            f"--account={account_id}",
        )
        renewed = died = 0
        async with Renewer.started(*arguments) as first, Renewer.started(*arguments) as second:
            while renewed + died < ROUNDS:
                row = await _renew_at_once(database, account_id, [first, second])
                pair = zalo.world.grants.current(zalo.app, zalo.oa)
                ours = grants.unseal(sealer, row)
                is_alive = pair is not None and ours.refresh == pair.refresh_token
                assert row.is_dead is not is_alive
                account = await _account(database, account_id)
                if row.is_dead:
                    died += 1
                    assert account.state is AccountState.REFUSED
                    await _give(database, zalo, sealer, account_id)
                else:
                    renewed += 1
                    assert pair is not None
                    assert ours.access == pair.access_token
                    assert account.state is AccountState.ACTIVE
    assert renewed > died
    print(f"{renewed} renewed, {died} had to be connected again")


async def _renew_at_once(database: Database, account_id: int, renewers: Sequence[Renewer]) -> sa.Row[Any]:
    """Until it is decided: an answer that was lost twice in a row leaves everything as it was."""
    stale = await _row(database, account_id)
    while True:
        await asyncio.gather(*(renewer.renew(stale.version) for renewer in renewers))
        row = await _row(database, account_id)
        if row.is_dead or row.version != stale.version:
            assert row.version == stale.version + (not row.is_dead)
            return row
        assert row.is_in_doubt


async def _connected_account(database: Database, zalo: ZaloOAEmulator, sealer: Sealer) -> int:
    async with database.writing() as connection:
        account_id = await people.add_account(
            connection, channel="zalo_oa", external_id=zalo.oa.oa_id, now=utc_now()
        )
    await _give(database, zalo, sealer, account_id)
    return account_id


async def _give(database: Database, zalo: ZaloOAEmulator, sealer: Sealer, account_id: int) -> None:
    given = zalo.connect()
    pair = Pair(given.access_token, given.refresh_token, timedelta(hours=25))
    async with database.writing() as connection:
        await grants.give(connection, account_id, pair, sealer, now=utc_now())
        await connection.execute(sa.update(accounts).values(state=AccountState.ACTIVE, trouble=""))


async def _row(database: Database, account_id: int) -> sa.Row[Any]:
    async with database.reading() as connection:
        its_row = sa.select(account_secrets).where(account_secrets.c.account_id == account_id)
        return (await connection.execute(its_row)).one()


async def _account(database: Database, account_id: int) -> sa.Row[Any]:
    async with database.reading() as connection:
        return (await connection.execute(sa.select(accounts).where(accounts.c.id == account_id))).one()
