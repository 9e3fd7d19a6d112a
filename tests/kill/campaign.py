"""A whole campaign to be shot at: three platforms in processes of their own, the service in several, and a database whose
server can die as well.
"""

import asyncio
import random
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any, Protocol

import sqlalchemy as sa

from bot.channels.account_rows import open_account
from bot.channels.zalo_oa import grants
from bot.channels.zalo_oa.oauth import Pair
from bot.clock import utc_now
from bot.sealing import Sealer
from bot.store.database import Database
from bot.store.tables import accounts, contacts, deliveries, runs
from bot.store.tables.broadcasts import DeliveryState, RunState
from broadcasts import running
from tests import crowd
from tests.databases import Server
from tests.emulators.telegram.remote import RemoteTelegram
from tests.emulators.zalo_bot.remote import RemoteZaloBot
from tests.emulators.zalo_oa.remote import RemoteZaloOA
from tests.service import ServiceProcess

ROLES = ("web", "sender", "sender", "scheduler")
"""One process each."""

# One send in twenty goes wrong, each platform in its own words: broken, silent, cut off before or after it was taken, refused, and
# now and then too fast. The last is rare: it stops the whole account for up to a minute.
_FAULTS = ("server_error", "hang", "close_before_reading", "close_after_accepting")
_SHARE = 0.01  # Of each, and of refusals.
_TOO_FAST = 4  # Times to be expected on each platform.


@dataclass(frozen=True, slots=True)
class _Sends:
    """How a platform is asked to send, and what it calls what goes wrong there alone."""

    method: str
    too_fast: str | int
    refused: str | int


_SENDS: Mapping[str, _Sends] = {
    "telegram": _Sends("sendMessage", "flood", "blocked"),
    "zalo_bot": _Sends("sendMessage", 429, 403),
    "zalo_oa": _Sends("v3.0/oa/message/cs", -32, -213),
}
_KEY = "a secret key of a test"
_LOOK_S = 0.05
_PATIENCE_S = 240.0
_LAST_LINES = 30
_FIRST_CHAT = 3_000_000_001


@dataclass(frozen=True, slots=True)
class Outcome:
    """One recipient: what the ledger says, and how often it came to her phone."""

    channel: str
    state: DeliveryState
    code: str
    uncertain_sends: int
    arrived: int


class _Faulty(Protocol):
    """An emulator in another process."""

    async def order_fault(self, fault: Any, **more: Any) -> None: ...

    async def arrivals(self) -> dict[Any, list[float]]: ...


