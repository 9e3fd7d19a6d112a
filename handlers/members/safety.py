"""Words of danger: answered before anything else, at once, with the numbers that are certain. No consent, no questions first.

Those on duty are told in the same transaction (`bot.alerts`); what only sounds like danger is asked about first. What she says to
that is taken by `safety_answers`.
"""

from collections.abc import Callable
from dataclasses import replace

import structlog

from bot.alerts import answers, place, raising, record
from bot.alerts.raising import Said
from bot.alerts.record import Alert
from bot.answers.safety import Alarm, SafetyHit
from bot.answers.safety_reading import MAX_CHARS
from bot.channels.contract import IncomingKind
from bot.phone import parse_phone
from bot.questions.open import has_open_questions
from bot.questions.post import Post
from bot.said import Note
from bot.store.tables.alerts import AlertState
from bot.text import clean, split, utf16_length
from bot.turn import Turn
from handlers.members import (
    lying_ready,
    registration,
    safety_form,
    safety_listening,
    safety_long,
    safety_meaning,
    safety_numbers,
    safety_place,
    small_talk,
)
from handlers.members import safety_words as said
from handlers.members.safety_voice import NOTE, Voice, say, voice
from handlers.members.safety_words import FLOW, Step
from handlers.parts import Parts

log = structlog.get_logger()

_LONG = (
    600  # In UTF-16 units: from there on it is a story, of which those on duty read the passages that matter.
)
_PASSAGE = 300
_MOST_PASSAGES = 4


async def take(turn: Turn, parts: Parts) -> bool:
    """Take the turn if the words sound like danger. They are not kept in the common log."""
    if turn.incoming.kind not in {IncomingKind.TEXT, IncomingKind.MEDIA} or not turn.incoming.text:
        return False
    words = await safety_long.telling_first(parts, turn.incoming.text)
    alarm = parts.safety.assess(words)
    if alarm is None:
        return await _calls_for_somebody(turn, parts, words)
    if not alarm.urgent and (small_talk.is_nothing_but_polite(words) or _says_all_is_well(turn)):
        return False
    if await _has_questions_on_her_desk(turn):
        return False  # A cadre writing about such a case: her desk asks whether it is her answer.
    if _answers_when_to_call(turn, words):
        turn.heard = NOTE
        await hear(turn, parts, alarm, words)
        return False
    return await answer(turn, parts, words)


async def answer(turn: Turn, parts: Parts, words: str) -> bool:
    """Tell those on duty of these words of hers and say what is to be said at once. False where no danger is heard in them."""
    heard = parts.safety.explain(words)
    alarm, hit = heard.alarm, heard.said
    if alarm is None or hit is None:
        return False
    turn.heard = Note(kind=NOTE.kind, entry_id=hit.entry_id, is_sensitive=True)
    before = dict(turn.conversation.data) if turn.conversation.flow == FLOW else {}
    was_closed = await answers.just_closed(Post.of(turn, parts.languages), turn.contact) is not None
    alert = await hear(turn, parts, alarm, words)
    _keep_ready(turn, alert, words)
    is_known = not was_closed and before.get("alert") == alert.alert_id and "asked" in before
    if is_known and before.get("doubted") == is_doubted(alert):
        await say_again(turn, parts, alert, words)
    else:
        await _say_at_once(turn, parts, alert, hit, words)
    return True


async def hear(turn: Turn, parts: Parts, alarm: Alarm, words: str, *, heard: Said = Said.DANGER) -> Alert:
    """Write it down for those on duty, and tell them as urgently as it sounds; what she reads is the caller's business.

    Where she says in it that nobody near her home may know, nobody there is told; where she says in it that she is, or has just said
    so while she registers, those there are.
    """
    post = Post.of(turn, parts.languages)
    wish = safety_meaning.says_past_local(words)
    unit_id = turn.contact.unit_id
    if unit_id is None:
        unit_id = await safety_place.sure(turn, parts, words) or _given_in_form(turn)
    her = replace(turn.contact, unit_id=unit_id)
    alert = await raising.hear(post, her, alarm, _for_staff(parts, words), past_local=wish, said=heard)
    if alert.unit_id is None and unit_id is not None:
        alert = await place.is_at(post, alert.alert_id, unit_id) or alert
    return alert


