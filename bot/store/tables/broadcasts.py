"""Announcements as written, their runs, and one row for each recipient of a run: the queue itself."""

from enum import IntEnum, StrEnum

import sqlalchemy as sa

from bot.store.tables.accounts import accounts
from bot.store.tables.metadata import metadata
from bot.store.tables.people import contacts, members, staff, units
from bot.store.types import NEVER_REUSED, Id, Json, Moment, SortKey, choice


class BroadcastState(StrEnum):
    DRAFT = "draft"
    WAITING = "waiting"  # For a second person's word.
    SCHEDULED = "scheduled"  # `due_at` is its next run, of several where it recurs.
    RUN = "run"  # Its last run exists and has the say from here on.
    CANCELLED = "cancelled"


class Priority(IntEnum):
    """Which goes first where several run: the smaller number."""

    URGENT = 0  # Also above the caps per member.
    NORMAL = 1
    DRIP = 2  # So many a day.


class Route(StrEnum):
    """The way to one recipient."""

    CHAT = "chat"  # In our own words, to a chat that is open to us.
    TEMPLATE = "template"  # By wording that the platform has approved, to a chat of hers.
    PHONE = "phone"  # The same, to her phone number; there is no contact.
    ARTICLE = "article"  # A broadcast article: one post for all followers of an account.
    GROUP = "group"  # A post in a group: one for all who are in it.


class Variant(IntEnum):
    """Which text a recipient gets."""

    WHOLE = 0  # There is only one.
    A = 1
    B = 2
    WAITS = 3  # For the winner of the two.


