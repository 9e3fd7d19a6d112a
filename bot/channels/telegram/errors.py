"""What went wrong on the way to Telegram, told apart by the one question that matters: may it have arrived?

Telegram has no key by which a repeated send is recognised, so whoever sends must know whether repeating is safe.
These come from the transport, which turns `bot.channels.passage`'s errors into them; refusals by Telegram itself stay python-telegram-bot's own errors.
"""

from __future__ import annotations

from telegram.error import NetworkError, TimedOut


class NotSent(NetworkError):  # noqa: N818  # named like telegram.error's own
    """Nothing that could take effect reached Telegram. Repeating is safe."""


class AnswerLost(NetworkError):  # noqa: N818  # named like telegram.error's own
    """The request went out and no usable answer came back: it may have been carried out."""


class AnswerLate(AnswerLost, TimedOut):
    """No answer in time. Like every AnswerLost it may have been carried out."""


class ServerTrouble(NetworkError):  # noqa: N818  # named like telegram.error's own
    """Telegram, or a gateway before it, answered with this 5xx status."""

    def __init__(self, status: int) -> None:
        super().__init__(f"Telegram answered with status {status}")
        self.status = status

    def __reduce__(self) -> tuple[type, tuple[int]]:  # type: ignore[override]  # as telegram.error does it
        return self.__class__, (self.status,)
