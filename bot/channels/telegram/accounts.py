"""The bot that the settings name, as an account of ours."""

import hashlib
import hmac
import re
from datetime import datetime, timedelta
from urllib.parse import urlsplit

from sqlalchemy.ext.asyncio import AsyncConnection

from bot import files
from bot.channels.account_rows import open_account
from bot.channels.contract import Account
from bot.channels.telegram.channel import NAME, Telegram
from bot.channels.tools import Tools
from bot.errors import ConfigurationError
from config.settings import Settings

_TOKEN = re.compile(r"(?P<bot_id>[0-9]{1,20}):[A-Za-z0-9_-]+")
_WEBHOOK_PORTS = {443, 80, 88, 8443}  # telegram.md 3.3 (2026-11)


async def open_accounts(connection: AsyncConnection, settings: Settings, now: datetime) -> list[Account]:
    """The bot's account; none when no token is set. Raises ConfigurationError where the token cannot be one."""
    token = settings.telegram_token.get_secret_value()
    if not token:
        return []
    shape = _TOKEN.fullmatch(token)
    if shape is None:
        raise ConfigurationError(
            "CHIHOI_TELEGRAM_TOKEN: this is no bot token. @BotFather gives one: digits, a colon, then letters and digits."
        )
    bot_id = shape["bot_id"]
    return [
        await open_account(connection, channel=NAME, external_id=bot_id, name=f"Telegram {bot_id}", now=now)
    ]


def create(account: Account, tools: Tools) -> Telegram:
    """The channel of an account that `open_accounts` gave."""
    settings = tools.settings
    return Telegram(
        account,
        token=settings.telegram_token.get_secret_value(),
        base_url=settings.telegram_base_url,
        file_base_url=settings.telegram_file_base_url,
        per_second=settings.telegram_per_second,
        send_timeout=timedelta(seconds=settings.telegram_send_timeout_s),
        in_flight=settings.send_in_flight,
        languages=tools.languages,
        public_url=settings.public_url if can_be_called(settings.public_url) else "",
        webhook_secret=webhook_secret(tools.secret_key, account.external_id),
        read_file=files.reader(tools.database),
    )


def can_be_called(public_url: str) -> bool:
    """Whether Telegram would call this address; else we poll."""
    address = urlsplit(public_url)
    return address.scheme == "https" and (address.port or 443) in _WEBHOOK_PORTS


def webhook_secret(secret_key: str, bot_id: str) -> str:
    """What Telegram proves itself with: derived, so that every process knows it and nothing has to be kept."""
    return hmac.new(secret_key.encode(), f"telegram-webhook:{bot_id}".encode(), hashlib.sha256).hexdigest()
