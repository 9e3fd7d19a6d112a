"""A large run over three platforms of which one send in twenty goes wrong, while processes and the database die under it."""

import asyncio
import random
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from pathlib import Path

import pytest

from bot.store.tables.broadcasts import DeliveryState
from tests import databases
from tests.databases import PostgresTemplate, Server, SQLiteTemplate
from tests.kill.campaign import Campaign
from tests.kill.conftest import IS_FULL

_MEMBERS, _KILLS = (20_000, 100) if IS_FULL else (450, 8)
_DATABASE_EVERY = 10 if IS_FULL else 4  # Kills, PostgreSQL's own server is the one.
_SETTLED = {DeliveryState.SENT, DeliveryState.FAILED, DeliveryState.UNCERTAIN}


@pytest.fixture(params=["sqlite", "postgresql"])
async def campaign(
    request: pytest.FixtureRequest, tmp_path: Path, chance: random.Random
) -> AsyncIterator[Campaign]:
    async with AsyncExitStack() as stack:
        server = None
        if request.param == "sqlite":
            opened = (await SQLiteTemplate.make(tmp_path)).database()
        else:
            folder = stack.enter_context(databases.short_folder())
            server = Server(folder)
            stack.callback(server.end)
            opened = (await PostgresTemplate.make(server.url)).database()
        database = await stack.enter_async_context(opened)
        campaign = Campaign(database, server, tmp_path, chance, _MEMBERS)
        await campaign.put_up(stack)
        yield campaign


@pytest.mark.timeout(3600 if IS_FULL else 600)
async def test_nobody_is_left_out_or_told_twice_whatever_dies(
    campaign: Campaign, chance: random.Random
) -> None:
    # From the first delivery on: before it there is no run to pause.
    marks = sorted(chance.sample(range(1, _MEMBERS * 9 // 10), _KILLS))
    async with campaign.processes() as fleet:
        for number, mark in enumerate(marks, 1):

            async def has_come(mark: int = mark) -> bool:
                return await campaign.taken() >= mark

            await campaign.until(has_come, f"{mark} deliveries taken up")
            await asyncio.sleep(chance.uniform(0, 0.1))  # A random moment is what is wanted here.
            if campaign.server is not None and number % _DATABASE_EVERY == 0:
                campaign.server.pull_the_plug()
                campaign.server.start()
                await campaign.database.engine.dispose()
            else:
                await chance.choice(fleet).kill()
            if number % _DATABASE_EVERY == 1:
                await campaign.pause_and_resume()
        await campaign.until(campaign.is_done, "the end of the run")

    outcomes = await campaign.outcomes()
    assert len(outcomes) == _MEMBERS, "somebody is missing"
    assert {outcome.state for outcome in outcomes} <= _SETTLED
    wrong = [
        outcome
        for outcome in outcomes
        if (outcome.state is DeliveryState.SENT and outcome.arrived != 1)
        or (outcome.state is DeliveryState.FAILED and outcome.arrived)
        or outcome.arrived > 1
    ]
    assert wrong == []
    print(Counter((outcome.channel, outcome.state.value, outcome.code) for outcome in outcomes))
