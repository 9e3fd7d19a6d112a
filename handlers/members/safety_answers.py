"""What she says when she was asked whether she is safe: a digit, words that mean one, or a number to call. More says `safety_story`.

It changes nothing that is certain: silence, "thôi" and politeness are never taken for safety, for somebody else may be typing.
"""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa

from bot.alerts import answers, record
from bot.alerts.raising import Said
from bot.alerts.record import Alert
from bot.answers.safety import Alarm
from bot.channels.contract import IncomingKind
from bot.people.unit_search import NotFound
from bot.phone import parse_phone
from bot.questions.answering import ENTRY_FLOW, VERDICT_FLOW
from bot.questions.post import Post
from bot.store.tables import interactions, outbox
from bot.store.tables.alerts import AlertState
from bot.text import clean
from bot.turn import Turn
from broadcasts import responses
from handlers.members import (
    forwarding,
    lying_ready,
    safety,
    safety_asides,
    safety_calling,
    safety_form,
    safety_listening,
    safety_meaning,
    safety_place,
    safety_story,
)
from handlers.members import safety_words as said
from handlers.members.form import LEAVE
from handlers.members.safety_meaning import Meant
from handlers.members.safety_voice import NOTE, say
from handlers.members.safety_words import FLOW, Step
from handlers.parts import Parts

_HIGHEST = 9
_ASKED_BACK = "safe_again"
_SAME_TAP = timedelta(minutes=1)
_LOSES_NOTHING = {"", VERDICT_FLOW, ENTRY_FLOW}
"""Where her chat may stand, beside a question of ours, when she says that she is safe."""


@dataclass(frozen=True, slots=True)
class Open:
    """The question as it stood before a word of hers was obeyed."""

    step: str
    data: dict[str, Any]


def open_in(turn: Turn) -> Open | None:
    """Where she stands while she is asked; None while she is not."""
    conversation = turn.conversation
    return Open(conversation.step, dict(conversation.data)) if conversation.flow == FLOW else None


def keep_open(turn: Turn, was: Open | None) -> None:
    """After KIN, XOATIN and the like her digits still mean what they meant."""
    conversation = turn.conversation
    if was is not None and not conversation.flow and not conversation.data:
        conversation.begin(FLOW, was.step, **was.data)


async def take_press(turn: Turn, parts: Parts) -> bool:
    """Take a press on a button of such a question however late: "chưa an toàn" counts whatever has been asked since."""
    incoming = turn.incoming
    if incoming.kind is not IncomingKind.CHOICE or not incoming.reply_to:
        return False
    pressed = (
        sa.select(interactions.c.id)
        .join(outbox, outbox.c.id == interactions.c.outbox_id)
        .where(
            outbox.c.contact_id == turn.contact.contact_id,
            outbox.c.platform_id == incoming.reply_to,
            interactions.c.kind == NOTE.kind,
        )
    )
    if await turn.connection.scalar(pressed.limit(1)) is None:
        return False
    if turn.conversation.flow == FLOW:
        turn.conversation.step = Step.SAFE  # Only that question has buttons.
        return await take(turn, parts)
    alert = await record.open_of(turn.connection, turn.contact, now=turn.now)
    if alert is None:
        return False
    _ask_of(turn, alert)
    return await take(turn, parts)


