"""What became of a run's messages, and what people did with them, in figures; and sending again what is in doubt.

How far it has come, `progress` says; who got it by name, `recipients`; by unit, `unit_results`.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.clock import LONG_PAST
from bot.people import acts
from bot.store.tables import accounts, deliveries, receipts, responses, runs
from bot.store.tables.broadcasts import DeliveryState, RunState, Variant
from broadcasts import posts, running
from broadcasts.refused import N_, Refused


@dataclass(frozen=True, slots=True)
class Read:
    """What became of the messages of a run that were sent, where the platform tells."""

    delivered: int
    seen: int


@dataclass(frozen=True, slots=True)
class Charge:
    """So many messages of a run that a platform took from this (its own word, "charged": from money)."""

    channel: str
    charge: str
    messages: int


@dataclass(frozen=True, slots=True)
class Responded:
    """What people did with a run: how many, not how often but where it says so."""

    answers: Mapping[int, int]  # By the answer's number.
    replied: int
    clicked: int
    clicks: int  # Of all of them together.

    @property
    def answered(self) -> int:
        return sum(self.answers.values())

    @property
    def is_any(self) -> bool:
        return bool(self.answers or self.replied or self.clicked)


@dataclass(frozen=True, slots=True)
class Tried:
    """One of two texts."""

    variant: Variant
    sent: int
    answered: int
    clicked: int


async def read(connection: AsyncConnection, run_id: int) -> Read | None:
    """How many have it on their phones, and how many have opened it. None where no platform has told of any."""
    counted = (
        sa.select(sa.func.count().label("delivered"), sa.func.count(receipts.c.seen_at).label("seen"))
        .select_from(deliveries)
        .join(
            receipts,
            sa.and_(
                receipts.c.account_id == deliveries.c.account_id,
                receipts.c.platform_id == deliveries.c.platform_id,
            ),
        )
        .where(deliveries.c.run_id == run_id, deliveries.c.state == DeliveryState.SENT)
    )
    row = (await connection.execute(counted)).one()
    return Read(row.delivered, row.seen) if row.delivered else None


async def charges(connection: AsyncConnection, run_id: int) -> list[Charge]:
    """What the platforms took the messages of a run from, the most first; nothing where they count nothing."""
    messages = sa.func.count().label("messages")
    rows = await connection.execute(
        sa.select(accounts.c.channel, deliveries.c.charge, messages)
        .join(accounts, accounts.c.id == deliveries.c.account_id)
        .where(
            deliveries.c.run_id == run_id,
            deliveries.c.state == DeliveryState.SENT,
            deliveries.c.charge != "",
        )
        .group_by(accounts.c.channel, deliveries.c.charge)
        .order_by(messages.desc(), accounts.c.channel, deliveries.c.charge)
    )
    return [Charge(*tuple(row)) for row in rows]


async def responded(connection: AsyncConnection, run_id: int) -> Responded:
    """What people did with it, erased ones included. How often a post's links were opened stands with the post."""
    rows = await connection.execute(
        sa.select(
            responses.c.answer,
            sa.func.count().label("people"),
            sa.func.count(responses.c.replied_at).label("replied"),
            sa.func.count(responses.c.clicked_at).label("clicked"),
            sa.func.sum(responses.c.clicks).label("clicks"),
        )
        .where(responses.c.run_id == run_id, responses.c.delivery_id.not_in(posts.of_run(run_id)))
        .group_by(responses.c.answer)
        .order_by(responses.c.answer)
    )
    answers: dict[int, int] = {}
    replied = clicked = clicks = 0
    for row in rows:
        if row.answer is not None:
            answers[row.answer] = row.people
        replied, clicked, clicks = replied + row.replied, clicked + row.clicked, clicks + int(row.clicks)
    return Responded(answers, replied, clicked, clicks)


async def tried(connection: AsyncConnection, run_id: int) -> list[Tried]:
    """What people did with each of two texts; after the winner is known, also those who got it then."""
    rows = await connection.execute(
        sa.select(
            deliveries.c.variant,
            sa.func.count().label("sent"),
            sa.func.count(responses.c.answer).label("answered"),
            sa.func.count(responses.c.clicked_at).label("clicked"),
        )
        .select_from(deliveries.outerjoin(responses, responses.c.delivery_id == deliveries.c.id))
        .where(
            deliveries.c.run_id == run_id,
            deliveries.c.state == DeliveryState.SENT,
            deliveries.c.variant.in_([int(Variant.A), int(Variant.B)]),
        )
        .group_by(deliveries.c.variant)
        .order_by(deliveries.c.variant)
    )
    return [Tried(Variant(row.variant), row.sent, row.answered, row.clicked) for row in rows]


async def send_uncertain_again(
    connection: AsyncConnection,
    run_id: int,
    delivery_ids: Sequence[int] | None,
    *,
    staff_id: int,
    now: datetime,
) -> int:
    """Send once more to those of whom it is not known whether it arrived (None: to all of them). Returns how many.

    She may get it twice: that is the officer's choice. A run that was done runs again; a cancelled one is refused, and so
    is what was taken back or is overdue.
    """
    await running.refuse_taken_back(connection, run_id)
    await running.refuse_overdue(connection, run_id, now)
    onward = sa.case((runs.c.state == RunState.DONE, RunState.RUNNING.value), else_=runs.c.state)
    # The run first, also where nothing changes: it keeps `finish_done` from closing the run meanwhile.
    held = await connection.execute(
        sa.update(runs)
        .where(runs.c.id == run_id, runs.c.state != RunState.CANCELLED)
        .values(state=sa.type_coerce(onward, runs.c.state.type), finished_at=None)
    )
    if not held.rowcount:
        raise Refused(N_("Lượt gửi này đã hủy, không gửi lại được."))
    which = [deliveries.c.run_id == run_id, deliveries.c.state == DeliveryState.UNCERTAIN]
    if delivery_ids is not None:
        which.append(deliveries.c.id.in_(delivery_ids))
    again = await connection.execute(
        sa.update(deliveries).where(*which).values(state=DeliveryState.PLANNED, next_at=LONG_PAST)
    )
    if again.rowcount:
        await acts.record(
            connection,
            staff_id,
            "uncertain_sent_again",
            now=now,
            subject=f"run {run_id}",
            count=again.rowcount,
        )
    return again.rowcount
