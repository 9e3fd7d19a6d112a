"""What an announcement costs from an Official Account: messages a second and CPU seconds per 1,000, beside what of it the
posting itself costs (the same bodies by aiohttp, nothing else) and what the ledger costs (the service with a channel that
takes everything without a call).

Zalo is the emulator in another process; it answers after 80 ms. All have 100 sends in flight and no pace, and the service
starts, fills and finishes the run as well. PostgreSQL's own CPU time is not counted, SQLite's is ours.
"""

import asyncio
import os
from dataclasses import dataclass
from datetime import timedelta

from bot.channels.zalo_oa import grants
from bot.channels.zalo_oa.oauth import Pair
from bot.clock import utc_now
from bot.sealing import Sealer
from tests import crowd
from tests.bench.figures import show
from tests.bench.measured import Measured, Report
from tests.bench.stores import KINDS, Store, store
from tests.emulators.zalo_oa.remote import RemoteZaloOA

COUNT = int(os.environ.get("CHIHOI_BENCH_COUNT", "2000"))
ANSWER_MS = 80
IN_FLIGHT = 100
_SECRET_KEY = "made up for this benchmark"


@dataclass(frozen=True, slots=True)
class Result:
    report: Report
    seconds: float  # Between the first and the last message at Zalo; 0 where none came there.

    @property
    def cpu_s(self) -> float:
        """Of 1,000 messages."""
        return self.report.cpu_s / COUNT * 1000


def main() -> None:
    asyncio.run(_main())


async def _main() -> None:
    posting = await _posting()
    show("zalo_delivery", "messages a second, aiohttp's plain POST", COUNT / posting.seconds, "1/s")
    show("zalo_delivery", "CPU per 1,000, aiohttp's plain POST", posting.cpu_s, "s")
    for kind in KINDS:
        ours = await _service(kind, "tests.bench.sending_service")
        # As late as Zalo answered on this machine, where the emulator, too, wants its share.
        answer_s = IN_FLIGHT * ours.seconds / COUNT
        ledger = await _service(kind, "tests.bench.still_service", str(answer_s))
        show("zalo_delivery", f"CPU per 1,000, the ledger on {kind}", ledger.cpu_s, "s")
        show("zalo_delivery", f"messages a second, Chị Hội on {kind}", COUNT / ours.seconds, "1/s")
        show(
            "zalo_delivery",
            f"CPU per 1,000, Chị Hội on {kind}",
            ours.cpu_s,
            "s",
            versus="plain POST and ledger",
            of=posting.cpu_s + ledger.cpu_s,
        )


async def _posting() -> Result:
    async with RemoteZaloOA.started("--delay-ms", str(ANSWER_MS)) as zalo:
        people = await _people(zalo)
        pair = await zalo.connect()
        arguments = (zalo.base_url, pair["access_token"], people[0], str(COUNT), str(IN_FLIGHT))
        async with Measured.started("tests.bench.plain_posts", *arguments, environment=os.environ) as posts:
            report = await posts.work()
        return Result(report, await _spread(zalo))


async def _service(kind: str, module: str, *arguments: str) -> Result:
    async with store(kind) as kept, RemoteZaloOA.started("--delay-ms", str(ANSWER_MS)) as zalo:
        environment = os.environ | await _settings(kept, zalo)
        async with Measured.started(
            module, "sender,scheduler", *arguments, environment=environment
        ) as service:
            report = await service.work()
        return Result(report, 0.0 if arguments else await _spread(zalo))


async def _settings(kept: Store, zalo: RemoteZaloOA) -> dict[str, str]:
    """Writes the members and the permission, and says how the service is to be set."""
    now = utc_now()
    people = await _people(zalo)
    app, oa, pair = await zalo.app(), await zalo.oa(), await zalo.connect()
    members = await crowd.add(
        kept.database, COUNT, now, channel="zalo_oa", external_id=oa["oa_id"], first=int(people[0])
    )
    await crowd.announce(kept.database, members, now)
    async with kept.database.writing() as connection:
        given = Pair(pair["access_token"], pair["refresh_token"], timedelta(hours=25))
        await grants.give(connection, members.account_id, given, Sealer(_SECRET_KEY), now=now)
    return kept.settings | {
        "CHIHOI_SECRET_KEY": _SECRET_KEY,
        "CHIHOI_ZALO_APP_ID": app["app_id"],
        "CHIHOI_ZALO_APP_SECRET": app["secret"],
        "CHIHOI_ZALO_OA_SECRET_KEY": app["oa_secret_key"],
        "CHIHOI_ZALO_OA_BASE_URL": zalo.base_url,
        "CHIHOI_ZALO_OAUTH_BASE_URL": zalo.oauth_base_url,
        "CHIHOI_ZALO_BUSINESS_BASE_URL": zalo.business_base_url,
        "CHIHOI_ZALO_OA_PER_SECOND": "0",
        "CHIHOI_ZALO_APP_PER_MINUTE": "1000000",
        "CHIHOI_SEND_IN_FLIGHT": str(IN_FLIGHT),
    }


async def _people(zalo: RemoteZaloOA) -> list[str]:
    await zalo.app(calls_per_minute=1_000_000)
    people: list[str] = await zalo.do("crowd", count=COUNT, spread_s=3600)
    return people


async def _spread(zalo: RemoteZaloOA) -> float:
    """A figure is only worth printing when everybody got the message, once."""
    arrivals = await zalo.arrivals()
    assert len(arrivals) == COUNT, f"{len(arrivals)} of {COUNT} were reached"
    moments = [moment for times in arrivals.values() for moment in times]
    assert len(moments) == COUNT, "somebody was sent to twice"
    return max(moments) - min(moments)


if __name__ == "__main__":
    main()
