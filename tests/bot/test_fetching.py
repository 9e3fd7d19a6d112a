"""What people send is fetched once, early, and given up only for good."""

import asyncio
from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection
from structlog.testing import capture_logs

from bot import files
from bot.channels.contract import FetchError, FileKind, Incoming, IncomingKind, RemoteFile
from bot.fetching import Fetcher
from bot.store.database import Database
from bot.store.tables import contacts
from bot.store.tables import files as file_rows
from bot.turn import Turn
from tests import people
from tests.chat import Chat
from tests.conftest import MovingClock
from tests.fakes import FakeChannel
from tests.people import People

PICTURE = b"\xff\xd8\xff\xe0 a made-up picture"
REMOTE = RemoteFile(FileKind.IMAGE, "key-1", 'C:\\anh\\a"n\r\nh.jpg')
AWAY = FetchError("no_connection", is_final=False)


class Noted:
    """Notes what it is told; raises what it is given to raise, once."""

    def __init__(self) -> None:
        self.fetched: list[int] = []
        self.given_up: list[int] = []
        self.trouble: Exception | None = None

    async def on_fetched(self, connection: AsyncConnection, file_id: int) -> None:
        assert await files.read(connection, file_id) is not None
        trouble, self.trouble = self.trouble, None
        if trouble is not None:
            raise trouble
        self.fetched.append(file_id)

    async def on_given_up(self, connection: AsyncConnection, file_id: int) -> None:
        assert await files.read(connection, file_id) is None
        self.given_up.append(file_id)


class House:
    """A union, a channel, and fetchers that share the database."""

    def __init__(self, database: Database, clock: MovingClock, union: People) -> None:
        self.database = database
        self.clock = clock
        self.union = union
        self.channel = FakeChannel(union.account_id)
        self.noted = Noted()
        self.done = 0

    async def fetcher(self) -> Fetcher:
        fetcher = Fetcher(
            self.database, clock=self.clock, most_bytes=1000, concern=self.noted, on_done=self._count
        )
        await fetcher.start({self.union.account_id: self.channel})
        return fetcher

    async def ready(self) -> Fetcher:
        """One that does nothing by itself."""
        fetcher = await self.fetcher()
        await fetcher.stop()
        return fetcher

    async def wants(self, remote: RemoteFile = REMOTE, **values: Any) -> int:
        hoa = await people.contact_of(self.database, self.union.account_id, "hoa")
        async with self.database.writing() as connection:
            return await files.want(connection, hoa, remote, now=self.clock(), **values)

    async def row(self, file_id: int) -> dict[str, Any]:
        async with self.database.reading() as connection:
            found = await connection.execute(sa.select(file_rows).where(file_rows.c.id == file_id))
            return dict(found.mappings().one())

    def _count(self) -> None:
        self.done += 1


@pytest.fixture
async def house(database: Database, clock: MovingClock) -> House:
    return House(database, clock, await people.settle(database, clock()))


async def test_what_is_wanted_is_fetched_and_its_key_forgotten(house: House) -> None:
    house.channel.files["key-1"] = [PICTURE]
    file_id = await house.wants()
    assert await (await house.ready()).fetch_due() == 1
    async with house.database.reading() as connection:
        file = await files.read(connection, file_id)
    assert file is not None
    assert (file.kind, file.name, file.media_type, file.data) == (
        FileKind.IMAGE, "an h.jpg", "image/jpeg", PICTURE,
    )  # fmt: skip
    assert len(file.sha256) == 64
    row = await house.row(file_id)
    assert (row["source"], row["next_at"], row["error"]) == ("", None, "")
    assert (house.noted.fetched, house.done) == ([file_id], 1)


async def test_nothing_is_done_where_nothing_is_wanted(house: House) -> None:
    assert await (await house.ready()).fetch_due() == 0
    assert house.done == 0


async def test_a_platform_that_is_away_is_asked_again_later_and_later(
    house: House, clock: MovingClock
) -> None:
    house.channel.files["key-1"] = [AWAY, AWAY, PICTURE]
    file_id = await house.wants()
    fetcher = await house.ready()
    assert [await fetcher.fetch_due(), await fetcher.fetch_due()] == [1, 0]
    assert (await house.row(file_id))["error"] == "no_connection"
    clock.move(timedelta(seconds=5))
    assert [await fetcher.fetch_due(), await fetcher.fetch_due()] == [1, 0]
    clock.move(timedelta(seconds=30))
    assert await fetcher.fetch_due() == 1
    assert house.noted.fetched == [file_id]


@pytest.mark.parametrize(
    ("answers", "tries", "code"),
    [
        ([FetchError("too_large", is_final=True)], 1, "too_large"),
        ([AWAY] * 20, 8, "no_connection"),
        ([RuntimeError("broken")] * 20, 8, "internal"),
    ],
    ids=["refused for good", "away for long", "broken"],
)
async def test_what_cannot_be_fetched_is_given_up_and_said(
    house: House, clock: MovingClock, answers: Sequence[bytes | Exception], tries: int, code: str
) -> None:
    house.channel.files["key-1"] = list(answers)
    file_id = await house.wants()
    fetcher = await house.ready()
    done = 0
    with capture_logs():  # Printing a traceback takes its time.
        for _ in range(12):
            done += await fetcher.fetch_due()
            clock.move(timedelta(minutes=11))
    assert done == tries
    row = await house.row(file_id)
    assert (row["source"], row["next_at"], row["error"], row["data"]) == ("", None, code, None)
    assert (house.noted.given_up, house.noted.fetched) == ([file_id], [])


