"""A platform whose accounts officers connect in the console, and that answers as a test has it."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime

from aiohttp import web
from sqlalchemy.ext.asyncio import AsyncConnection

from bot import groups
from bot.channels.account_rows import open_account
from bot.channels.contract import (
    Account,
    AccountCare,
    Channel,
    ConnectError,
    Connecting,
    Keep,
    Receive,
    Retry,
    SendError,
)
from bot.clock import LONG_PAST
from bot.groups import Group
from bot.store.database import Database
from tests.fakes import FakeChannel

NAME = "zalo_oa"  # Its rules are the real ones.
TROUBLES = {
    "grant_is_over": "Quyền của Hội đã hết, chị bấm Kết nối lại.",
    "too_fast": "Chị thử lại sau một phút.",
    "wrong_key": "Tin đến đang bị bỏ qua, chị báo người vận hành.",
}
REFUSED = "Đường dẫn này đã cũ, chị bấm kết nối lại từ đầu."


class ConnectingPlatform:
    """Implements `contract.Platform`, `contract.Connecting` and `contract.AccountCare` in one."""

    name = NAME
    title = "Zalo OA"
    jobs: Collection[str] = ("followers", "recovery")
    shows_articles = True
    has_groups = True

    def __init__(self, database: Database) -> None:
        self.connecting: Connecting | None = self
        self.care: AccountCare | None = self
        self.missing = ""
        self.refuses = False  # Whether connecting and fetching fail.
        self.came_back_with: list[Mapping[str, str]] = []
        self.pasted: list[tuple[str, str]] = []
        self.groups = [
            Group("group:1", "Cán bộ Hội", 12, is_open=True),
            Group("group:2", "Cũ", 3, is_open=False),
        ]
        self._database = database

    async def open_accounts(self, connection: AsyncConnection, now: datetime) -> Sequence[Account]:
        return ()

    async def more_accounts(self, connection: AsyncConnection) -> Sequence[Account]:
        return ()

    def channel(self, account: Account) -> Channel:
        return FakeChannel(account.account_id)

    async def open(self) -> None:
        """Nothing to open."""

    async def close(self) -> None:
        """Nothing to close."""

    async def start_receiving(self, receive: Receive) -> None:
        """Takes nothing in."""

    async def stop_receiving(self) -> None:
        """Has taken nothing in."""

    async def start_work(self, keep: Keep) -> None:
        """Officers start it by hand."""

    async def stop_work(self) -> None:
        """Nothing was started."""

    def routes(self) -> Sequence[web.AbstractRouteDef]:
        async def take(request: web.Request) -> web.Response:
            return web.Response()

        return (web.post("/channels/zalo_oa/abc", take),)

    def link(self, external_id: str) -> str:
        return f"https://open.example/{external_id}"

    def sentence(self, code: str) -> str:
        return self.missing if code == "no_key" else TROUBLES.get(code, "")

    def is_ready(self) -> str:
        return self.missing

    async def begin(self, connection: AsyncConnection, *, staff_id: int, back: str, now: datetime) -> str:
        return f"https://platform.example/yes?state={staff_id}&back={back}"

    async def finish(self, query: Mapping[str, str], *, staff_id: int, back: str, now: datetime) -> Account:
        self.came_back_with.append(dict(query))
        return await self._connected(now)

    async def paste(self, access_token: str, refresh_token: str, *, staff_id: int, now: datetime) -> Account:
        self.pasted.append((access_token, refresh_token))
        return await self._connected(now)

    async def fetch_templates(self, account_id: int) -> int:
        if self.refuses:
            raise SendError("too_fast", Retry.LATER)
        return 3

    async def fetch_groups(self, account_id: int) -> int:
        if self.refuses:
            raise SendError("too_fast", Retry.LATER)
        async with self._database.writing() as connection:
            await groups.keep(connection, account_id, self.groups, now=LONG_PAST)
        return len(self.groups)

    async def _connected(self, now: datetime) -> Account:
        if self.refuses:
            raise ConnectError(REFUSED)
        async with self._database.writing() as connection:
            return await open_account(
                connection, channel=NAME, external_id="7000", name="Hội Phụ nữ Cần Thơ", now=now
            )
