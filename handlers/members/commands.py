"""The words that always work. Each is a whole message, compared folded and without blanks.

Folding makes different words one (domain.md 4, folding traps): bare "dung" may be dừng, đúng, dùng or đừng, so it stops
nothing and asks back; "nhan tin" may be nhận tin or nhắn tin, so it asks before anything is switched on.
"""

import unicodedata
from collections.abc import Awaitable, Callable

from bot.channels.contract import Choice, IncomingKind
from bot.people import members, quiet
from bot.people.members import Consent
from bot.people.parsing import parse_digit
from bot.store.tables.people import Purpose
from bot.text import clean, fold, has_marks, squeeze
from bot.turn import Turn
from handlers.members import forwarding, my_data, places, registration, tracking
from handlers.members.asking import answer_entry, settings_text
from handlers.members.profile_fields import consent_wording
from handlers.parts import Parts

Action = Callable[[Turn, Parts], Awaitable[None]]

_ASK_STOP = "ask_stop"
_ASK_RECEIVE = "ask_receive"
_LONGEST = 60  # No command is longer; a longer text is not even folded.


async def take(turn: Turn, parts: Parts) -> bool:
    """Take the turn if the message is one of the words, or answers a question that one of them asked."""
    if turn.incoming.kind not in {IncomingKind.TEXT, IncomingKind.CHOICE}:
        return False
    words = clean(turn.incoming.text)
    if len(words) > _LONGEST:
        return False
    if turn.conversation.flow in {_ASK_STOP, _ASK_RECEIVE} and await _take_answer(turn, parts, words):
        return True
    if turn.conversation.flow and squeeze(words) in _NAMES_TOO:
        return False  # Asked for her name, she may well be called Dung or Việt.
    if action := _find(words):
        await action(turn, parts)
        return True
    return await _take_with_words(turn, parts, words)


def _find(words: str) -> Action | None:
    key = squeeze(words)
    if key in _MARKED and has_marks(words):
        return _MARKED[key].get(
            _letters(words), _COMMANDS.get(key) if key not in _NEEDS_RIGHT_MARKS else None
        )
    return _COMMANDS.get(key)


def _letters(words: str) -> str:
    return "".join(c for c in unicodedata.normalize("NFC", words.casefold()) if c.isalpha())


async def _take_with_words(turn: Turn, parts: Parts, words: str) -> bool:
    """The words that take something behind them: DONVI Kế An, TRACUU 2417."""
    first, _, rest = words.partition(" ")
    match fold(first):
        case "donvi" if rest:
            await places.say_unit(turn, parts, rest)
        case "tracuu" if parse_digit(rest, 10**9) is not None:
            await tracking.track(turn, parts, rest)
        case _:
            return False
    return True


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


async def _ask_stop(turn: Turn, parts: Parts) -> None:
    _ = turn.gettext
    turn.conversation.begin(_ASK_STOP, "", **turn.conversation.data)
    await turn.say(
        _("Chị muốn dừng nhận tin báo của Hội phải không?\n1. Dừng nhận tin\n2. Không phải"),
        Choice("1", _("Dừng nhận tin")),
        Choice("2", _("Không phải")),
    )


async def _ask_receive(turn: Turn, parts: Parts) -> None:
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


async def _take_answer(turn: Turn, parts: Parts, words: str) -> bool:
    """1 or 2 to a question back; anything else is a new subject."""
    _ = turn.gettext
    flow, picked = turn.conversation.flow, parse_digit(words, 2)
    if picked not in {1, 2}:
        turn.conversation.end()
        return False
    turn.conversation.end()
    if flow == _ASK_STOP and picked == 1:
        await stop(turn, parts)
    elif flow == _ASK_STOP:
        await turn.say(_("Dạ, em giữ nguyên. Chị muốn hỏi gì, chị cứ nhắn em."))
    else:
        consent = Consent(
            Purpose.ANNOUNCEMENTS, picked == 1, consent_wording(turn, parts, Purpose.ANNOUNCEMENTS), turn.now
        )
        await members.record_consent(
            turn.connection, turn.contact.contact_id, turn.contact.member_id, consent
        )
        await turn.change_contact(stopped_at=None if picked == 1 else turn.now)
        await turn.say(
            _("Dạ, em sẽ gửi tin báo của Hội cho chị.")
            if picked == 1
            else _("Dạ, em không gửi tin báo cho chị.")
        )
    return True


async def _go_quiet(turn: Turn, parts: Parts) -> None:
    """KIN: nothing unasked, nothing telling; and nothing telling in this answer either."""
    _ = turn.gettext
    await turn.change_contact(is_quiet=True)
    turn.conversation.end()
    turn.hide_words()
    await turn.say(_("Dạ, em nhớ rồi. Muốn trở lại như trước, chị gõ HETKIN."), note=turn.heard)


async def _end_quiet(turn: Turn, parts: Parts) -> None:
    await turn.change_contact(is_quiet=False)
    turn.conversation.end()
    turn.hide_words()
    await turn.say(turn.gettext("Dạ, em trở lại như thường."), note=turn.heard)


