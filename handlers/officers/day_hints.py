"""What is worth knowing of the day on which an announcement is to be sent: what it is, and what the content advises."""

from datetime import date, timedelta

from sqlalchemy.ext.asyncio import AsyncConnection

from broadcasts import named_days, occasions
from handlers.officers.visit import Visit

_NEAR = timedelta(days=3)


async def of(visit: Visit, connection: AsyncConnection, day: date) -> tuple[str, ...]:
    """A sentence for each occasion of the day, and for each feast that is near."""
    _ = visit.gettext
    known = visit.console.occasions
    notes = {one.title: one.note for one in known if one.is_lunar}
    found = [
        _("%(day)s là %(name)s.") % {"day": f"{feast.day:%d/%m/%Y}", "name": feast.name}
        + (f" {_capital(note)}." if (note := notes.get(feast.name)) else "")
        for feast in await named_days.between(connection, day - _NEAR, day + _NEAR)
    ]
    for one in occasions.on(known, day):
        if not one.lasts or one.note:
            said = _("Ngày này có: %(name)s.") % {"name": one.name}
            found.append(f"{said} {_capital(one.note)}." if one.note else said)
    return tuple(found)


def _capital(words: str) -> str:
    return words[:1].upper() + words[1:]
