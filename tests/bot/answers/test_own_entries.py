"""Entries of single units: found by their own members alone, given in the place of general ones, on until their last day."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import date, timedelta

import pytest
import sqlalchemy as sa

from bot.answers import calibrations
from bot.answers.book import AnswerBook, Book
from bot.answers.confidence import SHIPPED, Calibration
from bot.people import units
from bot.starting_content import load_starting_content
from bot.store import versions
from bot.store.database import Database
from bot.store.tables import entries, entry_texts
from tests import people
from tests.conftest import MovingClock
from tests.people import People

ODD = "xyzzy plugh frobnicate"
ASKED = ("hoi phi nam nay bao nhieu", "vay von nuoi bo", "muon vao hoi thi lam sao", "chuyen xa la gi")

Read = Callable[[], Awaitable[Book]]


@dataclass(slots=True)
class Place:
    """A Union with the starting bank, and the lines of its units."""

    people: People
    commune: tuple[int, ...]
    branch: tuple[int, ...]
    other: tuple[int, ...]


@pytest.fixture
async def place(database: Database, clock: MovingClock) -> Place:
    settled = await people.settle(database, clock())
    async with database.writing() as connection:
        await load_starting_content(connection, now=clock())
        return Place(
            settled,
            await units.line(connection, settled.commune_id),
            await units.line(connection, settled.branch_id),
            await units.line(connection, settled.other_commune_id),
        )


@pytest.fixture
def read(database: Database, clock: MovingClock) -> Read:
    book = AnswerBook(clock)

    async def current() -> Book:
        for _ in range(2):  # Once to see what is new, once more with the matchers that know it.
            async with database.reading() as connection:
                found = await book.current(connection)
            await book.caught_up()
        return found

    return current


async def _write(
    database: Database,
    clock: MovingClock,
    entry_id: str,
    unit_id: int | None,
    *phrasings: str,
    **columns: object,
) -> None:
    kept = {
        "certainty": "A",
        "needs_local_check": False,
        "escalate": "none",
        "sensitive": "none",
        "is_on": True,
    }
    async with database.writing() as connection:
        await connection.execute(
            sa.insert(entries).values(
                id=entry_id, topic="hoi_phi", position=900, source="", unit_id=unit_id,
                updated_at=clock(), **(kept | columns),
            )
        )  # fmt: skip
        question, *others = phrasings
        await connection.execute(
            sa.insert(entry_texts).values(
                entry_id=entry_id,
                language="vi",
                question=question,
                answer="Ở xã mình khác.",
                phrasings=others,
            )
        )
        await versions.has_changed(connection, versions.ENTRIES)


async def test_line_goes_from_the_top_down(database: Database, place: Place) -> None:
    settled = place.people
    assert place.branch == (settled.province_id, settled.commune_id, settled.branch_id)
    async with database.reading() as connection:
        assert await units.line(connection, None) == ()
        assert await units.line(connection, 99_999) == ()


async def test_own_entry_is_found_in_its_unit_and_below_and_by_nobody_else(
    database: Database, clock: MovingClock, place: Place, read: Read
) -> None:
    await _write(database, clock, "RIENG-01", place.people.commune_id, ODD)
    book = await read()
    for line in (place.commune, place.branch):
        found = book.search(ODD, at=line)[0]
        assert (found.entry_id, found.confidence > 0.8) == ("RIENG-01", True)
    for line in ((), place.other, place.other[:1]):
        assert "RIENG-01" not in {match.entry_id for match in book.search(ODD, 20, at=line)}


async def test_entries_of_other_units_change_nothing_for_anybody_else(
    database: Database, clock: MovingClock, place: Place, read: Read
) -> None:
    before = await read()
    said = {(text, line): before.search(text, 9, at=line) for text in ASKED for line in ((), place.other)}
    for number, text in enumerate(ASKED, 1):
        await _write(database, clock, f"RIENG-0{number}", place.people.commune_id, text, f"{text} {ODD}")
    after = await read()
    assert after.matchers.general is before.matchers.general
    assert {key: after.search(key[0], 9, at=key[1]) for key in said} == said


async def test_own_entry_lends_its_words_and_is_given_in_place_of_the_general_one(
    database: Database, clock: MovingClock, place: Place, read: Read
) -> None:
    settled = place.people
    await _write(database, clock, "RIENG-01", settled.commune_id, ODD, stands_for="FEE-01")
    await _write(database, clock, "RIENG-02", settled.branch_id, "Hội phí chi hội", stands_for="FEE-01")
    book = await read()
    general = book.entries["FEE-01"]
    assert book.search(ODD, at=place.branch)[0].entry_id == "FEE-01"
    given = [
        book.in_place_of(general, line).entry_id for line in ((), place.other, place.commune, place.branch)
    ]
    assert given == ["FEE-01", "FEE-01", "RIENG-01", "RIENG-02"]
    assert [match.entry_id for match in book.search(ODD, at=place.other)][:1] != ["FEE-01"]
    listed = {entry.entry_id for entry in book.of_topics(("hoi_phi",), at=place.commune)}
    assert ("RIENG-01" in listed, "RIENG-02" in listed, "FEE-01" in listed) == (True, False, False)


async def test_own_entry_that_is_off_leaves_the_one_above_it_in_its_place(
    database: Database, clock: MovingClock, place: Place, read: Read
) -> None:
    settled = place.people
    await _write(database, clock, "RIENG-01", settled.commune_id, "Hội phí xã", stands_for="FEE-01")
    await _write(
        database, clock, "RIENG-02", settled.branch_id, "Hội phí chi hội", stands_for="FEE-01", is_on=False
    )
    book = await read()
    assert book.in_place_of(book.entries["FEE-01"], place.branch).entry_id == "RIENG-01"


async def test_what_stands_for_a_private_entry_is_as_private(
    database: Database, clock: MovingClock, place: Place, read: Read
) -> None:
    await _write(database, clock, "RIENG-01", place.people.commune_id, "Bạo lực báo đâu", stands_for="DV-02")
    book = await read()
    general = book.entries["DV-02"]
    given = book.in_place_of(general, place.commune)
    assert (given.entry_id, given.is_sensitive, given.escalate) == ("RIENG-01", True, general.escalate)
    assert book.entries["RIENG-01"] == given  # Also where she picks it from a list.


async def test_entry_is_off_from_the_midnight_after_its_last_day_in_vietnam(
    database: Database, clock: MovingClock, place: Place, read: Read
) -> None:
    today = date(2026, 11, 23)  # The clock stands at nine in the morning there.
    await _write(database, clock, "RIENG-01", None, ODD, expires_on=today)
    assert (await read()).entries["RIENG-01"].is_on
    clock.move(timedelta(hours=14, minutes=59))
    assert (await read()).entries["RIENG-01"].is_on
    clock.move(timedelta(minutes=1))
    book = await read()
    assert not book.entries["RIENG-01"].is_on
    assert book.search(ODD)[0].entry_id == "RIENG-01"  # So that she is offered a cadre, not its neighbour.


async def test_book_names_source_and_day(database: Database, place: Place, read: Read) -> None:
    entry = (await read()).entries["INS-02"]
    assert (entry.cites, entry.cites_on) == ("Luật Dân số 2025", date(2026, 7, 1))


async def test_constants_in_force_count_at_once_and_can_be_taken_back(
    database: Database, clock: MovingClock, place: Place, read: Read
) -> None:
    await _write(database, clock, "RIENG-01", place.people.commune_id, ODD)
    before = await read()
    doubtful = Calibration((-9.0, *[0.0] * (len(SHIPPED.weights) - 1)), clock().date())
    async with database.writing() as connection:
        await calibrations.put_in_force(connection, doubtful, {}, staff_id=None, now=clock())
    after = await read()
    for line in ((), place.commune):
        assert after.search(ASKED[0], at=line)[0].confidence < 0.01
    async with database.writing() as connection:
        assert await calibrations.in_force(connection) == doubtful
        assert await calibrations.back(connection) is not None
        assert await calibrations.back(connection) is None
    assert (await read()).search(ASKED[0]) == before.search(ASKED[0])


async def test_constants_for_other_signs_are_passed_over(database: Database, clock: MovingClock) -> None:
    async with database.writing() as connection:
        short = Calibration((1.0, 2.0), clock().date())
        await calibrations.put_in_force(connection, short, {}, staff_id=None, now=clock())
        assert await calibrations.in_force(connection) == SHIPPED
