"""What one says to be polite: a whole message of it gets a warm sentence, never a search of the FAQ."""

from bot.channels.contract import IncomingKind
from bot.keywords import Keywords
from bot.text import clean
from bot.turn import Turn
from handlers.members import open_question, welcome
from handlers.members.form import LEAVE
from handlers.parts import Parts

_HELLO = Keywords(
    "chào", "chào em", "em chào", "xin chào", "chào chị", "chào bạn", "chào cô", "dạ chào em", "chào hội", "chào chị hội",
    "alo", "a lô", "hi", "hello", "hê lô", "chào em nhé", "em ơi", "chị ơi", "chị hội ơi", "សួស្តី", "ជំរាបសួរ",
)  # fmt: skip
_THANKS = Keywords(
    "cảm ơn", "cám ơn", "cảm ơn em", "cám ơn em", "cảm ơn chị", "cám ơn chị", "cảm ơn nhiều", "cám ơn nhiều", "cảm ơn em nhiều",
    "cám ơn em nhiều", "dạ cảm ơn", "dạ cám ơn", "dạ cảm ơn em", "dạ cám ơn em", "em cảm ơn", "em cám ơn", "chị cảm ơn",
    "chị cám ơn", "tôi cảm ơn", "tôi cám ơn", "cảm ơn em nhé", "cảm ơn em nha", "cảm ơn em nghen", "cảm ơn nha", "cảm ơn nhé",
    "cảm ơn hội", "cảm ơn chị hội", "thank", "thanks", "thank you", "tks", "អរគុណ",
)  # fmt: skip
_YES = Keywords(
    "dạ", "dạ em", "vâng", "dạ vâng", "vâng ạ", "ok", "oke", "okay", "oki", "ok em", "dạ ok", "ừ", "ừm", "uh", "uhm", "ừ em", "được",
    "được rồi", "biết rồi", "hiểu rồi", "rồi", "hihi", "hehe", "haha",
)  # fmt: skip
_FAREWELL = Keywords("tạm biệt", "chào tạm biệt", "bye", "bye bye", "bái bai", "hẹn gặp lại", "chúc ngủ ngon")
_GESTURES = set("👍👌🙏❤🥰😊🙂😄😍💕💖🌹🌸👏🤝☺💐")
_DRESSING = set("\ufe0f\u200d🏻🏼🏽🏾🏿 ")  # Skin tones and joiners.


async def take(turn: Turn, parts: Parts) -> bool:
    """Take a message that is nothing but a courtesy. What is open stays open, except that "thôi" closes a list."""
    if turn.incoming.kind is not IncomingKind.TEXT:
        return False
    _ = turn.gettext
    words = clean(turn.incoming.text)
    if words in LEAVE:
        turn.conversation.end()
        await turn.say(_("Dạ, chị cần gì cứ nhắn em nghen."))
    elif words in _HELLO:
        await turn.say(welcome.greeting(turn.translations, parts.organisation))
    elif words in _THANKS:
        await turn.say(_("Dạ, không có chi chị. Chị cần gì cứ nhắn em nghen."))
    elif words in _FAREWELL:
        await turn.say(_("Dạ, em chào chị. Khi nào cần, chị cứ nhắn em nghen."))
    elif (words in _YES or _is_gesture(words)) and turn.conversation.flow:
        # Yes to what? Only a digit says which.
        return await open_question.repeat(turn, parts)
    elif words in _YES or _is_gesture(words):
        await turn.say(_("Dạ chị. Chị muốn hỏi gì thêm, chị cứ nhắn em nghen."))
    else:
        return False
    return True


def _is_gesture(words: str) -> bool:
    signs = set(words) - _DRESSING
    return bool(signs) and signs <= _GESTURES
