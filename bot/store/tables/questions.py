"""A member's question that went to a person, and everything that happened to it."""

from enum import StrEnum

import sqlalchemy as sa

from bot.store.tables.entries import entries
from bot.store.tables.metadata import metadata
from bot.store.tables.people import contacts, members, staff, units
from bot.store.types import NEVER_REUSED, Id, Moment, choice


class QuestionState(StrEnum):
    WAITING = "waiting"  # In the officers' inbox: no desk is reachable for it.
    FORWARDED = "forwarded"  # On a cadre's desk.
    ANSWERED = "answered"
    CLOSED = "closed"


class StepKind(StrEnum):
    ASKED = "asked"
    FORWARDED = "forwarded"
    PASSED_ON = "passed_on"
    LATER = "later"
    OVERDUE = "overdue"  # Left too long on a desk: it went one up.
    ANSWERED = "answered"
    UNDELIVERED = "undelivered"  # Forward or answer could not be delivered.
    HELD = "held"  # The answer waits until she writes again: her platform lets nothing through.
    REOPENED = "reopened"
    ADDED = "added"  # She wrote more to the same question.
    CLOSED = "closed"


questions = sa.Table(
    "questions",
    metadata,
    sa.Column("id", Id, primary_key=True),  # Also the tracking code that she is given.
    sa.Column(
        "contact_id", sa.ForeignKey(contacts.c.id, ondelete="SET NULL"), index=True
    ),  # Where the answer goes.
    sa.Column("member_id", sa.ForeignKey(members.c.id, ondelete="SET NULL"), index=True),
    sa.Column("unit_id", sa.ForeignKey(units.c.id), index=True),  # Hers; None when she has not said.
    sa.Column("text", sa.Text, nullable=False),
    sa.Column(
        "message_id", sa.String(200), nullable=False, default="", server_default=""
    ),  # The platform's, for quoting it.
    sa.Column("state", choice(QuestionState), nullable=False, index=True),
    sa.Column("is_urgent", sa.Boolean, nullable=False, default=False),
    sa.Column("is_sensitive", sa.Boolean, nullable=False, default=False),
    sa.Column("staff_id", sa.ForeignKey(staff.c.id), index=True),  # Whose desk it is on.
    sa.Column("desk_unit_id", sa.ForeignKey(units.c.id)),
    # The entry nearest to it, that its cadre may send in one step.
    sa.Column("entry_id", sa.ForeignKey(entries.c.id)),
    sa.Column("asked_at", Moment, nullable=False, index=True),
    sa.Column("later_until", Moment),
    sa.Column("answered_at", Moment),
    sa.Column("closed_at", Moment),
    **NEVER_REUSED,
)

question_steps = sa.Table(
    "question_steps",
    metadata,
    sa.Column("id", Id, primary_key=True),
    sa.Column("question_id", sa.ForeignKey(questions.c.id, ondelete="CASCADE"), nullable=False, index=True),
    sa.Column("kind", choice(StepKind), nullable=False),
    sa.Column("staff_id", sa.ForeignKey(staff.c.id)),
    sa.Column("text", sa.Text, nullable=False, default=""),
    sa.Column("at", Moment, nullable=False),
    **NEVER_REUSED,
)
