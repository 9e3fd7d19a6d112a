"""What a bare digit in a cadre's chat is for: whatever asked for digits last, a letter that came by itself or what her own turn was
answered. Its age does not matter, nor whether somebody else has seen to it meanwhile: no older question gets the digit instead.
"""

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

import sqlalchemy as sa

from bot.alerts import letters as alert_letters
from bot.alerts import record as alerts
from bot.people.parsing import parse_digit
from bot.questions import open as questions
from bot.questions import record as question_record
from bot.questions.answering import VERDICT_FLOW
from bot.store.tables import interactions, outbox
from bot.store.tables.broadcasts import ApprovalState
from bot.store.tables.messages import Direction
from bot.store.tables.questions import QuestionState
from bot.turn import Turn
from broadcasts import approval, approval_letters, responses
from handlers.cadres import desk_flow
from handlers.cadres.alerting_asks import ACTING
from handlers.cadres.desk_flow import Step
from handlers.members import menu

Row = sa.Row[*tuple[Any, ...]]

_LOOKED_BACK = 20  # Messages of ours among which it is looked for.
_HIGHEST = 9
_TYPES_FOR = timedelta(seconds=20)
"""A letter younger than this may have come while she was typing: she has hardly read it."""

_JUST_BEFORE = timedelta(minutes=30)
"""What was asked longer ago she does not answer just now."""

_TAKE_OR_NOT = frozenset({1, 2})
_ANY = frozenset(range(_HIGHEST + 1))
GIVES_WAY = {
    "",
    alert_letters.FLOW,
    approval_letters.FLOW,
    ACTING,
    desk_flow.FLOW,
    *desk_flow.INTERRUPTIBLE,
}
"""Where she stands while a letter that comes owns her digits; in the middle of anything else she is asked."""


class What(StrEnum):
    """What asks for a digit."""

    ALERT = "alert"
    APPROVAL = "approval"
    QUESTION = "question"
    OTHER = "other"  # What is open in her chat, or the menu: whoever asked it takes the digit.


@dataclass(frozen=True, slots=True)
class Asked:
    """One thing that takes digits."""

    what: What
    about: int  # The number of the alert, the request or the question; of anything else 0.
    text: str  # The message that asks.
    at: datetime
    digits: frozenset[int]
    came_since: bool  # By itself, after what she said last.
    has_just_come: bool  # And so late that she may have been typing.
    is_in_the_middle: bool  # She answers step by step, or has words waiting.


async def find(turn: Turn, staff_id: int, digit: int) -> Sequence[Asked]:
    """What this digit is for; where it may as well be for what was asked just before, that, too. The latest first.

    Nothing where an announcement came last that takes it.
    """
    if await _is_for_announcement(turn, digit):
        return []
    found: list[Asked] = []
    async for one in _asked(turn, staff_id):
        if digit not in one.digits or any((one.what, one.about) == (had.what, had.about) for had in found):
            continue
        if found and not (
            (found[-1].has_just_come or one.is_in_the_middle) and turn.now - one.at < _JUST_BEFORE
        ):
            break
        found.append(one)
    return found


async def alert_below(turn: Turn, staff_id: int) -> int | None:
    """The alert that words of hers are about: the one whose letter she quotes, or whose letter asked last."""
    if turn.incoming.reply_to:
        return await quoted_alert(turn)
    if await _is_for_announcement(turn, 1):
        return None
    async for one in _asked(turn, staff_id):
        if 1 in one.digits:
            return one.about if one.what is What.ALERT else None
    return None


async def quoted_alert(turn: Turn) -> int | None:
    """The alert whose letter she quotes."""
    row = await _quoted(turn)
    return _of_letter(_values(row.message)) if row is not None else None


async def quotes_something_else(turn: Turn) -> bool:
    """Whether she quotes a message of ours, or presses a button of one, that is not what is open in her chat."""
    row = await _quoted(turn)
    return row is not None and row.id != turn.conversation.question_row


