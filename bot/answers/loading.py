"""Puts a bank read from files into the database, where officers go on with it."""

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.answers.bank import Bank, BankEntry, Translation, is_on_at_first
from bot.store import versions
from bot.store.database import insert_ignoring, put
from bot.store.tables import entries, entry_texts, local_fields, topics


async def load_bank(connection: AsyncConnection, bank: Bank, *, now: datetime) -> int:
    """Insert or update every entry of a bank. Returns how many are new.

    A new entry is on if it may be answered unread. One that is there keeps the switch that an officer gave it, whose it is, what
    she named as its source, and its last day.
    """
    for position, (topic, name) in enumerate(bank.topics.items()):
        await put(connection, topics, {"topic": topic}, {"name": name, "position": position})
    for field in bank.local_fields.values():
        values = {"description": field.description, "fallback": field.fallback}
        await put(connection, local_fields, {"name": field.name}, values)
    new = 0
    for position, entry in enumerate(bank.entries):
        new += await _load_entry(connection, entry, bank.language, position, now)
    await versions.has_changed(connection, versions.ENTRIES)
    return new


async def add_fields(connection: AsyncConnection, bank: Bank) -> int:
    """Add the bank's local fields that are not there yet. Returns how many those were."""
    added = 0
    for field in bank.local_fields.values():
        row = insert_ignoring(local_fields, connection.dialect.name).values(
            name=field.name, description=field.description, fallback=field.fallback
        )
        added += (await connection.execute(row)).rowcount > 0
    return added


async def load_translation(connection: AsyncConnection, translation: Translation) -> None:
    """Insert or update the texts of a translation; entries that are not there are passed over."""
    known = set(await connection.scalars(sa.select(entries.c.id)))
    for answer in translation.answers:
        if answer.entry_id in known:
            await put(
                connection,
                entry_texts,
                {"entry_id": answer.entry_id, "language": translation.language},
                {
                    "question": answer.question,
                    "answer": answer.answer,
                    "phrasings": list(answer.phrasings),
                    "is_reviewed": answer.reviewed,
                },
            )
    await versions.has_changed(connection, versions.ENTRIES)


async def _load_entry(
    connection: AsyncConnection, entry: BankEntry, language: str, position: int, now: datetime
) -> bool:
    kept = (
        await connection.execute(
            sa.select(entries.c.updated_by, entries.c.cites).where(entries.c.id == entry.entry_id)
        )
    ).one_or_none()
    values = {
        "topic": entry.topic,
        "position": position,
        "certainty": str(entry.certainty),
        "needs_local_check": entry.needs_local_check,
        "escalate": str(entry.escalate),
        "sensitive": str(entry.sensitive),
        "source": entry.source,
        "updated_at": now,
    }
    if kept is None or kept.updated_by is None:
        values["expires_on"] = entry.expires_on
    if kept is None or kept.updated_by is None or not kept.cites:
        values |= {"cites": entry.cites, "cites_on": entry.cites_on}
    if kept is None:
        await connection.execute(
            sa.insert(entries).values(id=entry.entry_id, is_on=is_on_at_first(entry), **values)
        )
    else:
        await connection.execute(sa.update(entries).where(entries.c.id == entry.entry_id).values(**values))
    await put(
        connection,
        entry_texts,
        {"entry_id": entry.entry_id, "language": language},
        {
            "question": entry.question,
            "answer": entry.answer,
            "phrasings": list(entry.phrasings),
            "is_reviewed": True,
        },
    )
    return kept is None
