"""What an entry would do as it stands in the form, before it is saved."""

from aiohttp import web

from bot.answers import editing
from bot.answers.book import KeptEntry
from bot.answers.editing import Written
from bot.answers.kept_entries import EntryText
from bot.answers.learning import effect
from bot.answers.learning.effect import Change
from bot.languages import DEFAULT
from bot.store.tables.people import Role
from handlers.officers.entries import ENTRIES, SECTION, is_seen
from handlers.officers.entry_form import only_where_she_may, written_of
from handlers.officers.permission import allowed
from handlers.officers.taken_askings import sight_of
from handlers.officers.visit import Visit


@allowed(Role.OFFICER)
async def show_effect(visit: Visit) -> web.StreamResponse:
    written = written_of(visit)
    async with visit.console.database.reading() as connection:
        await only_where_she_may(visit, connection, written)
        row = await editing.get(connection, visit.field("entry_id"))
        if row is not None and not is_seen(row, visit.viewer):
            row = None
        book = await visit.console.answers.current(connection)
        kept = book.entries.get(row.id) if row is not None else None
        change = Change(_as_it_would_be(written, kept), _asked(written))
        found = await effect.of_change(connection, book, change, sight_of(visit), now=visit.now)
    context = {
        "effect": found,
        "is_new": kept is None,
        "is_off": kept is not None and not kept.is_on,
        "is_draft": kept is not None and kept.is_draft,
        "question": written.question or visit.gettext("Thêm câu mới"),
    }
    return visit.page("learning/effect.html", context, block="effect", section=SECTION)


def _as_it_would_be(written: Written, kept: KeptEntry | None) -> KeptEntry:
    texts = {DEFAULT: EntryText(written.question, written.answer, is_reviewed=True)}
    if written.khmer_question:
        texts[editing.KHMER] = EntryText(
            written.khmer_question, written.khmer_answer, written.khmer_is_reviewed
        )
    return KeptEntry(
        entry_id=kept.entry_id if kept else "",
        topic=written.topic,
        is_on=True,  # One that is off does something when it is switched on.
        escalate=written.escalate,
        sensitive=written.sensitive,
        texts=texts,
        unit_id=written.unit_id,
        stands_for=written.stands_for or None,
    )


def _asked(written: Written) -> tuple[str, ...]:
    asked = (written.question, *written.phrasings[: editing.MOST_PHRASINGS], written.khmer_question)
    return tuple(text for text in asked if text)


ROUTES = [web.post(ENTRIES + "/effect", show_effect)]
