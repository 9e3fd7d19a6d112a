"""Uploaded lists: who is found for a row, and what is said of the rows that find nobody."""

import time
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from bot.people.member_code import code_of
from bot.people.viewers import Viewer, viewer
from bot.retention import Retention
from bot.store.database import Database
from bot.store.tables import list_members, list_misses, member_lists, staff
from broadcasts import filling, lists, segments
from broadcasts.audience import Audience, Condition, Is
from broadcasts.list_files import Line
from broadcasts.lists import Miss
from broadcasts.refused import Refused
from tests.broadcasts.conftest import Announce
from tests.broadcasts.ledger import change_member, ledger
from tests.conftest import MovingClock
from tests.people import People

HOA, LAN = "0912 345 678", "+84 912 345 679"


@dataclass(frozen=True)
class Case:
    label: str
    cells: tuple[str, ...]
    found: tuple[str, ...] = ()
    miss: Miss | None = None
    shares: bool = False  # Hoa and Lan have one number.


CASES = [
    Case("her number", ("Nguyễn Thị Hoa", "0912.345.678"), found=("hoa",)),
    Case("without its zero", ("912345679",), found=("lan",)),
    Case("in another column", ("1", "", "Lan", "x", "84912345679"), found=("lan",)),
    Case("her code", ("{lan}",), found=("lan",)),
    Case("a code that does not fit", ("HV 1-1",), miss=Miss.BAD_CODE),
    Case("nobody's number", ("0987654321",), miss=Miss.NOBODY),
    Case("nobody's code", (code_of(987654),), miss=Miss.NOBODY),
    Case("a hotline", ("1900 96 96 80",), miss=Miss.NO_KEY),
    Case("a digit is missing", ("Hoa", "091234567"), miss=Miss.SHORT_PHONE),
    Case("a digit too many", ("Hoa", "0912 345 6789"), miss=Miss.LONG_PHONE),
    Case("an old number", ("01234567890",), miss=Miss.LONG_PHONE),
    Case("a digit is missing behind the country", ("+84 91234567",), miss=Miss.SHORT_PHONE),
    Case("a landline's digit is missing", ("0299 382 233",), miss=Miss.SHORT_PHONE),
    Case("a beginning that no number has", ("0112345678",), miss=Miss.WRONG_PHONE),
    Case("her right number beside it", ("091234567", "0912345678"), found=("hoa",)),
    Case(
        "days, years, cards and money", ("01.02.1980", "1980", "092080001234", "50000000"), miss=Miss.NO_KEY
    ),
    Case(
        "moments",
        (
            "2026-01-15 10:15:23",
            "1980-02-01 00:00:00",
            "2026-01-15T10:15:23.120+07:00",
            "05.02.2026 10:15",
            "10:05 05-02-2026",
            "2026-01-15 10h15",
        ),
        miss=Miss.NO_KEY,
    ),
    Case("a moment and a digit too many", ("2026-01-15 10:15:23", "0912 345 6789"), miss=Miss.LONG_PHONE),
    Case("only a name", ("Nguyễn Thị Hoa 2",), miss=Miss.NO_KEY),
    Case("a number that two share", ("0912345678",), miss=Miss.SEVERAL, shares=True),
    Case("and one is named", ("Thach thi  lan", "0912345678"), found=("lan",), shares=True),
    Case("and a stranger is named", ("Lê Thị Na", "0912345678"), miss=Miss.SEVERAL, shares=True),
    Case("a formula", ("=1+1", "'0912345678"), found=("hoa",)),
]


async def _viewer(database: Database, staff_id: int) -> Viewer:
    async with database.writing() as connection:
        await connection.execute(
            sa.update(staff).where(staff.c.id == staff_id).values(password_hash="x", login=f"s{staff_id}")
        )
        found = await viewer(connection, staff_id)
    assert found is not None
    return found


@pytest.fixture
async def known(database: Database, union: People) -> People:
    await change_member(database, union.hoa, phone="+84912345678")
    await change_member(database, union.lan, phone="+84912345679")
    return union


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.label)
async def test_who_is_found(database: Database, known: People, case: Case) -> None:
    if case.shares:
        await change_member(database, known.lan, phone="+84912345678")
    ids = {"hoa": known.hoa, "lan": known.lan}
    cells = tuple(cell.replace("{lan}", code_of(known.lan)) for cell in case.cells)
    async with database.reading() as connection:
        found = await lists.match(
            connection, await _viewer(database, known.an), [Line(1, ("0",)), Line(2, cells)]
        )
    assert found.member_ids == {ids[name] for name in case.found}
    assert [why for line, why in found.misses if line.row == 2] == ([case.miss] if case.miss else [])


