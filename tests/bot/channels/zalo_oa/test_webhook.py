"""Zalo's one address of ours: what is signed is kept once, everything is answered in time, nothing else leaves a trace."""

import asyncio
import io
import json
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from bot.channels.contract import IncomingKind
from bot.channels.zalo_oa.signature import HEADER, Keys
from bot.channels.zalo_oa.webhook import ANSWER_WITHIN, KEEP_AGAIN
from bot.intake import IntakeFullError
from bot.retention import Retention
from bot.store.database import Database
from bot.store.tables import accounts, inbox
from bot.store.tables.accounts import AccountState
from tests import people
from tests.bot.channels.keeping import Deaf, Desk, Office
from tests.bot.channels.zalo_oa.incoming_fixtures import (
    Counted,
    Door,
    channels,
    connect_oa,
)
from tests.bot.channels.zalo_oa.payloads import (
    APP,
    HOA,
    JSON,
    KEYS,
    OA,
    SENT_MS,
    follow,
    from_her,
    of_oa,
    signed,
    text,
    written,
)
from tests.conftest import MovingClock
from tests.databases import SQLiteTemplate
from tests.emulators.clock import EmulatorClock
from tests.emulators.zalo_oa import ZaloOAEmulator

CHAO = written(text("chào"))
OTHER_OA = "7000000000000000002"


@pytest.fixture
async def books(sqlite_template: SQLiteTemplate) -> AsyncIterator[Database]:
    """A database of the quicker kind, for tests that are not about it."""
    async with sqlite_template.database() as opened:
        yield opened


@pytest.fixture
async def account_id(books: Database, clock: MovingClock) -> int:
    return await connect_oa(books, clock)


@pytest.fixture
async def door(books: Database, clock: MovingClock, account_id: int) -> AsyncIterator[Door]:
    async with Door(books, clock).open() as opened:
        yield opened


@pytest.fixture
def desk(door: Door) -> Desk:
    receiving = Desk()
    door.webhook.open(receiving.receive)
    return receiving


@pytest.fixture
def office(database: Database, clock: MovingClock) -> Office:
    return Office(database, clock)


# From Zalo to the handler


async def test_what_zalo_tells_is_kept_once_and_handled_in_order(
    database: Database, clock: MovingClock, office: Office
) -> None:
    async with ZaloOAEmulator(clock=EmulatorClock(clock)) as zalo:
        zalo.app.app_id, zalo.app.oa_secret_key = APP, KEYS.oa_secret_key
        zalo.world.apps = {APP: zalo.app}
        account_id = await connect_oa(database, clock, zalo.oa.oa_id)
        zalo.connect()
        hoa = zalo.user(name="Hoa")
        async with (
            Door(database, clock).open() as door,
            office.open(channels(account_id)) as intake,
        ):
            door.webhook.open(intake.receive)
            assert await zalo.app.webhook.saves(door.url)  # With the console's unsigned try.
            zalo.app.webhook.doubles(3)
            zalo.app.timestamps_as_numbers = True
            await hoa.follows()
            await hoa.says("chào em")
            await hoa.sends_image(caption="giấy này")
            zalo.app.timestamps_as_numbers = False
            zalo.admin_says(hoa, "Chị ơi, em là An")
            await hoa.reacts("f0e1")
            await hoa.submits_info()
            await zalo.events_taken()
            async with asyncio.timeout(20):
                while len(office.understood) < 6:
                    await asyncio.sleep(0.01)
        rows = await office.rows()
    assert [each.kind for each in office.understood] == [
        IncomingKind.FOLLOWED, IncomingKind.TEXT, IncomingKind.MEDIA, IncomingKind.TAKEN_OVER, IncomingKind.REACTED,
        IncomingKind.PHONE,
    ]  # fmt: skip
    assert {each.address for each in office.understood} == {hoa.user_id}
    assert {row.lane for row in rows} == {hoa.user_id}
    assert len(rows) == 6
    assert all(delivery.is_taken for delivery in zalo.app.webhook.deliveries)
    assert max(sent.took_s for each in zalo.app.webhook.deliveries for sent in each.tries) < 2


@pytest.mark.parametrize(
    "body",
    [
        CHAO,
        written(follow()),
        written(from_her("user_reacted_message", {"react_icon": ":>", "msg_id": "f0"})),
    ],
)
async def test_what_is_told_again_for_hours_is_kept_once(
    database: Database, clock: MovingClock, office: Office, body: bytes
) -> None:  # fmt: skip
    """Also when it has been handled long ago, and after old rows were forgotten."""
    await connect_oa(database, clock)
    async with Door(database, clock).open() as door, office.open() as intake:
        door.webhook.open(intake.receive)
        for minutes in (0, 1, 60, 120, 23 * 60):
            clock.moment = MovingClock().moment + timedelta(minutes=minutes)
            await Retention(database, clock, keep_messages=timedelta(days=90)).forget()
            assert await door.post(body) == 200
            async with database.writing() as connection:
                await connection.execute(sa.update(inbox).values(state="done"))
    assert len(await office.rows()) == 1


