"""How fast one process takes webhook updates in durably, how soon it answers 200, and how fast it handles them.

The whole service (`main.py run`, all roles) on a database of each kind; another process posts questions from so many
different chats over 40 connections, which is what Telegram opens. An update counts as handled when its row is done: the
answer is written. Sending the answers keeps Telegram's own pace and is not waited for.
"""

import asyncio
import json
import os
import socket
import sys
from urllib.parse import urlsplit

import sqlalchemy as sa

from bot.clock import utc_now
from bot.store.database import Database
from bot.store.tables import inbox
from bot.store.tables.messages import InboxState
from tests import crowd
from tests.bench.figures import show
from tests.bench.stores import KINDS, store
from tests.bench.webhook_load import Load
from tests.emulators.remote import PROJECT
from tests.emulators.telegram.remote import RemoteTelegram
from tests.service import ServiceProcess

COUNT = int(os.environ.get("CHIHOI_BENCH_COUNT", "2000"))
_LOOK_S = 0.1


def main() -> None:
    asyncio.run(_main())


async def _main() -> None:
    for kind in KINDS:
        await _measure(kind)


async def _measure(kind: str) -> None:
    async with store(kind) as kept, RemoteTelegram.started("--any-chat") as bot_api:
        await crowd.add(kept.database, 0, utc_now())
        port = _free_port()
        settings = kept.settings | {
            "CHIHOI_TELEGRAM_TOKEN": crowd.TOKEN,
            "CHIHOI_TELEGRAM_BASE_URL": bot_api.base_url,
            "CHIHOI_PUBLIC_URL": "https://hoi.example",  # Never called: the load comes to the port itself.
            "CHIHOI_PORT": str(port),
        }
        async with ServiceProcess.started(settings, kept.folder):
            path, secret = await _webhook(bot_api)
            clock = asyncio.get_running_loop().time
            began = clock()
            load = await _load(f"http://127.0.0.1:{port}{path}", secret)
            while await _unhandled(kept.database):
                await asyncio.sleep(_LOOK_S)
            handled_s = clock() - began
    show("intake", f"updates kept a second, {kind}", COUNT / load.seconds, "1/s")
    show("intake", f"answer to an update, median, {kind}", load.median_ms, "ms")
    show("intake", f"answer to an update, 99 of 100, {kind}", load.p99_ms, "ms")
    show("intake", f"updates handled a second, {kind}", COUNT / handled_s, "1/s")


async def _webhook(bot_api: RemoteTelegram) -> tuple[str, str]:
    """Path and secret of the webhook, as the service told Telegram."""
    async with asyncio.timeout(30):
        while True:
            for call in await bot_api.calls(with_params=True):
                if call.method.lower() == "setwebhook":
                    return urlsplit(call.params["url"]).path, call.params["secret_token"]
            await asyncio.sleep(_LOOK_S)


def _free_port() -> int:
    """The public address is what the service prints, so it is told its port."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        return int(server.getsockname()[1])


async def _load(url: str, secret: str) -> Load:
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "tests.bench.webhook_load", url, str(COUNT)),
        cwd=PROJECT,
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
    )
    said, _ = await process.communicate(secret.encode())
    assert process.returncode == 0, "the load did not come to its end"
    return Load(**json.loads(said))


async def _unhandled(database: Database) -> bool:
    async with database.reading() as connection:
        return bool(await connection.scalar(sa.select(sa.exists().where(inbox.c.state == InboxState.NEW))))


if __name__ == "__main__":
    main()
