"""A cadre sends a picture, a voice or a file: it goes to the member where it is certain whose question it answers.

Certain is what quotes the question, what follows her "1 = trả lời", what follows a question that she picked from her list,
and what follows such a picture; the last two while no other question has come. A picture that reached the wrong woman cannot be taken back, so of any other she is told how to send it.
"""

from datetime import datetime, timedelta

from bot.people import contacts
from bot.questions import letters, record
from bot.questions import open as questions
from bot.questions.record import Question
from bot.store.tables.questions import QuestionState
from bot.text import clean
from bot.turn import Turn
from handlers.cadres import desk_acts as acts
from handlers.cadres import desk_flow
from handlers.cadres.desk_flow import FLOW, INTERRUPTIBLE, Step
from handlers.cadres.desk_words import Meant, is_doubtful
from handlers.parts import Parts

_SHOWN_FOR = timedelta(hours=1)
_MORE_WITHIN = timedelta(minutes=10)  # Not every platform sends several pictures as one.


async def take(turn: Turn, parts: Parts, staff_id: int) -> bool:
    """Take a picture that quotes nothing, if questions wait on her desk and nothing else is being asked of her."""
    _ = turn.gettext
    if _is_of_refused_album(turn):
        turn.hide_words()
        return True
    if (question := await _expected(turn, staff_id)) is not None:
        await give(turn, parts, staff_id, question)
        return True
    if turn.conversation.flow not in {"", FLOW, *INTERRUPTIBLE}:
        return False
    if not await questions.has_open_questions(turn.connection, staff_id):
        return False
    turn.hide_words()
    if turn.incoming.files:
        await turn.say(
            _(
                "Dạ, hình hay tiếng nói này chị gửi cho câu hỏi nào? Chị gõ CAUHOI, chọn câu hỏi, rồi gửi lại giúp em nghen."
            )
        )
    else:
        await turn.say(_only_words(turn))
    return True


async def give(turn: Turn, parts: Parts, staff_id: int, question: Question) -> None:
    """Have it sent to the member once it is fetched; a line below it goes at once, as her answer."""
    _ = turn.gettext
    words, album = clean(turn.incoming.text), turn.incoming.album
    if _is_of_refused_album(turn):
        turn.hide_words()
        return
    if await desk_flow.whom_for(turn, staff_id, words, question) is not Meant.MEMBER:
        turn.hide_words()
        if album:
            turn.conversation.data = {**turn.conversation.data, "album_refused": album}
        await turn.say(
            _(
                "Dạ, dòng chữ kèm theo nghe như lời cho em nên em chưa gửi gì. Chị gửi lại hình, còn chữ thì nhắn riêng giúp em nghen."
            )
        )
        return
    desk_flow.hold_words(turn, question)
    is_rest = bool(album) and album == turn.conversation.data.get("album")
    if not turn.keeps_files:
        await turn.say(
            _("Dạ, câu này là chuyện riêng nên em chỉ chuyển chữ. Chị gõ câu trả lời giúp em nghen.")
            if question.is_sensitive and turn.incoming.files
            else _only_words(turn)
        )
        return
    if not await _is_carried(turn, question):
        await _ask_for_words(turn, parts, staff_id, question, words, is_rest=is_rest)
    elif not is_doubtful(words):
        await acts.send(turn, parts, staff_id, question.question_id, words)
    elif not is_rest:
        if turn.conversation.flow in {"", FLOW, *INTERRUPTIBLE}:
            turn.conversation.begin(
                FLOW, Step.ANSWERED, question=question.question_id, digit=None, at=turn.now.isoformat()
            )
        await turn.say(
            _("Dạ, em nhận được rồi, em gửi cho chị hội viên ngay (mã {code}).").format(
                code=question.question_id
            )
        )
    if turn.conversation.flow == FLOW and turn.conversation.step == Step.ANSWERED and turn.keeps_files:
        turn.conversation.data = {**turn.conversation.data, "by_file": True}
    if album:
        turn.conversation.data = {**turn.conversation.data, "album": album, "album_of": question.question_id}


def _is_of_refused_album(turn: Turn) -> bool:
    """Whether it came along with a picture whose line steers an alert: nothing of that album goes to anybody."""
    album = turn.incoming.album
    return bool(album) and album == turn.conversation.data.get("album_refused")


async def _is_carried(turn: Turn, question: Question) -> bool:
    """Whether the asker's platform takes what was sent."""
    asker = await contacts.get(turn.connection, question.contact_id) if question.contact_id else None
    return asker is None or all(turn.outbox.carries(asker, file.kind) for file in turn.incoming.files)


async def _ask_for_words(
    turn: Turn, parts: Parts, staff_id: int, question: Question, words: str, *, is_rest: bool
) -> None:
    """The member cannot get it, so it is not fetched; the line below it goes, and what she writes next is for the member."""
    turn.hide_words()
    if not is_doubtful(words):
        await acts.send(turn, parts, staff_id, question.question_id, words)
    elif question.is_open and turn.conversation.flow in {"", FLOW, *INTERRUPTIBLE}:
        turn.conversation.begin(FLOW, Step.REPLY, question=question.question_id)
    if not is_rest:
        await turn.say(letters.file_not_taken(question.question_id, turn.gettext))


async def _expected(turn: Turn, staff_id: int) -> Question | None:
    """The question that a picture is for without quoting it."""
    data = turn.conversation.data
    if turn.incoming.album and turn.incoming.album == data.get("album") and "album_of" in data:
        return await _hers(turn, staff_id, data["album_of"], is_open=False)
    if turn.conversation.flow != FLOW:
        return None
    match turn.conversation.step:
        case Step.REPLY:
            return await _hers(turn, staff_id, data["question"])
        case Step.SHOWN if await _is_fresh(turn, staff_id, _SHOWN_FOR):
            return await _hers(turn, staff_id, data["question"])
        case Step.ANSWERED if "by_file" in data and await _is_fresh(turn, staff_id, _MORE_WITHIN):
            return await _hers(turn, staff_id, data["question"], is_open=False)
    return None


async def _is_fresh(turn: Turn, staff_id: int, span: timedelta) -> bool:
    since = datetime.fromisoformat(turn.conversation.data["at"])
    return turn.now - since <= span and not await desk_flow.has_newer(turn, staff_id)


async def _hers(turn: Turn, staff_id: int, question_id: int, *, is_open: bool = True) -> Question | None:
    question = await record.get(turn.connection, question_id)
    if question is None or question.staff_id != staff_id:
        return None
    return question if question.state is QuestionState.FORWARDED or not is_open else None


def _only_words(turn: Turn) -> str:
    return turn.gettext("Dạ, em chỉ chuyển được chữ. Chị gõ câu trả lời giúp em nghen.")
