"""An account's access to Zalo: from memory while it is good, renewed by one process at a time.

Zalo takes a refresh token once and voids the old pair as soon as it hands out the new one (zalo-oa.md 1.2-1.4, 2026-11).
So whoever renews holds the row's lease, calls Zalo outside of any transaction, and commits the new pair before it is used.
When an answer is lost nobody knows whether the old pair is spent: it is tried again, and a definite no ends the permission.
There is nothing to lose by trying on, because without that answer the old pair is all we have.
"""

import asyncio
import os
import secrets
import socket
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import structlog
from sqlalchemy.exc import SQLAlchemyError

from bot.channels.passage import AnswerLost, NotSent
from bot.channels.zalo_oa import grants
from bot.channels.zalo_oa.client import Access
from bot.channels.zalo_oa.errors import NeedsAuthorization, Refused, ServerTrouble, SomebodyElse
from bot.channels.zalo_oa.grants import Row
from bot.channels.zalo_oa.oauth import BUSY, OAuth, Pair
from bot.clock import Clock
from bot.sealing import SealBroken, Sealer
from bot.store.database import Database

log = structlog.get_logger()

# Two questions with all their timeouts take less; what is left allows for clocks that differ between machines.
_LEASE = timedelta(minutes=2)
_REREAD_S = 5.0  # How long another process's new pair, or a dead one's new life, may go unnoticed.
_LOOK_S = 0.05
_PATIENCE_S = 30.0  # How long to wait for another process's renewal.
_LAST_S = (
    40.0  # How long a stop waits for a renewal under way: its answer may be the only copy of the new pair.
)
_KEEP_AGAIN_S = (0.2, 0.5, 1.0, 2.0, 5.0, 10.0, 20.0, 30.0, 30.0)
_SECONDS_A_MINUTE = 60

RESTS: Sequence[timedelta] = tuple(timedelta(seconds=s) for s in (2, 10, 30, 120, 300))
"""How long the renewal rests after so many failures in a row, in all processes."""


