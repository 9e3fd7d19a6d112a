"""What officers learn in their chats of a request for approval: how it was answered, that it waits again, that it was withdrawn."""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import datetime
from functools import partial

import sqlalchemy as sa

from bot.channels.contract import Outgoing
from bot.clock import in_vietnam
from bot.people import staff
from bot.people.contacts import Contact
from bot.questions import routing
from bot.questions.post import Post
from bot.store.tables import conversations
from bot.store.tables.broadcasts import ApprovalState, Priority
from broadcasts import approval, timing
from broadcasts.approval import Row, Shown
from broadcasts.approval_letters import FLOW, NOTE, number
from broadcasts.hours import is_day
from broadcasts.steps import get
from broadcasts.timing import Once


async def tell_it_waits_again(post: Post, approval_id: int) -> None:
    """Who asked and who wrote it learn that it did not go out: there are more people now than were agreed to, or than one may
    send to alone.
    """
    asked = await approval.request(post.connection, approval_id)
    if asked is None:
        return
    row = await get(post.connection, asked.broadcast_id)
    shown = Shown.from_json(asked.summary)
    has_somebody = bool(await approval.approvers(post.connection, row, asked_by=asked.asked_by))
    for staff_id in sorted(
        {staff_id for staff_id in (asked.asked_by, row.created_by) if staff_id is not None}
    ):
        chat = await routing.any_chat_of(post.connection, staff_id, now=post.now)
        if chat is None:
            continue
        _ = post.gettext(chat)
        said = (
            _(
                "Dạ chị, thông báo «{title}» chưa gửi: lúc duyệt có {before} người nhận, nay có {people} người, nên em nhờ duyệt lại."
            )
            if shown.before is not None
            else _(
                "Dạ chị, thông báo «{title}» chưa gửi: lúc đặt lịch có {before} người nhận, nay có {people} người, nên cần người thứ hai duyệt. Em đã nhờ duyệt."
            )
        ).format(
            title=row.title,
            before=number(shown.confirmed or 0 if shown.before is None else shown.before),
            people=number(shown.people),
        )
        if not has_somebody:
            said += " " + _("Nhưng hiện không còn ai duyệt được, chị xem trong bảng điều khiển giúp em.")
        await post.outbox.put(post.connection, chat, Outgoing(said), now=post.now, note=NOTE)


async def tell_decided(post: Post, approval_id: int) -> None:
    """Who asked and who wrote it learn the answer; whoever else was asked, that nothing is left to do."""
    asked = await approval.request(post.connection, approval_id)
    if asked is None or asked.decided_by is None:
        return
    row = await get(post.connection, asked.broadcast_id)
    decider = await staff.get(post.connection, asked.decided_by)
    name = decider.name if decider else "?"
    authors = {staff_id for staff_id in (asked.asked_by, row.created_by) if staff_id is not None}
    for staff_id in sorted(authors - {asked.decided_by}):
        if chat := await routing.any_chat_of(post.connection, staff_id, now=post.now):
            await post.outbox.put(
                post.connection,
                chat,
                Outgoing(_answer(post, chat, row, asked, name)),
                now=post.now,
                note=NOTE,
            )
    for one in await approval.approvers(post.connection, row, asked_by=asked.asked_by):
        if one.staff_id != asked.decided_by:
            await _relieve(post, one.staff_id, asked.id, partial(_it_is_decided, row, asked, name))


