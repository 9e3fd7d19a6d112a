"""What goes out with an announcement besides its words, for whoever confirms it, agrees to it or looks back: in full, and true.

`broadcasts/goes_out.html` shows it.
"""

from collections.abc import Mapping
from enum import StrEnum
from typing import Any

from sqlalchemy.ext.asyncio import AsyncConnection

from bot.store.tables.broadcasts import Priority
from broadcasts import attachments, message, overview, trial, wordings
from broadcasts.content import Content
from handlers.officers.visit import Visit


class Clicks(StrEnum):
    """Whether it is counted who opens the links of a text, and why not."""

    COUNTED = "counted"
    NO_LINK = "no_link"
    NO_ADDRESS = "no_address"  # Chosen, but nobody reaches us by an address of ours.
    UNWANTED = "unwanted"


def clicks_of(visit: Visit, texts: Mapping[str, str], content: Content) -> Clicks:
    if not message.links(texts, content):
        return Clicks.NO_LINK
    if not content.counts_clicks:
        return Clicks.UNWANTED
    return Clicks.COUNTED if visit.console.counts_clicks else Clicks.NO_ADDRESS


async def context(
    visit: Visit, connection: AsyncConnection, row: overview.Row, *, people: int, joins: bool
) -> dict[str, Any]:
    """What the template is given; `row` is the whole row of an announcement, which is planned for so many `people`."""
    content = Content.from_json(row.content)
    approved = content.approved
    key = f"{approved.account_id}:{approved.template_id}" if approved else ""
    return {
        "content": content,
        "rest": trial.rest_of(content.trial, people, joins=joins) if content.trial else None,
        "clicks": clicks_of(visit, row.texts, content),
        "file": await attachments.sight(connection, content.attachment),
        "category": visit.console.categories.get(row.category, ""),
        "wording": next((one for one in await wordings.listed(connection) if one.key == key), None),
        "languages": [language for language, text in row.texts.items() if text.strip()],
        "per_day": row.per_day if row.priority == Priority.DRIP else None,
        "deadline_at": row.deadline_at,
    }
