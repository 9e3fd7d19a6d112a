import asyncio

import pytest

from bot.channels.contract import Outgoing
from bot.sending.departures import Departures, Waiting
from bot.sending.parcels import Parcel

Went = list[tuple[int, float]]


def _waiting(*row_ids: int) -> list[Waiting]:
    return [
        Waiting(Parcel("reply", row_id, row_id, "hoa", Outgoing("chào chị"), 0), 0.0) for row_id in row_ids
    ]


def _rows(waiting: list[Waiting]) -> list[int]:
    return [one.parcel.row_id for one in waiting]


class Platform:
    """Notes what came when; nobody is answered while `gate` is clear."""

    def __init__(self) -> None:
        self.went: Went = []
        self.gate = asyncio.Event()
        self.gate.set()

    async def send(self, parcel: Parcel) -> None:
        self.went.append((parcel.row_id, asyncio.get_running_loop().time()))
        await self.gate.wait()

    def nothing(self) -> None:
        """Nobody waits for the end."""


@pytest.fixture
def platform() -> Platform:
    return Platform()


@pytest.fixture
def departures(platform: Platform) -> Departures:
    return Departures(platform.send, on_end=platform.nothing)


async def test_each_goes_at_its_slot_or_is_left_over(platform: Platform, departures: Departures) -> None:
    now = asyncio.get_running_loop().time()
    slots = [now + 0.02 * i for i in range(1, 11)]
    departures.depart(_waiting(*range(1, 11)), slots)
    assert departures.count == 10
    assert await departures.finish(20) == []
    left_over = departures.take_left_over()
    # On a busy machine some are late, then as many are left over as slots were: the last ones.
    assert [row_id for row_id, _ in platform.went] + _rows(left_over) == list(range(1, 11))
    used = [min(slots, key=lambda slot: abs(slot - moment)) for _, moment in platform.went]
    assert used == sorted(set(used))
    assert (departures.count, departures.has_left_over) == (0, False)


async def test_a_slot_that_is_over_is_not_used_and_its_message_takes_the_next(
    platform: Platform, departures: Departures
) -> None:
    now = asyncio.get_running_loop().time()
    departures.depart(_waiting(1, 2, 3, 4), [now - 0.2, now - 0.1, now + 60, now + 120])
    await asyncio.sleep(0)
    assert platform.went == []
    departures.depart(_waiting(5, 6, 7), [now - 0.3, now - 0.2, now - 0.1])
    while not departures.has_left_over:
        await asyncio.sleep(0)
    assert _rows(departures.take_left_over()) == [5, 6, 7]
    assert departures.count == 4
    # A stop that does not wait for them gives them back, for certainly nothing was sent.
    assert await departures.finish(0) == []
    assert _rows(departures.take_left_over()) == [1, 2, 3, 4]


async def test_without_a_pace_all_go_at_once(platform: Platform, departures: Departures) -> None:
    departures.depart(_waiting(1, 2, 3), None)
    assert await departures.finish(20) == []
    assert [row_id for row_id, _ in platform.went] == [1, 2, 3]


async def test_what_a_stop_cuts_short_is_in_doubt(platform: Platform, departures: Departures) -> None:
    platform.gate.clear()
    departures.depart(_waiting(1, 2), None)
    await asyncio.sleep(0)
    assert [parcel.row_id for parcel in await departures.finish(0)] == [1, 2]
    assert departures.count == 0
