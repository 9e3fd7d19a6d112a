"""The work that nobody waits for, with an account that the fake OA granted permission."""

from datetime import timedelta
from typing import Any

import sqlalchemy as sa

from bot.channels import account_jobs
from bot.channels.account_jobs import Progress
from bot.channels.zalo_oa.client import Api, OAClient
from bot.channels.zalo_oa.jobs import Jobs
from bot.intake import keep
from bot.store.database import Database
from bot.store.tables import contact_tags, contacts
from tests.bot.channels.zalo_oa.conftest import CHANNEL, Grant
from tests.conftest import MovingClock
from tests.emulators.zalo_oa import ZaloOAEmulator


class Work:
    """One process's jobs, and what stands in the rows."""

    def __init__(self, api: Api, grant: Grant, zalo: ZaloOAEmulator, clock: MovingClock) -> None:
        self._api = api
        self._grant = grant
        self._zalo = zalo
        self._clock = clock
        self.database: Database = grant.database
        self.account_id = grant.account_id
        self.jobs = self.process()

    def process(self, *, mirrors_tags: bool = False, **options: Any) -> Jobs:
        """Jobs as another process, or the next one, has them."""
        return Jobs(
            self.database,
            self._clock,
            self.client_of,
            channel=CHANNEL,
            app_id=self._zalo.app.app_id,
            mirrors_tags=mirrors_tags,
            **{"gap": timedelta()} | options,
        )

    def client_of(self, _account_id: int) -> OAClient:
        return OAClient(self._api, self._grant.tokens)

    async def ask(self, kind: str) -> bool:
        async with self.database.writing() as connection:
            return await account_jobs.ask(connection, self.account_id, kind, self._clock())

    async def does(self, kind: str, jobs: Jobs | None = None) -> Progress:
        """Asks for it and does it."""
        await self.ask(kind)
        await (jobs or self.jobs).work_off(kind, keep)
        return await self.progress(kind)

    async def progress(self, kind: str) -> Progress:
        async with self.database.reading() as connection:
            found = await account_jobs.progress(connection, self.account_id, kind)
        assert found is not None
        return found

    async def contacts(self) -> dict[str, sa.Row[Any]]:
        """By address."""
        async with self.database.reading() as connection:
            rows = await connection.execute(sa.select(contacts).order_by(contacts.c.id))
            return {row.address: row for row in rows}

    async def count(self, table: sa.Table) -> int:
        async with self.database.reading() as connection:
            return await connection.scalar(sa.select(sa.func.count()).select_from(table)) or 0

    async def tags(self) -> set[tuple[str, str, bool, bool]]:
        """Address, mark, whether it is mirrored, whether it is on."""
        async with self.database.reading() as connection:
            rows = await connection.execute(
                sa.select(
                    contacts.c.address,
                    contact_tags.c.tag,
                    contact_tags.c.is_mirrored,
                    contact_tags.c.removed_at,
                ).join(contacts, contacts.c.id == contact_tags.c.contact_id)
            )
            return {(row.address, row.tag, row.is_mirrored, row.removed_at is None) for row in rows}
