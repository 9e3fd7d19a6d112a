"""Bots as their owners made them in Bot Creator, with the switches for what the sources leave open."""

from __future__ import annotations

import json
import random
from collections import deque
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from tests.emulators.clock import EmulatorClock
from tests.emulators.news import News
from tests.emulators.parameters import JSON
from tests.emulators.webhook import Delivery, Webhook
from tests.emulators.zalo_bot.refusals import Refused

if TYPE_CHECKING:
    from tests.emulators.zalo_bot.people import Group, User


@dataclass(eq=False, repr=False, slots=True)
class Bot:
    """One bot. `extra_user_code`: what a send to a user beyond the plan is answered; None: nothing happens.

    `counts_received`: received messages use up the month's quota too. `drops_unpolled`: what comes while nobody
    polls is lost. `photo_field`: live traffic says `photo_url`, the documentation `photo`.
    """

    token: str
    bot_id: str
    name: str
    clock: EmulatorClock
    webhook: Webhook
    can_join_groups: bool = False
    monthly_messages: int = 3000
    most_users: int = 50
    extra_user_code: int | None = 400
    counts_received: bool = False
    drops_unpolled: bool = False
    wraps_webhook: bool = False
    photo_field: str = "photo_url"
    echoes_own: bool = False
    webhook_changes_a_day: int = 20
    fetches_photos: bool = True
    poll_scale: float = 1.0  # real seconds for each second of getUpdates' timeout
    secret_token: str = ""
    updated_at: int = 0
    users: dict[str, User] = field(default_factory=dict)
    groups: dict[str, Group] = field(default_factory=dict)
    used: dict[str, int] = field(default_factory=dict)
    pending: deque[JSON] = field(default_factory=deque)
    pollers: int = 0
    news: News = field(default_factory=News)

    @property
    def account_name(self) -> str:
        return f"bot.{self.name.replace(' ', '')}"

    def count(self, what: str, per: str, most: int, code: int) -> None:
        """Counts something per month or day of the clock (`%Y-%m`, `%Y-%m-%d`); refuses beyond `most`."""
        key = f"{what}:{self.clock.in_vietnam().strftime(per)}"
        if self.used.get(key, 0) >= most:
            raise Refused(code)
        self.used[key] = self.used.get(key, 0) + 1

    def add(self, update: JSON, lane: str) -> None:
        """Hands an update to the webhook, or keeps it for the next poll."""
        if self.counts_received:
            try:
                self.count("messages", "%Y-%m", self.monthly_messages, 429)
            except Refused:
                return
        if self.webhook.url:
            self.webhook.deliver(self.delivery(update, lane))
            return
        if self.drops_unpolled and not self.pollers:
            return
        self.pending.append(update)
        self.news.tell()

    async def all_fetched(self, timeout: float) -> bool:
        """Waits until polls have taken every update."""
        return await self.news.until(lambda: not self.pending, timeout)

    def delivery(self, update: JSON, lane: str) -> Delivery:
        """An update as the bytes and headers that Zalo would send; nothing is sent."""
        body = {"ok": True, "result": update} if self.wraps_webhook else update
        content = json.dumps(body, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "replace")
        return Delivery(str(update.get("event_name", "")), content, self.headers(), lane)

    def headers(self) -> dict[str, str]:
        return {
            "Content-Type": "application/json",
            "User-Agent": f"Java/1.8.0_{random.randint(100, 400)}",
            "X-Bot-Api-Secret-Token": self.secret_token,
        }
