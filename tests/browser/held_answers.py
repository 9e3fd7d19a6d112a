"""A server that answers late: each answer arrives when a test lets it."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from playwright.async_api import Error, Page, Route


class Slow:
    """Answers that are under way: each comes when it is let go."""

    def __init__(self) -> None:
        self._held: asyncio.Queue[asyncio.Event] = asyncio.Queue()
        self._flows = False

    async def next(self) -> asyncio.Event:
        """The next request that has left; its answer arrives once the event is set."""
        async with asyncio.timeout(20):
            return await self._held.get()

    def flow(self) -> None:
        """From now on every answer comes at once, also those under way."""
        self._flows = True
        while not self._held.empty():
            self._held.get_nowait().set()

    async def hold(self, route: Route) -> None:
        answer = await route.fetch()
        arrives = asyncio.Event()
        if self._flows:
            arrives.set()
        self._held.put_nowait(arrives)
        await arrives.wait()
        try:
            await route.fulfill(response=answer)
        except Error:  # The page does not wait for it any more.
            return


@asynccontextmanager
async def slowly(page: Page, path: str) -> AsyncIterator[Slow]:
    """Every answer from addresses with `path` in them waits to be let go."""
    slow = Slow()
    await page.route(path, slow.hold)
    yield slow
    await page.unroute(path)
