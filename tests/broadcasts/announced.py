"""An announcement that somebody got, as rows: for tests of what happens afterwards."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from bot.store.database import Database
from bot.store.tables import broadcasts, contacts, deliveries, runs
from bot.store.tables.broadcasts import BroadcastState, DeliveryState, OnUncertain, RunState
from broadcasts.content import Content

COMES, CANNOT = {"vi": "Em đi được", "km": "ខ្ញុំទៅបាន"}, {"vi": "Em bận"}
ASKS = Content(answers=(COMES, CANNOT))


async def add_run(
    database: Database,
    unit_id: int,
    *,
    now: datetime,
    content: Content | None = None,
    texts: Mapping[str, str] | None = None,
    **values: Any,
) -> int:
    """A run that is being sent, of an announcement of its own."""
    given = {
        "texts": dict(texts or {"vi": "Mời chị họp."}),
        "content": (content or Content()).to_json(),
        "audience": {},
        "on_uncertain": OnUncertain.LEAVE,
    }
    async with database.writing() as connection:
        broadcast_id = await connection.scalar(
            sa.insert(broadcasts)
            .values(
                **given,
                title="Họp mặt",
                unit_id=unit_id,
                state=BroadcastState.RUN,
                due_at=now,
                created_at=now,
                updated_at=now,
            )
            .returning(broadcasts.c.id)
        )
        made = (
            sa.insert(runs)
            .values(
                **(
                    given
                    | {
                        "broadcast_id": broadcast_id,
                        "due_at": now,
                        "state": RunState.RUNNING,
                        "filled_at": now,
                        "created_at": now,
                    }
                    | values
                )
            )
            .returning(runs.c.id)
        )
        return int((await connection.execute(made)).scalar_one())


async def add_delivery(
    database: Database, run_id: int, contact_id: int, *, now: datetime, **values: Any
) -> int:
    """One that was sent to this chat at `now`; the platform calls it "announcement-" and its number."""
    async with database.writing() as connection:
        chat = (await connection.execute(sa.select(contacts).where(contacts.c.id == contact_id))).one()
        given = {
            "run_id": run_id,
            "member_id": chat.member_id,
            "contact_id": contact_id,
            "account_id": chat.account_id,
            "state": DeliveryState.SENT,
            "next_at": now,
            "sent_at": now,
        }
        made = sa.insert(deliveries).values(**(given | values)).returning(deliveries.c.id)
        delivery_id = int((await connection.execute(made)).scalar_one())
        named = sa.update(deliveries).where(deliveries.c.id == delivery_id)
        await connection.execute(named.values(platform_id=f"announcement-{delivery_id}"))
    return delivery_id
