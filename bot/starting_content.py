"""What an empty database begins with: the units and the FAQ of the content files. Loaded once; officers go on from there.

Only fields of local facts that a newer version brings are added later: nobody can make one in the console.
"""

from datetime import datetime
from pathlib import Path

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.answers.bank import read_bank, read_translation
from bot.answers.loading import add_fields, load_bank, load_translation
from bot.people.unit_file import read_units
from bot.people.units import add_units
from bot.store.tables import entries, units

CONTENT_FOLDER = Path(__file__).parent.parent / "config" / "content"


async def load_starting_content(
    connection: AsyncConnection, *, now: datetime, folder: Path = CONTENT_FOLDER
) -> list[str]:
    """Load what is missing, all or nothing, at every start. Returns a sentence for each thing that was loaded; raises ContentError."""
    done: list[str] = []
    if await _is_empty(connection, units):
        done.append(f"{await add_units(connection, read_units(folder / 'units.csv'), now=now)} units loaded")
    bank = read_bank(folder / "faq.vi.yaml")
    if await _is_empty(connection, entries):
        done.append(f"{await load_bank(connection, bank, now=now)} FAQ entries loaded")
        for path in _translations(folder):
            await load_translation(connection, read_translation(path))
    elif added := await add_fields(connection, bank):
        done.append(f"{added} local fields added")
    return done


def _translations(folder: Path) -> list[Path]:
    return [path for path in sorted(folder.glob("faq.??.yaml")) if path.name != "faq.vi.yaml"]


async def _is_empty(connection: AsyncConnection, table: sa.Table) -> bool:
    return (await connection.execute(sa.select(sa.literal(1)).select_from(table).limit(1))).first() is None
