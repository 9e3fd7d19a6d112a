"""What an announcement costs: messages a second (from the first to the last, as the platforms see them), CPU seconds per 1,000,
peak memory, beside two loops a user would write. Ours fills in each member's name and commune; once over Telegram alone, once half
over Telegram and half over a Zalo bot, as one announcement.

The platforms are emulators in other processes; they answer after 80 ms. Ours has its ledger on, no pace, 100 sends in flight, and
starts, fills and finishes the run as well; python-telegram-bot has 50 in flight, aiogram 100, and neither keeps anything.
PostgreSQL's own CPU time is not counted, SQLite's is ours.
"""

import asyncio
import os
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from bot.channels.account_rows import open_account
from bot.clock import utc_now
from tests import crowd
from tests.bench.figures import show
from tests.bench.measured import Measured, Report
from tests.bench.stores import KINDS, store
from tests.emulators.telegram.remote import RemoteTelegram
from tests.emulators.zalo_bot.remote import RemoteZaloBot

COUNT = int(os.environ.get("CHIHOI_BENCH_COUNT", "5000"))
_LOOP_COUNT = 2000
_ANSWER_MS = 80
_IN_FLIGHT = 100
_LOOPS = {"python-telegram-bot": ("ptb", 50), "aiogram": ("aiogram", 100)}


@dataclass(frozen=True, slots=True)
class Result:
    report: Report
    count: int
    seconds: float  # Between the first and the last message at the platforms.


def main() -> None:
    asyncio.run(_main())


async def _main() -> None:
    cpu = {}
    for library, (short, in_flight) in _LOOPS.items():
        cpu[library] = _show(library, await _loop(short, in_flight))
    for kind in KINDS:
        name = f"Chị Hội on {kind}"
        for way, result in ((name, await _service(kind)), (f"{name}, mixed channels", await _mixed(kind))):
            ours = _show(way, result)
            for library, theirs in cpu.items():
                show("delivery", f"CPU per 1,000, {way}", ours, "s", versus=library, of=theirs)


async def _loop(library: str, in_flight: int) -> Result:
    count = min(COUNT, _LOOP_COUNT)
    async with RemoteTelegram.started("--delay-ms", str(_ANSWER_MS), "--any-chat") as bot_api:
        base = bot_api.base_url.removesuffix("/bot")
        arguments = (library, base, str(count), str(in_flight))
        async with Measured.started("tests.bench.naive_loops", *arguments, environment=os.environ) as loop:
            report = await loop.work()
        return _checked(report, await bot_api.arrivals(), count)


async def _service(kind: str) -> Result:
    async with (
        store(kind) as kept,
        RemoteTelegram.started("--delay-ms", str(_ANSWER_MS), "--any-chat") as bot_api,
    ):
        members = await crowd.add(kept.database, COUNT, utc_now())
        await crowd.announce(kept.database, members, utc_now())
        report = await _sent(kept.settings | _telegram(bot_api))
        return _checked(report, await bot_api.arrivals(), COUNT)


async def _mixed(kind: str) -> Result:
    """Half of the members chat with the Zalo bot."""
    async with (
        store(kind) as kept,
        RemoteTelegram.started("--delay-ms", str(_ANSWER_MS), "--any-chat") as bot_api,
        RemoteZaloBot.started("--delay-ms", str(_ANSWER_MS)) as zalo,
    ):
        now, half = utc_now(), COUNT // 2
        bot = await zalo.bot(most_users=1_000_000, monthly_messages=1_000_000)
        users = [(await zalo.user(has_written=True)).user_id for _ in range(half)]
        members = await crowd.add(kept.database, COUNT - half, now)
        async with kept.database.writing() as connection:
            account = await open_account(
                connection, channel="zalo_bot", external_id=bot["token"].partition(":")[0], name="", now=now
            )
            unit_id = await crowd.unit_id(connection)
            await crowd.add_people(connection, account.account_id, users, unit_id=unit_id, now=now)
        await crowd.announce(kept.database, members, now, channels=("telegram", "zalo_bot"))
        settings = _telegram(bot_api) | {
            "CHIHOI_ZALO_BOT_TOKEN": bot["token"],
            "CHIHOI_ZALO_BOT_BASE_URL": zalo.base_url,
            "CHIHOI_ZALO_BOT_PER_SECOND": "0",
            "CHIHOI_ZALO_BOT_MONTHLY_MESSAGES": "0",
        }
        report = await _sent(kept.settings | settings)
        arrivals: dict[Any, list[float]] = {**await bot_api.arrivals(), **await zalo.arrivals()}
        return _checked(report, arrivals, COUNT)


def _telegram(bot_api: RemoteTelegram) -> dict[str, str]:
    return {
        "CHIHOI_TELEGRAM_TOKEN": crowd.TOKEN,
        "CHIHOI_TELEGRAM_BASE_URL": bot_api.base_url,
        "CHIHOI_TELEGRAM_PER_SECOND": "0",
        "CHIHOI_SEND_IN_FLIGHT": str(_IN_FLIGHT),
    }


async def _sent(settings: Mapping[str, str]) -> Report:
    """The service sends the run there is."""
    module = "tests.bench.sending_service"
    async with Measured.started(module, "sender,scheduler", environment=os.environ | settings) as service:
        return await service.work()


def _checked(report: Report, arrivals: Mapping[Any, list[float]], count: int) -> Result:
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
