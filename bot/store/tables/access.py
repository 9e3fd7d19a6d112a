"""How staff come in: one-time links and codes, sessions, and the record of what they did."""

import sqlalchemy as sa

from bot.store.tables.metadata import metadata
from bot.store.tables.people import contacts, staff
from bot.store.types import NEVER_REUSED, Id, Json, Moment

# Secrets stand here only as SHA-256 of a long random value: a copy of the table opens no door.

sign_in_links = sa.Table(
    "sign_in_links",
    metadata,
    sa.Column("token_hash", sa.String(64), primary_key=True),
    sa.Column("staff_id", sa.ForeignKey(staff.c.id), nullable=False),
    sa.Column("expires_at", Moment, nullable=False),
    sa.Column("used_at", Moment),
)

join_codes = sa.Table(
    "join_codes",
    metadata,
    # By which a cadre's own chat becomes her desk.
    sa.Column("code_hash", sa.String(64), primary_key=True),
    sa.Column("staff_id", sa.ForeignKey(staff.c.id), nullable=False),
    sa.Column("expires_at", Moment, nullable=False),
    sa.Column("used_at", Moment),
)

join_tries = sa.Table(
    "join_tries",
    metadata,
    # Wrong codes of the last hour, so that guessing is slow whatever process answers.
    sa.Column("id", Id, primary_key=True),
    sa.Column("contact_id", sa.ForeignKey(contacts.c.id, ondelete="CASCADE"), nullable=False, index=True),
    sa.Column("at", Moment, nullable=False),
    **NEVER_REUSED,
)

sessions = sa.Table(
    "sessions",
    metadata,
    sa.Column("id_hash", sa.String(64), primary_key=True),
    sa.Column("staff_id", sa.ForeignKey(staff.c.id), index=True),
    sa.Column("data", Json, nullable=False, default=dict),
    sa.Column("agent", sa.String(200), nullable=False, default=""),
    sa.Column("created_at", Moment, nullable=False),
    sa.Column("seen_at", Moment, nullable=False),
    sa.Column("expires_at", Moment, nullable=False),
    sa.Column("revoked_at", Moment),
)

staff_acts = sa.Table(
    "staff_acts",
    metadata,
    sa.Column("id", Id, primary_key=True),
    sa.Column("at", Moment, nullable=False, index=True),
    sa.Column("staff_id", sa.ForeignKey(staff.c.id), index=True),
    sa.Column(
        "act", sa.String(60), nullable=False
    ),  # entry_switched_on, broadcast_confirmed, log_exported ...
    sa.Column("subject", sa.String(60), nullable=False, default=""),
    sa.Column("detail", Json, nullable=False, default=dict),  # Never names, phones or message texts.
    **NEVER_REUSED,
)
