"""Answers that stay open (server-sent events), and how they end when the service stops.

aiohttp waits for every open answer before it closes. One that never ends by itself has to be told.
"""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager

from aiohttp import web


class Streams:
    """Every open stream of this application. A stream looks at `is_closing` each time it is stirred."""

    def __init__(self) -> None:
        self._open: set[asyncio.Event] = set()
        self.is_closing = False

    @contextmanager
    def joined(self, stir: asyncio.Event) -> Iterator[None]:
        """While inside, `stir` is set when the service stops."""
        self._open.add(stir)
        try:
            yield
        finally:
            self._open.discard(stir)

    async def close(self, _app: web.Application) -> None:
        self.is_closing = True
        for stir in self._open:
            stir.set()


STREAMS = web.AppKey("streams", Streams)
