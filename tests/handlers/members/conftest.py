"""A whole conversation for members: real content, real units, every handler, no platform."""

import asyncio
from collections.abc import Callable
from pathlib import Path

import pytest

from bot.answers.book import AnswerBook
from bot.answers.safety import SafetyDetector
from bot.people.unit_book import UnitBook
from bot.starting_content import CONTENT_FOLDER, load_starting_content
from bot.store.database import Database
from broadcasts.templates import read_categories
from handlers.conversation import conversation
from handlers.parts import Parts
from tests import databases, people
from tests.catalogues import languages
from tests.chat import Chat
from tests.conftest import MovingClock

NewChat = Callable[[str], Chat]


@pytest.fixture(scope="session")
def safety() -> SafetyDetector:
    return SafetyDetector.load(CONTENT_FOLDER / "safety.vi.yaml")


async def _load_content(database: Database) -> None:
    async with database.writing() as connection:
        await load_starting_content(connection, now=MovingClock()())


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """With the starting content, loaded once."""
    return asyncio.run(databases.make_sqlite_template(tmp_path_factory.mktemp("content"), _load_content))


@pytest.fixture(scope="session")
def postgres_template(postgres: str) -> databases.PostgresTemplate:
    return asyncio.run(databases.PostgresTemplate.make(postgres, _load_content))


@pytest.fixture
def parts(safety: SafetyDetector) -> Parts:
    return Parts(
        organisation="Hội LHPN thành phố Cần Thơ",
        contact_line="Hội Phụ nữ xã",
        answers=AnswerBook(),
        safety=safety,
        units=UnitBook(CONTENT_FOLDER / "outside_units.csv"),
        languages=languages(),
        categories=read_categories(CONTENT_FOLDER / "campaigns.vi.yaml"),
        chat_link=lambda _code: {},
    )


@pytest.fixture
async def new_chat(database: Database, clock: MovingClock, parts: Parts) -> NewChat:
    """Makes a chat with somebody new at an address."""
    async with database.writing() as connection:
        account_id = await people.add_account(connection, now=clock())
    handler = conversation(parts)
    return lambda address: Chat(database, handler, account_id, address, clock, languages=parts.languages)
