"""Whether announcements start on time: 200 are due at the same moment; when all had begun, and each had its first message out.

Each goes to two people of a branch of its own, over Telegram, which is the emulator in another process and answers after 80 ms.
Then the same with the scheduler killed at that moment: on SQLite it is started again, on PostgreSQL a second one goes on.
"""

import asyncio
import os
from collections.abc import Sequence
from contextlib import AbstractAsyncContextManager, AsyncExitStack
from datetime import datetime, timedelta

import sqlalchemy as sa

from bot.clock import utc_now
from bot.store.database import Database
from bot.store.tables import broadcasts, deliveries, runs
from bot.store.tables.broadcasts import DeliveryState
from bot.store.tables.people import UnitLevel
from broadcasts import confirming, writing
from broadcasts.audience import Audience
from broadcasts.writing import Draft
from tests import crowd, people
from tests.bench.figures import show
from tests.bench.stores import KINDS, Store, store
from tests.crowd import Crowd
from tests.emulators.telegram.remote import RemoteTelegram
from tests.service import ServiceProcess

COUNT = int(os.environ.get("CHIHOI_BENCH_SCHEDULES", "200"))
_PEOPLE = 2  # Of each.
_ANSWER_MS = 80
_ALLOWED_S = 2.0
_ALLOWED_AFTER_KILL_S = 10.0
_AHEAD = timedelta(seconds=5)
_PATIENCE_S = 120
_LOOK_S = 0.05
_FIRST_CHAT = 3_000_000_001


def main() -> None:
    asyncio.run(_main())


async def _main() -> None:
    for kind in KINDS:
        await _measure(kind, is_killed=False)
        await _measure(kind, is_killed=True)


async def _measure(kind: str, *, is_killed: bool) -> None:
    async with (
        store(kind) as kept,
        RemoteTelegram.started("--delay-ms", str(_ANSWER_MS), "--any-chat") as bot_api,
        AsyncExitStack() as stack,
    ):
        settings = kept.settings | {
            "CHIHOI_TELEGRAM_TOKEN": crowd.TOKEN,
            "CHIHOI_TELEGRAM_BASE_URL": bot_api.base_url,
            "CHIHOI_TELEGRAM_PER_SECOND": "0",
            "CHIHOI_SEND_FROM": "00:00",  # At whatever hour this is measured.
            "CHIHOI_SEND_UNTIL": "00:00",
        }
        members = await crowd.add(kept.database, 0, utc_now())
        branches = await _branches(kept.database, members)
        await _schedule(kept.database, members, branches, utc_now() + timedelta(days=1))
        services = [
            await stack.enter_async_context(_service(kept, settings))
            for _ in range(_processes(kind, is_killed))
        ]
        await asyncio.gather(*(service.is_up() for service in services))
        due = utc_now() + _AHEAD
        await _bring_forward(kept.database, due)
        left = (due - utc_now()).total_seconds()
        assert left > 0, "it was due before it was scheduled"
        await asyncio.sleep(left)
        if is_killed:
            await services[0].kill()
            if len(services) == 1:
                await stack.enter_async_context(_service(kept, settings))
        await _until(kept.database, sa.select(sa.func.count()).select_from(runs), COUNT)
        started_s = (utc_now() - due).total_seconds()
        sent = sa.select(sa.func.count()).where(deliveries.c.state == DeliveryState.SENT)
        await _until(kept.database, sent, COUNT * _PEOPLE)
        first_s = await _last_first_message(kept.database, due)
    name, allowed_s = (
        (f"{kind}, the scheduler killed", _ALLOWED_AFTER_KILL_S) if is_killed else (kind, _ALLOWED_S)
    )
    allowed = f"the {allowed_s:g} s allowed"
    show("punctual", f"until {COUNT} had started, {name}", started_s, "s", versus=allowed, of=allowed_s)
    show("punctual", f"until each had its first message out, {name}", first_s, "s")


def _processes(kind: str, is_killed: bool) -> int:
    return 2 if is_killed and kind == "postgresql" else 1


def _service(kept: Store, settings: dict[str, str]) -> AbstractAsyncContextManager[ServiceProcess]:
    return ServiceProcess.starting(settings, kept.folder, roles="sender,scheduler")


async def _branches(database: Database, members: Crowd) -> list[int]:
    """A branch for each announcement, with its people."""
    now = utc_now()
    async with database.writing() as connection:
        found = []
        for number in range(COUNT):
            branch_id = await people.add_unit(
                connection,
                f"Chi hội {number}",
                UnitLevel.BRANCH,
                members.province_id,
                code=f"b{number}",
                now=now,
            )
            first = _FIRST_CHAT + number * _PEOPLE
            addresses = [str(chat) for chat in range(first, first + _PEOPLE)]
            await crowd.add_people(connection, members.account_id, addresses, unit_id=branch_id, now=now)
            found.append(branch_id)
    return found


async def _schedule(database: Database, members: Crowd, branches: Sequence[int], due: datetime) -> None:
    now = utc_now()
    async with database.writing() as connection:
        for branch_id in branches:
            audience = Audience.of_units([branch_id], (members.channel,))
            draft = Draft("Họp chi hội", {"vi": crowd.TEXT}, branch_id, audience)
            broadcast_id = await writing.create(connection, draft, staff_id=members.officer_id, now=now)
            await confirming.confirm(
                connection, broadcast_id, due_at=due, staff_id=members.officer_id, counted=_PEOPLE, now=now
            )


async def _bring_forward(database: Database, due: datetime) -> None:
    async with database.writing() as connection:
        await connection.execute(sa.update(broadcasts).values(due_at=due))


async def _until(database: Database, counted: sa.Select[int], number: int) -> None:
    """Looks until so many are counted: a run counts when its row is there for everybody to see."""
    async with asyncio.timeout(_PATIENCE_S):
        while True:
            async with database.reading() as connection:
                if await connection.scalar(counted) == number:
                    return
            await asyncio.sleep(_LOOK_S)


async def _last_first_message(database: Database, due: datetime) -> float:
    first_at = sa.func.min(deliveries.c.sent_at)
    async with database.reading() as connection:
        firsts: list[datetime] = list(
            await connection.scalars(sa.select(first_at).group_by(deliveries.c.run_id))
        )
    assert len(firsts) == COUNT, f"{len(firsts)} runs of {COUNT}"
    return (max(firsts) - due).total_seconds()


if __name__ == "__main__":
    main()
