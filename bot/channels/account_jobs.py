"""Long work with an account that goes on after a restart where it was: who does it now, and how far it has come.

One process does a job at a time: it holds a lease, and each step of the work commits together with the place that it has
reached and a longer lease. Who has lost the lease in between finds out at that moment, and nothing of its step stays. What
the work is, and what a `place` says, the account's channel knows.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.store.database import insert_ignoring
from bot.store.tables import account_jobs

FOLLOWERS = "followers"
RECOVERY = "recovery"
TAGS = "tags"
WATCH = "watch"

_LEASE = timedelta(minutes=2)  # Longer than one call to a platform and the wait before the next try.
_ERROR_LENGTH = 80


class JobState(StrEnum):
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Progress:
    """Where a job stands, for people."""

    state: JobState
    done: int
    total: int | None  # None: not known yet.
    error: str  # The channel's code; "" unless it failed.
    began_at: datetime
    moved_at: datetime
    counts: Mapping[str, int]  # What else the work counted, in the channel's words.


class LeaseLost(Exception):  # noqa: N818 - nothing went wrong, somebody else goes on
    """Another process does this job now. Leave it at once, with nothing written."""


@dataclass(slots=True)
class Job:
    """A job in our hands. What the work changes of `place`, `done` and `total`, `move` writes down."""

    account_id: int
    kind: str
    owner: str
    began_at: datetime
    place: dict[str, Any]
    done: int
    total: int | None


async def ask(
    connection: AsyncConnection,
    account_id: int,
    kind: str,
    now: datetime,
    *,
    place: Mapping[str, Any] | None = None,
) -> bool:
    """Have a job done from its beginning, or from `place`. False while one is running already: it goes on."""
    anew = {
        "state": JobState.RUNNING.value,
        "place": dict(place or {}),
        "done": 0,
        "total": None,
        "error": "",
        "lease_by": None,
        "lease_until": None,
        "began_at": now,
        "moved_at": now,
    }
    inserted = await connection.execute(
        insert_ignoring(account_jobs, connection.dialect.name).values(
            account_id=account_id, kind=kind, **anew
        )
    )
    if inserted.rowcount:
        return True
    again = sa.update(account_jobs).where(
        _its(account_id, kind), account_jobs.c.state != JobState.RUNNING.value
    )
    return (await connection.execute(again.values(anew))).rowcount > 0


async def progress(connection: AsyncConnection, account_id: int, kind: str) -> Progress | None:
    """Where the job stands, or how it ended; None where it was never asked for."""
    row = (await connection.execute(sa.select(account_jobs).where(_its(account_id, kind)))).one_or_none()
    if row is None:
        return None
    return Progress(
        JobState(row.state),
        row.done,
        row.total,
        row.error,
        row.began_at,
        row.moved_at,
        _counts(row.place),
    )


async def place_of(connection: AsyncConnection, account_id: int, kind: str) -> Mapping[str, Any]:
    """Where the job is, in the channel's own words; empty where it was never asked for."""
    place = await connection.scalar(sa.select(account_jobs.c.place).where(_its(account_id, kind)))
    return place if isinstance(place, Mapping) else {}


async def asked(connection: AsyncConnection, kind: str) -> set[int]:
    """The accounts for which such a job was ever asked for."""
    return set(
        await connection.scalars(sa.select(account_jobs.c.account_id).where(account_jobs.c.kind == kind))
    )


async def waiting(connection: AsyncConnection, kind: str, now: datetime) -> list[int]:
    """The accounts for which such a job is to be done and nobody does it."""
    free = sa.select(account_jobs.c.account_id).where(
        account_jobs.c.kind == kind, account_jobs.c.state == JobState.RUNNING.value, _is_free(now)
    )
    return list(await connection.scalars(free.order_by(account_jobs.c.account_id)))


async def take(
    connection: AsyncConnection, account_id: int, kind: str, *, owner: str, now: datetime
) -> Job | None:
    """The job, leased to us; None where there is nothing to do or another process does it."""
    taking = (
        sa.update(account_jobs)
        .where(_its(account_id, kind), account_jobs.c.state == JobState.RUNNING.value, _is_free(now))
        .values(lease_by=owner, lease_until=now + _LEASE)
        .returning(account_jobs)
    )
    row = (await connection.execute(taking)).one_or_none()
    if row is None:
        return None
    return Job(account_id, kind, owner, row.began_at, dict(row.place), row.done, row.total)


async def move(connection: AsyncConnection, job: Job, now: datetime) -> None:
    """Write down how far the job has come, in the transaction of what it did. Raises LeaseLost."""
    values = {"place": job.place, "done": job.done, "total": job.total, "moved_at": now}
    await _change(connection, job, values | {"lease_until": now + _LEASE})


async def rest(connection: AsyncConnection, job: Job) -> None:
    """Give the job back as it is; it is done later. Raises LeaseLost."""
    await _change(connection, job, {"lease_by": None, "lease_until": None})


async def finish(connection: AsyncConnection, job: Job, now: datetime, *, error: str = "") -> None:
    """The job is over, well or with this error. Raises LeaseLost."""
    state = (JobState.FAILED if error else JobState.DONE).value
    values = {"state": state, "error": error[:_ERROR_LENGTH], "place": job.place, "done": job.done}
    await _change(
        connection,
        job,
        values | {"total": job.total, "moved_at": now, "lease_by": None, "lease_until": None},
    )


async def _change(connection: AsyncConnection, job: Job, values: Mapping[str, Any]) -> None:
    ours = sa.and_(_its(job.account_id, job.kind), account_jobs.c.lease_by == job.owner)
    if not (await connection.execute(sa.update(account_jobs).where(ours).values(values))).rowcount:
        raise LeaseLost


def _counts(place: object) -> dict[str, int]:
    """What is kept may be of an earlier version, or of another kind of work: a page must not fail of it."""
    counts = place.get("counts") if isinstance(place, Mapping) else None
    found = counts.items() if isinstance(counts, Mapping) else ()
    return {name: count for name, count in found if isinstance(count, int)}


def _is_free(now: datetime) -> sa.ColumnElement[bool]:
    until = account_jobs.c.lease_until
    # A clock that was set back must not make a dead process's lease last for ever.
    return sa.or_(until.is_(None), until < now, until > now + 2 * _LEASE)


def _its(account_id: int, kind: str) -> sa.ColumnElement[bool]:
    return sa.and_(account_jobs.c.account_id == account_id, account_jobs.c.kind == kind)
