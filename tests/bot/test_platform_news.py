"""What a platform tells by itself is written down and makes nobody known, opens no window, and is answered by nobody."""

import asyncio
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from bot.channels.contract import Channel, Ignored, Incoming, IncomingKind, Update
from bot.clock import LONG_PAST
from bot.people import contacts as bot_contacts
from bot.people import tags
from bot.store.database import Database
from bot.store.tables import (
    contacts,
    erasures,
    inbox,
    interactions,
    message_templates,
    outbox,
    questions,
    receipts,
)
from bot.store.tables.messages import Direction, InboxState, OutboxState
from bot.store.tables.questions import QuestionState
from tests import people
from tests.bot.channels.keeping import Office
from tests.conftest import MovingClock
from tests.fakes import FakeChannel
from tests.people import People


class Teller(FakeChannel):
    """Its updates are what they mean."""

    def parse(self, payload: Mapping[str, Any]) -> Incoming | Ignored:
        fields = dict(payload)
        return Incoming(
            fields.pop("address", ""),
            IncomingKind(fields.pop("kind")),
            message_ids=tuple(fields.pop("message_ids", ())),
            **fields,
        )


@pytest.fixture
async def union(database: Database, clock: MovingClock) -> People:
    return await people.settle(database, clock())


@pytest.fixture
def office(database: Database, clock: MovingClock) -> Office:
    return Office(database, clock)


async def tell(office: Office, union: People, *told: dict[str, Any]) -> None:
    """Have the platform tell these things, and wait until they are handled."""
    teller: Channel = Teller(union.account_id)
    async with office.open({union.account_id: teller}) as intake:
        for number, payload in enumerate(told):
            event_id = f"{payload['kind']}-{payload.get('address', '')}-{number}"
            await intake.receive(union.account_id, [Update(event_id, payload.get("address", "-"), payload)])
        async with asyncio.timeout(20):
            while any(row.state is InboxState.NEW for row in await office.rows()):
                await asyncio.sleep(0.01)


async def _count(database: Database, table: sa.Table) -> int:
    async with database.reading() as connection:
        return int((await connection.execute(sa.select(sa.func.count()).select_from(table))).scalar_one())


async def test_receipts_are_kept_and_nothing_else_happens(
    database: Database, clock: MovingClock, office: Office, union: People
) -> None:
    before = await _count(database, contacts)
    await tell(
        office,
        union,
        {"kind": "delivered", "address": "nobody", "message_ids": ["m1", "m2"]},
        {"kind": "seen", "address": "hoa", "message_ids": ["m1"]},
    )
    async with database.reading() as connection:
        kept = await connection.execute(
            sa.select(receipts.c.platform_id, receipts.c.seen_at).order_by(receipts.c.platform_id)
        )
        assert [tuple(row) for row in kept] == [("m1", clock()), ("m2", None)]
        heard = await connection.scalars(sa.select(contacts.c.last_in_at))
        assert set(heard) == {None}
    assert await _count(database, contacts) == before
    assert await _count(database, interactions) == 0
    assert office.understood == []
    assert {row.state for row in await office.rows()} == {InboxState.DONE}


async def test_whoever_follows_no_more_stays_reachable(
    database: Database, office: Office, union: People
) -> None:
    await tell(
        office,
        union,
        {"kind": "unfollowed", "address": "hoa"},
        {"kind": "unfollowed", "address": "nobody"},
    )
    async with database.reading() as connection:
        row = (await connection.execute(sa.select(contacts).where(contacts.c.address == "hoa"))).one()
    assert (row.is_follower, row.unreachable_at) == (False, None)


async def test_marks_come_and_go(
    database: Database, clock: MovingClock, office: Office, union: People
) -> None:
    hoa = await people.contact_of(database, union.account_id, "hoa")
    lan = await people.contact_of(database, union.account_id, "lan")
    await tell(
        office,
        union,
        {"kind": "tagged", "address": "hoa", "text": "gọi lại"},
        {"kind": "tagged", "address": "lan", "text": "gọi lại"},
        {"kind": "tagged", "address": "nobody", "text": "gọi lại"},
        {"kind": "tagged", "address": "hoa", "text": "tổ 3"},
    )
    async with database.reading() as connection:
        assert await tags.tags_of(connection, hoa.contact_id) == ["gọi lại", "tổ 3"]
    clock.move(timedelta(minutes=1))
    await tell(
        office, union, {"kind": "untagged", "text": "gọi lại"}, {"kind": "untagged", "address": "hoa", "text": "tổ 3"}
    )  # fmt: skip
    async with database.reading() as connection:
        assert await tags.tags_of(connection, hoa.contact_id) == []
        assert await tags.tags_of(connection, lan.contact_id) == []


async def test_templates_that_changed_are_as_if_they_had_been_fetched_long_ago(
    database: Database, clock: MovingClock, office: Office, union: People
) -> None:
    async with database.writing() as connection:
        await connection.execute(
            sa.insert(message_templates).values(
                account_id=union.account_id, template_id="1", name="Mẫu", state="ENABLE", detail={}, fetched_at=clock(),
            )
        )  # fmt: skip
    await tell(office, union, {"kind": "templates_changed"})
    async with database.reading() as connection:
        assert await connection.scalar(sa.select(message_templates.c.fetched_at)) == LONG_PAST


async def test_who_withdraws_is_erased_without_a_word(
    database: Database, clock: MovingClock, office: Office, union: People
) -> None:
    hoa = await people.contact_of(database, union.account_id, "hoa")
    async with database.writing() as connection:
        await bot_contacts.change(
            connection, hoa.contact_id, human_until=clock() + timedelta(hours=1), display_name="Hoa"
        )
        common = {"account_id": union.account_id, "contact_id": hoa.contact_id}
        await connection.execute(
            sa.insert(interactions).values(
                **common, at=clock(), direction=Direction.IN, kind="text", text="x", text_folded="x"
            )
        )
        await connection.execute(
            sa.insert(outbox).values(
                **common,
                message={"text": "x"},
                state=OutboxState.WAITING,
                next_at=clock(),
                created_at=clock(),
            )
        )
        await connection.execute(
            sa.insert(questions).values(
                contact_id=hoa.contact_id, member_id=union.hoa, text="x", message_id="m1", state=QuestionState.WAITING,
                asked_at=clock(),
            )
        )  # fmt: skip
        await connection.execute(
            sa.insert(inbox).values(
                account_id=union.account_id, event_id="earlier", lane="hoa", payload={"text": "x"}, state=InboxState.DONE,
                next_at=clock(), received_at=clock(),
            )
        )  # fmt: skip
    await tell(office, union, {"kind": "withdrawn", "address": "hoa"})
    async with database.reading() as connection:
        row = (await connection.execute(sa.select(contacts).where(contacts.c.address == "hoa"))).one()
        question = (await connection.execute(sa.select(questions))).one()
    assert (row.member_id, row.human_until, row.display_name) == (None, None, "")
    assert row.stopped_at == clock()
    assert (question.text, question.message_id, question.state) == ("", "", QuestionState.CLOSED)
    for table, count in ((interactions, 0), (outbox, 0), (erasures, 1)):
        assert await _count(database, table) == count
    assert [row.payload for row in await office.rows()] == [{}, {}]
    assert office.understood == []


async def test_whoever_withdraws_without_ever_having_written_stays_unknown(
    database: Database, office: Office, union: People
) -> None:
    before = await _count(database, contacts)
    await tell(office, union, {"kind": "withdrawn", "address": "nobody"})
    assert await _count(database, contacts) == before
    assert await _count(database, erasures) == 0
    assert [row.payload for row in await office.rows()] == [{}]
