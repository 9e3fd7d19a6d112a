"""The groups that our accounts are in, as their platforms last told us: what is posted in one, everybody there reads.

Who is in a group is not known to us; a group is an address and a name.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from bot import text
from bot.store.tables import accounts

GROUPS = "groups"
"""Under this name an account's settings hold its groups."""

_LONGEST_NAME = 100
_LONGEST_ADDRESS = 200


@dataclass(frozen=True, slots=True)
class Group:
    address: str  # What `Channel.send` takes.
    name: str
    people: int  # How many are in it; 0: not said.
    is_open: bool  # Something can be posted there.


@dataclass(frozen=True, slots=True)
class Groups:
    """Those of one account."""

    account_id: int
    account: str  # Its name.
    groups: tuple[Group, ...]
    fetched_at: datetime


async def keep(
    connection: AsyncConnection, account_id: int, found: Sequence[Group], *, now: datetime
) -> None:
    """Keep what the platform said in place of what it said before."""
    its_row = accounts.c.id == account_id
    row = await connection.execute(sa.select(accounts.c.settings).where(its_row).with_for_update())
    listed = [
        [one.address, _line(one.name) or one.address, one.people, one.is_open]
        for one in found
        if len(one.address) <= _LONGEST_ADDRESS
    ]
    settings = row.scalar_one() | {GROUPS: {"groups": listed, "at": now.isoformat()}}
    await connection.execute(sa.update(accounts).where(its_row).values(settings=settings))


def _line(name: str) -> str:
    return text.cut(" ".join(text.clean(name).split()), _LONGEST_NAME)


def of(account_id: int, name: str, settings: Mapping[str, Any]) -> Groups | None:
    """What an account's settings say; None where nobody has asked."""
    kept = settings.get(GROUPS)
    if kept is None:
        return None
    groups = tuple(Group(*one) for one in kept["groups"])
    return Groups(account_id, name, groups, datetime.fromisoformat(kept["at"]))
