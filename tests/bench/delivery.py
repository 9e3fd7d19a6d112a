"""What an announcement costs: messages a second (from the first to the last, as Telegram sees them), CPU seconds per 1,000,
peak memory, beside two loops a user would write.

Telegram is the emulator in another process; it answers after 80 ms. Ours has its ledger on, no pace, 100 sends in flight, and
starts, fills and finishes the run as well; python-telegram-bot has 50 in flight, aiogram 100, and neither keeps anything.
PostgreSQL's own CPU time is not counted, SQLite's is ours.
"""

import asyncio
import os
from dataclasses import dataclass

from bot.clock import utc_now
from tests import crowd
from tests.bench.figures import show
from tests.bench.measured import Measured, Report
from tests.bench.stores import KINDS, store
from tests.emulators.telegram.remote import RemoteTelegram

COUNT = int(os.environ.get("CHIHOI_BENCH_COUNT", "5000"))
_LOOP_COUNT = 2000
_ANSWER_MS = 80
_IN_FLIGHT = 100
_LOOPS = {"python-telegram-bot": ("ptb", 50), "aiogram": ("aiogram", 100)}


@dataclass(frozen=True, slots=True)
class Result:
    report: Report
    count: int
    seconds: float  # Between the first and the last message at Telegram.


def main() -> None:
    asyncio.run(_main())


async def _main() -> None:
    cpu = {}
    for library, (short, in_flight) in _LOOPS.items():
        cpu[library] = _show(library, await _loop(short, in_flight))
    for kind in KINDS:
        name = f"Chị Hội on {kind}"
        ours = _show(name, await _service(kind))
        for library, theirs in cpu.items():
            show("delivery", f"CPU per 1,000, {name}", ours, "s", versus=library, of=theirs)


async def _loop(library: str, in_flight: int) -> Result:
    count = min(COUNT, _LOOP_COUNT)
    async with RemoteTelegram.started(delay_ms=_ANSWER_MS, any_chat=True) as bot_api:
        base = bot_api.base_url.removesuffix("/bot")
        arguments = (library, base, str(count), str(in_flight))
        async with Measured.started("tests.bench.naive_loops", *arguments, environment=os.environ) as loop:
            report = await loop.work()
        return _checked(report, await bot_api.arrivals(), count)


async def _service(kind: str) -> Result:
    async with (
        store(kind) as kept,
        RemoteTelegram.started(delay_ms=_ANSWER_MS, any_chat=True) as bot_api,
    ):
        members = await crowd.add(kept.database, COUNT, utc_now())
        await crowd.announce(kept.database, members, utc_now())
        settings = kept.settings | {
            "CHIHOI_TELEGRAM_TOKEN": crowd.TOKEN,
            "CHIHOI_TELEGRAM_BASE_URL": bot_api.base_url,
            "CHIHOI_TELEGRAM_PER_SECOND": "0",
            "CHIHOI_SEND_IN_FLIGHT": str(_IN_FLIGHT),
        }
        module = "tests.bench.sending_service"
        async with Measured.started(module, "sender,scheduler", environment=os.environ | settings) as service:
            report = await service.work()
        return _checked(report, await bot_api.arrivals(), COUNT)


def _checked(report: Report, arrivals: dict[int, list[float]], count: int) -> Result:
    """A figure is only worth printing when everybody got the message, once."""
    assert len(arrivals) == count, f"{len(arrivals)} of {count} were reached"
    moments = [moment for times in arrivals.values() for moment in times]
    assert len(moments) == count, "somebody was sent to twice"
    return Result(report, count, max(moments) - min(moments))


def _show(name: str, result: Result) -> float:
    """Prints the figures of one of them; returns its CPU seconds per 1,000."""
    report = result.report
    cpu = report.cpu_s / result.count * 1000
    above = report.peak_mb - report.ready_mb
    show("delivery", f"messages a second, {name}", result.count / result.seconds, "1/s")
    show("delivery", f"CPU per 1,000, {name}", cpu, "s")
    show("delivery", f"peak memory, {name}", report.peak_mb, "MB")
    show("delivery", f"peak memory above what it held before the first send, {name}", above, "MB")
    return cpu


if __name__ == "__main__":
    main()
