"""Messages on their way in and out, and the log of what was said."""

from enum import StrEnum

import sqlalchemy as sa

from bot.store.tables.accounts import accounts
from bot.store.tables.metadata import metadata
from bot.store.tables.people import contacts, members, staff, units
from bot.store.types import NEVER_REUSED, Id, Json, Moment, choice


class InboxState(StrEnum):
    NEW = "new"
    DONE = "done"
    IGNORED = "ignored"  # Kept and counted, but nothing of ours: an update of a kind that we do not handle.
    FAILED = "failed"  # Tried several times; an operator has to look. The person was told.


class OutboxState(StrEnum):
    WAITING = "waiting"
    CLAIMED = "claimed"
    SENT = "sent"
    FAILED = "failed"
    HELD = "held"  # The platform lets nothing through until she writes again: then it goes.


RESTING = (OutboxState.SENT, OutboxState.FAILED, OutboxState.HELD)
"""Nobody is sending it, nor about to. What was held for long is not waited for any more: an answer stays with its question."""


class Direction(StrEnum):
    IN = "in"
    OUT = "out"


inbox = sa.Table(
    "inbox",
    metadata,
    sa.Column("id", Id, primary_key=True),
    sa.Column("account_id", sa.ForeignKey(accounts.c.id), nullable=False),
    sa.Column("event_id", sa.String(200), nullable=False),  # The platform's own name of the event: the same twice = one row.
    sa.Column("lane", sa.String(200), nullable=False),  # Rows of one lane (the sender's address) are handled in order.
    sa.Column("payload", Json, nullable=False),
    sa.Column("state", choice(InboxState), nullable=False, default=InboxState.NEW),
    sa.Column("attempts", sa.Integer, nullable=False, default=0),
    sa.Column("next_at", Moment, nullable=False),
    sa.Column("error", sa.String(80), nullable=False, default=""),
    sa.Column("received_at", Moment, nullable=False),
    sa.Column("done_at", Moment),
    sa.UniqueConstraint("account_id", "event_id"),
    # Whole, not for new rows only: SQLite takes a partial index only where the state is written into the statement.
    sa.Index("ix_inbox_state", "state", "id"),
    sa.Index("ix_inbox_lane", "account_id", "lane", "state", "id"),
    sa.Index("ix_inbox_received_at", "received_at"),
    **NEVER_REUSED,
)  # fmt: skip

outbox = sa.Table(
    "outbox",
    metadata,
    sa.Column("id", Id, primary_key=True),
    sa.Column("account_id", sa.ForeignKey(accounts.c.id), nullable=False),
    sa.Column("contact_id", sa.ForeignKey(contacts.c.id, ondelete="CASCADE"), nullable=False),
    sa.Column("question_id", Id, index=True),  # Which question it carries, so that a reply to it finds the question.
    sa.Column("message", Json, nullable=False),
    sa.Column("state", choice(OutboxState), nullable=False, default=OutboxState.WAITING),
    sa.Column("attempts", sa.Integer, nullable=False, default=0),
    sa.Column("uncertain_sends", sa.Integer, nullable=False, default=0),  # Sends whose answer was lost, then repeated.
    sa.Column("next_at", Moment, nullable=False),
    sa.Column("lease_by", sa.String(64)),
    sa.Column("lease_until", Moment),
    sa.Column("platform_id", sa.String(200)),
    sa.Column("charge", sa.String(24), nullable=False, default="", server_default=""),  # What the platform took it from.
    sa.Column("error", sa.String(80), nullable=False, default=""),
    sa.Column("created_at", Moment, nullable=False),
    sa.Column("sent_at", Moment),
    sa.Index("ix_outbox_state", "account_id", "state", "id"),
    sa.Index("ix_outbox_contact", "contact_id", "state", "id"),
    sa.Index("ix_outbox_lease", "lease_until", postgresql_where=sa.text("lease_until IS NOT NULL"),
             sqlite_where=sa.text("lease_until IS NOT NULL")),
    sa.Index("ix_outbox_platform_id", "contact_id", "platform_id"),
    **NEVER_REUSED,
)  # fmt: skip

