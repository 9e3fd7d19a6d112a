"""The words that always work. Each is a whole message, compared folded and without blanks.

Folding makes different words one (domain.md 4, folding traps): bare "dung" may be dừng, đúng, dùng or đừng, so it stops
nothing and asks back; "nhan tin" may be nhận tin or nhắn tin, so it asks before anything is switched on.
"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from enum import StrEnum

from bot.channels.contract import IncomingKind
from bot.keywords import letters
from bot.people import quiet
from bot.people.parsing import parse_digit
from bot.text import clean, fold, has_marks, squeeze
from bot.turn import Turn
from handlers.members import (
    answered,
    categories,
    forwarding,
    menu,
    my_data,
    open_question,
    places,
    registration,
    stopping,
    tracking,
)
from handlers.members.asking import settings_text
from handlers.members.profile_fields import NAME
from handlers.parts import Parts

Action = Callable[[Turn, Parts], Awaitable[None]]


class OpenForm(StrEnum):
    """What becomes of a form that is open when the word comes."""

    KEPT = "kept"  # And its question asked again.
    LEFT = "left"  # She is told so.
    ITS_OWN = "its_own"  # The action itself sees to it.


@dataclass(frozen=True, slots=True)
class Command:
    action: Action
    form: OpenForm = OpenForm.KEPT


_LONGEST = 60  # No command is longer; a longer text is not even folded.


async def take(turn: Turn, parts: Parts) -> bool:
    """Take the turn if the message is one of the words, or answers a question that one of them asked."""
    if turn.incoming.kind not in {IncomingKind.TEXT, IncomingKind.CHOICE}:
        return False
    words = clean(turn.incoming.text)
    if len(words) > _LONGEST:
        return False
    if await stopping.take_answer(turn, parts, words):
        return True
    if turn.conversation.step == NAME.name and letters(words) in _NAMES_TOO:
        return False  # Asked for her name, she may well be called Dung or Việt.
    if command := _find(words) or _find_with_words(words):
        await _obey(turn, parts, command)
        return True
    return False


def is_one(words: str) -> bool:
    """Whether a message is one of the words."""
    return len(words) <= _LONGEST and _find(words) is not None


async def _obey(turn: Turn, parts: Parts, command: "Command") -> None:
    """Do it, and see to what she was in the middle of."""
    conversation = turn.conversation
    if not open_question.is_waiting_for_her(turn) or command.form is OpenForm.ITS_OWN:
        await command.action(turn, parts)
        return
    flow, step, data = conversation.flow, conversation.step, conversation.data
    if command.form is OpenForm.LEFT:
        left = open_question.left_text(turn)
        if left and command.action is not _BEGINS.get(flow):
            await turn.say(left)
        await command.action(turn, parts)
        return
    await command.action(turn, parts)
    conversation.begin(flow, step, **data)
    await open_question.repeat(turn, parts)


def _find(words: str) -> "Command | None":
    key = squeeze(words)
    if key in _MARKED and has_marks(words):
        return _MARKED[key].get(letters(words), _COMMANDS.get(key) if key not in _NEEDS_RIGHT_MARKS else None)
    return _COMMANDS.get(key)


def _find_with_words(words: str) -> "Command | None":
    """The words that take something behind them: DONVI Kế An, TRACUU 2417."""
    first, _, rest = words.partition(" ")
    match fold(first):
        case "donvi" if rest:
            return Command(lambda turn, parts: places.say_unit(turn, parts, rest))
        case "tracuu" if parse_digit(rest, 10**9) is not None:
            return Command(lambda turn, parts: tracking.track(turn, parts, rest))
    return None


async def _go_quiet(turn: Turn, parts: Parts) -> None:
    """KIN: nothing unasked, nothing telling; and nothing telling in this answer either."""
    _ = turn.gettext
    await turn.change_contact(is_quiet=True)
    await quiet.cover_waiting(turn.connection, turn.contact, turn.now, _)
    turn.conversation.end()
    turn.hide_words()
    await turn.say(
        _(
            "Dạ, em nhớ rồi. Tin cũ vẫn còn trên máy; chị gõ XOATIN để biết cách xóa. Muốn trở lại như trước, chị gõ HETKIN."
        ),
        note=turn.heard,
    )


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
    if (entry := book.entries.get(menu.ENTRY_ID)) and entry.is_on:
        await answered.give(turn, parts, entry)
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


_STOP = Command(stopping.stop)
_ASK_TO_STOP = Command(stopping.ask, OpenForm.ITS_OWN)
_RECEIVE = Command(stopping.ask_to_receive, OpenForm.LEFT)
_REGISTER = Command(registration.begin, OpenForm.LEFT)
_PROFILE = Command(my_data.show)
_CHANGE = Command(my_data.begin_change, OpenForm.LEFT)
_MOVE = Command(my_data.begin_move, OpenForm.LEFT)
_CATEGORIES = Command(categories.begin, OpenForm.LEFT)
_ERASE = Command(my_data.begin_erasure, OpenForm.LEFT)
_QUIET = Command(_go_quiet)
_LOUD = Command(_end_quiet)
_UNCOVER = Command(_uncover)
_CLEAR_PHONE = Command(_clear_phone)
_KHMER = Command(_speak("km"))
_VIETNAMESE = Command(_speak("vi"))
_MENU = Command(_menu, OpenForm.LEFT)  # Its digits would answer the form's question.
_SETTINGS = Command(_settings)
_SPEAK_UP = Command(_speak_up, OpenForm.LEFT)
_TRACK = Command(_track_latest)
_EVENTS = Command(_events)
_UNIT = Command(places.ask_unit)

_BEGINS: dict[str, Action] = {
    registration.FORM.flow: registration.begin,
    my_data.ERASE: my_data.begin_erasure,
    categories.FORM.flow: categories.begin,
    my_data.CHOOSE.flow: my_data.begin_change,
    forwarding.FLOW: _speak_up,
}
"""Typed again in the middle of its own form, a word only begins it anew: nothing is left that she must be told of."""

_COMMANDS: dict[str, Command] = {
    "dangky": _REGISTER, "dangki": _REGISTER, "dangkyhoivien": _REGISTER, "ghiten": _REGISTER,
    "hoso": _PROFILE, "hosocuatoi": _PROFILE, "xemhoso": _PROFILE,
    "suahoso": _CHANGE,
    "chuyenxa": _MOVE,
    "xoa": _ERASE, "xoahet": _ERASE, "xoahoso": _ERASE, "xoadulieu": _ERASE,
    "ngung": _STOP, "ngungnhantin": _STOP, "stop": _STOP, "unsubscribe": _STOP, "huynhantin": _STOP, "dungnhantin": _STOP,
    "dungnhannua": _STOP, "dungnhantinnua": _STOP, "dunggoinua": _STOP, "dungguinua": _STOP, "dungguitinnua": _STOP,
    "dung": _ASK_TO_STOP, "dunglai": _ASK_TO_STOP,
    "nhantin": _RECEIVE, "nhantinlai": _RECEIVE, "nhanlaitin": _RECEIVE,
    "chude": _CATEGORIES, "chonchude": _CATEGORIES, "chontin": _CATEGORIES, "loaitin": _CATEGORIES,
    "kin": _QUIET, "chedokin": _QUIET,
    "hetkin": _LOUD, "thoikin": _LOUD, "tatkin": _LOUD,
    "xem": _UNCOVER,
    "xoatin": _CLEAR_PHONE, "xoatinnhan": _CLEAR_PHONE,
    "khmer": _KHMER, "tiengkhmer": _KHMER, "khome": _KHMER, "ខ្មែរ": _KHMER, "ភាសាខ្មែរ": _KHMER,
    "tiengviet": _VIETNAMESE, "viet": _VIETNAMESE,
    "menu": _MENU, "trogiup": _MENU, "help": _MENU, "huongdan": _MENU,
    "caidat": _SETTINGS,
    "phananh": _SPEAK_UP, "gopy": _SPEAK_UP, "gapcanbo": _SPEAK_UP,
    "tracuu": _TRACK,
    "sukien": _EVENTS,
    "donvi": _UNIT,
}  # fmt: skip
"""Folded whole messages. "dung" alone only asks back."""

_MARKED: dict[str, dict[str, Command]] = {
    "dung": {"dừng": _STOP},
    "dunglai": {"dừnglại": _STOP},
}
"""With marks a word may say more than folded."""

_NAMES_TOO = {"dung", "viet", "việt"}
"""Compared with their marks: "dừng" is nobody's name."""

_NEEDS_RIGHT_MARKS = {"dung"}
"""With other marks than those above it is another word: "đúng", "đừng", "dùng" command nothing."""
