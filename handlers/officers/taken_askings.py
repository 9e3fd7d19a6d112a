"""The askings that an officer has ticked: on their way into an entry, from one page to the next.

A form names them by their numbers alone. What is taken to the form of a new entry waits in her session until that is saved.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy.ext.asyncio import AsyncConnection

from bot.answers.learning import dealing, waiting
from bot.answers.learning.grouping import Wording, wordings_of
from bot.answers.learning.sight import EVERYTHING
from bot.people import acts
from handlers.officers import query
from handlers.officers.visit import Visit

_FIELD = "asked-"
_TAKEN = "askings.taken"


@dataclass(frozen=True, slots=True)
class Taken:
    """What is to become an entry: how often it was asked, and how."""

    count: int
    wordings: Sequence[Wording]

    @property
    def phrasings(self) -> list[str]:
        return dealing.phrasings_of(self.wordings)


def sight_of(visit: Visit) -> str:
    """How far she looks at what was asked."""
    return EVERYTHING if visit.viewer.sees_everything else visit.viewer.unit_path


def ticked(visit: Visit) -> list[int]:
    """The numbers in the form's boxes `asked-...`: one box stands for all askings of one wording."""
    found: dict[int, None] = {}
    for name in visit.form:
        if is_tick(name):
            for part in visit.field(name).split(","):
                if (asking_id := query.number(part)) is not None:
                    found[asking_id] = None
    return list(found)


def is_tick(name: str) -> bool:
    return name.startswith(_FIELD)


def keep(visit: Visit, asking_ids: Sequence[int]) -> None:
    """Take them along to the form of a new entry."""
    visit.session[_TAKEN] = list(asking_ids)


def drop(visit: Visit) -> None:
    visit.session.pop(_TAKEN, None)


async def taken(visit: Visit, connection: AsyncConnection) -> Taken | None:
    """What she has taken along and nobody has dealt with meanwhile."""
    wanted = set(visit.session.get(_TAKEN, ()))
    if not wanted:
        return None
    waits = await waiting.waiting(connection, sight_of(visit), now=visit.now)
    found = [asking for asking in waits if asking.asking_id in wanted]
    return Taken(len(found), wordings_of(found)) if found else None


async def put_with(visit: Visit, connection: AsyncConnection, entry_id: str) -> int:
    """What she has taken along was for this entry, which she has just saved; how many."""
    asking_ids = await waiting.still_waiting(
        connection, sight_of(visit), list(visit.session.get(_TAKEN, ())), now=visit.now
    )
    drop(visit)
    if asking_ids:
        await record_put(visit, connection, asking_ids, entry_id)
    return len(asking_ids)


async def record_put(
    visit: Visit, connection: AsyncConnection, asking_ids: Sequence[int], entry_id: str
) -> None:
    await dealing.put_with(connection, asking_ids, entry_id, now=visit.now)
    visit.console.asked_alike.look_again()
    await acts.record(
        connection, visit.viewer.staff_id, "askings_put_with_entry", now=visit.now,
        subject=f"entry {entry_id}", count=len(asking_ids),
    )  # fmt: skip
