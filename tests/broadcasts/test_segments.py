"""People saved under a name: who may use them, how deep they go, and what keeps them from being taken away."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
import sqlalchemy as sa

from bot.people.viewers import Viewer, viewer
from bot.store.database import Database
from bot.store.tables import segments as table
from bot.store.tables import staff
from broadcasts import filling, people, segments, sentences, writing
from broadcasts.audience import Audience, Condition, Is
from broadcasts.people import Asked
from broadcasts.refused import Refused
from broadcasts.writing import Draft
from tests.broadcasts.conftest import Announce
from tests.broadcasts.ledger import change_member, ledger
from tests.conftest import MovingClock
from tests.people import People

NOW = MovingClock()()


def of_segment(segment_id: int, *, but_not: tuple[int, ...] = ()) -> Audience:
    return Audience(
        (Condition(Is.SEGMENT, {"segment": segment_id}),),
        tuple(Condition(Is.SEGMENT, {"segment": one}) for one in but_not),
    )


def within(union: People, audience: Audience) -> Asked:
    everybody = Audience.of_units([union.province_id], ("web_chat",))
    return Asked(replace(everybody, who=(*everybody.who, *audience.who), but_not=audience.but_not))


AGED = Audience.part({"who": [{"is": "age", "from": 40, "to": 50}]})


async def _viewer(database: Database, staff_id: int) -> Viewer:
    async with database.writing() as connection:
        await connection.execute(
            sa.update(staff).where(staff.c.id == staff_id).values(password_hash="x", login=f"s{staff_id}")
        )
        found = await viewer(connection, staff_id)
    assert found is not None
    return found


async def _save(database: Database, union: People, name: str, audience: Audience, unit_id: int = 0) -> int:
    async with database.writing() as connection:
        return await segments.save(
            connection, name, audience, unit_id=unit_id or union.province_id, staff_id=union.an, now=NOW
        )


async def test_a_segment_means_whoever_meets_it_when_it_is_used(database: Database, union: People) -> None:
    aged = await _save(database, union, "Trung niên", AGED)
    nested = await _save(database, union, "Cũng thế", of_segment(aged))
    async with database.reading() as connection:
        counted = await people.count(connection, within(union, of_segment(nested)), now=NOW)
        assert counted.total == 2
    await change_member(database, union.hoa, birth_year=2000)
    async with database.reading() as connection:
        assert (await people.count(connection, within(union, of_segment(nested)), now=NOW)).total == 1
        nobody = within(union, of_segment(nested, but_not=(aged,)))
        assert (await people.count(connection, nobody, now=NOW)).total == 0


async def test_a_run_keeps_whom_its_segment_meant_when_it_began(
    database: Database, union: People, announce: Announce
) -> None:
    aged = await _save(database, union, "Trung niên", AGED)
    run_id = await announce(fill=False, audience=within(union, of_segment(aged)).audience)
    async with database.writing() as connection:
        nobody = Audience.part({"who": [{"is": "age", "from": 100, "to": None}]})
        await connection.execute(sa.update(table).values(audience=nobody.to_json()))
        while not await filling.fill(connection, run_id, NOW):
            pass
    assert {row.member_id for row in await ledger(database, run_id)} == {union.hoa, union.lan}


async def test_a_segment_within_itself_is_refused(database: Database, union: People) -> None:
    first = await _save(database, union, "Một", AGED)
    second = await _save(database, union, "Hai", of_segment(first))
    async with database.writing() as connection:
        await connection.execute(
            sa.update(table).where(table.c.id == first).values(audience=of_segment(second).to_json())
        )
        with pytest.raises(Refused, match="chính nó"):
            await people.count(connection, within(union, of_segment(first)), now=NOW)


async def test_segments_go_only_so_deep(database: Database, union: People) -> None:
    latest = await _save(database, union, "0", AGED)
    for depth in range(1, segments.DEEPEST):
        latest = await _save(database, union, str(depth), of_segment(latest))
    deepest = of_segment(latest)
    with pytest.raises(Refused, match="lồng"):
        await _save(database, union, "sâu quá", of_segment(await _save(database, union, "sâu", deepest)))


async def test_what_a_segment_names_must_be_there(database: Database, union: People) -> None:
    for stored in (
        {"is": "segment", "segment": 999},
        {"is": "list", "list": 999},
        {"is": "got", "broadcast": 999, "got": True},
        {"is": "units", "units": [999]},
    ):
        with pytest.raises(Refused, match="không còn"):
            await _save(database, union, "x", Audience.part({"who": [stored]}))


@pytest.mark.parametrize("name", ["", "  ", "x" * 101])
async def test_a_segment_needs_a_name(database: Database, union: People, name: str) -> None:
    with pytest.raises(Refused):
        await _save(database, union, name, AGED)


async def test_names_are_unique_in_a_unit(database: Database, union: People) -> None:
    await _save(database, union, "Trung niên", AGED)
    with pytest.raises(Refused, match="đã có"):
        await _save(database, union, " Trung  niên ", AGED)
    await _save(database, union, "Trung niên", AGED, unit_id=union.commune_id)


async def test_officers_use_those_of_units_above_and_change_only_their_own(
    database: Database, union: People
) -> None:
    above = await _save(database, union, "Của tỉnh", AGED)
    beside = await _save(database, union, "Của Kế Sách", AGED, unit_id=union.commune_id)
    hers = await _save(database, union, "Của Nhơn Mỹ", AGED, unit_id=union.other_commune_id)
    an, chi = await _viewer(database, union.an), await _viewer(database, union.chi)
    async with database.reading() as connection:
        usable = {row.id: segments.is_hers(chi, row) for row in await segments.page(connection, chi)}
        assert usable == {above: False, hers: True}
        assert await segments.get(connection, chi, beside) is None
        assert {row.id for row in await segments.page(connection, an)} == {above, beside, hers}


async def test_a_segment_in_use_is_not_deleted(
    database: Database, union: People, draft: Callable[..., Draft], clock: MovingClock
) -> None:
    aged = await _save(database, union, "Trung niên", AGED)
    outer = await _save(database, union, "Ngoài", of_segment(aged))
    async with database.writing() as connection:
        with pytest.raises(Refused, match="đang được dùng"):
            await segments.delete(connection, aged, staff_id=union.an, now=NOW)
        await segments.delete(connection, outer, staff_id=union.an, now=NOW)
        draft_of_it = draft(audience=within(union, of_segment(aged)).audience)
        await writing.create(connection, draft_of_it, staff_id=union.an, now=clock())
        with pytest.raises(Refused, match="đang được dùng"):
            await segments.delete(connection, aged, staff_id=union.an, now=NOW)


SENTENCES: list[tuple[dict[str, Any], str]] = [
    ({"is": "units", "units": [2, 4]}, "Hội viên của Xã Kế Sách, Xã Nhơn Mỹ"),
    ({"is": "channels", "channels": ["web_chat"]}, "Nhắn với Hội qua web"),
    ({"is": "language", "languages": ["vi"]}, "Đang nói chuyện với trợ lý bằng Tiếng Việt"),
    ({"is": "age", "from": 18, "to": 35}, "Từ 18 đến 35 tuổi"),
    (
        {"is": "age", "from": None, "to": 35, "unknown": True},
        "Từ 35 tuổi trở xuống, cả người chưa rõ năm sinh",
    ),
    ({"is": "age", "from": 60, "to": None}, "Từ 60 tuổi trở lên"),
    ({"is": "tag", "tags": ["hộ nghèo"]}, "Có nhãn “hộ nghèo”"),
    ({"is": "registered", "from": "2026-01-01", "to": None}, "Ghi tên từ ngày 01/01/2026"),
    ({"is": "registered", "from": None, "to": "2026-01-31"}, "Ghi tên tới hết ngày 31/01/2026"),
    ({"is": "active", "days": 30}, "Có nhắn với Hội trong 30 ngày qua"),
    ({"is": "segment", "segment": 999}, "Thuộc nhóm “(không còn nữa)”"),
    ({"is": "got", "broadcast": 999, "got": False}, "Chưa nhận được thông báo “(không còn nữa)”"),
]


@pytest.mark.parametrize(("stored", "sentence"), SENTENCES, ids=[one[1] for one in SENTENCES])
async def test_every_condition_is_said(
    database: Database, union: People, stored: dict[str, Any], sentence: str
) -> None:
    units = {2: union.commune_id, 4: union.other_commune_id}
    if stored["is"] == "units":
        stored = stored | {"units": [units[one] for one in stored["units"]]}
    said = Audience.part({"who": [stored], "not": [stored]})
    async with database.reading() as connection:
        plain, exception = await sentences.of_audience(connection, said, str)
    assert plain == sentence
    assert exception == "Trừ: " + sentence[:1].lower() + sentence[1:]
