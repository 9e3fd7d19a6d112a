"""What the sentences of an audience mean: the SQL of both databases against a plain reading in Python."""

import random
from dataclasses import dataclass
from datetime import timedelta
from itertools import count
from typing import Any

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.store.database import Database
from bot.store.tables import (
    accounts,
    broadcasts,
    category_choices,
    contact_tags,
    deliveries,
    list_members,
    member_lists,
    members,
    responses,
    runs,
    segments,
)
from bot.store.tables.broadcasts import BroadcastState, DeliveryState, OnUncertain, RunState
from bot.store.tables.people import MemberStatus
from broadcasts import people as reached
from broadcasts.audience import Audience
from broadcasts.content import Approved, Content
from broadcasts.people import Asked
from tests import people
from tests.broadcasts import plain_reading
from tests.broadcasts.plain_reading import Chat, Got, Member
from tests.conftest import MovingClock
from tests.people import People

NOW = MovingClock()()
PEOPLE = 60
CHANNELS = ("telegram", "web_chat", "zalo_oa")
TAGS = ("chi hội 3", "hộ nghèo", "cần gọi lại")
CATEGORIES = ("suc_khoe", "sinh_hoat")
AGES = st.none() | st.integers(15, 80)
DAYS = st.none() | st.sampled_from(["2026-11-01", "2026-11-20", "2026-11-22", "2026-11-23"])


@dataclass
class Crowd:
    members: list[Member]
    units: list[int]
    broadcasts: list[int]
    lists: list[int]
    segments: list[int]
    oa: int


@pytest.fixture
async def crowd(database: Database) -> Crowd:
    union = await people.settle(database, NOW)
    async with database.writing() as connection:
        return await _settle(connection, union, random.Random(20))


async def _settle(connection: AsyncConnection, union: People, luck: random.Random) -> Crowd:
    units = [union.province_id, union.commune_id, union.branch_id, union.other_commune_id]
    above = {
        union.province_id: {union.province_id},
        union.commune_id: {union.province_id, union.commune_id},
        union.branch_id: {union.province_id, union.commune_id, union.branch_id},
        union.other_commune_id: {union.province_id, union.other_commune_id},
    }
    oa = await people.add_account(connection, channel="zalo_oa", external_id="oa", now=NOW)
    await connection.execute(sa.update(accounts).where(accounts.c.id == oa).values(may_cost=True))
    telegram = await people.add_account(connection, channel="telegram", external_id="t", now=NOW)
    by_channel = {"zalo_oa": oa, "telegram": telegram, "web_chat": union.account_id}
    run_ids = {}
    for number in (1, 2):
        broadcast_id = await _add(
            connection, broadcasts, title=f"Tin {number}", texts={}, unit_id=union.province_id, audience={},
            on_uncertain=OnUncertain.LEAVE, state=BroadcastState.RUN, created_at=NOW, updated_at=NOW,
        )  # fmt: skip
        for day in range(number):  # The second ran twice.
            due = NOW - timedelta(days=day + 1)
            run_id = await _add(
                connection, runs, broadcast_id=broadcast_id, due_at=due, state=RunState.DONE, texts={},
                audience={}, on_uncertain=OnUncertain.LEAVE, created_at=due,
            )  # fmt: skip
            run_ids[run_id] = broadcast_id
    lists = [
        await _add(
            connection, member_lists, unit_id=union.province_id, name="Danh sách", rows=9, created_at=NOW
        )
        for _list in range(2)
    ]
    numbers = count(1)
    everybody = [
        await _add_member(
            connection, luck, number, [*units, None], above, by_channel, lists, run_ids, numbers
        )
        for number in range(PEOPLE)
    ]
    await connection.execute(sa.delete(members).where(members.c.id.in_([union.hoa, union.lan])))
    inner = {
        "who": [{"is": "tag", "tags": ["hộ nghèo"]}, {"is": "channels", "channels": ["telegram", "zalo_oa"]}]
    }
    first = await _add_segment(connection, union, inner)
    outer = {
        "who": [{"is": "units", "units": [union.commune_id]}],
        "not": [{"is": "segment", "segment": first}, {"is": "age", "from": 70, "to": None}],
    }
    second = await _add_segment(connection, union, outer)
    return Crowd(everybody, units, list(dict.fromkeys(run_ids.values())), lists, [first, second], oa)


