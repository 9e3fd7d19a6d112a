"""What a test in another process may order of this emulator, beyond what every emulator takes."""

from __future__ import annotations

from collections.abc import Set as AbstractSet
from typing import TYPE_CHECKING, Any, ClassVar

from tests.emulators.control import BaseControl, changed, plain_body
from tests.emulators.parameters import JSON
from tests.emulators.zalo_bot.accounts import Bot

if TYPE_CHECKING:
    from tests.emulators.zalo_bot.emulator import ZaloBotEmulator


class Control(BaseControl):
    """Bots are named by their tokens; without one, the first is meant."""

    deeds: ClassVar[AbstractSet[str]] = frozenset(
        {
            "says",
            "sends_photo",
            "sends_sticker",
            "sends_voice",
            "sends_unsupported",
            "follows",
            "unfollows",
            "blocks",
            "unblocks",
            "repeats_last_update",
            "makes",
        }
    )

    def __init__(self, emulator: ZaloBotEmulator) -> None:
        super().__init__(emulator)
        self._zalo = emulator

    def do_user(self, bot: str = "", **fields: Any) -> str:
        """Makes a user; gives her id."""
        return self._zalo.user(bot=self._bot(bot), **fields).chat_id

    def do_group(self, bot: str = "", **fields: Any) -> str:
        return self._zalo.group(bot=self._bot(bot), **fields).chat_id

    def do_says_in_group(self, user: str, group: str, text: str, bot: str = "", **more: Any) -> Any:
        where = self._bot(bot)
        return where.users[user].says(text, group=where.groups[group], **more)

    def do_bot(self, bot: str = "", **fields: Any) -> JSON:
        """Sets fields of `Bot`; gives the simple ones, the token too."""
        return changed(self._bot(bot), fields)

    def do_new_bot(self, **fields: Any) -> str:
        return self._zalo.new_bot(**fields).token

    def do_reset_token(self, bot: str = "") -> str:
        return self._zalo.world.reset_token(self._bot(bot))

    def do_webhook(self, bot: str = "", **fields: Any) -> JSON:
        """Sets switches of the webhook's sender, gives its state."""
        return changed(self._bot(bot).webhook, fields)

    def do_webhook_doubles(self, bot: str = "", times: int = 1) -> None:
        self._bot(bot).webhook.doubles(times)

    def do_webhook_loses(self, bot: str = "", times: int = 1) -> None:
        self._bot(bot).webhook.loses(times)

    def do_webhook_release(self, bot: str = "", *, reverse: bool = True) -> None:
        self._bot(bot).webhook.release(reverse=reverse)

    def do_deliveries(self, bot: str = "", since: int = 0) -> list[JSON]:
        return [plain_body(delivery) for delivery in self._bot(bot).webhook.deliveries[since:]]

    def do_state(self) -> JSON:
        bots = self._zalo.world.bots.values()
        return {
            "calls": len(self._zalo.calls.entries),
            "users": sum(len(bot.users) for bot in bots),
            "messages": sum(len(user.received) for bot in bots for user in bot.users.values()),
            "pending_updates": sum(len(bot.pending) for bot in bots),
            "clock_ms": self._zalo.clock.ms(),
        }

    def do_arrivals(self) -> dict[str, list[float]]:
        """When messages arrived, per user that got any."""
        users = (user for bot in self._zalo.world.bots.values() for user in bot.users.values())
        return {user.chat_id: [r.arrived_at for r in user.received] for user in users if user.received}

    def do_forget(self) -> None:
        """Drops the calls, deliveries and messages so far; people stay."""
        self._zalo.calls.forget()
        for bot in self._zalo.world.bots.values():
            for user in bot.users.values():
                user.forget()
            bot.webhook.deliveries.clear()

    def _bot(self, token: str) -> Bot:
        return self._zalo.world.bots[token] if token else self._zalo.bot
