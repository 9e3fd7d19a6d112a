"""Staff: who they are, how far they see, and the one-time codes by which a cadre's own chat becomes her desk.

Signing in to the console lives in `access` and `sessions`; what a desk is given lives in `bot.questions`.
"""

import hashlib
import re
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from bot import text
from bot.languages import DEFAULT
from bot.people import contacts, sessions
from bot.people.contacts import Contact
from bot.store.tables import join_codes, join_tries, staff, units
from bot.store.tables.people import Role, UnitLevel

CODE_LIFETIME = timedelta(days=7)
_ALPHABET = "ABCDEFGHJKLMNPQRSTUVWXYZ23456789"  # Nothing that is read for something else: no 0, O, 1, I.
_CODE_LENGTH = 8
_PREFIX = "HOI"
_CODE = re.compile(rf"(?:{_PREFIX})?[-\s]*([{_ALPHABET}]{{4}})[-\s]*([{_ALPHABET}]{{4}})")
_CODE_IN_WORDS = re.compile(rf"\b{_PREFIX}\s*-\s*([{_ALPHABET}]{{4}})[-\s]*([{_ALPHABET}]{{4}})\b")
_WRONG_TRIES = 5
_TRIES_WITHIN = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class StaffMember:
    staff_id: int
    name: str
    role: Role
    unit_id: int
    unit_name: str
    unit_level: UnitLevel
    unit_path: str
    takes_questions: bool
    takes_alerts: bool
    is_active: bool
    language: str


async def create(
    connection: AsyncConnection,
    name: str,
    *,
    role: Role,
    unit_id: int,
    now: datetime,
    login: str | None = None,
    takes_questions: bool = False,
    takes_alerts: bool = False,
    language: str = DEFAULT,
) -> int:
    """Add somebody; `login` as `access.login_form` makes it, None for one who only chats. Returns her id."""
    added = await connection.execute(
        sa.insert(staff)
        .values(
            name=name,
            name_sort=text.name_sort_key(name),
            login=login,
            role=role,
            unit_id=unit_id,
            takes_questions=takes_questions,
            takes_alerts=takes_alerts,
            language=language,
            created_at=now,
        )
        .returning(staff.c.id)
    )
    return int(added.scalar_one())


async def get(connection: AsyncConnection, staff_id: int) -> StaffMember | None:
    found = await connection.execute(
        sa.select(staff, units.c.name.label("unit_name"), units.c.level, units.c.path)
        .join(units, units.c.id == staff.c.unit_id)
        .where(staff.c.id == staff_id)
    )
    row = found.one_or_none()
    if row is None:
        return None
    return StaffMember(
        staff_id=row.id,
        name=row.name,
        role=row.role,
        unit_id=row.unit_id,
        unit_name=row.unit_name,
        unit_level=row.level,
        unit_path=row.path,
        takes_questions=row.takes_questions,
        takes_alerts=row.takes_alerts,
        is_active=row.is_active,
        language=row.language,
    )


async def set_name(connection: AsyncConnection, staff_id: int, name: str) -> None:
    await connection.execute(
        sa.update(staff).where(staff.c.id == staff_id).values(name=name, name_sort=text.name_sort_key(name))
    )


async def set_language(connection: AsyncConnection, staff_id: int, language: str) -> None:
    await connection.execute(sa.update(staff).where(staff.c.id == staff_id).values(language=language))


async def set_takes_questions(connection: AsyncConnection, staff_id: int, takes_questions: bool) -> None:
    """Give or take the desk. What lies on a desk that is taken away is passed on by `bot.questions.undelivered`."""
    await connection.execute(
        sa.update(staff).where(staff.c.id == staff_id).values(takes_questions=takes_questions)
    )


async def set_takes_alerts(connection: AsyncConnection, staff_id: int, takes_alerts: bool) -> None:
    """Whether she is told at once, day and night, when somebody of her unit or below writes words of danger."""
    await connection.execute(sa.update(staff).where(staff.c.id == staff_id).values(takes_alerts=takes_alerts))


async def deactivate(connection: AsyncConnection, staff_id: int, *, now: datetime) -> None:
    """She has no desk, no session and no open code from this moment. The caller reroutes her questions (`undelivered.desk_lost`)."""
    await connection.execute(sa.update(staff).where(staff.c.id == staff_id).values(is_active=False))
    await sessions.end_all_of(connection, staff_id, now=now)
    await _end_codes(connection, staff_id)


def sees(member: StaffMember, unit_path: str | None) -> bool:
    """Whether a unit is an officer's business: hers and all below. Who has not said where she lives (None) is the top's."""
    if not member.is_active or member.role is not Role.OFFICER:
        return False
    if unit_path is None:
        return member.unit_level in {UnitLevel.CENTRAL, UnitLevel.PROVINCE}
    return unit_path.startswith(member.unit_path)