class Tokens:
    """Of one account, in this process."""

    def __init__(
        self,
        database: Database,
        account_id: int,
        *,
        sealer: Sealer,
        oauth: OAuth,
        clock: Clock,
        rests: Sequence[timedelta] = RESTS,
        reread: timedelta = timedelta(seconds=_REREAD_S),
    ) -> None:
        self._database = database
        self._account_id = account_id
        self._sealer = sealer
        self._oauth = oauth
        self._clock = clock
        self._rests = rests
        self._reread_s = reread.total_seconds()
        self._owner = f"{socket.gethostname()[:32]}:{os.getpid()}:{secrets.token_hex(4)}"
        self._log = log.bind(account=account_id)
        self._access: Access | None = None  # None: there is none that could be used.
        self._version = 0
        self._expires_at = datetime.min.replace(tzinfo=UTC)
        self._is_loaded = False
        self._reread_at = 0.0
        self._failures = 0
        self._is_key_wrong = False
        self._lease_until = self._expires_at
        self._renewal: asyncio.Task[None] | None = None

    async def access(self) -> str:
        """A token to call with. Raises as `current` does."""
        return (await self.current()).token

    async def current(self) -> Access:
        """Raises NeedsAuthorization where nothing but connecting again helps, NotSent where there is none just now."""
        time = asyncio.get_running_loop().time()
        if not self._is_loaded or time >= self._reread_at:
            self._reread_at = (
                time + self._reread_s
            )  # Only the first of many reads; the others go on with what is known.
            await self._reread()
        if self._access is not None and self._expires_at <= self._clock():
            await self.renew(self._version)
            if self._access is not None and self._expires_at <= self._clock():
                raise NotSent("the access has ended and could not be renewed yet")
        if self._access is None:
            raise NeedsAuthorization
        return self._access

    async def renew(self, stale_version: int) -> None:
        """Returns when there is a newer pair than this one, or the permission has ended, or neither can be had now.

        A renewal that has begun goes on when whoever waits for it does not.
        """
        if self._version > stale_version:
            return
        if self._renewal is None or self._renewal.done():
            self._renewal = asyncio.create_task(self._renew(stale_version), name="zalo_oa-renewal")
        await asyncio.shield(self._renewal)

    def forget(self) -> None:
        """What is known is old: somebody has connected the account anew."""
        self._reread_at = 0.0

    async def close(self) -> None:
        """Waits for a renewal under way."""
        renewal, self._renewal = self._renewal, None
        if renewal is not None:
            await asyncio.wait([renewal], timeout=_LAST_S)
            renewal.cancel()
            await asyncio.gather(renewal, return_exceptions=True)

    # Renewing.

    async def _renew(self, stale_version: int) -> None:
        try:
            row = await self._mine_to_renew(stale_version)
            if row is not None:
                await self._ask_zalo(row)
        except (SQLAlchemyError, OSError) as error:
            # What was begun is taken up again when its lease is over.
            self._log.warning("zalo_oa_not_renewed", error=type(error).__name__)

    async def _mine_to_renew(self, stale_version: int) -> Row | None:
        """The row, its lease ours; None when there is nothing to renew any more, or not now."""
        time = asyncio.get_running_loop().time
        until = time() + _PATIENCE_S
        while True:
            async with self._database.reading() as connection:
                row = await grants.read(connection, self._account_id)
            self._take_in(row)
            now = self._clock()
            if row is None or row.version != stale_version or self._access is None:
                return None
            if grants.is_free(row, now):
                if await self._begin(row, now):
                    return row
            elif row.lease_by is None:
                return None  # It rests.
            if time() >= until:
                return None
            await asyncio.sleep(_LOOK_S)

    async def _begin(self, row: Row, now: datetime) -> bool:
        async with self._database.writing() as connection:
            self._lease_until = now + _LEASE
            return await grants.begin_renewal(
                connection, row, owner=self._owner, now=now, until=self._lease_until
            )

    async def _ask_zalo(self, row: Row) -> None:
        refresh_token = grants.unseal(self._sealer, row).refresh
        if not refresh_token:
            await self._end(row, 0)
            return
        was_lost = False
        for _ in range(2):
            if self._clock() + self._oauth.longest >= self._lease_until:
                return  # This process stood still for so long that another one may be at it before Zalo answers.
            try:
                pair = await self._oauth.refresh(refresh_token)
            except AnswerLost:
                # The old pair may be spent or not; asking once more tells which (1.4).
                was_lost = True
                self._log.warning("zalo_oa_renewal_in_doubt")
            except Refused as refused:
                if refused.code != BUSY:
                    await self._end(row, refused.code)
                    return
                await self._rest(row, "busy", is_in_doubt=was_lost, wait=self._to_next_minute())
                return
            except (NotSent, SomebodyElse, ServerTrouble) as error:
                is_in_doubt = was_lost or isinstance(error, ServerTrouble)
                await self._rest(row, type(error).__name__, is_in_doubt=is_in_doubt)
                return
            else:
                await self._keep(row, pair)
                return
        await self._rest(row, AnswerLost.__name__, is_in_doubt=True)

    def _to_next_minute(self) -> timedelta:
        return timedelta(seconds=_SECONDS_A_MINUTE - self._clock().second)

    async def _keep(self, row: Row, pair: Pair) -> None:
        """Commits the new pair: until then it is in this memory only, and the old one is worth nothing."""
        for pause_s in (*_KEEP_AGAIN_S, None):
            try:
                async with self._database.writing() as connection:
                    await grants.replace(connection, row, pair, self._sealer, now=self._clock())
                    newest = await grants.read(connection, self._account_id)
                break
            except (SQLAlchemyError, OSError) as error:
                self._log.error("zalo_oa_pair_not_kept", error=type(error).__name__, again_in_s=pause_s)
                if pause_s is None:
                    raise
                await asyncio.sleep(pause_s)
        self._failures = 0
        self._take_in(newest)
        self._log.info("zalo_oa_renewed")

    async def _rest(self, row: Row, error: str, *, is_in_doubt: bool, wait: timedelta | None = None) -> None:
        if wait is None:
            wait = self._rests[min(self._failures, len(self._rests) - 1)]
        self._failures += 1
        async with self._database.writing() as connection:
            await grants.rest(
                connection, row, owner=self._owner, until=self._clock() + wait, is_in_doubt=is_in_doubt
            )
        self._log.warning(
            "zalo_oa_not_renewed", error=error, is_in_doubt=is_in_doubt, again_in_s=wait.total_seconds()
        )

    async def _end(self, row: Row, code: int) -> None:
        async with self._database.writing() as connection:
            is_mine = await grants.bury(connection, row, owner=self._owner, now=self._clock())
            newest = await grants.read(connection, self._account_id)
        self._take_in(newest)
        if is_mine:  # So that it is said once, whoever else finds out.
            self._log.error("zalo_oa_needs_authorization", refused_with=code)

    # What is known of the row.

    async def _reread(self) -> None:
        try:
            async with self._database.reading() as connection:
                row = await grants.read(connection, self._account_id)
        except (SQLAlchemyError, OSError):
            if not self._is_loaded:
                raise NotSent("the database does not say with what to call") from None
        else:
            self._take_in(row)

    def _take_in(self, row: Row | None) -> None:
        self._is_loaded = True
        if row is not None and row.version < self._version:
            return  # Read before another one was written.
        if row is None or row.is_dead:
            self._access, self._version = None, row.version if row is not None else 0
            return
        if self._access is not None and row.version == self._version:
            return
        self._version, self._expires_at = row.version, row.expires_at
        try:
            self._access = Access(grants.unseal(self._sealer, row).access, row.version)
        except SealBroken:
            # Somebody started us with another secret key. The permission is not touched: with the right one it is good.
            self._access = None
            if not self._is_key_wrong:
                self._is_key_wrong = True
                self._log.error("zalo_oa_sealed_under_another_key")
