"""What a cadre's desk does, once it is clear what she wants: see `desk` for how that is found out."""

from datetime import datetime
from typing import Any

from bot.answers import askings
from bot.people import units
from bot.questions import answering, letters, record
from bot.questions import open as questions
from bot.questions.answering import Answered
from bot.questions.post import Post
from bot.questions.record import Question
from bot.store.tables.askings import ChosenBy
from bot.store.tables.questions import QuestionState
from bot.turn import Turn
from handlers.cadres import desk_asks, desk_flow
from handlers.cadres.desk_flow import FLOW, INTERRUPTIBLE, Answer, Step
from handlers.cadres.desk_words import Meant
from handlers.parts import Parts


async def send(
    turn: Turn,
    parts: Parts,
    staff_id: int,
    question_id: int,
    words: str,
    *,
    digit: int | None = None,
    is_edit: bool = False,
) -> None:
    """Send her words to the member and tell her so; no other words of a cadre's chat get there.

    `digit`: by which she said so, when the words were shown to her. Else words that steer an alert are kept back, and she is asked
    about those that may. `is_edit`: they stand in the place of what she had sent.
    """
    _ = turn.gettext
    question = await record.get(turn.connection, question_id)
    if digit is None:
        if await desk_flow.keep_back(turn, staff_id, words):
            return
        if question and await desk_flow.whom_for(turn, staff_id, words, question) is Meant.UNSURE:
            await desk_asks.ask_where(turn, parts, [question], words)
            return
    sent = Answered.OTHERS
    if question:
        desk_flow.hold_words(turn, question)
    if question is None or question.staff_id == staff_id or question.state is not QuestionState.FORWARDED:
        post = Post.of(turn, parts.languages)
        sent = await answering.answer(post, question_id, staff_id=staff_id, words=words)
    match sent:
        case Answered.SENT | Answered.HELD:
            await _say_sent(turn, staff_id, question_id, sent, digit=digit, is_edit=is_edit)
            return
        case Answered.OTHERS:
            said = _("Dạ, câu hỏi mã {code} nay đã có người khác lo nên em không gửi nữa.").format(
                code=question_id
            )
        case Answered.NOBODY | Answered.UNKNOWN | Answered.EMPTY:
            said = _(
                "Dạ, chị hội viên này đã xóa thông tin của mình nên em không gửi được nữa. Chị không cần làm gì thêm."
            )
    desk_flow.end(turn)
    await turn.say(said)


async def _say_sent(
    turn: Turn, staff_id: int, question_id: int, sent: Answered, *, digit: int | None, is_edit: bool
) -> None:
    _ = turn.gettext
    if not is_edit and turn.conversation.flow in {"", FLOW, *INTERRUPTIBLE}:
        turn.conversation.begin(
            FLOW, Step.ANSWERED, question=question_id, digit=digit, at=turn.now.isoformat()
        )
    if sent is Answered.HELD:
        said = letters.held(question_id, _)
    elif is_edit:
        said = _("Dạ, em đã gửi chị hội viên câu chị vừa sửa (mã {code}).").format(code=question_id)
    else:
        said = _("Dạ, em đã gửi câu trả lời tới chị hội viên (mã {code}).").format(code=question_id)
    rest = len(await questions.on_desk(turn.connection, staff_id))
    more = " " + _("Chị còn {count} câu đang chờ, gõ CAUHOI để xem.").format(count=rest) if rest else ""
    await turn.say(said + more)


async def send_ready(turn: Turn, parts: Parts, staff_id: int, data: dict[str, Any]) -> None:
    """Send what she was shown; that it was the answer is kept as evidence of what was meant."""
    question_id = data["question"]
    await send(turn, parts, staff_id, question_id, data["text"], digit=1)
    await askings.chosen_for_question(turn.connection, question_id, data["entry"], ChosenBy.CADRE)


async def pass_on(turn: Turn, parts: Parts, staff_id: int, question: Question) -> None:
    _ = turn.gettext
    desk_flow.done(turn, Answer.PASS_ON)
    if await questions.taker_of(turn.connection, question.question_id) == staff_id:
        turn.hide_words()
        said = _(
            "Dạ, mã {code} là báo động chị đang lo nên em không chuyển như câu hỏi thường. Không lo tiếp được thì gõ KHONG {code}, em báo người trực khác; giao cho công an, trạm y tế thì gõ BANGIAO {code}."
        )
        await turn.say(said.format(code=question.question_id))
        return
    desk_flow.hold_words(turn, question)
    post = Post.of(turn, parts.languages)
    was_hers, desk = await answering.pass_on(post, question.question_id, staff_id=staff_id)
    if not was_hers:
        await turn.say(_("Dạ, câu hỏi mã {code} không còn ở chỗ chị nữa.").format(code=question.question_id))
    elif desk is None:
        await turn.say(
            _("Dạ, em đã chuyển câu hỏi mã {code} lên hộp thư của cán bộ cấp trên.").format(
                code=question.question_id
            )
        )
    else:
        place = await units.name_of(turn.connection, desk.unit_id)
        await turn.say(
            _("Dạ, em đã chuyển câu hỏi mã {code} cho cán bộ khác ({place}).").format(
                code=question.question_id, place=place
            )
        )


async def put_off(turn: Turn, staff_id: int, question: Question, until: datetime, digit: int) -> None:
    _ = turn.gettext
    desk_flow.done(turn, digit)
    code = question.question_id
    if await answering.take_later(turn.connection, code, staff_id=staff_id, until=until, now=turn.now):
        await turn.say(
            _("Dạ, em nhắc chị câu hỏi mã {code} lúc {when}.").format(
                code=code, when=letters.moment(until, _)
            )
        )
    else:
        await turn.say(_("Dạ, câu hỏi mã {code} không còn ở chỗ chị nữa.").format(code=code))


async def act(turn: Turn, parts: Parts, staff_id: int, question: Question, digit: int) -> None:
    """What a digit under a forwarded question says."""
    match digit:
        case Answer.REPLY:
            await desk_asks.ask_answer(turn, question)
        case Answer.PASS_ON:
            await pass_on(turn, parts, staff_id, question)
        case Answer.READY:
            await desk_asks.show_ready(turn, question)
        case _:
            await desk_asks.ask_when(turn, question)
