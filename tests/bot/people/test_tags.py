"""Marks on people, and what a platform tells of them: late, twice, in any order."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

import pytest
import sqlalchemy as sa

from bot.people import members, tags
from bot.store.database import Database
from bot.store.tables import contact_tags
from tests import people
from tests.conftest import MovingClock

HOA, LAN = "9000000000000000001", "9000000000000000002"
MINUTE = timedelta(minutes=1)


@dataclass
class Marks:
    """Hoa's, and the moment."""

    database: Database
    clock: MovingClock
    account_id: int
    hoa: int

    async def on(self) -> list[str]:
        async with self.database.reading() as connection:
            return await tags.tags_of(connection, self.hoa)

    async def tag(self, name: str) -> bool:
        async with self.database.writing() as connection:
            return await tags.tag(connection, self.hoa, name, self.clock())

    async def untag(self, name: str) -> bool:
        async with self.database.writing() as connection:
            return await tags.untag(connection, self.hoa, name, self.clock())

    async def told(self, what: str, name: str, at: datetime | None = None) -> None:
        async with self.database.writing() as connection:
            at = at or self.clock()
            if what == "on":
                await tags.told_on(connection, self.account_id, [HOA, LAN], name, at=at)
            elif what == "off":
                await tags.told_off(connection, self.account_id, [HOA, LAN], name, at=at)
            else:
                await tags.told_gone(connection, self.account_id, name, at=at)

    async def carried(self) -> None:
        """As the channel leaves the rows when it has told the platform everything."""
        async with self.database.writing() as connection:
            is_on = contact_tags.c.removed_at.is_(None)
            await connection.execute(
                sa.update(contact_tags).values(is_mirrored=is_on, changed_at=self.clock())
            )

    async def to_carry(self) -> set[tuple[str, bool]]:
        """What the channel would tell the platform: the mark, and whether to put it on."""
        async with self.database.reading() as connection:
            rows = await connection.execute(sa.select(contact_tags))
            return {
                (r.tag, r.removed_at is None) for r in rows if r.is_mirrored == (r.removed_at is not None)
            }


@pytest.fixture
async def marks(database: Database, clock: MovingClock) -> Marks:
    async with database.writing() as connection:
        account_id = await people.add_account(connection, now=clock())
        hoa = await people.add_contact(connection, account_id, HOA, now=clock())
    return Marks(database, clock, account_id, hoa)


async def test_a_mark_is_put_on_and_taken_off_once(marks: Marks) -> None:
    assert await marks.tag("  Chi hội\n3 ")
    assert not await marks.tag("Chi hội 3")
    assert await marks.tag("Cần gọi lại")
    assert not await marks.tag(" \n ")
    assert await marks.on() == ["Cần gọi lại", "Chi hội 3"]
    assert await marks.untag("Chi hội 3")
    assert not await marks.untag("Chi hội 3")
    async with marks.database.reading() as connection:
        assert await tags.in_use(connection) == ["Cần gọi lại"]


def test_names_are_nfc_of_one_line_and_a_hundred_characters() -> None:
    assert tags.clean("Chi ho\u0323\u0302i") == "Chi hội"
    assert tags.clean("x" * 300) == "x" * 100
    assert tags.clean("\x00\t") == ""


Story = Callable[[Marks], Awaitable[None]]


async def put_on_there(marks: Marks) -> None:
    await marks.told("on", "VIP")
    await marks.told("on", "VIP")


async def taken_off_there(marks: Marks) -> None:
    await marks.told("on", "VIP")
    marks.clock.move(MINUTE)
    await marks.told("off", "VIP")


async def deleted_there(marks: Marks) -> None:
    await marks.told("on", "VIP")
    marks.clock.move(MINUTE)
    await marks.told("gone", "VIP")


async def echo_of_putting_on(marks: Marks) -> None:
    await marks.tag("VIP")
    await marks.carried()
    marks.clock.move(MINUTE)
    await marks.told("on", "VIP")


