"""A webhook that remembers what came, for the Zalo emulators' own tests."""

from __future__ import annotations

import asyncio
import json
from dataclasses import dataclass, field

from aiohttp import web

from tests.emulators.parameters import JSON


@dataclass
class Hook:
    """A webhook: keeps bodies and headers, answers what `status` says, or not before `release`."""

    status: int = 200
    bodies: list[bytes] = field(default_factory=list)
    headers: list[dict[str, str]] = field(default_factory=list)
    hangs: bool = False
    release: asyncio.Event = field(default_factory=asyncio.Event)
    port: int = 0
    _runner: web.ServerRunner | None = None

    async def start(self) -> None:
        self._runner = web.ServerRunner(web.Server(self._serve, access_log=None), shutdown_timeout=0.1)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", self.port).start()
        self.port = self._runner.addresses[0][1]

    async def stop(self) -> None:
        self.release.set()
        if self._runner is not None:
            await self._runner.cleanup()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/hook"

    @property
    def events(self) -> list[JSON]:
        return [json.loads(body) for body in self.bodies if body not in {b"", b"{}"}]

    def named(self, name: str) -> list[JSON]:
        return [event for event in self.events if event.get("event_name") == name]

    @property
    def names(self) -> list[str]:
        return [event["event_name"] for event in self.events]

    async def _serve(self, request: web.BaseRequest) -> web.Response:
        self.bodies.append(await request.read())
        self.headers.append(dict(request.headers))
        if self.hangs:
            await self.release.wait()
        return web.Response(status=self.status)
