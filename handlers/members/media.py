"""Pictures, voice and the like. The assistant reads only text, and says so kindly; what belongs to a question goes to the cadre
who has it. An album is answered once.
"""

from dataclasses import replace
from datetime import timedelta

from bot.alerts import writing_with_her
from bot.channels.contract import Choice, IncomingKind
from bot.people import staff
from bot.questions import open as questions
from bot.questions.answering import ENTRY_FLOW, VERDICT_FLOW
from bot.questions.post import Post
from bot.questions.record import Question
from bot.text import clean
from bot.turn import Turn
from handlers.members import forwarding, lying_ready
from handlers.members.my_data import is_asking_phone
from handlers.parts import Parts

_STILL_ABOUT_IT = timedelta(minutes=15)  # A picture with words so soon after a question is about it.
_IDLE = {"", "suggest", VERDICT_FLOW, ENTRY_FLOW}
"""Where 0 means a person, and where words beside a picture are no answer to anything."""


async def take(turn: Turn, parts: Parts) -> bool:
    _ = turn.gettext
    match turn.incoming.kind:
        case IncomingKind.PHONE if not is_asking_phone(turn):
            turn.hide_words()
            await turn.say(
                _(
                    "Dạ, em chưa cần số điện thoại lúc này nên em không ghi. Chị muốn ghi tên thì gõ DANGKY, đổi số thì gõ SUAHOSO."
                )
            )
            return True
        case IncomingKind.MEDIA if turn.incoming.text:
            return await _take_with_words(turn, parts)
        case IncomingKind.MEDIA:
            await _take_alone(turn)
            return True
    return False


async def _take_with_words(turn: Turn, parts: Parts) -> bool:
    """A picture with a line below it, just after she asked: more of her question. Else the line is hers as any other."""
    question = await _its_question(turn)
    if question is None or turn.conversation.flow not in _IDLE or lying_ready.words(turn.conversation):
        return False
    if turn.now - question.asked_at > _STILL_ABOUT_IT:
        return False
    _belongs_to(turn, question)
    _remember_album(turn)
    await writing_with_her.add_to_question(
        Post.of(turn, parts.languages), question.question_id, clean(turn.incoming.text)
    )
    await turn.say(
        turn.gettext("Dạ, em đã chuyển thêm cho cán bộ. Mã vẫn là {code}.").format(code=question.question_id)
    )
    return True


async def _take_alone(turn: Turn) -> None:
    _ = turn.gettext
    is_asking_privately = turn.conversation.flow == forwarding.FLOW and turn.conversation.data.get(
        "sensitive"
    )
    if is_asking_privately or lying_ready.is_private(turn.conversation):
        turn.hide_words()
    is_rest = bool(turn.incoming.album) and turn.incoming.album == turn.conversation.data.get("album")
    _remember_album(turn)
    # What she has just written, and may still ask, is nearer to it than an older question.
    question = None if lying_ready.words(turn.conversation) else await _its_question(turn)
    if turn.conversation.flow == forwarding.FLOW and turn.keeps_files:
        said = _("Dạ, em nhận được rồi, em gửi kèm câu hỏi của chị cho cán bộ.")
        said = f"{said} {forwarding.expected(turn)}"
    elif question is not None:
        _belongs_to(turn, question)
        said = _(
            "Dạ, em nhận được rồi, em gửi kèm câu hỏi mã {code} cho cán bộ. Nếu đó là hình căn cước hay giấy tờ riêng, gửi xong chị xóa trong máy cho an toàn."
        ).format(code=question.question_id)
    elif turn.keeps_files and turn.conversation.flow in _IDLE and not await _has_desk(turn):
        if not is_rest:
            await turn.say(
                _(
                    "Dạ, em chưa xem được hình, tiếng nói hay tập tin. Chị viết bằng chữ giúp em nghen; hoặc chị gõ 0, em gửi kèm câu hỏi cho cán bộ xem. Nếu đó là hình căn cước hay giấy tờ, chị xóa đi cho an toàn."
                ),
                Choice("0", _("Hỏi cán bộ")),
            )
        return
    else:
        said = _("Dạ, em chưa xem được hình, tiếng nói hay tập tin. Chị viết bằng chữ giúp em nghen. Nếu đó là hình căn cước hay giấy tờ, chị xóa đi cho an toàn.")  # fmt: skip
    if not is_rest:
        await turn.say(said)


async def _its_question(turn: Turn) -> Question | None:
    """Her question that is open, the latest, if what she sent can go with it."""
    if not turn.keeps_files:
        return None
    hers = await questions.of_person(turn.connection, turn.contact)
    latest = next((question for question in hers if question.is_open), None)
    return latest if latest is not None and not latest.is_sensitive else None


async def _has_desk(turn: Turn) -> bool:
    return turn.contact.staff_id is not None and await staff.has_desk(turn.connection, turn.contact)


def _belongs_to(turn: Turn, question: Question) -> None:
    turn.heard = replace(turn.heard, question_id=question.question_id)


def _remember_album(turn: Turn) -> None:
    if turn.incoming.album:
        turn.conversation.data = {**turn.conversation.data, "album": turn.incoming.album}
