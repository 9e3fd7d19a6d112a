"""How fast an account may send, kept by all processes together.

The pace is a row: the next free slot of the account, on the database's clock. A sender reserves its slots in one UPDATE
(the generic cell rate algorithm without burst), so several processes keep one limit between them and a restart does not
burst. A platform's "wait" moves the same row. Slots are given out by the round, not one by one: whoever asks before there
is a round's worth of them gets none, and writes nothing.
"""

from dataclasses import dataclass
from datetime import timedelta

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler

from bot.store.database import insert_ignoring
from bot.store.tables import paces
from bot.store.types import Id

HORIZON = timedelta(milliseconds=250)
"""How far ahead slots are given out: a reply never waits longer than this behind a campaign, and a crash leaves no more
than this many sends in doubt."""

NEAR = HORIZON / 2
"""Slots are given out when the next free one is as near as this. Who asks earlier would get the few that have come into reach
since the last round, at the price of a whole one; in whose order they go, replies first, is decided no earlier by it."""

_INEXACT_US = 1000  # What a moment may lose as a float; far less than two slots are apart.
_SPARE = 1.018  # Slots stand so much further apart than the limit says: delays on the way must not bunch 31 into a second of 30.


class database_now_us(sa.sql.functions.GenericFunction[int]):  # noqa: N801 - SQL functions are written in lower case
    """Microseconds since 1970 on the database's own clock, at this very moment (not the transaction's start)."""

    type = sa.BigInteger()
    inherit_cache = True


@compiles(database_now_us, "sqlite")
def _sqlite_now(_element: object, _compiler: SQLCompiler, **_: object) -> str:
    return "CAST((julianday('now') - 2440587.5) * 86400000000 AS INTEGER)"


@compiles(database_now_us, "postgresql")
def _postgresql_now(_element: object, _compiler: SQLCompiler, **_: object) -> str:
    return "CAST(EXTRACT(EPOCH FROM clock_timestamp()) * 1000000 AS BIGINT)"


@dataclass(frozen=True, slots=True)
class Slots:
    """What a reservation got. Slot i is at `first_s + i * interval`; all on the database's clock, in seconds since 1970.

    Where nothing was granted, `first_s` is the next free slot.
    """

    granted: int
    now_s: float
    first_s: float
    interval: timedelta

    def at_s(self, i: int) -> float:
        return self.first_s + i * self.interval.total_seconds()


NONE = Slots(0, 0.0, 0.0, timedelta())
"""What whoever asked for nothing got."""


async def set_pace(connection: AsyncConnection, account_id: int, *, per_second: float) -> None:
    """Make or change an account's pace; 0 = unlimited."""
    interval_us = round(1_000_000 * _SPARE / per_second) if per_second else 0
    statement = insert_ignoring(paces, connection.dialect.name).values(
        account_id=account_id, interval_us=interval_us, next_us=0, granted_from_us=0, granted=0
    )
    await connection.execute(statement)
    await connection.execute(
        sa.update(paces).where(paces.c.account_id == account_id).values(interval_us=interval_us)
    )


async def reserve(
    connection: AsyncConnection,
    account_id: int,
    wanted: int,
    *,
    lead: timedelta = timedelta(),
    horizon: timedelta = HORIZON,
    ours_s: float = 0.0,
) -> Slots:
    """Take up to `wanted` of the account's slots (one at least); none may be free (granted = 0).

    They lie within the horizon, counted from `lead` on: what the caller needs before it can use the first of them. While
    the next free one lies further ahead than half the horizon, none are given; but `lead` is never too early for the caller
    whose own slots reach there (`ours_s`), so that it can go on without a gap. What is granted takes the pace row's lock
    until the transaction ends, so what turns out not to be needed can be given back.
    """
    values = {
        "account": account_id, "wanted": wanted, "lead_us": _us(lead), "horizon_us": _us(horizon),
        "near_us": _us(horizon / 2), "ours_us": round(ours_s * 1e6) + _INEXACT_US,
    }  # fmt: skip
    row = (await connection.execute(_RESERVE, values)).one_or_none()
    if row is None:
        row = (await connection.execute(_LOOK, {"account": account_id})).one()
    return Slots(
        row.granted, row.now_us / 1e6, row.granted_from_us / 1e6, timedelta(microseconds=row.interval_us)
    )


async def give_back(connection: AsyncConnection, account_id: int, count: int) -> None:
    """Return the last `count` slots of a reservation made in this same transaction."""
    if count:
        next_us = paces.c.next_us - count * paces.c.interval_us
        await connection.execute(
            sa.update(paces).where(paces.c.account_id == account_id).values(next_us=next_us)
        )


async def hold(connection: AsyncConnection, account_id: int, wait: timedelta) -> None:
    """Send nothing from this account for so long: the platform asked for it."""
    until = database_now_us() + _us(wait)
    next_us = sa.case((paces.c.next_us > until, paces.c.next_us), else_=until)
    await connection.execute(sa.update(paces).where(paces.c.account_id == account_id).values(next_us=next_us))


def _us(span: timedelta) -> int:
    return span // timedelta(microseconds=1)


def _reservation() -> sa.UpdateBase:
    """Built once: it is run for every round of every sender."""
    account, wanted = sa.bindparam("account", type_=Id), sa.bindparam("wanted", type_=sa.Integer)
    lead_us = sa.bindparam("lead_us", type_=sa.BigInteger)
    horizon_us = sa.bindparam("horizon_us", type_=sa.BigInteger)
    now = database_now_us()
    earliest = now + sa.case((paces.c.interval_us == 0, 0), else_=lead_us)
    start = sa.case((paces.c.next_us > earliest, paces.c.next_us), else_=earliest)
    end = now + lead_us + horizon_us
    room = sa.case(
        (paces.c.interval_us == 0, wanted),
        (start > end, 0),
        else_=(end - start) // sa.func.nullif(paces.c.interval_us, 0) + 1,
    )
    near_us = sa.bindparam("near_us", type_=sa.BigInteger)
    is_ours = paces.c.next_us <= sa.bindparam("ours_us", type_=sa.BigInteger)
    near = now + sa.case(
        (paces.c.interval_us == 0, 0), (sa.and_(is_ours, lead_us > near_us), lead_us), else_=near_us
    )
    granted = sa.cast(sa.case((room > wanted, wanted), else_=room), sa.Integer)
    return (
        sa.update(paces)
        .where(paces.c.account_id == account, paces.c.next_us <= near)
        .values(granted=granted, granted_from_us=start, next_us=start + granted * paces.c.interval_us)
        .returning(paces.c.granted, paces.c.granted_from_us, paces.c.interval_us, now.label("now_us"))
    )


_RESERVE = _reservation()
_LOOK = sa.select(
    sa.literal(0).label("granted"),
    paces.c.next_us.label("granted_from_us"),
    paces.c.interval_us,
    database_now_us().label("now_us"),
).where(paces.c.account_id == sa.bindparam("account", type_=Id))
