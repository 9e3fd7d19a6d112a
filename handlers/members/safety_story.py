"""What she writes while she is asked whether she is safe: more of her story, the place where she is, or a question in between.

Her digits, and the words that mean one, are taken by `safety_answers`.
"""

from datetime import datetime, timedelta

from bot.alerts import record
from bot.alerts.raising import Said
from bot.alerts.record import Alert
from bot.answers.safety import Alarm
from bot.channels.contract import IncomingKind
from bot.keywords import Keywords
from bot.people.unit_search import NotFound
from bot.questions import asking
from bot.questions.answering import ENTRY_FLOW
from bot.questions.post import Post
from bot.store.tables.alerts import AlertState
from bot.text import clean
from bot.turn import Turn
from handlers.members import (
    courtesies,
    lying_ready,
    safety,
    safety_asides,
    safety_calling,
    safety_listening,
    safety_place,
    small_talk,
    who_answers,
)
from handlers.members import safety_words as said
from handlers.members.lying_ready import SUGGEST_FLOW, UNCLEAR_FLOW
from handlers.members.safety_voice import NOTE, say
from handlers.members.safety_words import FLOW, Step
from handlers.parts import Parts

_CALLS = Keywords(
    "chị ơi", "em ơi", "hội ơi", "chị hội ơi", "cô ơi", "ơi", "ai ơi", "mọi người ơi", "alo", "a lô", "alo alo", "alo chị ơi", "alo alo chị ơi",
    "có ai không", "có ai hông", "có ai ko", "có ai ở đó không", "có ai đó không", "có ai trực không", "có người không", "có người trực không",
    "còn đó không", "chị còn đó không", "em còn đó không", "អាឡូ", "មានអ្នកណាទេ",
)  # fmt: skip

_DIGITS_KNOWN_FOR = timedelta(minutes=10)
_ANSWERED = {"", ENTRY_FLOW, SUGGEST_FLOW, UNCLEAR_FLOW}
"""Where her chat stands when something else was answered."""


async def take_words(turn: Turn, parts: Parts) -> bool:
    """Take her own words: more of her story, unless they are plainly about something else that the assistant can answer.

    What is only a courtesy is answered as such; but while nobody knows whether she is in danger, nothing leads away from that question.
    """
    conversation = turn.conversation
    if turn.incoming.kind not in {IncomingKind.TEXT, IncomingKind.MEDIA}:
        return False
    words = clean(turn.incoming.text)
    if conversation.flow != FLOW and not await _speaks_of_it_again(turn, words):
        return False
    alert = await record.get(turn.connection, conversation.data["alert"])
    if alert is None or not alert.is_open:
        conversation.end()
        return False
    if is_call(words) and not safety.is_doubted(alert):
        ready = lying_ready.below(lying_ready.words(conversation), words)
        await add(turn, parts, alert, words, ready)
        return True
    if _is_courtesy(words):
        return await _lead_back(turn, parts, alert, words)
    found, heard = await safety_place.heard(turn, parts, alert, words), Said.MORE
    if conversation.step == Step.WHEN and words and isinstance(found, NotFound):
        if not safety_calling.is_story(words):
            await safety_calling.promise(turn, parts, alert, words)
            return True
        turn.hide_words()
    if conversation.step in {Step.PHONE, Step.WHEN} and any(c.isalpha() for c in words):
        conversation.step = Step.SAFE
    if isinstance(found, NotFound):
        is_hers = alert.state is AlertState.TAKEN or is_fresh(turn)
        if not (is_hers and any(c.isalpha() for c in words)):
            return False
        aside = safety_asides.Aside.STORY
        if safety_listening.goes_on(turn):
            safety_listening.begin(turn)
        else:
            aside = await safety_asides.read(turn, parts, alert, words)
        match aside:
            case safety_asides.Aside.ANSWERED:
                await safety_asides.say_how_to_reach_us(turn, alert)
                return False
            case safety_asides.Aside.ASKED:
                return False
            case safety_asides.Aside.ORDINARY:
                heard = Said.ORDINARY
    await add(
        turn, parts, alert, words, lying_ready.below(lying_ready.words(conversation), words), heard=heard
    )
    return True


