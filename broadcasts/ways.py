"""The ways of an announcement as its plan shows them: how many people by each, at what price, and what is left of its account's month."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.store.tables import accounts
from bot.store.tables.broadcasts import Route
from broadcasts.people import AudienceCount
from broadcasts.quotas import Quota, quotas


@dataclass(frozen=True, slots=True)
class RoutePlan:
    """So many people by one way from one account."""

    account_id: int
    account: str  # Its name.
    channel: str
    route: Route
    people: int
    price: int  # VND of one message at most.
    quota: Quota | None = None

    @property
    def cost(self) -> int:
        return self.people * self.price


async def of_audience(
    connection: AsyncConnection, counted: AudienceCount, *, now: datetime
) -> tuple[RoutePlan, ...]:
    ids = {one.account_id for one in counted.by_route}
    found = await connection.execute(sa.select(accounts.c.id, accounts.c.name).where(accounts.c.id.in_(ids)))
    names = {row.id: row.name for row in found}
    known = await quotas(connection, ids, now=now)
    return tuple(
        RoutePlan(
            one.account_id,
            names[one.account_id],
            one.channel,
            one.route,
            one.people,
            one.price,
            known.get(one.account_id),
        )
        for one in counted.by_route
    )


def within(budget: int | None, routes: Sequence[RoutePlan]) -> tuple[int, int]:
    """What it costs within the budget, and for how many people that does not suffice; the cheapest are paid for first."""
    left, unpaid = budget or 0, 0
    for one in sorted(routes, key=lambda one: one.price):
        if one.price:
            paid = min(one.people, left // one.price)
            left -= paid * one.price
            unpaid += one.people - paid
    return (budget or 0) - left, unpaid


def by_account(routes: Sequence[RoutePlan]) -> dict[int, int]:
    """How many people by each account."""
    found: dict[int, int] = {}
    for one in routes:
        found[one.account_id] = found.get(one.account_id, 0) + one.people
    return found