async def _quoted(turn: Turn) -> Row | None:
    if not turn.incoming.reply_to:
        return None
    found = await turn.connection.execute(
        sa.select(outbox.c.id, outbox.c.message)
        .where(outbox.c.contact_id == turn.contact.contact_id, outbox.c.platform_id == turn.incoming.reply_to)
        .order_by(outbox.c.id.desc())
        .limit(1)
    )
    return found.one_or_none()


async def _is_for_announcement(turn: Turn, digit: int) -> bool:
    """Whether an announcement came since that takes this digit."""
    announced = await responses.last_said(
        turn.connection, turn.contact, within=responses.OPEN_FOR, now=turn.now
    )
    return announced is not None and announced.answer(digit, turn.contact.language) is not None


async def _asked(turn: Turn, staff_id: int) -> AsyncIterator[Asked]:
    """All that asks for digits in her chat, the latest first."""
    mine = turn.contact.contact_id
    found = await turn.connection.execute(
        sa.select(
            outbox.c.id,
            outbox.c.message,
            outbox.c.question_id,
            outbox.c.created_at,
            outbox.c.sent_at,
            interactions.c.id.label("line_id"),
            interactions.c.entry_id,
        )
        .outerjoin(interactions, interactions.c.outbox_id == outbox.c.id)
        .where(outbox.c.contact_id == mine)
        .order_by(outbox.c.id.desc())
        .limit(_LOOKED_BACK)
    )
    rows = found.all()
    said = await turn.connection.execute(
        sa.select(interactions.c.id, interactions.c.at)
        .where(interactions.c.contact_id == mine, interactions.c.direction == Direction.IN)
        .order_by(interactions.c.id.desc())
        .limit(1)
    )
    hers = said.one_or_none()
    open_row = await _open_row(turn)
    latest = next(iter(rows), None)
    is_in_view = open_row in {0, *(row.id for row in rows)}
    if not is_in_view and latest is not None and open_row > latest.id:
        yield _open(turn)
    for row in rows:
        came_since = hers is None or (row.line_id or 0) > hers.id
        # What she was answered bears the very moment of what she said.
        is_fresh = hers is None or came_since or row.created_at == hers.at
        age = (turn.incoming.at or turn.now) - (row.sent_at or row.created_at)
        came_by_itself = came_since and row.id != open_row
        one = await _read(turn, staff_id, row, is_open=row.id == open_row, is_fresh=is_fresh)
        if one is not None:
            what, about, digits = one
            yield Asked(
                what,
                about,
                row.message["text"],
                row.created_at,
                digits,
                came_since=came_by_itself,
                has_just_come=came_by_itself and age < _TYPES_FOR,
                is_in_the_middle=what is What.OTHER and row.id == open_row and _is_in_the_middle(turn),
            )
    if not is_in_view and (latest is None or open_row < latest.id):
        yield _open(turn)


async def _read(
    turn: Turn, staff_id: int, row: Row, *, is_open: bool, is_fresh: bool
) -> tuple[What, int, frozenset[int]] | None:
    """What this message asks, and with which digits; None where it asks nothing any more."""
    values = _values(row.message)
    numbers = frozenset(n for value in values if (n := parse_digit(value, _HIGHEST)) is not None)
    if row.entry_id == menu.ENTRY_ID:
        return What.OTHER, 0, _ANY
    if (alert_id := _of_letter(values)) is not None and len(values) > 1:
        is_asked = _names(turn, alert_letters.FLOW, "alert", alert_id)
        if is_asked or (is_fresh and not await _has_answered_alert(turn, staff_id, alert_id)):
            return What.ALERT, alert_id, _TAKE_OR_NOT
    if press := approval_letters.read_press(values[0] if values else ""):
        is_asked = _names(turn, approval_letters.FLOW, "approval", press[1])
        if is_asked or (is_fresh and not await _has_decided(turn, staff_id, press[1])):
            return What.APPROVAL, press[1], _TAKE_OR_NOT
    is_question = row.question_id is not None and 1 in numbers
    if is_question and await _is_hers(turn, staff_id, row.question_id, is_fresh=is_fresh):
        return What.QUESTION, row.question_id, numbers
    return (What.OTHER, 0, _ANY) if is_open else None  # A form may take digits that have no button.


