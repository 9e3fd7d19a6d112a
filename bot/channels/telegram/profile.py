"""What the bot tells Telegram about itself, and asks: its commands, and the name its links carry."""

import structlog
from telegram import Bot, BotCommand
from telegram.error import TelegramError

from bot.languages import DEFAULT, NAMES, Languages

log = structlog.get_logger()


async def learn_name(bot: Bot) -> str:
    """The bot's name in links. Raises TelegramError."""
    return (await bot.get_me()).username or ""


async def set_commands(bot: Bot, languages: Languages) -> None:
    """Put the commands into the app's menu, best effort. The words work as well when they are typed."""
    try:
        await bot.set_my_commands(_commands(languages, DEFAULT))
        for language in NAMES:
            if language not in {
                DEFAULT,
                "en",
            }:  # A phone set to English still belongs to one who reads Vietnamese.
                await bot.set_my_commands(_commands(languages, language), language_code=language)
    except TelegramError as error:
        log.warning("telegram_commands_not_set", error=type(error).__name__)


def _commands(languages: Languages, language: str) -> list[BotCommand]:
    _ = languages.of(language).gettext
    return [
        BotCommand("start", _("Bắt đầu")),
        BotCommand("menu", _("Xem em giúp được gì")),
        BotCommand("dangky", _("Ghi tên vào Hội")),
        BotCommand("ngung", _("Ngưng nhận tin báo")),
    ]