async def take(turn: Turn, parts: Parts) -> bool:
    """Take a digit, or words that mean one, and a number to call."""
    conversation = turn.conversation
    if conversation.flow != FLOW and not await _speaks_of_it_later(turn):
        return False
    if turn.incoming.kind not in {IncomingKind.TEXT, IncomingKind.CHOICE, IncomingKind.PHONE}:
        return False
    alert = await record.get(turn.connection, conversation.data["alert"])
    if alert is None or alert.contact_id is None:  # She had everything erased meanwhile.
        conversation.end()
        return False
    words = clean(turn.incoming.text)
    phone = parse_phone(words)
    turn.hide_words()
    if turn.incoming.kind is IncomingKind.PHONE or phone:
        if phone is None:
            await safety_calling.give_up(turn, parts)
        else:
            await safety_calling.take_phone(turn, parts, alert, phone, when=safety_meaning.when_beside(words))
        return True
    digit = safety_meaning.digit(words, _HIGHEST)
    if await safety_place.take(turn, parts, alert, words, digit):
        return True
    if conversation.step == Step.PLACE and digit != Meant.CADRE:
        return False  # It is only polite: the list of places stays.
    if conversation.step in {Step.PHONE, Step.WHEN}:
        if conversation.step == Step.WHEN and safety_meaning.says_when(words):
            if safety_meaning.says_past_local(words):
                await answers.past_local(Post.of(turn, parts.languages), alert.alert_id)
            return False  # When to call her is taken by `take_words`.
        if await safety_calling.take(turn, parts, alert, words, digit):
            return True
        if digit is None and safety_meaning.is_nothing_new(words):
            return False
        meant = digit if digit is not None else safety_meaning.meant(words)
        if conversation.step == Step.WHEN and digit is None and safety_calling.is_about_when(words, meant):
            return False
        if meant not in {
            None,
            Meant.PAST_LOCAL,
        }:  # It means what it means; her wish leaves the question open.
            conversation.step = Step.SAFE
    if words in LEAVE and conversation.step == Step.SAFE:
        await say(turn, parts, said.enough)
        return True
    if digit is None and alert.is_safe is True and await _is_all_well(turn, parts, alert, words):
        return True
    if digit is None:
        digit = safety_meaning.meant(words)
        if digit == Meant.UNSAFE and safety_story.is_fresh(turn):  # As she says it, a cadre is to read it.
            ready = lying_ready.below(lying_ready.words(conversation), words)
            conversation.data = {**conversation.data, "asked": ready}
        if digit is None and safety_meaning.says_past_local(words) and alert.is_open:
            await safety_story.add(
                turn, parts, alert, words, lying_ready.below(lying_ready.words(conversation), words)
            )
            return True
        if digit is None and safety_story.is_call(words) and alert.is_open and not safety.is_doubted(alert):
            return False  # It is noted for those on duty.
        if digit is None and safety_meaning.says_nothing(words):
            await _ask_again(turn, parts, alert)
            return True
    if digit is None or (digit == Meant.SAFE and await _is_for_an_announcement(turn, digit)):
        return False
    return await _take_digit(turn, parts, alert, digit)


async def _take_digit(turn: Turn, parts: Parts, alert: Alert, digit: int) -> bool:
    quiet, doubted = turn.contact.is_quiet, safety.is_doubted(alert)
    post = Post.of(turn, parts.languages)
    turn.heard = NOTE
    match digit:
        case 0 if alert.state is AlertState.TAKEN and alert.question_id is not None:
            await _let_her_write(turn, parts, alert)
        case 0 if safety_asides.said_mistaken(turn):  # What was none of it goes the way of every question.
            ready = lying_ready.words(turn.conversation)
            await forwarding.offer(turn, parts, text=ready or None, sensitive=parts.private.are_in(ready))
        case 0 if (
            alert.is_open and not doubted and await safety.is_told(turn, alert)
        ):  # They have read her cry.
            await _let_her_write(turn, parts, alert)
        case 0:
            ready = lying_ready.words(turn.conversation)
            await forwarding.offer(turn, parts, text=ready or None, urgent=True, sensitive=True)
        case 1 if _has_just_passed_on(turn):
            await _ask_again(turn, parts, alert)  # It may be the same tap that passed her words on.
        case 1 if _may_mean_another(turn) and alert.is_safe is False and not _was_asked_back(turn):
            turn.conversation.data = {**turn.conversation.data, _ASKED_BACK: True}
            await say(turn, parts, lambda _: said.safe_after_all(_, is_quiet=quiet))
        case 1:
            safety_listening.end(turn)
            await answers.says_safe(post, alert.alert_id, is_safe=True)
            await say(turn, parts, lambda _: said.safe(_, is_quiet=quiet, is_doubted=doubted))
        case 2:
            safety_asides.says_unsafe(turn)
            turn.conversation.data = {**turn.conversation.data, _ASKED_BACK: False}
            alert = await answers.says_safe(post, alert.alert_id, is_safe=False) or alert
            await _say_unsafe(turn, parts, alert)
        case 3:
            await safety_calling.ask_phone(turn, parts)
        case 4:
            await _go_past_local(turn, parts, alert)
        case 5:
            return await _was_mistaken(turn, parts, alert)
        case _:
            await _ask_again(turn, parts, alert)
    return True


async def _let_her_write(turn: Turn, parts: Parts, alert: Alert) -> None:
    """What she writes next goes to those on duty, whatever it is: she asked for a person."""
    safety_listening.begin(turn)
    quiet, taken = turn.contact.is_quiet, alert.state is AlertState.TAKEN
    await say(turn, parts, lambda _: said.go_on(_, is_quiet=quiet, is_taken=taken))


async def _is_all_well(turn: Turn, parts: Parts, alert: Alert, words: str) -> bool:
    """Take it that nothing is the matter, after she has said that she is safe. Whoever knows of it reads that she says so."""
    is_nothing = safety_meaning.says_nothing_is_wrong(words)
    if not is_nothing and (alert.is_open or safety_meaning.meant(words) is not Meant.MISTAKEN):
        return False
    turn.heard = NOTE
    if alert.is_open:
        await safety.hear(turn, parts, Alarm(alert.kind, urgent=False), words, heard=Said.ORDINARY)
    quiet = turn.contact.is_quiet
    await say(turn, parts, lambda _: said.all_is_well(_, is_quiet=quiet))
    return True


