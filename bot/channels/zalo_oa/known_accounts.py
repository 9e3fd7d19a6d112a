"""Which of our accounts an event is about, by the OA's id, without asking the database each time."""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta

import sqlalchemy as sa
import structlog

from bot.clock import LONG_PAST, Clock
from bot.store.database import Database
from bot.store.tables import accounts, contacts
from bot.store.tables.accounts import AccountState

log = structlog.get_logger()

_LOOK_AGAIN = timedelta(seconds=30)
_LOOK_FOR_NEW = timedelta(seconds=3)


class KnownAccounts:
    """The accounts of one channel that are not closed. One with a dead grant still hears what people write."""

    def __init__(self, database: Database, channel: str, clock: Clock) -> None:
        self._database = database
        self._channel = channel
        self._clock = clock
        self._by_oa: dict[str, int] = {}
        self._read_at: datetime = LONG_PAST

    async def find(self, oa_ids: Iterable[str]) -> int | None:
        """The account of the first of these ids that is one; None when none is."""
        candidates = list(oa_ids)
        if self._is_older_than(_LOOK_AGAIN):
            await self._read_if_possible()
        found = self._first(candidates)
        if found is None and candidates and self._is_older_than(_LOOK_FOR_NEW):
            await self._read()  # It may have been connected a moment ago.
            found = self._first(candidates)
        return found

    async def that_know(self, address: str) -> Sequence[int]:
        """Every account that has a contact of this address: Zalo's ids of people differ between OAs."""
        async with self._database.reading() as connection:
            found = await connection.scalars(
                sa.select(contacts.c.account_id)
                .join(accounts, accounts.c.id == contacts.c.account_id)
                .where(
                    accounts.c.channel == self._channel,
                    accounts.c.state != AccountState.CLOSED,
                    contacts.c.address == address,
                )
                .order_by(contacts.c.account_id)
            )
            return found.all()

    def _first(self, candidates: list[str]) -> int | None:
        return next((self._by_oa[oa_id] for oa_id in candidates if oa_id in self._by_oa), None)

    def _is_older_than(self, span: timedelta) -> bool:
        return not timedelta() <= self._clock() - self._read_at < span

    async def _read_if_possible(self) -> None:
        """What was known a while ago serves as well while the database is away: then nothing can be kept anyway."""
        try:
            await self._read()
        except Exception as error:
            if not self._by_oa:
                raise
            log.warning("zalo_oa_accounts_not_read", error=type(error).__name__)

    async def _read(self) -> None:
        async with self._database.reading() as connection:
            rows = await connection.execute(
                sa.select(accounts.c.external_id, accounts.c.id).where(
                    accounts.c.channel == self._channel, accounts.c.state != AccountState.CLOSED
                )
            )
            self._by_oa = {row.external_id: row.id for row in rows}
        self._read_at = self._clock()
