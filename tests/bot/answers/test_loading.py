"""Loading a bank again: the file's words come in, what officers decided stays."""

from dataclasses import replace
from datetime import date
from pathlib import Path

import sqlalchemy as sa

from bot.answers.bank import Bank, read_bank
from bot.answers.loading import load_bank
from bot.starting_content import load_starting_content
from bot.store.database import Database
from bot.store.tables import entries, local_fields
from tests import people
from tests.conftest import MovingClock

CONTENT = Path(__file__).parents[3] / "config" / "content"


async def _load(database: Database, bank: Bank, clock: MovingClock) -> None:
    async with database.writing() as connection:
        await load_bank(connection, bank, now=clock())


async def _row(database: Database, entry_id: str) -> sa.Row[tuple[object, ...]]:
    async with database.reading() as connection:
        return (await connection.execute(sa.select(entries).where(entries.c.id == entry_id))).one()


async def test_loading_again_keeps_what_officers_changed(database: Database, clock: MovingClock) -> None:
    union = await people.settle(database, clock())
    bank = read_bank(CONTENT / "faq.vi.yaml")
    await _load(database, bank, clock)
    async with database.writing() as connection:
        its = sa.update(entries).where(entries.c.id == "INS-02")
        await connection.execute(
            its.values(
                cites="Bảo hiểm xã hội",
                cites_on=None,
                unit_id=union.commune_id,
                is_on=False,
                updated_by=union.an,
            )
        )
        for entry_id in ("DV-02", "DV-04"):
            await connection.execute(sa.update(entries).where(entries.c.id == entry_id).values(cites=""))
        its = sa.update(entries).where(entries.c.id == "DV-04")
        await connection.execute(its.values(updated_by=union.an, expires_on=date(2027, 1, 1)))
    await _load(database, bank, clock)
    row = await _row(database, "INS-02")
    assert (row.cites, row.cites_on, row.unit_id, row.is_on) == (
        "Bảo hiểm xã hội",
        None,
        union.commune_id,
        False,
    )
    assert (await _row(database, "DV-02")).cites == "Luật Phòng, chống bạo lực gia đình 2022"
    row = await _row(database, "DV-04")
    assert (row.cites, row.expires_on) == ("Luật Phòng, chống bạo lực gia đình 2022", date(2027, 1, 1))


async def test_what_no_officer_touched_follows_the_file(database: Database, clock: MovingClock) -> None:
    bank = read_bank(CONTENT / "faq.vi.yaml")
    await _load(database, bank, clock)
    newer = tuple(
        replace(entry, cites="Luật mới", cites_on=date(2026, 9, 1), expires_on=date(2027, 1, 1))
        for entry in bank.entries
    )
    await _load(database, replace(bank, entries=newer), clock)
    row = await _row(database, "INS-02")
    assert (row.cites, row.cites_on, row.expires_on) == ("Luật mới", date(2026, 9, 1), date(2027, 1, 1))


async def test_an_older_database_gets_the_fields_it_lacks_and_keeps_the_others(
    database: Database, clock: MovingClock
) -> None:
    async with database.writing() as connection:
        await load_starting_content(connection, now=clock())
        await connection.execute(sa.delete(local_fields).where(local_fields.c.name == "sdt_tu_van"))
        hers = sa.update(local_fields).where(local_fields.c.name == "sdt_tram_y_te")
        await connection.execute(hers.values(fallback="trạm y tế của mình"))
        assert await load_starting_content(connection, now=clock()) == ["1 local fields added"]
        assert await load_starting_content(connection, now=clock()) == []
        fallbacks = sa.select(local_fields.c.name, local_fields.c.fallback)
        kept = {row.name: row.fallback for row in await connection.execute(fallbacks)}
    assert kept["sdt_tu_van"] == "gõ 0 để gặp cán bộ Hội"
    assert kept["sdt_tram_y_te"] == "trạm y tế của mình"


def test_what_is_shipped_names_no_number_that_nobody_has_confirmed() -> None:
    written = "".join(path.read_text("utf-8") for path in CONTENT.glob("*.yaml"))
    assert "1900 96" not in written
