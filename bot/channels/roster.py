"""The platforms of this process and the channel of every account, also of those that officers add while it runs.

Every process looks for itself what accounts there are: one is added in the console of one process, and the senders of all
of them serve it a few seconds later.
"""

import asyncio
import contextlib
from collections.abc import Awaitable, Callable, Sequence
from datetime import timedelta

import structlog
from aiohttp import web
from sqlalchemy.exc import SQLAlchemyError

from bot.channels.contract import Channel, Keep, Limits, Platform, Receive
from bot.clock import Clock
from bot.sending.pace import set_pace
from bot.store.database import Database

log = structlog.get_logger()

LOOK_EVERY = timedelta(seconds=3)

_Part = Platform | Channel


class Roster:
    """`fill` it, then `open`, `start_receiving` and `watch`; each has its counterpart.

    `channels` and `limits`, both by account, grow while the watch is on.
    """

    def __init__(
        self,
        database: Database,
        platforms: Sequence[Platform],
        *,
        clock: Clock,
        look_every: timedelta = LOOK_EVERY,
    ) -> None:
        self.platforms = platforms
        self.channels: dict[int, Channel] = {}
        self.limits: dict[int, Limits] = {}
        self._database = database
        self._clock = clock
        self._look_every_s = look_every.total_seconds()
        self._open: list[_Part] = []
        self._receive: Receive | None = None
        self._receiving: list[_Part] = []
        self._working: list[Platform] = []
        self._greet: Callable[[Channel], Awaitable[None]] | None = None
        self._watch: asyncio.Task[None] | None = None

    async def fill(self) -> None:
        """The accounts that are set up now. Raises ConfigurationError."""
        for platform in self.platforms:
            async with self._database.writing() as connection:
                accounts = await platform.open_accounts(connection, self._clock())
            for account in accounts:
                await self._add(platform.channel(account))

    def routes(self) -> list[web.AbstractRouteDef]:
        """What all of them serve over HTTP."""
        return [route for part in self._parts() for route in part.routes()]

    async def open(self) -> None:
        for part in self._parts():
            await part.open()
            self._open.append(part)

    async def close(self) -> None:
        while self._open:
            part = self._open.pop()
            await _without_fail(part, part.close())

    async def start_receiving(self, receive: Receive) -> None:
        self._receive = receive
        for part in self._parts():
            await part.start_receiving(receive)
            self._receiving.append(part)

    async def stop_receiving(self) -> None:
        self._receive = None
        while self._receiving:
            part = self._receiving.pop()
            await _without_fail(part, part.stop_receiving())

    async def start_work(self, keep: Keep) -> None:
        """What the platforms do that nobody waits for."""
        for platform in self.platforms:
            await platform.start_work(keep)
            self._working.append(platform)

    async def stop_work(self) -> None:
        while self._working:
            platform = self._working.pop()
            await _without_fail(platform, platform.stop_work())

    async def start_watch(self, greet: Callable[[Channel], Awaitable[None]]) -> None:
        """Look for new accounts from now on; `greet` is awaited with the open channel of each."""
        self._greet = greet
        self._watch = asyncio.create_task(self._look_again_and_again(), name="accounts")

    async def stop_watch(self) -> None:
        watch, self._watch = self._watch, None
        if watch is not None:
            watch.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await watch

    async def _look_again_and_again(self) -> None:
        while True:
            await asyncio.sleep(self._look_every_s)
            try:
                await self.look()
            except (SQLAlchemyError, OSError) as error:
                log.warning("accounts_not_looked_at", error=type(error).__name__)
            except Exception:  # One account that cannot be served ends no looking for others.
                log.exception("account_not_served")

    async def look(self) -> None:
        """Serve every account that was added since."""
        for platform in self.platforms:
            async with self._database.reading() as connection:
                accounts = await platform.more_accounts(connection)
            for account in accounts:
                if account.account_id not in self.channels:
                    await self._welcome(platform.channel(account))

    async def _welcome(self, channel: Channel) -> None:
        await channel.open()
        self._open.append(channel)
        await self._add(channel)
        if self._receive is not None:
            await channel.start_receiving(self._receive)
            self._receiving.append(channel)
        if self._greet is not None:
            await self._greet(channel)
        log.info("account_added", account=channel.account.account_id, channel=channel.name)

    def _parts(self) -> list[_Part]:
        return [*self.platforms, *self.channels.values()]

    async def _add(self, channel: Channel) -> None:
        account_id = channel.account.account_id
        async with self._database.writing() as connection:
            await set_pace(connection, account_id, per_second=channel.limits.per_second)
        self.limits[account_id] = channel.limits
        self.channels[account_id] = channel


async def _without_fail(part: _Part, ending: Awaitable[None]) -> None:
    """One that cannot be ended must not keep the others from it."""
    try:
        await ending
    except Exception:
        log.exception("channel_did_not_stop", channel=part.name)
