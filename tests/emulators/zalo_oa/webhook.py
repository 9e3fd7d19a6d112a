"""The app's one webhook address as the developer console keeps it.

The vendor repeats what could not be delivered because the connection did not open; whether a slow or wrong answer
is repeated too is not known, so it is a switch. After the last try the address is switched off until a human acts.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from tests.emulators.webhook import Delivery, Webhook

RETRY_OFFSETS = (
    timedelta(seconds=30),
    timedelta(minutes=5),
    timedelta(minutes=15),
    timedelta(minutes=30),
    timedelta(hours=1),
)

__all__ = ["RETRY_OFFSETS", "AppWebhook", "Delivery"]


@dataclass(eq=False, repr=False, slots=True)
class AppWebhook(Webhook):
    """Two seconds to answer; five repeats up to an hour later."""

    retry_offsets: tuple[timedelta, ...] = RETRY_OFFSETS
    retry_header: str = "num_retry"

    async def saves(self, url: str) -> bool:
        """The console's save button: an unsigned probe that only HTTP 200 satisfies. Switches the address on again."""
        if not url.startswith(("https://", "http://127.0.0.1", "http://localhost")):
            return False
        headers = {"Content-Type": "application/json", "User-Agent": "ZaloWebhook"}
        status, _ = await self.posts(b"{}", headers, url)
        if status == 200:
            self.url, self.is_on = url, True
        return status == 200
