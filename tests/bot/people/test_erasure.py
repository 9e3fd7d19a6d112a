"""Erasing: nothing of hers is left by what happens at the same moment, and what protects her stays."""

import asyncio

import sqlalchemy as sa

from bot.languages import Languages
from bot.outbox import Outbox
from bot.people import contacts, members
from bot.people.contacts import Contact
from bot.questions import answering, asking
from bot.questions.post import Post
from bot.store.database import Database
from bot.store.tables import contacts as contact_rows
from bot.store.tables import hidden_messages, inbox, interactions, outbox, question_steps
from bot.store.tables.messages import InboxState
from tests import people
from tests.conftest import MovingClock
from tests.locks import until_it_waits


async def _quiet_hoa(database: Database, clock: MovingClock) -> tuple[people.People, Contact]:
    union = await people.settle(database, clock())
    hoa = await people.contact_of(database, union.account_id, "hoa")
    async with database.writing() as connection:
        await contacts.change(connection, hoa.contact_id, is_quiet=True)
    return union, await people.contact_of(database, union.account_id, "hoa")


async def test_a_quiet_phone_stays_quiet(database: Database, clock: MovingClock) -> None:
    union, hoa = await _quiet_hoa(database, clock)
    async with database.writing() as connection:
        await members.erase(connection, hoa.contact_id, now=clock())
    assert (await people.contact_of(database, union.account_id, "hoa")).is_quiet


async def test_an_answer_given_at_the_same_moment_goes_too(database: Database, clock: MovingClock) -> None:
    union, hoa = await _quiet_hoa(database, clock)
    outgoing, languages = Outbox({}), Languages({})
    async with database.writing() as connection:
        post = Post(connection, outgoing, languages, clock())
        code, _desk = await asking.ask(post, hoa, "chuyện của tôi", unit_id=union.branch_id)

    async def erase() -> None:
        async with database.writing() as connection:
            await members.erase(connection, hoa.contact_id, now=clock())

    async with database.writing() as connection:
        post = Post(connection, outgoing, languages, clock())
        await answering.answer(post, code, staff_id=union.binh, words="lời của cán bộ")
        erasing = asyncio.create_task(erase())
        await until_it_waits(database, erasing)
    await erasing
    async with database.reading() as connection:
        for column in (
            question_steps.c.text,
            interactions.c.text,
            outbox.c.message,
            hidden_messages.c.message,
        ):
            kept = [str(value) for value in await connection.scalars(sa.select(column))]
            assert not [value for value in kept if "lời của cán bộ" in value], column


async def test_what_she_wrote_after_it_is_still_answered(database: Database, clock: MovingClock) -> None:
    union, hoa = await _quiet_hoa(database, clock)
    async with database.writing() as connection:
        for event, state in (("old", InboxState.DONE), ("asks", InboxState.NEW), ("later", InboxState.NEW)):
            await connection.execute(
                sa.insert(inbox).values(
                    account_id=union.account_id, event_id=event, lane="hoa", payload={"said": event}, state=state,
                    next_at=clock(), received_at=clock(),
                )
            )  # fmt: skip
        await members.erase(connection, hoa.contact_id, now=clock())
        kept = {row.event_id: row.payload for row in await connection.execute(sa.select(inbox))}
        assert kept == {"old": {}, "asks": {}, "later": {"said": "later"}}
        reached = sa.select(contact_rows.c.stopped_at).where(contact_rows.c.id == hoa.contact_id)
        assert (await connection.execute(reached)).scalar_one() is not None
