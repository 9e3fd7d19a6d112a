"""Our side of Zalo's webhook, served on a port of its own."""

import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import aiohttp
import sqlalchemy as sa
from aiohttp import web
from prometheus_client import REGISTRY

from bot.channels.contract import Channel, Ignored, Incoming
from bot.channels.zalo_oa import parsing
from bot.channels.zalo_oa.signature import Keys
from bot.channels.zalo_oa.webhook import Webhook, path_of
from bot.store.database import Database
from bot.store.tables import platform_troubles
from tests import people
from tests.bot.channels.zalo_oa.payloads import KEYS, OA, signed
from tests.conftest import MovingClock
from tests.fakes import FakeChannel

CHANNEL = "zalo_oa"


class Door:
    """A webhook of ours behind a real web server."""

    def __init__(self, database: Database, clock: MovingClock, keys: Keys = KEYS, **options: Any) -> None:
        self.database = database
        self.clock = clock
        self.webhook = Webhook(
            keys, channel=CHANNEL, database=database, clock=clock, **{"keep_again": (), **options}
        )
        self._socket = socket.socket()
        self._socket.bind(("127.0.0.1", 0))
        self.port: int = self._socket.getsockname()[1]
        self.path = path_of(keys.app_id)
        self.url = f"http://127.0.0.1:{self.port}{self.path}"

    @asynccontextmanager
    async def open(self) -> AsyncIterator["Door"]:
        application = web.Application()
        application.add_routes(self.webhook.routes())
        runner = web.AppRunner(application, access_log=None, shutdown_timeout=0.1)
        await runner.setup()
        await web.SockSite(runner, self._socket).start()
        try:
            yield self
        finally:
            await runner.cleanup()
            self._socket.close()

    async def post(self, body: Any, headers: dict[str, str] | None = None, **more: Any) -> int:
        """The status of the answer to these bytes, signed as Zalo signs them unless other headers are given."""
        sent = signed(body) if headers is None else headers
        async with (
            aiohttp.ClientSession() as session,
            session.post(self.url, data=body, headers=sent, **more) as answer,
        ):
            await answer.read()
            return answer.status

    async def troubles(self) -> dict[str, int]:
        """What officers would see: how often by code."""
        async with self.database.reading() as connection:
            rows = await connection.execute(
                sa.select(platform_troubles.c.code, platform_troubles.c.count).order_by(
                    platform_troubles.c.code
                )
            )
            return {row[0]: row[1] for row in rows}


class Understanding(FakeChannel):
    """A channel that parses as the OA's does and sends nothing."""

    def parse(self, payload: Any) -> Incoming | Ignored:
        return parsing.read(payload, mirrors_tags=True)


def channels(*account_ids: int) -> dict[int, Channel]:
    return {account_id: Understanding(account_id) for account_id in account_ids}


async def connect_oa(database: Database, clock: MovingClock, oa_id: str = OA) -> int:
    async with database.writing() as connection:
        return await people.add_account(connection, channel=CHANNEL, external_id=oa_id, now=clock())


class Counted:
    """How many requests had a result since this was made."""

    def __init__(self) -> None:
        self._before = self._all()

    def __call__(self) -> dict[str, int]:
        now = self._all()
        found = {result: int(now[result] - self._before.get(result, 0)) for result in now}
        return {result: times for result, times in found.items() if times}

    @staticmethod
    def _all() -> dict[str, float]:
        return {
            sample.labels["result"]: sample.value
            for metric in REGISTRY.collect()
            if metric.name == "chihoi_webhook_requests"
            for sample in metric.samples
            if sample.name.endswith("_total") and sample.labels["channel"] == CHANNEL
        }
