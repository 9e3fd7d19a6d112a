from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import pytest

from bot.store.database import Database
from bot.store.tables.accounts import AccountState
from bot.store.tables.people import MemberStatus
from broadcasts import people as audiences
from broadcasts.audience import Audience
from broadcasts.people import Asked, LeftOut
from broadcasts.refused import Refused
from tests import people
from tests.broadcasts.conftest import Announce
from tests.broadcasts.ledger import change_chats, change_member, close_account, ledger
from tests.conftest import MovingClock
from tests.people import People


@dataclass(frozen=True)
class Case:
    """What is special about Hoa. Lan is always reached."""

    label: str
    member: Mapping[str, Any] = field(default_factory=dict)
    chat: Mapping[str, Any] = field(default_factory=dict)
    left_out: LeftOut | None = None
    is_member: bool = True


NOW = MovingClock()()
CASES = [
    Case("nothing", left_out=None),
    Case("asked to be a member", member={"status": MemberStatus.REQUESTED}, left_out=None),
    Case("has left", member={"status": MemberStatus.LEFT}, left_out=LeftOut.LEFT),
    Case("was declined", member={"status": MemberStatus.DECLINED}, left_out=LeftOut.DECLINED),
    Case("no unit", member={"unit_id": None}, is_member=False),
    Case("no consent", member={"allows_announcements": False}, left_out=LeftOut.NO_CONSENT),
    Case("stopped", chat={"stopped_at": NOW}, left_out=LeftOut.STOPPED),
    Case("quiet", chat={"is_quiet": True}, left_out=LeftOut.QUIET),
    Case("unreachable", chat={"unreachable_at": NOW}, left_out=LeftOut.UNREACHABLE),
    Case(
        "stopped, quiet and unreachable",
        chat={"stopped_at": NOW, "is_quiet": True, "unreachable_at": NOW},
        left_out=LeftOut.STOPPED,
    ),
    Case("chat is nobody's", chat={"member_id": None}, left_out=LeftOut.NO_CHAT),
    Case(
        "stopped, which takes the consent back",
        member={"allows_announcements": False},
        chat={"stopped_at": NOW},
        left_out=LeftOut.STOPPED,
    ),
]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.label)
async def test_who_is_reached_is_counted_and_filled_alike(
    database: Database, union: People, announce: Announce, case: Case
) -> None:
    if case.member:
        await change_member(database, union.hoa, **case.member)
    if case.chat:
        await change_chats(database, union.hoa, **case.chat)
    everybody = Audience.of_units([union.province_id], ("telegram", "web_chat"))
    async with database.reading() as connection:
        counted = await audiences.count(connection, Asked(everybody), now=NOW)
    reached = {union.lan} if case.left_out or not case.is_member else {union.lan, union.hoa}
    assert counted.total == len(reached)
    assert counted.by_channel == {"web_chat": len(reached)}
    assert counted.left_out == ({case.left_out: 1} if case.left_out else {})
    run_id = await announce(audience=everybody)
    assert {row.member_id for row in await ledger(database, run_id)} == reached


@pytest.mark.parametrize("state", [AccountState.REFUSED, AccountState.CLOSED])
async def test_an_account_that_does_not_send_is_no_way_to_anybody(
    database: Database, union: People, state: AccountState
) -> None:
    await close_account(database, union.account_id, state)
    async with database.reading() as connection:
        counted = await audiences.count(
            connection, Asked(Audience.of_units([union.province_id], ("web_chat",))), now=NOW
        )
    assert (counted.total, counted.left_out) == (0, {LeftOut.NO_CHAT: 2})


async def test_only_the_unit_and_what_is_below_it_is_meant(database: Database, union: People) -> None:
    async with database.reading() as connection:
        totals = [
            (
                await audiences.count(connection, Asked(Audience.of_units([unit_id], ("web_chat",))), now=NOW)
            ).total
            for unit_id in (union.province_id, union.commune_id, union.branch_id, union.other_commune_id)
        ]
    assert totals == [2, 2, 2, 0]


async def test_a_person_in_several_chats_gets_it_where_she_last_wrote(
    database: Database, union: People, clock: MovingClock, announce: Announce
) -> None:
    await change_chats(database, union.hoa, last_in_at=clock() - timedelta(days=2))
    async with database.writing() as connection:
        telegram = await people.add_account(connection, channel="telegram", external_id="1", now=NOW)
        latest = await people.add_contact(
            connection,
            telegram,
            "7",
            member_id=union.hoa,
            last_in_at=clock() - timedelta(days=1),
            now=NOW,
        )
        # Later still, but she stopped there; and one who never wrote in either of her chats.
        await people.add_contact(
            connection,
            telegram,
            "8",
            member_id=union.hoa,
            last_in_at=clock(),
            stopped_at=clock(),
            now=NOW,
        )
        await people.add_contact(connection, telegram, "9", member_id=union.lan, now=NOW)
    both = Audience.of_units([union.province_id], ("telegram", "web_chat"))
    async with database.reading() as connection:
        counted = await audiences.count(connection, Asked(both), now=NOW)
        only_web = await audiences.count(
            connection, Asked(Audience.of_units([union.province_id], ("web_chat",))), now=NOW
        )
    assert (counted.total, counted.by_channel, counted.left_out) == (2, {"telegram": 1, "web_chat": 1}, {})
    assert only_web.by_channel == {"web_chat": 2}
    rows = await ledger(database, await announce(audience=both))
    assert {row.member_id: row.account_id for row in rows} == {
        union.hoa: telegram, union.lan: union.account_id
    }  # fmt: skip
    assert [row.contact_id for row in rows if row.member_id == union.hoa] == [latest]


@pytest.mark.parametrize(
    "stored",
    [
        None, [], {}, {"who": []}, {"who": "units"}, {"who": [3]}, {"who": [{"is": "moon"}]},
        *({"who": [{"is": "units", "units": units}, {"is": "channels", "channels": channels}]}
          for units, channels in [(["3"], ["a"]), ([True], ["a"]), ([0], ["a"]), ([], ["a"]), (3, ["a"]), ([3], []), ([3], "a"), ([3], [1]), ([3], [""])]),
        {"who": [{"is": "units", "units": [3]}]}, {"who": [{"is": "channels", "channels": ["telegram"]}]},
    ],
)  # fmt: skip
def test_an_audience_that_is_not_whole_is_refused(stored: object) -> None:
    with pytest.raises(Refused):
        Audience.from_json(stored)


def test_an_audience_comes_back_from_its_row_as_it_was() -> None:
    channels = ["web_chat", "telegram", "web_chat"]
    audience = Audience.from_json(
        {"who": [{"is": "units", "units": [3]}, {"is": "channels", "channels": channels}]}
    )
    assert audience == Audience.of_units([3], ("telegram", "web_chat"))
    assert Audience.from_json(audience.to_json()) == audience


async def test_a_unit_that_is_gone_is_refused(database: Database, union: People) -> None:
    async with database.reading() as connection:
        with pytest.raises(Refused):
            await audiences.count(connection, Asked(Audience.of_units([999], ("web_chat",))), now=NOW)
