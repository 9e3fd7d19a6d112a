"""The question through which she and whoever has taken on her alert write with each other.

It is made when somebody takes the alert on, or is the one that she asked meanwhile; it lies on the taker's desk, or, where no
chat reaches the taker, in the officers' inbox.
"""

from collections.abc import Collection
from dataclasses import replace
from datetime import datetime

from bot.alerts import news, record
from bot.alerts.record import TOP, Alert
from bot.people import contacts, staff
from bot.people.contacts import Contact
from bot.questions import answering, asking, forwarding, letters, routing
from bot.questions import record as questions
from bot.questions.post import Post
from bot.questions.record import Question
from bot.questions.routing import Desk
from bot.store.tables.questions import QuestionState, StepKind


async def ask(
    post: Post,
    contact: Contact,
    words: str,
    alert: Alert,
    *,
    unit_id: int | None,
    is_sensitive: bool = True,
    message_id: str = "",
    entry_id: str | None = None,
) -> tuple[int, Desk | None]:
    """She asks for a cadre while her alert is open and has no question: this is the one, and whoever takes the alert on gets it.

    As `asking.ask`, of whoever has an alert of hers already, else of those on duty; where nobody near her is to know, of the top.
    `alert` is locked.
    """
    unit_id = None if alert.is_past_local else unit_id
    question = await _take_down(
        post,
        contact,
        words,
        alert,
        unit_id=unit_id,
        is_sensitive=is_sensitive,
        message_id=message_id,
        entry_id=entry_id,
    )
    desk = None if alert.is_past_local else await _desk_of_hers(post, contact)
    if desk is None:
        return question.question_id, await forwarding.hand_over(post, question)
    await forwarding.hand_to(post, question, desk)
    return question.question_id, desk


async def begin(post: Post, alert: Alert, staff_id: int) -> None:
    """Put it on the desk of who has just taken the alert on. `alert` is locked."""
    her = await contacts.get(post.connection, alert.contact_id) if alert.contact_id else None
    if her is None:
        return
    # Who sees a question goes by its unit; of none, the top alone does.
    unit_id = None if alert.is_past_local else alert.unit_id
    question = await questions.lock(post.connection, alert.question_id) if alert.question_id else None
    if question is None or question.contact_id is None:
        question = await _take_down(post, her, alert.words, alert, unit_id=unit_id, asked_at=alert.raised_at)
    else:
        question = await _made_private(post, question, unit_id)
    if question.state is QuestionState.FORWARDED and question.staff_id == staff_id:
        return
    await _relieve(post, question)
    desk = await desk_of(post, staff_id)
    if desk is None:
        await forwarding.take_back(post, question)
        await forwarding.to_inbox(post, question)
    else:
        await forwarding.hand_to(post, question, desk)
        await _send_added(post, question, desk)


async def add(
    post: Post, alert: Alert, words: str, *, speaks_of_danger: bool = False, rings_anew: bool = False
) -> None:
    """Add what she writes to the question of her alert, which is locked. Where no desk gets it, whoever has the alert, or all who were
    told of it, hear that there is something new.

    `rings_anew`: also whom a letter of this alert has just rung.
    """
    if alert.question_id is not None:
        await asking.add(post, alert.question_id, words, speaks_of_danger=speaks_of_danger)
    question = await questions.get(post.connection, alert.question_id) if alert.question_id else None
    is_with_taker = question is not None and alert.taken_by in {None, question.staff_id}
    if question is not None and is_with_taker and await forwarding.desk_chat(post, question) is not None:
        return
    if alert.is_open:
        await news.bring(post, alert, is_more=not rings_anew, is_cry=speaks_of_danger)


async def add_to_question(
    post: Post, question_id: int, words: str, *, speaks_of_danger: bool = False
) -> None:
    """Add what she writes to a question of hers, which may belong to an alert."""
    alert = await record.lock_of_question(post.connection, question_id)
    if alert is None:
        await asking.add(post, question_id, words, speaks_of_danger=speaks_of_danger)
    else:
        await add(post, alert, words, speaks_of_danger=speaks_of_danger)


async def leave(post: Post, alert: Alert) -> None:
    """Whoever had the alert has it no more: the question waits for who takes it on next."""
    question = await questions.lock(post.connection, alert.question_id) if alert.question_id else None
    if question is None:
        return
    question = await _made_private(post, question, None if alert.is_past_local else alert.unit_id)
    if question.state is QuestionState.FORWARDED:
        await forwarding.take_back(post, question)
        await forwarding.to_inbox(post, question)


