"""Alerts take their numbers from those of questions: none that is given from now on was ever an alert's."""

from alembic import op
import sqlalchemy as sa

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    connection = op.get_bind()
    if connection.dialect.name == "postgresql":
        counter = "pg_get_serial_sequence('questions', 'id')"
        op.execute(f"SELECT setval({counter}, greatest(nextval({counter}), (SELECT max(id) FROM alerts)))")
        return
    highest = connection.scalar(sa.text("SELECT max(id) FROM alerts")) or 0
    if not connection.scalar(sa.text("SELECT count(*) FROM sqlite_sequence WHERE name = 'questions'")):
        op.execute("INSERT INTO sqlite_sequence (name, seq) VALUES ('questions', 0)")
    bring_up = sa.text("UPDATE sqlite_sequence SET seq = max(seq, :highest) WHERE name = 'questions'")
    op.execute(bring_up.bindparams(highest=highest))
