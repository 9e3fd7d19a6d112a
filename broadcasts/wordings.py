"""The wordings that platforms have approved, for announcements to those whom our own words do not reach."""

from collections.abc import Mapping
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.accounts import Template
from bot.store.tables import accounts, message_templates
from bot.store.tables.accounts import AccountState


@dataclass(frozen=True, slots=True)
class Wording:
    account_id: int
    account: str  # Its name.
    may_cost: bool  # An officer allowed the account to send what costs money; else nobody gets it.
    template_id: str
    name: str
    longest: Mapping[str, int]  # Letters of each value that is to be filled in; 0: not said.
    price: int  # VND of one message at most; 0: not said.

    @property
    def key(self) -> str:
        return f"{self.account_id}:{self.template_id}"


async def listed(connection: AsyncConnection) -> list[Wording]:
    """Those that can be used now, of every account that we send from."""
    rows = await connection.execute(
        sa.select(message_templates, accounts.c.name.label("account"), accounts.c.may_cost)
        .join(accounts, accounts.c.id == message_templates.c.account_id)
        .where(accounts.c.state == AccountState.ACTIVE)
        .order_by(accounts.c.name, accounts.c.id, message_templates.c.name, message_templates.c.template_id)
    )
    found: list[Wording] = []
    for row in rows:
        template = Template(row.template_id, row.name, row.state, row.detail, row.fetched_at)
        if template.is_approved:
            longest = {name: _longest(row.detail, name) for name in template.parameters}
            found.append(
                Wording(
                    row.account_id,
                    row.account,
                    row.may_cost,
                    row.template_id,
                    row.name,
                    longest,
                    max(template.prices),
                )
            )
    return found


def _longest(detail: Mapping[str, object], name: str) -> int:
    params = detail.get("params")
    for one in params if isinstance(params, list) else ():
        if isinstance(one, Mapping) and one.get("name") == name and isinstance(one.get("max_length"), int):
            return int(one["max_length"])
    return 0
