"""The FAQ as officers keep it, and the local facts its answers are filled with."""

import sqlalchemy as sa

from bot.store.tables.metadata import metadata
from bot.store.tables.people import staff, units
from bot.store.types import Json, Moment

topics = sa.Table(
    "topics",
    metadata,
    sa.Column("topic", sa.String(40), primary_key=True),
    sa.Column("name", sa.String(100), nullable=False),
    sa.Column("position", sa.Integer, nullable=False),
)

entries = sa.Table(
    "entries",
    metadata,
    sa.Column("id", sa.String(24), primary_key=True),
    sa.Column("topic", sa.ForeignKey(topics.c.topic), nullable=False),
    sa.Column("position", sa.Integer, nullable=False),
    sa.Column("certainty", sa.String(1), nullable=False),  # Of bank.Certainty.
    sa.Column("needs_local_check", sa.Boolean, nullable=False),
    sa.Column("escalate", sa.String(12), nullable=False),  # none, cadre or urgent
    sa.Column("sensitive", sa.String(12), nullable=False),  # none, personal or high
    sa.Column("source", sa.Text, nullable=False),  # For officers: where it was found.
    # What members are told of where it comes from, and of what day that is.
    sa.Column("cites", sa.String(200), nullable=False, default="", server_default=""),
    sa.Column("cites_on", sa.Date),
    # Of one unit and everything below it; None: of everybody. `stands_for` names the general entry in whose place its members get it.
    sa.Column("unit_id", sa.ForeignKey(units.c.id), index=True),
    sa.Column("stands_for", sa.ForeignKey("entries.id"), index=True),
    sa.Column("expires_on", sa.Date),  # The last day on which it is answered, as if switched off afterwards.
    sa.Column("is_on", sa.Boolean, nullable=False),
    sa.Column("updated_at", Moment, nullable=False),
    sa.Column("updated_by", sa.ForeignKey(staff.c.id)),
)

entry_texts = sa.Table(
    "entry_texts",
    metadata,
    sa.Column("entry_id", sa.ForeignKey(entries.c.id, ondelete="CASCADE"), primary_key=True),
    sa.Column("language", sa.String(8), primary_key=True),
    sa.Column("question", sa.Text, nullable=False),
    sa.Column("answer", sa.Text, nullable=False),
    sa.Column("phrasings", Json, nullable=False, default=list),
    sa.Column(
        "is_reviewed", sa.Boolean, nullable=False, default=True
    ),  # False: by machine, no native speaker has read it.
)

local_fields = sa.Table(
    "local_fields",
    metadata,
    sa.Column("name", sa.String(40), primary_key=True),
    sa.Column("description", sa.Text, nullable=False),
    sa.Column("fallback", sa.Text, nullable=False),
)

local_values = sa.Table(
    "local_values",
    metadata,
    sa.Column("name", sa.ForeignKey(local_fields.c.name), primary_key=True),
    sa.Column("unit_id", sa.ForeignKey(units.c.id), primary_key=True),
    sa.Column("value", sa.Text, nullable=False),
    sa.Column("updated_at", Moment, nullable=False),
    sa.Column("updated_by", sa.ForeignKey(staff.c.id)),
)

versions = sa.Table(
    "versions",
    metadata,
    # Counts changes of what processes keep in memory (the FAQ, the units), so that each knows when to read anew.
    sa.Column("name", sa.String(24), primary_key=True),
    sa.Column("value", sa.BigInteger, nullable=False),
)
