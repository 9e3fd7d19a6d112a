"""The service under measure: every part that main wires for `--roles sender,scheduler`, until no run is left to send.

    python -m tests.bench.sending_service [ROLES]

Settings come from the environment, as for the service itself.
"""

import asyncio
import sys

import sqlalchemy as sa

from bot.logs import set_up_logs
from bot.service import running
from bot.store.database import Database
from bot.store.tables import runs
from bot.store.tables.broadcasts import RunState
from config.settings import read_settings
from tests.bench.measured import measure
from wiring import Service

_LOOK_S = 0.1


async def main(roles: set[str]) -> None:
    settings = read_settings()
    set_up_logs(level="warning", as_json=True, secrets=[settings.telegram_token.get_secret_value()])
    database = Database.open(settings.database_address)
    service = await Service.wire(settings, database, None)

    async def send_all() -> None:
        async with running(service.parts(roles)):
            while not await _all_done(database):
                await asyncio.sleep(_LOOK_S)

    try:
        await measure(send_all)
    finally:
        await database.close()


async def _all_done(database: Database) -> bool:
    async with database.reading() as connection:
        states = (await connection.scalars(sa.select(runs.c.state))).all()
    return bool(states) and all(state is RunState.DONE for state in states)


if __name__ == "__main__":
    asyncio.run(main(set(sys.argv[1].split(","))))
