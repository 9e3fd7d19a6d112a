"""Today: the page that an officer sees first."""

from datetime import timedelta
from typing import NamedTuple

from aiohttp import web
from sqlalchemy.ext.asyncio import AsyncConnection

from bot import accounts, today
from bot.answers import confirming
from bot.answers.learning import usage
from bot.store.tables.people import Role
from broadcasts import approval, overview, requests
from handlers.officers.accounts import troubles
from handlers.officers.permission import allowed
from handlers.officers.standing import standing_of
from handlers.officers.taken_askings import sight_of
from handlers.officers.templates import channel
from handlers.officers.visit import Visit

_SEEN_LATELY = timedelta(minutes=5)  # What is asked alike need not be told to the second.


class Notice(NamedTuple):
    """Something that does not work now, and the page on which to see to it."""

    where: str
    sentence: str
    path: str
    link: str


@allowed(Role.OFFICER)
async def show(visit: Visit) -> web.StreamResponse:
    async with visit.console.database.reading() as connection:
        figures = await today.figures(connection, visit.viewer, now=visit.now)
        context = {
            "figures": figures,
            "settled": await overview.settled(connection, [run.run_id for run in figures.runs]),
            "notices": await _notices(visit, connection),
            "to_approve": len(await approval.waiting_for(connection, visit.viewer.staff_id)),
            "returned": await requests.returned_to(connection, visit.viewer.staff_id),
            "unanswered": await _unanswered(visit, connection),
            "to_confirm": len(await confirming.waiting(connection, sight_of(visit), now=visit.now)),
            "expiring": len(await usage.expiring(connection, sight_of(visit), now=visit.now)),
        }
    return visit.page("today/today.html", context, block="figures", section="today")


async def _unanswered(visit: Visit, connection: AsyncConnection) -> int:
    """How many needs were asked more than once and have no answer: the top's business, which writes for everybody."""
    if not visit.viewer.sees_everything:
        return 0
    groups = await visit.console.asked_alike.current(
        connection, sight_of(visit), now=visit.now, may_be_old=_SEEN_LATELY
    )
    return sum(group.count > 1 for group in groups)


async def _notices(visit: Visit, connection: AsyncConnection) -> list[Notice]:
    """What does not work now and she can do something about. The whole service is not everybody's business."""
    _ = visit.gettext
    if not visit.viewer.sees_everything:
        return []
    heard = await accounts.heard(connection)
    stands = [(one, standing_of(visit, one, heard)) for one in await accounts.overview(connection)]
    found = [(one.name, standing.sentence) for one, standing in stands if standing.is_red]
    said = {sentence for _where, sentence in found}
    found += [
        (channel(one["channel"]), one["sentence"])
        for one in await troubles(visit, connection)
        if one["sentence"] not in said  # What an account lacks shows as a trouble of its platform, too.
    ]
    notices = [Notice(*one, "/console/accounts", _("Mở trang Kênh")) for one in found]
    if error := visit.console.answers.build_error:
        notices.append(Notice(_("Hỏi đáp"), _(error), "/console/entries", _("Mở trang Hỏi đáp")))
    return notices


ROUTES = [web.get("/console", show)]
