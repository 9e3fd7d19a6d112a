"""What duty staff mean where they do not say it: which alert NHAN is about, and whose a quoted question is."""

from collections.abc import Sequence

from bot.alerts import record
from bot.alerts.record import Alert
from bot.questions import open as questions
from bot.questions import record as question_record
from bot.store.tables.alerts import AlertState
from bot.turn import Turn


async def waiting_for(turn: Turn, staff_id: int, theirs: Sequence[Alert]) -> Sequence[Alert]:
    """Those that nobody has taken on: of which she was told and did not say no; where there are none, all."""
    waiting = [alert for alert in theirs if alert.state is AlertState.OPEN]
    asked = []
    for alert in waiting:
        told = await record.calls(turn.connection, alert.alert_id)
        if any(one.staff_id == staff_id and one.declined_at is None for one in told):
            asked.append(alert)
    return asked or waiting


async def answers_a_member(turn: Turn) -> bool:
    """Whether she quotes a question that belongs to no alert: her words are for whoever asked it."""
    quoted_id = await questions.quoted(turn.connection, turn.contact.contact_id, turn.incoming.reply_to)
    question = await question_record.get(turn.connection, quoted_id) if quoted_id is not None else None
    return question is not None and not question.is_of_alert
