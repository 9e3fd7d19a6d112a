"""She asked for a person: for a while whatever she writes is passed on, be it a question that the assistant could answer.

It ends when she says that she is safe or that it was nothing, and ten minutes after her last words.
"""

from datetime import datetime, timedelta

from bot.turn import Turn

SINCE = "listened_from"
"""Where it stands in what her chat remembers."""
_GOES_ON_FOR = timedelta(minutes=10)


def begin(turn: Turn) -> None:
    """From now on, and anew with each of her words."""
    turn.conversation.data = {"asked": "", **turn.conversation.data, SINCE: turn.now.isoformat()}


def goes_on(turn: Turn) -> bool:
    since = str(turn.conversation.data.get(SINCE) or "")
    return bool(since) and turn.now - datetime.fromisoformat(since) < _GOES_ON_FOR


def end(turn: Turn) -> None:
    turn.conversation.data = {name: value for name, value in turn.conversation.data.items() if name != SINCE}
