"""`sending_service` with an Official Account that takes every message without a call: what is left is what the ledger costs.

    python -m tests.bench.still_service ROLES SECONDS

It answers after so many seconds on average, unevenly like a platform: the ledger records answers in the bunches they come in.
"""

import asyncio
import random
import sys

from bot.channels.contract import Outgoing, Receipt
from bot.channels.zalo_oa.channel import ZaloOA
from tests.bench import sending_service


async def main(roles: set[str], answer_s: float) -> None:
    uneven = random.Random(1)

    async def take(self: ZaloOA, address: str, message: Outgoing, *, key: str) -> Receipt:
        await asyncio.sleep(answer_s * uneven.uniform(0.5, 1.5))
        return Receipt(f"{address}-{key}", "reply")

    ZaloOA.send = take  # type: ignore[method-assign]  # this process exists for it
    await sending_service.main(roles)


if __name__ == "__main__":
    asyncio.run(main(set(sys.argv[1].split(",")), float(sys.argv[2])))