async def hear_at_least(turn: Turn, parts: Parts) -> bool:
    """After a turn that failed for good: those on duty are told all the same, if that much succeeds. Whether it was danger."""
    words = await safety_long.telling_first(parts, turn.incoming.text)
    alarm = parts.safety.assess(words) if words else None
    if alarm is None:
        return False
    if await _has_questions_on_her_desk(turn):
        return True
    try:
        async with turn.connection.begin_nested():
            await hear(turn, parts, alarm, words)
    except Exception:  # Whatever it is, it may be what the turn failed of: she gets the numbers in any case.
        log.exception("alert_not_raised")
    return True


def is_doubted(alert: Alert) -> bool:
    """Whether nobody is told yet, for it may be nothing."""
    return alert.state is AlertState.DOUBTED


async def is_told(turn: Turn, alert: Alert) -> bool:
    """Whether somebody was reached, as far as is known."""
    return any(not call.has_failed for call in await record.calls(turn.connection, alert.alert_id))


def go_on_asking(turn: Turn, alert: Alert) -> None:
    """Her words are with a cadre now: what she says next is still an answer, or more of her story."""
    _begin(turn, alert, "", passed_on=turn.now.isoformat(), asks_place="yes")


def ask_still(turn: Turn, alert: Alert) -> None:
    """She went on to something else, and speaks of it again: it is still asked whether she is safe, and her words still lie ready."""
    _begin(turn, alert, lying_ready.words(turn.conversation), asks_place="yes")


async def was_local_told(turn: Turn, alert: Alert) -> bool:
    """Whether a letter has left for somebody near her."""
    told = await record.calls(turn.connection, alert.alert_id)
    return any(not call.is_of_top and not call.has_failed for call in told)


async def kept_from_local(turn: Turn, alert: Alert, words: str) -> Callable[[Voice], str]:
    """What tells her that nobody near her home is told, where these words of hers wish it; empty where they do not."""
    if not (alert.is_past_local and safety_meaning.says_past_local(words)):
        return lambda _: ""
    was_told = await was_local_told(turn, alert)
    return lambda _: said.past_local(_, is_quiet=False, was_told=was_told)


async def say_again(turn: Turn, parts: Parts, alert: Alert, words: str) -> None:
    """What she has read already, in short, and whether a wish in these words of hers is followed."""
    doubted = is_doubted(alert)
    kept = await kept_from_local(turn, alert, words)
    where = await _where(turn, parts, alert, words)
    if turn.contact.is_quiet:
        await say(turn, parts, lambda _: said.quiet_first(_, near=[], is_doubted=doubted, where=where(_)))
    else:
        await say(turn, parts, lambda _: said.again(_, is_doubted=doubted, kept=kept(_), where=where(_)))


async def _where(turn: Turn, parts: Parts, alert: Alert, words: str) -> safety_place.About:
    found = await safety_place.heard(turn, parts, alert, words)
    return await safety_place.settle(turn, parts, alert, found, beside_digits=True)


async def _say_at_once(turn: Turn, parts: Parts, alert: Alert, hit: SafetyHit, words: str) -> None:
    numbers = await safety_numbers.near_her(turn, hit.kind)
    doubted, quiet = is_doubted(alert), turn.contact.is_quiet
    told = doubted or await is_told(turn, alert)
    kept = await kept_from_local(turn, alert, words)
    where = await _where(turn, parts, alert, words)

    def text(_: Voice) -> str:
        near = safety_numbers.lines(_, numbers, is_quiet=quiet)
        return said.at_once(
            _,
            hit,
            near=near,
            is_doubted=doubted,
            is_quiet=quiet,
            is_told=told,
            kept=kept(_),
            where=where(_),
        )

    choices = said.choices(voice(turn, parts), is_doubted=doubted, is_quiet=quiet)
    await say(turn, parts, text, *choices)


