"""Writing an entry of the FAQ: one that is there, or a new one."""

from collections.abc import Mapping
from datetime import datetime

from aiohttp import web
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.answers import editing
from bot.answers.editing import Written
from bot.people import acts
from bot.store.tables.people import Role
from bot.text import clean
from handlers.officers.entries import ENTRIES, SECTION, entry, only_the_province
from handlers.officers.permission import allowed
from handlers.officers.visit import Visit

_EMPTY = Written(
    topic="", question="", phrasings=(), answer="", source="", escalate="cadre", sensitive="none"
)


@allowed(Role.OFFICER)
async def show_entry(visit: Visit) -> web.StreamResponse:
    async with visit.console.database.reading() as connection:
        row = await entry(visit, connection)
        return await _page(visit, connection, row, _as_kept(row))


@allowed(Role.OFFICER)
async def show_new(visit: Visit) -> web.StreamResponse:
    only_the_province(visit)
    async with visit.console.database.reading() as connection:
        return await _page(visit, connection, None, _EMPTY)


@allowed(Role.OFFICER)
async def create(visit: Visit) -> web.StreamResponse:
    only_the_province(visit)
    written = _written(visit)
    async with visit.console.database.writing() as connection:
        if faults := await _faults(visit, connection, written):
            return await _page(visit, connection, None, written, faults)
        entry_id = await editing.create(connection, written, staff_id=visit.viewer.staff_id, now=visit.now)
        await _record(visit, connection, entry_id, "entry_created")
    visit.flash(visit.gettext("Đã lưu câu mới. Câu này còn tắt: chị xem lại rồi bật."))
    return visit.go(f"{ENTRIES}/{entry_id}")


@allowed(Role.OFFICER)
async def save(visit: Visit) -> web.StreamResponse:
    _ = visit.gettext
    only_the_province(visit)
    written = _written(visit)
    async with visit.console.database.writing() as connection:
        row = await entry(visit, connection)
        if faults := await _faults(visit, connection, written):
            return await _page(visit, connection, row, written, faults)
        is_saved = await editing.save(
            connection, row.id, written, seen_at=_moment(visit.field("seen_at")) or visit.now,
            staff_id=visit.viewer.staff_id, now=visit.now,
        )  # fmt: skip
        if not is_saved:
            changed = {
                "": _("Câu này vừa được người khác sửa nên chưa lưu. Chị mở lại trang để xem bản mới.")
            }
            return await _page(visit, connection, row, written, changed)
        await _record(visit, connection, row.id, "entry_edited")
    visit.flash(_("Đã lưu. Trợ lý dùng câu này ngay.") if row.is_on else _("Đã lưu."))
    return visit.go(f"{ENTRIES}/{row.id}")


def _written(visit: Visit) -> Written:
    def words(name: str) -> str:
        return clean(visit.field(name))

    return Written(
        topic=visit.field("topic"),
        question=words("question"),
        phrasings=editing.phrasings_of(visit.field("phrasings")),
        answer=words("answer"),
        source=words("source"),
        escalate=visit.field("escalate"),
        sensitive=visit.field("sensitive"),
        khmer_question=words("khmer_question"),
        khmer_answer=words("khmer_answer"),
        khmer_is_reviewed=bool(visit.field("khmer_is_reviewed")),
    )


def _as_kept(row: editing.Row) -> Written:
    return Written(
        topic=row.topic,
        question=row.question,
        phrasings=tuple(row.phrasings),
        answer=row.answer,
        source=row.source,
        escalate=row.escalate,
        sensitive=row.sensitive,
        khmer_question=row.khmer_question or "",
        khmer_answer=row.khmer_answer or "",
        khmer_is_reviewed=bool(row.khmer_is_reviewed),
    )


async def _faults(visit: Visit, connection: AsyncConnection, written: Written) -> dict[str, str]:
    topics, fields = await editing.topic_names(connection), await editing.field_names(connection)
    return editing.faults(written, topics, fields, visit.gettext)


async def _page(
    visit: Visit,
    connection: AsyncConnection,
    row: editing.Row | None,
    written: Written,
    faults: Mapping[str, str] | None = None,
) -> web.Response:
    book = await visit.console.answers.current(connection)
    context = {
        "entry": row,
        "written": written,
        "faults": faults or {},
        "topics": await editing.topic_names(connection),
        "fields": await editing.field_names(connection),
        "overlaps": editing.overlaps(book, row.id, [written.question, *written.phrasings]) if row else [],
        "may_write": visit.viewer.sees_everything,
        "longest": editing.LONGEST_ANSWER,
    }
    return visit.page("entries/entry.html", context, section=SECTION, status=422 if faults else 200)


async def _record(visit: Visit, connection: AsyncConnection, entry_id: str, act: str) -> None:
    await acts.record(connection, visit.viewer.staff_id, act, now=visit.now, subject=f"entry {entry_id}")


def _moment(text: str) -> datetime | None:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return None
    return moment if moment.tzinfo else None


ROUTES = [
    web.get(ENTRIES + "/new", show_new),
    web.post(ENTRIES + "/new", create),
    web.get(ENTRIES + "/{entry_id}", show_entry),
    web.post(ENTRIES + "/{entry_id}", save),
]