class ApprovalState(StrEnum):
    WAITING = "waiting"
    APPROVED = "approved"
    RETURNED = "returned"  # With a reason, to be changed.
    WITHDRAWN = "withdrawn"  # Changed or given up before anybody answered, or after.


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
    sa.Column(
        "content", Json, nullable=False, default=dict, server_default="{}"
    ),  # broadcasts.content says what.
    sa.Column("audience", Json, nullable=False),  # broadcasts.audience says what.
    sa.Column("category", sa.String(40), nullable=False, default="", server_default=""),  # Of config/content.
    sa.Column("priority", sa.SmallInteger, nullable=False, default=Priority.NORMAL, server_default="1"),
    sa.Column("per_day", sa.Integer),  # DRIP: how many people a day.
    sa.Column("budget", sa.Integer),  # VND of one run at most; None: nothing may cost money.
    sa.Column("deadline_at", Moment),  # It is of no use afterwards; of a recurring one, of the first run.
    sa.Column("on_uncertain", choice(OnUncertain), nullable=False, default=OnUncertain.LEAVE),
    sa.Column("state", choice(BroadcastState), nullable=False, index=True),
    sa.Column(
        "schedule", Json, nullable=False, default=dict, server_default="{}"
    ),  # broadcasts.timing says what.
    sa.Column("due_at", Moment, index=True),
    sa.Column("joined_to", Moment),  # "When somebody joins": whoever joined up to here has been seen to.
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
    sa.Column("content", Json, nullable=False, default=dict, server_default="{}"),
    sa.Column("audience", Json, nullable=False),
    sa.Column("category", sa.String(40), nullable=False, default="", server_default=""),
    sa.Column("priority", sa.SmallInteger, nullable=False, default=Priority.NORMAL, server_default="1"),
    sa.Column("per_day", sa.Integer),
    sa.Column("budget", sa.Integer),
    sa.Column("deadline_at", Moment),
    sa.Column("on_uncertain", choice(OnUncertain), nullable=False),
    # Its own pace, slower than the accounts': microseconds between two sends and the next free slot, on the database's clock.
    sa.Column("interval_us", sa.BigInteger, nullable=False, default=0, server_default="0"),
    sa.Column("next_us", sa.BigInteger, nullable=False, default=0, server_default="0"),
    # What of its bounds is used up: the money of what was sent or may have been, and the people of the last day that it sent on.
    sa.Column("spent", sa.Integer, nullable=False, default=0, server_default="0"),
    sa.Column("day", sa.Date),  # In Viet Nam.
    sa.Column("day_count", sa.Integer, nullable=False, default=0, server_default="0"),
    # Refused for good, and not because of the person: where it grows, the run stops itself.
    sa.Column("rejected", sa.Integer, nullable=False, default=0, server_default="0"),
    # Two texts: when the better one is chosen, and which it was.
    sa.Column("decide_at", Moment),
    sa.Column("winner", sa.SmallInteger),  # A Variant.
    # What was changed after it was sent: the texts as they should read now (none: taken back), and how often it was.
    sa.Column("revision", sa.SmallInteger, nullable=False, default=0, server_default="0"),
    sa.Column("revised", Json, nullable=False, default=dict, server_default="{}"),
    # What was sent and has its `next_at` up to here may still read as before; broadcasts.revising moves both.
    sa.Column("revise_to", Moment, index=True),
    # It was due in the day's hours, so nobody agreed to the night: outside these hours it waits.
    sa.Column("by_day", sa.Boolean, nullable=False, default=False),
    sa.Column(
        "code", sa.String(80), nullable=False, default=""
    ),  # Why it was paused or cancelled, when no officer did it.
    sa.Column("filled_to", Id, nullable=False, default=0),  # The last member whose delivery is written.
    sa.Column("filled_at", Moment),  # When the last delivery was.
    sa.Column("created_at", Moment, nullable=False),
    sa.Column("finished_at", Moment, index=True),
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
    sa.Column("route", choice(Route), nullable=False, default=Route.CHAT, server_default="chat"),
    sa.Column("address", sa.String(200)),  # Of a post or a phone number; else the contact says it.
    sa.Column("variant", sa.SmallInteger, nullable=False, default=Variant.WHOLE, server_default="0"),
    sa.Column("price", sa.Integer, nullable=False, default=0, server_default="0"),  # VND, as planned.
    sa.Column("revision", sa.SmallInteger, nullable=False, default=0, server_default="0"),  # Which one she was shown.
    sa.Column("state", choice(DeliveryState), nullable=False),
    sa.Column("code", sa.String(80), nullable=False, default=""),  # Why failed, skipped or uncertain.
    sa.Column("attempts", sa.Integer, nullable=False, default=0),
    sa.Column("uncertain_sends", sa.Integer, nullable=False, default=0),
    # PLANNED: not before. From the claim on: when it was claimed, so that what is in doubt has a day, too.
    sa.Column("next_at", Moment, nullable=False),
    sa.Column("lease_by", sa.String(64)),
    sa.Column("lease_until", Moment),
    sa.Column("platform_id", sa.String(200)),
    sa.Column("charge", sa.String(24), nullable=False, default="", server_default=""),  # What the platform took it from.
    sa.Column("sent_at", Moment),
    # Nobody twice. The member first: an erasure looks for all of hers.
    sa.UniqueConstraint("member_id", "run_id"),
    # One post for each place.
    sa.Index("ix_deliveries_posts", "run_id", "account_id", "route", "address", unique=True,
             postgresql_where=sa.text("route IN ('article', 'group')"),
             sqlite_where=sa.text("route IN ('article', 'group')")),
    # Both what a claim looks for (planned, of this account, due) and what the progress page counts. With the time, so that
    # a claim never reads past what waits for another day.
    sa.Index("ix_deliveries_run_state", "run_id", "state", "account_id", "next_at", "id"),
    # Why so many were not sent, counted while the run goes on.
    sa.Index("ix_deliveries_run_code", "run_id", "state", "code", postgresql_where=sa.text("code <> ''"),
             sqlite_where=sa.text("code <> ''")),
    sa.Index("ix_deliveries_lease", "lease_until", postgresql_where=sa.text("lease_until IS NOT NULL"),
             sqlite_where=sa.text("lease_until IS NOT NULL")),
    **NEVER_REUSED,
)  # fmt: skip

responses = sa.Table(
    "responses",
    metadata,
    # What she did with a delivery: picked an answer, wrote back, opened the link. Only of those who did.
    sa.Column("delivery_id", sa.ForeignKey(deliveries.c.id, ondelete="CASCADE"), primary_key=True),
    sa.Column("run_id", sa.ForeignKey(runs.c.id), nullable=False),
    sa.Column("answer", sa.SmallInteger),  # The number of the answer she picked last, from 1.
    sa.Column("answered_at", Moment),
    sa.Column("replied_at", Moment),  # In her own words; they stand in the log.
    sa.Column("interaction_id", Id),
    sa.Column("clicked_at", Moment),  # The first time.
    sa.Column("clicks", sa.Integer, nullable=False, default=0),
    sa.Index("ix_responses_run_id", "run_id", "answer"),
)

