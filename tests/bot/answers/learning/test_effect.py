"""What a change of an entry would do, said before it is done."""

import time
from datetime import timedelta

import pytest
import sqlalchemy as sa

from bot.answers.book import AnswerBook, Book
from bot.answers.kept_entries import EntryText, KeptEntry
from bot.answers.ladder import Rung
from bot.answers.learning import effect
from bot.answers.learning.effect import Change, Effect
from bot.answers.learning.sight import EVERYTHING
from bot.starting_content import load_starting_content
from bot.store import versions
from bot.store.database import Database
from bot.store.tables import askings, entries, entry_texts, units
from bot.store.tables.askings import Outcome
from tests import people
from tests.bot.answers.learning.askings import add_asking
from tests.bot.answers.learning.invented_askings import NEEDS
from tests.conftest import MovingClock
from tests.people import People

SEWING = NEEDS[0]


@pytest.fixture
async def union(database: Database, clock: MovingClock) -> People:
    async with database.writing() as connection:
        await load_starting_content(connection, now=clock())
    return await people.settle(database, clock())


async def _book(database: Database, clock: MovingClock) -> Book:
    async with database.reading() as connection:
        return await AnswerBook(clock).current(connection)


async def _effect(
    database: Database, clock: MovingClock, change: Change, sight: str = EVERYTHING, **options: timedelta
) -> Effect:
    book = await _book(database, clock)
    async with database.reading() as connection:
        return await effect.of_change(connection, book, change, sight, now=clock(), **options)


def _new(question: str, *phrasings: str, unit_id: int | None = None, stands_for: str | None = None) -> Change:
    texts = {"vi": EntryText(question, "Dạ, hội có ba máy khâu cho mượn.", is_reviewed=True)}
    entry = KeptEntry("RIENG-77", "hoi_vien", True, "none", "none", texts, unit_id, stands_for)
    return Change(entry, (question, *phrasings))


async def test_a_new_entry_answers_what_had_no_answer_and_says_so_by_count(
    database: Database, union: People, clock: MovingClock
) -> None:
    async with database.writing() as connection:
        for text in (SEWING[0], *SEWING, NEEDS[1][0]):
            await add_asking(connection, text, at=clock())
        await add_asking(connection, "", at=clock())
        await add_asking(connection, "lâu rồi", at=clock() - timedelta(days=91))
    found = await _effect(database, clock, _new("Hội có cho mượn máy khâu không?", *SEWING[:3]))
    assert (found.asked, found.is_cut, found.lost) == (8, False, 0)
    shifts = {shift.text: shift for shift in found.shifts}
    assert set(SEWING) >= set(shifts) >= set(SEWING[:3])
    assert shifts[SEWING[0]].count == 2
    assert found.shifts[0].text == SEWING[0]  # What is asked most stands first.
    assert shifts[SEWING[0]].before.rung is not Rung.ANSWER
    assert shifts[SEWING[0]].after.entry_ids == ("RIENG-77",)
    assert found.gained == sum(shift.count for shift in found.shifts)


async def test_nothing_is_changed_by_looking(database: Database, union: People, clock: MovingClock) -> None:
    async with database.reading() as connection:
        before = await versions.version_of(connection, versions.ENTRIES)
    await _effect(database, clock, _new("Hội có cho mượn máy khâu không?"))
    async with database.reading() as connection:
        assert await versions.version_of(connection, versions.ENTRIES) == before
        assert not await connection.scalar(sa.select(sa.func.count()).where(entries.c.id == "RIENG-77"))


async def test_an_answer_that_another_entry_would_take_is_a_loss_and_stands_first(
    database: Database, union: People, clock: MovingClock
) -> None:
    book = await _book(database, clock)
    mine = next(entry for entry in book.entries.values() if entry.is_on and entry.unit_id is None)
    asked = book.matchers.askable.general[mine.entry_id].phrasings[:4]
    async with database.writing() as connection:
        await add_asking(connection, SEWING[0], at=clock())
        await add_asking(connection, SEWING[0], at=clock())
        await add_asking(
            connection, asked[0], at=clock(), outcome=Outcome.ANSWERED, entry_id=mine.entry_id, is_clear=True
        )
    greedy = _new("Hội có cho mượn máy khâu không?", SEWING[0], *asked, *asked)
    found = await _effect(database, clock, greedy)
    assert found.shifts[0].is_loss
    assert (found.shifts[0].text, found.shifts[0].clear, found.lost) == (asked[0], 1, 1)
    assert found.shifts[0].before.entry_ids == (mine.entry_id,)
    assert (mine.entry_id, False) in {(one.entry_id, one.is_of_other) for one in found.collisions}


async def test_a_phrasing_of_another_entry_that_would_find_this_one_is_told(
    database: Database, union: People, clock: MovingClock
) -> None:
    book = await _book(database, clock)
    mine = next(entry for entry in book.entries.values() if entry.is_on and entry.unit_id is None)
    theirs = book.matchers.askable.general[mine.entry_id].phrasings
    found = await _effect(database, clock, _new("Hội có cho mượn máy khâu không?", *theirs[1:], *theirs[1:]))
    assert {one.entry_id for one in found.collisions if one.is_of_other} == {mine.entry_id}
    assert {one.phrasing for one in found.collisions if one.is_of_other} <= set(theirs)


