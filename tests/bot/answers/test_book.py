"""The book in memory: what entries say is true at once, how people ask as soon as the index is built."""

import asyncio
import threading
from datetime import date

import pytest
import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.answers import book as books
from bot.answers import kept_entries
from bot.answers.book import AnswerBook, Book
from bot.answers.confidence import Calibration
from bot.answers.kept_entries import Kept
from bot.answers.matchers import Askable, Matchers
from bot.starting_content import load_starting_content
from bot.store import versions
from bot.store.database import Database
from bot.store.tables import entries, entry_texts
from tests.conftest import MovingClock

ASKED = "quy trình xyzzy plugh"


@pytest.fixture
async def loaded(database: Database, clock: MovingClock) -> Database:
    async with database.writing() as connection:
        await load_starting_content(connection, now=clock())
    return database


async def _read(database: Database, book: AnswerBook) -> Book:
    async with database.reading() as connection:
        return await book.current(connection)


async def _ask_differently(database: Database, entry_id: str) -> None:
    async with database.writing() as connection:
        its = sa.and_(entry_texts.c.entry_id == entry_id, entry_texts.c.language == "vi")
        await connection.execute(sa.update(entry_texts).where(its).values(phrasings=[ASKED]))
        await versions.has_changed(connection, versions.ENTRIES)


async def test_switching_an_entry_builds_no_index(loaded: Database) -> None:
    book = AnswerBook()
    before = await _read(loaded, book)
    entry_id = next(iter(before.entries))
    async with loaded.writing() as connection:
        its = sa.update(entries).where(entries.c.id == entry_id)
        await connection.execute(its.values(is_on=not before.entries[entry_id].is_on))
        await versions.has_changed(connection, versions.ENTRIES)
    after = await _read(loaded, book)
    assert after.entries[entry_id].is_on is not before.entries[entry_id].is_on
    assert after.matchers.general is before.matchers.general


async def test_the_old_index_serves_while_the_new_one_is_built_once(
    loaded: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    book = AnswerBook()
    before = await _read(loaded, book)
    first, second, *_ = before.entries
    release, builds = threading.Event(), 0
    build = books._build

    def slow(askable: Askable, calibration: Calibration, before: Matchers | None) -> Matchers:
        nonlocal builds
        builds += 1
        assert release.wait(20)
        return build(askable, calibration, before)

    monkeypatch.setattr(books, "_build", slow)
    try:
        await _ask_differently(loaded, first)
        served = await _read(loaded, book)
        assert served.matchers.general is before.matchers.general
        assert ASKED not in served.entries[first].text("vi").question
        await asyncio.gather(*(_read(loaded, book) for _ in range(3)))
        await _ask_differently(loaded, second)
        await _read(loaded, book)
    finally:
        release.set()
    await book.caught_up()
    assert builds == 2
    after = await _read(loaded, book)
    assert {match.entry_id for match in after.search(ASKED, 2)} == {first, second}


async def test_an_entry_that_is_gone_is_not_found_by_the_old_index(loaded: Database) -> None:
    book = AnswerBook()
    before = await _read(loaded, book)
    entry_id, entry = next(iter(before.entries.items()))
    question = entry.text("vi").question
    assert before.search(question)[0].entry_id == entry_id
    async with loaded.writing() as connection:
        await connection.execute(sa.delete(entry_texts).where(entry_texts.c.entry_id == entry_id))
        await versions.has_changed(connection, versions.ENTRIES)
    assert entry_id not in {match.entry_id for match in (await _read(loaded, book)).search(question)}
    await book.caught_up()


async def test_a_build_that_fails_leaves_the_old_index_in_service_and_says_so(
    loaded: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    book = AnswerBook()
    before = await _read(loaded, book)
    first, second, *_ = before.entries
    assert book.build_error is None
    with monkeypatch.context() as broken:
        broken.setattr(books, "_build", _fail)
        await _ask_differently(loaded, first)
        await _read(loaded, book)
        await book.caught_up()
    assert book.build_error == books.NOT_BUILT
    assert (await _read(loaded, book)).matchers.general is before.matchers.general
    await _ask_differently(loaded, second)
    await _read(loaded, book)
    await book.caught_up()
    assert book.build_error is None
    assert {match.entry_id for match in (await _read(loaded, book)).search(ASKED, 2)} == {first, second}


async def test_without_any_index_nothing_is_found_and_nothing_breaks(
    loaded: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(books, "_build", _fail)
    book = AnswerBook()
    read = await _read(loaded, book)
    assert read.search("hội phí bao nhiêu") == []
    assert read.entries
    assert book.build_error == books.NOT_BUILT


def _fail(*_: object) -> Matchers:
    raise MemoryError


async def test_an_answer_that_changes_is_read_by_the_index_too(loaded: Database) -> None:
    book = AnswerBook()
    before = await _read(loaded, book)
    entry_id = next(iter(before.entries))
    async with loaded.writing() as connection:
        its = sa.and_(entry_texts.c.entry_id == entry_id, entry_texts.c.language == "vi")
        await connection.execute(sa.update(entry_texts).where(its).values(answer="Chị xem ở bảng tin."))
        await versions.has_changed(connection, versions.ENTRIES)
    await _read(loaded, book)
    await book.caught_up()
    assert (await _read(loaded, book)).matchers.general is not before.matchers.general


async def test_a_hundred_changes_while_fifty_ask_stop_nobody(loaded: Database) -> None:
    book = AnswerBook()
    ids = list((await _read(loaded, book)).entries)
    answered = 0

    async def ask() -> None:
        nonlocal answered
        for _ in range(10):
            assert (await _read(loaded, book)).search("vay von nuoi bo")
            answered += 1

    async def change() -> None:
        for at in range(100):
            await _ask_differently(loaded, ids[at % len(ids)])

    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(change())
        for _ in range(50):
            tasks.create_task(ask())
    await _read(loaded, book)
    await book.caught_up()
    assert answered == 500
    assert {match.entry_id for match in (await _read(loaded, book)).search(ASKED)} <= set(ids)


async def test_no_change_of_the_bank_builds_where_members_wait(
    loaded: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The loop serves everybody: what takes long runs in another thread, at the start as well as after each change."""
    loop_thread, threads = threading.get_ident(), set[int]()
    build = Matchers.build

    def noted(askable: Askable, calibration: Calibration, before: Matchers | None) -> Matchers:
        threads.add(threading.get_ident())
        return build(askable, calibration, before)

    monkeypatch.setattr(Matchers, "build", noted)
    book = AnswerBook()
    ids = list((await _read(loaded, book)).entries)
    for entry_id in ids[:3]:
        await _ask_differently(loaded, entry_id)
        await _read(loaded, book)
        await book.caught_up()
    assert threads
    assert loop_thread not in threads


async def test_many_who_ask_at_once_read_a_change_once(
    loaded: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    book = AnswerBook()
    first = next(iter((await _read(loaded, book)).entries))
    reads = 0
    read = kept_entries.read

    async def counted(connection: AsyncConnection, today: date) -> Kept:
        nonlocal reads
        reads += 1
        return await read(connection, today)

    monkeypatch.setattr(kept_entries, "read", counted)
    await _ask_differently(loaded, first)
    await asyncio.gather(*(_read(loaded, book) for _ in range(20)))
    await book.caught_up()
    assert reads == 1
