"""What was asked of the FAQ and what came of it: by this the bank is made better and the confidence is fitted anew.

The words stand without names and numbers (`bot.answers.plain_asking`), and not at all where the matter or the phone is private.
"""

from enum import StrEnum

import sqlalchemy as sa

from bot.store.tables.entries import entries
from bot.store.tables.metadata import metadata
from bot.store.tables.people import contacts, staff, units
from bot.store.tables.questions import questions
from bot.store.types import NEVER_REUSED, Id, Json, Moment, choice


class Outcome(StrEnum):
    ANSWERED = "answered"
    SUGGESTED = "suggested"
    REPHRASE = "rephrase"  # She was asked to say it in other words.
    NO_ANSWER = "no_answer"  # A cadre was offered.


class ChosenBy(StrEnum):
    MEMBER = "member"  # She picked it, or said that it was clear.
    CADRE = "cadre"  # Whoever answered her sent this entry.
    OFFICER = "officer"  # Put with this entry in the console.


askings = sa.Table(
    "askings",
    metadata,
    sa.Column("id", Id, primary_key=True),
    sa.Column("at", Moment, nullable=False, index=True),
    sa.Column("contact_id", sa.ForeignKey(contacts.c.id, ondelete="SET NULL"), index=True),
    sa.Column("unit_id", sa.ForeignKey(units.c.id)),
    sa.Column("language", sa.String(8), nullable=False),
    sa.Column("text", sa.String(500), nullable=False),
    sa.Column("outcome", choice(Outcome), nullable=False),
    sa.Column("entry_id", sa.ForeignKey(entries.c.id, ondelete="SET NULL"), index=True),  # The best match, on or off.
    sa.Column("confidence", sa.Float),
    sa.Column("is_clear", sa.Boolean),  # What she said to the answer; None: nothing.
    # Evidence of what she meant.
    sa.Column("chosen_entry_id", sa.ForeignKey(entries.c.id, ondelete="SET NULL"), index=True),
    sa.Column("chosen_by", choice(ChosenBy)),
    sa.Column("question_id", sa.ForeignKey(questions.c.id, ondelete="SET NULL"), index=True),
    sa.Column("dealt_with_at", Moment),  # An officer has made something of it, or put it aside.
    **NEVER_REUSED,
)  # fmt: skip

calibrations = sa.Table(
    "calibrations",
    metadata,
    # Constants of the confidence fitted on what was asked here; the newest that is in force counts, else the shipped ones.
    sa.Column("id", Id, primary_key=True),
    sa.Column("made_at", Moment, nullable=False),
    sa.Column("made_by", sa.ForeignKey(staff.c.id)),
    sa.Column("weights", Json, nullable=False),
    sa.Column("report", Json, nullable=False),  # Figures before and after.
    sa.Column("is_in_force", sa.Boolean, nullable=False),
    **NEVER_REUSED,
)
