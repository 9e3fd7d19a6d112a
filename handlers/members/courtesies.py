"""What one says to be polite, and small talk: a whole message of it gets a warm sentence, never a search of the FAQ.

What it means depends on what was asked last: see `answered` and `suggesting`, whose turn comes first. The Khmer words are by machine
and not yet read by a native speaker.
"""

from bot.channels.contract import Choice, IncomingKind
from bot.questions.answering import ENTRY_FLOW
from bot.text import clean
from bot.turn import Turn
from handlers.members import lying_ready, open_question, short_words, small_talk, welcome, who_answers
from handlers.members.form import LEAVE
from handlers.members.lying_ready import SUGGEST_FLOW
from handlers.parts import Parts

_YES = short_words.YES | (
    "biết rồi",
    "hiểu rồi",
    "rồi",
    "vậy hả",
    "vậy à",
    "thế à",
    "vậy sao",
    "ra vậy",
    "à",
    "ờ",
    "ờ ờ",
)
_GESTURES = set("👍👌🙏❤🥰😊🙂😄😍💕💖🌹🌸👏🤝☺💐")
_DRESSING = set("\ufe0f\u200d🏻🏼🏽🏾🏿 ")  # Skin tones and joiners.
_ANSWERED = {"", ENTRY_FLOW}
"""Nothing is being asked that she would have to answer."""


async def take(turn: Turn, parts: Parts) -> bool:
    """Take a message that is nothing but a courtesy. What is open stays open, except that "thôi" closes a list."""
    if turn.incoming.kind is not IncomingKind.TEXT:
        return False
    _ = turn.gettext
    words = clean(turn.incoming.text)
    if words in LEAVE:
        turn.conversation.end()
        await turn.say(_("Dạ, chị cần gì cứ nhắn em nghen."))
    elif who_answers.is_asked(words):
        await who_answers.say(turn, parts.organisation)
    elif short_words.says(words, small_talk.HELLO):
        await turn.say(
            welcome.greeting(turn.translations, parts.organisation, language=turn.contact.language)
        )
    elif short_words.says(words, small_talk.THANKS):
        await turn.say(_("Dạ, không có chi chị. Chị cần gì cứ nhắn em nghen."))
    elif short_words.says(words, small_talk.FAREWELL):
        await turn.say(_("Dạ, em chào chị. Khi nào cần, chị cứ nhắn em nghen."))
    elif (is_a_yes := is_yes(words)) and turn.conversation.flow not in _ANSWERED:
        # Yes to what? Only a digit says which.
        if turn.conversation.flow == SUGGEST_FLOW and lying_ready.words(turn.conversation):
            await turn.say(
                _("Dạ, chị muốn em chuyển câu lúc nãy cho cán bộ thì gõ 0 nghen."),
                Choice("0", _("Hỏi cán bộ")),
            )
            return True
        return await open_question.repeat(turn, parts)
    elif is_a_yes:
        await turn.say(_("Dạ chị. Chị muốn hỏi gì thêm, chị cứ nhắn em nghen."))
    elif short_words.says(words, short_words.NO) and turn.conversation.flow in _ANSWERED:
        await turn.say(_("Dạ, chị cần gì cứ nhắn em nghen."))
    elif talk := _talk(words):
        if talk is small_talk.Talk.WONDERS and turn.conversation.flow not in _ANSWERED:
            return await open_question.repeat(turn, parts)
        await _answer_talk(turn, talk, words)
    else:
        return False
    return True


def is_yes(words: str) -> bool:
    """Whether a whole message agrees, by a word or a gesture; with what, it does not say."""
    return short_words.says(words, _YES) or _is_gesture(words)


def _talk(words: str) -> small_talk.Talk | None:
    if talk := small_talk.heard(words):
        return talk
    is_refused = short_words.says(words, short_words.UNCLEAR) or short_words.says(
        words, short_words.NONE_OF_THEM
    )
    return small_talk.Talk.SCOLDS if is_refused else None


async def _answer_talk(turn: Turn, talk: small_talk.Talk, words: str) -> None:
    _ = turn.gettext
    # She may go on, or want a person: what she said is private, and goes along.
    if talk is small_talk.Talk.SAD:
        turn.hide_words()
        ready = lying_ready.from_now_on(turn, words, sensitive=True)
        turn.conversation.begin(SUGGEST_FLOW, "", entries=[], **ready)
    choices = (Choice("0", _("Hỏi cán bộ")),) if talk in small_talk.WITH_A_PERSON else ()
    await turn.say(small_talk.answer(talk, _), *choices)


def _is_gesture(words: str) -> bool:
    signs = set(words) - _DRESSING
    return bool(signs) and signs <= _GESTURES
