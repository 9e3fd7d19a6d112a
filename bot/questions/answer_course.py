"""How the answers to a question fared on their way: sent, on her phone, opened, as far as her platform tells."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.store.tables import outbox, questions, receipts
from bot.store.tables.messages import OutboxState


class Stage(StrEnum):
    SENT = "sent"
    DELIVERED = "delivered"
    SEEN = "seen"


@dataclass(frozen=True, slots=True)
class Arrival:
    """An answer, the whole of it, has come so far."""

    stage: Stage
    at: datetime


async def arrivals(connection: AsyncConnection, question_id: int) -> Sequence[Arrival]:
    """Of every answer to the question that is known still, in the order in which it happened."""
    part = (
        sa.select(
            sa.case((outbox.c.state == OutboxState.SENT, outbox.c.sent_at)).label("sent"),
            receipts.c.delivered_at.label("delivered"),
            receipts.c.seen_at.label("seen"),
            outbox.c.created_at.label("written"),
        )
        .join(questions, questions.c.id == outbox.c.question_id)
        .outerjoin(
            receipts,
            sa.and_(
                receipts.c.account_id == outbox.c.account_id,
                receipts.c.platform_id == outbox.c.platform_id,
            ),
        )
        # What goes to a cadre carries the question, too.
        .where(outbox.c.question_id == question_id, outbox.c.contact_id == questions.c.contact_id)
    ).subquery()
    # The parts of a long answer were written in one moment. It is there when the last of them is.
    whole = [
        sa.case((sa.func.count() == sa.func.count(part.c[stage]), sa.func.max(part.c[stage]))).label(stage)
        for stage in Stage
    ]
    rows = await connection.execute(sa.select(*whole).group_by(part.c.written).order_by(part.c.written))
    found = [Arrival(stage, at) for row in rows for stage, at in zip(Stage, row, strict=True) if at]
    return sorted(found, key=lambda arrival: arrival.at)
