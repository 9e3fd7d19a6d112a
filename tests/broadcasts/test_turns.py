from collections import Counter

import pytest

from bot.store.database import Database
from bot.store.tables.broadcasts import Priority
from broadcasts.turns import Turns
from tests.broadcasts.conftest import Announce
from tests.broadcasts.desk import Desk
from tests.broadcasts.ledger import add_members
from tests.conftest import MovingClock
from tests.people import People


def _text(name: str) -> dict[str, str]:
    return {"vi": f"{name}. NGUNG"}


async def test_what_is_urgent_goes_before_all_and_drips_come_last(
    database: Database, union: People, announce: Announce, clock: MovingClock
) -> None:
    await announce(texts=_text("nhỏ giọt"), priority=Priority.DRIP)
    await announce(texts=_text("thường"))
    await announce(texts=_text("khẩn"), priority=Priority.URGENT)
    desk = Desk(database, union, clock)
    said = [parcel.message.text.removesuffix(". NGUNG") for parcel in await desk.claim(6)]
    assert said == ["khẩn", "khẩn", "thường", "thường", "nhỏ giọt", "nhỏ giọt"]


async def test_a_small_run_does_not_stand_behind_a_large_one(
    database: Database, union: People, announce: Announce, clock: MovingClock
) -> None:
    await add_members(database, union, 40, clock)
    await announce(texts=_text("lớn"))
    await announce(texts=_text("nhỏ"))
    desk = Desk(database, union, clock)
    said: Counter[str] = Counter()
    for _ in range(5):
        said.update(parcel.message.text[:3] for parcel in await desk.send(4))
    assert said == {"lớn": 10, "nhỏ": 10}


async def test_with_one_place_runs_take_turns(
    database: Database, union: People, announce: Announce, clock: MovingClock
) -> None:
    await add_members(database, union, 6, clock)
    for name in "abc":
        await announce(texts=_text(name))
    desk = Desk(database, union, clock)
    said = [parcel.message.text[0] for _ in range(6) for parcel in await desk.send(1)]
    assert said == ["a", "b", "c", "a", "b", "c"]


async def test_what_one_run_leaves_over_another_takes(
    database: Database, union: People, announce: Announce, clock: MovingClock
) -> None:
    await add_members(database, union, 20, clock)
    first = await announce(texts=_text("a"))
    await announce(texts=_text("b"))
    desk = Desk(database, union, clock)
    await desk.send(40)  # Two of each are left.
    assert first
    assert len(await desk.claim(100)) == 4


@pytest.mark.parametrize(("room", "expect"), [(1, [1]), (8, [1] * 8), (20, [3, 3, 3, 3, 2, 2, 2, 2])])
def test_the_room_is_shared_evenly_by_so_many_at_most(room: int, expect: list[int]) -> None:
    class Run:
        def __init__(self, run_id: int) -> None:
            self.id = run_id
            self.priority = Priority.NORMAL

    shares = Turns().shares([Run(i) for i in range(1, 30)], room)  # type: ignore[misc]  # rows of two columns
    assert [share for _, share in shares] == expect