async def leave_those_near(post: Post, alert: Alert, *, told: Collection[int | None]) -> None:
    """Nobody below the top is to know any more: what lies, or was answered, on a desk there waits for the top.

    `told` have heard already that it is seen to. `alert` is locked.
    """
    question = await questions.lock(post.connection, alert.question_id) if alert.question_id else None
    if question is None:
        return
    question = await _made_private(post, question, None)
    member = await staff.get(post.connection, question.staff_id) if question.staff_id else None
    if member is None or member.unit_level in TOP:
        return
    if question.state is QuestionState.FORWARDED and question.staff_id not in told:
        await _relieve(post, question)
    await forwarding.take_back(post, question)
    if alert.is_open and question.state is not QuestionState.CLOSED:
        if not question.is_open:
            await questions.add_step(post.connection, question.question_id, StepKind.REOPENED, now=post.now)
        await forwarding.to_inbox(post, question)
    else:
        await questions.change(post.connection, question.question_id, staff_id=None, desk_unit_id=None)


async def go_along(post: Post, alert: Alert, line: Collection[int], *, told: Collection[int | None]) -> None:
    """She is elsewhere than was thought, in one of the units `line`: so is the question. What lies on a desk that is not above her goes
    to the next whose turn it is, unless that is whoever has the alert.

    `told` have heard already that it is not theirs to see to. `alert` is locked.
    """
    question = await questions.lock(post.connection, alert.question_id) if alert.question_id else None
    if question is None:
        return
    unit_id = None if alert.is_past_local else alert.unit_id
    question = await _made_private(post, question, unit_id)
    member = await staff.get(post.connection, question.staff_id) if question.staff_id else None
    if member is None or member.unit_level in TOP or member.unit_id in line or alert.taken_by is not None:
        return
    if question.state is QuestionState.FORWARDED:
        if question.staff_id not in told:
            await _relieve(post, question)
        await forwarding.hand_over(post, question)
    else:
        await questions.change(post.connection, question.question_id, staff_id=None, desk_unit_id=None)


async def end(post: Post, alert: Alert, staff_id: int) -> None:
    """The alert is closed: what of it still lies on a desk is, too."""
    question = await questions.lock(post.connection, alert.question_id) if alert.question_id else None
    if question is not None and question.is_open:
        await answering.close(post, question.question_id, staff_id=staff_id)


async def desk_of(post: Post, staff_id: int) -> Desk | None:
    """Her chat as a desk; None where none reaches her."""
    member = await staff.get(post.connection, staff_id)
    chat = await routing.any_chat_of(post.connection, staff_id, now=post.now)
    return Desk(staff_id, member.unit_id, chat) if member and chat else None


async def _take_down(
    post: Post,
    her: Contact,
    words: str,
    alert: Alert,
    *,
    unit_id: int | None,
    is_sensitive: bool = True,
    message_id: str = "",
    entry_id: str | None = None,
    asked_at: datetime | None = None,
) -> Question:
    """It bears the alert's own number, unless a question of another woman has that: alerts were once counted apart."""
    is_free = await questions.get(post.connection, alert.alert_id) is None
    question = await asking.take_down(
        post,
        her,
        words,
        unit_id=unit_id,
        is_urgent=True,
        is_sensitive=is_sensitive,
        message_id=message_id,
        entry_id=entry_id,
        code=alert.alert_id if is_free else None,
        asked_at=asked_at,
    )
    await record.change(post.connection, alert.alert_id, question_id=question.question_id)
    return replace(question, is_of_alert=True)


async def _desk_of_hers(post: Post, contact: Contact) -> Desk | None:
    """The desk of whoever has taken on an alert of hers that is open."""
    open_ones = await record.select(post.connection, record.of_person(contact), record.is_told())
    takers = [alert.taken_by for alert in reversed(open_ones) if alert.taken_by is not None]
    return await desk_of(post, takers[0]) if takers else None


async def _send_added(post: Post, question: Question, desk: Desk) -> None:
    """What she wrote after it was asked, for whom it is new."""
    steps = await questions.added_words(post.connection, question.question_id)
    if steps:
        letter = letters.added(question, "\n".join(steps), post.gettext(desk.contact))
        await post.to_cadre(desk.contact, question, letter)


async def _made_private(post: Post, question: Question, unit_id: int | None) -> Question:
    await questions.change(
        post.connection, question.question_id, is_urgent=True, is_sensitive=True, unit_id=unit_id
    )
    return replace(question, is_urgent=True, is_sensitive=True, unit_id=unit_id)


async def _relieve(post: Post, question: Question) -> None:
    """Tell the desk on which it lay."""
    chat = await forwarding.desk_chat(post, question)
    if chat is not None:
        await post.notice(chat, letters.moved(question, post.gettext(chat)))
