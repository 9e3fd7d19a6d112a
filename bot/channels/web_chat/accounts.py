"""The one web chat of this service, as an account of ours. It needs no setting to be there."""

from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncConnection

from bot.channels.account_rows import open_account
from bot.channels.contract import Account
from bot.channels.tools import Tools
from bot.channels.web_chat.channel import NAME, WebChat
from config.settings import Settings

_EXTERNAL_ID = "chat"


async def open_accounts(connection: AsyncConnection, _settings: Settings, now: datetime) -> list[Account]:
    return [
        await open_account(
            connection,
            channel=NAME,
            external_id=_EXTERNAL_ID,
            name="Trang web của Hội",  # As officers read it where they choose how to send.
            now=now,
        )
    ]


def create(account: Account, tools: Tools) -> WebChat:
    """The channel of the account that `open_accounts` gave."""
    settings = tools.settings
    return WebChat(
        account,
        tools.database,
        assets=tools.assets,
        languages=tools.languages,
        clock=tools.clock,
        organisation=settings.organisation,
        web_address=settings.web_address,
        greeting=tools.greeting,
        widget_origins=settings.widget_origins.split(),
    )
