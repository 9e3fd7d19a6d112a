"""What a cadre's desk does and says, once it is clear what she wants: see `desk` for how that is found out."""

from dataclasses import replace
from datetime import datetime, time, timedelta
from enum import IntEnum, StrEnum

from bot.channels.contract import Choice
from bot.clock import in_vietnam
from bot.people import units
from bot.people.question_erasure import DESK_KIND
from bot.questions import answering, letters, record
from bot.questions import open as questions
from bot.questions.answering import Answered
from bot.questions.post import Post
from bot.questions.record import Question
from bot.said import Note
from bot.store.tables.questions import QuestionState
from bot.text import cut
from bot.turn import Turn
from handlers.parts import Parts

FLOW = "desk"
INTERRUPTIBLE = {"suggest", answering.VERDICT_FLOW}
"""Flows that ask for a digit only (suggestions, "đã rõ?"): words typed into them may be her answer to a member, and the digit
is the desk's if a question was shown to her since.
"""

_AFTERNOON, _MORNING = time(16), time(8)
_MORNING_UNTIL = time(15)  # Later than this "this afternoon" is no help any more.
_LINE_UNITS = 70
_MOST_LISTED = 9

# It quotes several members' words and carries no one question: none of it is kept in the common log.
_QUOTING = Note(kind=DESK_KIND, is_sensitive=True)


class Step(StrEnum):
    REPLY = "reply"  # She is writing the answer.
    LATER = "later"  # When to remind her.
    WHERE = "where"  # For which question her words are, if for any.
    LIST = "list"
    SHOWN = "shown"  # She picked one from the list.
    ANSWERED = "answered"  # She has just answered one: more may come.
    DONE = "done"


class Answer(IntEnum):
    """The digits under every forwarded question."""

    REPLY = 1
    PASS_ON = 2
    LATER = 3


async def send(
    turn: Turn, parts: Parts, staff_id: int, question_id: int, words: str, *, digit: int | None = None
) -> None:
    """Send her words to the member and tell her so."""
    _ = turn.gettext
    if question := await record.get(turn.connection, question_id):
        if question.state is QuestionState.FORWARDED and question.staff_id != staff_id:
            _end_own(turn)
            await turn.say(
                _("Dạ, câu hỏi mã {code} nay đã có người khác lo nên em không gửi nữa.").format(
                    code=question_id
                )
            )
            return
        hold_words(turn, question)
    sent = await answering.answer(Post.of(turn, parts.languages), question_id, staff_id=staff_id, words=words)
    if sent not in {Answered.SENT, Answered.HELD}:
        _end_own(turn)
        await turn.say(
            _(
                "Dạ, chị hội viên này đã xóa thông tin của mình nên em không gửi được nữa. Chị không cần làm gì thêm."
            )
        )
        return
    if turn.conversation.flow in {"", FLOW, *INTERRUPTIBLE}:
        turn.conversation.begin(
            FLOW, Step.ANSWERED, question=question_id, digit=digit, at=turn.now.isoformat()
        )
    rest = len(await questions.on_desk(turn.connection, staff_id))
    more = " " + _("Chị còn {count} câu đang chờ, gõ CAUHOI để xem.").format(count=rest) if rest else ""
    if sent is Answered.HELD:
        await turn.say(letters.held(question_id, _) + more)
        return
    await turn.say(
        _("Dạ, em đã gửi câu trả lời tới chị hội viên (mã {code}).").format(code=question_id) + more
    )


async def ask_answer(turn: Turn, question: Question) -> None:
    _ = turn.gettext
    turn.conversation.begin(FLOW, Step.REPLY, question=question.question_id)
    await turn.say(
        _(
            "Dạ, chị nhắn câu trả lời cho câu hỏi mã {code} vào tin kế tiếp nghen. Gõ THÔI nếu để lại sau."
        ).format(code=question.question_id)
    )


async def pass_on(turn: Turn, parts: Parts, staff_id: int, question: Question) -> None:
    _ = turn.gettext
    done(turn, Answer.PASS_ON)
    hold_words(turn, question)
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


async def ask_when(turn: Turn, question: Question) -> None:
    _ = turn.gettext
    offered = _moments(turn.now)
    labels = [_label(turn, moment) for moment in offered]
    turn.conversation.begin(
        FLOW, Step.LATER, question=question.question_id, moments=[moment.isoformat() for moment in offered]
    )
    lines = [f"{i} = {label}" for i, label in enumerate(labels, 1)]
    head = _("Dạ, em nhắc lại câu hỏi mã {code} cho chị lúc nào?").format(code=question.question_id)
    await turn.say(
        "\n".join([head, *lines, "0 = " + _("thôi")]),
        *(Choice(str(i), label) for i, label in enumerate(labels, 1)),
        Choice("0", _("Thôi")),
    )


async def put_off(turn: Turn, staff_id: int, question: Question, until: datetime, digit: int) -> None:
    _ = turn.gettext
    done(turn, digit)
    code = question.question_id
    if await answering.take_later(turn.connection, code, staff_id=staff_id, until=until, now=turn.now):
        await turn.say(
            _("Dạ, em nhắc chị câu hỏi mã {code} lúc {when}.").format(
                code=code, when=letters.moment(until, _)
            )
        )
    else:
        await turn.say(_("Dạ, câu hỏi mã {code} không còn ở chỗ chị nữa.").format(code=code))