async def test_one_address_serves_every_account(books: Database, clock: MovingClock, door: Door) -> None:
    first = await books_account(books, OA)
    second = await connect_oa(books, clock, OTHER_OA)
    came: list[tuple[int, str]] = []

    async def receive(account_id: int, updates: Any) -> None:
        came.extend((account_id, update.event_id.partition(":")[0]) for update in updates)

    door.webhook.open(receive)
    clock.move(timedelta(seconds=5))
    for oa_id in (OA, OTHER_OA, "7000000000000000003"):
        assert await door.post(written(text("x", recipient={"id": oa_id}))) == 200
    body = written(follow(oa_id=int(OTHER_OA), follower={"id": 2**70}))
    assert await door.post(body) == 200
    assert came == [(first, "user_send_text"), (second, "user_send_text"), (second, "sha")]


async def books_account(database: Database, oa_id: str) -> int:
    async with database.reading() as connection:
        found = await connection.scalar(sa.select(accounts.c.id).where(accounts.c.external_id == oa_id))
    return int(found or 0)


async def test_an_account_is_known_soon_after_it_was_connected_and_not_after_it_was_closed(
    books: Database, clock: MovingClock, door: Door, desk: Desk
) -> None:
    counted = Counted()
    body = written(text("x", recipient={"id": OTHER_OA}))
    assert await door.post(body) == 200
    await connect_oa(books, clock, OTHER_OA)
    assert await door.post(body) == 200
    clock.move(timedelta(seconds=4))
    assert await door.post(body) == 200
    async with books.writing() as connection:
        await connection.execute(sa.update(accounts).values(state=AccountState.CLOSED))
    clock.move(timedelta(seconds=31))
    assert await door.post(body) == 200
    assert counted() == {"not_connected": 3, "taken": 1}
    assert len(desk.updates) == 1


async def test_an_account_whose_grant_is_dead_still_hears(books: Database, door: Door, desk: Desk) -> None:
    async with books.writing() as connection:
        await connection.execute(sa.update(accounts).values(state=AccountState.REFUSED))
    assert await door.post(CHAO) == 200
    assert desk.texts == ["chào"]


async def test_a_wish_to_be_erased_that_names_no_oa_reaches_the_account_that_knows_her(
    books: Database, clock: MovingClock, door: Door, account_id: int
) -> None:
    await connect_oa(books, clock, OTHER_OA)
    async with books.writing() as connection:
        await people.add_contact(connection, account_id, HOA, now=clock())
    came: list[tuple[int, str]] = []

    async def receive(account_id: int, updates: Any) -> None:
        came.extend((account_id, update.lane) for update in updates)

    door.webhook.open(receive)
    for user_id in (HOA, "9000000000000000002"):
        assert await door.post(written(of_oa("user_withdraw", oa_id=..., user_id=user_id))) == 200
    assert came == [(account_id, HOA)]


# Who calls

NUMBER = written(text("chào", timestamp=SENT_MS))
BIG = written(from_her("user_send_text", {"text": "x", "msg_id": 2**63 + 1}, sender={"id": 2**70}))


@pytest.mark.parametrize(
    ("body", "timestamp"),
    [
        (CHAO, str(SENT_MS)),
        (NUMBER, str(SENT_MS)),
        (NUMBER.replace(str(SENT_MS).encode(), f"{SENT_MS}.0".encode()), f"{SENT_MS}.0"),
        (BIG, str(SENT_MS)),
        (b" " + CHAO + b"\n", str(SENT_MS)),
        (json.dumps(text("chào")).encode(), str(SENT_MS)),
    ],
    ids=["text", "number", "number with a point", "ids beyond 2^53", "blanks around", "written otherwise"],
)
async def test_what_is_signed_over_its_very_bytes_is_taken(
    door: Door, desk: Desk, body: bytes, timestamp: str
) -> None:
    assert await door.post(body, signed(body, timestamp=timestamp)) == 200
    [update] = desk.updates
    assert update.lane in {HOA, str(2**70)}


