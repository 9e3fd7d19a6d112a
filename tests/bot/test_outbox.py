"""What the outbox gives to a sender, whatever the database knows about its own tables."""

from datetime import timedelta

import sqlalchemy as sa

from bot.outbox import Outbox
from bot.store.database import Database
from bot.store.tables import contacts, outbox
from bot.store.tables.messages import OutboxState
from tests import people
from tests.conftest import MovingClock


async def test_a_database_that_was_analysed_still_gives_every_reply(
    database: Database, clock: MovingClock
) -> None:
    """SQLite reads such tables in another way from then on."""
    people_count = 200
    async with database.writing() as connection:
        account_id = await people.add_account(connection, now=clock())
        chats = [
            {"account_id": account_id, "address": str(n), "created_at": clock()} for n in range(people_count)
        ]
        await connection.execute(sa.insert(contacts), chats)
        ids = (await connection.scalars(sa.select(contacts.c.id))).all()
        letter = {
            "account_id": account_id,
            "message": {"text": "x"},
            "next_at": clock(),
            "created_at": clock(),
        }
        for state in (OutboxState.SENT, OutboxState.WAITING, OutboxState.WAITING):
            rows = [{**letter, "contact_id": contact_id, "state": state} for contact_id in ids]
            await connection.execute(sa.insert(outbox), rows)
    async with database.writing() as connection:
        await connection.exec_driver_sql("ANALYZE")
    async with database.writing() as connection:
        until = clock() + timedelta(minutes=1)
        claimed = await Outbox({}).claim(connection, account_id, 1000, owner="s", now=clock(), until=until)
    assert sorted(parcel.contact_id or 0 for parcel in claimed) == sorted(ids)
