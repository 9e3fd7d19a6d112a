"""`python main.py answers refit [--apply]` and `answers back`, as the operator types them."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa
import structlog

import main
from bot.answers import calibrations
from bot.answers.bank import read_bank
from bot.answers.confidence import SHIPPED
from bot.starting_content import load_starting_content
from bot.store.database import Database
from bot.store.tables import calibrations as calibration_rows
from bot.store.tables import staff_acts
from bot.store.tables.askings import ChosenBy, Outcome
from tests.bot.answers.learning.askings import add_asking
from tests.conftest import MovingClock
from tests.parts import CONTENT

Typed = Callable[..., Awaitable[tuple[int, str]]]


@pytest.fixture
def logs_as_before() -> Iterator[None]:
    """A command sets up the process's logs: for this test alone."""
    root = logging.getLogger()
    handlers, level, configured = list(root.handlers), root.level, structlog.get_config()
    yield
    root.handlers[:] = handlers
    root.setLevel(level)
    structlog.configure(**configured)


@pytest.fixture
def typed(
    database: Database,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    logs_as_before: None,
) -> Typed:
    """Types a command; its exit code and what it printed."""
    monkeypatch.chdir(tmp_path)  # Where no `.env` of the developer's is found.
    monkeypatch.setenv("CHIHOI_DATABASE_URL", database.engine.url.render_as_string(hide_password=False))
    monkeypatch.setenv("CHIHOI_DATA_DIR", str(tmp_path))

    async def type_(*words: str) -> tuple[int, str]:
        code = await asyncio.to_thread(main.main, ["answers", *words])
        said = capsys.readouterr()
        return code, said.out + said.err

    return type_


async def _fill(database: Database, clock: MovingClock, count: int) -> None:
    """So many phrasings of the bank were asked; every other turned out to mean another entry."""
    bank = read_bank(CONTENT / "faq.vi.yaml").entries
    asked = [(text, entry.entry_id) for entry in bank for text in entry.phrasings]
    async with database.writing() as connection:
        await load_starting_content(connection, now=clock())
        for at, (text, entry_id) in enumerate(asked[:count]):
            meant = "HELP-05" if at % 2 == 0 else entry_id
            await add_asking(
                connection, text, at=clock(), outcome=Outcome.ANSWERED, entry_id=entry_id,
                chosen_entry_id=meant, chosen_by=ChosenBy.CADRE,
            )  # fmt: skip


async def _stands(database: Database) -> tuple[bool, int, list[str]]:
    """Whether the shipped constants count, how many fits are kept, and what is recorded."""
    async with database.reading() as connection:
        in_force = await calibrations.in_force(connection)
        kept = await connection.scalar(sa.select(sa.func.count()).select_from(calibration_rows))
        acts = await connection.scalars(sa.select(staff_acts.c.act).order_by(staff_acts.c.id))
        return in_force == SHIPPED, int(kept or 0), list(acts)


async def test_refit_tells_applies_and_is_taken_back(
    typed: Typed, database: Database, clock: MovingClock
) -> None:
    await _fill(database, clock, 300)
    code, said = await typed("refit")
    assert (code, "askings: 300" in said, "Nothing is changed." in said) == (0, True, True)
    assert await _stands(database) == (True, 0, [])

    code, said = await typed("refit", "--apply")
    assert (code, "In force." in said) == (0, True)
    assert await _stands(database) == (False, 1, ["confidence_refitted"])

    code, said = await typed("back")
    assert (code, "Taken back" in said) == (0, True)
    assert await _stands(database) == (True, 1, ["confidence_refitted", "confidence_taken_back"])
    code, said = await typed("back")
    assert (code, "There is no fit in force" in said) == (0, True)


@pytest.mark.parametrize("words", [("refit",), ("refit", "--apply")])
async def test_too_little_evidence_is_said_and_changes_nothing(
    typed: Typed, database: Database, clock: MovingClock, words: tuple[str, ...]
) -> None:
    await _fill(database, clock, 4)
    code, said = await typed(*words)
    assert (code, "Too little evidence: 4 askings" in said) == (1, True)
    assert await _stands(database) == (True, 0, [])
