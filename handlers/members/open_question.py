"""The question that is open in a member's chat: how long it stays open, how it is asked again, and which buttons still answer it."""

from datetime import timedelta

import sqlalchemy as sa

from bot.channels.contract import IncomingKind, Outgoing
from bot.keywords import Keywords
from bot.people import quiet
from bot.people.parsing import parse_digit
from bot.questions.answering import ENTRY_FLOW, VERDICT_FLOW
from bot.said import Note
from bot.store.tables import interactions, outbox
from bot.text import clean
from bot.turn import Turn
from handlers.cadres import desk_flow
from handlers.members import forwarding, my_data, registration, verdict
from handlers.members.form import LEAVE
from handlers.parts import Parts

_OPEN_FOR = timedelta(hours=24)
_REMEMBERED_FOR = timedelta(hours=1)
_REMEMBERED = ("asked", "urgent", "sensitive")
_DOUBLE_TAP = timedelta(seconds=5)
_HIGHEST = 99
_STEERING = LEAVE | Keywords("viết lại")

_FORMS = {form.flow: form for form in (registration.FORM, *my_data.FORMS)}
_WAITING_FOR_HER = {*_FORMS, forwarding.FLOW, verdict.UNCLEAR_FLOW}
_NOTHING_TO_PRESS = {"", VERDICT_FLOW}
"""The buttons of an answer carry its question and are known by that; with nothing else open no other button answers anything."""

_DESK_AT_REST = {desk_flow.Step.SHOWN, desk_flow.Step.ANSWERED, desk_flow.Step.DONE}


def forget_old(turn: Turn) -> None:
    """Close what she left lying for a day, and do not pass on what she asked an hour ago.

    "Đã rõ?" has its own time: see `verdict`.
    """
    conversation = turn.conversation
    idle = turn.now - conversation.changed_at if conversation.changed_at else timedelta()
    if idle >= _REMEMBERED_FOR and "asked" in conversation.data:
        conversation.data = {
            name: value for name, value in conversation.data.items() if name not in _REMEMBERED
        }
    if idle >= _OPEN_FOR and conversation.flow not in _NOTHING_TO_PRESS:
        conversation.end()


def is_waiting_for_her(turn: Turn) -> bool:
    """Whether she is in the middle of something that she would have to begin anew."""
    return turn.conversation.flow in _WAITING_FOR_HER


def is_in_a_form(turn: Turn) -> bool:
    """Whether she is asked for something that she would not put in words of her own: a form's question, or whether to pass it on."""
    conversation = turn.conversation
    return conversation.flow in _FORMS or forwarding.asks_for_no_words(conversation)


def left_text(turn: Turn) -> str:
    """What to tell her when she goes on to something else; empty when she loses nothing."""
    if form := _FORMS.get(turn.conversation.flow):
        return form.left(turn)
    return forwarding.left(turn) if turn.conversation.flow == forwarding.FLOW else ""


def _is_asking(turn: Turn) -> bool:
    conversation = turn.conversation
    if conversation.flow == desk_flow.FLOW:
        return conversation.step not in _DESK_AT_REST
    return conversation.flow not in _NOTHING_TO_PRESS


async def repeat(turn: Turn, parts: Parts) -> bool:
    """Ask the open question once more. False when none is known."""
    if form := _FORMS.get(turn.conversation.flow):
        await form.ask_again(turn, parts)
        turn.settle_question()
        return True
    said = (
        sa.select(outbox.c.message, interactions.c.is_sensitive)
        .outerjoin(interactions, interactions.c.outbox_id == outbox.c.id)
        .where(outbox.c.id == turn.conversation.question_row, outbox.c.contact_id == turn.contact.contact_id)
    )
    row = (await turn.connection.execute(said.limit(1))).one_or_none()
    if row is None:
        return False
    message, is_sensitive = Outgoing.from_json(row.message), bool(row.is_sensitive)
    if is_sensitive and message.choices:
        message = await quiet.cover(turn.connection, turn.contact, message, turn.now, turn.gettext)
    await turn.tell(turn.contact, message, note=Note(kind="again", is_sensitive=is_sensitive))
    turn.settle_question()
    return True


async def take_stale_press(turn: Turn, parts: Parts) -> bool:
    """Take a press on a button of an earlier message: it never answers what is being asked now.

    A consent given by a second tap would be no consent, and a digit means something else in every list.
    """
    incoming = turn.incoming
    if incoming.kind is not IncomingKind.CHOICE or not incoming.reply_to:
        return False
    pressed = sa.select(outbox.c.id, outbox.c.question_id).where(
        outbox.c.contact_id == turn.contact.contact_id, outbox.c.platform_id == incoming.reply_to
    )
    row = (await turn.connection.execute(pressed.order_by(outbox.c.id.desc()).limit(1))).one_or_none()
    if row is None:
        return False
    if row.question_id is not None and await forwarding.take_verdict(turn, parts):
        return True
    value = clean(incoming.text)
    if parse_digit(value, _HIGHEST) is None and value not in _STEERING:
        return False  # "Đã rõ" says itself what it means.
    is_open = _is_asking(turn)
    is_last_answer = turn.conversation.flow == ENTRY_FLOW
    if is_open and row.question_id is None and row.id >= turn.conversation.question_row:
        return False
    if turn.conversation.changed_at and turn.now - turn.conversation.changed_at < _DOUBLE_TAP:
        return True  # The same tap twice: the first has just been answered.
    # An answer is not said twice because of a button of another message.
    if not (is_open and not is_last_answer and await repeat(turn, parts)):
        await turn.say(
            turn.gettext(
                "Dạ, câu hỏi của nút đó không còn mở nữa. Chị cần gì cứ nhắn em, hoặc gõ MENU để xem em giúp được gì."
            )
        )
    return True
