"""A process that renews an Official Account's permission when it is told to: a line with the version that is stale."""

import argparse
import asyncio
import sys
from datetime import timedelta

from bot.channels.zalo_oa.client import Api
from bot.channels.zalo_oa.oauth import OAuth
from bot.channels.zalo_oa.tokens import Tokens
from bot.clock import utc_now
from bot.sealing import Sealer
from bot.store.database import Database

RESTS = (timedelta(milliseconds=20),)  # What passes is over at once here.


async def work(options: argparse.Namespace) -> None:
    database = Database.open(options.database)
    api = Api(
        base_url=options.zalo,
        business_base_url=options.zalo,
        oauth_base_url=options.zalo,
        per_minute=4000,
        send_timeout=timedelta(seconds=10),
        clock=utc_now,
    )
    await api.open()
    tokens = Tokens(
        database,
        options.account,
        sealer=Sealer(options.key),
        oauth=OAuth(api, app_id=options.app_id, app_secret=options.app_secret),
        clock=utc_now,
        rests=RESTS,
    )
    print("ready", flush=True)
    while line := (await asyncio.to_thread(sys.stdin.readline)).strip():
        await tokens.renew(int(line))
        print("done", flush=True)
    await tokens.close()
    await api.close()
    await database.close()


def main() -> None:
    parser = argparse.ArgumentParser()
    for name in ("database", "zalo", "app-id", "app-secret", "key"):
        parser.add_argument(f"--{name}", required=True)
    parser.add_argument("--account", type=int, required=True)
    asyncio.run(work(parser.parse_args()))


if __name__ == "__main__":
    main()