async def _add_member(
    connection: AsyncConnection,
    luck: random.Random,
    number: int,
    units: list[int | None],
    above: dict[int, set[int]],
    by_channel: dict[str, int],
    lists: list[int],
    run_ids: dict[int, int],
    numbers: Any,
) -> Member:
    unit_id = luck.choice(units)
    member = Member(
        member_id=0,
        units=frozenset(above[unit_id]) if unit_id else frozenset(),
        birth_year=luck.choice([None, 1950, 1980, 1991, 2000, 2008]),
        status=luck.choice([*[MemberStatus.RECOGNISED] * 6, *MemberStatus]),
        allows=luck.random() < 0.85,
        phone=luck.choice([None, f"+8491234{number:04}"]),
        created_at=NOW - timedelta(hours=luck.choice([0, 1, 24, 26, 60, 24 * 22])),
        categories=luck.choice([None, None, None, frozenset(), frozenset({"suc_khoe"})]),
    )
    member.member_id = await people.add_member(
        connection, f"Người {number}", unit_id, status=member.status, birth_year=member.birth_year,
        allows_announcements=member.allows, phone=member.phone, chose_categories=member.categories is not None,
        now=member.created_at,
    )  # fmt: skip
    for category in member.categories or ():
        await connection.execute(
            sa.insert(category_choices).values(member_id=member.member_id, category=category)
        )
    for channel in luck.sample(CHANNELS, luck.choice([0, 1, 1, 2, 3])):
        chat = Chat(
            contact_id=0,
            account_id=by_channel[channel],
            channel=channel,
            language=luck.choice(["vi", "vi", "km"]),
            # Never the same twice: of equal ones the lower number goes first, which is another test's.
            last_in_at=luck.choice(
                [
                    None,
                    *(NOW - timedelta(hours=h, seconds=next(numbers)) for h in (1, 47, 50, 167, 200, 9000)),
                ]
            ),
            may_cost=channel == "zalo_oa",
            is_stopped=luck.random() < 0.1,
            is_quiet=luck.random() < 0.1,
            is_unreachable=luck.random() < 0.1,
            tags=frozenset(luck.sample(TAGS, luck.choice([0, 0, 1, 2]))),
        )
        chat.contact_id = await people.add_contact(
            connection, chat.account_id, f"chat{next(numbers)}", member_id=member.member_id, language=chat.language,
            last_in_at=chat.last_in_at, stopped_at=NOW if chat.is_stopped else None, is_quiet=chat.is_quiet,
            unreachable_at=NOW if chat.is_unreachable else None, now=NOW,
        )  # fmt: skip
        for tag in TAGS:
            if tag in chat.tags or luck.random() < 0.2:  # Some were taken off again.
                await connection.execute(
                    sa.insert(contact_tags).values(
                        contact_id=chat.contact_id, tag=tag, changed_at=NOW,
                        removed_at=None if tag in chat.tags else NOW,
                    )
                )  # fmt: skip
        member.chats.append(chat)
    member.lists = frozenset(one for one in lists if luck.random() < 0.4)
    for one in member.lists:
        await connection.execute(sa.insert(list_members).values(list_id=one, member_id=member.member_id))
    for run_id, broadcast_id in run_ids.items():
        if luck.random() < 0.5:
            got = Got(
                broadcast_id,
                luck.choice([DeliveryState.SENT, DeliveryState.SENT, DeliveryState.FAILED]),
                None,
                has_replied=False,
            )
            delivery_id = await _add(
                connection, deliveries, run_id=run_id, member_id=member.member_id, account_id=by_channel["web_chat"],
                state=got.state, next_at=NOW,
            )  # fmt: skip
            if luck.random() < 0.6:
                got.answer, got.has_replied = luck.choice([None, 1, 2]), luck.random() < 0.4
                await connection.execute(
                    sa.insert(responses).values(
                        delivery_id=delivery_id, run_id=run_id, answer=got.answer,
                        replied_at=NOW if got.has_replied else None, clicks=1,
                    )
                )  # fmt: skip
            member.got.append(got)
    return member


async def _add(connection: AsyncConnection, table: sa.Table, **values: Any) -> int:
    inserted = await connection.execute(sa.insert(table).values(**values).returning(table.c.id))
    return int(inserted.scalar_one())


async def _add_segment(connection: AsyncConnection, union: People, audience: dict[str, Any]) -> int:
    return await _add(
        connection, segments, unit_id=union.province_id, name=f"Nhóm {len(str(audience))}", name_sort="",
        audience=audience, created_at=NOW, updated_at=NOW,
    )  # fmt: skip


