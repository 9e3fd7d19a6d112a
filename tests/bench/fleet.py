"""Whether more senders send more: 1, 2 and 4 processes on one PostgreSQL over 8 accounts that may send 200 a second each; and, by
4 processes, over 1, 2, 4 and 8 accounts.

The platform is a channel in each process that answers after 80 ms, so that what is measured is the ledger and the pace. Of each
account the fullest second is counted over all processes. CPU seconds are those of all senders and of PostgreSQL together: they say
what a sender more costs, however busy the machine is otherwise.
"""

import asyncio
import json
import os
from collections import defaultdict
from contextlib import AsyncExitStack
from dataclasses import dataclass

from bot.channels.account_rows import open_account
from bot.clock import utc_now
from bot.sending import pace
from bot.store.database import Database
from broadcasts import filling, running, starting
from tests import crowd
from tests.bench import postgres_cpu
from tests.bench.figures import show
from tests.bench.measured import Speaking
from tests.bench.pace import fullest
from tests.bench.stores import store

PER_SECOND = 200
ACCOUNTS = 8
SECONDS = int(os.environ.get("CHIHOI_BENCH_SECONDS", "10"))
_ANSWER_MS = 80
_EDGE_S = 1.0  # The processes do not begin, nor end, in the same instant.


def main() -> None:
    asyncio.run(_main())


async def _main() -> None:
    alone: float | None = None
    for processes, accounts in ((1, 8), (2, 8), (4, 8), (4, 4), (4, 2), (4, 1)):
        found = await _sum(processes, accounts)
        over = f"{processes} senders over {accounts} accounts"
        allowed = PER_SECOND * accounts
        show(
            "fleet",
            f"messages a second, {over}",
            found.rate,
            "1/s",
            versus="what the accounts allow",
            of=allowed,
        )
        show(
            "fleet",
            f"most of one account in any one second, {over}",
            found.most,
            "messages",
            versus=f"the limit of {PER_SECOND}",
            of=PER_SECOND,
        )
        cpu = found.senders_cpu_s + found.database_cpu_s
        alone = alone or cpu
        show("fleet", f"CPU per 1,000, {over}", cpu, "s", versus="1 sender over 8 accounts", of=alone)
        show("fleet", f"of it PostgreSQL's, {over}", found.database_cpu_s, "s")


@dataclass(frozen=True, slots=True)
class Sum:
    rate: float  # Messages a second of all accounts together while all send.
    most: int  # The fullest second of any account.
    senders_cpu_s: float  # For 1,000 messages, of all of them together.
    database_cpu_s: float


async def _sum(processes: int, accounts: int) -> Sum:
    async with store("postgresql") as kept, AsyncExitStack() as stack:
        await _prepare(kept.database, accounts)
        server = await postgres_cpu.server_of(kept.database)
        senders = [
            await stack.enter_async_context(
                Speaking.started(
                    "tests.bench.fleet_sender",
                    str(PER_SECOND),
                    str(_ANSWER_MS),
                    environment=os.environ | kept.settings,
                )
            )
            for _ in range(processes)
        ]
        before = postgres_cpu.used_s(server)
        finishing = asyncio.create_task(_finish(kept.database))
        reports = await asyncio.gather(*(sender.told() for sender in senders))
        database_cpu_s = postgres_cpu.used_s(server) - before
        await finishing
    moments: defaultdict[str, list[float]] = defaultdict(list)
    senders_cpu_s = 0.0
    for report in map(json.loads, reports):
        senders_cpu_s += report["cpu_s"]
        for account, its in report["moments"].items():
            moments[account] += its
    everything = sorted(moment for its in moments.values() for moment in its)
    expected = accounts * PER_SECOND * SECONDS
    assert len(everything) == expected, f"{len(everything)} of {expected} were sent"
    begin, end = everything[0] + _EDGE_S, everything[-1] - _EDGE_S
    rate = sum(begin <= moment < end for moment in everything) / (end - begin)
    most = max(fullest(sorted(its)) for its in moments.values())
    return Sum(rate, most, senders_cpu_s / expected * 1000, database_cpu_s / expected * 1000)


async def _prepare(database: Database, accounts: int) -> None:
    """A run whose deliveries are written, the same number for each account."""
    now = utc_now()
    people = await crowd.add(database, PER_SECOND * SECONDS, now, channel="fake", external_id="1")
    async with database.writing() as connection:
        unit_id = await crowd.unit_id(connection)
        for number in range(1, accounts):
            account = await open_account(
                connection, channel="fake", external_id=f"{number + 1}", name=f"{number + 1}", now=now
            )
            addresses = [f"{number}-{i}" for i in range(PER_SECOND * SECONDS)]
            await crowd.add_people(connection, account.account_id, addresses, unit_id=unit_id, now=now)
    await crowd.announce(database, people, now)
    async with database.writing() as connection:
        (run_id,) = await starting.start_due(connection, now)
    is_filled = False
    while not is_filled:
        async with database.writing() as connection:
            is_filled = await filling.fill(connection, run_id, now)
    async with database.writing() as connection:
        for account_id in await crowd.account_ids(connection, "fake"):
            await pace.set_pace(connection, account_id, per_second=PER_SECOND)


async def _finish(database: Database) -> None:
    is_done = False
    while not is_done:
        await asyncio.sleep(0.2)
        async with database.writing() as connection:
            is_done = bool(await running.finish_done(connection, utc_now()))


if __name__ == "__main__":
    main()
