"""Officers' own phrases for the safety net: what must always be heard as danger where they live, and what must not.

Who may, and the record of who did, are the pages' business. Every change says in the same transaction that the phrases are to be
read anew.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.answers.phrases import PhraseError, compile_phrase
from bot.answers.safety_examples import AlarmKind
from bot.store import versions
from bot.store.database import insert_ignoring
from bot.store.tables import safety_phrases, staff
from bot.text import clean

LONGEST_PHRASE = 200
_LEAST_WORDS = 2
_LEAST_KHMER = 4
_KHMER = re.compile("[\u1780-\u17b3]")

Language = Literal["vi", "km"]


@dataclass(frozen=True, slots=True)
class OwnPhrase:
    """A phrase as an officer wrote it. An exception is harmless: where it stands, nothing is listened to."""

    phrase_id: int
    language: str
    kind: AlarmKind
    phrase: str
    is_exception: bool
    added_by: str
    """The officer's name; empty where she is gone."""
    added_at: datetime


def fault_of(language: Language, phrase: str, _: Callable[[str], str]) -> str:
    """What is wrong with a phrase as typed, as a sentence for the officer; empty where nothing is."""
    typed = clean(phrase)
    if len(typed) > LONGEST_PHRASE:
        return _("Cụm từ dài quá 200 chữ cái. Chị chỉ ghi mấy từ chính.")
    letters = len(_KHMER.findall(typed))
    if language == "km":
        if not letters:
            return _("Cụm này không có chữ Khmer. Chị ghi bằng chữ Khmer, hoặc chọn Tiếng Việt.")
        if letters < _LEAST_KHMER:
            return _("Cụm từ tiếng Khmer ngắn quá, dễ nghe lầm. Chị ghi thêm một hai từ.")
        if "|" in typed or "_" in typed:
            return _("Cụm tiếng Khmer ghi đúng như chị em hay viết, không dùng dấu | và dấu _.")
        return ""
    if letters:
        return _("Cụm này viết bằng chữ Khmer. Chị chọn Tiếng Khmer.")
    try:
        steps = compile_phrase(typed.casefold(), {}).steps
    except PhraseError:
        return _(
            "Chị ghi các từ cách nhau bằng dấu cách, không dấu chấm phẩy; a|b là một trong hai từ, _ là vài từ bất kỳ."
        )
    if sum(step is not None for step in steps) < _LEAST_WORDS:
        return _("Một từ thì dễ nghe lầm. Chị ghi ít nhất hai từ.")
    return ""


async def add(
    connection: AsyncConnection,
    *,
    language: Language,
    kind: AlarmKind,
    phrase: str,
    is_exception: bool,
    by: int | None,
    now: datetime,
) -> bool:
    """Add a phrase that `fault_of` finds nothing wrong with; False where it is there already."""
    row = insert_ignoring(safety_phrases, connection.dialect.name).values(
        language=language,
        kind=kind.value,
        phrase=clean(phrase).casefold(),
        is_exception=is_exception,
        created_by=by,
        created_at=now,
    )
    added = (await connection.execute(row)).rowcount > 0
    if added:
        await versions.has_changed(connection, versions.SAFETY_PHRASES)
    return added


async def remove(connection: AsyncConnection, phrase_id: int) -> bool:
    """Take a phrase out; False where it is gone already."""
    gone = await connection.execute(sa.delete(safety_phrases).where(safety_phrases.c.id == phrase_id))
    if gone.rowcount:
        await versions.has_changed(connection, versions.SAFETY_PHRASES)
    return gone.rowcount > 0


async def own_phrases(connection: AsyncConnection) -> list[OwnPhrase]:
    """All of them, the newest first."""
    rows = await connection.execute(
        sa.select(safety_phrases, staff.c.name)
        .outerjoin(staff, staff.c.id == safety_phrases.c.created_by)
        .order_by(safety_phrases.c.id.desc())
    )
    return [
        OwnPhrase(
            row.id,
            row.language,
            AlarmKind(row.kind),
            row.phrase,
            row.is_exception,
            row.name or "",
            row.created_at,
        )
        for row in rows
    ]