class Campaign:
    def __init__(
        self, database: Database, server: Server | None, folder: Path, chance: random.Random, size: int
    ) -> None:
        self.database = database
        self.server = server
        self.size = size
        self._folder = folder
        self._chance = chance
        self._settings: dict[str, str] = {}
        self._platforms: dict[str, _Faulty] = {}
        self._officer_id = 0
        self._fleet: list[Shot] = []

    # Putting it up

    async def put_up(self, stack: AsyncExitStack) -> None:
        """The platforms, their people, and an announcement to all of them that is due now."""
        telegram = await stack.enter_async_context(RemoteTelegram.started("--any-chat"))
        zalo_bot = await stack.enter_async_context(RemoteZaloBot.started())
        zalo_oa = await stack.enter_async_context(RemoteZaloOA.started())
        self._platforms = {"telegram": telegram, "zalo_bot": zalo_bot, "zalo_oa": zalo_oa}
        now, share = utc_now(), self.size // 3
        its_bot = await zalo_bot.bot(most_users=1_000_000, monthly_messages=1_000_000)
        app = await zalo_oa.app(calls_per_minute=1_000_000)
        oa, pair = await zalo_oa.oa(), await zalo_oa.connect()
        addresses = {
            "zalo_bot": [(await zalo_bot.user(has_written=True)).user_id for _ in range(share)],
            "zalo_oa": await zalo_oa.do("crowd", count=share, spread_s=3600),
        }
        people = await crowd.add(
            self.database, self.size - 2 * share, now, external_id=crowd.BOT_ID, first=_FIRST_CHAT
        )
        self._officer_id = people.officer_id
        async with self.database.writing() as connection:
            unit_id = await crowd.unit_id(connection)
            for channel, external_id in (
                ("zalo_bot", its_bot["token"].partition(":")[0]),
                ("zalo_oa", oa["oa_id"]),
            ):
                account = await open_account(
                    connection, channel=channel, external_id=external_id, name=channel, now=now
                )
                await crowd.add_people(
                    connection, account.account_id, addresses[channel], unit_id=unit_id, now=now
                )
            given = Pair(pair["access_token"], pair["refresh_token"], timedelta(hours=25))
            await grants.give(connection, account.account_id, given, Sealer(_KEY), now=now)
        self._settings = {
            "CHIHOI_DATABASE_URL": self.database.engine.url.render_as_string(hide_password=False),
            "CHIHOI_SECRET_KEY": _KEY,
            "CHIHOI_TELEGRAM_TOKEN": crowd.TOKEN,
            "CHIHOI_TELEGRAM_BASE_URL": telegram.base_url,
            "CHIHOI_TELEGRAM_FILE_BASE_URL": telegram.file_base_url,
            "CHIHOI_TELEGRAM_PER_SECOND": "150",
            "CHIHOI_ZALO_BOT_TOKEN": its_bot["token"],
            "CHIHOI_ZALO_BOT_BASE_URL": zalo_bot.base_url,
            "CHIHOI_ZALO_BOT_PER_SECOND": "150",
            "CHIHOI_ZALO_BOT_MONTHLY_MESSAGES": "0",
            "CHIHOI_ZALO_APP_ID": app["app_id"],
            "CHIHOI_ZALO_APP_SECRET": app["secret"],
            "CHIHOI_ZALO_OA_SECRET_KEY": app["oa_secret_key"],
            "CHIHOI_ZALO_OA_BASE_URL": zalo_oa.base_url,
            "CHIHOI_ZALO_OAUTH_BASE_URL": zalo_oa.oauth_base_url,
            "CHIHOI_ZALO_BUSINESS_BASE_URL": zalo_oa.business_base_url,
            "CHIHOI_ZALO_OA_PER_SECOND": "150",
            "CHIHOI_ZALO_APP_PER_MINUTE": "1000000",
            # Short, so that what a dead process had claimed is soon looked after.
            "CHIHOI_SEND_LEASE_S": "3",
            "CHIHOI_TELEGRAM_SEND_TIMEOUT_S": "2.5",
            "CHIHOI_ZALO_BOT_SEND_TIMEOUT_S": "2.5",
            "CHIHOI_ZALO_OA_SEND_TIMEOUT_S": "2.5",
        }
        for channel, sends in _SENDS.items():
            faults = dict.fromkeys((*_FAULTS, sends.refused), _SHARE)
            for fault, probability in {**faults, sends.too_fast: _TOO_FAST / share}.items():
                await self._platforms[channel].order_fault(
                    fault, method=sends.method, times=None, probability=probability
                )
        await crowd.announce(self.database, people, now, channels=tuple(self._platforms))

    # Shooting at it

    @asynccontextmanager
    async def processes(self) -> AsyncIterator[list["Shot"]]:
        """The whole fleet, each of which can be killed and comes back."""
        async with AsyncExitStack() as stack:
            shots = [Shot(self._settings, self._folder / f"{i}", role) for i, role in enumerate(ROLES)]
            self._fleet = shots
            for shot in shots:
                stack.push_async_callback(shot.end)
                shot.begin()
            yield shots

    async def taken(self) -> int:
        """How many deliveries have been taken up, whatever became of them."""
        async with self.database.reading() as connection:
            is_taken = deliveries.c.state != DeliveryState.PLANNED
            found = sa.select(sa.func.count()).select_from(deliveries).where(is_taken)
            return int(await connection.scalar(found) or 0)

    async def pause_and_resume(self) -> None:
        """As an officer does it in the middle."""
        async with self.database.writing() as connection:
            run_id = (await connection.execute(sa.select(runs.c.id))).scalar_one()
            now = utc_now()
            await running.pause(connection, run_id, staff_id=self._officer_id, now=now)
        async with self.database.writing() as connection:
            await running.resume(connection, run_id, staff_id=self._officer_id, now=now)

    async def until(self, holds: Callable[[], Awaitable[bool]], what: str) -> None:
        async with asyncio.timeout(_PATIENCE_S):
            try:
                while not await holds():
                    await asyncio.sleep(_LOOK_S)
            except asyncio.CancelledError as exc:
                exc.add_note(f"waited for: {what}")
                for shot in self._fleet:
                    exc.add_note(shot.last_words())
                raise

    async def is_done(self) -> bool:
        async with self.database.reading() as connection:
            state = await connection.scalar(sa.select(runs.c.state))
        return state is RunState.DONE

    # What became of it

    async def outcomes(self) -> list[Outcome]:
        """Every recipient by the ledger and by the platforms' own logs."""
        arrived = {
            (channel, str(address)): len(times)
            for channel, platform in self._platforms.items()
            for address, times in (await platform.arrivals()).items()
        }
        joined = deliveries.join(contacts, contacts.c.id == deliveries.c.contact_id).join(
            accounts, accounts.c.id == deliveries.c.account_id
        )
        async with self.database.reading() as connection:
            rows = await connection.execute(
                sa.select(
                    accounts.c.channel,
                    contacts.c.address,
                    deliveries.c.state,
                    deliveries.c.code,
                    deliveries.c.uncertain_sends,
                ).select_from(joined)
            )
            return [
                Outcome(
                    row.channel,
                    row.state,
                    row.code,
                    row.uncertain_sends,
                    arrived.get((row.channel, row.address), 0),
                )
                for row in rows
            ]


class Shot:
    """One process of the service, and who starts it again whenever it ends, as systemd or Docker would."""

    def __init__(self, settings: Mapping[str, str], folder: Path, role: str) -> None:
        folder.mkdir()
        self.role = role
        self._settings = settings
        self._folder = folder
        self._process: ServiceProcess | None = None
        self._keeping: asyncio.Task[None] | None = None

    def begin(self) -> None:
        self._keeping = asyncio.create_task(self._keep(), name=f"keeps-{self.role}")

    async def _keep(self) -> None:
        while True:
            async with ServiceProcess.starting(
                self._settings, self._folder, roles=self.role
            ) as self._process:
                await self._process.ended()

    async def kill(self) -> None:
        """Dead at once."""
        if self._process:
            await self._process.kill()

    async def end(self) -> None:
        if self._keeping:
            self._keeping.cancel()
            await asyncio.gather(self._keeping, return_exceptions=True)

    def last_words(self) -> str:
        lines = self._process.lines[-_LAST_LINES:] if self._process else []
        return "\n".join([f"--- {self.role}", *lines])
