"""What a cadre's desk shows her and asks her: see `desk` for what her answers do."""

from datetime import datetime, time, timedelta

from bot.alerts import rights
from bot.channels.contract import Choice
from bot.clock import in_vietnam
from bot.people.question_erasure import DESK_KIND
from bot.questions import letters, ready_answers, record
from bot.questions import open as questions
from bot.questions.post import Post
from bot.questions.record import Question
from bot.said import Note
from bot.store.tables.alerts import AlertState
from bot.store.tables.questions import QuestionState
from bot.text import cut
from bot.turn import Turn
from handlers.cadres import asked_last, desk_flow
from handlers.cadres.desk_flow import FLOW, Step
from handlers.parts import Parts

_AFTERNOON, _MORNING = time(16), time(8)
_MORNING_UNTIL = time(15)  # Later than this "this afternoon" is no help any more.
_LINE_UNITS = 70
_MOST_LISTED = 9
_MOST_ALERTS = 3

QUOTING = Note(kind=DESK_KIND, is_sensitive=True)
"""Of what quotes members' words and carries no one question: none of it is kept in the common log."""


async def ask_answer(turn: Turn, question: Question) -> None:
    _ = turn.gettext
    turn.conversation.begin(FLOW, Step.REPLY, question=question.question_id)
    await turn.say(
        _(
            "Dạ, chị nhắn câu trả lời cho câu hỏi {question} vào tin kế tiếp nghen. Gõ THÔI nếu để lại sau."
        ).format(question=in_short(turn, question)),
        note=QUOTING,
    )


