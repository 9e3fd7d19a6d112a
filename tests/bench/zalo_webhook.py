"""How soon one process answers Zalo's webhook while 300 events a second come in; Zalo waits two seconds.

The whole service (`main.py run`, all roles) on a database of each kind, with Zalo's emulator to answer to; another process
posts questions from five hundred people. What comes in is handled and answered meanwhile, in the same process.
"""

import asyncio
import json
import os
import socket
import sys
from dataclasses import asdict
from datetime import timedelta

import sqlalchemy as sa

from bot.channels.account_rows import open_account
from bot.channels.zalo_oa import grants
from bot.channels.zalo_oa.oauth import Pair
from bot.channels.zalo_oa.webhook import path_of
from bot.clock import utc_now
from bot.sealing import Sealer
from bot.store.database import Database
from bot.store.tables import inbox
from tests import crowd
from tests.bench.figures import show
from tests.bench.stores import KINDS, store
from tests.bench.zalo_webhook_load import Load, Source
from tests.emulators.remote import PROJECT
from tests.emulators.zalo_oa.remote import RemoteZaloOA
from tests.service import ServiceProcess

RATE = 300.0
COUNT = int(os.environ.get("CHIHOI_BENCH_COUNT", "3000"))
_PEOPLE = 500
_ZALO_WAITS_MS = 2000.0
_SERVICE_KEY = "made-up key of the benchmark's service"


def main() -> None:
    asyncio.run(_main())


async def _main() -> None:
    for kind in KINDS:
        await _measure(kind)


async def _measure(kind: str) -> None:
    async with store(kind) as kept, RemoteZaloOA.started() as zalo:
        await crowd.add(kept.database, 0, utc_now())
        app, oa = await zalo.app(), await zalo.oa()
        await _connect(kept.database, zalo, oa["oa_id"])
        port = _free_port()
        settings = kept.settings | {
            "CHIHOI_ZALO_APP_ID": app["app_id"],
            "CHIHOI_ZALO_APP_SECRET": app["secret"],
            "CHIHOI_ZALO_OA_SECRET_KEY": app["oa_secret_key"],
            "CHIHOI_ZALO_OA_BASE_URL": zalo.base_url,
            "CHIHOI_ZALO_OAUTH_BASE_URL": zalo.oauth_base_url,
            "CHIHOI_ZALO_BUSINESS_BASE_URL": zalo.business_base_url,
            "CHIHOI_SECRET_KEY": _SERVICE_KEY,
            "CHIHOI_PORT": str(port),
        }
        users = await zalo.do("crowd", count=_PEOPLE)
        source = Source(app["app_id"], app["oa_secret_key"], oa["oa_id"], users)
        async with ServiceProcess.started(settings, kept.folder):
            load = await _load(f"http://127.0.0.1:{port}{path_of(app['app_id'])}", source)
            taken = await _taken(kept.database)
    assert taken >= COUNT - load.sent_away, f"{taken} of {COUNT} events were kept"
    show("zalo_webhook", f"events posted a second, {kind}", load.rate, "1/s")
    show("zalo_webhook", f"events sent away, {kind}", load.sent_away, "")
    show("zalo_webhook", f"answer to an event, median, {kind}", load.median_ms, "ms")
    show("zalo_webhook", f"answer to an event, 99 of 100, {kind}", load.p99_ms, "ms",
         versus="Zalo's two seconds", of=_ZALO_WAITS_MS)  # fmt: skip
    show("zalo_webhook", f"answer to an event, the latest, {kind}", load.worst_ms, "ms",
         versus="Zalo's two seconds", of=_ZALO_WAITS_MS)  # fmt: skip


async def _connect(database: Database, zalo: RemoteZaloOA, oa_id: str) -> None:
    """The OA's account with a first permission, as the console makes it."""
    pair, now = await zalo.connect(), utc_now()
    async with database.writing() as connection:
        account = await open_account(
            connection, channel="zalo_oa", external_id=oa_id, name="Hội Phụ nữ", now=now
        )
        given = Pair(pair["access_token"], pair["refresh_token"], timedelta(hours=25))
        await grants.give(connection, account.account_id, given, Sealer(_SERVICE_KEY), now=now)


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as server:
        return int(server.getsockname()[1])


async def _load(url: str, source: Source) -> Load:
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "tests.bench.zalo_webhook_load", url, str(COUNT), str(RATE)),
        cwd=PROJECT,
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
    )
    said, _ = await process.communicate(json.dumps(asdict(source)).encode())
    assert process.returncode == 0, "the load did not come to its end"
    return Load(**json.loads(said))


async def _taken(database: Database) -> int:
    async with database.reading() as connection:
        counted = sa.select(sa.func.count()).where(inbox.c.event_id.startswith("user_send_text:"))
        return int((await connection.execute(counted)).scalar_one())


if __name__ == "__main__":
    main()
