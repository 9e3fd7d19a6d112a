"""Which sending of an announcement a page is about: the one that its address names, else the latest."""

from dataclasses import dataclass

from aiohttp import web
from sqlalchemy.ext.asyncio import AsyncConnection

from broadcasts import overview
from handlers.officers import query
from handlers.officers.broadcasts import BROADCASTS, broadcast
from handlers.officers.visit import Visit


@dataclass(frozen=True, slots=True)
class ChosenRun:
    broadcast: overview.Row
    run: overview.Row | None  # None: it has none yet.
    is_named: bool  # By the address; then pages that it leads to name it, too.

    @property
    def path(self) -> str:
        """Of the announcement's page."""
        return f"{BROADCASTS}/{self.broadcast.id}"

    @property
    def here(self) -> str:
        """Of this sending's page."""
        return f"{self.path}?run={self.run.id}" if self.run is not None and self.is_named else self.path


async def of_visit(visit: Visit, connection: AsyncConnection) -> ChosenRun:
    """What is not the officer's business is not there, nor is a sending of another announcement."""
    row = await broadcast(visit, connection)
    asked = visit.field("run") or visit.request.query.get("run", "")
    run_id = query.number(asked)
    if asked and run_id is None:
        raise web.HTTPNotFound
    run = await overview.run_of(connection, row.id, run_id)
    if run is None and asked:
        raise web.HTTPNotFound
    return ChosenRun(row, run, bool(asked))


async def with_run(visit: Visit, connection: AsyncConnection) -> tuple[ChosenRun, overview.Row]:
    """The same with the sending, where there must be one."""
    chosen = await of_visit(visit, connection)
    if chosen.run is None:
        raise web.HTTPNotFound
    return chosen, chosen.run
