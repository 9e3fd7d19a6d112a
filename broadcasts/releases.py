"""From when on each of an audience may be written to: who has had enough announcements, or gets others first, waits.

Which moments those are `caps` says, by the rule that a claim keeps; what it is asked about, `marks` puts together: the rule is
asked once for all who are alike.
"""

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncConnection

from bot.clock import in_vietnam
from broadcasts import caps, marks
from broadcasts.caps import Turn
from broadcasts.finishing import Release
from broadcasts.marks import Alike
from broadcasts.people import opened
from broadcasts.policy import Policy
from broadcasts.routes import Asked


def released(crowd: Iterable[Alike], mine: Turn, policy: Policy) -> list[Release]:
    """From when on each of them may get `mine`."""
    counted: dict[tuple[int, datetime, bool], int] = {}
    for alike in crowd:
        key = alike.account_id, *release_of(alike, mine, policy)
        counted[key] = counted.get(key, 0) + alike.people
    return [
        Release(account_id, at, people, is_held=is_held)
        for (account_id, at, is_held), people in sorted(counted.items())
    ]


def release_of(alike: Alike, mine: Turn, policy: Policy) -> tuple[datetime, bool]:
    """From when on those who are alike may get `mine`, and whether the caps keep it for another day."""
    if alike.begins is not None:
        mine = replace(mine, at=max(mine.at, alike.begins))
    free = caps.turn_of(mine, (), (), policy)
    at = caps.turn_of(mine, alike.others, alike.had, policy)
    return at, in_vietnam(at).date() > in_vietnam(free).date()


async def crowd_of(
    connection: AsyncConnection,
    asked: Asked,
    mine: Turn,
    everybody: list[Alike],
    policy: Policy,
    *,
    now: datetime,
) -> list[Alike]:
    """Everybody whom a broadcast reaches, put together by what she has had and what may go to her before `mine`.

    `everybody` is how many they are by account: the answer, where nothing can stand in its way.
    """
    if asked.is_urgent or not everybody:
        return everybody
    people = marks.of_audience(await opened(connection, asked), now)
    number = sum(one.people for one in everybody)
    marked = await marks.look(connection, people, mine, policy, number=number, now=now)
    return [alike for alike, _ in await marked.alike(connection)] if marked else everybody
