"""Quiet mode keeps what would tell aside until she asks for it."""

from datetime import timedelta

import sqlalchemy as sa

from bot.channels.contract import Choice, Outgoing
from bot.people import contacts, members, quiet
from bot.people.contacts import Contact
from bot.store.database import Database
from tests import people as union
from tests.conftest import MovingClock

TELLING = Outgoing("Chị Bình trả lời: ...", (Choice("đã rõ", "Đã rõ"),))
NEUTRAL = "Dạ, có tin nhắn gửi chị. Gõ XEM để đọc."


async def hoa(database: Database, clock: MovingClock, *, is_quiet: bool) -> Contact:
    people = await union.settle(database, clock())
    contact = await union.contact_of(database, people.account_id, "hoa")
    async with database.writing() as connection:
        await contacts.change(connection, contact.contact_id, is_quiet=is_quiet)
    return await union.contact_of(database, people.account_id, "hoa")


async def test_who_is_not_quiet_gets_the_message_itself(database: Database, clock: MovingClock) -> None:
    contact = await hoa(database, clock, is_quiet=False)
    async with database.writing() as connection:
        assert await quiet.cover(connection, contact, TELLING, clock(), str) == TELLING
        assert await quiet.uncover(connection, contact.contact_id) == []


async def test_hidden_messages_are_shown_once_in_order_with_their_buttons(
    database: Database, clock: MovingClock
) -> None:
    contact = await hoa(database, clock, is_quiet=True)
    async with database.writing() as connection:
        covered = await quiet.cover(connection, contact, TELLING, clock(), str)
        await quiet.cover(connection, contact, Outgoing("thứ hai"), clock(), str)
        assert covered == Outgoing(NEUTRAL)
    async with database.writing() as connection:
        assert await quiet.uncover(connection, contact.contact_id) == [TELLING, Outgoing("thứ hai")]
        assert await quiet.uncover(connection, contact.contact_id) == []


async def test_hidden_messages_are_forgotten_after_a_week(database: Database, clock: MovingClock) -> None:
    contact = await hoa(database, clock, is_quiet=True)
    async with database.writing() as connection:
        await quiet.cover(connection, contact, TELLING, clock(), str)
        clock.move(timedelta(days=7))
        assert await quiet.forget_old(connection, clock()) == 0
        clock.move(timedelta(seconds=1))
        assert await quiet.forget_old(connection, clock()) == 1
        assert await quiet.uncover(connection, contact.contact_id) == []
        assert not (await connection.execute(sa.text("SELECT 1 FROM hidden_messages"))).all()


async def test_erasing_takes_what_was_hidden_with_it(database: Database, clock: MovingClock) -> None:
    contact = await hoa(database, clock, is_quiet=True)
    async with database.writing() as connection:
        await quiet.cover(connection, contact, TELLING, clock(), str)
        await members.erase(connection, contact.contact_id, now=clock())
        assert await quiet.uncover(connection, contact.contact_id) == []
