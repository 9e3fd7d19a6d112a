"""The letters that go between a member and a cadre. Each is complete as plain text; buttons say the same again."""

from collections.abc import Callable
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.channels.contract import Choice, Outgoing
from bot.clock import in_vietnam
from bot.people import units as tree
from bot.questions import ready_answers
from bot.questions.record import Question
from bot.store.tables import alerts, members, units
from bot.store.tables.people import MemberStatus, UnitLevel
from bot.text import cut

Gettext = Callable[[str], str]
Letter = Callable[[Gettext], Outgoing]

_READY_UNITS = 120  # Enough to know the ready answer's question by.


def moment(at: datetime, _: Gettext) -> str:
    """A moment as people here say it: 9:05 ngày 23/11."""
    here = in_vietnam(at)
    return _("{time} ngày {day}").format(time=f"{here.hour}:{here.minute:02}", day=f"{here.day}/{here.month}")


async def forward(connection: AsyncConnection, question: Question, _: Gettext, *, now: datetime) -> Outgoing:
    """A question for a cadre: whom it is from, when it was asked, her words, and what the cadre can do with it."""
    marks = []
    if question.is_urgent:
        marks.append(_("GẤP"))
    if question.is_sensitive:
        marks.append(_("CHUYỆN RIÊNG, chị giữ kín giúp"))
    head = _("Câu hỏi mã {code}, {who} hỏi lúc {when}:").format(
        code=question.question_id, who=await _who(connection, question, _), when=moment(question.asked_at, _)
    )
    ready = await ready_answers.of(connection, question, now=now)
    lines = [*([". ".join(marks) + "."] if marks else []), head]
    return _to_be_answered(
        question, "\n".join(lines), question.text, _, ready=ready.question if ready else ""
    )


def again(question: Question, words: str, _: Gettext, *, is_cry: bool = False) -> Outgoing:
    """The answer was not clear to her; of what is urgent, that she wrote more, for that is all that is known."""
    if question.is_urgent and words:
        return added(question, words, _, is_cry=is_cry)
    head = _("Câu hỏi mã {code}: chị ấy đọc câu trả lời rồi mà còn chưa rõ.").format(
        code=question.question_id
    )
    return _to_be_answered(question, head, words or question.text, _)


def added(question: Question, words: str, _: Gettext, *, is_cry: bool = False) -> Outgoing:
    """What she wrote later; `is_cry`: it sounds like danger."""
    head = _("KHẨN. Mã {code}: chị ấy vừa nhắn.") if is_cry else _("Câu hỏi mã {code}: chị ấy nhắn thêm.")
    head = head.format(code=question.question_id)
    return _to_be_answered(question, head, words, _)


def file_refused(question: Question, _: Gettext) -> Outgoing:
    """Her answer, or a part of it, was a file that the asker's platform does not take."""
    return _to_be_answered(question, file_not_taken(question.question_id, _), question.text, _)


def file_not_taken(question_id: int, _: Gettext) -> str:
    """For whoever answers with a file that the asker's platform does not take."""
    return _(
        "Dạ, ứng dụng của chị ấy không nhận được hình hay tập tin chị gửi cho câu hỏi mã {code}. Chị viết lại bằng chữ giúp em nghen."
    ).format(code=question_id)


def reminder(question: Question, _: Gettext) -> Outgoing:
    head = _("Dạ, chị dặn em nhắc: câu hỏi mã {code}, hỏi lúc {when}, còn chờ chị.").format(
        code=question.question_id, when=moment(question.asked_at, _)
    )
    return _to_be_answered(question, head, question.text, _)


def not_reached(question: Question, _: Gettext) -> Outgoing:
    """For who has an alert: what she wrote to the woman did not arrive."""
    head = _(
        "Dạ, lời chị nhắn (mã {code}) chưa tới được chị ấy. Nếu gấp, chị tìm cách khác giúp em, nhớ kín đáo."
    )
    return Outgoing(head.format(code=question.question_id))


def colleague_not_reached(question: Question, name: str, _: Gettext) -> str:
    """For who has an alert: what a colleague wrote to the woman did not arrive."""
    return _(
        "Dạ, lời {name} nhắn chị ấy (mã {code}) chưa tới. Nếu gấp, chị tìm cách khác giúp em, nhớ kín đáo."
    ).format(code=question.question_id, name=name)


def _to_be_answered(question: Question, head: str, words: str, _: Gettext, *, ready: str = "") -> Outgoing:
    if question.is_of_alert:  # It is nobody else's and cannot wait.
        tail = _("Chị nhắn ngay tại đây, em gửi lại cho chị ấy.")
        return Outgoing(f"{head}\n\n«{words}»\n\n{tail}")
    tail = _(
        "1 = trả lời, 2 = chuyển người khác, 3 = để sau.\nHoặc chị cứ nhắn câu trả lời ngay tại đây, em gửi lại cho chị ấy."
    )
    choices = [Choice("1", _("Trả lời")), Choice("2", _("Chuyển người khác")), Choice("3", _("Để sau"))]
    if ready:
        offer = _("4 = xem câu trả lời có sẵn cho «{question}», chị coi hợp thì gửi luôn.")
        tail = f"{tail}\n{offer.format(question=cut(ready, _READY_UNITS))}"
        choices.append(Choice("4", _("Câu có sẵn")))
    return Outgoing(f"{head}\n\n«{words}»\n\n{tail}", tuple(choices))


