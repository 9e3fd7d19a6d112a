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
    # Whether a message may be sent that the platform takes money for (config/rules). An officer says so, never a default.
    sa.Column("may_cost", sa.Boolean, nullable=False, default=False, server_default=sa.false()),
    sa.Column(
        "trouble", sa.String(80), nullable=False, default="", server_default=""
    ),  # Why it is refused: the channel's code.
    sa.Column("state_at", Moment),  # Since when it is in this state; None where that was not noted.
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

account_secrets = sa.Table(
    "account_secrets",
    metadata,
    # What an account proves itself with, sealed (bot.sealing) under the service's key: a copy of the table opens nothing.
    sa.Column("account_id", sa.ForeignKey(accounts.c.id, ondelete="CASCADE"), primary_key=True),
    sa.Column("sealed", sa.Text, nullable=False),
    sa.Column(
        "version", sa.Integer, nullable=False
    ),  # Counts the changes: whoever holds another one reads again.
    sa.Column("expires_at", Moment, nullable=False),  # When the access that it gives ends.
    sa.Column("renewed_at", Moment, nullable=False),
    # A renewal that is under way, so that no other process begins one: whose, and since when.
    sa.Column("lease_by", sa.String(64)),
    sa.Column("lease_until", Moment),
    sa.Column(
        "is_in_doubt", sa.Boolean, nullable=False, default=False
    ),  # The last renewal's answer was lost.
    sa.Column(
        "is_dead", sa.Boolean, nullable=False, default=False
    ),  # Refused for good: an officer has to connect again.
)

connect_attempts = sa.Table(
    "connect_attempts",
    metadata,
    # An officer who is at the platform's page to give permission, until she comes back. Kept for an hour.
    sa.Column("state_hash", sa.String(64), primary_key=True),
    sa.Column("channel", sa.String(24), nullable=False),
    sa.Column("staff_id", Id, nullable=False),
    sa.Column("sealed", sa.Text, nullable=False),  # What proves that it was us who sent her there.
    sa.Column("at", Moment, nullable=False),
)

platform_troubles = sa.Table(
    "platform_troubles",
    metadata,
    # What is wrong with a platform as a whole and only a person can mend, such as a webhook signed with another key.
    sa.Column("channel", sa.String(24), primary_key=True),
    sa.Column("code", sa.String(80), primary_key=True),
    sa.Column("count", sa.Integer, nullable=False),
    sa.Column("first_at", Moment, nullable=False),
    sa.Column("last_at", Moment, nullable=False),
)

remote_files = sa.Table(
    "remote_files",
    metadata,
    # Files of ours that a platform holds for a while: sent again by its id instead of being uploaded again.
    sa.Column("account_id", sa.ForeignKey(accounts.c.id, ondelete="CASCADE"), primary_key=True),
    sa.Column("sha256", sa.String(64), primary_key=True),
    sa.Column("kind", sa.String(24), primary_key=True),
    sa.Column("remote_id", sa.Text, nullable=False),
    sa.Column("expires_at", Moment, nullable=False),
)

message_templates = sa.Table(
    "message_templates",
    metadata,
    # Wordings that a platform has approved, or not yet, as it last told us.
    sa.Column("account_id", sa.ForeignKey(accounts.c.id, ondelete="CASCADE"), primary_key=True),
    sa.Column("template_id", sa.String(64), primary_key=True),
    sa.Column("name", sa.String(200), nullable=False),
    sa.Column("state", sa.String(40), nullable=False),  # The platform's word.
    sa.Column(
        "detail", Json, nullable=False, default=dict
    ),  # Parameters, price, preview: as the channel reads them.
    sa.Column("fetched_at", Moment, nullable=False),
)

account_jobs = sa.Table(
    "account_jobs",
    metadata,
    # Long work with an account that goes on after a restart where it was: taking over its followers, what was missed.
    sa.Column("account_id", sa.ForeignKey(accounts.c.id, ondelete="CASCADE"), primary_key=True),
    sa.Column("kind", sa.String(40), primary_key=True),
    sa.Column("state", sa.String(24), nullable=False),  # running, done, failed
    sa.Column("place", Json, nullable=False, default=dict),  # Where it is, in the channel's own words.
    sa.Column("done", sa.Integer, nullable=False, default=0),
    sa.Column("total", sa.Integer),  # None: not known yet.
    sa.Column("error", sa.String(80), nullable=False, default=""),
    sa.Column("lease_by", sa.String(64)),
    sa.Column("lease_until", Moment),
    sa.Column("began_at", Moment, nullable=False),
    sa.Column("moved_at", Moment, nullable=False),
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