async def test_an_officer_finds_only_members_of_her_own_unit(database: Database, known: People) -> None:
    async with database.reading() as connection:
        chi = await _viewer(database, known.chi)
        found = await lists.match(connection, chi, [Line(1, (HOA,)), Line(2, (code_of(known.lan),))])
    assert not found.member_ids
    assert [why for _line, why in found.misses] == [Miss.NOBODY, Miss.NOBODY]


async def test_a_heading_counts_for_nothing_and_a_row_twice_for_one(
    database: Database, known: People
) -> None:
    lines = [Line(1, ("Họ tên", "Số điện thoại")), Line(2, (HOA,)), Line(3, (HOA,)), Line(4, (LAN,))]
    async with database.reading() as connection:
        found = await lists.match(connection, await _viewer(database, known.an), lines)
    assert (found.rows, set(found.member_ids)) == (3, {known.hoa, known.lan})
    assert found.misses == [(lines[2], Miss.REPEATED)]


@pytest.mark.parametrize(
    ("cell", "miss"),
    [
        ("91234567", Miss.SHORT_PHONE),
        ("9123456789", Miss.LONG_PHONE),
        ("091234567890", Miss.LONG_PHONE),
        ("12345", Miss.NO_KEY),
        ("01/02/1980", Miss.NO_KEY),
        ("2026-01-15", Miss.NO_KEY),
        ("2026.10.15", Miss.NO_KEY),
        ("2026-10-15 10:15:23", Miss.NO_KEY),
        ("1900 96 96 80", Miss.NO_KEY),
    ],
)
@pytest.mark.parametrize("heading", ["SĐT", "Số điện thoại liên hệ", None])
async def test_where_phone_numbers_stand_a_wrong_one_is_named_however_it_begins(
    database: Database, known: People, cell: str, miss: Miss, heading: str | None
) -> None:
    lines = [Line(2, ("Hoa", "1", "0912345678")), Line(3, ("Lan", "2", cell))]
    if heading:
        lines = [Line(1, ("Họ tên", "STT", heading)), *lines]
    async with database.reading() as connection:
        found = await lists.match(connection, await _viewer(database, known.an), lines)
    assert found.misses == [(lines[-1], miss)]


async def test_of_two_wrong_numbers_the_one_where_phone_numbers_stand_is_named(
    database: Database, known: People
) -> None:
    lines = [
        Line(1, ("Mã hộ", "SĐT")),
        Line(2, ("0123456", "0912345678")),
        Line(3, ("0123457", "09123456789")),
    ]
    async with database.reading() as connection:
        found = await lists.match(connection, await _viewer(database, known.an), lines)
    assert found.misses == [(lines[-1], Miss.LONG_PHONE)]


NAMES = [
    ("a stranger's name beside her number", "Họ và tên", "Lê Thị Bảy", Miss.OTHER_NAME),
    ("a stranger's name, her number named elsewhere in the file", None, "Lê Thị Bảy", Miss.OTHER_NAME),
    ("her given name alone", "Họ và tên", "Chị Lan", None),
    ("a slip", "Họ và tên", "Thach Thi Lann", None),
    ("more behind her name", "Họ và tên", "Thạch Thị Lan Trà Vinh", None),
    ("no name", "Họ và tên", "", None),
    ("a number in the column", "Họ và tên", "2", None),
    ("a village in a column that nothing calls names", "Ấp", "Ấp An Ninh", None),
]


@pytest.mark.parametrize(
    ("heading", "written", "miss"), [one[1:] for one in NAMES], ids=[one[0] for one in NAMES]
)
@pytest.mark.parametrize("by_code", [False, True])
async def test_who_is_plainly_called_otherwise_is_left_out_and_listed(
    database: Database, known: People, heading: str | None, written: str, miss: Miss | None, by_code: bool
) -> None:
    rows = [Line(2, (HOA, "Nguyễn Thị Hoa" if heading is None else ""))]
    rows.append(Line(3, (code_of(known.lan) if by_code else LAN, written)))
    if heading:
        rows.insert(0, Line(1, ("Số", heading)))
    async with database.reading() as connection:
        found = await lists.match(connection, await _viewer(database, known.an), rows)
    assert [(line.row, why) for line, why in found.misses] == ([(3, miss)] if miss else [])
    assert (known.lan in found.member_ids) == (miss is None)


