"""The promise that everything else stands on: whenever the process dies, nobody is left out and nobody is told twice,
but where the ledger itself says that it does not know.
"""

import asyncio
import random

import pytest

from bot.store.tables.broadcasts import DeliveryState, OnUncertain
from tests.kill.conftest import IS_FULL, Size
from tests.kill.scene import Scene

_ASKERS = 12
_POLICIES = (
    OnUncertain.SEND_AGAIN,
    pytest.param(
        OnUncertain.LEAVE, marks=pytest.mark.skipif(not IS_FULL, reason="only in the full storm: make storm")
    ),
)


@pytest.mark.timeout(1800)
@pytest.mark.parametrize("on_uncertain", _POLICIES)
async def test_members_get_the_announcement_and_their_answers_whenever_the_service_is_killed(
    scene: Scene, size: Size, chance: random.Random, on_uncertain: OnUncertain
) -> None:
    askers = await scene.askers(_ASKERS)
    await scene.all_ask(askers)
    async with scene.service() as service:
        await scene.some_are_unhandled()
        await service.kill()  # Between taking in and handling.
    assert await scene.unhandled()

    await scene.announce(on_uncertain)
    for count in sorted(chance.sample(range(size.members * 9 // 10), size.kills - 1)):
        async with scene.service() as service:
            await scene.all_ask(askers)  # While it starts.
            await service.is_up()
            await scene.deliveries_are_taken(count)
            await asyncio.sleep(chance.uniform(0, 0.1))  # A random moment is what is wanted here.
            await service.kill()
    await scene.all_ask(askers)  # While it is dead.
    async with scene.service() as service:
        await scene.all_is_done()
        assert await service.stop() == 0

    for asker in askers:
        await scene.check_answered(asker)
    arrivals = await scene.arrivals()
    ledger = await scene.ledger()
    assert ledger.keys() == arrivals.keys()
    times_at_most = 2 if on_uncertain is OnUncertain.SEND_AGAIN else 1
    for chat, row in ledger.items():
        is_in_doubt = row.state is DeliveryState.UNCERTAIN
        assert is_in_doubt or row.state is DeliveryState.SENT
        assert row.uncertain_sends or not is_in_doubt
        assert is_in_doubt or arrivals[chat], "somebody counts as sent to and got nothing"
        assert row.uncertain_sends or arrivals[chat] == 1, (
            "somebody got it twice and the ledger knows no doubt"
        )
        assert arrivals[chat] <= times_at_most
