"""The row of an account's permission: its pair of tokens, sealed, and who is renewing it now.

Every change goes by the row's version, so that of several processes only the one that knows the newest pair can replace it.
"""

import json
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.channels.zalo_oa import troubles
from bot.channels.zalo_oa.oauth import Pair
from bot.sealing import Sealer
from bot.store.database import insert_ignoring
from bot.store.tables import account_secrets as secrets

Row = sa.Row[*tuple[Any, ...]]

_AHEAD = timedelta(hours=5)
_LONGEST_IDLE = timedelta(days=7)
# What a row says of a later moment than this was written by a clock that was set back since.
_FUTURE = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Tokens:
    """What a row's seal holds."""

    access: str = field(repr=False)
    refresh: str = field(repr=False)


async def read(connection: AsyncConnection, account_id: int) -> Row | None:
    found = await connection.execute(sa.select(secrets).where(secrets.c.account_id == account_id))
    return found.one_or_none()


def unseal(sealer: Sealer, row: Row) -> Tokens:
    """Raises SealBroken."""
    kept = json.loads(sealer.unseal(row.sealed, about=_about(row.account_id)))
    return Tokens(kept["access"], kept["refresh"])


async def begin_renewal(
    connection: AsyncConnection, row: Row, *, owner: str, now: datetime, until: datetime
) -> bool:
    """Takes the renewal of this version upon oneself. False: somebody else has, or it must rest, or it is over.

    A renewal whose owner did not come back counts as one whose answer was lost.
    """
    taken = await connection.execute(
        sa.update(secrets)
        .where(
            _is(row),
            secrets.c.is_dead.is_(False),
            sa.or_(
                secrets.c.lease_until.is_(None),
                secrets.c.lease_until <= now,
                secrets.c.lease_until > now + _FUTURE,
            ),
        )
        .values(
            lease_by=owner,
            lease_until=until,
            is_in_doubt=sa.or_(secrets.c.is_in_doubt, secrets.c.lease_by.is_not(None)),
        )
    )
    return taken.rowcount > 0


def is_free(row: Row, now: datetime) -> bool:
    """Whether its renewal may be begun: nobody is at it, and it need not rest."""
    return row.lease_until is None or not now < row.lease_until <= now + _FUTURE


async def rest(
    connection: AsyncConnection, row: Row, *, owner: str, until: datetime, is_in_doubt: bool
) -> None:
    """Gives the renewal back undone; nobody begins it again before `until`."""
    values: dict[str, Any] = {"lease_by": None, "lease_until": until}
    await connection.execute(
        sa.update(secrets)
        .where(_is(row), secrets.c.lease_by == owner)
        .values(values | ({"is_in_doubt": True} if is_in_doubt else {}))
    )


async def replace(
    connection: AsyncConnection, row: Row, pair: Pair, sealer: Sealer, *, now: datetime
) -> bool:
    """The pair that Zalo gave for this row's. False: somebody connected the account anew meanwhile, and that pair stays.

    It does not ask whose the lease is: Zalo gave this pair for the newest that we had, so the one in the row is worth nothing.
    """
    replaced = await connection.execute(
        sa.update(secrets).where(_is(row)).values(_values(row.account_id, pair, sealer, now, before=row))
    )
    if not replaced.rowcount:
        return False
    await troubles.permission_came(connection, row.account_id, now=now)
    return True


async def bury(connection: AsyncConnection, row: Row, *, owner: str, now: datetime) -> bool:
    """Zalo gives nothing for this pair any more. False: somebody else has it in hand."""
    buried = await connection.execute(
        sa.update(secrets)
        .where(_is(row), secrets.c.lease_by == owner, secrets.c.is_dead.is_(False))
        .values(is_dead=True, lease_by=None, lease_until=None)
    )
    if not buried.rowcount:
        return False
    await troubles.permission_ended(connection, row.account_id, now=now)
    return True


async def disown(connection: AsyncConnection, row: Row, *, now: datetime) -> bool:
    """The pair speaks for another account. False: there is a newer one.

    It counts as a change of its own, so that a renewal of it that is under way does not bring it back.
    """
    disowned = await connection.execute(
        sa.update(secrets)
        .where(_is(row), secrets.c.is_dead.is_(False))
        .values(is_dead=True, version=row.version + 1, lease_by=None, lease_until=None)
    )
    if not disowned.rowcount:
        return False
    await troubles.permission_ended(connection, row.account_id, now=now)
    return True


async def give(
    connection: AsyncConnection, account_id: int, pair: Pair, sealer: Sealer, *, now: datetime
) -> None:
    """A new permission for an account that may have had one."""
    values = _values(account_id, pair, sealer, now)
    its_row = secrets.c.account_id == account_id
    newer = values | {"version": secrets.c.version + 1}
    if (await connection.execute(sa.update(secrets).where(its_row).values(newer))).rowcount:
        return
    first = insert_ignoring(secrets, connection.dialect.name)
    if not (
        await connection.execute(first.values(values | {"account_id": account_id, "version": 1}))
    ).rowcount:
        await connection.execute(sa.update(secrets).where(its_row).values(newer))


def _values(
    account_id: int, pair: Pair, sealer: Sealer, now: datetime, before: Row | None = None
) -> dict[str, Any]:
    kept: dict[str, Any] = {"access": pair.access, "refresh": pair.refresh}
    values: dict[str, Any] = {}
    if before is not None:
        previous = unseal(sealer, before)  # For diagnosis only: it opens nothing any more.
        kept["previous"] = {"access": previous.access, "refresh": previous.refresh}
        values["version"] = before.version + 1
    return values | {
        "sealed": sealer.seal(json.dumps(kept), about=_about(account_id)),
        "expires_at": now + pair.lifetime,
        "renewed_at": now,
        "lease_by": None,
        "lease_until": None,
        "is_in_doubt": False,
        "is_dead": False,
    }


def is_due(row: Row, now: datetime) -> bool:
    """Whether a pair should be renewed ahead of time (zalo-oa.md 1.4): 5 of its 25 hours are left, or it is a week old."""
    life: timedelta = row.expires_at - row.renewed_at
    ahead = min(_AHEAD, life / 5)
    is_from_future = row.renewed_at > now + _FUTURE
    return bool(is_from_future or now >= min(row.expires_at - ahead, row.renewed_at + _LONGEST_IDLE))


def _is(row: Row) -> sa.ColumnElement[bool]:
    return sa.and_(secrets.c.account_id == row.account_id, secrets.c.version == row.version)


def _about(account_id: int) -> str:
    return f"zalo_oa:{account_id}"