INFINITE, ENDLESS = (CHAO[:-1] + b',"x":' + number + b"}" for number in (b"1e999", b"9" * 5000))
FORGED = [
    ("not signed", CHAO, {}, "unsigned"),
    ("signed by somebody else", CHAO, signed(CHAO, key="somebody else's"), "bad_signature"),
    ("signed with the app's secret", CHAO, signed(CHAO, key=KEYS.app_secret), "wrong_key"),
    ("signed in the OA's name", CHAO, signed(CHAO, first=OA), "wrong_first_term"),
    ("another's signature", CHAO, signed(written(text("khác"))), "bad_signature"),
    ("changed", CHAO.replace("chào".encode(), b"chao"), signed(CHAO), "bad_signature"),
    ("with another time", CHAO.replace(b'"1795', b'"1796'), signed(CHAO), "bad_signature"),
    ("written anew", json.dumps(text("chào")).encode(), signed(CHAO), "bad_signature"),
    ("no signature at all", CHAO, {HEADER: "\u1ea1"}, "bad_signature"),
    ("cut off", CHAO[:-20], signed(CHAO), "malformed"),
    ("cut off, well signed", CHAO[:-20], signed(CHAO[:-20]), "malformed"),
    ("of another app", written(text("x", app_id="1")), signed(written(text("x", app_id="1"))), "other_app"),
    ("of no app", written(text("x", app_id=...)), signed(written(text("x", app_id=...))), "other_app"),
    ("of another app, not signed", written(text("x", app_id="1")), {}, "probe"),
    ("the console's try", b"{}", {}, "probe"),
    ("an empty try", b"", {}, "malformed"),
    ("a page", b"<html></html>", {}, "malformed"),
    ("a list", b"[1, 2]", {}, "malformed"),
    ("no text at all", b"\xff\xfe\x00\x00", {}, "malformed"),
    ("no number", b'{"timestamp": NaN}', {}, "malformed"),
    ("a number that is none", b'{"timestamp": "1", "x": 1e999}', {}, "probe"),
    ("a number of too many digits", b'{"timestamp": "1", "x": ' + b"9" * 5000 + b"}", {}, "probe"),
    ("a number that is none, well signed", INFINITE, signed(INFINITE), "malformed"),
    ("a number of too many digits, well signed", ENDLESS, signed(ENDLESS), "malformed"),
    ("deep", b'{"x":' + b"[" * 100_000 + b"]" * 100_000 + b"}", {}, "malformed"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("body", "headers", "result"), [case[1:] for case in FORGED], ids=[case[0] for case in FORGED]
)
async def test_what_zalo_has_not_signed_is_answered_counted_and_nothing_more(
    door: Door, desk: Desk, body: bytes, headers: dict[str, str], result: str
) -> None:
    counted = Counted()
    assert await door.post(body, {"Content-Type": "application/json", **headers}) == 200
    assert desk.updates == []
    assert counted() == {result: 1}


@pytest.mark.parametrize("is_chunked", [False, True])
@pytest.mark.parametrize("size", [300_000, 1_500_000])
async def test_what_is_larger_than_any_event_is_not_even_read(
    door: Door, desk: Desk, is_chunked: bool, size: int
) -> None:
    counted = Counted()
    body = written(text("x" * size))
    assert await door.post(io.BytesIO(body), signed(body), chunked=is_chunked or None) == 200
    assert counted() == {"too_large": 1}
    assert desk.updates == []


async def test_a_caller_who_leaves_in_the_middle_disturbs_nobody(door: Door, desk: Desk) -> None:
    counted = Counted()
    for length in (len(CHAO) + 100, len(CHAO)):
        _, writer = await asyncio.open_connection("127.0.0.1", door.port)
        writer.write(
            f"POST {door.path} HTTP/1.1\r\nHost: x\r\n{HEADER}: {signed(CHAO)[HEADER]}\r\nContent-Length: {length}\r\n\r\n".encode()
            + CHAO[:-20]
        )
        await writer.drain()
        writer.close()
        await writer.wait_closed()
    async with asyncio.timeout(20):
        while counted().get("cut_off", 0) < 2:
            await asyncio.sleep(0.01)
    assert await door.post(CHAO) == 200
    assert desk.texts == ["chào"]


async def test_what_is_told_a_day_late_is_a_replay(door: Door, desk: Desk, clock: MovingClock) -> None:
    counted = Counted()
    clock.move(timedelta(hours=23, minutes=59))
    assert await door.post(CHAO) == 200
    clock.move(timedelta(minutes=2))
    assert await door.post(CHAO) == 200
    assert counted() == {"taken": 1, "old": 1}
    assert len(desk.updates) == 1


async def test_without_a_key_nothing_is_taken(books: Database, clock: MovingClock, account_id: int) -> None:
    desk = Desk()
    async with Door(books, clock, Keys(APP, "")).open() as door:
        door.webhook.open(desk.receive)
        for key in (KEYS.oa_secret_key, KEYS.app_secret):
            assert await door.post(CHAO, signed(CHAO, key=key)) == 200
        headers = signed(CHAO)
        headers[HEADER] = "mac=" + signed(CHAO, key="")[HEADER][4:]
        assert await door.post(CHAO, headers) == 200
        assert await door.troubles() == {"webhook_wrong_key": 1}
    assert desk.updates == []


# What officers are shown


async def test_officers_see_a_wrong_key_until_a_good_event_comes(
    door: Door, desk: Desk, clock: MovingClock
) -> None:
    wrong = signed(CHAO, key=KEYS.app_secret)
    assert await door.troubles() == {}
    for _ in range(3):
        await door.post(CHAO, wrong)
    assert await door.troubles() == {"webhook_wrong_key": 1}  # At most one line a minute is written.
    clock.move(timedelta(minutes=1))
    await door.post(CHAO, signed(CHAO, first=OA))
    assert await door.troubles() == {"webhook_wrong_first_term": 1, "webhook_wrong_key": 3}
    await door.post(CHAO)
    assert await door.troubles() == {}
    await door.post(CHAO, {})
    assert await door.troubles() == {}
    clock.move(timedelta(minutes=1))
    await door.post(CHAO, {})
    assert await door.troubles() == {"webhook_unsigned": 2}


async def test_the_consoles_own_try_alarms_nobody(door: Door, desk: Desk) -> None:
    await door.post(b"{}", {})
    assert await door.troubles() == {}


async def test_another_processes_good_event_clears_it_as_well(
    books: Database, clock: MovingClock, door: Door, desk: Desk
) -> None:
    async with Door(books, clock).open() as other:
        other.webhook.open(desk.receive)
        await door.post(CHAO, signed(CHAO, key="a typing error"))
        assert await door.troubles() == {"webhook_bad_signature": 1}
        await other.post(CHAO)
        assert await door.troubles() == {}


# What could not be kept


async def test_what_could_not_be_kept_at_once_is_tried_again_before_zalo_is_sent_away(
    books: Database, clock: MovingClock, account_id: int
) -> None:
    """For Zalo may never come again."""
    desk = Desk(IntakeFullError(), RuntimeError("the database is away"))
    async with Door(books, clock, keep_again=(timedelta(), timedelta())).open() as door:
        door.webhook.open(desk.receive)
        counted = Counted()
        assert await door.post(CHAO) == 200
        assert desk.texts == ["chào"]
        desk.errors = [IntakeFullError() for _ in range(3)]
        assert await door.post(CHAO) == 503
    assert counted() == {"taken": 1, "not_kept": 1}


def test_a_database_may_be_away_for_a_second() -> None:
    assert timedelta(seconds=1) < sum(KEEP_AGAIN, timedelta()) < ANSWER_WITHIN


async def test_zalo_waits_no_longer_than_it_would(books: Database, clock: MovingClock, account_id: int) -> None:  # fmt: skip
    async with Door(books, clock, answer_within=timedelta(seconds=0.05)).open() as door:
        door.webhook.open(Deaf().receive)
        assert await door.post(CHAO) == 503


async def test_forged_events_are_answered_while_the_database_is_away(
    books: Database, clock: MovingClock, account_id: int
) -> None:
    async with Door(books, clock).open() as door, books.writing():  # SQLite's one lock.
        door.webhook.open(Desk().receive)
        async with asyncio.timeout(20):
            assert await door.post(CHAO, {}) == 200


async def test_nothing_is_taken_in_before_the_start_and_after_the_stop(door: Door) -> None:
    assert await door.post(CHAO) == 503
    desk = Desk()
    door.webhook.open(desk.receive)
    assert await door.post(CHAO) == 200
    door.webhook.shut()
    assert await door.post(CHAO) == 503
    assert len(desk.updates) == 1


@pytest.mark.parametrize(
    "words", ["dạ \ud83d", "\x00", "ạ👩‍🌾<b>';--\u202e" * 4_000], ids=["half", "nul", "long"]
)
async def test_what_people_can_type_is_kept_whole(
    database: Database, clock: MovingClock, office: Office, words: str
) -> None:
    await connect_oa(database, clock)
    event: JSON = text(words)
    body = json.dumps(event).encode()
    async with Door(database, clock).open() as door, office.open() as intake:
        door.webhook.open(intake.receive)
        assert await door.post(body) == 200
    assert await office.texts() == [words]
