"""What tests of announcements write into the tables besides, and read out of them."""

from collections import Counter
from collections.abc import Callable
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from bot.outbox import Outbox
from bot.store.database import Database
from bot.store.tables import accounts, broadcasts, contacts, deliveries, members, runs
from bot.store.tables.accounts import AccountState
from broadcasts import starting
from broadcasts.growth import Growth
from broadcasts.policy import Policy
from broadcasts.ticks import broadcast_ticks
from tests import people
from tests.catalogues import languages
from tests.conftest import MovingClock
from tests.people import People


async def add_members(database: Database, union: People, count: int, clock: MovingClock) -> list[int]:
    """So many more members of the branch, each to be reached at "chat1", "chat2" ...; returns their ids."""
    ids = []
    async with database.writing() as connection:
        for i in range(1, count + 1):
            member_id = await people.add_member(
                connection, f"Nguyễn Thị {i}", union.branch_id, allows_announcements=True, now=clock()
            )
            await people.add_contact(
                connection, union.account_id, f"chat{i}", member_id=member_id, now=clock()
            )
            ids.append(member_id)
    return ids


async def change_member(database: Database, whose: int, **values: Any) -> None:
    async with database.writing() as connection:
        await connection.execute(sa.update(members).where(members.c.id == whose).values(**values))


async def change_chats(database: Database, whose: int, **values: Any) -> None:
    async with database.writing() as connection:
        await connection.execute(sa.update(contacts).where(contacts.c.member_id == whose).values(**values))


async def close_account(database: Database, account_id: int, state: AccountState) -> None:
    async with database.writing() as connection:
        await connection.execute(sa.update(accounts).where(accounts.c.id == account_id).values(state=state))


async def ledger(database: Database, run_id: int) -> list[Any]:
    """Every delivery of a run, in order."""
    async with database.reading() as connection:
        found = await connection.execute(
            sa.select(deliveries).where(deliveries.c.run_id == run_id).order_by(deliveries.c.id)
        )
        return list(found.all())


async def outcomes(database: Database, run_id: int) -> Counter[tuple[str, str]]:
    """How many deliveries of a run stand where: {("sent", ""): 2}."""
    return Counter((str(row.state), row.code) for row in await ledger(database, run_id))


async def run_of(database: Database, run_id: int) -> Any:
    async with database.reading() as connection:
        return (await connection.execute(sa.select(runs).where(runs.c.id == run_id))).one()


async def count_ahead(database: Database, now: datetime, policy: Policy | None = None) -> None:
    """The count shortly before announcements are due: who may send them alone, unless told otherwise, by their number only."""
    policy = policy or Policy(approval_beyond_commune=False)
    await Growth(database, Outbox({}), languages(), lambda: now, lambda: None, policy).look()


async def tick(
    database: Database,
    clock: MovingClock,
    wake: Callable[[], None] = lambda: None,
    policy: Policy | None = None,
) -> None:
    """Everything that the clockwork does for announcements, once."""
    for one in broadcast_ticks(database, clock, wake, policy=policy or Policy()):
        await one.act()


async def start_due(database: Database, now: datetime, policy: Policy | None = None) -> list[int]:
    await count_ahead(database, now)
    async with database.writing() as connection:
        return await starting.start_due(connection, now, policy=policy or Policy())


async def runs_made(database: Database) -> list[Any]:
    async with database.reading() as connection:
        return list(await connection.execute(sa.select(runs).order_by(runs.c.due_at, runs.c.id)))


async def broadcast_of(database: Database, broadcast_id: int) -> Any:
    async with database.reading() as connection:
        return (await connection.execute(sa.select(broadcasts).where(broadcasts.c.id == broadcast_id))).one()