async def _uncover(turn: Turn, parts: Parts) -> None:
    """XEM: show what was held back."""
    hidden = await quiet.uncover(turn.connection, turn.contact.contact_id)
    turn.hide_words()
    for message in hidden:
        await turn.tell(turn.contact, message, note=turn.heard)
    if not hidden:
        await turn.say(turn.gettext("Dạ, không có tin nào đang chờ chị."), note=turn.heard)


async def _clear_phone(turn: Turn, parts: Parts) -> None:
    """XOATIN: how to take messages off her own phone."""
    turn.hide_words()
    await turn.say(
        turn.gettext(
            "Chị nhấn giữ tin nhắn rồi chọn Xóa, hoặc xóa cả cuộc trò chuyện này; chỉ mất trên máy của chị. "
            'Trang web của Hội có nút "Xóa khung chat". Gõ KIN thì em không chủ động nhắn cho chị nữa.'
        ),
        note=turn.heard,
    )


def _speak(language: str) -> Action:
    async def switch(turn: Turn, parts: Parts) -> None:
        await turn.change_contact(language=language)
        turn.translations = parts.languages.of(language)
        turn.conversation.end()
        await turn.say(
            turn.gettext("Dạ, từ giờ em nói tiếng Việt với chị. Muốn nói tiếng Khmer, chị gõ KHMER.")
            if language == "vi"
            else turn.gettext("Dạ, từ giờ em nói tiếng Khmer khi em biết. Bản tiếng Khmer do máy dịch, chưa có người duyệt. Gõ TIENGVIET để nói tiếng Việt, gõ 0 để gặp cán bộ.")
        )  # fmt: skip

    return switch


async def _menu(turn: Turn, parts: Parts) -> None:
    book = await parts.answers.current(turn.connection)
    if (entry := book.entries.get("HELP-01")) and entry.is_on:
        await answer_entry(turn, parts, entry)
    else:
        turn.conversation.end()
        await turn.say(settings_text(turn))


async def _settings(turn: Turn, parts: Parts) -> None:
    turn.conversation.end()
    await turn.say(settings_text(turn))


async def _speak_up(turn: Turn, parts: Parts) -> None:
    await forwarding.offer(turn, parts, text=None)


async def _track_latest(turn: Turn, parts: Parts) -> None:
    await tracking.track(turn, parts, "")


async def _events(turn: Turn, parts: Parts) -> None:
    turn.conversation.end()
    await turn.say(
        turn.gettext(
            "Dạ, em chưa có lịch sinh hoạt nơi chị. Chị gõ 0 để hỏi cán bộ, hoặc hỏi chị chi hội trưởng nghen."
        )
    )


_COMMANDS: dict[str, Action] = {
    "dangky": registration.begin, "dangki": registration.begin, "dangkyhoivien": registration.begin, "ghiten": registration.begin,
    "hoso": my_data.show, "hosocuatoi": my_data.show, "xemhoso": my_data.show,
    "suahoso": my_data.begin_change,
    "chuyenxa": my_data.begin_move,
    "xoa": my_data.begin_erasure, "xoahet": my_data.begin_erasure, "xoahoso": my_data.begin_erasure,
    "xoadulieu": my_data.begin_erasure,
    "ngung": stop, "ngungnhantin": stop, "stop": stop, "unsubscribe": stop, "huynhantin": stop, "dungnhantin": stop,
    "dungnhannua": stop, "dungnhantinnua": stop, "dunggoinua": stop, "dungguinua": stop, "dungguitinnua": stop,
    "dung": _ask_stop, "dunglai": _ask_stop,
    "nhantin": _ask_receive, "nhantinlai": _ask_receive, "nhanlaitin": _ask_receive,
    "kin": _go_quiet, "chedokin": _go_quiet,
    "hetkin": _end_quiet, "thoikin": _end_quiet, "tatkin": _end_quiet,
    "xem": _uncover,
    "xoatin": _clear_phone, "xoatinnhan": _clear_phone,
    "khmer": _speak("km"), "tiengkhmer": _speak("km"), "khome": _speak("km"), "ខ្មែរ": _speak("km"), "ភាសាខ្មែរ": _speak("km"),
    "tiengviet": _speak("vi"), "viet": _speak("vi"),
    "menu": _menu, "trogiup": _menu, "help": _menu, "huongdan": _menu,
    "caidat": _settings,
    "phananh": _speak_up, "gopy": _speak_up, "gapcanbo": _speak_up,
    "tracuu": _track_latest,
    "sukien": _events,
    "donvi": places.ask_unit,
}  # fmt: skip
"""Folded whole messages. "dung" alone only asks back."""

_MARKED: dict[str, dict[str, Action]] = {
    "dung": {"dừng": stop},
    "dunglai": {"dừnglại": stop},
}
"""With marks a word may say more than folded."""

_NAMES_TOO = {"dung", "viet"}

_NEEDS_RIGHT_MARKS = {"dung"}
"""With other marks than those above it is another word: "đúng", "đừng", "dùng" command nothing."""