async def test_a_file_that_could_not_be_handed_on_is_fetched_once_more(
    house: House, clock: MovingClock
) -> None:
    house.channel.files["key-1"] = [PICTURE, PICTURE]
    house.noted.trouble = RuntimeError("the database was away")
    file_id = await house.wants()
    fetcher = await house.ready()
    with capture_logs() as lines:
        await fetcher.fetch_due()
    assert [line["event"] for line in lines] == ["file_not_taken_in", "file_not_fetched"]
    assert (await house.row(file_id))["data"] is None
    clock.move(timedelta(seconds=5))
    await fetcher.fetch_due()
    assert house.noted.fetched == [file_id]


async def test_two_processes_fetch_a_file_once(house: House) -> None:
    house.channel.files = {f"key-{n}": [PICTURE] for n in range(6)}
    wanted = [await house.wants(RemoteFile(FileKind.IMAGE, f"key-{n}")) for n in range(6)]
    fetchers = [await house.ready(), await house.ready()]
    for _ in range(3):
        await asyncio.gather(*(fetcher.fetch_due() for fetcher in fetchers))
    assert sorted(house.noted.fetched) == wanted
    assert not house.noted.given_up


async def test_what_a_process_died_with_is_due_again(house: House, clock: MovingClock) -> None:
    file_id = await house.wants()
    async with house.database.writing() as connection:  # As it stands while somebody fetches.
        until = clock() + timedelta(minutes=3)
        await connection.execute(sa.update(file_rows).values(next_at=until, attempts=1))
    house.channel.files["key-1"] = [PICTURE]
    fetcher = await house.ready()
    assert await fetcher.fetch_due() == 0
    clock.move(timedelta(minutes=4))
    assert await fetcher.fetch_due() == 1
    assert house.noted.fetched == [file_id]


async def test_what_was_erased_while_it_was_fetched_stays_erased(house: House) -> None:
    file_id = await house.wants()

    class Slow(FakeChannel):
        async def fetch(self, file: RemoteFile, *, most_bytes: int) -> bytes:
            async with house.database.writing() as connection:
                await connection.execute(sa.delete(contacts).where(contacts.c.address == "hoa"))
            return PICTURE

    house.channel = Slow(house.union.account_id)
    await (await house.ready()).fetch_due()
    async with house.database.reading() as connection:
        assert await files.read(connection, file_id) is None
        assert (await connection.execute(sa.select(sa.func.count()).select_from(file_rows))).scalar() == 0
    assert house.noted.fetched == []


async def test_a_running_fetcher_is_woken(house: House) -> None:
    house.channel.files["key-1"] = [PICTURE]
    fetcher = await house.fetcher()
    try:
        file_id = await house.wants()
        fetcher.wake()
        async with asyncio.timeout(20):
            while not house.noted.fetched:
                await asyncio.sleep(0.01)
    finally:
        await fetcher.stop()
    assert house.noted.fetched == [file_id]


# What of a turn is wanted


async def wanted_of(house: House, *, quiet: bool = False, private: bool = False, count: int = 1, **given: Any) -> int:  # fmt: skip
    async def handle(turn: Turn) -> None:
        if private:
            turn.hide_words()

    async with house.database.writing() as connection:
        await connection.execute(sa.update(contacts).values(is_quiet=quiet))
    chat = Chat(house.database, handle, house.union.account_id, "hoa", house.clock)
    sent = {"media": "photo", "files": (REMOTE,) * count} | given
    await chat.incoming(sent.pop("kind", IncomingKind.MEDIA), **sent)
    async with house.database.reading() as connection:
        rows = (await connection.execute(sa.select(file_rows))).all()
    assert all(row.interaction_id is not None for row in rows)
    return len(rows)


@pytest.mark.parametrize(
    ("given", "count"),
    [
        ({}, 1),
        ({"count": 3}, 3),
        ({"count": 50}, 10),
        ({"kind": IncomingKind.TEXT, "text": "chào"}, 1),
        ({"private": True}, 0),
        ({"quiet": True}, 0),
        ({"kind": IncomingKind.TAKEN_OVER, "text": "chào"}, 0),
        ({"kind": IncomingKind.EDITED, "text": "chào"}, 0),
        ({"files": ()}, 0),
    ],
    ids=str,
)
async def test_of_a_turn_is_wanted_what_she_sent_and_is_not_private(
    house: House, given: dict[str, Any], count: int
) -> None:
    assert await wanted_of(house, **given) == count


def test_the_incoming_of_the_tests_is_a_real_one() -> None:
    assert Incoming("hoa", IncomingKind.MEDIA, files=(REMOTE,)).files == (REMOTE,)


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("../../etc/passwd", "passwd"),
        ("C:\\x\\giấy tờ.pdf", "giấy tờ.pdf"),
        ('a"; filename="b.exe', "a; filename=b.exe"),
        ("a\r\nSet-Cookie: x", "a Set-Cookie: x"),
        ("", ""),
    ],
)
def test_a_name_is_only_a_name(name: str, shown: str) -> None:
    assert files.shown_name(name) == shown
