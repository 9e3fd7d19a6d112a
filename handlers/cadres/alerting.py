"""Duty staff answer an alert in their own chat: 1 nhận, 2 không nhận được, and the words of `alerting_words` at any moment.

The buttons, the words with a code and what quotes a letter say themselves which alert they mean; what a bare digit means, `digits`
finds out. Words that may be meant for the woman, or be a cry of her own, are asked about: what reached
a phone that her husband reads cannot be taken back.
"""

from collections.abc import Sequence
from dataclasses import replace

import sqlalchemy as sa

from bot.alerts import record, rights
from bot.alerts.letters import FLOW
from bot.alerts.record import Alert
from bot.channels.contract import IncomingKind
from bot.people import staff
from bot.people.parsing import parse_digit, parse_yes_no
from bot.questions import open as questions
from bot.store.tables import outbox
from bot.store.tables.alerts import AlertState
from bot.store.tables.people import Role
from bot.text import clean
from bot.turn import Turn
from handlers.cadres import alerting_acts as acts
from handlers.cadres import alerting_asks as asks
from handlers.cadres import alerting_meaning as meaning
from handlers.cadres import asked_last, desk_asks
from handlers.cadres.alerting_asks import ACTING, Step
from handlers.cadres.alerting_words import CANNOT, NOT_YET, TAKES, WILL, Typed, Verb, read, read_code
from handlers.cadres.desk_words import asks_for_list, is_doubtful
from handlers.members import forwarding, safety_words
from handlers.parts import Parts

_HIGHEST = 9
# A form may ask what "nhận" answers.
_TAKING_MEANWHILE = asked_last.GIVES_WAY | {safety_words.FLOW, forwarding.FLOW}
_MOST_DIGITS = 9  # A code up to here may be a digit that a letter asks for.
_WANTED = {Step.WHOM: Verb.HAND_OVER, Step.NOTE: Verb.NOTE, Step.DONE: Verb.CLOSE}
"""What she is writing, and what is done with it."""


async def take_reply(turn: Turn, parts: Parts) -> bool:
    """Take what is plainly about an alert, digits and codes that she was asked for, and whatever sounds like danger while she is
    asked about one: it is her report, or words about the woman.
    """
    if turn.incoming.kind not in {IncomingKind.TEXT, IncomingKind.CHOICE}:
        return False
    staff_id = turn.contact.staff_id
    if staff_id is None or not await staff.has_desk(turn.connection, turn.contact):
        return False
    words = clean(turn.incoming.text)
    typed = read(words)
    if typed and (typed.is_sure or not await meaning.answers_a_member(turn)):
        return await _obey(turn, parts, staff_id, typed, words)
    if words in TAKES and turn.conversation.flow in _TAKING_MEANWHILE:
        return await _take_on(turn, parts, staff_id, words)
    digit = parse_digit(words, _HIGHEST)
    if digit in {1, 2} and (alert_id := await asked_last.quoted_alert(turn)) is not None:
        await acts.answer(turn, parts, staff_id, alert_id, takes=digit == 1)
        return True
    if digit is not None and await asked_last.quotes_something_else(turn):
        return False
    if _is_asked_which(turn):
        code = read_code(words)
        if (code := digit if code is None else code) is not None:
            return await _take_which(turn, parts, staff_id, code)
    if turn.conversation.flow == ACTING and digit is not None:
        return await _take_digit(turn, parts, staff_id, digit)
    if parts.safety.assess(words) is None:
        return False
    return await _take_words(turn, parts, staff_id, words)


async def take(turn: Turn, parts: Parts) -> bool:
    """Take her words while she is asked about an alert: what she did, to whom she handed it, whether she can come."""
    if turn.conversation.flow not in {FLOW, ACTING} or turn.incoming.kind is not IncomingKind.TEXT:
        return False
    staff_id = turn.contact.staff_id
    if staff_id is None or not await staff.has_desk(turn.connection, turn.contact):
        turn.conversation.end()  # She was off duty from one message to the next.
        return False
    words = clean(turn.incoming.text)
    if not words or asks_for_list(words):
        return False
    return await _take_words(turn, parts, staff_id, words)


async def _obey(turn: Turn, parts: Parts, staff_id: int, typed: Typed, words: str) -> bool:
    """False where it is no word about an alert after all: one who has none may well say "xong rồi nghen chị".

    With a code it is certainly one, whoever says it: a note about an alert that is not hers is no cry of her own. The word alone is
    one from whoever is on duty, in the middle of whatever she is asked.
    """
    if typed.code is not None and typed.is_sure:
        await acts.do(turn, parts, staff_id, typed.verb, typed.code, typed.rest)
        return True
    theirs = await rights.open_for(turn.connection, staff_id)
    if typed.verb is Verb.SHOW:
        await acts.show_list(turn, parts, staff_id, theirs)
        return True
    named = await _named(turn, staff_id, typed)
    likely = _likely(theirs, staff_id, is_sure=typed.is_sure)
    if named is None and len(likely) > 1:
        await asks.ask_which(turn, typed.verb, likely, rest="" if typed.is_sure else typed.rest)
    elif about := named or next(iter(likely), None):
        await _obey_about(turn, parts, staff_id, typed, about, words)
    elif typed.code is not None and parts.safety.assess(words):
        await asks.say_unknown(turn, typed.code)
    elif typed.is_sure and await _is_on_duty(turn, staff_id):
        await acts.show_list(turn, parts, staff_id, theirs)
    else:
        return False
    return True