async def show_ready(turn: Turn, question: Question) -> None:
    """Show her the answer that the FAQ has, just as it would go; it goes at one more digit."""
    _ = turn.gettext
    code = question.question_id
    ready = await ready_answers.of(turn.connection, question, now=turn.now)
    if ready is None:
        turn.conversation.begin(FLOW, Step.REPLY, question=code)
        await turn.say(
            _("Dạ, câu hỏi mã {code} không có câu trả lời sẵn. Chị nhắn câu trả lời giúp em nghen.").format(
                code=code
            )
        )
        return
    turn.conversation.begin(FLOW, Step.READY, question=code, entry=ready.entry_id, text=ready.words)
    head = _("Câu trả lời có sẵn:")
    ask = _("1 = gửi câu này cho chị ấy (câu hỏi mã {code}), 2 = để chị tự viết.").format(code=code)
    await turn.say(
        f"{head}\n\n«{ready.words}»\n\n{ask}",
        Choice("1", _("Gửi")),
        Choice("2", _("Tự viết")),
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


async def show_list(turn: Turn, staff_id: int) -> None:
    """CAUHOI: what waits on her desk, the longest waiting first. A form that she is filling in goes on."""
    _ = turn.gettext
    waiting = sorted(
        await questions.on_desk(turn.connection, staff_id), key=lambda question: question.asked_at
    )
    if not waiting:
        desk_flow.end(turn)
        await turn.say(_("Dạ, hiện không có câu hỏi nào chờ chị."))
        return
    listed = waiting[:_MOST_LISTED]
    lines = [
        f"{i}. {_line(turn, question)}, {_age(turn, question.asked_at)}"
        for i, question in enumerate(listed, 1)
    ]
    head = _("Có {count} câu hỏi đang chờ chị:").format(count=len(waiting))
    tail = []
    if turn.conversation.flow in asked_last.GIVES_WAY:
        turn.conversation.begin(FLOW, Step.LIST, questions=[question.question_id for question in listed])
        tail = [_("Gõ số để xem cả câu và trả lời.")]
    else:  # Digits are for what she is filling in.
        lines = [f"- {line.partition('. ')[2]}" for line in lines]
    await turn.say("\n".join([head, *lines, *tail]), note=QUOTING)


async def show(turn: Turn, parts: Parts, staff_id: int, question_id: int) -> None:
    """Show her one question whole; what she says next is about it."""
    question = await record.get(turn.connection, question_id)
    if question is None or question.state is not QuestionState.FORWARDED or question.staff_id != staff_id:
        await say_not_hers(turn, question_id)
        return
    turn.conversation.begin(FLOW, Step.SHOWN, question=question_id, at=turn.now.isoformat())
    message = await letters.forward(turn.connection, question, turn.gettext, now=turn.now)
    await Post.of(turn, parts.languages).to_cadre(turn.contact, question, message)


async def say_not_hers(turn: Turn, question_id: int) -> None:
    """It has gone to somebody else meanwhile."""
    desk_flow.end(turn)
    await turn.say(turn.gettext("Dạ, câu hỏi mã {code} không còn ở chỗ chị nữa.").format(code=question_id))


async def ask_where(turn: Turn, parts: Parts, candidates: list[Question], words: str) -> None:
    """Ask for which question her words are, or, with one, whether they are for it: she sees whose it is. They may as well be a note
    about an alert of hers. They are kept meanwhile.
    """
    _ = turn.gettext
    staff_id = turn.contact.staff_id
    if staff_id is not None and await desk_flow.keep_back(turn, staff_id, words):
        return
    alerts = [] if staff_id is None else await _open_alerts(turn, staff_id)
    # By their codes: with two, whoever types 1 means the lower one.
    listed = sorted(candidates[: _MOST_LISTED - len(alerts)], key=lambda question: question.question_id)
    ids = [question.question_id for question in listed]
    words = record.bounded(words)
    turn.conversation.begin(FLOW, Step.WHERE, questions=ids, alerts=alerts, text=words)
    if alerts or any(question.is_sensitive for question in listed):
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
    choices = []
    if len(listed) == 1:
        lines.append(
            _("Chị gửi câu này cho chị đã hỏi {question} phải không? 1 = gửi, 2 = không.").format(
                question=in_short(turn, listed[0])
            )
            if not listed[0].is_of_alert
            else _(
                "Chị gửi câu này cho chị đang cần giúp (mã {code}) phải không? 1 = gửi, 2 = không."
            ).format(code=ids[0])
        )
        choices = [Choice("1", _("Gửi")), Choice("2", _("Không"))]
    else:
        lines.append(_("Câu này chị trả lời cho câu hỏi nào?"))
        lines += [f"{i} = {_whose(turn, question)}" for i, question in enumerate(listed, 1)]
        choices = [Choice(str(i), _("Mã {code}").format(code=code)) for i, code in enumerate(ids, 1)]
    for i, code in enumerate(alerts, len(choices) + 1):
        lines.append(f"{i} = " + _("ghi vào sổ báo động mã {code}, không gửi cho ai").format(code=code))
        choices.append(Choice(str(i), _("Ghi sổ mã {code}").format(code=code)))
    if len(listed) > 1:
        lines.append("0 = " + _("không gửi"))
        choices.append(Choice("0", _("Không gửi")))
    await turn.say("\n".join(lines), *choices, note=QUOTING)


async def _open_alerts(turn: Turn, staff_id: int) -> list[int]:
    """The alerts about which her words may be a note: those she has, or else those that wait for somebody."""
    theirs = await rights.open_for(turn.connection, staff_id)
    hers = [alert for alert in theirs if alert.taken_by == staff_id]
    found = hers or [alert for alert in theirs if alert.state is AlertState.OPEN]
    return [alert.alert_id for alert in found][:_MOST_ALERTS]


def in_short(turn: Turn, question: Question) -> str:
    """A question by its first words and its code; of one in danger the code alone, for a cadre's phone lies on a table, too."""
    code = turn.gettext("mã {code}").format(code=question.question_id)
    return code if question.is_of_alert else _line(turn, question)


def _whose(turn: Turn, question: Question) -> str:
    """A question among several; of one in danger when she wrote stands in the place of her words."""
    if not question.is_of_alert:
        return _line(turn, question)
    said = turn.gettext("chị đang cần giúp, nhắn lúc {when} (mã {code})")
    when = letters.moment(question.asked_at, turn.gettext)
    return said.format(code=question.question_id, when=when)


def _line(turn: Turn, question: Question) -> str:
    words = cut(" ".join(question.text.split()), _LINE_UNITS)
    # The code stands last: "2 = mã 1" would be misread.
    return turn.gettext("«{words}» (mã {code})").format(code=question.question_id, words=words)


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
