"""What a platform lets us send to one person now, at what cost, and until when.

The rules are data, one file a channel in `config/rules/`, each with its day and source; a channel without a file lets
everything through at any time for nothing. Replies, forwarding and announcements ask here, one person at a time
(`allowance`) or in SQL (`lets_through`): both read the same windows.
"""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from functools import cache
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from bot.clock import in_vietnam
from bot.store.tables import accounts, contacts

_FOLDER = Path(__file__).parents[1] / "config" / "rules"


class Way(StrEnum):
    FREE = "free"
    PAID = "paid"  # The platform takes money, and an officer has allowed it.
    TEMPLATE = "template"  # Only wording that the platform has approved.
    CLOSED = "closed"


@dataclass(frozen=True, slots=True)
class Allowance:
    """The answer. `until` is when it changes by itself, None: not before she writes (again)."""

    way: Way
    price: int = (
        0  # VND of one message; of PAID what is taken, of CLOSED what it would be if an officer allowed it.
    )
    until: datetime | None = None

    @property
    def lets_through(self) -> bool:
        """Whether a message in our own words reaches her."""
        return self.way in {Way.FREE, Way.PAID}


@dataclass(frozen=True, slots=True)
class Window:
    within: timedelta  # Since her last message.
    price: int


@dataclass(frozen=True, slots=True)
class Rules:
    """The rules of one channel."""

    windows: tuple[Window, ...]  # The cheapest first, each longer than the one before.
    welcome_messages: int
    template_within: timedelta
    template_price: int
    phone_price: int
    phone_sleeps: tuple[int, int]  # Hours of the day between which nothing goes to a phone number.
    monthly_allowances: Mapping[str, int]  # By the package's name.


_OPEN = Allowance(Way.FREE)


@cache
def rules_of(channel: str) -> Rules | None:
    """None: the platform has no such rules. Raises ValueError or KeyError for a file that is none."""
    path = _FOLDER / f"{channel}.toml"
    return _read(tomllib.loads(path.read_text(encoding="utf-8"))) if path.is_file() else None


@cache
def bound_channels() -> tuple[str, ...]:
    """The channels that have rules."""
    return tuple(sorted(path.stem for path in _FOLDER.glob("*.toml")))


def allowance(
    channel: str,
    *,
    last_in_at: datetime | None,
    may_cost: bool,
    now: datetime,
    may_welcome: bool = False,
) -> Allowance:
    """What may be sent now to somebody who last wrote at `last_in_at`.

    `may_cost`: an officer allowed this account to send what costs money. `may_welcome`: she follows, never wrote, and
    has had fewer messages than a welcome has.
    """
    rules = rules_of(channel)
    if rules is None:
        return _OPEN
    if last_in_at is None:
        return _OPEN if may_welcome else Allowance(Way.CLOSED)
    age = now - last_in_at
    for window in rules.windows:
        if age <= window.within:
            until = last_in_at + window.within
            if not window.price:
                return Allowance(Way.FREE, 0, until)
            return Allowance(Way.PAID if may_cost else Way.CLOSED, window.price, until)
    if may_cost and age <= rules.template_within:
        return Allowance(Way.TEMPLATE, rules.template_price, last_in_at + rules.template_within)
    return Allowance(Way.CLOSED)


def lets_through(now: datetime, *, pays: bool = True) -> sa.ColumnElement[bool]:
    """`allowance(...).lets_through` as a condition on a row of contacts joined with its accounts row, welcomes left aside.

    Not `pays`: only what costs nothing.
    """
    return _let_through(now, accounts.c.may_cost if pays else sa.false())


def would_let_through(now: datetime) -> sa.ColumnElement[bool]:
    """The same, were money no matter: who is reached like this and not by `lets_through` is reached for money only."""
    return _let_through(now, sa.true())


def price_of_letting_through(now: datetime) -> sa.ColumnElement[int]:
    """What the platform takes for what `lets_through` lets through: VND of one message, on the same two rows."""
    prices = [
        (_is_within(channel, window, now), sa.literal(window.price, sa.Integer))
        for channel, rules in _bound()
        for window in rules.windows
    ]
    return sa.case(*prices, else_=0) if prices else sa.literal(0, sa.Integer)


def template_reaches(now: datetime) -> sa.ColumnElement[bool]:
    """That approved wording reaches a contact (joined with its accounts row), where the account may cost money."""
    return sa.or_(
        sa.false(),
        *(
            sa.and_(accounts.c.channel == channel, contacts.c.last_in_at >= now - rules.template_within)
            for channel, rules in _bound()
        ),
    )


def template_price(*, by_phone: bool = False) -> sa.ColumnElement[int]:
    """What one message of approved wording costs at most, VND, on an accounts row."""
    prices = [
        (
            accounts.c.channel == channel,
            sa.literal(rules.phone_price if by_phone else rules.template_price, sa.Integer),
        )
        for channel, rules in _bound()
    ]
    return sa.case(*prices, else_=0) if prices else sa.literal(0, sa.Integer)


def _let_through(now: datetime, may_cost: sa.ColumnElement[bool]) -> sa.ColumnElement[bool]:
    conditions: list[sa.ColumnElement[bool]] = [accounts.c.channel.not_in(bound_channels())]
    for channel, rules in _bound():
        for window in rules.windows:
            written = _is_within(channel, window, now)
            conditions.append(sa.and_(written, may_cost) if window.price else written)
    return sa.or_(*conditions)


def _is_within(channel: str, window: Window, now: datetime) -> sa.ColumnElement[bool]:
    return sa.and_(accounts.c.channel == channel, contacts.c.last_in_at >= now - window.within)


def _bound() -> list[tuple[str, Rules]]:
    return [(channel, rules) for channel in bound_channels() if (rules := rules_of(channel)) is not None]


def phone_wakes(channel: str, now: datetime) -> datetime | None:
    """When a message to a phone number may go: None for now."""
    rules = rules_of(channel)
    if rules is None:
        return None
    begin, end = rules.phone_sleeps
    local = in_vietnam(now)
    if not (local.hour >= begin or local.hour < end):
        return None
    morning = local.replace(hour=end, minute=0, second=0, microsecond=0)
    return morning if morning > local else morning + timedelta(days=1)


def _read(stored: Mapping[str, Any]) -> Rules:
    windows = tuple(
        Window(timedelta(hours=window["within_hours"]), window["price"]) for window in stored["window"]
    )
    template, phone = stored["template"]["uid"], stored["template"]["phone"]
    return Rules(
        windows=tuple(sorted(windows, key=lambda window: window.within)),
        welcome_messages=stored["welcome"]["messages"],
        template_within=timedelta(days=template["within_days"]),
        template_price=template["price_to"],
        phone_price=phone["price_to"],
        phone_sleeps=(phone["sleeps_from"], phone["sleeps_to"]),
        monthly_allowances={
            name: count for name, count in stored["allowance"].items() if isinstance(count, int)
        },
    )