async def test_twenty_thousand_broken_rows_are_all_named_in_bounded_time(
    database: Database, known: People, clock: MovingClock
) -> None:
    lines = [
        Line(row, (f"Người {row}", f"09{row:08}" if row % 2 else "không có số")) for row in range(1, 20_001)
    ]
    lines.append(Line(20_001, (HOA,)))
    an = await _viewer(database, known.an)
    began = time.monotonic()
    async with database.writing() as connection:
        matched = await lists.match(connection, an, lines)
        list_id = await lists.keep(
            connection, "Danh sách", matched, unit_id=known.province_id, staff_id=known.an, now=clock()
        )
    assert time.monotonic() - began < 60  # A few seconds on a machine of its own.
    rows: list[int] = []
    async with database.reading() as connection:
        row = await lists.get(connection, an, list_id)
        assert row is not None
        while page := (await lists.misses(connection, list_id, rows[-1] if rows else 0))[
            : lists.MISSES_ON_A_PAGE
        ]:
            rows += [miss.row for miss in page]
            assert len(page) <= lists.MISSES_ON_A_PAGE
    assert rows == list(range(1, 20_001))
    assert (row.rows, row.people, row.missed) == (20_001, 1, 20_000)
    clock.move(timedelta(days=31))
    await Retention(database, clock, keep_messages=timedelta(days=90)).forget()
    async with database.reading() as connection:
        assert await connection.scalar(sa.select(sa.func.count()).select_from(list_misses)) == 0
        assert await connection.scalar(sa.select(sa.func.count()).select_from(list_members)) == 1


async def test_misses_of_this_month_stay(database: Database, known: People, clock: MovingClock) -> None:
    an = await _viewer(database, known.an)
    async with database.writing() as connection:
        matched = await lists.match(connection, an, [Line(1, ("0987654321",))])
        await lists.keep(connection, "A", matched, unit_id=known.province_id, staff_id=known.an, now=clock())
    clock.move(timedelta(days=29))
    await Retention(database, clock, keep_messages=timedelta(days=90)).forget()
    async with database.reading() as connection:
        assert await connection.scalar(sa.select(sa.func.count()).select_from(list_misses)) == 1


async def test_a_list_needs_a_name_and_goes_whole(
    database: Database, known: People, clock: MovingClock
) -> None:
    an = await _viewer(database, known.an)
    async with database.writing() as connection:
        matched = await lists.match(connection, an, [Line(1, (HOA,)), Line(2, ("x",))])
        with pytest.raises(Refused):
            await lists.keep(
                connection, " ", matched, unit_id=known.province_id, staff_id=known.an, now=clock()
            )
        list_id = await lists.keep(
            connection, "A", matched, unit_id=known.province_id, staff_id=known.an, now=clock()
        )
        await lists.delete(connection, list_id, staff_id=known.an, now=clock())
        for table in (member_lists, list_members, list_misses):
            assert await connection.scalar(sa.select(sa.func.count()).select_from(table)) == 0


async def test_list_that_leaves_somebody_out_stays_until_the_run_is_filled(
    database: Database, union: People, announce: Announce, clock: MovingClock
) -> None:
    an = await _viewer(database, union.an)
    async with database.writing() as connection:
        matched = await lists.match(connection, an, [Line(1, (code_of(union.hoa),))])
        who: dict[str, Any] = {"unit_id": union.province_id, "staff_id": union.an, "now": clock()}
        list_id = await lists.keep(connection, "Đã họp", matched, **who)
        but_her = Audience(
            (Condition(Is.UNITS, {"units": [union.province_id]}),), (Condition(Is.LIST, {"list": list_id}),)
        )
        segment_id = await segments.save(connection, "Chưa họp", but_her, **who)
    everybody = Audience.of_units([union.province_id], ("web_chat",))
    in_segment = Condition(Is.SEGMENT, {"segment": segment_id})
    run_id = await announce(fill=False, audience=replace(everybody, who=(*everybody.who, in_segment)))
    async with database.writing() as connection:
        for delete, row_id in ((segments.delete, segment_id), (lists.delete, list_id)):
            with pytest.raises(Refused):
                await delete(connection, row_id, staff_id=union.an, now=clock())
        while not await filling.fill(connection, run_id, clock()):
            pass
        await segments.delete(connection, segment_id, staff_id=union.an, now=clock())
        await lists.delete(connection, list_id, staff_id=union.an, now=clock())
    assert [row.member_id for row in await ledger(database, run_id)] == [union.lan]
