"""What a member sent with her question: pictures, voices and files that go wherever the question goes.

Whatever she sent in the minutes before she asked belongs to the question; what she sends while it is open, her turn says
itself (`Turn.heard.question_id`). A file is sent on once it has been fetched.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.channels.contract import Attachment, FileKind, Outgoing
from bot.people.contacts import Contact
from bot.questions.letters import Gettext
from bot.questions.post import Post
from bot.questions.record import Question
from bot.store.tables import contacts, files

JUST_BEFORE = timedelta(minutes=30)
"""So long before a question what she sends belongs to it."""


@dataclass(frozen=True, slots=True)
class Enclosure:
    """A file of a question, as a page shows it."""

    file_id: int
    kind: FileKind
    name: str
    is_here: bool  # It has been fetched.
    is_lost: bool  # It could not be.
    is_of_staff: bool  # A cadre sent it as (part of) the answer.


async def count_just_sent(connection: AsyncConnection, contact: Contact, now: datetime) -> int:
    """How many files a question that she asked now would take along."""
    found = sa.select(sa.func.count()).select_from(files).where(*_just_sent(contact, now))
    return (await connection.execute(found)).scalar_one()


async def gather(connection: AsyncConnection, contact: Contact, question_id: int, now: datetime) -> int:
    """Let what she has just sent belong to her question. Returns how many files that is."""
    taken = await connection.execute(
        sa.update(files).where(*_just_sent(contact, now)).values(question_id=question_id)
    )
    return taken.rowcount


async def of_question(connection: AsyncConnection, question_id: int) -> Sequence[Enclosure]:
    """The files of a question, in the order they came."""
    found = await connection.execute(
        sa.select(
            files.c.id,
            files.c.kind,
            files.c.name,
            files.c.data.is_not(None).label("is_here"),
            files.c.next_at,
            contacts.c.staff_id,
        )
        .join(contacts, contacts.c.id == files.c.contact_id)
        .where(files.c.question_id == question_id)
        .order_by(files.c.id)
    )
    return [
        Enclosure(
            row.id,
            FileKind(row.kind),
            row.name,
            is_here=row.is_here,
            is_lost=not row.is_here and row.next_at is None,
            is_of_staff=row.staff_id is not None,
        )
        for row in found
    ]


async def send_all(post: Post, question: Question, chat: Contact) -> None:
    """Send what has been fetched after the letter that carries the question itself."""
    hers = sa.select(files.c.id, files.c.kind).where(
        files.c.question_id == question.question_id,
        files.c.contact_id == question.contact_id,
        files.c.data.is_not(None),
    )
    for row in (await post.connection.execute(hers.order_by(files.c.id))).all():
        await send(post, question, chat, Attachment(FileKind(row.kind), row.id))


async def send(post: Post, question: Question, chat: Contact, attachment: Attachment) -> None:
    """Send the desk the file and whose it is; where her platform does not take it, who can open it."""
    _ = post.gettext(chat)
    text = _("Kèm câu hỏi mã {code}: {what}.").format(
        code=question.question_id, what=named(attachment.kind, _)
    )
    if post.outbox.carries(chat, attachment.kind):
        await post.to_cadre(chat, question, Outgoing(text, attachment=attachment))
        return
    where = _(
        "Khung chat này không nhận được, chị nhờ cán bộ phụ trách mở xem trên trang quản lý giúp em nghen."
    )
    await post.to_cadre(chat, question, Outgoing(f"{text} {where}"))


def named(kind: FileKind, _: Gettext) -> str:
    """What people call such a file."""
    match kind:
        case FileKind.IMAGE | FileKind.GIF:
            return _("một tấm hình")
        case FileKind.VOICE:
            return _("một đoạn tiếng nói")
        case FileKind.VIDEO:
            return _("một đoạn phim")
        case FileKind.FILE:
            return _("một tập tin")


def _just_sent(contact: Contact, now: datetime) -> tuple[sa.ColumnElement[bool], ...]:
    return (
        files.c.contact_id == contact.contact_id,
        files.c.question_id.is_(None),
        files.c.interaction_id.is_not(None),  # Of hers, not something that was sent to her.
        files.c.created_at >= now - JUST_BEFORE,
        # What could not be fetched goes nowhere.
        files.c.data.is_not(None) | files.c.next_at.is_not(None),
    )
