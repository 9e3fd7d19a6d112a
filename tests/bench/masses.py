"""Members by the million, each with a chat: made by the database itself, so that nothing has to wait for all of them."""

from datetime import datetime

import sqlalchemy as sa

from bot.channels.account_rows import open_account
from bot.store.database import Database
from bot.store.types import Moment
from tests import crowd

_AT_ONCE = 100_000
_NUMBERS = {
    "postgresql": "WITH numbers AS (SELECT n FROM generate_series(CAST(:first AS BIGINT), :last) AS n)",
    "sqlite": "WITH RECURSIVE numbers(n) AS (SELECT :first UNION ALL SELECT n + 1 FROM numbers WHERE n < :last)",
}
_MEMBERS = """INSERT INTO members (id, full_name, name_sort, name_folded, hamlet, unit_id, status, created_at, updated_at,
        allows_announcements, allows_name_to_cadres, allows_call_back)
    SELECT n, 'Nguyễn Thị ' || CAST(n AS TEXT), CAST(n AS TEXT), 'nguyen thi ' || CAST(n AS TEXT), 'Ấp Hai', :unit,
        'recognised', :now, :now, TRUE, FALSE, FALSE FROM numbers"""
_CONTACTS = """INSERT INTO contacts (id, account_id, address, member_id, language, is_quiet, unreachable_code, created_at,
        last_in_at)
    SELECT n, :account, CAST(n AS TEXT), n, 'vi', FALSE, '', :now, :now FROM numbers"""


async def add(database: Database, people: crowd.Crowd, count: int, now: datetime) -> None:
    """So many more members of the crowd's unit, of which there is one at least. Their chats' addresses are their numbers."""
    numbers = _NUMBERS["sqlite" if database.is_sqlite else "postgresql"]
    async with database.writing() as connection:
        unit_id = await connection.scalar(sa.text("SELECT unit_id FROM members LIMIT 1"))
        first = (await connection.scalar(sa.text("SELECT max(id) FROM members")) or 0) + 1
        account = await open_account(
            connection, channel=people.channel, external_id=crowd.BOT_ID, name="", now=now
        )
    last = first + count - 1
    for begins in range(first, last + 1, _AT_ONCE):
        values = {"first": begins, "last": min(begins + _AT_ONCE - 1, last), "now": now}
        async with database.writing() as connection:
            for statement, more in (
                (_MEMBERS, {"unit": unit_id}),
                (_CONTACTS, {"account": account.account_id}),
            ):
                rows = sa.text(f"{numbers} {statement}").bindparams(sa.bindparam("now", type_=Moment()))
                await connection.execute(rows, values | more)
    if not database.is_sqlite:  # Their numbers were given: who comes next must not get one of them.
        async with database.writing() as connection:
            for table in ("members", "contacts"):
                await connection.execute(
                    sa.text(f"SELECT setval('{table}_id_seq', (SELECT max(id) FROM {table}))")
                )
    async with database.engine.connect() as connection:  # As the database does by itself, sooner or later.
        await connection.execution_options(isolation_level="AUTOCOMMIT")
        await connection.execute(sa.text("ANALYZE"))