async def take_edit(turn: Turn, parts: Parts) -> bool:
    """Take a changed message if it is one of those that lie ready: those on duty get the new words."""
    words = clean(turn.incoming.text)
    if turn.conversation.flow != FLOW or not words or not is_fresh(turn):
        return False
    corrected = lying_ready.corrected(turn.conversation, words)
    alert = await record.get(turn.connection, turn.conversation.data["alert"])
    if corrected is None or alert is None or not alert.is_open:
        return False
    await add(turn, parts, alert, words, corrected)
    return True


async def add(
    turn: Turn, parts: Parts, alert: Alert, words: str, ready: str, *, heard: Said = Said.MORE
) -> None:
    """Pass them to those on duty, and to the desk that has her question where that is another; `ready` lies ready from now on.

    What is a cry is heard as one, whatever was `heard`.
    """
    turn.heard = NOTE
    turn.conversation.data = {**turn.conversation.data, "asked": ready}
    alarm = parts.safety.assess(words) or Alarm(alert.kind, urgent=False)
    heard = Said.DANGER if alarm.urgent else heard
    found = await safety_place.heard(turn, parts, alert, words)
    alert = await safety.hear(turn, parts, alarm, words, heard=heard)
    is_taken = alert.state is AlertState.TAKEN
    if alert.question_id is not None and not is_taken and heard is not Said.ORDINARY:
        await asking.add(Post.of(turn, parts.languages), alert.question_id, words)
    quiet, doubted = turn.contact.is_quiet, safety.is_doubted(alert)
    told = await safety.is_told(turn, alert)
    kept = await safety.kept_from_local(turn, alert, words)
    where = await safety_place.settle(turn, parts, alert, found)
    if turn.conversation.step == Step.PLACE:
        await say(turn, parts, where)
        return
    if safety_place.was_shown(turn):
        where = await safety_place.which_again(turn, parts)
    with_digits = turn.conversation.step != Step.PLACE and _shows_digits(turn, alert)
    await say(
        turn,
        parts,
        lambda _: said.heard(
            _,
            is_quiet=quiet,
            is_doubted=doubted,
            is_told=told,
            kept=kept(_),
            where=where(_),
            with_digits=with_digits,
        ),
    )


def _shows_digits(turn: Turn, alert: Alert) -> bool:
    """Whether she reads her digits once more: on a quiet phone not after each word of hers, nor while somebody has it."""
    data = turn.conversation.data
    shown = str(data.get("menu_at") or "")
    is_new = bool(shown) and turn.now - datetime.fromisoformat(shown) < _DIGITS_KNOWN_FOR
    if turn.contact.is_quiet and (alert.state is AlertState.TAKEN or is_new):
        return False
    turn.conversation.data = {**data, "menu_at": turn.now.isoformat()}
    return True


def is_fresh(turn: Turn) -> bool:
    """Whether she is still telling it: an hour later her words may be about anything."""
    return "asked" in turn.conversation.data


def is_call(words: str) -> bool:
    """Whether she calls out for whoever is there, without a word of what it is about: "chị ơi", "có ai không", 😭."""
    if words in _CALLS:
        return True
    return bool(words) and not any(c.isalnum() for c in words) and not courtesies.is_yes(words)


def _is_courtesy(words: str) -> bool:
    return who_answers.is_asked(words) or courtesies.is_yes(words) or small_talk.is_nothing_but_polite(words)


async def _lead_back(turn: Turn, parts: Parts, alert: Alert, words: str) -> bool:
    """While it is only doubted she is asked again, kindly; else a courtesy is left to whoever answers those."""
    if not safety.is_doubted(alert) or turn.conversation.step != Step.SAFE:
        return False
    if who_answers.is_asked(words):
        await who_answers.say(turn, parts.organisation)
    quiet = turn.contact.is_quiet
    await say(turn, parts, lambda _: said.lead_back(_, is_quiet=quiet))
    return True


async def _speaks_of_it_again(turn: Turn, words: str) -> bool:
    """Whether she was answered something else meanwhile, and now tells more, as far as one can tell: then it is asked still."""
    conversation = turn.conversation
    is_left = conversation.flow in _ANSWERED and conversation.data.get("urgent") and is_fresh(turn)
    if not is_left or not safety_asides.tells(words) or safety_asides.asks(words):
        return False
    alert = await record.open_of(turn.connection, turn.contact, now=turn.now)
    if alert is None or alert.is_safe is True or safety.is_doubted(alert):
        return False
    safety.ask_still(turn, alert)
    return True
