"""The accounts as officers see them: which there are, whether they work, what may be sent from them.

Adding one is its channel's business (`contract.Connecting`), and so is what the codes mean.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.clock import LONG_PAST
from bot.store.tables import accounts, contacts, inbox, message_templates, outbox
from bot.store.tables.accounts import AccountState
from bot.store.tables.messages import OutboxState

Row = sa.Row[*tuple[Any, ...]]

_APPROVED = "ENABLE"  # The word of the one platform that has templates.


@dataclass(frozen=True, slots=True)
class Template:
    """A wording that the platform has approved, or not yet; `detail` is as its channel reads it."""

    template_id: str
    name: str
    state: str
    detail: Mapping[str, Any]
    fetched_at: datetime

    @property
    def prices(self) -> tuple[int, int]:
        """VND of one message, to a phone number and to somebody whom the account knows; 0 where nobody has said."""
        return self._number("price"), self._number("price_by_uid")

    @property
    def reason(self) -> str:
        """Why it was rejected, in the platform's words."""
        return str(self.detail.get("reason", ""))

    @property
    def is_approved(self) -> bool:
        return self.state == _APPROVED

    @property
    def parameters(self) -> list[str]:
        """The names of what is to be filled in."""
        return [str(one.get("name", "")) for one in self.detail.get("params", ()) if isinstance(one, Mapping)]

    def _number(self, name: str) -> int:
        number = self.detail.get(name)
        return number if isinstance(number, int) else 0


async def overview(connection: AsyncConnection) -> list[Row]:
    """Every account that is not closed, with how many `people` have written to it and how many are `followers`."""
    its_contacts = contacts.c.account_id == accounts.c.id

    def count(condition: sa.ColumnElement[bool], name: str) -> sa.Label[int]:
        counted = sa.select(sa.func.count()).where(its_contacts, condition).correlate(accounts)
        return counted.scalar_subquery().label(name)

    found = await connection.execute(
        sa.select(
            accounts,
            count(contacts.c.last_in_at.is_not(None), "people"),
            count(contacts.c.is_follower, "followers"),
        )
        .where(accounts.c.state != AccountState.CLOSED)
        .order_by(accounts.c.channel, accounts.c.id)
    )
    return list(found)


async def active(connection: AsyncConnection) -> list[Row]:
    """Every account that sends, by name, without counting anybody."""
    found = await connection.execute(
        sa.select(accounts)
        .where(accounts.c.state == AccountState.ACTIVE)
        .order_by(accounts.c.name, accounts.c.id)
    )
    return list(found)


async def get(connection: AsyncConnection, account_id: int) -> Row | None:
    """One account that is not closed."""
    found = await connection.execute(
        sa.select(accounts).where(accounts.c.id == account_id, accounts.c.state != AccountState.CLOSED)
    )
    return found.one_or_none()


async def heard(connection: AsyncConnection) -> set[int]:
    """The accounts through which anything has ever come in."""
    came = sa.select(inbox.c.account_id).where(inbox.c.account_id == accounts.c.id)
    # What came long ago is kept no more, but that somebody wrote is.
    wrote = sa.select(contacts.c.id).where(
        contacts.c.account_id == accounts.c.id, contacts.c.last_in_at.is_not(None)
    )
    return set(
        await connection.scalars(sa.select(accounts.c.id).where(sa.or_(came.exists(), wrote.exists())))
    )


async def turn(
    connection: AsyncConnection, account_id: int, to: AccountState, *, trouble: str = "", now: datetime
) -> bool:
    """Note that the platform refuses an account, or accepts it again. False when that is known; a closed one stays closed."""
    came_from = AccountState.ACTIVE if to is AccountState.REFUSED else AccountState.REFUSED
    turned = await connection.execute(
        sa.update(accounts)
        .where(accounts.c.id == account_id, accounts.c.state == came_from)
        .values(state=to, trouble=trouble, state_at=now)
    )
    return turned.rowcount > 0


async def let_cost(connection: AsyncConnection, account_id: int, *, may: bool) -> bool:
    """Whether it may send what its platform takes money for, from now on. False when it was so already."""
    changed = await connection.execute(
        sa.update(accounts)
        .where(accounts.c.id == account_id, accounts.c.may_cost != may)
        .values(may_cost=may)
    )
    if may:  # What waits may go now. The sender looks at each again.
        await connection.execute(
            sa.update(outbox)
            .where(outbox.c.account_id == account_id, outbox.c.state == OutboxState.HELD)
            .values(state=OutboxState.WAITING, next_at=LONG_PAST, error="")
        )
    return changed.rowcount > 0


async def templates(connection: AsyncConnection, account_id: int) -> list[Template]:
    """The message templates of an account, as its platform last told us."""
    rows = await connection.execute(
        sa.select(message_templates)
        .where(message_templates.c.account_id == account_id)
        .order_by(message_templates.c.name, message_templates.c.template_id)
    )
    return [Template(row.template_id, row.name, row.state, row.detail, row.fetched_at) for row in rows]
