"""The CPU time that PostgreSQL itself has used: its server's processes, those that have ended included. Linux says it in /proc."""

import os
from pathlib import Path

import sqlalchemy as sa

from bot.store.database import Database

_TICK_S = 1 / os.sysconf("SC_CLK_TCK")
# Fields of /proc/PID/stat, counted from the one after the name in brackets.
_PARENT, _OWN, _OF_THE_ENDED = 1, slice(11, 13), slice(13, 15)


async def server_of(database: Database) -> int:
    """The process whose children the connections' processes are."""
    async with database.reading() as connection:
        backend: int = (await connection.execute(sa.func.pg_backend_pid().select())).scalar_one()
    return int(_stat(backend)[_PARENT])


def used_s(server: int) -> float:
    """Since the server started, in seconds."""
    own = _stat(server)
    fields = own[_OWN] + own[_OF_THE_ENDED]
    for child in Path(f"/proc/{server}/task/{server}/children").read_text().split():
        fields += _stat(int(child))[_OWN]
    return sum(map(int, fields)) * _TICK_S


def _stat(pid: int) -> list[str]:
    return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
