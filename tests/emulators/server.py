"""Serves an emulator over HTTP on loopback, and gives each answer the ending that an ordered fault asks for."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from typing import Any

from aiohttp import web

from tests.emulators.faults import Ending, Fault

Handle = Callable[[web.BaseRequest], Awaitable[web.StreamResponse]]

MAX_BODY_BYTES = 64 * 1024 * 1024


class EmulatorServer:
    """`start` takes the port that was asked for, or any; `delay_s` is how long every answer takes."""

    def __init__(self, handle: Handle, *, port: int, delay_s: float) -> None:
        self.port = port
        self.delay_s = delay_s
        self.closing = asyncio.Event()
        self._handle = handle
        self._runner: web.ServerRunner | None = None

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    async def start(self) -> None:
        server = web.Server(
            self._handle, request_factory=_large_request, access_log=None, handler_cancellation=True
        )
        self._runner = web.ServerRunner(server, shutdown_timeout=1.0)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", self.port, backlog=1024).start()
        self.port = self._runner.addresses[0][1]

    async def stop(self) -> None:
        self.closing.set()
        if self._runner is not None:
            await self._runner.cleanup()

    async def end(
        self, request: web.BaseRequest, fault: Fault, answer: web.Response
    ) -> tuple[web.StreamResponse, float | None]:
        """The answer as the fault leaves it, and the moment it was given (None: nobody got one)."""
        if fault.ending is Ending.HANG:
            await self.closing.wait()
            return close(request), None
        await self.wait()
        if fault.ending is Ending.CLOSE:
            return close(request), None
        if fault.ending is Ending.CUT:
            body = bytes(answer.body) if isinstance(answer.body, bytes | bytearray) else b""
            half = web.StreamResponse(headers={"Content-Length": str(len(body) or 100)})
            await half.prepare(request)
            await half.write(body[: len(body) // 2] or b"{")
            return close(request, half), None
        ended = web.Response(body=fault.body, status=fault.status, content_type=fault.content_type)
        return ended, time.monotonic()

    async def wait(self) -> None:
        if self.delay_s:
            await asyncio.sleep(self.delay_s)


def close(request: web.BaseRequest, response: web.StreamResponse | None = None) -> web.StreamResponse:
    """Ends the connection; what is returned reaches nobody."""
    if request.transport is not None:
        request.transport.close() if response is not None else request.transport.abort()
    return response if response is not None else web.Response()


def _large_request(
    message: Any, payload: Any, protocol: Any, writer: Any, task: asyncio.Task[None]
) -> web.BaseRequest:
    return web.BaseRequest(
        message, payload, protocol, writer, task, asyncio.get_running_loop(), client_max_size=MAX_BODY_BYTES
    )
