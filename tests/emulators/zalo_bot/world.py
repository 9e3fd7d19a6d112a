"""The state behind the fake Zalo Bot platform: bots, their people and groups, pictures."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from tests.emulators.clock import EmulatorClock
from tests.emulators.parameters import JSON
from tests.emulators.phone import Received
from tests.emulators.webhook import Webhook
from tests.emulators.zalo_bot.accounts import Bot

FIRST_BOT = 1_000_000_000_000_000_001


@dataclass(frozen=True, slots=True)
class Media:
    content: bytes
    content_type: str


@dataclass(eq=False, repr=False, slots=True)
class World:
    clock: EmulatorClock
    address: Callable[[], str]
    bots: dict[str, Bot] = field(default_factory=dict)  # by token
    media: dict[str, Media] = field(default_factory=dict)
    changes: int = 0  # counts what the phone page must show
    on_change: Callable[[], None] = lambda: None
    _numbers: dict[str, int] = field(default_factory=dict)

    def add_bot(self, *, name: str, **fields: Any) -> Bot:
        number = self.next_number("bot", FIRST_BOT)
        bot = Bot(
            token=fields.pop("token", f"{number}:{self.hex(32)}"),
            bot_id=str(number),
            name=name,
            clock=self.clock,
            webhook=Webhook(self.clock, answer_s=5.0),
            **fields,
        )
        self.bots[bot.token] = bot
        return bot

    def reset_token(self, bot: Bot) -> str:
        """The owner reset the token in Bot Creator: the old one is dead."""
        del self.bots[bot.token]
        bot.token = f"{bot.bot_id}:{self.hex(32)}"
        self.bots[bot.token] = bot
        return bot.token

    def next_number(self, kind: str, first: int = 1) -> int:
        number = self._numbers.get(kind, first)
        self._numbers[kind] = number + 1
        return number

    def hex(self, length: int = 20) -> str:
        return hashlib.sha256(f"bot{self.next_number('hex')}".encode()).hexdigest()[:length]

    def keep_media(self, content: bytes, content_type: str, name: str) -> str:
        path = f"media/{self.hex()}/{name}"
        self.media[path] = Media(content, content_type)
        return f"{self.address()}/{path}"

    def changed(self) -> None:
        self.changes += 1
        self.on_change()

    def received(self, kind: str, text: str, raw: JSON, media: str = "") -> Received:
        return Received(
            message_id=self.hex(),
            kind=kind,
            text=text,
            raw=raw,
            arrived_at=time.monotonic(),
            sent_ms=self.clock.ms(),
            media=media,
        )
