"""What officers add to what the safety net listens for."""

import sqlalchemy as sa

from bot.store.tables.metadata import metadata
from bot.store.tables.people import staff
from bot.store.types import NEVER_REUSED, Id, Moment

safety_phrases = sa.Table(
    "safety_phrases",
    metadata,
    sa.Column("id", Id, primary_key=True),
    sa.Column("language", sa.String(8), nullable=False),  # vi or km
    sa.Column(
        "kind", sa.String(16), nullable=False
    ),  # An AlarmKind; for an exception, what it was taken for.
    sa.Column("phrase", sa.String(200), nullable=False),
    sa.Column("is_exception", sa.Boolean, nullable=False),  # True: harmless, not to be listened to.
    sa.Column("created_by", sa.ForeignKey(staff.c.id)),
    sa.Column("created_at", Moment, nullable=False),
    sa.UniqueConstraint("language", "phrase"),
    **NEVER_REUSED,
)
