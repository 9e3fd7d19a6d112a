"""Every platform there is. A new one is a folder of its own and a line here."""

from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime

from aiohttp import web
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.channels.contract import Account, AccountCare, Channel, Connecting, Keep, Platform, Receive
from bot.channels.telegram import accounts as telegram
from bot.channels.tools import Tools
from bot.channels.web_chat import accounts as web_chat
from bot.channels.zalo_bot import accounts as zalo_bot
from bot.channels.zalo_oa.platform import ZaloOAPlatform
from config.settings import Settings

__all__ = ["FromSettings", "Tools", "platforms"]


def platforms(tools: Tools) -> Sequence[Platform]:
    """The platforms of this process, nothing of them open yet."""
    return (
        FromSettings("web_chat", web_chat.open_accounts, web_chat.create, tools),
        FromSettings("telegram", telegram.open_accounts, telegram.create, tools),
        FromSettings("zalo_bot", zalo_bot.open_accounts, zalo_bot.create, tools),
        ZaloOAPlatform(tools),
    )


class FromSettings:
    """A platform whose accounts stand in the settings and share nothing. Implements `contract.Platform`."""

    connecting: Connecting | None = None
    care: AccountCare | None = None

    def __init__(
        self,
        name: str,
        open_accounts: Callable[[AsyncConnection, Settings, datetime], Awaitable[Sequence[Account]]],
        create: Callable[[Account, Tools], Channel],
        tools: Tools,
    ) -> None:
        self.name = name
        self._open_accounts = open_accounts
        self._create = create
        self._tools = tools

    async def open_accounts(self, connection: AsyncConnection, now: datetime) -> Sequence[Account]:
        return await self._open_accounts(connection, self._tools.settings, now)

    async def more_accounts(self, connection: AsyncConnection) -> Sequence[Account]:  # noqa: ARG002 - settings do not change
        return ()

    def channel(self, account: Account) -> Channel:
        return self._create(account, self._tools)

    async def open(self) -> None:
        """Each account has its own connections."""

    async def close(self) -> None:
        """As `open`."""

    async def start_receiving(self, receive: Receive) -> None:
        """As `open`."""

    async def stop_receiving(self) -> None:
        """As `open`."""

    async def start_work(self, keep: Keep) -> None:
        """There is none."""

    async def stop_work(self) -> None:
        """As `start_work`."""

    def routes(self) -> Sequence[web.AbstractRouteDef]:
        return ()

    def link(self, external_id: str) -> str:  # noqa: ARG002 - those that can be opened so say a code as well
        return ""

    def sentence(self, code: str) -> str:  # noqa: ARG002 - the console's own words do
        return ""
