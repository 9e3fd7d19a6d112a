"""She says where she is: those on duty there are told at once, unless she wants nobody near her home to know.

Whoever was told because she was thought to be elsewhere hears that it is not hers to see to, and no more of it.
"""

from collections.abc import Collection, Sequence
from dataclasses import replace

from bot.alerts import climbing, duty, letters, news, record, telling, writing_with_her
from bot.alerts.record import Alert, Call
from bot.people import units
from bot.questions.post import Post
from bot.store.tables.alerts import AlertRoute, AlertState, AlertStepKind


async def is_at(post: Post, alert_id: int, unit_id: int | None) -> Alert | None:
    """It is in this unit that she needs help; None: not where we took her to be, and nobody knows where.

    Who has it already learns that there is something new, wherever she is herself, and nobody else: it is in good hands. What is only
    doubted wakes nobody now. Returns the alert as it stands; None where it is over.
    """
    alert = await record.lock(post.connection, alert_id)
    if alert is None or alert.contact_id is None or not alert.is_open:
        return None
    if alert.unit_id == unit_id:
        return alert
    line = await units.line_of(post.connection, unit_id) if unit_id is not None else []
    astray = await _astray(post, alert, line)
    heard = await telling.listeners(post, alert)
    alert = moved = replace(alert, unit_id=unit_id)
    await record.change(post.connection, alert_id, unit_id=unit_id)
    _ = telling.log_language(post)
    where = await units.name_of(post.connection, unit_id) or _("Không phải nơi đã báo.")
    await record.add_step(post.connection, alert_id, AlertStepKind.PLACED, words=where, now=post.now)
    unsent = await telling.take_back(post, alert, astray)
    told = {one.staff_id for one in astray} - set(unsent)
    await telling.drop(post, alert, astray)
    if told:
        names = ", ".join(one.name for one in astray if one.staff_id in told)
        said = _("Chị ấy không ở đó nên em không báo gì thêm cho {names}.").format(names=names)
        await record.add_step(post.connection, alert_id, AlertStepKind.NOTED, words=said, now=post.now)
    # Of one that somebody has they know already that they need do nothing.
    if alert.state is AlertState.OPEN:
        chats = [chat for chat in heard if chat.staff_id in told]
        await telling.relieve(post, alert, lambda _: letters.elsewhere(moved, _), chats)
    await writing_with_her.go_along(post, alert, line, told=told)
    if alert.state is AlertState.OPEN:
        alert = await _tell(post, alert)
    if alert.state is not AlertState.DOUBTED:
        await news.bring(post, alert, is_more=True)
    return alert


async def _astray(post: Post, alert: Alert, line: Collection[int]) -> Sequence[Call]:
    """Who was told below the top, and is not above her place; but for whoever has it."""
    told = await record.calls(post.connection, alert.alert_id)
    return [
        one
        for one in told
        if not one.is_of_top and one.unit_id not in line and one.staff_id != alert.taken_by
    ]


async def _tell(post: Post, alert: Alert) -> Alert:
    """Those on duty where she is; where nobody who was told is left, everybody above her."""
    if alert.unit_id is not None and not alert.is_past_local:
        near = await duty.local(post.connection, alert, now=post.now)
        await telling.call(post, alert, AlertRoute.LOCAL, near)
        if not near:
            await telling.say_missing(post, alert, AlertRoute.LOCAL)
    if await climbing.has_somebody(post, alert):
        return alert
    return await climbing.climb(post, alert)
