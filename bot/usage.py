"""How much of its platform's monthly plan an account has used up: counted here, as no such platform tells.

Which accounts have a plan, their channels say in the account's settings (`plan_settings`). Both directions count, for a
platform that counts only one of them is then never undercounted.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.clock import in_vietnam
from bot.store.database import insert_ignoring
from bot.store.tables import accounts, contacts, usage
from bot.store.tables.accounts import AccountState

_NEARLY = 80  # Percent of a plan from which on somebody should know.


@dataclass(frozen=True, slots=True)
class Share:
    """So much used of so much allowed."""

    used: int
    allowed: int

    @property
    def percent(self) -> int:
        return self.used * 100 // self.allowed

    @property
    def is_nearly_used(self) -> bool:
        return self.percent >= _NEARLY

    @property
    def is_used_up(self) -> bool:
        return self.used >= self.allowed


@dataclass(frozen=True, slots=True)
class Usage:
    """One account in the present month; None where its plan sets no bound."""

    account: str
    messages: Share | None
    people: Share | None


def plan_settings(*, messages: int, people: int) -> dict[str, Any]:
    """What an account's settings hold when it has a plan: so many messages a month, so many people in all; 0 = no bound."""
    return {"plan": {"messages": messages, "people": people}}


async def count(
    connection: AsyncConnection, account_id: int, *, now: datetime, sent: int = 0, received: int = 0
) -> None:
    """Add to the account's month."""
    month = _month(now)
    await connection.execute(
        insert_ignoring(usage, connection.dialect.name).values(
            account_id=account_id, month=month, sent=0, received=0
        )
    )
    await connection.execute(
        sa.update(usage)
        .where(usage.c.account_id == account_id, usage.c.month == month)
        .values(sent=usage.c.sent + sent, received=usage.c.received + received)
    )


async def usage_of(connection: AsyncConnection, now: datetime) -> tuple[Usage, ...]:
    """Every account that has a plan, in the order they were set up in."""
    people = (
        sa.select(sa.func.count()).where(contacts.c.account_id == accounts.c.id).correlate(accounts)
    ).scalar_subquery()
    rows = await connection.execute(
        sa.select(
            accounts.c.name,
            accounts.c.settings,
            sa.func.coalesce(usage.c.sent + usage.c.received, 0).label("messages"),
            people.label("people"),
        )
        .outerjoin(usage, sa.and_(usage.c.account_id == accounts.c.id, usage.c.month == _month(now)))
        .where(accounts.c.state != AccountState.CLOSED)
        .order_by(accounts.c.id)
    )
    return tuple(
        Usage(row.name, _share(row.messages, plan, "messages"), _share(row.people, plan, "people"))
        for row in rows
        if (plan := row.settings.get("plan"))
    )


async def messages_of(
    connection: AsyncConnection, account_ids: Collection[int], now: datetime
) -> dict[int, Share]:
    """The present month's messages of those of these accounts whose plan sets a bound."""
    rows = await connection.execute(
        sa.select(
            accounts.c.id,
            accounts.c.settings,
            sa.func.coalesce(usage.c.sent + usage.c.received, 0).label("messages"),
        )
        .outerjoin(usage, sa.and_(usage.c.account_id == accounts.c.id, usage.c.month == _month(now)))
        .where(accounts.c.id.in_(account_ids))
    )
    shares = ((row.id, _share(row.messages, row.settings.get("plan") or {}, "messages")) for row in rows)
    return {account_id: share for account_id, share in shares if share}


def _share(used: int, plan: Mapping[str, int], what: str) -> Share | None:
    return Share(used, plan[what]) if plan.get(what) else None


def _month(moment: datetime) -> str:
    return f"{in_vietnam(moment):%Y-%m}"