def _some(values: list[Any]) -> st.SearchStrategy[list[Any]]:
    return st.lists(st.sampled_from(values), min_size=1, max_size=3)


def _conditions(crowd: Crowd) -> st.SearchStrategy[dict[str, Any]]:
    joined = st.integers(0, 60).map(
        lambda hours: {
            "is": "joined",
            "after": (NOW - timedelta(hours=hours + 26)).isoformat(),
            "to": (NOW - timedelta(hours=hours)).isoformat(),
        }
    )
    ages = st.tuples(AGES, AGES).map(lambda pair: sorted(pair, key=lambda age: (age is None, age)))
    days = st.tuples(DAYS, DAYS).map(lambda pair: sorted(pair, key=lambda day: (day is None, day)))
    answer = st.sampled_from(["any", "none", 1, 2, 3])
    broadcast = st.sampled_from(crowd.broadcasts)
    return st.one_of(
        _some(crowd.units).map(lambda some: {"is": "units", "units": some}),
        _some(["vi", "km"]).map(lambda some: {"is": "language", "languages": some}),
        _some(list(TAGS)).map(lambda some: {"is": "tag", "tags": some}),
        st.tuples(ages, st.booleans())
        .filter(lambda one: one[0][0] is not None)
        .map(lambda one: {"is": "age", "from": one[0][0], "to": one[0][1], "unknown": one[1]}),
        days.filter(lambda pair: pair[0] is not None).map(
            lambda pair: {"is": "registered", "from": pair[0], "to": pair[1]}
        ),
        joined,
        st.integers(1, 400).map(lambda number: {"is": "active", "days": number}),
        st.tuples(broadcast, answer).map(
            lambda one: {"is": "answered", "broadcast": one[0], "answer": one[1]}
        ),
        st.tuples(broadcast, st.booleans()).map(
            lambda one: {"is": "got", "broadcast": one[0], "got": one[1]}
        ),
        st.sampled_from(crowd.lists).map(lambda one: {"is": "list", "list": one}),
        st.sampled_from(crowd.segments).map(lambda one: {"is": "segment", "segment": one}),
    )


@settings(max_examples=50, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
async def test_sql_and_a_plain_reading_choose_the_same_people(
    database: Database, crowd: Crowd, data: st.DataObject
) -> None:
    condition = _conditions(crowd)
    exceptions = condition | _some(list(CHANNELS)).map(lambda some: {"is": "channels", "channels": some})
    wording = Approved(crowd.oa, "1", {}, by_phone=data.draw(st.booleans()))
    asked = Asked(
        Audience.from_json(
            {
                "who": [
                    {"is": "units", "units": data.draw(_some(crowd.units))},
                    {"is": "channels", "channels": data.draw(_some(list(CHANNELS)))},
                    *data.draw(st.lists(condition, max_size=3)),
                ],
                "not": data.draw(st.lists(exceptions, max_size=2)),
            }
        ),
        category=data.draw(st.sampled_from(["", *CATEGORIES])),
        content=Content(approved=data.draw(st.none() | st.just(wording))),
        budget=data.draw(st.none() | st.just(1_000_000)),
        is_urgent=data.draw(st.booleans()),
        languages=data.draw(st.sampled_from([(), ("vi",), ("km", "vi")])),
    )
    async with database.reading() as connection:
        asked = await reached.opened(connection, asked)
        meant = set(
            await connection.scalars(sa.select(members.c.id).where(reached.is_meant(asked.audience, NOW)))
        )
        rows = (await connection.execute(reached.chosen(asked, now=NOW))).all()
        counted = await reached.count(connection, asked, now=NOW)
    assert meant == {
        one.member_id for one in crowd.members if plain_reading.is_meant(one, asked.audience, NOW)
    }
    expected = {
        one.member_id: way for one in crowd.members if (way := plain_reading.way(one, asked, NOW)) is not None
    }
    assert {row.member_id: (row.route, row.contact_id, row.price) for row in rows} == expected
    assert len(rows) == len(expected) == counted.total
    assert counted.cost == sum(price for _route, _contact, price in expected.values())
    # Whoever is meant is reached or left out for a reason; nobody is forgotten and nobody counted twice.
    not_meant = {reached.LeftOut.DECLINED, reached.LeftOut.LEFT, reached.LeftOut.UNKNOWN_AGE}
    missed = sum(number for reason, number in counted.left_out.items() if reason not in not_meant)
    assert missed == len(meant) - len(expected)
