"""Staff: how far they see, and the codes by which a chat becomes a desk."""

from dataclasses import dataclass
from datetime import timedelta

import pytest
import sqlalchemy as sa

from bot.people import staff
from bot.people.contacts import Contact
from bot.people.staff import Joined
from bot.store.database import Database
from bot.store.tables import join_codes
from tests import people as union
from tests.conftest import MovingClock
from tests.people import People


@dataclass
class Desk:
    database: Database
    clock: MovingClock
    people: People

    async def code(self, staff_id: int | None = None) -> str:
        async with self.database.writing() as connection:
            return await staff.give_join_code(connection, staff_id or self.people.binh, self.clock())

    async def types(self, address: str, typed: str) -> Joined | None:
        contact = await self.contact(address)
        async with self.database.writing() as connection:
            joining = await staff.use_join_code(connection, contact, typed, self.clock())
        return joining.outcome if joining else None

    async def contact(self, address: str) -> Contact:
        return await union.contact_of(self.database, self.people.account_id, address)


@pytest.fixture
async def desk(database: Database, clock: MovingClock) -> Desk:
    people = await union.settle(database, clock())
    async with database.writing() as connection:
        for address in ("one", "two"):
            await union.add_contact(connection, people.account_id, address, now=clock())
    return Desk(database, clock, people)


@pytest.mark.parametrize(
    "write",
    [
        str,
        str.lower,
        lambda code: code.replace("-", ""),
        lambda code: code.removeprefix("HOI-"),
        lambda code: code.removeprefix("HOI-").replace("-", "").lower(),
        lambda code: f"  {code.replace('-', ' ')} ",
    ],
)
async def test_a_code_is_taken_however_it_is_typed(desk: Desk, write: object) -> None:
    assert callable(write)
    assert await desk.types("one", write(await desk.code())) is Joined.YES
    assert (await desk.contact("one")).staff_id == desk.people.binh


async def test_a_code_works_once(desk: Desk) -> None:
    code = await desk.code()
    assert await desk.types("one", code) is Joined.YES
    assert await desk.types("two", code) is Joined.WRONG
    assert (await desk.contact("two")).staff_id is None


async def test_a_code_ends_after_seven_days(desk: Desk) -> None:
    code = await desk.code()
    desk.clock.move(timedelta(days=7))
    assert await desk.types("one", code) is Joined.WRONG


async def test_a_new_code_ends_the_one_before(desk: Desk) -> None:
    older, newer = await desk.code(), await desk.code()
    assert await desk.types("one", older) is Joined.WRONG
    assert await desk.types("one", newer) is Joined.YES


async def test_only_the_hash_of_a_code_is_kept(desk: Desk) -> None:
    code = await desk.code()
    async with desk.database.reading() as connection:
        kept = (await connection.execute(sa.select(join_codes))).one()
    assert all(part not in str(tuple(kept)) for part in code.split("-")[1:])


async def test_guessing_is_slowed_down_after_five_wrong_codes(desk: Desk) -> None:
    code = await desk.code()
    for _try in range(5):
        assert await desk.types("one", "HOI-AAAA-2222") is Joined.WRONG
    assert await desk.types("one", code) is Joined.TOO_MANY
    assert await desk.types("two", "HOI-AAAA-2222") is Joined.WRONG  # Others are not held up.
    desk.clock.move(timedelta(hours=1))
    assert await desk.types("one", code) is Joined.YES


async def test_a_chat_that_is_somebodys_desk_is_refused(desk: Desk) -> None:
    code = await desk.code(desk.people.chi)
    assert await desk.types("binh", code) is Joined.OTHER_STAFF
    assert (await desk.contact("binh")).staff_id == desk.people.binh
    assert await desk.types("one", code) is Joined.YES  # The code was not used up.


async def test_a_code_typed_again_into_ones_own_chat_is_kind(desk: Desk) -> None:
    assert await desk.types("binh", await desk.code()) is Joined.ALREADY


async def test_who_is_off_duty_joins_no_more(desk: Desk) -> None:
    code = await desk.code()
    async with desk.database.writing() as connection:
        await staff.deactivate(connection, desk.people.binh, now=desk.clock())
        assert not await staff.has_desk(connection, await desk.contact("binh"))
    assert await desk.types("one", code) is Joined.WRONG
    assert await desk.types("binh", await desk.code(desk.people.chi)) is Joined.YES


@pytest.mark.parametrize(
    "typed",
    [
        "hỏi chưa từng vay",
        "hoi chua tung",
        "phunuhoi",
        "0912345678",
        "23456789",
        "xin chào",
        "",
        "HOI",
        "HOI-7K3M-9QR",
        "HOI-7K3M-9QRTT",
        "HOI-7K3M-9QR0",
        "mã 7K3M-9QRT",
        "em hoi cham 2345",
        "x" * 100_000,
    ],
)
def test_other_words_are_no_code(typed: str) -> None:
    assert staff.read_code(typed) is None


async def test_an_officer_sees_her_unit_and_below(desk: Desk) -> None:
    async with desk.database.reading() as connection:
        an = await staff.get(connection, desk.people.an)
        chi = await staff.get(connection, desk.people.chi)
        binh = await staff.get(connection, desk.people.binh)
    assert an
    assert chi
    assert binh
    assert staff.sees(an, binh.unit_path)
    assert staff.sees(an, chi.unit_path)
    assert staff.sees(an, None)
    assert staff.sees(chi, chi.unit_path)
    assert not staff.sees(chi, binh.unit_path)
    assert not staff.sees(chi, an.unit_path)
    assert not staff.sees(chi, None)
    assert not staff.sees(binh, binh.unit_path)  # A cadre works in her chat.


@pytest.mark.parametrize(
    "typed",
    [
        "CANBO HOI-7K3M-9QRT",
        "mã của em là hoi-7k3m-9qrt nha chị",
        "HOI - 7K3M - 9QRT ạ",
        "mã: HOI-7K3M-9QRT.",
    ],
)
def test_a_code_is_found_among_other_words(typed: str) -> None:
    assert staff.read_code(typed) == "7K3M9QRT"
