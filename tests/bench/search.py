"""Finding recipients by name in the page of a run, and counting how far the run has come, beside ten lines of log for each.

On PostgreSQL with a million recipients, on SQLite, which is for small Unions, with a tenth of that. The rows are made by the
database itself. `CHIHOI_BENCH_RECIPIENTS` says how many.
"""

import asyncio
import os
import time
from collections.abc import Awaitable, Callable
from statistics import median

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.clock import utc_now
from bot.people import viewers
from bot.people.viewers import Viewer
from bot.store.database import Database
from bot.store.pages import Place
from bot.store.tables.broadcasts import DeliveryState
from bot.store.types import Moment
from broadcasts import progress, recipients, results
from broadcasts.recipients import Which
from tests import people
from tests.bench.figures import show
from tests.bench.stores import KINDS, store
from tests.broadcasts.announced import ASKS, add_run

COUNT = int(os.environ.get("CHIHOI_BENCH_RECIPIENTS", "1000000"))
_LOG_LINES = 10  # For each recipient.
_GOAL_S = 0.3
_TIMES = 5
_AT_ONCE = 100_000  # Rows are made in parts, so that nothing has to wait for all of them.

Work = Callable[[AsyncConnection], Awaitable[None]]

# A tenth of the people have each family name, one of 5,000 the same given one, and one alone has the last word.
_WORDS = {
    "a word in every name": "thi",
    "a word in every tenth name": "thach",
    "the names of two hundred": "ten77",
    "two words, twenty people": "tran ten77",
    "one person": "so{middle}",
    "nobody": "khongcoai",
}
_NAME = """
    (CASE n % 10 WHEN 0 THEN 'thach' WHEN 1 THEN 'tran' WHEN 2 THEN 'le' WHEN 3 THEN 'son' WHEN 4 THEN 'kim' ELSE 'nguyen' END)
    || ' thi ten' || CAST((n / 10) % 5000 AS TEXT) || ' so' || CAST(n AS TEXT)
"""
_ROWS = (
    f"""INSERT INTO members (id, full_name, name_sort, name_folded, hamlet, unit_id, status, created_at, updated_at,
        allows_announcements, allows_name_to_cadres, allows_call_back)
    SELECT n, {_NAME}, 'ten' || CAST((n / 10) % 5000 AS TEXT) || CAST(n AS TEXT), {_NAME}, '', :unit, 'recognised', :now, :now,
        TRUE, TRUE, FALSE FROM numbers""",
    """INSERT INTO contacts (id, account_id, address, member_id, language, is_quiet, unreachable_code, created_at)
    SELECT n, :account, CAST(n AS TEXT), n, 'vi', FALSE, '', :now FROM numbers""",
    """INSERT INTO deliveries (id, run_id, member_id, contact_id, account_id, state, code, attempts, uncertain_sends, next_at,
        platform_id, sent_at)
    SELECT n, :run, n, n, :account,
        CASE n % 200 WHEN 0 THEN 'failed' WHEN 1 THEN 'uncertain' WHEN 2 THEN 'skipped' ELSE 'sent' END,
        CASE n % 200 WHEN 0 THEN 'blocked' WHEN 1 THEN 'sender_died' WHEN 2 THEN 'stopped' ELSE '' END,
        1, 0, :now, CAST(n AS TEXT), :now FROM numbers""",
    """INSERT INTO responses (delivery_id, run_id, answer, answered_at, clicks, interaction_id)
    SELECT n, :run, 1 + (n / 10) % 2, :now, 0, n FROM numbers WHERE n % 10 = 0""",
    f"""INSERT INTO interactions (at, account_id, contact_id, member_id, unit_id, direction, kind, text, text_folded, is_sensitive)
    SELECT :now, :account, n, n, :unit, 'in', 'text', 'em hoi chut', 'em hoi chut', FALSE
        FROM numbers CROSS JOIN ({" UNION ALL ".join(["SELECT 1"] * _LOG_LINES)}) AS lines""",
)
_NUMBERS = {
    "postgresql": "WITH numbers AS (SELECT n FROM generate_series(CAST(:first AS BIGINT), :last) AS n)",
    "sqlite": "WITH RECURSIVE numbers(n) AS (SELECT :first UNION ALL SELECT n + 1 FROM numbers WHERE n < :last)",
}


