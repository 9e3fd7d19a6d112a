"""What a failed round of receiving means at Telegram, for the log and for how long to wait."""

from telegram.error import Conflict, InvalidToken, RetryAfter, TelegramError

from bot.channels.reception import Trouble
from bot.channels.telegram.refusals import wait_of


def trouble_of(error: Exception) -> Trouble:
    wait = wait_of(error) if isinstance(error, RetryAfter) else None
    match error:
        case InvalidToken():
            return Trouble("telegram_token_refused")
        case Conflict():
            # Another process polls with this token, or set a webhook: one bot can be served in one place only.
            return Trouble("telegram_received_elsewhere")
        case TelegramError():
            fields = {"error": type(error).__name__}
            return Trouble("telegram_away", is_alarm=False, wait=wait, fields=fields)
        case _:
            return Trouble("telegram_updates_not_kept", fields={"exc_info": error})
