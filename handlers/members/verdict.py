"""What a member says to a cadre's answer: that it is clear, or that it is not yet."""

from dataclasses import replace

from bot.alerts import writing_with_her
from bot.channels.contract import IncomingKind
from bot.people.parsing import parse_digit
from bot.questions import answering, record
from bot.questions import open as questions
from bot.questions.answering import ENTRY_FLOW, VERDICT_FLOW
from bot.questions.post import Post
from bot.questions.record import Question
from bot.store.tables.questions import QuestionState
from bot.text import clean, fold, squeeze
from bot.turn import Turn
from handlers.members.form import LEAVE
from handlers.parts import Parts

UNCLEAR_FLOW = "unclear"
_CLEAR = {"daro", "darof", "roroi", "hieuroi", "dahieu", "daroroi"}
_UNCLEAR = {"chuaro", "chuahieu", "khongro", "khonghieu", "chuarolam"}
_CLEAR_HERE = {
    "ro",
    "ok",
    "oke",
    "da",
    "dae",
    "daem",
    "vang",
    "uh",
    "u",
    "camon",
    "camonem",
    "camonchi",
    "dacamon",
    "dacamonchi",
    "dacamonem",
}
"""Clear only right after the answer; elsewhere they may mean anything."""
_LONGEST = 40
_IDLE = {"", VERDICT_FLOW, ENTRY_FLOW, "suggest"}
"""Flows that lose nothing when she is asked something else."""


async def take_anywhere(turn: Turn, parts: Parts) -> bool:
    """Take the whole words "đã rõ" and "chưa rõ" for her latest answer, and whatever quotes an answer."""
    if turn.incoming.kind not in {IncomingKind.TEXT, IncomingKind.CHOICE}:
        return False
    words = clean(turn.incoming.text)
    if question := await _quoted(turn):
        await _take_about(turn, parts, question, words)
        return True
    key = squeeze(words) if len(words) <= _LONGEST else ""
    if key not in _CLEAR | _UNCLEAR or turn.conversation.flow == ENTRY_FLOW:
        return False  # What the FAQ answered came later.
    question = await questions.latest_answered(turn.connection, turn.contact, now=turn.now)
    if question is None:
        return False
    await (_is_clear if key in _CLEAR else _is_unclear)(turn, parts, question)
    return True


async def take(turn: Turn, parts: Parts) -> bool:
    """Take the turn if she was just asked whether the answer is clear, or what is not."""
    words = clean(turn.incoming.text)
    match turn.conversation.flow:
        case "unclear":
            return await _take_what_is_unclear(turn, parts, words)
        case "answered":
            question = await record.get(turn.connection, int(turn.conversation.step))
            turn.conversation.flow, turn.conversation.step = "", ""
            if question is None or question.state is not QuestionState.ANSWERED:
                return False
            return await _take_first_words(turn, parts, question, words)
    return False


def hold_words(turn: Turn, question: Question) -> None:
    """Log what she said with its question, and without the words if that is a private matter."""
    turn.heard = replace(
        turn.heard,
        question_id=question.question_id,
        is_sensitive=turn.heard.is_sensitive or question.is_sensitive,
    )


async def _take_first_words(turn: Turn, parts: Parts, question: Question, words: str) -> bool:
    """Nothing else was being asked when the answer came: digits and small words are about it, everything else is not."""
    key = squeeze(words) if len(words) <= _LONGEST else ""
    digit = parse_digit(words, 2)
    if digit == 1 or key in _CLEAR | _CLEAR_HERE:
        await _is_clear(turn, parts, question)
    elif digit == 2 or key in _UNCLEAR or key == "chua":
        await _is_unclear(turn, parts, question)
    elif fold(words).startswith("chua ro"):
        await _add(turn, parts, question, words)
    else:
        return False
    return True


async def _take_about(turn: Turn, parts: Parts, question: Question, words: str) -> None:
    """She quotes the answer: a digit or small word is her verdict, anything else is for the cadre."""
    key = squeeze(words) if len(words) <= _LONGEST else ""
    digit = parse_digit(words, 2)
    if digit == 1 or key in _CLEAR | _CLEAR_HERE:
        await _is_clear(turn, parts, question)
    elif digit == 2 or key in _UNCLEAR or not any(c.isalpha() for c in words):
        await _is_unclear(turn, parts, question)
    else:
        await _add(turn, parts, question, words)


async def _take_what_is_unclear(turn: Turn, parts: Parts, words: str) -> bool:
    _ = turn.gettext
    question = await record.get(turn.connection, int(turn.conversation.step))
    if question is None or words in LEAVE:
        turn.conversation.end()
        await turn.say(_("Dạ, chị cần gì cứ nhắn em nghen."))
    elif sum(c.isalpha() for c in words) < 2:
        await turn.say(_("Dạ, chị viết bằng chữ chỗ còn chưa rõ giúp em; hoặc gõ THÔI nếu không cần nữa."))
    else:
        turn.conversation.end()
        await _add(turn, parts, question, words)
    return True


async def _is_clear(turn: Turn, parts: Parts, question: Question) -> None:
    _end_own(turn)
    if question.state is QuestionState.ANSWERED:
        await answering.close(Post.of(turn, parts.languages), question.question_id)
    turn.heard = replace(turn.heard, question_id=question.question_id)
    await turn.say(turn.gettext("Dạ, em mừng quá. Chị cần gì cứ nhắn em nghen."))


async def _is_unclear(turn: Turn, parts: Parts, question: Question) -> None:
    """Ask what is not clear; in the middle of something else only pass it on that it is not."""
    _ = turn.gettext
    turn.heard = replace(turn.heard, question_id=question.question_id)
    if turn.conversation.flow in _IDLE:
        turn.conversation.begin(UNCLEAR_FLOW, str(question.question_id))
        await turn.say(
            _(
                "Dạ, chị còn chưa rõ chỗ nào, chị viết vào tin nhắn kế tiếp, em chuyển lại cho cán bộ. Gõ THÔI nếu không cần nữa."
            )
        )
        return
    await answering.reopen(Post.of(turn, parts.languages), question.question_id)
    await turn.say(
        _("Dạ, em báo lại cán bộ là chị còn chưa rõ câu hỏi mã {code}.").format(code=question.question_id)
    )


async def _add(turn: Turn, parts: Parts, question: Question, words: str) -> None:
    _end_own(turn)
    hold_words(turn, question)
    await writing_with_her.add_to_question(Post.of(turn, parts.languages), question.question_id, words)
    await turn.say(
        turn.gettext("Dạ, em đã chuyển thêm cho cán bộ. Mã vẫn là {code}.").format(code=question.question_id)
    )


async def _quoted(turn: Turn) -> Question | None:
    """Her own question that the quoted message of ours answered."""
    question_id = await questions.quoted(turn.connection, turn.contact.contact_id, turn.incoming.reply_to)
    question = await record.get(turn.connection, question_id) if question_id is not None else None
    return question if question is not None and question.contact_id == turn.contact.contact_id else None


def _end_own(turn: Turn) -> None:
    if turn.conversation.flow in {VERDICT_FLOW, UNCLEAR_FLOW}:
        turn.conversation.end()
