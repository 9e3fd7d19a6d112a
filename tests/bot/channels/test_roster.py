"""Accounts that are added while the service runs are served by every process, and everything is ended again."""

import asyncio
from collections.abc import Sequence
from datetime import datetime, timedelta

import pytest
from aiohttp import web
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.channels.account_rows import open_account
from bot.channels.contract import Account, AccountCare, Channel, Connecting, Keep, Receive, Update
from bot.channels.roster import Roster
from bot.intake import keep
from bot.store.database import Database
from tests.conftest import MovingClock
from tests.fakes import FakeChannel


class _Channel(FakeChannel):
    def __init__(self, account: Account, said: list[str]) -> None:
        super().__init__(account.account_id, per_second=5)
        self._said = said

    async def open(self) -> None:
        self._said.append(f"open {self.account.account_id}")

    async def close(self) -> None:
        self._said.append(f"close {self.account.account_id}")

    async def start_receiving(self, receive: Receive) -> None:
        self._said.append(f"receive {self.account.account_id}")

    async def stop_receiving(self) -> None:
        self._said.append(f"stop {self.account.account_id}")
        raise RuntimeError("it breaks while it stops")


class _Platform:
    name = "fake"
    connecting: Connecting | None = None
    care: AccountCare | None = None

    def __init__(self) -> None:
        self.said: list[str] = []
        self.accounts: list[Account] = []
        self.failures = 0  # So many channels cannot be made.

    async def open_accounts(self, connection: AsyncConnection, now: datetime) -> Sequence[Account]:
        self.accounts = [await open_account(connection, channel="fake", external_id="1", name="Một", now=now)]
        return self.accounts

    async def more_accounts(self, connection: AsyncConnection) -> Sequence[Account]:
        return self.accounts

    def channel(self, account: Account) -> Channel:
        if self.failures:
            self.failures -= 1
            raise ValueError("its row cannot be read")
        return _Channel(account, self.said)

    async def open(self) -> None:
        self.said.append("open")

    async def close(self) -> None:
        self.said.append("close")

    async def start_receiving(self, receive: Receive) -> None:
        self.said.append("receive")

    async def stop_receiving(self) -> None:
        self.said.append("stop")

    async def start_work(self, keep: Keep) -> None:
        self.said.append("work")

    async def stop_work(self) -> None:
        self.said.append("rest")
        raise RuntimeError("it breaks while it stops")

    def routes(self) -> Sequence[web.AbstractRouteDef]:
        return ()

    def link(self, external_id: str) -> str:
        return external_id

    def sentence(self, code: str) -> str:
        return code


async def _receive(account_id: int, updates: Sequence[Update]) -> None:
    raise AssertionError((account_id, updates))


@pytest.mark.parametrize("failures", [0, 1], ids=["at once", "after a failure"])
async def test_an_account_that_is_added_later_is_opened_received_from_and_sent_for(
    database: Database, clock: MovingClock, failures: int
) -> None:
    platform = _Platform()
    roster = Roster(database, [platform], clock=clock, look_every=timedelta(milliseconds=10))
    await roster.fill()
    first = platform.accounts[0].account_id
    await roster.open()
    await roster.start_receiving(_receive)
    served: asyncio.Queue[int] = asyncio.Queue()

    async def serve(channel: Channel) -> None:
        served.put_nowait(channel.account.account_id)

    platform.failures = failures
    await roster.start_watch(serve)
    async with database.writing() as connection:
        platform.accounts.append(
            await open_account(connection, channel="fake", external_id="2", name="Hai", now=clock())
        )
    async with asyncio.timeout(20):
        second = await served.get()
    await roster.stop_watch()
    assert set(roster.channels) == set(roster.limits) == {first, second}
    await roster.stop_receiving()
    await roster.close()
    assert platform.said == [
        "open", f"open {first}", "receive", f"receive {first}",
        f"open {second}", f"receive {second}",
        f"stop {second}", f"stop {first}", "stop",
        f"close {second}", f"close {first}", "close",
    ]  # fmt: skip


async def test_what_nobody_waits_for_begins_and_ends_at_every_platform(
    database: Database, clock: MovingClock
) -> None:
    platforms = [_Platform(), _Platform()]
    roster = Roster(database, platforms, clock=clock)
    await roster.start_work(keep)
    await roster.stop_work()  # Each breaks while it stops; none keeps the other from it.
    await roster.stop_work()
    assert [platform.said for platform in platforms] == [["work", "rest"]] * 2
