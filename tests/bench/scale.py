"""What a recipient costs as a run grows: writing the deliveries of 10 thousand, 100 thousand and a million people, and claiming
and recording some of them, the first ones and the last ones. Nothing is sent.

The memory is that of the process which does it; PostgreSQL's own is not counted. `CHIHOI_BENCH_LARGEST` (100,000 unless said
otherwise) bounds the sizes.
"""

import asyncio
import json
import os
from collections.abc import Mapping
from datetime import datetime

import sqlalchemy as sa

from bot.channels.account_rows import open_account
from bot.clock import utc_now
from bot.store.database import Database
from bot.store.types import Moment
from tests import crowd
from tests.bench.figures import show
from tests.bench.measured import Speaking
from tests.bench.stores import KINDS, store

SIZES = (10_000, 100_000, 1_000_000)
LARGEST = int(os.environ.get("CHIHOI_BENCH_LARGEST", "100000"))
_CLAIMS = 5000
_AT_ONCE = 100_000
_NUMBERS = {
    "postgresql": "WITH numbers AS (SELECT n FROM generate_series(CAST(:first AS BIGINT), :last) AS n)",
    "sqlite": "WITH RECURSIVE numbers(n) AS (SELECT :first UNION ALL SELECT n + 1 FROM numbers WHERE n < :last)",
}
_MEMBERS = """INSERT INTO members (id, full_name, name_sort, name_folded, hamlet, unit_id, status, created_at, updated_at,
        allows_announcements, allows_name_to_cadres, allows_call_back)
    SELECT n, 'Nguyễn Thị ' || CAST(n AS TEXT), CAST(n AS TEXT), 'nguyen thi ' || CAST(n AS TEXT), 'Ấp Hai', :unit,
        'recognised', :now, :now, TRUE, FALSE, FALSE FROM numbers"""
_CONTACTS = """INSERT INTO contacts (id, account_id, address, member_id, language, is_quiet, unreachable_code, created_at,
        last_in_at)
    SELECT n, :account, CAST(n AS TEXT), n, 'vi', FALSE, '', :now, :now FROM numbers"""


def main() -> None:
    asyncio.run(_main())


async def _main() -> None:
    for kind in KINDS:
        costs: list[tuple[int, float, float]] = []
        for size in SIZES:
            if size <= LARGEST:
                report = await _run(kind, size)
                costs.append((size, *_show(kind, size, report)))
        smallest, least, claim = costs[0]
        for size, expanding, claiming in costs[1:]:
            name = f"{size} recipients on {kind}"
            versus = f"{smallest} recipients, at most 1.3"
            show("scale", f"expanding one recipient, {name}", expanding, "us", versus=versus, of=least)
            show(
                "scale",
                f"claiming and recording one recipient, {name}",
                claiming,
                "us",
                versus=versus,
                of=claim,
            )


async def _run(kind: str, size: int) -> Mapping[str, float]:
    async with store(kind) as kept:
        now = utc_now()
        people = await crowd.add(kept.database, 1, now)
        await _fill(kept.database, people, size, now)
        await crowd.announce(kept.database, people, now)
        environment = os.environ | kept.settings
        async with Speaking.started("tests.bench.scale_work", str(_CLAIMS), environment=environment) as work:
            report: Mapping[str, float] = json.loads(await work.told())
    assert report["people"] == size, f"{report['people']} of {size} were reached"
    return report


def _show(kind: str, size: int, report: Mapping[str, float]) -> tuple[float, float]:
    """Microseconds of one recipient: expanding, and claiming and recording at the slower end of the run."""
    name = f"{size} recipients on {kind}"
    slower = max(report["first_s"], report["last_s"])
    show("scale", f"expanding, {name}", report["expand_s"], "s")
    show("scale", f"claimed and recorded, the first of {name}", _CLAIMS / report["first_s"], "1/s")
    show("scale", f"claimed and recorded, the last of {name}", _CLAIMS / report["last_s"], "1/s")
    show("scale", f"peak memory above what it held before, {name}", report["above_mb"], "MB")
    return 1e6 * report["expand_s"] / size, 1e6 * slower / _CLAIMS


async def _fill(database: Database, people: crowd.Crowd, size: int, now: datetime) -> None:
    """So many members with a chat each, made by the database itself; one is there already."""
    numbers = _NUMBERS["sqlite" if database.is_sqlite else "postgresql"]
    async with database.writing() as connection:
        unit_id = await connection.scalar(sa.text("SELECT unit_id FROM members LIMIT 1"))
        first = (await connection.scalar(sa.text("SELECT max(id) FROM members")) or 0) + 1
        account = await open_account(
            connection, channel=people.channel, external_id=crowd.BOT_ID, name="", now=now
        )
    last = first + size - 2
    for begins in range(first, last + 1, _AT_ONCE):
        values = {"first": begins, "last": min(begins + _AT_ONCE - 1, last), "now": now}
        async with database.writing() as connection:
            for statement, more in (
                (_MEMBERS, {"unit": unit_id}),
                (_CONTACTS, {"account": account.account_id}),
            ):
                rows = sa.text(f"{numbers} {statement}").bindparams(sa.bindparam("now", type_=Moment()))
                await connection.execute(rows, values | more)
    async with database.engine.connect() as connection:  # As the database does by itself, sooner or later.
        await connection.execution_options(isolation_level="AUTOCOMMIT")
        await connection.execute(sa.text("ANALYZE"))


if __name__ == "__main__":
    main()
