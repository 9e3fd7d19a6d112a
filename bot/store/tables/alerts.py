"""An alert: somebody wrote words of danger, who was told of it, who took it on, and to whom it was handed over.

A log of its own, closed to all but those on duty. Her words and her number are taken out once it is over (`bot.retention`); who
did what and when stays: the law on domestic violence (13/2022/QH15, art. 19-20) makes the Union one of those who receive reports.
"""

from enum import StrEnum

import sqlalchemy as sa

from bot.store.tables.metadata import metadata
from bot.store.tables.people import contacts, members, staff, units
from bot.store.tables.questions import questions
from bot.store.types import NEVER_REUSED, Id, Moment, choice


class AlertState(StrEnum):
    DOUBTED = "doubted"  # It only sounded like danger: she was asked, nobody was told yet.
    OPEN = "open"  # Those on duty are being told; nobody has taken it on.
    TAKEN = "taken"
    CLOSED = "closed"
    MISTAKEN = "mistaken"  # She said that it was nothing before anybody was told.


class AlertRoute(StrEnum):
    LOCAL = "local"  # The duty desk nearest to her.
    CITY = "city"  # The duty officers of the top of the tree.
    CLIMBED = "climbed"  # Told because nobody had answered.


class AlertStepKind(StrEnum):
    RAISED = "raised"
    ADDED = "added"  # She wrote more about it.
    TOLD = "told"
    NOBODY = "nobody"  # On a route nobody could be told.
    CLIMBED = "climbed"  # Fifteen minutes without an answer: more people, and the phone list.
    TAKEN = "taken"
    REMINDED = "reminded"  # Whoever has it, for she has had no word: `staff_id`.
    UNANSWERED = "unanswered"  # She still has had none: the others on duty were told.
    DECLINED = "declined"  # Somebody told cannot take it on.
    SAFE = "safe"  # She says that she is safe.
    UNSAFE = "unsafe"  # She says that she is not.
    CALL_BACK = "call_back"  # She asks to be called.
    PAST_LOCAL = "past_local"  # She wants no cadre near her home to know.
    PLACED = "placed"  # She says where she is.
    HANDED_OVER = "handed_over"  # To the police, the commune, the health station ...: `to_whom`.
    NOTED = "noted"
    READ = "read"  # Somebody opened her words in the console.
    CLOSED = "closed"
    REOPENED = "reopened"


alerts = sa.Table(
    "alerts",
    metadata,
    # Also the code that staff know it by: reserved among those of questions, and its own question bears it, too.
    sa.Column("id", Id, primary_key=True),
    sa.Column("contact_id", sa.ForeignKey(contacts.c.id, ondelete="SET NULL"), index=True),
    sa.Column("member_id", sa.ForeignKey(members.c.id, ondelete="SET NULL"), index=True),
    sa.Column("unit_id", sa.ForeignKey(units.c.id), index=True),  # Hers; None when she has not said.
    sa.Column("kind", sa.String(16), nullable=False),  # An AlarmKind.
    sa.Column("is_urgent", sa.Boolean, nullable=False),  # It can hardly mean anything else, or she says so.
    sa.Column("is_past_local", sa.Boolean, nullable=False, default=False),
    sa.Column("state", choice(AlertState), nullable=False),
    sa.Column("words", sa.Text, nullable=False, default=""),  # What she wrote; empty once it is over.
    sa.Column("is_safe", sa.Boolean),  # As she says; None: she has not, or wrote of danger since.
    sa.Column("phone", sa.String(20), nullable=False, default=""),  # To call her back on; E.164.
    sa.Column("call_when", sa.String(200), nullable=False, default=""),  # In her own words.
    sa.Column("raised_at", Moment, nullable=False, index=True),
    # DOUBTED: when those on duty are told after all. OPEN: when it climbs.
    sa.Column("next_at", Moment),
    sa.Column("rounds", sa.SmallInteger, nullable=False, default=0),  # How often it has climbed.
    sa.Column("question_id", sa.ForeignKey(questions.c.id, ondelete="SET NULL"), index=True),
    sa.Column("taken_by", sa.ForeignKey(staff.c.id)),
    sa.Column("taken_at", Moment),
    sa.Column("closed_by", sa.ForeignKey(staff.c.id)),
    sa.Column("closed_at", Moment),
    sa.Index("ix_alerts_next_at", "state", "next_at"),
    **NEVER_REUSED,
)

alert_calls = sa.Table(
    "alert_calls",
    metadata,
    # Who was told, by which route; a person once for each alert. What became of the letter says the outbox.
    sa.Column("id", Id, primary_key=True),
    sa.Column("alert_id", sa.ForeignKey(alerts.c.id, ondelete="CASCADE"), nullable=False),
    sa.Column("staff_id", sa.ForeignKey(staff.c.id), nullable=False),
    sa.Column("route", choice(AlertRoute), nullable=False),
    sa.Column("told_at", Moment, nullable=False),
    sa.Column("outbox_id", Id),
    sa.Column("declined_at", Moment),  # She cannot take it on.
    sa.UniqueConstraint("alert_id", "staff_id"),
    **NEVER_REUSED,
)

alert_steps = sa.Table(
    "alert_steps",
    metadata,
    # Only ever added to.
    sa.Column("id", Id, primary_key=True),
    sa.Column("alert_id", sa.ForeignKey(alerts.c.id, ondelete="CASCADE"), nullable=False, index=True),
    sa.Column("kind", choice(AlertStepKind), nullable=False),
    sa.Column(
        "staff_id", sa.ForeignKey(staff.c.id)
    ),  # Who did it, or whom it reached; None: she herself, or the service.
    sa.Column("to_whom", sa.String(200), nullable=False, default=""),
    sa.Column("text", sa.Text, nullable=False, default=""),  # A note of staff; taken out with her words.
    sa.Column("at", Moment, nullable=False),
    **NEVER_REUSED,
)

on_call = sa.Table(
    "on_call",
    metadata,
    # Whom staff ring when nobody answers in the chat: for a unit and everything below it.
    sa.Column("id", Id, primary_key=True),
    sa.Column("unit_id", sa.ForeignKey(units.c.id), nullable=False, index=True),
    sa.Column("name", sa.String(100), nullable=False),  # "Công an xã Kế An, trực ban"
    sa.Column("phone", sa.String(20), nullable=False),
    sa.Column("position", sa.SmallInteger, nullable=False),
    sa.Column("updated_at", Moment, nullable=False),
    sa.Column("updated_by", sa.ForeignKey(staff.c.id)),
    **NEVER_REUSED,
)
