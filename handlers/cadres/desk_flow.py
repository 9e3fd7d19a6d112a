"""Where a cadre's chat stands while she works at her desk, and the gate that every word of hers passes on its way to a member."""

from dataclasses import replace
from datetime import datetime, timedelta
from enum import IntEnum, StrEnum

from bot.alerts import rights
from bot.channels.contract import IncomingKind
from bot.questions import answering
from bot.questions import open as questions
from bot.questions.record import Question
from bot.turn import Turn
from handlers.cadres.desk_words import Meant, meant, speaks_of_the_case

FLOW = "desk"
_TWICE_WITHIN = timedelta(minutes=1)  # The same digit again so soon is the same tap.
INTERRUPTIBLE = {"suggest", answering.VERDICT_FLOW, answering.ENTRY_FLOW}
"""Flows that ask for a digit only (suggestions, "đã rõ?"): words typed into them may be her answer to a member, and the digit
is the desk's if a question was shown to her since.
"""


class Step(StrEnum):
    REPLY = "reply"  # She is writing the answer.
    LATER = "later"  # When to remind her.
    READY = "ready"  # She was shown the answer that the FAQ has.
    WHERE = "where"  # For which question her words are, if for any.
    LIST = "list"
    SHOWN = "shown"  # She picked one from the list.
    ANSWERED = "answered"  # She has just answered one: more may come.
    OWN = "own"  # Whether she herself is in danger: what she has just sent to a woman may speak of her own.
    DONE = "done"


ASKING = frozenset({Step.REPLY, Step.READY, Step.LATER, Step.WHERE})
"""Where her next words answer what her desk has asked her."""


class Answer(IntEnum):
    """The digits under every forwarded question."""

    REPLY = 1
    PASS_ON = 2
    LATER = 3
    READY = 4


async def keep_back(turn: Turn, staff_id: int, words: str) -> bool:
    """Words for the alerts reach no member, nor are they offered: NHAN read by the husband tells him that somebody comes."""
    if await whom_for(turn, staff_id, words) is not Meant.ASSISTANT:
        return False
    turn.hide_words()
    said = turn.gettext(
        "Dạ, câu này nghe như lời cho em nên em không gửi cho chị hội viên nào. Trả lời hội viên thì chị viết cả câu; về báo động thì gõ BAODONG để xem."
    )
    await turn.say(said)
    return True


async def whom_for(turn: Turn, staff_id: int, words: str, question: Question | None = None) -> Meant:
    """Whom these words are for, whether she typed them, wrote them below a picture, or changed what she had sent.

    `question`: the one that they would go to, where it is known. A woman in danger is to read nothing that was said about her,
    and nobody what was written below the letter of another's alert.
    """
    found = meant(words, has_alerts=bool(await rights.open_for(turn.connection, staff_id)))
    if found is not Meant.MEMBER or question is None:
        return found
    if question.is_of_alert and speaks_of_the_case(words):
        return Meant.UNSURE
    is_typed = turn.incoming.kind is IncomingKind.TEXT and not turn.incoming.reply_to
    row = turn.conversation.question_row
    if is_typed and await rights.is_told_since(turn.connection, staff_id, row, but=question.question_id):
        return Meant.UNSURE
    return found


async def has_newer(turn: Turn, staff_id: int) -> bool:
    """Whether a question came to her after the message that asks what is open, or was last said about it."""
    asked_row = turn.conversation.question_row
    match turn.conversation.flow, turn.conversation.step:
        case answering.VERDICT_FLOW, own_id:
            about = int(own_id)
        case _, Step.SHOWN:
            about = int(turn.conversation.data["question"])
        case _:
            about = 0
    if about:  # Asked by a letter, which her turn did not write.
        asked_row = await questions.latest_row(turn.connection, turn.contact.contact_id, about)
    return await questions.is_shown_after(turn.connection, turn.contact.contact_id, staff_id, asked_row)


def done(turn: Turn, digit: int) -> None:
    """Remember the digit that was just acted on: the same again at once is the same tap."""
    if turn.conversation.flow in {"", FLOW, *INTERRUPTIBLE}:
        turn.conversation.begin(FLOW, Step.DONE, digit=int(digit), at=turn.now.isoformat())


def is_same_tap(turn: Turn, digit: int) -> bool:
    """Whether this digit was acted on a moment ago: it must not act on the next question as well."""
    conversation = turn.conversation
    if (
        conversation.flow != FLOW
        or conversation.step not in {Step.DONE, Step.ANSWERED}
        or turn.incoming.reply_to
    ):
        return False
    at = datetime.fromisoformat(conversation.data["at"])
    return bool(digit == conversation.data["digit"] and turn.now - at <= _TWICE_WITHIN)


def hold_words(turn: Turn, question: Question) -> None:
    """Log what she said with its question, and without the words if that is a private matter."""
    turn.heard = replace(
        turn.heard,
        question_id=question.question_id,
        staff_id=turn.contact.staff_id,
        is_sensitive=turn.heard.is_sensitive or question.is_sensitive,
    )


def end(turn: Turn) -> None:
    if turn.conversation.flow == FLOW:
        turn.conversation.end()
