"""One sender process of a fleet, with channels that answer late and note when each message went out.

    python -m tests.bench.fleet_sender PER_SECOND ANSWER_MS

Ends by itself when no run is left to send, and prints its CPU seconds and when each account's messages went out
(`time.monotonic`, which all processes of a machine share).
"""

import asyncio
import json
import sys
from datetime import time
from time import monotonic, process_time

import sqlalchemy as sa

from bot.channels.contract import Outgoing, Receipt
from bot.clock import utc_now
from bot.logs import set_up_logs
from bot.outbox import Outbox
from bot.sending.parcels import Lane
from bot.sending.sender import Sender, SenderOptions
from bot.store.database import Database
from bot.store.tables import accounts, runs
from bot.store.tables.broadcasts import RunState
from broadcasts.delivery import DeliveryLane
from broadcasts.policy import Policy
from config.settings import read_settings
from tests.fakes import FakeChannel

_LOOK_S = 0.2


class LateChannel(FakeChannel):
    """Takes everything, after a while."""

    def __init__(self, account_id: int, *, per_second: float, answer_s: float) -> None:
        super().__init__(account_id, per_second=per_second)
        self.moments: list[float] = []
        self._answer_s = answer_s

    async def send(self, address: str, message: Outgoing, *, key: str) -> Receipt:
        self.moments.append(monotonic())
        await asyncio.sleep(self._answer_s)
        return Receipt(key)


async def main(per_second: float, answer_s: float) -> None:
    set_up_logs(level="warning", as_json=True, secrets=[])
    settings = read_settings()
    database = Database.open(settings.database_address)
    async with database.reading() as connection:
        account_ids = (await connection.scalars(sa.select(accounts.c.id).order_by(accounts.c.id))).all()
    channels = [LateChannel(number, per_second=per_second, answer_s=answer_s) for number in account_ids]
    lanes: list[Lane] = [Outbox({}), DeliveryLane(Policy(day_begins=time.min, day_ends=time.min))]
    sender = Sender(database, lanes, clock=utc_now, options=SenderOptions())
    print("ready", flush=True)
    await asyncio.to_thread(sys.stdin.readline)
    before = process_time()
    await sender.start(channels)
    while await _is_any_left(database):
        await asyncio.sleep(_LOOK_S)
    await sender.stop()
    await database.close()
    moments = {channel.account.account_id: channel.moments for channel in channels}
    print(json.dumps({"cpu_s": process_time() - before, "moments": moments}), flush=True)


async def _is_any_left(database: Database) -> bool:
    async with database.reading() as connection:
        left = sa.select(sa.exists().where(runs.c.state != RunState.DONE))
        return bool(await connection.scalar(left))


if __name__ == "__main__":
    asyncio.run(main(float(sys.argv[1]), float(sys.argv[2]) / 1000))
