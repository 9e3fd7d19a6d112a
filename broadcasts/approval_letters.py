"""What officers read in their chats about approving: the very message and its plan to who may agree, the answer to who asked.

A letter's buttons name its request, so they mean the same for ever; the digits mean it while nothing else is asked of her.
"""

import re
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime

import sqlalchemy as sa

from bot.channels.contract import Choice, Outgoing
from bot.clock import in_vietnam
from bot.people import staff
from bot.people.contacts import Contact
from bot.questions import routing
from bot.questions.post import Post
from bot.said import Note
from bot.store.tables import conversations
from bot.store.tables.broadcasts import ApprovalState, Priority, Variant
from bot.text import clean, squeeze
from broadcasts import approval, audience, merge_fields, posts, timing
from broadcasts.approval import Row, Shown
from broadcasts.audience import Audience
from broadcasts.content import Content
from broadcasts.hours import is_day
from broadcasts.message import Prepared
from broadcasts.steps import get
from broadcasts.timing import Joined, Once

FLOW = "approving"
"""The conversation of somebody who was asked and whom nothing else is asked; its data name the request."""

_NOTE = Note(kind="approval")
_NAME = "Nguyễn Thị Mai"  # Nobody: a name as common as can be.
_PRESSED = re.compile(r"(duyet|sua)(\d{1,9})")
_LONGEST_PRESS = 40


def read_press(words: str) -> tuple[bool, int] | None:
    """What a letter's button says, pressed or typed: whether she agrees, and to which request."""
    match = _PRESSED.fullmatch(squeeze(clean(words)[:_LONGEST_PRESS]))
    return (match[1] == "duyet", int(match[2])) if match else None


async def tell_approvers(post: Post, approval_id: int) -> int:
    """Ask everybody who may agree and whom a chat reaches. Returns how many that are; the others see it in the console."""
    asked = await approval.request(post.connection, approval_id)
    if asked is None:
        return 0
    row = await get(post.connection, asked.broadcast_id)
    told = 0
    for one in await approval.approvers(post.connection, row, asked_by=asked.asked_by):
        chat = await routing.any_chat_of(post.connection, one.staff_id, now=post.now)
        if chat is not None:
            await show(post, chat, asked)
            told += 1
    return told


async def show(post: Post, chat: Contact, asked: Row) -> None:
    """One request in one chat: who asks, the message as members get it, its people, cost and time, and what to answer."""
    _ = post.gettext(chat)
    row = await get(post.connection, asked.broadcast_id)
    asker = await staff.get(post.connection, asked.asked_by)
    head = _(
        "Dạ chị, {name} ({unit}) nhờ chị duyệt thông báo «{title}», mã {code}. Tin kế tiếp đúng như hội viên sẽ nhận:"
    ).format(
        name=asker.name if asker else "?",
        unit=asker.unit_name if asker else "?",
        title=row.title,
        code=asked.id,
    )
    await post.outbox.put(post.connection, chat, Outgoing(head), now=post.now, note=_NOTE)
    for message in await _as_members_get_it(post, row):
        await _put(post, chat, message)
    facts = [*await _facts(post, chat, row, Shown.from_json(asked.summary)), _("1 = duyệt, 2 = sửa lại")]
    letter = Outgoing(
        "\n".join(facts),
        (Choice(f"DUYET {asked.id}", _("Duyệt")), Choice(f"SUA {asked.id}", _("Sửa lại"))),
    )
    row_id = await post.outbox.put(post.connection, chat, letter, now=post.now, note=_NOTE)
    await post.connection.execute(
        sa.update(conversations)
        .where(conversations.c.contact_id == chat.contact_id, conversations.c.flow.in_(["", FLOW]))
        .values(
            flow=FLOW,
            step="",
            data={"approval": asked.id, "question_row": row_id},
            updated_at=post.now,
        )
    )


async def tell_it_waits_again(post: Post, approval_id: int) -> None:
    """Who asked and who wrote it learn that it did not go out: there are more people now than were agreed to."""
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
        said = _(
            "Dạ chị, thông báo «{title}» chưa gửi: lúc duyệt có {before} người nhận, nay có {people} người, nên em nhờ duyệt lại."
        ).format(title=row.title, before=_number(shown.before or 0), people=_number(shown.people))
        if not has_somebody:
            said += " " + _("Nhưng hiện không còn ai duyệt được, chị xem trong bảng điều khiển giúp em.")
        await post.outbox.put(post.connection, chat, Outgoing(said), now=post.now, note=_NOTE)


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
                note=_NOTE,
            )
    for one in await approval.approvers(post.connection, row, asked_by=asked.asked_by):
        if one.staff_id == asked.decided_by:
            continue
        if chat := await routing.any_chat_of(post.connection, one.staff_id, now=post.now):
            await _relieve(post, chat, row, asked, name)


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