# One-time codes.


class Joined(StrEnum):
    """What became of a code."""

    YES = "yes"
    ALREADY = "already"  # This chat was her desk before; the code is used up.
    WRONG = "wrong"  # Unknown, too old or used.
    TOO_MANY = "too_many"  # Too many wrong ones within the hour; this one was not looked at.
    OTHER_STAFF = "other_staff"  # The chat is the desk of somebody else; the code stays good.


@dataclass(frozen=True, slots=True)
class Joining:
    outcome: Joined
    staff_id: int | None = None


async def give_join_code(connection: AsyncConnection, staff_id: int, now: datetime) -> str:
    """A code like HOI-7K3M-9QRT that makes one chat her desk, once, within seven days. Her earlier codes stop working.

    It is shown here only: the database keeps its hash.
    """
    await _end_codes(connection, staff_id)
    code = _new_code()
    await connection.execute(
        sa.insert(join_codes).values(
            code_hash=_kept_form(code), staff_id=staff_id, expires_at=now + CODE_LIFETIME
        )
    )
    return f"{_PREFIX}-{code[:4]}-{code[4:]}"


def read_code(typed: str) -> str | None:
    """The code in a message: with or without prefix, dashes and capitals; among other words only as it was given, HOI-XXXX-XXXX.
    None for other words.

    A code has a letter and a digit, so that "hỏi chưa từng" stays a question.
    """
    typed = typed.strip().upper()
    match = (_CODE.fullmatch(typed) if len(typed) < 40 else None) or _CODE_IN_WORDS.search(typed)
    code = "".join(match.groups()) if match else ""
    return code if any(c.isdigit() for c in code) and any(c.isalpha() for c in code) else None


async def use_join_code(
    connection: AsyncConnection, contact: Contact, typed: str, now: datetime
) -> Joining | None:
    """Make this chat the desk of the code's staff member. None when the words are no code at all."""
    code = read_code(typed)
    if code is None:
        return None
    if await _tried_too_often(connection, contact.contact_id, now):
        return Joining(Joined.TOO_MANY)
    staff_id = await _good_for(connection, code, now)
    if staff_id is None:
        await connection.execute(sa.insert(join_tries).values(contact_id=contact.contact_id, at=now))
        return Joining(Joined.WRONG)
    if contact.staff_id not in {None, staff_id}:
        holder = await get(connection, contact.staff_id) if contact.staff_id is not None else None
        if holder is not None and holder.is_active:
            return Joining(Joined.OTHER_STAFF)
    used = await connection.execute(
        sa.update(join_codes)
        .where(join_codes.c.code_hash == _kept_form(code), join_codes.c.used_at.is_(None))
        .values(used_at=now)
    )
    if not used.rowcount:  # Somebody else used it in this very moment.
        return Joining(Joined.WRONG)
    await contacts.change(connection, contact.contact_id, staff_id=staff_id)
    return Joining(Joined.ALREADY if contact.staff_id == staff_id else Joined.YES, staff_id)


async def has_desk(connection: AsyncConnection, contact: Contact) -> bool:
    """Whether this chat is the desk of somebody who is still on duty."""
    if contact.staff_id is None:
        return False
    active = sa.select(staff.c.is_active).where(staff.c.id == contact.staff_id)
    return bool((await connection.execute(active)).scalar())


async def _good_for(connection: AsyncConnection, code: str, now: datetime) -> int | None:
    good = (
        sa.select(join_codes.c.staff_id)
        .join(staff, staff.c.id == join_codes.c.staff_id)
        .where(
            join_codes.c.code_hash == _kept_form(code),
            join_codes.c.used_at.is_(None),
            join_codes.c.expires_at > now,
            staff.c.is_active,
        )
    )
    return (await connection.execute(good)).scalar()


async def _tried_too_often(connection: AsyncConnection, contact_id: int, now: datetime) -> bool:
    await connection.execute(sa.delete(join_tries).where(join_tries.c.at <= now - _TRIES_WITHIN))
    tries = sa.select(sa.func.count()).where(join_tries.c.contact_id == contact_id)
    return ((await connection.execute(tries)).scalar() or 0) >= _WRONG_TRIES


async def _end_codes(connection: AsyncConnection, staff_id: int) -> None:
    await connection.execute(
        sa.delete(join_codes).where(join_codes.c.staff_id == staff_id, join_codes.c.used_at.is_(None))
    )


def _new_code() -> str:
    while True:
        code = "".join(secrets.choice(_ALPHABET) for _place in range(_CODE_LENGTH))
        if read_code(code):
            return code


def _kept_form(code: str) -> str:
    return hashlib.sha256(code.encode()).hexdigest()
