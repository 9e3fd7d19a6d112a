"""Changing what was sent: edits at any time, taking back within 48 hours (telegram.md 2.8, 2026-11). Twice does no harm."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from telegram import Bot
from telegram.error import BadRequest, TelegramError

from bot import text
from bot.channels.contract import Outgoing, Retry, SendError
from bot.channels.telegram import outgoing
from bot.channels.telegram.attachments import CAPTION_UNITS
from bot.channels.telegram.refusals import send_error

RECALLS_WITHIN = timedelta(hours=48)

# What was asked for is so already.
_IS_SO = ("message is not modified", "message to delete not found")
# The words stand below a file, or do not.
_OTHER_KIND = ("there is no text in the message", "there is no caption in the message")

_TEXT, _CAPTION, _DELETE = "EditMessageText", "EditMessageCaption", "DeleteMessage"


async def edit(bot: Bot, address: str, platform_id: str, message: Outgoing) -> None:
    """As `bot.channels.contract.Revising`."""
    which = _which(address, platform_id)
    as_text = (_TEXT, which | outgoing.edited(message))
    as_caption = (_CAPTION, which | outgoing.edited_caption(message))
    ways = [as_text]
    if message.attachment is not None and text.utf16_length(message.text) <= CAPTION_UNITS:
        # It is below the file, unless the words were too many for that, or the file was not to be had.
        ways = [as_caption, as_text]
    for method, parameters in ways[:-1]:
        try:
            return await _call(bot, method, parameters)
        except BadRequest as refusal:
            if not _says(refusal, _OTHER_KIND):
                raise send_error(refusal) from refusal
        except TelegramError as error:
            raise send_error(error) from error
    try:
        await _call(bot, *ways[-1])
    except TelegramError as error:
        raise send_error(error) from error


async def recall(bot: Bot, address: str, platform_id: str) -> None:
    """As `bot.channels.contract.Revising`."""
    try:
        await _call(bot, _DELETE, _which(address, platform_id))
    except TelegramError as error:
        raise send_error(error) from error


async def _call(bot: Bot, method: str, parameters: Mapping[str, Any]) -> None:
    try:
        await bot.do_api_request(method, api_kwargs=dict(parameters))
    except BadRequest as refusal:
        if not _says(refusal, _IS_SO):
            raise


def _which(address: str, platform_id: str) -> dict[str, Any]:
    if not outgoing.MESSAGE_ID.fullmatch(platform_id):
        raise SendError("telegram_too_late", Retry.NEVER)
    return {"chat_id": address, "message_id": int(platform_id)}


def _says(refusal: BadRequest, words: tuple[str, ...]) -> bool:
    return any(known in refusal.message.lower() for known in words)
