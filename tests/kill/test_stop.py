"""Stopping is a feature: what is under way is finished and recorded, nothing is in doubt, and the next start goes on."""

import asyncio

from bot.store.tables.broadcasts import DeliveryState, OnUncertain
from tests.kill.scene import Scene

_SOON_S = 10.0  # Twice as long as it should take on a busy machine; systemd waits 90.


async def test_a_stop_in_the_middle_of_a_run_leaves_nothing_in_doubt(scene: Scene) -> None:
    await scene.announce(OnUncertain.SEND_AGAIN)
    askers = await scene.askers(3)
    clock = asyncio.get_running_loop().time
    async with scene.service() as service:
        await scene.all_ask(askers)
        await scene.deliveries_are_taken(len(scene.people.chats) // 4)
        told = clock()
        assert await service.stop() == 0
        assert clock() - told < _SOON_S

    ledger = await scene.ledger()
    assert {row.state for row in ledger.values()} == {DeliveryState.PLANNED, DeliveryState.SENT}
    arrivals = await scene.arrivals()
    for chat, row in ledger.items():
        assert arrivals[chat] == (row.state is DeliveryState.SENT)

    async with scene.service():
        await scene.all_is_done()
    assert set((await scene.arrivals()).values()) == {1}
    assert not any(row.uncertain_sends for row in (await scene.ledger()).values())
    for asker in askers:
        await scene.check_answered(asker)
        assert not any(row.uncertain_sends for row in await scene.replies(asker))
