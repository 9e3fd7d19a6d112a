"""A message that a platform takes only in two sends: what it carries, and then its words.

Where the second send fails, the message is tried again; the first must not be repeated. Kept in memory only: after a crash
a file may come twice, as any reply in doubt may.
"""

from collections.abc import Awaitable, Callable

_MOST = 1000


class FirstHalves:
    """Which first halves are out, by the message's key. One for each channel."""

    def __init__(self) -> None:
        self._out: dict[str, None] = {}

    async def once(self, key: str, send: Callable[[], Awaitable[object]]) -> None:
        """Send it unless it is out. Raises what `send` raises, and then it counts as not sent."""
        if key in self._out:
            return
        await send()
        if len(self._out) >= _MOST:
            del self._out[next(iter(self._out))]
        self._out[key] = None

    def done(self, key: str) -> None:
        """The whole message is out."""
        self._out.pop(key, None)
