"""The bots, Official Accounts and web chats that we send from, the pace each may send at, and what each has used up."""

from enum import StrEnum

import sqlalchemy as sa

from bot.store.tables.metadata import metadata
from bot.store.types import NEVER_REUSED, Id, Json, Moment, choice


class AccountState(StrEnum):
    ACTIVE = "active"
    REFUSED = (
        "refused"  # The platform does not accept our secret any more; nothing is sent until it is renewed.
    )
    CLOSED = "closed"


accounts = sa.Table(
    "accounts",
    metadata,
    sa.Column("id", Id, primary_key=True),
    sa.Column("channel", sa.String(24), nullable=False),
    sa.Column(
        "external_id", sa.String(128), nullable=False
    ),  # What the platform calls it: a bot's or an OA's id.
    sa.Column("name", sa.String(200), nullable=False),
    sa.Column("state", choice(AccountState), nullable=False),
    sa.Column("settings", Json, nullable=False, default=dict),
    sa.Column("created_at", Moment, nullable=False),
    sa.UniqueConstraint("channel", "external_id"),
    **NEVER_REUSED,
)

paces = sa.Table(
    "paces",
    metadata,
    sa.Column("account_id", sa.ForeignKey(accounts.c.id, ondelete="CASCADE"), primary_key=True),
    sa.Column("interval_us", sa.BigInteger, nullable=False),  # Between two sends; 0 = no pace is kept.
    # All in microseconds since 1970 on the DATABASE's clock: several processes share them.
    sa.Column("next_us", sa.BigInteger, nullable=False),  # The next free slot.
    sa.Column(
        "granted_from_us", sa.BigInteger, nullable=False
    ),  # What the last reservation got, for its RETURNING.
    sa.Column("granted", sa.Integer, nullable=False),
)

usage = sa.Table(
    "usage",
    metadata,
    # Of accounts whose plan allows so many messages a month; kept when the messages themselves are forgotten.
    sa.Column("account_id", sa.ForeignKey(accounts.c.id, ondelete="CASCADE"), primary_key=True),
    sa.Column("month", sa.String(7), primary_key=True),  # In Viet Nam, as 2026-11.
    sa.Column("sent", sa.Integer, nullable=False),
    sa.Column("received", sa.Integer, nullable=False),
)
