"""Old messages go, what is still needed stays."""

from datetime import timedelta

import sqlalchemy as sa

from bot.retention import Retention
from bot.store.database import Database
from bot.store.tables import inbox, interactions, mailbox, outbox, questions
from bot.store.tables.messages import Direction, InboxState, OutboxState
from bot.store.tables.questions import QuestionState
from tests import people
from tests.conftest import MovingClock

_KEEP = timedelta(days=90)


async def test_each_table_forgets_after_its_own_span(database: Database, clock: MovingClock) -> None:
    union = await people.settle(database, clock())
    hoa = await people.contact_of(database, union.account_id, "hoa")
    now = clock()
    async with database.writing() as connection:
        for days in (1, 8, 91, 800):
            at = now - timedelta(days=days)
            common = {"account_id": union.account_id, "contact_id": hoa.contact_id}
            for state in (InboxState.DONE, InboxState.NEW):
                await connection.execute(
                    sa.insert(inbox).values(
                        account_id=union.account_id, event_id=f"{days}{state}", lane="hoa", payload={}, state=state,
                        next_at=at, received_at=at,
                    )
                )  # fmt: skip
            for out in (OutboxState.SENT, OutboxState.WAITING):
                await connection.execute(
                    sa.insert(outbox).values(
                        **common, message={"text": "x"}, state=out, next_at=at, created_at=at
                    )
                )
            await connection.execute(
                sa.insert(interactions).values(
                    **common, at=at, direction=Direction.IN, kind="text", text="x", text_folded="x"
                )
            )
            await connection.execute(
                sa.insert(mailbox).values(
                    account_id=union.account_id,
                    address="hoa",
                    key=str(days),
                    direction=Direction.IN,
                    message={},
                    at=at,
                )
            )
            await connection.execute(
                sa.insert(questions).values(
                    contact_id=hoa.contact_id, text="x", state=QuestionState.CLOSED, asked_at=at, closed_at=at
                )
            )
    retention = Retention(database, clock, keep_messages=_KEEP)
    await retention.forget()
    await retention.forget()
    async with database.reading() as connection:
        assert sorted(await connection.scalars(sa.select(inbox.c.event_id))) == sorted(
            ["1done", "1new", "8new", "91new", "800new"]
        )
        by_state = sa.select(outbox.c.state, sa.func.count()).group_by(outbox.c.state)
        assert {row[0]: row[1] for row in await connection.execute(by_state)} == {
            OutboxState.SENT: 2,
            OutboxState.WAITING: 4,
        }
        assert (
            await connection.execute(sa.select(sa.func.count()).select_from(interactions))
        ).scalar_one() == 2
        assert (await connection.execute(sa.select(sa.func.count()).select_from(mailbox))).scalar_one() == 2
        assert sorted(await connection.scalars(sa.select(questions.c.text))) == ["", "x", "x", "x"]


async def test_more_than_one_chunk_goes_in_one_tick(database: Database, clock: MovingClock) -> None:
    async with database.writing() as connection:
        account_id = await people.add_account(connection, now=clock())
        rows = [
            {
                "account_id": account_id, "address": "a", "key": str(n), "direction": Direction.IN, "message": {},
                "at": clock() - timedelta(days=100),
            }
            for n in range(2500)
        ]  # fmt: skip
        await connection.execute(sa.insert(mailbox), rows)
    await Retention(database, clock, keep_messages=_KEEP).forget()
    async with database.reading() as connection:
        assert (await connection.execute(sa.select(sa.func.count()).select_from(mailbox))).scalar_one() == 0
