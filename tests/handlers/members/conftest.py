"""A whole conversation for members: real content, real units, every handler, no platform."""

import asyncio
from collections.abc import Callable, Iterator
from contextlib import closing

import pytest

from bot.answers.book import AnswerBook
from bot.people.unit_book import UnitBook
from bot.starting_content import CONTENT_FOLDER, load_starting_content
from bot.store.database import Database
from handlers.conversation import conversation
from handlers.parts import Parts
from tests import content, databases, people
from tests.catalogues import languages
from tests.chat import Chat
from tests.conftest import MovingClock

NewChat = Callable[[str], Chat]


async def _load_content(database: Database) -> None:
    async with database.writing() as connection:
        await load_starting_content(connection, now=MovingClock()())


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> databases.SQLiteTemplate:
    """With the starting content, loaded once."""
    return asyncio.run(databases.SQLiteTemplate.make(tmp_path_factory.mktemp("content"), _load_content))


@pytest.fixture(scope="session")
def postgres_template(postgres: str) -> Iterator[databases.PostgresTemplate]:
    with closing(asyncio.run(databases.PostgresTemplate.make(postgres, _load_content))) as template:
        yield template


@pytest.fixture
def parts() -> Parts:
    return Parts(
        organisation="Hội LHPN thành phố Cần Thơ",
        contact_line="Hội Phụ nữ xã",
        answers=AnswerBook(),
        safety=content.safety(),
        private=content.private_matters(),
        units=UnitBook(CONTENT_FOLDER / "outside_units.csv"),
        languages=languages(),
        categories=content.categories(),
        chat_link=lambda _code: {},
    )


@pytest.fixture
async def new_chat(database: Database, clock: MovingClock, parts: Parts) -> NewChat:
    """Makes a chat with somebody new at an address."""
    async with database.writing() as connection:
        account_id = await people.add_account(connection, now=clock())
    handler = conversation(parts)
    return lambda address: Chat(database, handler, account_id, address, clock, languages=parts.languages)