@asynccontextmanager
async def of_withdrawal(post: Post, broadcast_id: int, *, staff_id: int) -> AsyncIterator[None]:
    """Around what changes or gives up an announcement: whoever was asked about it learns that she has nothing to do any more, and
    whoever had agreed to it that it does not go out like that; but for the one who does it. Where nobody was asked, or the
    request stays, nothing is said.
    """
    before = await approval.standing_of(post.connection, broadcast_id)
    yield
    asked = await approval.request(post.connection, before.id) if before is not None else None
    if before is None or asked is None or asked.state is not ApprovalState.WITHDRAWN:
        return
    row = await get(post.connection, broadcast_id)
    if before.state is ApprovalState.APPROVED:
        if asked.decided_by not in {None, staff_id}:
            await _relieve(post, asked.decided_by, asked.id, partial(_it_does_not_go, row))
        return
    for one in await approval.approvers(post.connection, row, asked_by=asked.asked_by):
        if one.staff_id != staff_id:
            await _relieve(post, one.staff_id, asked.id, partial(_it_is_withdrawn, row))


def _answer(post: Post, chat: Contact, row: Row, asked: Row, name: str) -> str:
    _ = post.gettext(chat)
    if asked.state is not ApprovalState.APPROVED:
        said = _(
            "Dạ chị, {name} nhờ chị sửa lại thông báo «{title}»: «{reason}». Chị sửa trong bảng điều khiển, mục Thông báo, rồi nhờ duyệt lại nghen."
        )
        return said.format(name=name, title=row.title, reason=asked.reason)
    said = _("Dạ chị, {name} đã duyệt thông báo «{title}».").format(name=name, title=row.title)
    return f"{said} {when_it_goes(row, post.now, _)}"


def when_it_goes(row: Row, now: datetime, _: Callable[[str], str]) -> str:
    """What an announcement that was just approved does next, as a sentence."""
    if row.due_at is None:
        return _("Em gửi khi ngày lễ được xác nhận.")
    if row.due_at > now:
        return _("Em gửi lúc {when}.").format(when=f"{in_vietnam(row.due_at):%H:%M %d/%m/%Y}")
    chosen = timing.meant_at(timing.from_json(row.schedule) or Once(row.due_at), row.due_at)
    if row.priority != Priority.URGENT and is_day(chosen) and not is_day(now):
        return _("Giờ này ngoài giờ gửi tin nên em gửi khi tới giờ, vào buổi sáng.")
    return _("Em bắt đầu gửi ngay.")


async def _relieve(
    post: Post, staff_id: int, approval_id: int, said: Callable[[Callable[[str], str]], str]
) -> None:
    """She was asked and has nothing to do any more."""
    chat = await routing.any_chat_of(post.connection, staff_id, now=post.now)
    if chat is None:
        return
    await post.outbox.put(post.connection, chat, Outgoing(said(post.gettext(chat))), now=post.now, note=NOTE)
    mine = sa.select(conversations.c.data).where(
        conversations.c.contact_id == chat.contact_id, conversations.c.flow == FLOW
    )
    data = await post.connection.scalar(mine)
    if data is not None and data.get("approval") == approval_id:
        await post.connection.execute(
            sa.update(conversations)
            .where(conversations.c.contact_id == chat.contact_id, conversations.c.flow == FLOW)
            .values(flow="", step="", data={})
        )


def _it_is_decided(row: Row, asked: Row, name: str, _: Callable[[str], str]) -> str:
    said = (
        _("Dạ, thông báo «{title}» {name} đã duyệt rồi, chị không cần làm gì nữa.")
        if asked.state is ApprovalState.APPROVED
        else _("Dạ, thông báo «{title}» {name} đã nhờ sửa lại rồi, chị không cần làm gì nữa.")
    )
    return said.format(title=row.title, name=name)


def _it_is_withdrawn(row: Row, _: Callable[[str], str]) -> str:
    return _(
        "Dạ, thông báo «{title}» đã được sửa hoặc rút lại, chị không cần duyệt nữa. Nếu nhờ duyệt lại, em sẽ nhắn chị."
    ).format(title=row.title)


def _it_does_not_go(row: Row, _: Callable[[str], str]) -> str:
    return _(
        "Dạ, thông báo «{title}» chị đã duyệt vừa được sửa hoặc rút lại, nên em không gửi theo bản đó nữa. Nếu nhờ duyệt lại, em sẽ nhắn chị."
    ).format(title=row.title)