async def _calls_for_somebody(turn: Turn, parts: Parts, words: str) -> bool:
    """Soon after her alert was closed she asks why nobody comes: it is not over, and those on duty are told again."""
    if not safety_meaning.calls_for_somebody(words) or await _has_questions_on_her_desk(turn):
        return False
    closed = await answers.just_closed(Post.of(turn, parts.languages), turn.contact)
    if closed is None:
        return False
    turn.heard = NOTE
    alert = await hear(turn, parts, Alarm(closed.kind, urgent=True), words)
    _keep_ready(turn, alert, words)
    told, where = await is_told(turn, alert), await _where(turn, parts, alert, words)
    quiet = turn.contact.is_quiet
    await say(
        turn,
        parts,
        lambda _: said.unsafe(_, kind=alert.kind, is_quiet=quiet, is_told=told, advice="", where=where(_)),
    )
    return True


async def _has_questions_on_her_desk(turn: Turn) -> bool:
    staff_id = turn.contact.staff_id
    return staff_id is not None and await has_open_questions(turn.connection, staff_id)


def _says_all_is_well(turn: Turn) -> bool:
    """Whether she answers that she is safe, or that it was nothing, in words that only sound like a cry."""
    meant = safety_meaning.meant(clean(turn.incoming.text))
    all_is_well = {safety_meaning.Meant.SAFE, safety_meaning.Meant.MISTAKEN}
    return turn.conversation.flow == FLOW and meant in all_is_well


def _given_in_form(turn: Turn) -> int | None:
    """The commune that she gave in the form that she is filling in."""
    conversation = turn.conversation
    return conversation.data.get("unit_id") if conversation.flow == registration.FORM.flow else None


def _keep_ready(turn: Turn, alert: Alert, words: str) -> None:
    """What 0 passes on: these words below what lies ready already."""
    asked = words
    if lying_ready.is_private(turn.conversation):
        asked = lying_ready.below(lying_ready.words(turn.conversation), clean(asked))
    _begin(turn, alert, asked, cried_at=turn.now.isoformat())


def _begin(turn: Turn, alert: Alert, asked: str, **more: str) -> None:
    """She is asked whether she is safe; `asked` lies ready. Whether she was asked where she is stays known, that she writes to a person, and
    a form that was open.
    """
    data, kept = turn.conversation.data, dict[str, str]()
    if "asks_place" in data:
        kept["asks_place"] = "yes"
    if safety_listening.goes_on(turn):
        kept[safety_listening.SINCE] = turn.now.isoformat()
    turn.conversation.begin(
        FLOW,
        Step.SAFE,
        alert=alert.alert_id,
        doubted=is_doubted(alert),
        asked=asked,
        urgent=True,
        sensitive=True,
        menu_at=turn.now.isoformat(),
        **safety_form.kept(turn.conversation, alert.alert_id, turn.now),
        **kept | more,
    )


def _answers_when_to_call(turn: Turn, words: str) -> bool:
    """Whether she says when to call her ("lúc ổng nhậu say"), or on which number, whatever else stands beside it."""
    if turn.conversation.flow != FLOW:
        return False
    step = turn.conversation.step
    return step == Step.WHEN or (step == Step.PHONE and parse_phone(words) is not None)


def _for_staff(parts: Parts, words: str) -> str:
    """Her words; of a long story, marked as such, the passages in which danger is heard."""
    words = clean(words)
    if utf16_length(words) <= _LONG:
        return words
    if len(words) > MAX_CHARS:  # The beginning and the end, as the ear itself does.
        words = f"{words[: MAX_CHARS // 2]}\n{words[-MAX_CHARS // 2 :]}"
    passages = split(words, _PASSAGE)
    telling = [passage for passage in passages if parts.safety.assess(passage)] or passages
    mark = parts.languages.of("vi").gettext("(Trích từ một tin dài)")
    return "\n".join([mark, " … ".join(telling[:_MOST_PASSAGES])])
