"""A small Union for tests: An the officer, Bình the cadre, Chi from elsewhere, and two members.

    Cần Thơ (An, officer) ── Kế Sách ── Chi hội An Ninh (Bình, cadre with the desk; Hoa and Lan, members)
                          └─ Nhơn Mỹ (Chi, officer of another commune)

All are invented. `settle` makes them on one account; the other functions add what a test needs besides.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from bot import text
from bot.people import contacts as bot_contacts
from bot.people.contacts import Contact
from bot.store.database import Database
from bot.store.tables import accounts, contacts, members, outbox, staff, units
from bot.store.tables.accounts import AccountState
from bot.store.tables.people import MemberStatus, Role, UnitLevel


@dataclass(frozen=True, slots=True)
class People:
    """Row ids; the addresses of the chats are "binh", "hoa" and "lan"."""

    account_id: int
    province_id: int
    commune_id: int
    branch_id: int
    other_commune_id: int
    an: int  # Staff ids.
    binh: int
    chi: int
    hoa: int  # Member ids. Hoa lets cadres see her name, Lan does not.
    lan: int


async def settle(database: Database, now: datetime) -> People:
    """Make them all. An and Chi hold no desk and have no chat."""
    async with database.writing() as connection:
        account_id = await add_account(connection, now=now)
        province_id = await add_unit(connection, "Hội LHPN thành phố Cần Thơ", UnitLevel.PROVINCE, now=now)
        commune_id = await add_unit(connection, "Xã Kế Sách", UnitLevel.COMMUNE, province_id, now=now)
        branch_id = await add_unit(connection, "Chi hội An Ninh", UnitLevel.BRANCH, commune_id, now=now)
        other_id = await add_unit(connection, "Xã Nhơn Mỹ", UnitLevel.COMMUNE, province_id, now=now)
        an = await add_staff(connection, "Trần Thị An", province_id, role=Role.OFFICER, login="an", now=now)
        binh = await add_staff(connection, "Lê Thị Bình", branch_id, takes_questions=True, now=now)
        chi = await add_staff(connection, "Phạm Thị Chi", other_id, role=Role.OFFICER, login="chi", now=now)
        hoa = await add_member(connection, "Nguyễn Thị Hoa", branch_id, allows_name_to_cadres=True, now=now)
        lan = await add_member(connection, "Thạch Thị Lan", branch_id, now=now)
        await add_contact(connection, account_id, "binh", staff_id=binh, now=now)
        await add_contact(connection, account_id, "hoa", member_id=hoa, now=now)
        await add_contact(connection, account_id, "lan", member_id=lan, now=now)
    return People(account_id, province_id, commune_id, branch_id, other_id, an, binh, chi, hoa, lan)


async def add_account(
    connection: AsyncConnection, *, channel: str = "web_chat", external_id: str = "web", now: datetime
) -> int:
    return await _add(
        connection, accounts,
        channel=channel, external_id=external_id, name=external_id, state=AccountState.ACTIVE, created_at=now,
    )  # fmt: skip


async def add_unit(
    connection: AsyncConnection,
    name: str,
    level: UnitLevel,
    parent_id: int | None = None,
    *,
    code: str | None = None,
    now: datetime,
) -> int:
    unit_id = await _add(
        connection, units,
        code=code or text.squeeze(name)[:24], name=name, name_sort=text.sort_key(name), level=level,
        parent_id=parent_id, path="", created_at=now,
    )  # fmt: skip
    above = "/"
    if parent_id is not None:
        above = (
            await connection.execute(sa.select(units.c.path).where(units.c.id == parent_id))
        ).scalar_one()
    await connection.execute(sa.update(units).where(units.c.id == unit_id).values(path=f"{above}{unit_id}/"))
    return unit_id


async def add_member(
    connection: AsyncConnection, name: str, unit_id: int | None, *, now: datetime, **values: Any
) -> int:
    fields = {"status": MemberStatus.RECOGNISED, "birth_year": 1985, **values}
    return await _add(
        connection, members,
        full_name=name, name_sort=text.name_sort_key(name), name_folded=text.fold(name), unit_id=unit_id,
        created_at=now, updated_at=now, **fields,
    )  # fmt: skip


async def add_staff(
    connection: AsyncConnection,
    name: str,
    unit_id: int,
    *,
    role: Role = Role.CADRE,
    takes_questions: bool = False,
    takes_alerts: bool = False,
    login: str | None = None,
    now: datetime,
) -> int:
    return await _add(
        connection, staff,
        name=name, name_sort=text.name_sort_key(name), login=login, role=role, unit_id=unit_id,
        takes_questions=takes_questions, takes_alerts=takes_alerts, created_at=now,
    )  # fmt: skip


async def add_contact(
    connection: AsyncConnection, account_id: int, address: str, *, now: datetime, **values: Any
) -> int:
    """A chat; pass `member_id`, `staff_id`, `is_quiet` and other columns as needed."""
    return await _add(connection, contacts, account_id=account_id, address=address, created_at=now, **values)


async def contact_of(database: Database, account_id: int, address: str) -> Contact:
    """The chat of an address as the service sees it now."""
    async with database.reading() as connection:
        found = sa.select(contacts.c.id).where(
            contacts.c.account_id == account_id, contacts.c.address == address
        )
        contact = await bot_contacts.get(connection, (await connection.execute(found)).scalar_one())
    assert contact is not None
    return contact


async def letters_to(database: Database, address: str) -> list[sa.Row[Any]]:
    """The outbox rows to the chats of an address, in order."""
    letters = (
        sa.select(outbox)
        .join(contacts, contacts.c.id == outbox.c.contact_id)
        .where(contacts.c.address == address)
        .order_by(outbox.c.id)
    )
    async with database.reading() as connection:
        return list((await connection.execute(letters)).all())


async def texts_to(database: Database, address: str) -> list[str]:
    """The words of what was written to the chats of an address, in order."""
    return [row.message["text"] for row in await letters_to(database, address)]


async def _add(connection: AsyncConnection, table: sa.Table, **values: Any) -> int:
    inserted = await connection.execute(sa.insert(table).values(**values).returning(table.c.id))
    return int(inserted.scalar_one())
