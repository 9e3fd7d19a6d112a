"""Announcements off and on again: at once by a clear word, after a question back by a word that may mean something else."""

from bot.channels.contract import Choice
from bot.people import members
from bot.people.members import Consent
from bot.people.parsing import parse_digit
from bot.store.tables.people import Purpose
from bot.turn import Turn
from handlers.members import open_question
from handlers.members.profile_fields import consent_wording
from handlers.parts import Parts

_ASK_STOP = "ask_stop"
_ASK_RECEIVE = "ask_receive"


async def stop(turn: Turn, parts: Parts) -> None:
    """NGUNG: no announcements from now on, with a profile or without."""
    _ = turn.gettext
    await turn.change_contact(stopped_at=turn.now)
    if turn.contact.member_id is not None:
        withdrawal = Consent(Purpose.ANNOUNCEMENTS, False, turn.incoming.text[:200], turn.now)
        await members.record_consent(
            turn.connection, turn.contact.contact_id, turn.contact.member_id, withdrawal
        )
    turn.conversation.end()
    await turn.say(
        _(
            "Dạ, từ giờ em không gửi tin báo cho chị nữa. Chị vẫn hỏi em được như thường. Muốn nhận lại, chị gõ NHANTIN."
        )
    )


async def ask(turn: Turn, parts: Parts) -> None:
    """Bare "dung": ask, and keep what is open meanwhile."""
    _ = turn.gettext
    was = turn.conversation
    is_held = open_question.is_waiting_for_her(turn)
    held = [was.flow, was.step, was.data, was.question_row] if is_held else None
    was.begin(_ASK_STOP, "", **({"held": held} if held else was.data))
    await turn.say(
        _("Chị muốn dừng nhận tin báo của Hội phải không?\n1. Dừng nhận tin\n2. Không phải"),
        Choice("1", _("Dừng nhận tin")),
        Choice("2", _("Không phải")),
    )


async def ask_to_receive(turn: Turn, parts: Parts) -> None:
    """NHANTIN: a consent of its own, for "nhan tin" may be "nhắn tin" as well."""
    _ = turn.gettext
    if turn.contact.member_id is None:
        turn.conversation.end()
        await turn.say(
            _("Dạ, để Hội biết gửi tin nào cho chị, chị ghi tên trước nghen: gõ DANGKY, chừng hai phút thôi.")
        )
        return
    turn.conversation.begin(_ASK_RECEIVE)
    yes, no = _("Đồng ý"), _("Không")
    text = f"{consent_wording(turn, parts, Purpose.ANNOUNCEMENTS)}\n1. {yes}\n2. {no}"
    await turn.say(text, Choice("1", yes), Choice("2", no))


async def take_answer(turn: Turn, parts: Parts, words: str) -> bool:
    """Take 1 or 2 to one of these questions; anything else goes on with what was open before, or is a new subject."""
    if turn.conversation.flow not in {_ASK_STOP, _ASK_RECEIVE}:
        return False
    flow, picked = turn.conversation.flow, parse_digit(words, 2)
    held = turn.conversation.data.get("held")
    turn.conversation.end()
    if picked in {1, 2}:
        await (_settle_stop if flow == _ASK_STOP else _settle_receive)(turn, parts, is_yes=picked == 1)
    if held:
        turn.conversation.begin(held[0], held[1], **held[2])
        turn.conversation.question_row = held[3]
        if picked in {1, 2}:
            await open_question.repeat(turn, parts)
    return picked in {1, 2}


async def _settle_stop(turn: Turn, parts: Parts, *, is_yes: bool) -> None:
    if is_yes:
        await stop(turn, parts)
    else:
        await turn.say(turn.gettext("Dạ, em giữ nguyên. Chị muốn hỏi gì, chị cứ nhắn em."))


async def _settle_receive(turn: Turn, parts: Parts, *, is_yes: bool) -> None:
    _ = turn.gettext
    wording = consent_wording(turn, parts, Purpose.ANNOUNCEMENTS)
    consent = Consent(Purpose.ANNOUNCEMENTS, is_yes, wording, turn.now)
    await members.record_consent(turn.connection, turn.contact.contact_id, turn.contact.member_id, consent)
    await turn.change_contact(stopped_at=None if is_yes else turn.now)
    await turn.say(
        _("Dạ, em sẽ gửi tin báo của Hội cho chị.") if is_yes else _("Dạ, em không gửi tin báo cho chị.")
    )
