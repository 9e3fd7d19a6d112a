"""Keeps permissions alive without anybody calling, and looks once a day how each account stands.

One task in each process. That a renewal happens once is the lease's doing, not this task's (`tokens`).
"""

import asyncio
import contextlib
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
import structlog
from sqlalchemy.exc import SQLAlchemyError

from bot.channels.passage import PassageError
from bot.channels.zalo_oa import grants, profile
from bot.channels.zalo_oa.client import OAClient
from bot.channels.zalo_oa.errors import Refused, ZaloOAError
from bot.channels.zalo_oa.profile import CHECKED_AT, PROFILE, note_profile
from bot.channels.zalo_oa.tokens import Tokens
from bot.clock import Clock
from bot.store.database import Database
from bot.store.tables import account_secrets, accounts
from bot.store.tables.accounts import AccountState

log = structlog.get_logger()

_ROUND_S = 60.0
_CHECK_EVERY = timedelta(days=1)
_CHECK_AGAIN = timedelta(hours=1)  # After one that failed, in this process.


class Keeper:
    """Between `start` and `stop`; `tokens_of` and `client_of` give an account's, made when they are first asked for."""

    def __init__(
        self,
        database: Database,
        *,
        channel: str,
        tokens_of: Callable[[int], Tokens],
        client_of: Callable[[int], OAClient],
        clock: Clock,
    ) -> None:
        self._database = database
        self._channel = channel
        self._tokens_of = tokens_of
        self._client_of = client_of
        self._clock = clock
        self._not_before: dict[int, datetime] = {}
        self._stir = asyncio.Event()
        self._task: asyncio.Task[None] | None = None

    def start(self) -> None:
        if self._task is None:
            self._task = asyncio.create_task(self._run(), name="zalo_oa-keeper")

    async def stop(self) -> None:
        task, self._task = self._task, None
        if task is not None:
            task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await task

    def wake(self) -> None:
        """Look now: an account was connected."""
        self._not_before.clear()
        self._stir.set()

    async def round(self) -> None:
        """Renew what has little time left, and look at each account that was not looked at for a day."""
        async with self._database.reading() as connection:
            found = await connection.execute(
                sa.select(account_secrets, accounts.c.settings, accounts.c.external_id)
                .join(accounts, accounts.c.id == account_secrets.c.account_id)
                .where(
                    accounts.c.channel == self._channel,
                    accounts.c.state != AccountState.CLOSED,
                    account_secrets.c.is_dead.is_(False),
                )
            )
            rows = found.all()
        for row in rows:
            try:
                await self._look_after(row)
            except Exception:  # One account's trouble is not another's.
                log.exception("zalo_oa_keeper_failed", account=row.account_id)

    async def _look_after(self, row: sa.Row[*tuple[Any, ...]]) -> None:
        now = self._clock()
        if grants.is_due(row, now):
            await self._tokens_of(row.account_id).renew(row.version)
        if self._is_to_be_checked(row.account_id, row.settings.get(PROFILE), now):
            await self._check(row, now)

    async def _run(self) -> None:
        while True:
            self._stir.clear()
            try:
                await self.round()
            except (SQLAlchemyError, OSError) as error:
                log.warning("zalo_oa_not_looked_after", error=type(error).__name__)
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(_ROUND_S):
                    await self._stir.wait()

    def _is_to_be_checked(self, account_id: int, kept: object, now: datetime) -> bool:
        if now < self._not_before.get(account_id, now):
            return False
        checked = kept.get(CHECKED_AT) if isinstance(kept, dict) else None
        return not isinstance(checked, str) or now - datetime.fromisoformat(checked) >= _CHECK_EVERY

    async def _check(self, row: sa.Row[*tuple[Any, ...]], now: datetime) -> None:
        account_id = row.account_id
        self._not_before[account_id] = now + _CHECK_AGAIN
        try:
            found = await profile.learn(self._client_of(account_id))
        except (ZaloOAError, PassageError) as error:
            code = error.code if isinstance(error, Refused) else None
            log.warning(
                "zalo_oa_not_checked", account=account_id, error=type(error).__name__, refused_with=code
            )
            return
        async with self._database.writing() as connection:
            if found.oa_id in {row.external_id, ""}:
                await note_profile(connection, account_id, found, now=now)
            elif await grants.disown(connection, row, now=now):
                log.error("zalo_oa_of_another_account", account=account_id)
                self._tokens_of(account_id).forget()
            else:
                # There is a newer permission: that one is to be asked about.
                self._not_before.pop(account_id, None)
