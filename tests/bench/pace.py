"""Whether two sender processes on one PostgreSQL keep one account's pace together: 30 a second for 60 s.

The windows are counted where the messages arrive, at the emulator: of all spans of one second the fullest, and how many of
the 30 * 60 places of the minute after the first message were used.
"""

import asyncio
import os
from contextlib import AsyncExitStack

from bot.clock import utc_now
from tests import crowd
from tests.bench.figures import show
from tests.bench.measured import Measured
from tests.bench.stores import store
from tests.emulators.telegram.remote import RemoteTelegram

PER_SECOND = 30
SECONDS = int(os.environ.get("CHIHOI_BENCH_SECONDS", "60"))
_ANSWER_MS = 80
_MODULE = "tests.bench.sending_service"


def main() -> None:
    asyncio.run(_main())


async def _main() -> None:
    async with (
        store("postgresql") as kept,
        RemoteTelegram.started("--delay-ms", str(_ANSWER_MS), "--any-chat") as bot_api,
        AsyncExitStack() as stack,
    ):
        count = PER_SECOND * (SECONDS + 1)
        members = await crowd.add(kept.database, count, utc_now())
        await crowd.announce(kept.database, members, utc_now())
        environment = os.environ | kept.settings | {
            "CHIHOI_TELEGRAM_TOKEN": crowd.TOKEN,
            "CHIHOI_TELEGRAM_BASE_URL": bot_api.base_url,
            "CHIHOI_TELEGRAM_PER_SECOND": str(PER_SECOND),
        }  # fmt: skip
        senders = [
            await stack.enter_async_context(Measured.started(_MODULE, roles, environment=environment))
            for roles in ("sender,scheduler", "sender")
        ]
        await asyncio.gather(*(sender.work() for sender in senders))
        arrivals = await bot_api.arrivals()
    assert len(arrivals) == count, f"{len(arrivals)} of {count} were reached"
    moments = sorted(moment for moments in arrivals.values() for moment in moments)
    used = sum(moment < moments[0] + SECONDS for moment in moments)
    limit, places = f"the limit of {PER_SECOND}", f"{PER_SECOND} a second"
    show("pace", "most in any one second", fullest(moments), "messages", versus=limit, of=PER_SECOND)
    show("pace", f"slots used in {SECONDS} s", used, "messages", versus=places, of=PER_SECOND * SECONDS)


def fullest(moments: list[float], span_s: float = 1.0) -> int:
    """The most that lie within any half-open span of this length; the moments are in order."""
    most = first = 0
    for last, moment in enumerate(moments):
        while moments[first] <= moment - span_s:
            first += 1
        most = max(most, last - first + 1)
    return most


if __name__ == "__main__":
    main()
