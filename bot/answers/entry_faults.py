"""What is wrong with an entry as an officer has written it: a sentence for each field, before anything is kept."""

import re
from collections.abc import Callable, Mapping
from datetime import date

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from bot import text
from bot.answers.bank import Escalate, Sensitive
from bot.answers.editing import (
    LONGEST_ANSWER,
    LONGEST_CITES,
    LONGEST_PHRASING,
    LONGEST_QUESTION,
    LONGEST_SOURCE,
    MOST_PHRASINGS,
    Row,
    Written,
)
from bot.store.tables import entries

_FIELD = re.compile(r"\{\{\s*(\w+)\s*\}\}")


def faults(
    written: Written, topic_keys: Mapping[str, str], fields: Mapping[str, str], _: Callable[[str], str]
) -> dict[str, str]:
    """What is wrong with it, a sentence for each field; empty when it can be kept."""
    found: dict[str, str] = {}
    if written.topic not in topic_keys:
        found["topic"] = _("Chị chọn chủ đề giúp.")
    if not text.squeeze(written.question):
        found["question"] = _("Chưa có câu hỏi.")
    elif len(written.question) > LONGEST_QUESTION:
        found["question"] = _("Câu hỏi dài quá, chị viết ngắn lại giúp.")
    if len(written.phrasings) > MOST_PHRASINGS:
        found["phrasings"] = _("Nhiều cách hỏi quá, chị giữ tối đa %d dòng.") % MOST_PHRASINGS
    elif any(len(one) > LONGEST_PHRASING for one in written.phrasings):
        found["phrasings"] = _("Có dòng dài quá %d ký tự. Mỗi dòng là một cách hỏi ngắn.") % LONGEST_PHRASING
    if fault := _fault_of_answer(written.answer, fields, _):
        found["answer"] = fault
    if len(written.source) > LONGEST_SOURCE:
        found["source"] = _("Phần nguồn dài quá.")
    if len(written.cites) > LONGEST_CITES:
        found["cites"] = _("Chị ghi tên văn bản ngắn lại, tối đa %d ký tự.") % LONGEST_CITES
    elif written.cites_on and not written.cites:
        found["cites"] = _("Có ngày mà chưa có tên văn bản hoặc nơi đăng.")
    if written.escalate not in set(Escalate):
        found["escalate"] = _("Chị chọn lại giúp.")
    if written.sensitive not in set(Sensitive):
        found["sensitive"] = _("Chị chọn lại giúp.")
    if written.khmer_question or written.khmer_answer:
        if not written.khmer_question or len(written.khmer_question) > LONGEST_QUESTION:
            found["khmer_question"] = _("Bản tiếng Khmer cần có cả câu hỏi, không quá dài.")
        if fault := _fault_of_answer(written.khmer_answer, fields, _):
            found["khmer_answer"] = fault
    return found


def _fault_of_answer(answer: str, fields: Mapping[str, str], _: Callable[[str], str]) -> str:
    if not text.clean(answer):
        return _("Chưa có câu trả lời.")
    if text.utf16_length(answer) > LONGEST_ANSWER:
        return _("Câu trả lời dài quá %d ký tự, chị viết ngắn lại giúp.") % LONGEST_ANSWER
    name: str
    for name in _FIELD.findall(answer):
        if name not in fields:
            return _("Không có ô địa phương nào tên {{%s}}. Chị xem danh sách ô bên dưới.") % name
    rest = _FIELD.sub(" ", answer)
    if "{{" in rest or "}}" in rest:
        return _("Có dấu {{ hoặc }} chưa khép. Viết đủ như {{ten_don_vi}}.")
    return ""


async def scope_faults(
    connection: AsyncConnection,
    written: Written,
    kept: Row | None,
    today: date,
    _: Callable[[str], str],
) -> dict[str, str]:
    """What is wrong with whose it is, what it stands for and how long; `kept` is the entry as it stands, None for a new one."""
    found: dict[str, str] = {}
    if written.cites_on and written.cites_on > today:
        found["cites_on"] = _("Ngày này chưa tới.")
    # One that has expired may still be put right.
    if (
        written.expires_on
        and written.expires_on < today
        and not (kept and kept.expires_on == written.expires_on)
    ):
        found["expires_on"] = _("Ngày này đã qua. Chị chọn ngày cuối cùng còn trả lời câu này.")
    own_id = kept.id if kept else ""
    if written.unit_id is not None and await _is_stood_for(connection, own_id):
        found["unit_id"] = _("Có đơn vị đang dùng câu riêng thay câu này, nên câu này phải là câu chung.")
    if not written.stands_for:
        return found
    if written.unit_id is None:
        found["stands_for"] = _(
            "Câu chung thì không thay câu nào. Chị chọn đơn vị của câu này, hoặc bỏ chọn ở đây."
        )
    elif written.stands_for == own_id or not await _is_general(connection, written.stands_for):
        found["stands_for"] = _("Câu được thay phải là một câu chung.")
    elif other := await _stands_already(connection, written, own_id):
        found["stands_for"] = _("Đơn vị này đã có câu %s thay câu đó.") % other
    return found


async def _is_general(connection: AsyncConnection, entry_id: str) -> bool:
    general = sa.select(entries.c.id).where(entries.c.id == entry_id, entries.c.unit_id.is_(None))
    return await connection.scalar(general) is not None


async def _is_stood_for(connection: AsyncConnection, entry_id: str) -> bool:
    others = sa.select(entries.c.id).where(entries.c.stands_for == entry_id).limit(1)
    return await connection.scalar(others) is not None


async def _stands_already(connection: AsyncConnection, written: Written, own_id: str) -> str | None:
    """The unit's other entry in the place of the same general one."""
    return await connection.scalar(
        sa.select(entries.c.id)
        .where(
            entries.c.stands_for == written.stands_for,
            entries.c.unit_id == written.unit_id,
            entries.c.id != own_id,
        )
        .limit(1)
    )