def main() -> None:
    asyncio.run(_main())


async def _main() -> None:
    for kind in KINDS:
        count = COUNT if kind == "postgresql" else COUNT // 10
        async with store(kind) as kept:
            viewer, run_id = await _fill(kept.database, count)
            await _measure(kept.database, viewer, run_id, kind, count)


async def _fill(database: Database, count: int) -> tuple[Viewer, int]:
    """A run to everybody that is nearly over. Returns who looks at it, and the run."""
    now = utc_now()
    union = await people.settle(database, now)
    run_id = await add_run(database, union.province_id, now=now, content=ASKS)
    numbers = _NUMBERS["sqlite" if database.is_sqlite else "postgresql"]
    async with database.writing() as connection:
        for table in ("contacts", "members"):  # Their numbers are given below.
            await connection.execute(sa.text(f"DELETE FROM {table}"))
    for statement in _ROWS:
        # In front on PostgreSQL and SQLite alike: an INSERT may begin with what it selects from.
        rows = sa.text(f"{numbers} {statement}").bindparams(sa.bindparam("now", type_=Moment()))
        for first in range(1, count + 1, _AT_ONCE):
            last = min(first + _AT_ONCE - 1, count)
            values = {
                "first": first,
                "last": last,
                "now": now,
                "unit": union.branch_id,
                "account": union.account_id,
                "run": run_id,
            }
            async with database.writing() as connection:
                used = {name: value for name, value in values.items() if f":{name}" in rows.text}
                await connection.execute(rows, used)
    async with database.engine.connect() as connection:  # As the database does by itself, sooner or later.
        await connection.execution_options(isolation_level="AUTOCOMMIT")
        await connection.execute(sa.text("ANALYZE" if database.is_sqlite else "VACUUM ANALYZE"))
    async with database.reading() as connection:
        viewer = await viewers.viewer(connection, union.an)
    assert viewer is not None
    return viewer, run_id


async def _measure(database: Database, viewer: Viewer, run_id: int, kind: str, count: int) -> None:
    worst = 0.0
    for label, words in _WORDS.items():
        seconds = await _timed(database, _search(run_id, viewer, words.format(middle=count // 2)))
        show("search", f"{count} recipients on {kind}: {label}", seconds, "s")
        worst = max(worst, seconds)
    show("search", f"{count} recipients on {kind}: the slowest search", worst, "s", versus="goal", of=_GOAL_S)

    async def first_page(connection: AsyncConnection) -> None:
        await recipients.page(connection, run_id, viewer, Which(), Place())

    async def failed(connection: AsyncConnection) -> None:
        await recipients.page(connection, run_id, viewer, Which(state=DeliveryState.FAILED), Place())

    async def answered(connection: AsyncConnection) -> None:
        await recipients.page(connection, run_id, viewer, Which(answer=1), Place())

    async def counted(connection: AsyncConnection) -> None:
        await progress.of_run(connection, run_id, now=utc_now())
        await results.responded(connection, run_id)

    for label, work in (
        ("first page of names", first_page),
        ("names of those who failed", failed),
        ("names behind an answer", answered),
        ("progress and answers counted", counted),
    ):
        show("search", f"{count} recipients on {kind}: {label}", await _timed(database, work), "s")


def _search(run_id: int, viewer: Viewer, words: str) -> Work:
    """What the page does when she has typed a name."""

    async def find(connection: AsyncConnection) -> None:
        which = Which(words=words)
        await recipients.states(connection, run_id)
        await recipients.page(connection, run_id, viewer, which, Place())
        await recipients.count(connection, run_id, viewer, which)

    return find


async def _timed(database: Database, work: Work) -> float:
    """The middle of several, in seconds; the first only warms up."""
    seconds = []
    for _ in range(_TIMES + 1):
        async with database.reading() as connection:
            began = time.perf_counter()
            await work(connection)
            seconds.append(time.perf_counter() - began)
    return median(seconds[1:])
