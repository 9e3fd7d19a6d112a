"""What Zalo says of an Official Account itself; asking for it is also how we know that a token is good."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from bot import text
from bot.channels.account_rows import rename
from bot.channels.zalo_oa.client import OAClient
from bot.channels.zalo_oa.errors import ZaloOAError
from bot.store.tables import accounts

PROFILE = "oa"
"""Under this name an account's settings hold what `getoa` last said,"""

CHECKED_AT = "checked_at"
"""and in it under this one when."""

_NAME_UNITS = 100


@dataclass(frozen=True, slots=True)
class Profile:
    """Nothing of a person. What Zalo does not say is empty."""

    oa_id: str
    name: str
    package: str
    package_until: str  # As Zalo writes it: 31/12/2026.
    is_verified: bool

    def kept(self) -> dict[str, str | bool]:
        """As it stands in the account's settings."""
        return {
            "package": self.package,
            "package_until": self.package_until,
            "is_verified": self.is_verified,
        }


async def learn(client: OAClient) -> Profile:
    """Raises as the client's calls do."""
    found = await client.get("/v2.0/oa/getoa")
    if not isinstance(found, Mapping):
        raise ZaloOAError("getoa answered with something else than an Official Account")
    # Both spellings have been seen (zalo-oa.md 4.4, 2026-11).
    oa_id = next((mark for name in ("oaid", "oa_id") if (mark := _id(found.get(name)))), "")
    return Profile(
        oa_id,
        _words(found.get("name")),
        _words(found.get("package_name")),
        _words(found.get("package_valid_through_date")),
        str(found.get("is_verified")).casefold() in {"true", "1"},
    )


async def note_profile(
    connection: AsyncConnection, account_id: int, found: Profile, *, now: datetime
) -> None:
    """Keep what `getoa` said, and call the account by its name."""
    its_row = accounts.c.id == account_id
    row = await connection.execute(sa.select(accounts.c.settings).where(its_row).with_for_update())
    settings = row.scalar_one() | {PROFILE: found.kept() | {CHECKED_AT: now.isoformat()}}
    await connection.execute(sa.update(accounts).where(its_row).values(settings=settings))
    if found.name:
        await rename(connection, account_id, found.name)


async def ask_again(connection: AsyncConnection, account_id: int) -> None:
    """What `getoa` said was said of another permission: let it be asked at once."""
    its_row = accounts.c.id == account_id
    row = await connection.execute(sa.select(accounts.c.settings).where(its_row).with_for_update())
    settings = row.scalar_one()
    if isinstance(kept := settings.get(PROFILE), Mapping):
        said = {name: value for name, value in kept.items() if name != CHECKED_AT}
        await connection.execute(
            sa.update(accounts).where(its_row).values(settings=settings | {PROFILE: said})
        )


def _id(value: object) -> str:
    if type(value) is int:
        value = str(value)
    is_id = isinstance(value, str) and value.isascii() and value.isdigit() and len(value) <= 40
    return str(value) if is_id else ""


def _words(value: object) -> str:
    return text.cut(text.clean(value), _NAME_UNITS) if isinstance(value, str) else ""
