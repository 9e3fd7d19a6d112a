"""Announcements as written, their runs, and one row for each recipient of a run: the queue itself."""

from enum import StrEnum

import sqlalchemy as sa

from bot.store.tables.accounts import accounts
from bot.store.tables.metadata import metadata
from bot.store.tables.people import contacts, members, staff, units
from bot.store.types import NEVER_REUSED, Id, Json, Moment, choice


class BroadcastState(StrEnum):
    DRAFT = "draft"
    SCHEDULED = "scheduled"
    RUN = "run"  # Its run exists and has the say from here on.
    CANCELLED = "cancelled"


class OnUncertain(StrEnum):
    LEAVE = "leave"
    SEND_AGAIN = "send_again"


class RunState(StrEnum):
    FILLING = "filling"  # Its deliveries are being written.
    RUNNING = "running"
    PAUSED = "paused"
    DONE = "done"
    CANCELLED = "cancelled"


class DeliveryState(StrEnum):
    PLANNED = "planned"
    CLAIMED = "claimed"
    SENT = "sent"
    FAILED = "failed"
    UNCERTAIN = "uncertain"  # The answer to the send was lost: it may have arrived.
    SKIPPED = "skipped"


broadcasts = sa.Table(
    "broadcasts",
    metadata,
    sa.Column("id", Id, primary_key=True),
    sa.Column("title", sa.String(200), nullable=False),
    sa.Column("texts", Json, nullable=False),  # {"vi": "...", "km": "..."} with merge fields as {{ten}}
    sa.Column("unit_id", sa.ForeignKey(units.c.id), nullable=False, index=True),  # In whose name it is sent.
    sa.Column("audience", Json, nullable=False),  # {"unit_id": 3, "channels": ["telegram"]}
    sa.Column("on_uncertain", choice(OnUncertain), nullable=False, default=OnUncertain.LEAVE),
    sa.Column("state", choice(BroadcastState), nullable=False, index=True),
    sa.Column("due_at", Moment, index=True),
    sa.Column("counted", sa.Integer),  # How many people the officer was told, and confirmed.
    sa.Column("created_by", sa.ForeignKey(staff.c.id)),
    sa.Column("created_at", Moment, nullable=False),
    sa.Column("updated_at", Moment, nullable=False),
    **NEVER_REUSED,
)

runs = sa.Table(
    "runs",
    metadata,
    sa.Column("id", Id, primary_key=True),
    sa.Column("broadcast_id", sa.ForeignKey(broadcasts.c.id), nullable=False),
    sa.Column("due_at", Moment, nullable=False),
    sa.Column("state", choice(RunState), nullable=False, index=True),
    # As they were when it fell due: a run is sent whole as it was confirmed.
    sa.Column("texts", Json, nullable=False),
    sa.Column("audience", Json, nullable=False),
    sa.Column("on_uncertain", choice(OnUncertain), nullable=False),
    # It was due in the day's hours, so nobody agreed to the night: outside these hours it waits.
    sa.Column("by_day", sa.Boolean, nullable=False, default=False),
    sa.Column(
        "code", sa.String(80), nullable=False, default=""
    ),  # Why it was cancelled, when no officer did it.
    sa.Column("filled_to", Id, nullable=False, default=0),  # The last member whose delivery is written.
    sa.Column("filled_at", Moment),  # When the last delivery was.
    sa.Column("created_at", Moment, nullable=False),
    sa.Column("finished_at", Moment),
    sa.UniqueConstraint("broadcast_id", "due_at"),  # Two schedulers do no harm.
    **NEVER_REUSED,
)

deliveries = sa.Table(
    "deliveries",
    metadata,
    sa.Column("id", Id, primary_key=True),
    sa.Column("run_id", sa.ForeignKey(runs.c.id), nullable=False),
    sa.Column("member_id", sa.ForeignKey(members.c.id, ondelete="SET NULL")),
    sa.Column("contact_id", sa.ForeignKey(contacts.c.id, ondelete="SET NULL")),
    sa.Column("account_id", sa.ForeignKey(accounts.c.id), nullable=False),
    sa.Column("state", choice(DeliveryState), nullable=False),
    sa.Column("code", sa.String(80), nullable=False, default=""),  # Why failed, skipped or uncertain.
    sa.Column("attempts", sa.Integer, nullable=False, default=0),
    sa.Column("uncertain_sends", sa.Integer, nullable=False, default=0),
    sa.Column("next_at", Moment, nullable=False),
    sa.Column("lease_by", sa.String(64)),
    sa.Column("lease_until", Moment),
    sa.Column("platform_id", sa.String(200)),
    sa.Column("charge", sa.String(24), nullable=False, default="", server_default=""),  # What the platform took it from.
    sa.Column("sent_at", Moment),
    # Nobody twice. The member first: an erasure looks for all of hers.
    sa.UniqueConstraint("member_id", "run_id"),
    # Both what a claim looks for (planned, of this account, in order) and what the progress page counts.
    sa.Index("ix_deliveries_run_state", "run_id", "state", "account_id", "id"),
    sa.Index("ix_deliveries_lease", "lease_until", postgresql_where=sa.text("lease_until IS NOT NULL"),
             sqlite_where=sa.text("lease_until IS NOT NULL")),
    **NEVER_REUSED,
)  # fmt: skip
