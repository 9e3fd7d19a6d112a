"""What an audience means, read plainly in Python over people held in memory: what the SQL is compared with."""

from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any

from bot import rules
from bot.clock import in_vietnam
from bot.rules import Way
from bot.store.tables.broadcasts import DeliveryState, Route
from bot.store.tables.people import MemberStatus
from broadcasts.audience import Audience, Condition, Is
from broadcasts.people import Asked


@dataclass
class Chat:
    contact_id: int
    account_id: int
    channel: str
    language: str
    last_in_at: datetime | None
    may_cost: bool
    is_stopped: bool
    is_quiet: bool
    is_unreachable: bool
    tags: frozenset[str]

    @property
    def is_open(self) -> bool:
        return not (self.is_stopped or self.is_quiet or self.is_unreachable)


@dataclass
class Got:
    broadcast_id: int
    state: DeliveryState
    answer: int | None
    has_replied: bool


@dataclass
class Member:
    member_id: int
    units: frozenset[int]  # Hers and all above it; empty where she belongs to none.
    birth_year: int | None
    status: MemberStatus
    allows: bool
    phone: str | None
    created_at: datetime
    categories: frozenset[str] | None
    lists: frozenset[int] = frozenset()
    chats: list[Chat] = field(default_factory=list)
    got: list[Got] = field(default_factory=list)


def is_meant(member: Member, audience: Audience, now: datetime) -> bool:
    if member.status in {MemberStatus.DECLINED, MemberStatus.LEFT}:
        return False
    return _holds_all(member, audience, now)


def way(member: Member, asked: Asked, now: datetime) -> tuple[Route, int | None, int] | None:
    """(route, contact, price) of the cheapest way that is allowed; None where nothing reaches her."""
    wants = asked.is_urgent or member.categories is None or asked.category in member.categories
    if not (is_meant(member, asked.audience, now) and member.allows and wants):
        return None
    ways: list[tuple[int, int, float, int, tuple[Route, int | None, int]]] = []
    wording = asked.content.approved if asked.may_pay else None
    for chat in member.chats:
        if not chat.is_open or chat.channel not in asked.audience.channels:
            continue
        since = now - chat.last_in_at if chat.last_in_at else timedelta.max
        allowed = rules.allowance(
            chat.channel, last_in_at=chat.last_in_at, may_cost=chat.may_cost and asked.may_pay, now=now
        )
        reads = not asked.languages or chat.language in asked.languages
        if allowed.lets_through and reads:
            price = allowed.price if allowed.way is Way.PAID else 0
            ways.append(
                (0, price, since.total_seconds(), chat.contact_id, (Route.CHAT, chat.contact_id, price))
            )
        if (
            wording
            and wording.account_id == chat.account_id
            and chat.may_cost
            and since <= timedelta(days=365)
        ):
            ways.append(
                (1, 300, since.total_seconds(), chat.contact_id, (Route.TEMPLATE, chat.contact_id, 300))
            )
    refuses = any(
        chat.is_stopped
        or chat.is_quiet
        or (wording and chat.account_id == wording.account_id and chat.is_unreachable)
        for chat in member.chats
    )
    if wording and wording.by_phone and member.phone and not refuses and "zalo_oa" in asked.audience.channels:
        ways.append((2, 300, 0, 0, (Route.PHONE, None, 300)))
    return min(ways)[-1] if ways else None


def _holds_all(member: Member, audience: Audience, now: datetime, *, is_segment: bool = False) -> bool:
    conditions = [one for one in audience.who if is_segment or one.kind is not Is.CHANNELS]
    return all(_holds(member, one, now) for one in conditions) and not any(
        _holds(member, one, now) for one in audience.but_not
    )


def _holds(member: Member, condition: Condition, now: datetime) -> bool:
    values: Any = condition.values
    match condition.kind:
        case Is.UNITS:
            return bool(member.units & set(values["units"]))
        case Is.CHANNELS:
            return any(chat.channel in values["channels"] for chat in member.chats)
        case Is.LANGUAGE:
            return any(chat.language in values["languages"] for chat in member.chats)
        case Is.AGE:
            if member.birth_year is None:
                return bool(values["unknown"])
            age = in_vietnam(now).year - member.birth_year
            return (values["from"] or 0) <= age <= (999 if values["to"] is None else values["to"])
        case Is.TAG:
            return any(chat.tags & set(values["tags"]) for chat in member.chats)
        case Is.REGISTERED:
            day = in_vietnam(member.created_at).date()
            first, last = values["from"], values["to"]
            return (first is None or day >= date.fromisoformat(first)) and (
                last is None or day <= date.fromisoformat(last)
            )
        case Is.JOINED:
            after, to = (datetime.fromisoformat(values[name]) for name in ("after", "to"))
            return after < member.created_at <= to
        case Is.ACTIVE:
            since = now - timedelta(days=values["days"])
            return any(chat.last_in_at is not None and chat.last_in_at >= since for chat in member.chats)
        case Is.ANSWERED:
            return any(
                _answered(got, values["answer"])
                for got in member.got
                if got.broadcast_id == values["broadcast"]
            )
        case Is.GOT:
            sent = [got for got in member.got if got.state is DeliveryState.SENT]
            is_got: bool = (values["broadcast"] in {got.broadcast_id for got in sent}) == values["got"]
            return is_got
        case Is.LIST:
            return values["list"] in member.lists
        case Is.SEGMENT:
            inside = condition.inside
            assert inside is not None
            return _holds_all(member, inside, now, is_segment=True)


def _answered(got: Got, answer: int | str) -> bool:
    has_said = got.answer is not None or got.has_replied
    if answer == "any":
        return has_said
    if answer == "none":
        return got.state is DeliveryState.SENT and not has_said
    return got.answer == answer
