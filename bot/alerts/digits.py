"""Whether a bare 1 or 2 means an alert in somebody's chat: below its letter, while nothing else is being asked of her.

A chat whose turn is under way is passed over: waited for, it might be waiting for the alert in turn. The letter's buttons, and
NHAN and KHONG with the code, mean the alert in any case.
"""

import sqlalchemy as sa

from bot.alerts.letters import FLOW
from bot.alerts.record import Alert
from bot.people.contacts import Contact
from bot.questions.post import Post
from bot.store.tables import conversations


async def expect(post: Post, chat: Contact, alert: Alert, row_id: int) -> None:
    """Let her next digit mean this alert, whose letter is that row of the outbox."""
    idle = sa.select(conversations.c.contact_id).where(
        conversations.c.contact_id == chat.contact_id, conversations.c.flow.in_(["", FLOW])
    )
    if await post.connection.scalar(idle.with_for_update(skip_locked=True)) is None:
        return
    await post.connection.execute(
        sa.update(conversations)
        .where(conversations.c.contact_id == chat.contact_id)
        .values(
            flow=FLOW,
            step="",
            data={"alert": alert.alert_id, "question_row": row_id},
            updated_at=post.now,
        )
    )


async def forget(post: Post, chat: Contact, alert: Alert) -> None:
    """Her digits mean this alert no more."""
    mine = sa.select(conversations.c.data).where(
        conversations.c.contact_id == chat.contact_id, conversations.c.flow == FLOW
    )
    data = await post.connection.scalar(mine.with_for_update(skip_locked=True))
    if data is not None and data.get("alert") == alert.alert_id:
        await post.connection.execute(
            sa.update(conversations)
            .where(conversations.c.contact_id == chat.contact_id)
            .values(flow="", step="", data={})
        )