async def show_list(turn: Turn, staff_id: int) -> None:
    """CAUHOI: what waits on her desk, the longest waiting first. A form that she is filling in goes on."""
    _ = turn.gettext
    waiting = sorted(
        await questions.on_desk(turn.connection, staff_id), key=lambda question: question.asked_at
    )
    if not waiting:
        _end_own(turn)
        await turn.say(_("Dạ, hiện không có câu hỏi nào chờ chị."))
        return
    listed = waiting[:_MOST_LISTED]
    lines = [
        f"{i}. {_line(turn, question)} ({_age(turn, question.asked_at)})"
        for i, question in enumerate(listed, 1)
    ]
    head = _("Có {count} câu hỏi đang chờ chị:").format(count=len(waiting))
    tail = []
    if turn.conversation.flow in {"", FLOW, *INTERRUPTIBLE}:
        turn.conversation.begin(FLOW, Step.LIST, questions=[question.question_id for question in listed])
        tail = [_("Gõ số để xem cả câu và trả lời.")]
    await turn.say("\n".join([head, *lines, *tail]), note=_QUOTING)


async def show(turn: Turn, parts: Parts, staff_id: int, question_id: int) -> None:
    """Show her one question whole; what she says next is about it."""
    question = await record.get(turn.connection, question_id)
    if question is None or question.state is not QuestionState.FORWARDED or question.staff_id != staff_id:
        _end_own(turn)
        await turn.say(
            turn.gettext("Dạ, câu hỏi mã {code} không còn ở chỗ chị nữa.").format(code=question_id)
        )
        return
    turn.conversation.begin(FLOW, Step.SHOWN, question=question_id, at=turn.now.isoformat())
    message = await letters.forward(turn.connection, question, turn.gettext)
    await Post.of(turn, parts.languages).to_cadre(turn.contact, question, message)


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


async def ask_where(turn: Turn, parts: Parts, candidates: list[Question], words: str) -> None:
    """Ask for which question her words are, or, with one, whether they are for it. They are kept meanwhile."""
    _ = turn.gettext
    listed = candidates[:_MOST_LISTED]
    ids = [question.question_id for question in listed]
    words = record.bounded(words)
    turn.conversation.begin(FLOW, Step.WHERE, questions=ids, text=words)
    if any(question.is_sensitive for question in listed):
        turn.hide_words()
    lines = []
    if parts.safety.check(words):
        turn.hide_words()
        lines.append(
            _(
                "Nếu chính chị hay ai bên cạnh đang nguy hiểm: gọi ngay 113 (công an), 115 (cấp cứu), 111 (trẻ em)."
            )
        )
    lines.append(f"«{words}»")
    if len(listed) == 1:
        lines.append(
            _("Chị gửi câu này cho chị hội viên (mã {code}) phải không? 1 = gửi, 2 = không.").format(
                code=ids[0]
            )
        )
        choices = [Choice("1", _("Gửi")), Choice("2", _("Không"))]
    else:
        lines.append(_("Câu này chị trả lời cho câu hỏi nào?"))
        lines += [f"{i} = {_line(turn, question)}" for i, question in enumerate(listed, 1)]
        lines.append("0 = " + _("không gửi"))
        choices = [Choice(str(i), _("Mã {code}").format(code=code)) for i, code in enumerate(ids, 1)]
        choices.append(Choice("0", _("Không gửi")))
    await turn.say("\n".join(lines), *choices, note=_QUOTING)


def done(turn: Turn, digit: int) -> None:
    """Remember the digit that was just acted on: the same again at once is the same tap."""
    if turn.conversation.flow in {"", FLOW, *INTERRUPTIBLE}:
        turn.conversation.begin(FLOW, Step.DONE, digit=int(digit), at=turn.now.isoformat())


def hold_words(turn: Turn, question: Question) -> None:
    """Log what she said with its question, and without the words if that is a private matter."""
    turn.heard = replace(
        turn.heard,
        question_id=question.question_id,
        staff_id=turn.contact.staff_id,
        is_sensitive=turn.heard.is_sensitive or question.is_sensitive,
    )


def _end_own(turn: Turn) -> None:
    if turn.conversation.flow == FLOW:
        turn.conversation.end()


def _line(turn: Turn, question: Question) -> str:
    words = cut(" ".join(question.text.split()), _LINE_UNITS)
    return turn.gettext("mã {code}: «{words}»").format(code=question.question_id, words=words)


def _age(turn: Turn, asked_at: datetime) -> str:
    _ = turn.gettext
    minutes = max(int((turn.now - asked_at).total_seconds()) // 60, 0)
    if minutes < 60:
        return _("{count} phút trước").format(count=minutes)
    if minutes < 24 * 60:
        return _("{count} giờ trước").format(count=minutes // 60)
    return _("{count} ngày trước").format(count=minutes // (24 * 60))


def _moments(now: datetime) -> list[datetime]:
    """Two moments: this afternoon while that helps and tomorrow morning; late in the day both of tomorrow."""
    here = in_vietnam(now)
    today, tomorrow = here.date(), here.date() + timedelta(days=1)
    first = (today, _AFTERNOON) if here.time() < _MORNING_UNTIL else (tomorrow, _MORNING)
    second = (tomorrow, _MORNING) if here.time() < _MORNING_UNTIL else (tomorrow, _AFTERNOON)
    return [datetime.combine(day, at, tzinfo=here.tzinfo) for day, at in (first, second)]


def _label(turn: Turn, moment: datetime) -> str:
    _ = turn.gettext
    if moment.date() == in_vietnam(turn.now).date():
        return _("chiều nay (4 giờ)")
    return _("sáng mai (8 giờ)") if moment.hour == _MORNING.hour else _("chiều mai (4 giờ)")