approvals = sa.Table(
    "approvals",
    metadata,
    # That a second person agreed to exactly this, or why not.
    sa.Column("id", Id, primary_key=True),
    sa.Column("broadcast_id", sa.ForeignKey(broadcasts.c.id), nullable=False, index=True),
    sa.Column("state", choice(ApprovalState), nullable=False, index=True),
    sa.Column("digest", sa.String(64), nullable=False),  # Of all that was asked about: any change asks anew.
    sa.Column("summary", Json, nullable=False),  # People, cost and hours as they were shown to her.
    sa.Column("asked_by", sa.ForeignKey(staff.c.id), nullable=False),
    sa.Column("asked_at", Moment, nullable=False),
    sa.Column("decided_by", sa.ForeignKey(staff.c.id)),
    sa.Column("decided_at", Moment),
    sa.Column("decided_in", sa.String(24), nullable=False, default=""),  # console or chat
    sa.Column("reason", sa.Text, nullable=False, default=""),
    **NEVER_REUSED,
)

broadcast_versions = sa.Table(
    "broadcast_versions",
    metadata,
    # What was written, each time somebody stopped writing.
    sa.Column("id", Id, primary_key=True),
    sa.Column("broadcast_id", sa.ForeignKey(broadcasts.c.id), nullable=False, index=True),
    sa.Column("staff_id", sa.ForeignKey(staff.c.id), nullable=False),
    sa.Column("draft", Json, nullable=False),
    sa.Column("at", Moment, nullable=False),
    **NEVER_REUSED,
)

named_days = sa.Table(
    "named_days",
    metadata,
    # Feasts by the lunar or the Khmer calendar, each year's day as officers have confirmed it (domain.md).
    sa.Column("id", Id, primary_key=True),
    sa.Column("name", sa.String(100), nullable=False),
    sa.Column("day", sa.Date, nullable=False),
    sa.Column("confirmed_by", sa.ForeignKey(staff.c.id), nullable=False),
    sa.Column("confirmed_at", Moment, nullable=False),
    sa.UniqueConstraint("name", "day"),
    **NEVER_REUSED,
)

segments = sa.Table(
    "segments",
    metadata,
    # People that officers choose again and again, as sentences under a name.
    sa.Column("id", Id, primary_key=True),
    sa.Column("unit_id", sa.ForeignKey(units.c.id), nullable=False, index=True),  # Whose officers see it.
    sa.Column("name", sa.String(100), nullable=False),
    sa.Column("name_sort", SortKey, nullable=False),
    sa.Column("audience", Json, nullable=False),
    sa.Column("created_by", sa.ForeignKey(staff.c.id)),
    sa.Column("created_at", Moment, nullable=False),
    sa.Column("updated_at", Moment, nullable=False),
    sa.UniqueConstraint("unit_id", "name"),
    **NEVER_REUSED,
)

member_lists = sa.Table(
    "member_lists",
    metadata,
    # People from an uploaded file of phones or member codes.
    sa.Column("id", Id, primary_key=True),
    sa.Column("unit_id", sa.ForeignKey(units.c.id), nullable=False, index=True),
    sa.Column("name", sa.String(100), nullable=False),
    sa.Column(
        "rows", sa.Integer, nullable=False
    ),  # In the file; those that nobody was found for stand in list_misses.
    sa.Column("created_by", sa.ForeignKey(staff.c.id)),
    sa.Column("created_at", Moment, nullable=False),
    **NEVER_REUSED,
)

list_members = sa.Table(
    "list_members",
    metadata,
    sa.Column("list_id", sa.ForeignKey(member_lists.c.id, ondelete="CASCADE"), primary_key=True),
    sa.Column("member_id", sa.ForeignKey(members.c.id, ondelete="CASCADE"), primary_key=True, index=True),
)

list_misses = sa.Table(
    "list_misses",
    metadata,
    # Rows of the file that nobody was found for, as they were written. Kept for 30 days.
    sa.Column("list_id", sa.ForeignKey(member_lists.c.id, ondelete="CASCADE"), primary_key=True),
    sa.Column("row", sa.Integer, primary_key=True),  # As the officer's program numbers it.
    sa.Column("written", sa.String(200), nullable=False),
    sa.Column("code", sa.String(40), nullable=False),  # Why.
)