interactions = sa.Table(
    "interactions",
    metadata,
    sa.Column("id", Id, primary_key=True),
    sa.Column("at", Moment, nullable=False, index=True),
    sa.Column("account_id", sa.ForeignKey(accounts.c.id), nullable=False),
    sa.Column("contact_id", sa.ForeignKey(contacts.c.id, ondelete="CASCADE"), nullable=False, index=True),
    sa.Column("member_id", sa.ForeignKey(members.c.id, ondelete="SET NULL"), index=True),
    sa.Column("staff_id", sa.ForeignKey(staff.c.id)),  # Who wrote it, when a person of ours did.
    sa.Column("unit_id", sa.ForeignKey(units.c.id), index=True),  # Where the contact belonged then.
    sa.Column("direction", choice(Direction), nullable=False),
    sa.Column("kind", sa.String(24), nullable=False),  # text, media, choice, command, notice ...
    sa.Column(
        "text", sa.Text, nullable=False
    ),  # Empty when is_sensitive: such words are not kept in the common log.
    sa.Column("text_folded", sa.Text, nullable=False),
    sa.Column("is_sensitive", sa.Boolean, nullable=False, default=False),
    sa.Column("entry_id", sa.String(24)),
    sa.Column("confidence", sa.Float),
    sa.Column("question_id", Id),
    sa.Column("outbox_id", Id),
    sa.Index(
        "ix_interactions_question_id",
        "question_id",
        postgresql_where=sa.text("question_id IS NOT NULL"),
        sqlite_where=sa.text("question_id IS NOT NULL"),
    ),
    **NEVER_REUSED,
)

receipts = sa.Table(
    "receipts",
    metadata,
    # That a message of ours, a reply or a delivery, is on her phone, and that she opened it. Of its own, because it may be
    # told before the send itself is recorded.
    sa.Column("account_id", sa.ForeignKey(accounts.c.id, ondelete="CASCADE"), primary_key=True),
    sa.Column("platform_id", sa.String(200), primary_key=True),
    sa.Column("delivered_at", Moment, nullable=False, index=True),
    sa.Column("seen_at", Moment),
)

files = sa.Table(
    "files",
    metadata,
    # What members sent, fetched from the platform, and what officers send. Gone with the contact and with the log.
    sa.Column("id", Id, primary_key=True),
    sa.Column("contact_id", sa.ForeignKey(contacts.c.id, ondelete="CASCADE"), index=True),  # Who sent it; None: ours.
    sa.Column("interaction_id", sa.ForeignKey(interactions.c.id, ondelete="CASCADE"), index=True),
    sa.Column("question_id", Id, index=True),  # It belongs to this question.
    sa.Column("kind", sa.String(24), nullable=False),
    sa.Column("name", sa.String(200), nullable=False, default=""),
    sa.Column("media_type", sa.String(100), nullable=False, default=""),
    sa.Column("sha256", sa.String(64), nullable=False, default=""),
    sa.Column("data", sa.LargeBinary),  # None until fetched.
    sa.Column("source", sa.Text, nullable=False, default=""),  # Where it is to be fetched; empty afterwards.
    sa.Column("attempts", sa.Integer, nullable=False, default=0),
    sa.Column("next_at", Moment),  # When to try to fetch it; None: fetched, or given up.
    sa.Column("error", sa.String(80), nullable=False, default=""),
    sa.Column("created_at", Moment, nullable=False, index=True),
    sa.Index("ix_files_next_at", "next_at", postgresql_where=sa.text("next_at IS NOT NULL"),
             sqlite_where=sa.text("next_at IS NOT NULL")),
    **NEVER_REUSED,
)  # fmt: skip

mailbox = sa.Table(
    "mailbox",
    metadata,
    # What a channel without a server of its own (the web chat) has delivered or taken in, for its page to show.
    sa.Column("id", Id, primary_key=True),
    sa.Column("account_id", sa.ForeignKey(accounts.c.id), nullable=False),
    sa.Column("address", sa.String(200), nullable=False),
    sa.Column("key", sa.String(64), nullable=False),
    sa.Column("direction", choice(Direction), nullable=False),
    sa.Column("message", Json, nullable=False),
    sa.Column("at", Moment, nullable=False),
    sa.UniqueConstraint("account_id", "key"),
    sa.Index("ix_mailbox_address", "account_id", "address", "id"),
    **NEVER_REUSED,
)
