"""The ways to a member that an announcement may take, as one SELECT: each member once, by the cheapest.

In our own words to an open chat for nothing; the same for money; wording that her platform has approved, to a chat of hers;
the same to her phone number. Nothing costs money unless the announcement may spend some and an officer has allowed the
account to. Of equal chats, the one she last wrote from.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from bot import rules
from bot.languages import DEFAULT
from bot.store.tables import accounts, category_choices, contacts, deliveries, members
from bot.store.tables.accounts import AccountState
from bot.store.tables.broadcasts import Priority, Route
from bot.store.tables.people import MemberStatus
from bot.store.types import Moment
from broadcasts.audience import Audience
from broadcasts.content import Approved, Content, Otherwise
from broadcasts.meaning import holds

GONE = (MemberStatus.DECLINED, MemberStatus.LEFT)
"""Those who are no members (any more). Who has asked and waits to be recognised is told already."""

Chosen = sa.Select[int, int | None, int, str, Route, int, str | None, str]
"""(member_id, contact_id, account_id, channel, route, price, address, language); no contact where it goes to a number."""


@dataclass(frozen=True, slots=True)
class Asked:
    """All that decides who gets an announcement, and how."""

    audience: Audience
    category: str = ""
    content: Content = field(default_factory=Content)
    budget: int | None = None  # VND; None: nothing may cost money.
    is_urgent: bool = False  # Also to those who picked other categories: they were told so.
    languages: tuple[str, ...] = ()  # Only to chats in one of these; none: in any.

    @classmethod
    def of(cls, row: sa.Row[*tuple[Any, ...]]) -> "Asked":
        """Of a row of broadcasts or of runs. Refused when its audience is none."""
        content = Content.from_json(row.content)
        return cls(
            audience=Audience.from_json(row.audience),
            category=row.category,
            content=content,
            budget=row.budget,
            is_urgent=row.priority == Priority.URGENT,
            languages=tuple(sorted(row.texts)) if content.otherwise is Otherwise.LEAVE_OUT else (),
        )

    def to_json(self) -> dict[str, Any]:
        return {
            "audience": self.audience.to_json(),
            "category": self.category,
            "content": self.content.to_json(),
            "budget": self.budget,
            "urgent": self.is_urgent,
            "languages": list(self.languages),
        }

    @classmethod
    def from_json(cls, stored: Mapping[str, Any]) -> "Asked":
        """What `to_json` made; KeyError, TypeError, ValueError or Refused for anything else."""
        return cls(
            audience=Audience.from_json(stored["audience"]),
            category=str(stored["category"]),
            content=Content.from_json(stored["content"]),
            budget=None if stored["budget"] is None else int(stored["budget"]),
            is_urgent=stored["urgent"] is True,
            languages=tuple(str(one) for one in stored["languages"]),
        )

    @property
    def may_pay(self) -> bool:
        return self.budget is not None


def is_meant(audience: Audience, now: datetime) -> sa.ColumnElement[bool]:
    """The condition that a member is one of those the announcement is for, reachable or not."""
    return sa.and_(members.c.status.not_in(GONE), holds(audience, now))


def wants(asked: Asked) -> sa.ColumnElement[bool]:
    """That a member wants announcements of this category, as far as she has said."""
    if asked.is_urgent:
        return sa.true()
    choice = category_choices.alias("her_choice")
    picked = sa.exists(
        sa.select(1).where(choice.c.member_id == members.c.id, choice.c.category == asked.category)
    )
    return sa.or_(~members.c.chose_categories, picked)


def is_served(channels: tuple[str, ...]) -> sa.ColumnElement[bool]:
    """That we send from an account, and it is of one of these channels."""
    return sa.and_(accounts.c.state == AccountState.ACTIVE, accounts.c.channel.in_(channels))


def speaks(asked: Asked) -> sa.ColumnElement[bool]:
    """That something is written for a contact in her language, where nobody is to be written to in another."""
    return contacts.c.language.in_(asked.languages) if asked.languages else sa.true()


def chosen(
    asked: Asked, *ranges: sa.ColumnElement[bool], now: datetime, between: tuple[int, int] | None = None
) -> Chosen:
    """Everybody who is to be reached at `now`, each once. `ranges` narrow the members looked at, `between` to those with
    numbers above the first and up to the second.

    The audience's segments must have been looked up (`segments.opened`).
    """
    meant = sa.and_(
        is_meant(asked.audience, now),
        members.c.allows_announcements,
        wants(asked),
        _between(members.c.id, between),
        *ranges,
    )
    # Said of the contacts as well, by whose index they are found.
    theirs = _between(contacts.c.member_id, between)
    ways = [_by_chat(asked, sa.and_(meant, theirs), now)]
    if asked.may_pay and (wording := asked.content.approved):
        ways.append(_by_template(asked, wording, sa.and_(meant, theirs), now))
        if wording.by_phone:
            ways.append(_by_phone(asked, wording, meant))
    way = (ways[0] if len(ways) == 1 else sa.union_all(*ways)).subquery("ways").c
    best_first = [way.rank, way.price, way.last_in_at.desc().nulls_last(), way.contact_id]
    ranked = sa.select(
        *(way[name] for name in _COLUMNS),
        sa.func.row_number().over(partition_by=way.member_id, order_by=best_first).label("choice"),
    ).subquery("ranked")
    return sa.select(*(ranked.c[name] for name in _COLUMNS)).where(ranked.c.choice == 1)


_COLUMNS = ("member_id", "contact_id", "account_id", "channel", "route", "price", "address", "language")
_IS_OPEN = sa.and_(contacts.c.stopped_at.is_(None), ~contacts.c.is_quiet, contacts.c.unreachable_at.is_(None))


def _between(number: sa.ColumnElement[Any], between: tuple[int, int] | None) -> sa.ColumnElement[bool]:
    return sa.and_(number > between[0], number <= between[1]) if between else sa.true()


def _by_chat(asked: Asked, meant: sa.ColumnElement[bool], now: datetime) -> sa.Select[Any]:
    price = rules.price_of_letting_through(now) if asked.may_pay else sa.literal(0, sa.Integer)
    through = rules.lets_through(now, pays=asked.may_pay)
    return _way(Route.CHAT, price).where(
        meant, _IS_OPEN, through, is_served(asked.audience.channels), speaks(asked)
    )


def _by_template(
    asked: Asked, wording: Approved, meant: sa.ColumnElement[bool], now: datetime
) -> sa.Select[Any]:
    reaches = sa.and_(accounts.c.id == wording.account_id, accounts.c.may_cost, rules.template_reaches(now))
    return _way(Route.TEMPLATE, rules.template_price()).where(
        meant, _IS_OPEN, reaches, is_served(asked.audience.channels)
    )


def _way(route: Route, price: sa.ColumnElement[int]) -> sa.Select[Any]:
    return (
        sa.select(
            members.c.id.label("member_id"),
            contacts.c.id.label("contact_id"),
            contacts.c.account_id,
            accounts.c.channel,
            sa.literal(route, deliveries.c.route.type).label("route"),
            price.label("price"),
            sa.cast(sa.null(), deliveries.c.address.type).label("address"),
            contacts.c.language,
            contacts.c.last_in_at,
            sa.literal(_RANKS[route], sa.Integer).label("rank"),
        )
        .select_from(members)
        .join(contacts, contacts.c.member_id == members.c.id)
        # Reckoned, so that no database begins with an account and looks at all its contacts for each part of the members.
        .join(accounts, accounts.c.id == contacts.c.account_id + 0)
    )


def _by_phone(asked: Asked, wording: Approved, meant: sa.ColumnElement[bool]) -> sa.Select[Any]:
    """To her number, unless she has said in any chat that she wants nothing or that others read her phone, or blocked us."""
    chat = contacts.alias("any_chat")
    refuses = sa.or_(
        chat.c.stopped_at.is_not(None),
        chat.c.is_quiet,
        sa.and_(chat.c.account_id == wording.account_id, chat.c.unreachable_at.is_not(None)),
    )
    refused = sa.exists(sa.select(1).where(chat.c.member_id == members.c.id, refuses))
    return (
        sa.select(
            members.c.id.label("member_id"),
            sa.cast(sa.null(), deliveries.c.contact_id.type).label("contact_id"),
            accounts.c.id.label("account_id"),
            accounts.c.channel,
            sa.literal(Route.PHONE, deliveries.c.route.type).label("route"),
            rules.template_price(by_phone=True).label("price"),
            members.c.phone.label("address"),
            sa.literal(DEFAULT, contacts.c.language.type).label("language"),
            sa.cast(sa.null(), Moment()).label("last_in_at"),
            sa.literal(_RANKS[Route.PHONE], sa.Integer).label("rank"),
        )
        .select_from(members)
        .join(accounts, accounts.c.id == wording.account_id)
        .where(
            meant,
            members.c.phone.is_not(None),
            ~refused,
            accounts.c.may_cost,
            is_served(asked.audience.channels),
        )
    )


_RANKS = {Route.CHAT: 0, Route.TEMPLATE: 1, Route.PHONE: 2}
