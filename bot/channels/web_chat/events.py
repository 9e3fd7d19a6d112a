"""What comes for an open page: as it comes (server-sent events), or when the page asks."""

import asyncio
import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from http import HTTPStatus

from aiohttp import ClientConnectionResetError, web

from bot.channels.web_chat import mailbox
from bot.channels.web_chat.forms import LINE_ID
from bot.channels.web_chat.mailbox import Line
from bot.channels.web_chat.rendering import Rendering
from bot.channels.web_chat.site import Site, Visit
from bot.web.streams import STREAMS

_HEARTBEAT_S = 15.0  # Shorter than the minute after which proxies cut a silent connection.
_RECONNECT_MS = 2000
_STREAM_HEADERS = {
    "Content-Type": "text/event-stream; charset=utf-8",
    "Cache-Control": "no-store",
    "X-Accel-Buffering": "no",  # nginx would hold the events back.
}


@dataclass(slots=True)
class _Reading:
    """How far one stream has read, and the lines that it found last, as they read then: young ones are found again."""

    after: int
    found: set[tuple[int, int]] = field(default_factory=set)
    first: int | None = None  # The chat's oldest line.


class Events:
    def __init__(self, site: Site, rendering: Rendering) -> None:
        self._site = site
        self._rendering = rendering

    async def messages(self, request: web.Request) -> web.StreamResponse:
        """GET /chat/messages?after=N: what came since, and what is so young that the page may have missed it."""
        visit = await self._site.visit(request)
        async with self._site.database.reading() as connection:
            is_gone = not visit.is_known or await mailbox.is_cleared(connection, visit.chat)
        lines = await self._since(visit, _number(request.query.get("after", "")))
        return web.json_response({"html": await self._html(visit, lines), "gone": is_gone})

    async def events(self, request: web.Request) -> web.StreamResponse:
        """GET /chat/events: the same as a stream. An answer 204 tells the browser to ask now and then instead."""
        visit = await self._site.visit(request)
        address = visit.chat.address
        streams = request.app[STREAMS]
        if not visit.is_known or streams.is_closing or not self._site.watch.has_room(address):
            return web.Response(status=HTTPStatus.NO_CONTENT)
        reading = _Reading(_number(request.headers.get("Last-Event-ID") or request.query.get("after", "")))
        response = web.StreamResponse(headers=_STREAM_HEADERS)
        with self._site.watch.page(address) as stir, streams.joined(stir):
            await response.prepare(request)
            try:
                await response.write(f"retry: {_RECONNECT_MS}\n\n".encode())
                while not streams.is_closing:
                    stir.clear()
                    await response.write(await self._next(visit, reading))
                    await _rest(stir)
                await response.write_eof()
            except ClientConnectionResetError:
                pass  # She closed the page.
        return response

    async def _next(self, visit: Visit, reading: _Reading) -> bytes:
        """The event to write now; a heartbeat when there is nothing new."""
        async with self._site.database.reading() as connection:
            first, before = await mailbox.first_id(connection, visit.chat), reading.first
            reading.first = first
            # Erased by words in the chat, or cleared: what the page still shows must go from the screen too.
            is_erased = before is not None and (first is None or first > before)
            if is_erased or await mailbox.is_cleared(connection, visit.chat):
                return b"event: gone\ndata: 1\n\n"
        lines = await self._since(visit, reading.after)
        fresh = [line for line in lines if (line.line_id, line.changed_by) not in reading.found]
        reading.found = {(line.line_id, line.changed_by) for line in lines}
        reading.after = max(reading.after, *(max(one) for one in reading.found), 0)
        if not fresh:
            return b": still here\n\n"
        data = json.dumps({"html": await self._html(visit, fresh)})
        return f"id: {reading.after}\ndata: {data}\n\n".encode()

    async def _since(self, visit: Visit, after: int) -> Sequence[Line]:
        async with self._site.database.reading() as connection:
            return await mailbox.since(connection, visit.chat, after, now=self._site.clock())

    async def _html(self, visit: Visit, lines: Sequence[Line]) -> str:
        if not lines:
            return ""
        async with self._site.database.reading() as connection:
            return await self._rendering.lines(connection, visit, lines)


async def _rest(stir: asyncio.Event) -> None:
    try:
        async with asyncio.timeout(_HEARTBEAT_S):
            await stir.wait()
    except TimeoutError:
        pass


def _number(given: str) -> int:
    return int(given) if LINE_ID.fullmatch(given) else 0
