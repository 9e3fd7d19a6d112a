"""What officers can have done with an Official Account from the console."""

from collections.abc import Callable, Collection

import sqlalchemy as sa

from bot import groups as known_groups
from bot.channels.account_jobs import FOLLOWERS, RECOVERY
from bot.channels.contract import Account
from bot.channels.passage import PassageError
from bot.channels.zalo_oa import groups
from bot.channels.zalo_oa.client import OAClient
from bot.channels.zalo_oa.errors import ZaloOAError
from bot.channels.zalo_oa.refusals import Called, Judge
from bot.channels.zalo_oa.templates import Templates
from bot.clock import Clock
from bot.store.database import Database
from bot.store.tables import accounts


class ZaloOACare:
    """Implements `contract.AccountCare`."""

    jobs: Collection[str] = (FOLLOWERS, RECOVERY)
    shows_articles = True
    has_groups = True

    def __init__(self, database: Database, client_of: Callable[[int], OAClient], clock: Clock) -> None:
        self._database = database
        self._client_of = client_of
        self._clock = clock
        self._judge = Judge(lambda: 0.0)

    async def fetch_templates(self, account_id: int) -> int:
        async with self._database.reading() as connection:
            row = (await connection.execute(sa.select(accounts).where(accounts.c.id == account_id))).one()
        account = Account(row.id, row.channel, row.external_id, row.name, row.settings)
        templates = Templates(self._client_of(account_id), self._database, account, self._clock)
        try:
            return await templates.refresh()
        except (PassageError, ZaloOAError) as error:
            raise self._judge.send_error(error, Called.QUESTION, now=self._clock()) from error

    async def fetch_groups(self, account_id: int) -> int:
        try:
            found = await groups.groups_of(self._client_of(account_id))
        except (PassageError, ZaloOAError) as error:
            raise self._judge.send_error(error, Called.QUESTION, now=self._clock()) from error
        kept = [known_groups.Group(one.address, one.name, one.members, one.is_open) for one in found]
        async with self._database.writing() as connection:
            await known_groups.keep(connection, account_id, kept, now=self._clock())
        return len(kept)
