"""Files that people sent to the bot: asked for by id, then read from Telegram's file server.

Telegram alone says where its file lies, and the address begins with ours, so nobody leads us anywhere.
"""

import re
from typing import Final

from telegram import Bot
from telegram.error import BadRequest, Forbidden, InvalidToken, NetworkError, TelegramError

from bot.channels.contract import FetchError

_MOST_BYTES: Final = 20 * 1024 * 1024  # telegram.md 2.5 (2026-11): getFile gives no larger ones.
_PATH = re.compile(r"[A-Za-z0-9_-]+(/[A-Za-z0-9_.-]+)+")


async def download(bot: Bot, file_id: str, *, most_bytes: int) -> bytes:
    """Raises FetchError only, also for what is larger."""
    try:
        # The raw call: the library's own File would build the address by itself and put it into its errors.
        answer = await bot.do_api_request("GetFile", api_kwargs={"file_id": file_id})
        path = answer.get("file_path") if isinstance(answer, dict) else None
        size = answer.get("file_size") if isinstance(answer, dict) else None
        if isinstance(size, int) and size > most_bytes:
            raise FetchError("too_large", is_final=True)
        if not isinstance(path, str) or not _PATH.fullmatch(path) or ".." in path:
            raise FetchError("gone", is_final=True)
        data = await bot.request.retrieve(f"{bot.base_file_url}/{path}")
    except TelegramError as error:
        failure = _failure(error)
    else:
        if len(data) > min(most_bytes, _MOST_BYTES):
            raise FetchError("too_large", is_final=True)
        return data
    # Outside of the except block, so that no traceback leads back to the token in an address.
    raise failure


def _failure(error: TelegramError) -> FetchError:
    # BadRequest is a NetworkError to the library, so it stands first.
    if isinstance(error, BadRequest):
        is_too_large = "too big" in error.message.lower()
        return FetchError("too_large" if is_too_large else "gone", is_final=True)
    if isinstance(error, Forbidden | InvalidToken):
        return FetchError("refused", is_final=False)  # The token may be renewed.
    return FetchError(
        "no_connection" if isinstance(error, NetworkError) else "server_trouble", is_final=False
    )
