"""How soon a member is answered while an announcement to 50,000 people is going.

The whole service (`main.py run`, all roles) on a database of each kind, over one Telegram bot at its own pace; the emulator
in another process answers after 80 ms. A member asks what the service answers outright, again and again; what counts is the
time from her message to the answer on her phone. `CHIHOI_BENCH_RECIPIENTS` and `CHIHOI_BENCH_QUESTIONS` say how many.
"""

import asyncio
import os
import statistics

import sqlalchemy as sa

from bot.clock import utc_now
from bot.store.database import Database
from bot.store.tables import deliveries
from bot.store.tables.broadcasts import DeliveryState
from tests import crowd
from tests.bench import masses
from tests.bench.figures import show
from tests.bench.stores import KINDS, Store, store
from tests.emulators.telegram.remote import RemoteTelegram
from tests.kill.scene import certain_questions
from tests.service import ServiceProcess

RECIPIENTS = int(os.environ.get("CHIHOI_BENCH_RECIPIENTS", "50000"))
QUESTIONS = int(os.environ.get("CHIHOI_BENCH_QUESTIONS", "100"))
_ANSWER_MS = 80
_GOAL_S = 1.0
_ASKER = 1_000_000_001
_LOOK_S = 0.1
_PATIENCE_S = 300.0
_REST_S = 0.2  # Between an answer and her next question.


def main() -> None:
    asyncio.run(_main())


async def _main() -> None:
    for kind in KINDS:
        async with store(kind) as kept:
            spans = await _spans(kept)
        p95 = statistics.quantiles(spans, n=20)[-1]
        name = f"during a run of {RECIPIENTS} on {kind}"
        show("latency", f"answer, median, {name}", statistics.median(spans), "s")
        show("latency", f"answer, p95, {name}", p95, "s", versus="goal", of=_GOAL_S)
        show("latency", f"answer, the slowest, {name}", max(spans), "s")


async def _spans(kept: Store) -> list[float]:
    now = utc_now()
    people = await crowd.add(kept.database, 1, now)
    await masses.add(kept.database, people, RECIPIENTS - 1, now)
    await crowd.announce(kept.database, people, now)
    async with RemoteTelegram.started("--delay-ms", str(_ANSWER_MS), "--any-chat") as bot_api:
        settings = kept.settings | {
            "CHIHOI_TELEGRAM_TOKEN": crowd.TOKEN,
            "CHIHOI_TELEGRAM_BASE_URL": bot_api.base_url,
            "CHIHOI_TELEGRAM_FILE_BASE_URL": bot_api.file_base_url,
        }
        questions = [question for question, _ in await certain_questions(kept.database)]
        asker = await bot_api.user(id=_ASKER)
        async with ServiceProcess.started(settings, kept.folder):
            async with asyncio.timeout(_PATIENCE_S):
                while not await _sent(kept.database):
                    await asyncio.sleep(_LOOK_S)
            clock = asyncio.get_running_loop().time
            spans: list[float] = []
            for number in range(QUESTIONS):
                began = clock()
                await asker.says(questions[number % len(questions)])
                await asker.hears(timeout=30)
                spans.append(clock() - began)
                await asyncio.sleep(_REST_S)
            assert 0 < await _sent(kept.database) < RECIPIENTS, (
                "the run did not last as long as the questions"
            )
        return spans


async def _sent(database: Database) -> int:
    sent = sa.select(sa.func.count()).where(deliveries.c.state == DeliveryState.SENT)
    async with database.reading() as connection:
        return (await connection.execute(sent)).scalar_one()


if __name__ == "__main__":
    main()