def _values(message: dict[str, Any]) -> list[str]:
    return [value for value, _label in message.get("choices") or []]


def _of_letter(values: Sequence[str]) -> int | None:
    """The alert that a letter with these buttons is about; None for a list of several, and for anything else."""
    found = set()
    for value in values:
        press = alert_letters.read_press(value)
        found.add(press[1] if press else alert_letters.read_show(value))
    return found.pop() if len(found) == 1 else None


def _names(turn: Turn, flow: str, name: str, about: int) -> bool:
    """Whether her chat stands at this letter."""
    conversation = turn.conversation
    return conversation.flow == flow and not conversation.step and bool(conversation.data.get(name) == about)


async def _open_row(turn: Turn) -> int:
    """The message that asks what is open in her chat, letters aside; 0 where nothing is."""
    conversation = turn.conversation
    match conversation.flow, conversation.step:
        case ("" | alert_letters.FLOW, _) | (approval_letters.FLOW, ""):
            return 0
        case desk_flow.FLOW, Step.ANSWERED | Step.DONE:
            return 0
        case flow, own_id if flow == VERDICT_FLOW:
            return await questions.latest_row(turn.connection, turn.contact.contact_id, int(own_id))
        case desk_flow.FLOW, Step.SHOWN:
            about = int(conversation.data["question"])
            return await questions.latest_row(turn.connection, turn.contact.contact_id, about)
    return conversation.question_row


def _open(turn: Turn) -> Asked:
    """What is open in her chat where the message that asked it is too far back to be seen."""
    at = turn.conversation.changed_at or turn.now
    is_in_the_middle = _is_in_the_middle(turn)
    return Asked(
        What.OTHER,
        0,
        "",
        at,
        _ANY,
        came_since=False,
        has_just_come=False,
        is_in_the_middle=is_in_the_middle,
    )


def _is_in_the_middle(turn: Turn) -> bool:
    """Letters aside: whether she answers step by step, or words of hers wait."""
    conversation = turn.conversation
    if conversation.flow == desk_flow.FLOW:
        return conversation.step in {Step.WHERE, Step.READY}  # Words wait there to be sent.
    return conversation.flow in {ACTING, approval_letters.FLOW} or conversation.flow not in GIVES_WAY


async def _has_answered_alert(turn: Turn, staff_id: int, alert_id: int) -> bool:
    alert = await alerts.get(turn.connection, alert_id)
    if alert is None or alert.taken_by == staff_id:
        return True
    told = await alerts.calls(turn.connection, alert_id)
    return any(one.staff_id == staff_id and one.declined_at is not None for one in told)


async def _has_decided(turn: Turn, staff_id: int, approval_id: int) -> bool:
    asked = await approval.request(turn.connection, approval_id)
    return asked is None or (asked.state is not ApprovalState.WAITING and asked.decided_by == staff_id)


async def _is_hers(turn: Turn, staff_id: int, question_id: int, *, is_fresh: bool) -> bool:
    """Whether it lies on her desk, or did when its letter came and she has not dealt with it since."""
    question = await question_record.get(turn.connection, question_id)
    if question is None or question.contact_id == turn.contact.contact_id:
        return False  # What she asked herself.
    if question.state is QuestionState.FORWARDED and question.staff_id == staff_id:
        return True
    was_hers = await questions.was_on_desk(turn.connection, question_id, staff_id)
    return is_fresh and was_hers and question.staff_id != staff_id and turn.conversation.flow == ""
