"""What each condition of an audience means: a condition in SQL on a row of `members`, true or false and never unknown.

Every condition is one the databases can answer for a member alone, by an index, so that an audience is gone through in
ranges of members without ever being held whole.
"""

from collections.abc import Callable, Mapping
from datetime import date, datetime, timedelta

import sqlalchemy as sa

from bot.clock import VIETNAM, in_vietnam
from bot.store.tables import (
    accounts,
    contact_tags,
    contacts,
    deliveries,
    list_members,
    members,
    responses,
    runs,
    units,
)
from bot.store.tables.broadcasts import DeliveryState
from broadcasts.audience import Audience, Condition, Is
from broadcasts.condition_values import ANY, NONE

Meaning = Callable[[Condition, datetime], sa.ColumnElement[bool]]


def holds(audience: Audience, now: datetime, *, leaving_out: Is | None = None) -> sa.ColumnElement[bool]:
    """That all of the conditions hold and none of the exceptions; `leaving_out` takes one kind for granted.

    The channels of the first are no condition on her but the ways she is reached: `broadcasts.people` sees to them.
    """
    if audience.is_nobody:
        return sa.false()
    taken_for_granted = {Is.CHANNELS, leaving_out}
    return sa.and_(
        sa.true(),
        *(_MEANINGS[one.kind](one, now) for one in audience.who if one.kind not in taken_for_granted),
        *(~_MEANINGS[one.kind](one, now) for one in audience.but_not),
    )


def in_units(unit_ids: tuple[int, ...], unit_id: sa.ColumnElement[int | None]) -> sa.ColumnElement[bool]:
    """That `unit_id` is one of these units or below one of them."""
    top, below = units.alias("top"), units.alias("below")
    inside = (
        sa.select(below.c.id).join(top, below.c.path.startswith(top.c.path)).where(top.c.id.in_(unit_ids))
    )
    return sa.and_(unit_id.is_not(None), unit_id.in_(inside))


def _units(condition: Condition, _now: datetime) -> sa.ColumnElement[bool]:
    return in_units(condition.values["units"], members.c.unit_id)


def _channels(condition: Condition, _now: datetime) -> sa.ColumnElement[bool]:
    account = accounts.alias("chats_account")
    on_these = sa.select(account.c.id).where(account.c.channel.in_(condition.values["channels"]))
    return _has_chat(lambda chat: chat.c.account_id.in_(on_these))


def _language(condition: Condition, _now: datetime) -> sa.ColumnElement[bool]:
    return _has_chat(lambda chat: chat.c.language.in_(condition.values["languages"]))


def _age(condition: Condition, now: datetime) -> sa.ColumnElement[bool]:
    year = in_vietnam(now).year
    youngest, oldest = condition.values["from"], condition.values["to"]
    known = [members.c.birth_year.is_not(None)]
    if youngest is not None:
        known.append(members.c.birth_year <= year - youngest)
    if oldest is not None:
        known.append(members.c.birth_year >= year - oldest)
    fits = sa.and_(*known)
    return sa.or_(members.c.birth_year.is_(None), fits) if condition.values["unknown"] else fits


def _tag(condition: Condition, _now: datetime) -> sa.ColumnElement[bool]:
    mark = contact_tags.alias("mark")
    marked = sa.select(mark.c.contact_id).where(
        mark.c.tag.in_(condition.values["tags"]), mark.c.removed_at.is_(None)
    )
    return _has_chat(lambda chat: chat.c.id.in_(marked))


def _registered(condition: Condition, _now: datetime) -> sa.ColumnElement[bool]:
    first, last = condition.values["from"], condition.values["to"]
    within: list[sa.ColumnElement[bool]] = [sa.true()]
    if first is not None:
        within.append(members.c.created_at >= _midnight(first))
    if last is not None:
        within.append(members.c.created_at < _midnight(last) + timedelta(days=1))
    return sa.and_(*within)


def _joined(condition: Condition, _now: datetime) -> sa.ColumnElement[bool]:
    return sa.and_(
        members.c.created_at > datetime.fromisoformat(condition.values["after"]),
        members.c.created_at <= datetime.fromisoformat(condition.values["to"]),
    )


def _active(condition: Condition, now: datetime) -> sa.ColumnElement[bool]:
    since = now - timedelta(days=condition.values["days"])
    return _has_chat(lambda chat: sa.and_(chat.c.last_in_at.is_not(None), chat.c.last_in_at >= since))


def _answered(condition: Condition, _now: datetime) -> sa.ColumnElement[bool]:
    response = responses.alias("her_response")
    answer = condition.values["answer"]

    def responded(delivery: sa.FromClause) -> sa.ColumnElement[bool]:
        said_something = sa.or_(response.c.answer.is_not(None), response.c.replied_at.is_not(None))
        said = said_something if answer in (ANY, NONE) else response.c.answer == answer
        there = sa.exists(sa.select(1).where(response.c.delivery_id == delivery.c.id, said))
        return sa.and_(delivery.c.state == DeliveryState.SENT, ~there) if answer == NONE else there

    return _has_delivery(condition.values["broadcast"], responded)


def _got(condition: Condition, _now: datetime) -> sa.ColumnElement[bool]:
    got = _has_delivery(
        condition.values["broadcast"], lambda delivery: delivery.c.state == DeliveryState.SENT
    )
    return got if condition.values["got"] else ~got


def _list(condition: Condition, _now: datetime) -> sa.ColumnElement[bool]:
    entry = list_members.alias("list_entry")
    return sa.exists(
        sa.select(1).where(entry.c.list_id == condition.values["list"], entry.c.member_id == members.c.id)
    )


def _segment(condition: Condition, now: datetime) -> sa.ColumnElement[bool]:
    inside = condition.inside
    if inside is None:
        raise LookupError("a segment that was not looked up: broadcasts.segments.opened does")
    # Channels in a segment are those she has a chat on: by which she is reached, the announcement itself says.
    chats = [_channels(one, now) for one in inside.who if one.kind is Is.CHANNELS]
    return sa.and_(holds(inside, now), *chats)


def _has_chat(which: Callable[[sa.FromClause], sa.ColumnElement[bool]]) -> sa.ColumnElement[bool]:
    chat = contacts.alias("any_chat")  # By another name than that of the chat she is reached in.
    return sa.exists(sa.select(1).where(chat.c.member_id == members.c.id, which(chat)))


def _has_delivery(
    broadcast_id: int, which: Callable[[sa.FromClause], sa.ColumnElement[bool]]
) -> sa.ColumnElement[bool]:
    delivery, run = deliveries.alias("her_delivery"), runs.alias("its_run")
    its_runs = sa.select(run.c.id).where(run.c.broadcast_id == broadcast_id)
    return sa.exists(
        sa.select(1).where(
            delivery.c.member_id == members.c.id, delivery.c.run_id.in_(its_runs), which(delivery)
        )
    )


def _midnight(day: str) -> datetime:
    return datetime.combine(date.fromisoformat(day), datetime.min.time(), VIETNAM)


_MEANINGS: Mapping[Is, Meaning] = {
    Is.UNITS: _units,
    Is.CHANNELS: _channels,
    Is.LANGUAGE: _language,
    Is.AGE: _age,
    Is.TAG: _tag,
    Is.REGISTERED: _registered,
    Is.JOINED: _joined,
    Is.ACTIVE: _active,
    Is.ANSWERED: _answered,
    Is.GOT: _got,
    Is.LIST: _list,
    Is.SEGMENT: _segment,
}
