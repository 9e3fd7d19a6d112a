"""Databases for a benchmark: one of each kind, migrated, on disk, gone afterwards."""

import shutil
import tempfile
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from bot.store.database import Database
from tests import databases

KINDS = ("sqlite", "postgresql")


@dataclass(frozen=True, slots=True)
class Store:
    kind: str
    database: Database
    folder: Path  # For the data of the services that use it.

    @property
    def settings(self) -> dict[str, str]:
        url = self.database.engine.url.render_as_string(hide_password=False)
        return {"CHIHOI_DATABASE_URL": url, "CHIHOI_DATA_DIR": str(self.folder)}


@asynccontextmanager
async def store(kind: str) -> AsyncIterator[Store]:
    folder = Path(tempfile.mkdtemp(prefix="chihoi-bench-"))
    async with AsyncExitStack() as stack:
        stack.callback(shutil.rmtree, folder, ignore_errors=True)
        if kind == "sqlite":
            opened = (await databases.SQLiteTemplate.make(folder)).database()
        else:
            server = stack.enter_context(databases.postgres_server())
            opened = (await databases.PostgresTemplate.make(server)).database()
        yield Store(kind, await stack.enter_async_context(opened), folder)