def held(question_id: int, _: Gettext) -> str:
    """For whoever answered: the asker's platform lets nothing through to a person who has not written for long."""
    return _(
        "Dạ, em giữ câu trả lời mã {code}: đã lâu chị ấy chưa nhắn nên ứng dụng chưa cho gửi. Chị ấy nhắn lại là em gửi ngay. Nếu gấp, chị gọi điện hoặc ghé nhà chị ấy giúp em."
    ).format(code=question_id)


def not_delivered(question_id: int, _: Gettext) -> str:
    """For whoever answered: it did not arrive and never will."""
    return _(
        "Dạ, câu trả lời mã {code} chưa tới được chị ấy. Em đã báo lại cán bộ phụ trách; nếu gấp, chị gọi điện hoặc ghé nhà chị ấy giúp em."
    ).format(code=question_id)


def taken_over(question: Question, _: Gettext) -> str:
    return _("Dạ, câu hỏi mã {code} đã có người khác trả lời rồi, chị không cần làm gì nữa.").format(
        code=question.question_id
    )


def moved(question: Question, _: Gettext) -> str:
    return _("Dạ, câu hỏi mã {code} đã được chuyển cho cán bộ khác, chị không cần làm gì nữa.").format(
        code=question.question_id
    )


async def answer(
    connection: AsyncConnection,
    unit_id: int | None,
    words: str,
    _: Gettext,
    *,
    is_more: bool,
    takes_digits: bool,
) -> Outgoing:
    """A cadre's words for the member. Digits are offered only where nothing else is being asked of her."""
    whose = await _whose(connection, unit_id, _)
    head = (
        _("Cán bộ {whose} nhắn thêm về câu hỏi của chị:")
        if is_more
        else _("Cán bộ {whose} trả lời câu hỏi của chị:")
    ).format(whose=whose)
    if takes_digits:
        tail = _("Chị thấy rõ chưa? 1 = đã rõ, 2 = chưa rõ.")
        choices = (Choice("1", _("Đã rõ")), Choice("2", _("Chưa rõ")))
    else:
        tail = _("Chị thấy rõ chưa? Gõ ĐÃ RÕ hoặc CHƯA RÕ cho em biết nghen.")
        choices = (Choice("đã rõ", _("Đã rõ")), Choice("chưa rõ", _("Chưa rõ")))
    return Outgoing(f"{head}\n\n{words}\n\n{tail}", choices)


async def plain_words(connection: AsyncConnection, unit_id: int | None, words: str, _: Gettext) -> Outgoing:
    """A cadre's words for a woman in danger: nothing is asked of her, and nothing says that she asked something."""
    head = _("Cán bộ {whose} nhắn chị:").format(whose=await _whose(connection, unit_id, _))
    return Outgoing(f"{head}\n\n{words}")


async def _whose(connection: AsyncConnection, unit_id: int | None, _: Gettext) -> str:
    """How a member is told where a cadre is from."""
    name = await tree.name_of(connection, unit_id)
    # The province and the branches bear the Union's name already.
    if name.startswith(("Hội", "Chi hội", "Tổ")):
        return name
    return _("Hội Phụ nữ {place}").format(place=name).strip()


async def _who(connection: AsyncConnection, question: Question, _: Gettext) -> str:
    """Whom a question is from: what she is and where; her name only if she allowed it."""
    member = None
    if question.member_id is not None:
        found = await connection.execute(
            sa.select(
                members.c.full_name, members.c.status, members.c.hamlet, members.c.allows_name_to_cadres
            ).where(members.c.id == question.member_id)
        )
        member = found.one_or_none()
    place = await _place(connection, await _where(connection, question))
    is_member = member is not None and member.status == MemberStatus.RECOGNISED
    who = _("hội viên") if is_member else _("một chị chưa phải hội viên")
    if member is not None and member.allows_name_to_cadres:
        title = _("hội viên") if is_member else _("chị")
        who = f"{title} {member.full_name}"
    if not place:
        return _("{who} (chưa cho biết ở đâu)").format(who=who)
    return _("{who} ở {place}").format(who=who, place=place)


async def _where(connection: AsyncConnection, question: Question) -> int | None:
    """Her unit. A question of an alert of which nobody near her is to know has none, so that the top alone reads it: the alert has."""
    if question.unit_id is not None or not question.is_of_alert:
        return question.unit_id
    hers = sa.select(alerts.c.unit_id).where(alerts.c.question_id == question.question_id).limit(1)
    unit_id: int | None = await connection.scalar(hers)
    return unit_id


async def _place(connection: AsyncConnection, unit_id: int | None) -> str:
    """Her branch and its commune. The province says nothing."""
    names: list[str] = []
    while unit_id is not None:
        row = (
            await connection.execute(
                sa.select(units.c.name, units.c.level, units.c.parent_id).where(units.c.id == unit_id)
            )
        ).one()
        if row.level in {UnitLevel.PROVINCE, UnitLevel.CENTRAL}:
            break
        names.append(row.name)
        unit_id = row.parent_id
    return ", ".join(names)
