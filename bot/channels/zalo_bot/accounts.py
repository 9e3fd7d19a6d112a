"""The Zalo bot that the settings name, as an account of ours."""

import hashlib
import hmac
import re
from datetime import datetime, timedelta

from sqlalchemy.ext.asyncio import AsyncConnection

from bot.channels.account_rows import open_account
from bot.channels.contract import Account
from bot.channels.tools import Tools
from bot.channels.zalo_bot.channel import NAME, ZaloBot
from bot.errors import ConfigurationError
from bot.usage import plan_settings
from config.settings import Settings

_TOKEN = re.compile(r"(?P<bot_id>[0-9]{1,40}):[A-Za-z0-9_-]+")


async def open_accounts(connection: AsyncConnection, settings: Settings, now: datetime) -> list[Account]:
    """The bot's account; none when no token is set. Raises ConfigurationError where the token cannot be one."""
    token = settings.zalo_bot_token.get_secret_value()
    if not token:
        return []
    shape = _TOKEN.fullmatch(token)
    if shape is None:
        raise ConfigurationError(
            "CHIHOI_ZALO_BOT_TOKEN: this is no bot token. Zalo Bot Creator gives one: digits, a colon, then letters and digits."
        )
    bot_id = shape["bot_id"]
    plan = plan_settings(messages=settings.zalo_bot_monthly_messages, people=settings.zalo_bot_users)
    return [
        await open_account(
            connection, channel=NAME, external_id=bot_id, name=f"Bot {bot_id}", settings=plan, now=now
        )
    ]


def create(account: Account, tools: Tools) -> ZaloBot:
    """The channel of an account that `open_accounts` gave."""
    settings = tools.settings
    return ZaloBot(
        account,
        token=settings.zalo_bot_token.get_secret_value(),
        base_url=settings.zalo_bot_base_url,
        per_second=settings.zalo_bot_per_second,
        send_timeout=timedelta(seconds=settings.zalo_bot_send_timeout_s),
        hears_groups=settings.zalo_bot_groups,
        public_url=settings.public_url if settings.public_url.startswith("https://") else "",
        webhook_secret=webhook_secret(tools.secret_key, account.external_id),
        links_secret=_derived(tools.secret_key, f"zalo-bot-files:{account.external_id}"),
        allow_private_media=settings.allow_private_media,
        database=tools.database,
        clock=tools.clock,
    )


def webhook_secret(secret_key: str, bot_id: str) -> str:
    """What Zalo proves itself with: derived, so that every process knows it and nothing has to be kept."""
    return _derived(secret_key, f"zalo-bot-webhook:{bot_id}")


def _derived(secret_key: str, purpose: str) -> str:
    return hmac.new(secret_key.encode(), purpose.encode(), hashlib.sha256).hexdigest()
