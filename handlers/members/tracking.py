"""TRACUU: where a member's own question is, and the answer once more."""

import re

from bot.channels.contract import Outgoing
from bot.people import quiet, staff, units
from bot.questions import letters, record
from bot.questions import open as questions
from bot.questions.record import Question
from bot.said import Note
from bot.store.tables.questions import QuestionState, StepKind
from bot.turn import Turn
from handlers.parts import Parts

_CODE = re.compile(r"\d{1,15}")


async def track(turn: Turn, parts: Parts, code: str) -> None:
    """Say how a question of hers stands: the one with this code, or without a code her latest."""
    _ = turn.gettext
    hers = await questions.of_person(turn.connection, turn.contact)
    typed = _CODE.search(code)
    if typed:
        hers = [question for question in hers if question.question_id == int(typed[0])]
    if not hers:
        await turn.say(
            _(
                "Dạ, em không thấy câu hỏi nào của chị mang mã đó. Chị xem lại mã, hoặc gõ TRACUU để xem câu mới nhất."
            )
            if typed
            else _("Dạ, chị chưa gửi câu hỏi nào cho cán bộ. Muốn hỏi, chị gõ 0.")
        )
        return
    await _say_state(turn, hers[0])


async def _say_state(turn: Turn, question: Question) -> None:
    _ = turn.gettext
    head = _("Câu hỏi mã {code}, chị gửi lúc {when}:").format(
        code=question.question_id, when=letters.moment(question.asked_at, _)
    )
    match question.state:
        case QuestionState.WAITING | QuestionState.FORWARDED if question.is_urgent:
            state = _(
                "cán bộ đã được báo là việc gấp. Nếu chị đang gặp nguy hiểm, chị đừng đợi: gọi liền 113 (công an), 115 (cấp cứu), 111 (trẻ em)."
            )
        case QuestionState.WAITING:
            state = _("đang chờ cán bộ Hội xem. Thường trong 1 đến 2 ngày làm việc là có trả lời.")
        case QuestionState.FORWARDED:
            place = await _desk_place(turn, question)
            state = _("đang ở chỗ cán bộ {place}. Thường trong 1 đến 2 ngày làm việc là có trả lời.").format(
                place=place
            )
        case QuestionState.ANSWERED:
            state = _("cán bộ đã trả lời.")
        case QuestionState.CLOSED:
            state = _("đã xong.")
    answer = await record.latest_words(turn.connection, question.question_id, StepKind.ANSWERED)
    note = Note(kind="tracking", is_sensitive=question.is_sensitive)
    if not answer or question.is_open:
        await turn.tell(turn.contact, Outgoing(f"{head} {state}"), note=note)
        return
    ask_verdict = _("Gõ ĐÃ RÕ hoặc CHƯA RÕ cho em biết nghen.")
    tail = f"\n\n{ask_verdict}" if question.state is QuestionState.ANSWERED else ""
    await turn.say(f"{head} {state}")
    message = await quiet.cover(turn.connection, turn.contact, Outgoing(f"«{answer}»{tail}"), turn.now, _)
    await turn.tell(turn.contact, message, note=note)


async def _desk_place(turn: Turn, question: Question) -> str:
    holder = await staff.get(turn.connection, question.staff_id) if question.staff_id is not None else None
    return await units.name_of(turn.connection, holder.unit_id if holder else None)
