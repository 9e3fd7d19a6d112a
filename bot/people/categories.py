"""What a member wants announcements to be about, of all that she agreed to get. Until she picks, that is everything.

Which categories there are stands in the content; a choice of one that is there no more chooses nothing.
"""

from collections.abc import Collection
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.store.tables import category_choices, members


async def chosen_by(connection: AsyncConnection, member_id: int) -> frozenset[str] | None:
    """What she picked; None: she has not, and gets everything that she agreed to."""
    has_chosen = sa.select(members.c.chose_categories).where(members.c.id == member_id)
    if not await connection.scalar(has_chosen):
        return None
    hers = sa.select(category_choices.c.category).where(category_choices.c.member_id == member_id)
    return frozenset(await connection.scalars(hers))


async def choose(
    connection: AsyncConnection, member_id: int, categories: Collection[str] | None, *, now: datetime
) -> None:
    """Keep what she picked in place of what she picked before; None for everything, also what comes to be later."""
    await connection.execute(sa.delete(category_choices).where(category_choices.c.member_id == member_id))
    if categories:
        await connection.execute(
            sa.insert(category_choices),
            [{"member_id": member_id, "category": category} for category in sorted(set(categories))],
        )
    await connection.execute(
        sa.update(members)
        .where(members.c.id == member_id)
        .values(chose_categories=categories is not None, updated_at=now)
    )