def _may_mean_another(turn: Turn) -> bool:
    """Whether it is a bare 1: what a button or her own words say is plain."""
    return (
        turn.incoming.kind is IncomingKind.TEXT
        and safety_meaning.digit(clean(turn.incoming.text), _HIGHEST) == Meant.SAFE
    )


def _was_asked_back(turn: Turn) -> bool:
    return bool(turn.conversation.data.get(_ASKED_BACK))


async def _ask_again(turn: Turn, parts: Parts, alert: Alert) -> None:
    quiet, doubted = turn.contact.is_quiet, safety.is_doubted(alert)
    await say(turn, parts, lambda _: said.ask_again(_, is_doubted=doubted, is_quiet=quiet))


async def _say_unsafe(turn: Turn, parts: Parts, alert: Alert) -> None:
    """With what to do in a case like hers, if she has only read that it sounded like one; and where she is, if nobody knows."""
    data = turn.conversation.data
    hit = parts.safety.check(data.get("asked", "")) if data.get("doubted") else None
    turn.conversation.data = {**data, "doubted": False}
    told = await safety.is_told(turn, alert)
    where = await safety_place.settle(turn, parts, alert, NotFound())
    quiet = turn.contact.is_quiet
    await say(
        turn,
        parts,
        lambda _: said.unsafe(
            _,
            kind=alert.kind,
            is_quiet=quiet,
            is_told=told,
            advice=_.advice(hit) if hit else "",
            where=where(_),
        ),
    )


async def _go_past_local(turn: Turn, parts: Parts, alert: Alert) -> None:
    """She is told what is true: a letter that had left for somebody near her cannot be taken back."""
    await answers.past_local(Post.of(turn, parts.languages), alert.alert_id)
    was_told = await safety.was_local_told(turn, alert)
    quiet = turn.contact.is_quiet
    await say(turn, parts, lambda _: said.past_local(_, is_quiet=quiet, was_told=was_told))


async def _was_mistaken(turn: Turn, parts: Parts, alert: Alert) -> bool:
    """It was nothing: what she wrote is answered as the question that it was, by whoever answers questions, or as the answer to the form
    that she was filling in.

    Where those on duty know already, they read what she says now, and nothing ends.
    """
    asked = str(turn.conversation.data.get("asked", ""))
    await answers.mistaken(Post.of(turn, parts.languages), alert.alert_id)
    quiet = turn.contact.is_quiet
    if alert.is_open and not safety.is_doubted(alert):
        safety_listening.end(turn)
        safety_asides.says_mistaken(turn)
        await say(turn, parts, lambda _: said.stays(_, is_quiet=quiet))
        return True
    has_form = safety_form.resume(turn)
    if not has_form:
        turn.conversation.end()
    is_taken_up = has_form or bool(asked)
    await say(turn, parts, lambda _: said.mistaken(_, is_quiet=quiet, has_question=is_taken_up))
    if not asked:
        if has_form:
            await safety_form.ask_again(turn, parts)
        return True
    turn.incoming = replace(
        turn.incoming, kind=IncomingKind.TEXT, text=" ".join(asked.split("\n")), reply_to=""
    )
    return False


def _has_just_passed_on(turn: Turn) -> bool:
    passed_on = str(turn.conversation.data.get("passed_on") or "")
    return bool(passed_on) and turn.now - datetime.fromisoformat(passed_on) < _SAME_TAP


async def _speaks_of_it_later(turn: Turn) -> bool:
    """Whether she says plainly that she is safe, or is not, while an alert of hers goes on: that is no verdict on an answer."""
    if turn.conversation.flow not in _LOSES_NOTHING or turn.incoming.kind is not IncomingKind.TEXT:
        return False
    if not safety_meaning.speaks_of_safety(clean(turn.incoming.text)):
        return False
    alert = await record.open_of(turn.connection, turn.contact, now=turn.now)
    if alert is None:
        return False
    _ask_of(turn, alert)
    return True


def _ask_of(turn: Turn, alert: Alert) -> None:
    form = safety_form.kept(turn.conversation, alert.alert_id, turn.now)
    turn.conversation.begin(
        FLOW,
        Step.SAFE,
        alert=alert.alert_id,
        doubted=safety.is_doubted(alert),
        urgent=True,
        sensitive=True,
        **form,
    )


async def _is_for_an_announcement(turn: Turn, digit: int) -> bool:
    """Whether an announcement that she got since asks for this digit: safe is only who says so."""
    if turn.incoming.reply_to:
        return False
    announced = await responses.last_said(
        turn.connection, turn.contact, within=responses.OPEN_FOR, now=turn.now
    )
    return announced is not None and announced.answer(digit, turn.contact.language) is not None