def _likely(theirs: Sequence[Alert], staff_id: int, *, is_sure: bool) -> Sequence[Alert]:
    """Which alerts a word without a code may be about: what she has; of the word alone, if she has none, what nobody has, and at
    last what a colleague has.
    """
    hers = [alert for alert in theirs if alert.state is AlertState.TAKEN and alert.taken_by == staff_id]
    if hers or not is_sure:
        return hers
    return [alert for alert in theirs if alert.state is AlertState.OPEN] or theirs


async def _is_on_duty(turn: Turn, staff_id: int) -> bool:
    member = await staff.get(turn.connection, staff_id)
    return member is not None and (member.takes_alerts or member.role is Role.OFFICER)


async def _named(turn: Turn, staff_id: int, typed: Typed) -> Alert | None:
    """The alert that she named, if it is her business: "Ghi 2 bản chị nha" may name none."""
    alert = await record.get(turn.connection, typed.code) if typed.code is not None else None
    is_hers = alert is not None and await rights.may_handle(turn.connection, alert, staff_id)
    return alert if is_hers else None


async def _obey_about(
    turn: Turn, parts: Parts, staff_id: int, typed: Typed, alert: Alert, words: str
) -> None:
    """The word alone is certain; what stands behind it may be meant for a member."""
    if typed.is_sure:
        await acts.do(turn, parts, staff_id, typed.verb, alert.alert_id, "")
    else:
        await asks.ask_if_meant(turn, alert, typed, words)


async def _take_on(turn: Turn, parts: Parts, staff_id: int, words: str) -> bool:
    """NHAN without a code: the letter right above if it is the only one that waits for her; else she is asked which."""
    theirs = await rights.open_for(turn.connection, staff_id)
    waiting = await meaning.waiting_for(turn, staff_id, theirs)
    hers = [alert for alert in theirs if alert.state is AlertState.TAKEN and alert.taken_by == staff_id]
    if len(waiting) > 1:
        await asks.ask_which(turn, Verb.TAKE, waiting)
    elif waiting and await asked_last.alert_below(turn, staff_id) == waiting[0].alert_id:
        await acts.answer(turn, parts, staff_id, waiting[0].alert_id, takes=True)
    elif waiting:
        await asks.ask_if_about(turn, parts, waiting[0].alert_id, words)
    elif hers:
        await acts.say_hers(turn, hers)
    elif theirs:
        await acts.answer(turn, parts, staff_id, theirs[-1].alert_id, takes=True)
    elif await _is_on_duty(turn, staff_id):
        await acts.show_list(turn, parts, staff_id, theirs)
    else:
        return False
    return True


def _is_asked_which(turn: Turn) -> bool:
    return turn.conversation.flow == ACTING and turn.conversation.step == Step.WHICH


async def _take_which(turn: Turn, parts: Parts, staff_id: int, code: int) -> bool:
    """The code that she was asked for. A letter that came meanwhile may ask for that digit, too: then she is asked anew."""
    if code == 0:
        await asks.leave_all(turn)
        return True
    data = turn.conversation.data
    verb = Verb(data["verb"])
    newer = sa.select(outbox.c.message).where(
        outbox.c.contact_id == turn.contact.contact_id, outbox.c.id > turn.conversation.question_row
    )
    has_newer = any(message.get("choices") for message in await turn.connection.scalars(newer))
    if code in data["codes"] and not (has_newer and code <= _MOST_DIGITS):
        await acts.do(turn, parts, staff_id, verb, code, data["rest"])
        return True
    theirs = await rights.open_for(turn.connection, staff_id)
    match verb:
        case Verb.TAKE:
            left = await meaning.waiting_for(turn, staff_id, theirs)
        case Verb.SHOW:
            left = theirs
        case _:
            left = [alert for alert in theirs if alert.alert_id in data["codes"]]
    if left:
        await asks.ask_which(turn, verb, left, rest=data["rest"])
    else:
        await acts.do(turn, parts, staff_id, verb, code, data["rest"])  # Over meanwhile: she hears so.
    return True


