"""Many members at once who are reached over one account, and an announcement to all of them: for loads and kill tests.

All are invented. `add` expects a migrated database and loads the content that the service starts with.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from bot import text
from bot.channels.account_rows import open_account
from bot.people import units
from bot.starting_content import load_starting_content
from bot.store.database import Database
from bot.store.tables import accounts, contacts, members
from bot.store.tables.broadcasts import OnUncertain
from bot.store.tables.people import MemberStatus, Role, UnitLevel
from broadcasts import confirming, writing
from broadcasts.audience import Audience
from broadcasts.writing import Draft
from tests import people

BOT_ID = "123456789"
TOKEN = f"{BOT_ID}:AAmade-up_TokenForTestsOnly_0123456789"
TEXT = (
    "Chào chị {{ten}}! Hội Phụ nữ {{xa}} mời chị dự buổi nói chuyện về vay vốn chăn nuôi, 8 giờ sáng thứ Bảy tại nhà văn "
    "hóa xã. Chị nhớ mang theo căn cước. Gõ NGUNG để dừng nhận tin."
)
_FIRST_CHAT = 2_000_000_001
_CHUNK = 1000


@dataclass(frozen=True, slots=True)
class Crowd:
    account_id: int
    province_id: int
    officer_id: int
    chats: range  # The members' chats at the platform; their addresses are the numbers as text.
    channel: str = "telegram"


async def add(
    database: Database,
    count: int,
    now: datetime,
    *,
    channel: str = "telegram",
    external_id: str = BOT_ID,
    first: int = _FIRST_CHAT,
) -> Crowd:
    """So many members who allow announcements and wrote a moment ago, and the officer who writes them."""
    async with database.writing() as connection:
        await load_starting_content(connection, now=now)
        account = await open_account(
            connection, channel=channel, external_id=external_id, name=f"{channel} {external_id}", now=now
        )
        province_id = await units.province_id(connection)
        assert province_id is not None
        unit_id = await people.add_unit(
            connection,
            "Xã Bến Thử",
            UnitLevel.COMMUNE,
            province_id,
            code="ben-thu",
            now=now,
        )
        officer_id = await people.add_staff(
            connection, "Trần Thị An", province_id, role=Role.OFFICER, login="an", now=now
        )
        chats = range(first, first + count)
        await add_people(
            connection, account.account_id, [str(chat) for chat in chats], unit_id=unit_id, now=now
        )
    return Crowd(account.account_id, province_id, officer_id, chats, channel)


async def add_people(
    connection: AsyncConnection, account_id: int, addresses: Sequence[str], *, unit_id: int, now: datetime
) -> None:
    """A member of the unit for each address, who wrote to the account a moment ago."""
    for start in range(0, len(addresses), _CHUNK):
        part = addresses[start : start + _CHUNK]
        names = [f"Nguyễn Thị {start + number}" for number in range(len(part))]
        await connection.execute(
            sa.insert(members),
            [
                {
                    "full_name": name,
                    "name_sort": text.name_sort_key(name),
                    "name_folded": text.fold(name),
                    "unit_id": unit_id,
                    "hamlet": "Ấp Hai",
                    "status": MemberStatus.RECOGNISED,
                    "allows_announcements": True,
                    "created_at": now,
                    "updated_at": now,
                }
                for name in names
            ],
        )
        ids = await connection.scalars(sa.select(members.c.id).order_by(members.c.id.desc()).limit(len(part)))
        await connection.execute(
            sa.insert(contacts),
            [
                {
                    "account_id": account_id,
                    "address": address,
                    "member_id": member_id,
                    "last_in_at": now,
                    "created_at": now,
                }
                for address, member_id in zip(part, sorted(ids), strict=True)
            ],
        )


async def unit_id(connection: AsyncConnection) -> int:
    """Where the people of the crowd live."""
    return int((await connection.execute(sa.select(members.c.unit_id).limit(1))).scalar_one())


async def account_ids(connection: AsyncConnection, channel: str) -> Sequence[int]:
    its = sa.select(accounts.c.id).where(accounts.c.channel == channel).order_by(accounts.c.id)
    return (await connection.scalars(its)).all()


async def announce(
    database: Database,
    crowd: Crowd,
    now: datetime,
    *,
    on_uncertain: OnUncertain = OnUncertain.LEAVE,
    channels: Sequence[str] = (),
) -> None:
    """Confirms an announcement to all of them, and to those on other channels where these are named.

    It is due a moment ago, so the next tick of any service starts it.
    """
    draft = Draft(
        title="Vay vốn",
        texts={"vi": TEXT},
        unit_id=crowd.province_id,
        audience=Audience.of_units([crowd.province_id], channels or (crowd.channel,)),
        on_uncertain=on_uncertain,
    )
    async with database.writing() as connection:
        broadcast_id = await writing.create(connection, draft, staff_id=crowd.officer_id, now=now)
        await confirming.confirm(
            connection,
            broadcast_id,
            due_at=now - timedelta(seconds=1),
            staff_id=crowd.officer_id,
            counted=len(crowd.chats),
            now=now,
        )
