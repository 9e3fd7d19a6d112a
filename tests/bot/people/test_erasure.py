"""Erasing: nothing of hers is left by what happens at the same moment, and what protects her stays."""

import asyncio
from datetime import timedelta

import sqlalchemy as sa

from bot.languages import Languages
from bot.outbox import Outbox
from bot.people import contacts, members
from bot.people.contacts import Contact
from bot.questions import answering, asking
from bot.questions.post import Post
from bot.questions.undelivered import Undelivered
from bot.starting_content import load_starting_content
from bot.store.database import Database
from bot.store.tables import contacts as contact_rows
from bot.store.tables import (
    conversations,
    hidden_messages,
    inbox,
    interactions,
    mailbox,
    metadata,
    outbox,
    question_steps,
    questions,
)
from bot.store.tables.messages import Direction, InboxState, OutboxState
from handlers.conversation import conversation
from tests import people
from tests.chat import Chat
from tests.conftest import MovingClock
from tests.locks import until_it_waits
from tests.parts import make_parts


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


async def test_a_letter_of_hers_that_fails_at_the_same_moment_stops_neither(
    database: Database, clock: MovingClock
) -> None:
    """Each has what the other is about to ask for: the sender the letter, the erasure the question."""
    union, hoa = await _quiet_hoa(database, clock)
    outgoing, languages = Outbox({}), Languages({})
    async with database.writing() as connection:
        post = Post(connection, outgoing, languages, clock())
        await asking.ask(post, hoa, "chuyện của tôi", unit_id=union.branch_id)

    async def erase() -> None:
        async with database.writing() as connection:
            await members.erase(connection, hoa.contact_id, now=clock())

    async with database.writing() as connection:
        failed = sa.update(outbox).values(state=OutboxState.FAILED).returning(outbox.c.id)
        letter = (await connection.execute(failed)).scalar_one()
        erasing = asyncio.create_task(erase())
        await until_it_waits(database, erasing)
        await Undelivered(outgoing, languages, clock).on_failed(connection, letter, "blocked")
    await erasing
    async with database.reading() as connection:
        assert list(await connection.scalars(sa.select(questions.c.text))) == [""]
        assert (await connection.scalars(sa.select(outbox.c.id))).all() == []


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


async def test_nothing_of_her_is_left_at_the_cadres_desk(database: Database, clock: MovingClock) -> None:
    union = await people.settle(database, clock())
    async with database.writing() as connection:
        await load_starting_content(connection, now=clock())
    handler = conversation(make_parts())

    def chat(address: str) -> Chat:
        return Chat(database, handler, union.account_id, address, clock)

    hoa, lan, binh = chat("hoa"), chat("lan"), chat("binh")
    await _say(binh, "lời trước đó")
    clock.move(timedelta(minutes=1))
    await _say(hoa, "gặp cán bộ", "chuyện riêng zzz của tôi", "gặp cán bộ", "câu thứ hai zzz về vay vốn")
    await _say(lan, "gặp cán bộ", "lan hỏi về học nghề")
    await _say(binh, "CAUHOI", "chị ấy nói zzz nên trả lời thế này")
    assert (await binh.conversation()).flow == "desk"
    outgoing = outbox.join(contact_rows, contact_rows.c.id == outbox.c.contact_id)
    async with database.writing() as connection:
        await connection.execute(sa.update(outbox).values(state=OutboxState.SENT))
        letters = await connection.execute(
            sa.select(outbox.c.id, outbox.c.account_id, contact_rows.c.address, outbox.c.message).select_from(
                outgoing
            )
        )
        pages: list[tuple[int, str, str, Direction, object]] = [
            (row.account_id, row.address, f"reply:{row.id}", Direction.OUT, row.message) for row in letters
        ]
        pages += [(union.account_id, "binh", "in:1", Direction.IN, {"text": "zzz"})]
        pages += [(union.account_id, "binh", "gone:binh", Direction.IN, {"text": ""})]
        for account_id, address, key, direction, message in pages:
            await connection.execute(
                sa.insert(mailbox).values(
                    account_id=account_id, address=address, key=key, direction=direction, message=message, at=clock()
                )
            )  # fmt: skip
        await connection.execute(
            sa.insert(inbox).values(
                account_id=union.account_id, event_id="1", lane="binh", payload={"text": "zzz"},
                state=InboxState.DONE, next_at=clock(), received_at=clock(),
            )
        )  # fmt: skip
    await _say(hoa, "XOA", "1")
    async with database.reading() as connection:
        for table in metadata.sorted_tables:
            for row in (await connection.execute(sa.select(table))).mappings():
                assert "zzz" not in str(dict(row)), table.name
        kept = list(await connection.scalars(sa.select(interactions.c.text)))
        assert "lời trước đó" in kept
        assert "gặp cán bộ" in kept
        letters_left = [str(message) for message in await connection.scalars(sa.select(outbox.c.message))]
        assert any("lan hỏi về học nghề" in message for message in letters_left)
        assert "gone:binh" in list(await connection.scalars(sa.select(mailbox.c.key)))


async def test_a_desk_that_is_busy_with_another_question_goes_on(
    database: Database, clock: MovingClock
) -> None:
    union = await people.settle(database, clock())
    outgoing, languages = Outbox({}), Languages({})
    hoa, lan, binh = [
        await people.contact_of(database, union.account_id, address) for address in ("hoa", "lan", "binh")
    ]
    async with database.writing() as connection:
        post = Post(connection, outgoing, languages, clock())
        await asking.ask(post, hoa, "chuyện của tôi", unit_id=union.branch_id)
        other, _desk = await asking.ask(post, lan, "chuyện khác", unit_id=union.branch_id)
        await connection.execute(
            sa.insert(conversations).values(
                contact_id=binh.contact_id,
                flow="desk",
                step="reply",
                data={"question": other},
                updated_at=clock(),
            )
        )
        await members.erase(connection, hoa.contact_id, now=clock())
        assert (await connection.scalars(sa.select(conversations.c.flow))).all() == ["desk"]


async def _say(chat: Chat, *words: str) -> None:
    for said in words:
        await chat.says(said)
