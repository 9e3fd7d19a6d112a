"""What she says when she is asked how she is: safe or not, to be called back, past her own commune, that it was nothing.

Each is told to those who were told, with the code alone. What she says counts also when the alert was over: nobody who says that
she is not safe, or asks to be called, is left alone with it.
"""

from dataclasses import replace
from datetime import timedelta

from bot import text
from bot.alerts import holding, letters, news, record, rights, telling, writing_with_her
from bot.alerts.record import Alert
from bot.people.contacts import Contact
from bot.questions.post import Post
from bot.store.tables.alerts import AlertState, AlertStepKind

_LONGEST_WHEN = 200
_NO_CALL = "dặn lại: đừng gọi"  # For those on duty, whatever her language.
_SAYS = (AlertStepKind.RAISED, AlertStepKind.ADDED, AlertStepKind.UNSAFE, AlertStepKind.NOTED)
"""What ends up in the log where she writes, and where she says that it was nothing."""


SPEAKS_OF_IT_FOR = timedelta(hours=6)
"""So long after an alert of hers was closed even a doubt, or a cry for somebody to come, opens it again."""

_HERS = (
    AlertStepKind.RAISED,
    AlertStepKind.ADDED,
    AlertStepKind.UNSAFE,
    AlertStepKind.CALL_BACK,
    AlertStepKind.REOPENED,
)


async def just_closed(post: Post, contact: Contact) -> Alert | None:
    """Her last alert, if staff closed it within hours: what she writes now may be about it still. None where she has called it a
    mistake, and said nothing after that.
    """
    hers = await record.select(post.connection, record.of_person(contact))
    alert = hers[-1] if hers else None
    if alert is None or alert.state is not AlertState.CLOSED or alert.closed_by is None:
        return None
    if alert.closed_at is None or alert.closed_at <= post.now - SPEAKS_OF_IT_FOR:
        return None
    said = _was_nothing(post)
    for step in reversed(await record.steps(post.connection, alert.alert_id)):
        if step.kind is AlertStepKind.NOTED and step.staff_id is None and step.text == said:
            return None
        if step.kind in _HERS:
            break
    return alert


async def says_safe(post: Post, alert_id: int, *, is_safe: bool) -> Alert | None:
    """She says that she is safe, or that she is not. Safe, one that was only doubted is over; not safe, all are told at once."""
    alert = await record.lock(post.connection, alert_id)
    if alert is None or alert.contact_id is None:
        return None
    was_said = alert.is_safe is is_safe
    alert = replace(alert, is_safe=is_safe, is_urgent=alert.is_urgent or not is_safe)
    await record.change(post.connection, alert_id, is_safe=is_safe, is_urgent=alert.is_urgent)
    kind = AlertStepKind.SAFE if is_safe else AlertStepKind.UNSAFE
    await record.add_step(post.connection, alert_id, kind, now=post.now)
    if not is_safe:
        return await _is_grave(post, alert, to_all=True, rings=not was_said)
    if alert.state is AlertState.DOUBTED:
        return await _over(post, alert, AlertState.CLOSED)
    if alert.is_open and not was_said:
        await news.bring_calm(post, alert)
    return alert


async def wants_call(post: Post, alert_id: int, phone: str, when: str) -> Alert | None:
    """She asks to be called on this number (E.164), at a time in her own words."""
    alert = await record.lock(post.connection, alert_id)
    if alert is None or alert.contact_id is None:
        return None
    when = text.cut(text.clean(when), _LONGEST_WHEN)
    was_said = (alert.phone, alert.call_when) == (phone, when)
    alert = replace(alert, phone=phone, call_when=when)
    await record.change(post.connection, alert_id, phone=phone, call_when=when)
    await record.add_step(post.connection, alert_id, AlertStepKind.CALL_BACK, now=post.now)
    return await _is_grave(post, alert, to_all=False, rings=not was_said)


