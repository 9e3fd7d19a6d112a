"""When a person of the Union has stopped writing to a member by hand: the assistant is there again.

Where the member wrote last, nobody may have seen it: she is told how to reach a cadre. Else nothing is said.
"""

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.people import contacts
from bot.questions.post import Post
from bot.store.tables import contacts as contact_rows
from bot.store.tables import interactions
from bot.store.tables.messages import Direction


async def over(connection: AsyncConnection, now: datetime) -> list[int]:
    """The chats in which the time of quiet has ended since somebody last looked."""
    found = await connection.scalars(
        sa.select(contact_rows.c.id).where(contact_rows.c.human_until <= now).order_by(contact_rows.c.id)
    )
    return list(found)


async def hand_back(post: Post, contact_id: int) -> None:
    """Let the assistant speak again in this chat."""
    ended = await post.connection.execute(
        sa.update(contact_rows)
        .where(contact_rows.c.id == contact_id, contact_rows.c.human_until <= post.now)
        .values(human_until=None)
        .returning(contact_rows.c.id)
    )
    if ended.first() is None:
        return  # Another process was faster, or the person wrote again.
    contact = await contacts.get(post.connection, contact_id)
    if contact is None or contact.is_quiet or not contact.allowance(post.now).lets_through:
        return
    if not await _she_wrote_last(post.connection, contact_id):
        return
    _ = post.gettext(contact)
    await post.notice(
        contact,
        _(
            "Dạ, em là máy trả lời, em trực lại đây. Điều chị nhắn hồi nãy nếu chưa ai trả lời, chị gõ 0, em chuyển cho cán bộ nghen."
        ),
    )


async def _she_wrote_last(connection: AsyncConnection, contact_id: int) -> bool:
    latest = (
        sa.select(interactions.c.direction)
        .where(interactions.c.contact_id == contact_id)
        .order_by(interactions.c.id.desc())
        .limit(1)
    )
    return (await connection.scalar(latest)) is Direction.IN
