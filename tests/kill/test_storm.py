"""The promise that everything else stands on: whenever the process dies, nobody is left out and nobody is told twice,
but where the ledger itself says that it does not know.
"""

import asyncio
import random

import pytest

from bot.store.tables.broadcasts import DeliveryState, OnUncertain
from tests.kill.conftest import Size
from tests.kill.scene import Scene


@pytest.mark.timeout(1800)
async def test_members_get_the_announcement_and_their_answers_whenever_the_service_is_killed(
    scene: Scene, size: Size, chance: random.Random
) -> None:
    await scene.announce(OnUncertain.SEND_AGAIN)
    askers = await scene.askers(4)
    for count in sorted(chance.sample(range(size.members * 9 // 10), size.kills)):
        async with scene.service() as service:
            await scene.all_ask(askers)  # While it starts.
            await service.is_up()
            await scene.messages_arrive(count)
            await asyncio.sleep(chance.uniform(0, 0.1))  # A random moment is what is wanted here.
            await service.kill()
            await scene.all_ask(askers)  # While it is dead.
    async with scene.service() as service:
        await scene.all_ask(askers)
        await scene.all_is_done()
        assert await service.stop() == 0

    for asker in askers:
        await scene.check_answered(asker)
    arrivals = await scene.arrivals()
    ledger = await scene.ledger()
    assert ledger.keys() == arrivals.keys()
    for chat, row in ledger.items():
        assert row.state in {DeliveryState.SENT, DeliveryState.UNCERTAIN}
        assert row.uncertain_sends or row.state is DeliveryState.SENT
        assert arrivals[chat] <= 1 + row.uncertain_sends, "somebody got it twice and the ledger does not know"
        assert arrivals[chat] or row.state is DeliveryState.UNCERTAIN, (
            "somebody did not get it and the ledger says so"
        )


@pytest.mark.timeout(600)
async def test_with_doubts_left_alone_nobody_gets_the_announcement_twice(
    scene: Scene, size: Size, chance: random.Random
) -> None:
    await scene.announce(OnUncertain.LEAVE)
    async with scene.service() as service:
        await scene.messages_arrive(chance.randrange(1, size.members * 9 // 10))
        await service.kill()
    async with scene.service():
        await scene.all_is_done()

    arrivals = await scene.arrivals()
    assert set(arrivals.values()) <= {0, 1}
    for chat, row in (await scene.ledger()).items():
        assert row.state is (DeliveryState.UNCERTAIN if row.uncertain_sends else DeliveryState.SENT)
        assert arrivals[chat] == 1 or row.state is DeliveryState.UNCERTAIN


async def test_what_was_taken_in_and_not_yet_handled_is_answered_after_a_kill(scene: Scene) -> None:
    askers = await scene.askers(40)
    await scene.all_ask(askers)  # All are fetched at once, and handled one after the other.
    async with scene.service() as service:

        async def taken_in() -> bool:
            return await scene.unhandled() > 0

        await scene.until(taken_in, "questions taken in")
        await service.kill()
        assert await scene.unhandled() > 0
    async with scene.service():
        await scene.all_is_done()

    for asker in askers:
        await scene.check_answered(asker)