async def echo_before_we_wrote_it_down(marks: Marks) -> None:
    await marks.tag("VIP")
    marks.clock.move(MINUTE)
    await marks.told("on", "VIP")


async def late_echo_of_putting_on_after_taking_off(marks: Marks) -> None:
    await marks.tag("VIP")
    await marks.carried()
    put_on_at = marks.clock()
    marks.clock.move(MINUTE)
    await marks.untag("VIP")
    await marks.told("on", "VIP", at=put_on_at)  # Not told there yet.
    await marks.carried()
    await marks.told("on", "VIP", at=put_on_at)


async def late_echo_of_taking_off_after_putting_on_again(marks: Marks) -> None:
    await marks.told("on", "VIP")
    marks.clock.move(MINUTE)
    await marks.untag("VIP")
    taken_off_at = marks.clock()
    await marks.carried()
    marks.clock.move(MINUTE)
    await marks.tag("VIP")
    await marks.told(
        "on", "VIP", at=taken_off_at - MINUTE
    )  # And a late one of the first time: it is not on there yet.
    assert await marks.to_carry() == {("VIP", True)}
    await marks.carried()
    await marks.told("off", "VIP", at=taken_off_at)


async def put_on_there_again_after_we_took_it_off(marks: Marks) -> None:
    await marks.told("on", "VIP")
    marks.clock.move(MINUTE)
    await marks.untag("VIP")
    await marks.carried()
    marks.clock.move(MINUTE)
    await marks.told("on", "VIP")


async def ours_is_not_taken_off_by_what_was_before_it(marks: Marks) -> None:
    await marks.tag("VIP")
    await marks.told("off", "VIP")
    await marks.told("gone", "VIP")
    await marks.told("off", "Khác")


@pytest.mark.parametrize(
    ("story", "on", "to_carry"),
    [
        (put_on_there, ["VIP"], set()),
        (taken_off_there, [], set()),
        (deleted_there, [], set()),
        (echo_of_putting_on, ["VIP"], set()),
        (echo_before_we_wrote_it_down, ["VIP"], set()),
        (late_echo_of_putting_on_after_taking_off, [], set()),
        (late_echo_of_taking_off_after_putting_on_again, ["VIP"], set()),
        (put_on_there_again_after_we_took_it_off, ["VIP"], set()),
        (ours_is_not_taken_off_by_what_was_before_it, ["VIP"], {("VIP", True)}),
    ],
    ids=lambda value: value.__name__ if callable(value) else "",
)
async def test_both_sides_agree_in_the_end_and_nothing_goes_round(
    marks: Marks, story: Story, on: list[str], to_carry: set[tuple[str, bool]]
) -> None:
    await story(marks)
    assert await marks.on() == on
    assert await marks.to_carry() == to_carry


async def test_all_that_a_platform_shows_replaces_what_it_showed_before(marks: Marks) -> None:
    await marks.told("on", "Cũ")
    await marks.told("on", "Giữ")
    await marks.told("on", "Bỏ ở đây")
    marks.clock.move(MINUTE)
    await marks.tag("Mới ở đây")
    await marks.untag("Bỏ ở đây")
    marks.clock.move(MINUTE)
    async with marks.database.writing() as connection:
        shown = ["Giữ", "Bỏ ở đây", "Mới ở kia"]
        await tags.told_all(connection, marks.hoa, shown, at=marks.clock())
    assert await marks.on() == ["Giữ", "Mới ở đây", "Mới ở kia"]
    assert await marks.to_carry() == {("Mới ở đây", True), ("Bỏ ở đây", False)}


async def test_an_erasure_takes_her_marks_here_and_there(marks: Marks) -> None:
    await marks.told("on", "VIP")
    await marks.tag("Ở đây thôi")
    async with marks.database.writing() as connection:
        await members.erase(connection, marks.hoa, now=marks.clock())
    assert await marks.on() == []
    assert await marks.to_carry() == {("VIP", False)}
