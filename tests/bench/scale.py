"""What a recipient costs as a run grows: writing the deliveries of 10 thousand, 100 thousand and a million people, and claiming
and recording some of them, the first ones and the last ones. Nothing is sent.

Memory and CPU are those of the process which does it; PostgreSQL's own are not counted, SQLite's are ours. `CHIHOI_BENCH_LARGEST` (100,000 unless said
otherwise) bounds the sizes.
"""

import asyncio
import json
import os
from collections.abc import Mapping

from bot.clock import utc_now
from tests import crowd
from tests.bench import masses
from tests.bench.figures import show
from tests.bench.measured import Speaking
from tests.bench.stores import KINDS, store

SIZES = (10_000, 100_000, 1_000_000)
LARGEST = int(os.environ.get("CHIHOI_BENCH_LARGEST", "100000"))
_CLAIMS = 5000


def main() -> None:
    asyncio.run(_main())


async def _main() -> None:
    for kind in KINDS:
        costs: list[tuple[int, float, float]] = []
        for size in SIZES:
            if size <= LARGEST:
                report = await _run(kind, size)
                costs.append((size, *_show(kind, size, report)))
        smallest, least, claim = costs[0]
        for size, expanding, claiming in costs[1:]:
            name = f"{size} recipients on {kind}"
            versus = f"{smallest} recipients, at most 1.3"
            show("scale", f"expanding one recipient, {name}", expanding, "us", versus=versus, of=least)
            show(
                "scale",
                f"claiming and recording one recipient, {name}",
                claiming,
                "us",
                versus=versus,
                of=claim,
            )


async def _run(kind: str, size: int) -> Mapping[str, float]:
    async with store(kind) as kept:
        now = utc_now()
        people = await crowd.add(kept.database, 1, now)
        await masses.add(kept.database, people, size - 1, now)
        await crowd.announce(kept.database, people, now)
        environment = os.environ | kept.settings
        async with Speaking.started("tests.bench.scale_work", str(_CLAIMS), environment=environment) as work:
            report: Mapping[str, float] = json.loads(await work.told())
    assert report["people"] == size, f"{report['people']} of {size} were reached"
    return report


def _show(kind: str, size: int, report: Mapping[str, float]) -> tuple[float, float]:
    """Microseconds of one recipient: expanding, and claiming and recording at the slower end of the run."""
    name = f"{size} recipients on {kind}"
    slower = max(report["first_s"], report["last_s"])
    show("scale", f"expanding, {name}", report["expand_s"], "s")
    show("scale", f"CPU of expanding, {name}", report["expand_cpu_s"], "s")
    show("scale", f"claimed and recorded, the first of {name}", _CLAIMS / report["first_s"], "1/s")
    show("scale", f"claimed and recorded, the last of {name}", _CLAIMS / report["last_s"], "1/s")
    show("scale", f"peak memory above what it held before, {name}", report["above_mb"], "MB")
    return 1e6 * report["expand_s"] / size, 1e6 * slower / _CLAIMS


if __name__ == "__main__":
    main()
