"""Every channel there is. A new one is a folder of its own and a line here."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncConnection

from bot.channels.contract import Account, Channel
from bot.channels.telegram import accounts as telegram
from bot.channels.tools import Tools
from bot.channels.web_chat import accounts as web_chat
from bot.channels.zalo_bot import accounts as zalo_bot
from config.settings import Settings

__all__ = ["FACTORIES", "Factory", "Tools"]


@dataclass(frozen=True, slots=True)
class Factory:
    """How the channels of one platform are made.

    `open_accounts` writes a row for each account that is set up (none: the platform is not used) and raises
    ConfigurationError where it is set up wrongly; `create` makes the channel of one of them, without any connection yet.
    """

    name: str
    open_accounts: Callable[[AsyncConnection, Settings, datetime], Awaitable[list[Account]]]
    create: Callable[[Account, Tools], Channel]


FACTORIES: Sequence[Factory] = (
    Factory("web_chat", web_chat.open_accounts, web_chat.create),
    Factory("telegram", telegram.open_accounts, telegram.create),
    Factory("zalo_bot", zalo_bot.open_accounts, zalo_bot.create),
)