async def _take_digit(turn: Turn, parts: Parts, staff_id: int, digit: int) -> bool:
    """A digit to what she was asked; one that means nothing there is asked about again."""
    data = turn.conversation.data
    alert_id = data["alert"]
    match turn.conversation.step:
        case Step.WHOM if 1 <= digit <= len(data["numbers"]):
            # Where nobody near her is to know, the list has nobody near.
            whom = data["numbers"][digit - 1]
            await acts.do(turn, parts, staff_id, Verb.HAND_OVER, alert_id, whom, may_be_near=True)
        case Step.WHOM | Step.NOTE | Step.DONE if digit == 0:
            await asks.leave(turn, alert_id)
        case Step.WHOM | Step.NOTE | Step.DONE as step:
            await acts.do(turn, parts, staff_id, _WANTED[Step(step)], alert_id, "")
        case Step.MEANT if digit == 1:
            await acts.do(turn, parts, staff_id, Verb(data["verb"]), alert_id, data["rest"])
        case Step.NEAR if digit == 1:
            await acts.do(turn, parts, staff_id, Verb.HAND_OVER, alert_id, data["text"], may_be_near=True)
        case Step.NEAR:
            await asks.leave(turn, alert_id)
        case Step.COLLEAGUE if digit == 1:
            await acts.give_to(turn, parts, staff_id, alert_id, data["colleague"])
        case Step.COLLEAGUE if digit == 2:
            await acts.do(turn, parts, staff_id, Verb.HAND_OVER, alert_id, data["text"], is_asked=True)
        case Step.ANYWAY if digit == 1:
            await acts.do(turn, parts, staff_id, Verb.CLOSE, alert_id, data["text"], is_asked=True)
        case Step.COLLEAGUE | Step.ANYWAY:
            await asks.leave(turn, alert_id)
        case Step.UNSURE if digit in {1, 2}:
            await acts.answer(turn, parts, staff_id, alert_id, takes=digit == 1)
        case _:
            return await _give_to_desk(turn, parts, staff_id, data["text"])
    return True


async def _give_to_desk(turn: Turn, parts: Parts, staff_id: int, words: str) -> bool:
    """Her words were not about the alert: she is asked for which member they are, if any waits for her."""
    waiting = await questions.on_desk(turn.connection, staff_id)
    if not waiting:
        return _let_go(turn, words)
    await desk_asks.ask_where(turn, parts, waiting, words)
    return True


def _let_go(turn: Turn, words: str) -> bool:
    """Her words were about something else: they go their way as any of hers."""
    turn.conversation.end()
    turn.incoming = replace(turn.incoming, kind=IncomingKind.TEXT, text=words, reply_to="")
    return False


async def _take_words(turn: Turn, parts: Parts, staff_id: int, words: str) -> bool:
    conversation = turn.conversation
    if conversation.flow == ACTING and conversation.step in _WANTED:
        alert_id = conversation.data["alert"]
        if words in NOT_YET:
            await asks.leave(turn, alert_id)
        else:
            said = "" if is_doubtful(words) else words
            await acts.do(turn, parts, staff_id, _WANTED[Step(conversation.step)], alert_id, said)
        return True
    if (
        conversation.flow == ACTING
        and conversation.step in {Step.COLLEAGUE, Step.ANYWAY}
        and words in NOT_YET
    ):
        await asks.leave(turn, conversation.data["alert"])
        return True
    if conversation.flow == ACTING and conversation.step in {Step.MEANT, Step.ANYWAY}:
        if (is_meant := parse_yes_no(words)) is not None:
            return await _take_digit(turn, parts, staff_id, 1 if is_meant else 2)
    elif conversation.flow == ACTING and conversation.step == Step.NEAR:
        return await _take_near(turn, parts, staff_id, words)
    if _is_asked_which(turn) and words in NOT_YET:
        await asks.leave_all(turn)
        return True
    if _is_asked_which(turn) and Verb(conversation.data["verb"]) in _WANTED.values():
        await _note_with_which(turn, words)
        return True
    if conversation.flow == ACTING:  # Asked already, and she goes on: for whom it is, she has to say.
        return await _give_to_desk(turn, parts, staff_id, words)
    alert_id = await asked_last.alert_below(turn, staff_id) if conversation.flow == FLOW else None
    if alert_id is None:
        if conversation.flow == FLOW:
            conversation.end()
        return False
    if words in WILL or words in CANNOT:
        await acts.answer(turn, parts, staff_id, alert_id, takes=words in WILL)
    else:
        await asks.ask_if_about(turn, parts, alert_id, words)
    return True


async def _note_with_which(turn: Turn, words: str) -> None:
    """She writes what is to be noted before she says about which: it is kept."""
    data = turn.conversation.data
    found = [await record.get(turn.connection, code) for code in data["codes"]]
    rest = "\n".join(filter(None, [data["rest"], "" if is_doubtful(words) else words]))
    await asks.ask_which(turn, Verb(data["verb"]), [alert for alert in found if alert], rest=rest)


async def _take_near(turn: Turn, parts: Parts, staff_id: int, words: str) -> bool:
    """She was warned that whom she hands it over to may be near: yes, no, or somebody else, of whom she is warned as well."""
    alert_id = turn.conversation.data["alert"]
    if words in NOT_YET:
        await asks.leave(turn, alert_id)
    elif (is_so := parse_yes_no(words)) is not None:
        return await _take_digit(turn, parts, staff_id, 1 if is_so else 2)
    else:
        whom = turn.conversation.data["text"] if is_doubtful(words) else words
        await acts.do(turn, parts, staff_id, Verb.HAND_OVER, alert_id, whom)
    return True