async def _relieve(post: Post, chat: Contact, row: Row, asked: Row, name: str) -> None:
    _ = post.gettext(chat)
    said = (
        _("Dạ, thông báo «{title}» {name} đã duyệt rồi, chị không cần làm gì nữa.")
        if asked.state is ApprovalState.APPROVED
        else _("Dạ, thông báo «{title}» {name} đã nhờ sửa lại rồi, chị không cần làm gì nữa.")
    )
    text = said.format(title=row.title, name=name)
    await post.outbox.put(post.connection, chat, Outgoing(text), now=post.now, note=_NOTE)
    mine = sa.select(conversations.c.data).where(
        conversations.c.contact_id == chat.contact_id, conversations.c.flow == FLOW
    )
    data = await post.connection.scalar(mine)
    if data is not None and data.get("approval") == asked.id:
        await post.connection.execute(
            sa.update(conversations)
            .where(conversations.c.contact_id == chat.contact_id, conversations.c.flow == FLOW)
            .values(flow="", step="", data={})
        )


async def _as_members_get_it(post: Post, row: Row) -> list[Outgoing]:
    """For each language, and each of two texts that are tried. Its buttons would answer something else here."""
    content = Content.from_json(row.content)
    prepared = Prepared(row.texts, content, await merge_fields.local(post.connection))
    person = await merge_fields.somebody(post.connection, _NAME, row.unit_id)
    variants = (Variant.WHOLE, Variant.B) if content.trial else (Variant.WHOLE,)
    return [
        replace(prepared.outgoing(language, person, variant=variant), choices=())
        for variant in variants
        for language in row.texts
    ]


async def _put(post: Post, chat: Contact, message: Outgoing) -> None:
    if message.attachment and not post.outbox.carries(chat, message.attachment.kind):
        message = replace(message, attachment=None)
        note = post.gettext(chat)(
            "(Kèm một tập tin mà kênh này không hiện được: chị xem trong bảng điều khiển.)"
        )
        message = replace(message, text=f"{message.text}\n\n{note}")
    await post.outbox.put(post.connection, chat, message, now=post.now, note=_NOTE)


def _number(count: int) -> str:
    return f"{count:,}".replace(",", ".")


async def _facts(post: Post, chat: Contact, row: Row, shown: Shown) -> list[str]:
    _ = post.gettext(chat)
    schedule = timing.from_json(row.schedule)
    whom = await audience.sentences(post.connection, Audience.from_json(row.audience), _)
    places = await posts.places(post.connection, Content.from_json(row.content).posts)
    lines = [
        _("Người nhận: {whom}").format(whom="; ".join(whom)),
        *(f"{posts.sentence(place, _)}." for place in places),
        _("Số người: chỉ những chị mới vào Hội từ nay")
        if isinstance(schedule, Joined)
        else _("Số người: {people}").format(people=_number(shown.people)),
        *(
            [
                _("Lần trước đã duyệt cho {before} người; nay số người tăng nên em hỏi lại.").format(
                    before=_number(shown.before)
                )
            ]
            if shown.before is not None
            else []
        ),
        _("Chi phí: chừng {cost} đồng").format(cost=_number(shown.cost))
        if shown.cost
        else _("Chi phí: không mất tiền"),
    ]
    if shown.at_once:
        lines.append(_("Gửi: ngay khi chị duyệt"))
    elif schedule is not None:
        lines.append(_("Gửi: {when}").format(when=timing.sentence(schedule, _)))
    else:
        lines.append(_("Gửi: {when}").format(when=f"{in_vietnam(shown.starts_at):%H:%M %d/%m/%Y}"))
    if row.priority == Priority.URGENT:
        lines.append(_("Mức khẩn: gửi trước mọi tin khác, cả ban đêm"))
    elif row.priority == Priority.DRIP and row.per_day:
        lines.append(_("Gửi rải dần: mỗi ngày {count} người").format(count=row.per_day))
    if shown.finishes_at:
        lines.append(_("Xong chừng: {when}").format(when=f"{in_vietnam(shown.finishes_at):%H:%M %d/%m/%Y}"))
    return lines