async def test_more_phrasings_for_an_entry_that_is_there(
    database: Database, union: People, clock: MovingClock
) -> None:
    entry = next(one for one in (await _book(database, clock)).entries.values() if one.is_on)
    async with database.writing() as connection:
        await add_asking(connection, SEWING[0], at=clock())
    async with database.reading() as connection:
        change = await effect.with_phrasings(connection, entry, [SEWING[0]])
    assert change.phrasings[0] == entry.texts["vi"].question
    assert SEWING[0] in change.phrasings
    [shift] = (await _effect(database, clock, change)).shifts
    assert (shift.after.rung, shift.after.entry_ids) == (Rung.ANSWER, (entry.entry_id,))


async def test_of_an_entry_that_is_off_it_tells_what_would_change_once_it_is_on(
    database: Database, union: People, clock: MovingClock
) -> None:
    entry = next(one for one in (await _book(database, clock)).entries.values() if not one.is_on)
    async with database.writing() as connection:
        await add_asking(connection, SEWING[0], at=clock())
    async with database.reading() as connection:
        change = await effect.with_phrasings(connection, entry, [SEWING[0]])
    found = await _effect(database, clock, change)
    [shift] = found.shifts
    assert (shift.after.rung, shift.after.entry_ids) == (Rung.ANSWER, (entry.entry_id,))
    assert found.gained == 1


async def test_a_units_own_entry_changes_nothing_for_others(
    database: Database, union: People, clock: MovingClock
) -> None:
    async with database.writing() as connection:
        await add_asking(connection, SEWING[0], at=clock(), unit_id=union.branch_id)
        await add_asking(connection, SEWING[1], at=clock(), unit_id=union.other_commune_id)
        await add_asking(connection, SEWING[2], at=clock())
        path = await connection.scalar(sa.select(units.c.path).where(units.c.id == union.other_commune_id))
    change = _new("Hội có cho mượn máy khâu không?", *SEWING[:3], unit_id=union.commune_id)
    found = await _effect(database, clock, change)
    assert [shift.text for shift in found.shifts] == [SEWING[0]]
    assert found.asked == 3
    assert (await _effect(database, clock, change, str(path))).asked == 1


async def test_an_entry_in_the_place_of_a_general_one_takes_over_its_answers_there(
    database: Database, union: People, clock: MovingClock
) -> None:
    book = await _book(database, clock)
    general = next(entry for entry in book.entries.values() if entry.is_on and entry.unit_id is None)
    asked = book.matchers.askable.general[general.entry_id].phrasings[0]
    async with database.writing() as connection:
        for unit in (union.branch_id, union.other_commune_id):
            await add_asking(connection, asked, at=clock(), unit_id=unit)
    own = _new("Ở xã em thì sao?", unit_id=union.commune_id, stands_for=general.entry_id)
    [shift] = (await _effect(database, clock, own)).shifts
    assert (shift.before.entry_ids, shift.after.entry_ids) == ((general.entry_id,), ("RIENG-77",))
    assert shift.count == 1


async def test_what_takes_too_long_is_cut_and_said_so(
    database: Database, union: People, clock: MovingClock
) -> None:
    async with database.writing() as connection:
        await add_asking(connection, SEWING[0], at=clock())
    found = await _effect(
        database, clock, _new("Hội có cho mượn máy khâu không?"), patience=timedelta(seconds=-1)
    )
    assert (found.asked, found.is_cut) == (0, True)


@pytest.mark.parametrize("fresh_database", ["sqlite"], indirect=True)
async def test_two_thousand_askings_of_three_hundred_entries_are_tried_within_an_officers_patience(
    database: Database, union: People, clock: MovingClock
) -> None:
    async with database.writing() as connection:
        known = (await connection.execute(sa.select(entries))).mappings().all()
        texts = (
            (await connection.execute(sa.select(entry_texts).where(entry_texts.c.language == "vi")))
            .mappings()
            .all()
        )
        topic = known[0]
        for n in range(300 - len(known)):
            phrasings = [
                f"{words} {texts[(n * 7) % len(texts)]['question']}" for words in NEEDS[n % len(NEEDS)]
            ]
            new = f"MADE-{n:03}"
            await connection.execute(sa.insert(entries).values({**topic, "id": new}))
            await connection.execute(
                sa.insert(entry_texts).values(
                    entry_id=new, language="vi", question=phrasings[0], answer="Dạ.", phrasings=phrasings
                )
            )
        words = [text for need in NEEDS for text in need]
        row = {"language": "vi", "outcome": Outcome.NO_ANSWER, "at": clock()}
        rows = [row | {"text": f"{words[n % len(words)]} {n // len(words)} giờ"} for n in range(2000)]
        await connection.execute(sa.insert(askings), rows)
    began = time.process_time()
    found = await _effect(database, clock, _new("Hội có cho mượn máy khâu không?", *SEWING))
    assert time.process_time() - began < 12  # It gives up by itself; the rest is reading and building.
    assert found.asked
    assert found.is_cut == (found.asked < 2000)
