"""She asks to be called: on which number, and when she can talk alone."""

from bot.alerts import answers
from bot.alerts.raising import Said
from bot.alerts.record import Alert
from bot.answers.safety import Alarm
from bot.people import members
from bot.phone import parse_phone
from bot.questions.post import Post
from bot.turn import Turn
from handlers.members import lying_ready, safety, safety_meaning
from handlers.members import safety_words as said
from handlers.members.form import LEAVE
from handlers.members.safety_meaning import Meant
from handlers.members.safety_voice import say
from handlers.members.safety_words import Step
from handlers.parts import Parts

_LONGEST_HOUR = 12  # In words.
_MEAN_THE_SAME = {Meant.CADRE, Meant.UNSAFE, Meant.PAST_LOCAL}
# For those on duty, whatever her language.
_CALL_NOW = "gọi liền cũng được"
_NO_TIME_YET = "chưa dặn lúc nào, khoan gọi"


async def ask_phone(turn: Turn, parts: Parts) -> None:
    known = await _known_phone(turn)
    turn.conversation.step = Step.PHONE
    # "asked": whatever she writes next may be more of it.
    turn.conversation.data = {"asked": "", **turn.conversation.data, "known": known}
    quiet = turn.contact.is_quiet
    await say(turn, parts, lambda _: said.which_phone(_, is_quiet=quiet, known=known))


async def _known_phone(turn: Turn) -> str:
    """The number that she wrote in her cry, else the one that she once gave to the Union."""
    written = parse_phone(lying_ready.words(turn.conversation))
    if written or turn.contact.member_id is None:
        return written or ""
    profile = await members.profile_of(turn.connection, turn.contact.member_id)
    return str(profile["phone"] or "") if profile else ""


async def take_phone(turn: Turn, parts: Parts, alert: Alert, phone: str, *, when: str = "") -> None:
    """Written down at once, in case she cannot go on; but nobody is to ring before she has said when: `when`, if she has."""
    if when:
        turn.conversation.data = {**turn.conversation.data, "phone": phone}
        await promise(turn, parts, alert, when)
        return
    await answers.wants_call(Post.of(turn, parts.languages), alert.alert_id, phone, _NO_TIME_YET)
    turn.conversation.step = Step.WHEN
    turn.conversation.data = {**turn.conversation.data, "phone": phone}
    quiet = turn.contact.is_quiet
    await say(turn, parts, lambda _: said.when(_, is_quiet=quiet))


async def take(turn: Turn, parts: Parts, alert: Alert, words: str, digit: int | None) -> bool:
    """Take what answers the question for her number, or for the hour. Everything else means what it always means."""
    step, data = turn.conversation.step, turn.conversation.data
    if words in LEAVE or (step == Step.PHONE and safety_meaning.declines(words)):
        await _leave(turn, parts, alert)
    elif step == Step.PHONE and digit == Meant.SAFE and data.get("known"):
        await take_phone(turn, parts, alert, data["known"])
    elif step == Step.WHEN and digit == Meant.SAFE:
        await promise(turn, parts, alert, _CALL_NOW)
    elif step == Step.WHEN and digit is not None and digit not in _MEAN_THE_SAME:
        quiet = turn.contact.is_quiet
        await say(turn, parts, lambda _: said.when(_, is_quiet=quiet))
    elif step == Step.PHONE and safety_meaning.tries_a_number(words):
        await safety.hear(turn, parts, Alarm(alert.kind, urgent=False), words, heard=Said.MORE)
        await give_up(turn, parts)
    else:
        return False  # KIN works here, too; what is no word of ours comes back to `take_words`.
    return True


async def give_up(turn: Turn, parts: Parts) -> None:
    """It could not be read. She is not held fast: a whole number is taken whenever it comes."""
    if turn.conversation.step == Step.PHONE:
        turn.conversation.step = Step.SAFE
    await say(turn, parts, said.no_phone)


def is_about_when(words: str, meant: int | None) -> bool:
    """Whether words that mean a digit elsewhere say when to call: "gọi em đi", or never alone."""
    return meant == Meant.CALL or safety_meaning.declines(words)


def is_story(words: str) -> bool:
    """Whether what she says when asked for the hour is no hour, but more of what happens to her."""
    return len(words.split()) > _LONGEST_HOUR and not safety_meaning.says_when(words)


async def _leave(turn: Turn, parts: Parts, alert: Alert) -> None:
    await answers.wants_no_call(Post.of(turn, parts.languages), alert.alert_id)
    data = turn.conversation.data
    turn.conversation.data = {name: value for name, value in data.items() if name != "phone"}
    turn.conversation.step = Step.SAFE
    quiet = turn.contact.is_quiet
    await say(turn, parts, lambda _: said.no_call(_, is_quiet=quiet))


async def promise(turn: Turn, parts: Parts, alert: Alert, when: str) -> None:
    turn.hide_words()
    phone = turn.conversation.data["phone"]
    await answers.wants_call(Post.of(turn, parts.languages), alert.alert_id, phone, when)
    turn.conversation.step = Step.SAFE
    told = await safety.is_told(turn, alert)
    quiet = turn.contact.is_quiet
    await say(turn, parts, lambda _: said.will_call(_, is_quiet=quiet, phone=phone, is_told=told))
