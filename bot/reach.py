"""What a reply that is due meets on its way: whose it is, and what her platform lets through to her (bot.rules)."""

from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from bot import rules
from bot.channels.contract import Outgoing
from bot.rules import Allowance
from bot.store.tables import accounts, contacts, outbox
from bot.store.tables.messages import OutboxState

PEOPLE = (
    sa.select(
        contacts.c.id,
        contacts.c.address,
        contacts.c.last_in_at,
        contacts.c.is_follower,
        accounts.c.channel,
        accounts.c.may_cost,
    )
    .join(accounts, accounts.c.id == contacts.c.account_id)
    .where(contacts.c.id.in_(sa.bindparam("ids", expanding=True)))
)
_HAD = (OutboxState.SENT, OutboxState.CLAIMED)


async def allowance_of(
    connection: AsyncConnection, person: sa.Row[*tuple[Any, ...]], now: datetime
) -> Allowance:
    """What her platform lets through to one of `PEOPLE` now."""
    may_welcome = False
    if person.last_in_at is None and person.is_follower and (bound := rules.rules_of(person.channel)):
        had = sa.select(sa.func.count()).where(outbox.c.contact_id == person.id, outbox.c.state.in_(_HAD))
        # The one that is being claimed is among them.
        may_welcome = (await connection.execute(had)).scalar_one() <= bound.welcome_messages
    return rules.allowance(
        person.channel,
        last_in_at=person.last_in_at,
        may_cost=person.may_cost,
        now=now,
        may_welcome=may_welcome,
    )


def sleeps_until(channel: str, message: Outgoing, now: datetime) -> datetime | None:
    """When this message may go where its kind has hours; None: now."""
    if message.template is None or not message.template.phone:
        return None
    return rules.phone_wakes(channel, now)
