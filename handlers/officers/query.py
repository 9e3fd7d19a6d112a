"""What a list is asked for: the choices in its address, and the words searched for, which never stand in one.

Words that officers search for are names, numbers and what members wrote. They come in the body of a form and stay in
the session; the address only says that there are some.
"""

from datetime import MAXYEAR, MINYEAR, date, datetime, time
from enum import StrEnum
from typing import TypeVar
from urllib.parse import urlencode

from bot.clock import VIETNAM
from bot.store.pages import Place
from handlers.officers.visit import Visit

E = TypeVar("E", bound=StrEnum)

_BIGGEST = 2**63
_LONGEST_WORDS = 200
_WORDS = "words"


def number(text: str) -> int | None:
    """A row's number, or None for anything else."""
    return (
        int(text)
        if text.isascii() and text.isdigit() and int(text[:20]) < _BIGGEST and len(text) < 20
        else None
    )


def choice(kind: type[E], text: str) -> E | None:
    return kind(text) if text in set(kind) else None


def day(text: str) -> datetime | None:
    """The beginning of a day in Vietnam, from what a date field sends. None for anything else, or a day of no use."""
    try:
        asked = date.fromisoformat(text)
    except ValueError:
        return None
    # The first and last years of the calendar have no neighbours to count to.
    return datetime.combine(asked, time(), VIETNAM) if MINYEAR < asked.year < MAXYEAR else None


def moment(text: str) -> datetime | None:
    """A moment as a page wrote it into a field or an address."""
    try:
        asked = datetime.fromisoformat(text)
    except ValueError:
        return None
    # The first and last years of the calendar have no neighbours to count to.
    return asked if asked.tzinfo and MINYEAR < asked.year < MAXYEAR else None


def place(visit: Visit) -> Place:
    query = visit.request.query
    return Place(after=number(query.get("after", "")), before=number(query.get("before", "")))


def from_form(visit: Visit, section: str, fields: tuple[str, ...]) -> str:
    """Keep the words of a search form in the session; returns the query that stands for the whole form."""
    chosen = {name: visit.field(name) for name in fields if visit.field(name)}
    words = visit.field(_WORDS)[:_LONGEST_WORDS]
    if words:
        visit.session[f"{_WORDS}.{section}"] = words
        chosen[_WORDS] = "1"
    return urlencode(chosen)


def words(visit: Visit, section: str) -> str:
    """The words searched for, while the address says that there are some."""
    return str(visit.session.get(f"{_WORDS}.{section}", "")) if _WORDS in visit.request.query else ""


def again(visit: Visit) -> str:
    """The query of this list without its place, for links to other pages of it."""
    return urlencode(
        {name: value for name, value in visit.request.query.items() if name not in {"after", "before"}}
    )
