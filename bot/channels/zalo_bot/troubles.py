"""What a failed round of receiving means at Zalo, for the log and for how long to wait."""

from datetime import timedelta

from bot.channels.passage import PassageError
from bot.channels.reception import Trouble
from bot.channels.zalo_bot.errors import Refused, ZaloBotError

_A_NEW_TOKEN = timedelta(hours=1)  # A refused token stays refused until a person acts, and starts us again.
_QUOTA = timedelta(minutes=5)
_DAILY_LIMIT = timedelta(hours=24)


def trouble_of(error: Exception) -> Trouble:
    match error:
        case Refused(number=401):
            return Trouble("zalo_bot_token_refused", wait=_A_NEW_TOKEN)
        case Refused(number=429):
            return Trouble("zalo_bot_told_to_wait", is_alarm=False, wait=_QUOTA)
        case Refused(number=426):
            return Trouble("zalo_bot_daily_limit", wait=_DAILY_LIMIT)
        case Refused(number=400 | 404 as number):
            # An address that Zalo does not call, a method that it does not know, or a webhook that somebody else set.
            return Trouble("zalo_bot_refused", fields={"refused_with": number})
        case Refused(number=number):
            return Trouble("zalo_bot_away", is_alarm=False, fields={"refused_with": number})
        case ZaloBotError() | PassageError():
            return Trouble("zalo_bot_away", is_alarm=False, fields={"error": type(error).__name__})
        case _:
            return Trouble("zalo_bot_updates_not_kept", fields={"exc_info": error})
