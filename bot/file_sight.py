"""Which of people's files an officer may open: those of a log line or a question in her sight that is not private."""

from collections.abc import Sequence

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from bot import files
from bot.files import StoredFile
from bot.people.viewers import Viewer, in_sight
from bot.store.tables import files as file_rows
from bot.store.tables import interactions, questions


async def seen_by(connection: AsyncConnection, viewer: Viewer, file_id: int) -> StoredFile | None:
    """The file; None where there is none, or none that is her business."""
    seen = (
        sa.select(file_rows.c.id)
        .join(interactions, interactions.c.id == file_rows.c.interaction_id)
        .outerjoin(questions, questions.c.id == file_rows.c.question_id)
        .where(
            file_rows.c.id == file_id,
            ~interactions.c.is_sensitive,
            questions.c.is_sensitive.is_not(True),
            in_sight(viewer, interactions.c.unit_id) | in_sight(viewer, questions.c.unit_id),
        )
    )
    if (await connection.execute(seen)).scalar() is None:
        return None
    return await files.read(connection, file_id)


async def of_log_lines(connection: AsyncConnection, interaction_ids: Sequence[int]) -> dict[int, list[int]]:
    """The files that came with these lines of the log and can be opened, by line."""
    found = await connection.execute(
        sa.select(file_rows.c.interaction_id, file_rows.c.id)
        .join(interactions, interactions.c.id == file_rows.c.interaction_id)
        .outerjoin(questions, questions.c.id == file_rows.c.question_id)
        .where(
            file_rows.c.interaction_id.in_(interaction_ids),
            file_rows.c.data.is_not(None),
            ~interactions.c.is_sensitive,
            questions.c.is_sensitive.is_not(True),
        )
        .order_by(file_rows.c.id)
    )
    by_line: dict[int, list[int]] = {}
    for row in found:
        by_line.setdefault(row.interaction_id, []).append(row.id)
    return by_line
