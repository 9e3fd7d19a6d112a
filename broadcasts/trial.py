"""Two texts: a share of the people gets each, and after a while the better one goes to the rest.

Who gets which is decided by her number, so that a run filled in two processes, or again after a crash, decides alike. The rest
are planned like everybody else, for a day that never comes until the winner is known. Of few people there may be no rest.
"""

from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Any

import sqlalchemy as sa
import structlog
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.clock import LONG_PAST
from bot.store.tables import deliveries, responses, runs
from bot.store.tables.broadcasts import DeliveryState, RunState, Variant
from broadcasts.content import Content, Rule, Trial

log = structlog.get_logger()

NEVER = datetime(9999, 1, 1, tzinfo=UTC)
_CHUNK = 5000
_PARTS = 10007  # A prime, so that no pattern in the numbers of members shows.
_ALL = 100  # Per cent.
_HARDLY_EVER = 0.01
_FEW = 20_000


class Rest(StrEnum):
    """Whether anybody is left for the better text."""

    SOME = "some"
    PERHAPS = "perhaps"  # Of so few people the two texts may well take all.
    NONE = "none"


def rest_of(trial: Trial, people: int, *, joins: bool = False) -> Rest:
    """Of a run to so many people that is yet to begin; of nobody there is nothing to say. Who joins is sent to as she comes, at a
    time hardly more than one.
    """
    tried = 2 * trial.share
    if tried >= _ALL:
        return Rest.NONE
    alike = 1 if joins else people
    return Rest.PERHAPS if alike and (tried / _ALL) ** alike > _HARDLY_EVER else Rest.SOME


async def rest_in(
    connection: AsyncConnection, run: sa.Row[*tuple[Any, ...]], trial: Trial | None, people: int
) -> Rest | None:
    """Of a run to so many people: SOME wait for the better text, or all have got theirs; None where none is yet to be found."""
    is_over = run.winner is not None or run.revision or run.state is RunState.CANCELLED
    if trial is None or run.decide_at is None or run.filled_at is None or is_over:
        return None
    # Of many some are left for certain; looking through all of them takes seconds.
    if run.state is RunState.RUNNING and people > _FEW:
        return rest_of(trial, people)
    of_rest = sa.exists().where(deliveries.c.run_id == run.id, deliveries.c.variant == int(Variant.WAITS))
    waits = of_rest.where(deliveries.c.state == DeliveryState.PLANNED)
    if await connection.scalar(sa.select(waits)):
        return Rest.SOME
    return None if await connection.scalar(sa.select(of_rest)) else Rest.NONE


def variant_of(trial: Trial | None, member_id: sa.ColumnElement[int], run_id: int) -> sa.ColumnElement[int]:
    """Which text a member gets, in SQL: alike for the same member and run, and even over all members."""
    if trial is None:
        return sa.literal(int(Variant.WHOLE), sa.SmallInteger)
    part = (member_id * 7919 + run_id * 31) % _PARTS
    share = trial.share * _PARTS // _ALL
    # Half to each is everybody, however the parts are rounded.
    both = _PARTS if 2 * trial.share >= _ALL else 2 * share
    return sa.case((part < share, int(Variant.A)), (part < both, int(Variant.B)), else_=int(Variant.WAITS))


def decide_at(content: Content, filled_at: datetime) -> datetime | None:
    """When the two texts of a run whose sending begins now are compared."""
    return filled_at + timedelta(hours=content.trial.hours) if content.trial else None


async def decide_due(connection: AsyncConnection, now: datetime) -> list[tuple[int, Variant]]:
    """Choose the winner of each run whose time has come; returns the runs with it. Undecided, it is the first text."""
    found = await connection.execute(
        sa.select(runs.c.id, runs.c.content)
        .where(
            runs.c.state == RunState.RUNNING,
            runs.c.decide_at <= now,
            runs.c.winner.is_(None),
        )
        .order_by(runs.c.id)
        .with_for_update(key_share=True, skip_locked=True)
    )
    decided: list[tuple[int, Variant]] = []
    for run in found.all():
        trial = Content.from_json(run.content).trial
        winner = await _better(connection, run.id, trial.rule) if trial else Variant.A
        await connection.execute(sa.update(runs).where(runs.c.id == run.id).values(winner=int(winner)))
        decided.append((run.id, winner))
    return decided


async def release_some(connection: AsyncConnection) -> bool:
    """Let a chunk of those who wait for a winner that is known have it. Call it, each time in a transaction, until it says False."""
    known = await connection.execute(
        sa.select(runs.c.id, runs.c.winner)
        .where(runs.c.winner.is_not(None), runs.c.finished_at.is_(None))
        .order_by(runs.c.id)
    )
    for run in known.all():
        some = (
            sa.select(deliveries.c.id)
            .where(
                deliveries.c.run_id == run.id,
                deliveries.c.state == DeliveryState.PLANNED,
                deliveries.c.next_at == NEVER,
            )
            .limit(_CHUNK)
            .with_for_update(skip_locked=True)
        )
        released = await connection.execute(
            sa.update(deliveries)
            .where(deliveries.c.id.in_(some))
            .values(variant=run.winner, next_at=LONG_PAST)
        )
        if released.rowcount:
            return True
    return False


async def _better(connection: AsyncConnection, run_id: int, rule: Rule) -> Variant:
    """The text after which more of those who got it did what was hoped for."""
    hoped_for = responses.c.clicked_at if rule is Rule.CLICKED else responses.c.answered_at
    figures = {Variant.A: (0, 0), Variant.B: (0, 0)}
    rows = await connection.execute(
        sa.select(
            deliveries.c.variant,
            sa.func.count().label("sent"),
            sa.func.count(hoped_for).label("did"),
        )
        .select_from(deliveries.outerjoin(responses, responses.c.delivery_id == deliveries.c.id))
        .where(
            deliveries.c.run_id == run_id,
            deliveries.c.state == DeliveryState.SENT,
            deliveries.c.variant.in_([int(Variant.A), int(Variant.B)]),
        )
        .group_by(deliveries.c.variant)
    )
    for row in rows:
        figures[Variant(row.variant)] = row.sent, row.did
    (sent_a, did_a), (sent_b, did_b) = figures[Variant.A], figures[Variant.B]
    return Variant.B if did_b * sent_a > did_a * sent_b else Variant.A
