"""What the bot has not fetched yet: numbered updates, handed out by getUpdates or pushed to a webhook."""

from __future__ import annotations

import asyncio
from collections import deque
from typing import Any

from tests.emulators.news import News
from tests.emulators.telegram.parameters import JSON
from tests.emulators.telegram.refusals import Refused
from tests.emulators.telegram.webhook import Webhook

ONLY_WHEN_ASKED = frozenset({"chat_member", "message_reaction", "message_reaction_count"})
REMEMBERED = 10_000  # updates that can still be delivered a second time


class Updates:
    """One bot's updates. Each is kept until it is confirmed: by a later offset, or by the webhook's 2xx."""

    def __init__(self) -> None:
        self.webhook: Webhook | None = None
        self.allowed: list[str] = []
        self.news = News()
        self._pending: deque[JSON] = deque()
        self._repeats: list[JSON] = []
        self._known: dict[int, tuple[JSON, int]] = {}
        self._next_id = 100_000_001
        self._poll: asyncio.Future[None] | None = None

    @property
    def pending_count(self) -> int:
        return len(self._pending) + len(self._repeats) + (self.webhook.pending_count if self.webhook else 0)

    def add(self, kind: str, body: JSON, chat_id: int) -> int | None:
        """Numbers and queues an update; None when `allowed_updates` leaves its kind out."""
        if self.allowed:
            if kind not in self.allowed:
                return None
        elif kind in ONLY_WHEN_ASKED:
            return None
        update_id = self._next_id
        self._next_id += 1
        update = {"update_id": update_id, kind: body}
        self._known[update_id] = (update, chat_id)
        if len(self._known) > REMEMBERED:
            del self._known[next(iter(self._known))]
        if self.webhook is not None:
            self.webhook.deliver(update, chat_id)
        else:
            self._pending.append(update)
            self._wake()
        return update_id

    def add_raw(self, update: JSON, chat_id: int = 0) -> None:
        """Queues an update as given, for kinds and shapes that the simulated people do not make."""
        if self.webhook is not None:
            self.webhook.deliver(update, chat_id)
        else:
            self._pending.append(update)
            self._wake()

    def deliver_again(self, update_id: int) -> None:
        """The same update once more, whatever was confirmed."""
        update, chat_id = self._known[update_id]
        if self.webhook is not None:
            self.webhook.deliver(update, chat_id)
        else:
            self._repeats.append(update)
            self._wake()

    async def poll(self, *, offset: int, limit: int, timeout_s: float) -> list[JSON]:
        """getUpdates: 409 with a webhook set; a second poll ends the first with 409."""
        if self.webhook is not None:
            raise Refused(
                409,
                "Conflict: can't use getUpdates method while webhook is active; "
                "use deleteWebhook to delete the webhook first",
            )
        if self._poll is not None and not self._poll.done():
            self._poll.set_exception(
                Refused(
                    409,
                    "Conflict: terminated by other getUpdates request; "
                    "make sure that only one bot instance is running",
                )
            )
            self._poll = None
        self._confirm(offset)
        if not self._pending and not self._repeats and timeout_s > 0:
            poll = self._poll = asyncio.get_running_loop().create_future()
            try:
                async with asyncio.timeout(timeout_s):
                    await poll
            except TimeoutError:
                return []
            finally:
                if self._poll is poll:
                    self._poll = None
        repeats, self._repeats = self._repeats[:limit], self._repeats[limit:]
        return repeats + [self._pending[i] for i in range(min(limit - len(repeats), len(self._pending)))]

    def _confirm(self, offset: int) -> None:
        if offset < 0:
            while len(self._pending) > -offset:
                self._pending.popleft()
        elif offset:
            while self._pending and self._pending[0].get("update_id", 0) < offset:
                self._pending.popleft()
        self.news.tell()

    def _wake(self) -> None:
        if self._poll is not None and not self._poll.done():
            self._poll.set_result(None)

    async def set_webhook(self, webhook: Webhook | None, *, drop_pending: bool) -> None:
        """Changes over between polling and pushing; what is undelivered moves along, in order."""
        waiting = list(self._pending)
        self._pending.clear()
        if self.webhook is not None:
            waiting += await self.webhook.close()
        self.webhook = webhook
        if drop_pending:
            waiting.clear()
            self._repeats.clear()
        if webhook is None:
            self._pending.extend(waiting)
        else:
            for update in waiting:
                webhook.deliver(update, self._chat_of(update))
        self.news.tell()

    def _chat_of(self, update: JSON) -> int:
        return self._known.get(update.get("update_id", 0), (update, 0))[1]

    async def close(self) -> None:
        if self._poll is not None:
            self._poll.cancel()
        if self.webhook is not None:
            await self.webhook.close()
            self.webhook = None

    async def all_taken(self, timeout_s: float) -> bool:
        """Waits until nothing is undelivered; False when the time is over first."""
        return await self.news.until(lambda: self.pending_count == 0, timeout_s)


def webhook_info(updates: Updates) -> dict[str, Any]:
    info: dict[str, Any] = {
        "url": updates.webhook.url if updates.webhook else "",
        "has_custom_certificate": False,
        "pending_update_count": updates.pending_count,
    }
    if updates.webhook is not None:
        info["max_connections"] = updates.webhook.max_connections
        if updates.webhook.last_error is not None:
            info["last_error_date"], info["last_error_message"] = updates.webhook.last_error
    if updates.allowed:
        info["allowed_updates"] = updates.allowed
    return info
