"""How staff come in: by login and password, or by a link that works once."""

from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from bot import text
from bot.people.secret_tokens import kept_form, new_token
from bot.store.tables import sign_in_links, staff

LINK_LIFETIME = timedelta(hours=24)


def login_form(typed: str) -> str:
    """A login as it is kept and compared: "Thị.An " and "thi.an" are the same."""
    return text.fold(text.clean(typed)).replace(" ", "")


async def find_login(connection: AsyncConnection, login: str) -> sa.Row[int, str | None] | None:
    """The staff member who may sign in by this login: (id, password_hash)."""
    found = await connection.execute(
        sa.select(staff.c.id, staff.c.password_hash).where(
            staff.c.login == login_form(login), staff.c.is_active
        )
    )
    return found.one_or_none()


async def set_password_hash(connection: AsyncConnection, staff_id: int, password_hash: str) -> None:
    await connection.execute(
        sa.update(staff).where(staff.c.id == staff_id).values(password_hash=password_hash)
    )


async def make_link(connection: AsyncConnection, staff_id: int, *, now: datetime) -> str:
    """A token that signs her in once within a day. Her earlier links stop working."""
    await connection.execute(
        sa.update(sign_in_links)
        .where(sign_in_links.c.staff_id == staff_id, sign_in_links.c.used_at.is_(None))
        .values(used_at=now)
    )
    token = new_token()
    await connection.execute(
        sa.insert(sign_in_links).values(
            token_hash=kept_form(token), staff_id=staff_id, expires_at=now + LINK_LIFETIME
        )
    )
    return token


async def is_link_good(connection: AsyncConnection, token: str, *, now: datetime) -> bool:
    """Whether the link would still sign somebody in. Looking does not use it up."""
    return await connection.scalar(sa.select(_good_link(token, now).exists())) or False


async def use_link(connection: AsyncConnection, token: str, *, now: datetime) -> int | None:
    """Use a link up; returns whom it signs in, or None when it is used, too old or unknown."""
    link = _good_link(token, now).scalar_subquery()
    used = await connection.execute(
        sa.update(sign_in_links)
        .where(sign_in_links.c.token_hash == link, sign_in_links.c.used_at.is_(None))
        .values(used_at=now)
        .returning(sign_in_links.c.staff_id)
    )
    staff_id: int | None = used.scalar()
    return staff_id


def _good_link(token: str, now: datetime) -> sa.Select[tuple[str]]:
    return (
        sa.select(sign_in_links.c.token_hash)
        .join(staff, staff.c.id == sign_in_links.c.staff_id)
        .where(
            sign_in_links.c.token_hash == kept_form(token),
            sign_in_links.c.used_at.is_(None),
            sign_in_links.c.expires_at > now,
            staff.c.is_active,
            staff.c.login.is_not(None),
        )
    )
