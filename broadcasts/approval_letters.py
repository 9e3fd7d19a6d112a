"""What officers read in their chats who may agree to an announcement: the very message, its plan, and what to answer.

A letter's buttons name its request, so they mean the same for ever; the digits mean it while nothing else is asked of her.
What became of a request, `broadcasts.approval_news` tells.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime
from functools import cache

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.channels.contract import Choice, Outgoing
from bot.clock import in_vietnam
from bot.people import staff
from bot.people.contacts import Contact
from bot.questions import routing
from bot.questions.post import Post
from bot.said import Note
from bot.starting_content import CONTENT_FOLDER
from bot.store.tables import conversations
from bot.store.tables.broadcasts import Priority, Variant
from bot.text import clean, squeeze
from broadcasts import approval, hours, merge_fields, objections, posts, sentences, timing
from broadcasts.approval import Row, Shown
from broadcasts.audience import Audience
from broadcasts.content import Content, Trial
from broadcasts.message import links
from broadcasts.policy import Policy
from broadcasts.prepared import Prepared
from broadcasts.steps import get
from broadcasts.templates import read_categories
from broadcasts.timing import Joined, Schedule
from broadcasts.trial import Rest, rest_of

FLOW = "approving"
"""The conversation of somebody who was asked and whom nothing else is asked; its data name the request."""

NOTE = Note(kind="approval")
_USUAL = Policy()
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
    only_posts = Audience.from_json(row.audience).is_nobody
    said = (
        _(
            "Dạ chị, {name} ({unit}) nhờ chị duyệt thông báo «{title}», mã {code}. Tin kế tiếp đúng như bài sẽ đăng:"
        )
        if only_posts
        else _(
            "Dạ chị, {name} ({unit}) nhờ chị duyệt thông báo «{title}», mã {code}. Tin kế tiếp là tin hội viên sẽ nhận, ví dụ trên máy chị {example}:"
        )
    )
    head = said.format(
        name=asker.name if asker else "?",
        unit=asker.unit_name if asker else "?",
        title=row.title,
        code=asked.id,
        example=merge_fields.EXAMPLE,
    )
    await post.outbox.put(post.connection, chat, Outgoing(head), now=post.now, note=NOTE)
    for message in await _as_members_get_it(post, row):
        await _put(post, chat, message)
    facts = [
        *await what_came_of_it_before(post.connection, asked, post.gettext(chat)),
        *await _facts(post, chat, row, Shown.from_json(asked.summary)),
        _("1 = duyệt, 2 = sửa lại"),
    ]
    letter = Outgoing(
        "\n".join(facts),
        (Choice(f"DUYET {asked.id}", _("Duyệt")), Choice(f"SUA {asked.id}", _("Sửa lại"))),
    )
    row_id = await post.outbox.put(post.connection, chat, letter, now=post.now, note=NOTE)
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


async def what_came_of_it_before(
    connection: AsyncConnection, asked: Row, _: Callable[[str], str]
) -> list[str]:
    """Where it comes again after it was returned: why it was, and what is another now."""
    before = await approval.returned_before(connection, asked)
    if before is None:
        return []
    lines = [
        _("Lần trước {name} nhờ sửa: «{reason}»").format(name=before.decider or "?", reason=before.reason)
    ]
    changed = approval.changed_since(asked, before)
    if changed:
        lines.append(_("Lần này đã đổi: {what}").format(what=", ".join(_(part) for part in changed)))
    elif changed is not None:
        lines.append(_("Lần này không đổi gì so với lần trước."))
    return lines


async def _as_members_get_it(post: Post, row: Row) -> list[Outgoing]:
    """For each language, and each of two texts that are tried. Its buttons would answer something else here. What is only
    posted, as it is posted.
    """
    content = Content.from_json(row.content)
    prepared = Prepared(row.texts, content, await merge_fields.local(post.connection))
    if Audience.from_json(row.audience).is_nobody:
        return [prepared.post()]
    person = await merge_fields.example(post.connection, row.unit_id)
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
    await post.outbox.put(post.connection, chat, message, now=post.now, note=NOTE)


@cache
def _categories() -> Mapping[str, str]:
    """Read here, once: letters are written from pages, from chats and by the clockwork."""
    return read_categories(CONTENT_FOLDER / "campaigns.vi.yaml")


def number(count: int) -> str:
    """As it is written here: 1.234."""
    return f"{count:,}".replace(",", ".")


def _people(shown: Shown, schedule: Schedule | None, _: Callable[[str], str]) -> str:
    if isinstance(schedule, Joined):
        return _("Số người: chỉ những chị mới vào Hội từ nay")
    return _("Số người: {people}").format(people=number(shown.people))


def _trial(trial: Trial, rest: Rest, _: Callable[[str], str]) -> str:
    match rest:
        case Rest.SOME:
            said = _(
                "Thử hai lời: mỗi lời gửi trước cho {share}% người nhận, {hours} giờ sau lời hay hơn gửi cho số còn lại"
            )
        case Rest.PERHAPS:
            said = _(
                "Thử hai lời: mỗi lời gửi trước cho {share}% người nhận; ít người nên có thể không còn ai để {hours} giờ sau gửi lời hay hơn"
            )
        case Rest.NONE:
            said = _("Thử hai lời: mỗi lời gửi cho một nửa số người nhận, không còn ai để gửi lời hay hơn")
    return said.format(share=trial.share, hours=trial.hours)


def _what_matters(row: Row, shown: Shown, schedule: Schedule | None, _: Callable[[str], str]) -> list[str]:
    """What the message itself does not show."""
    content, deadline_at = Content.from_json(row.content), row.deadline_at
    lines = []
    if category := _categories().get(row.category):
        lines.append(_("Về việc: {category}").format(category=category))
    elif row.priority != Priority.URGENT and not Audience.from_json(row.audience).is_nobody:
        lines.append(_("Về việc: chưa chọn, nên ai chỉ muốn nghe những việc đã chọn thì không nhận tin này"))
    if content.counts_clicks and links(row.texts, content):
        lines.append(
            _(
                "Khi gửi, liên kết hiện thành địa chỉ của Hội để đếm lượt bấm, nếu máy chủ có địa chỉ công khai."
            )
        )
    if trial := content.trial:
        rest = rest_of(trial, shown.people, joins=isinstance(schedule, Joined))
        lines.append(_trial(trial, rest, _))
    if deadline_at:
        said = _("Hạn chót: sau {when} thì không gửi nữa")
        lines.append(said.format(when=f"{in_vietnam(deadline_at):%H:%M %d/%m/%Y}"))
    return lines


def _why_now(shown: Shown, _: Callable[[str], str]) -> list[str]:
    """Why it needs her; where it was to go already, that the number of people has changed that."""
    if shown.why is not None:
        return [_("Cần chị duyệt, vì {why}").format(why=_(approval.BECAUSE[shown.why]))]
    if shown.before is not None:
        said = _("Lần trước đã duyệt cho {before} người; nay số người tăng nên em hỏi lại.")
        return [said.format(before=number(shown.before))]
    if shown.confirmed is not None:
        said = _("Lúc đặt lịch có {before} người, chưa cần duyệt; nay số người tăng nên em hỏi chị.")
        return [said.format(before=number(shown.confirmed))]
    return []


def why_at_night(
    row: Row, shown: Shown, _: Callable[[str], str], *, now: datetime, policy: Policy = _USUAL
) -> str:
    """That its hour was chosen on purpose though most people rest then; "" of any other, and by day of what goes as soon as
    somebody agrees: at once, or because its hour has gone by.
    """
    goes_now = shown.at_once or (row.due_at is not None and row.due_at < now)
    if not shown.at_night or (goes_now and hours.is_day(now, policy=policy)):
        return ""
    return _(
        "Gửi ngoài giờ: giờ chọn nằm ngoài khung giờ gửi tin, nhiều chị đang nghỉ. Người nhờ duyệt đã xác nhận việc này khẩn nên vẫn gửi."
    )


async def _facts(post: Post, chat: Contact, row: Row, shown: Shown) -> list[str]:
    _ = post.gettext(chat)
    schedule = timing.from_json(row.schedule)
    whom = await sentences.of_audience(post.connection, Audience.from_json(row.audience), _)
    places = await posts.places(post.connection, Content.from_json(row.content).posts)
    only_posts = Audience.from_json(row.audience).is_nobody
    lines = [
        _("Người nhận: {whom}").format(whom="; ".join(whom)),
        *(f"{posts.sentence(place, _)}." for place in places),
        *([] if only_posts else [_people(shown, schedule, _)]),
        *_why_now(shown, _),
        *_what_matters(row, shown, schedule, _),
        _("Chi phí: chừng {cost} đồng").format(cost=number(shown.cost))
        if shown.cost
        else _("Chi phí: không mất tiền"),
    ]
    if shown.at_once:
        lines.append(_("Gửi: ngay khi chị duyệt"))
    elif schedule is not None:
        lines.append(_("Gửi: {when}").format(when=timing.sentence(schedule, _)))
    else:
        lines.append(_("Gửi: {when}").format(when=f"{in_vietnam(shown.starts_at):%H:%M %d/%m/%Y}"))
    if night := why_at_night(row, shown, _, now=post.now):
        lines.append(night)
    if row.priority == Priority.URGENT:
        lines.append(_("Mức khẩn: gửi trước mọi tin khác, cả ban đêm"))
    elif row.priority == Priority.DRIP and row.per_day:
        lines.append(_("Gửi rải dần: mỗi ngày {count} người").format(count=row.per_day))
    else:
        lines.append(_("Mức ưu tiên: bình thường"))
    if shown.later:
        said = _("Nhận muộn hơn, vì trước đó đã nhận đủ thông báo khác: {later}")
        lines.append(said.format(later=objections.later_days(shown.later, _)))
    if shown.finishes_at:
        lines.append(_("Xong chừng: {when}").format(when=f"{in_vietnam(shown.finishes_at):%H:%M %d/%m/%Y}"))
    return lines