async def wants_no_call(post: Post, alert_id: int) -> Alert | None:
    """She is not to be called (any more): her number is taken out, and everybody who was told hears it at once."""
    alert = await record.lock(post.connection, alert_id)
    if alert is None or alert.contact_id is None or alert.must_not_call:
        return alert
    alert = replace(alert, phone="", call_when=_NO_CALL)
    await record.change(post.connection, alert_id, phone="", call_when=_NO_CALL)
    _ = telling.log_language(post)
    said = _("Chị ấy dặn lại: đừng gọi cho chị ấy nữa.")
    await record.add_step(post.connection, alert_id, AlertStepKind.NOTED, words=said, now=post.now)
    if alert.state in {AlertState.OPEN, AlertState.TAKEN}:
        await news.bring_calm(post, alert, letters.no_call, to_all=True)
    return alert


async def past_local(post: Post, alert_id: int) -> Alert | None:
    """She wants nobody near her home to know. Those who were told hear that it is seen to, and no more; the top is to take it on.

    What she writes with staff about it is taken from a desk near her as well, whoever had it.
    """
    alert = await record.lock(post.connection, alert_id)
    if alert is None or alert.contact_id is None:
        return None
    if alert.is_past_local:
        return alert
    heard = await telling.listeners(post, alert)
    alert = past = replace(alert, is_past_local=True)
    await record.change(post.connection, alert_id, is_past_local=True)
    await record.add_step(post.connection, alert_id, AlertStepKind.PAST_LOCAL, now=post.now)
    still = {chat.staff_id for chat in await telling.listeners(post, alert)}
    told = await record.calls(post.connection, alert_id)
    unsent = await telling.take_back(post, alert, [one for one in told if not telling.may_hear(alert, one)])
    near = [chat for chat in heard if chat.staff_id not in {*still, *unsent}]
    await telling.relieve(post, alert, lambda _: letters.seen_to(past, _), near)
    if alert.taken_by is not None and not await rights.may_handle(post.connection, alert, alert.taken_by):
        alert = await holding.release(post, alert)
    await writing_with_her.leave_those_near(post, alert, told=[chat.staff_id for chat in near])
    if alert.state is AlertState.OPEN:
        return await telling.tell_top(post, alert)
    if alert.state is AlertState.TAKEN:
        await news.bring(post, alert)
    return alert


async def mistaken(post: Post, alert_id: int) -> Alert | None:
    """She says that it was nothing. Before anybody was told, it is over; else those who were told hear that she says so, once, and
    decide: somebody else may be typing.
    """
    alert = await record.lock(post.connection, alert_id)
    if alert is None or alert.contact_id is None:
        return None
    if alert.state is AlertState.DOUBTED:
        return await _over(post, alert, AlertState.MISTAKEN)
    if alert.is_open:
        said = _was_nothing(post)
        steps = await record.steps(post.connection, alert_id)
        hers = [step.text for step in steps if step.staff_id is None and step.kind in _SAYS]
        if not hers or hers[-1] != said:
            await record.add_step(post.connection, alert_id, AlertStepKind.NOTED, words=said, now=post.now)
            await news.bring_calm(post, alert, letters.mistaken)
    return alert


def _was_nothing(post: Post) -> str:
    """How the log says that she called it a mistake."""
    _ = telling.log_language(post)
    return _("Chị ấy nói là nhầm, không có chuyện đó.")


async def _is_grave(post: Post, alert: Alert, *, to_all: bool, rings: bool) -> Alert:
    """What she said has to reach somebody now, wherever the alert stands."""
    match alert.state:
        case AlertState.DOUBTED:
            return await telling.tell(post, alert)
        case AlertState.OPEN | AlertState.TAKEN:
            # The same again still is a cry, if not at every tap.
            if rings or to_all:
                await news.bring(post, alert, to_all=to_all and rings, is_more=not rings, is_cry=True)
            return alert
        case AlertState.CLOSED | AlertState.MISTAKEN:
            return await holding.open_again(post, alert)


async def _over(post: Post, alert: Alert, state: AlertState) -> Alert:
    """It is over before anybody was told."""
    await record.change(post.connection, alert.alert_id, state=state, closed_at=post.now, next_at=None)
    await record.add_step(post.connection, alert.alert_id, AlertStepKind.CLOSED, now=post.now)
    return replace(alert, state=state, closed_at=post.now, next_at=None)
