"""What may be sent to whom: the windows of the rules, to the second, in Python and in SQL alike."""

import tomllib
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from bot import rules
from bot.clock import VIETNAM
from bot.rules import Allowance, Way, allowance
from bot.store.database import Database
from bot.store.tables import accounts, contacts
from tests import people

NOW = datetime(2026, 11, 21, 5, 0, tzinfo=UTC)
SECOND = timedelta(seconds=1)
FREE, ALLOWED, YEAR = timedelta(hours=48), timedelta(days=7), timedelta(days=365)
FOLDER = Path(__file__).parents[2] / "config" / "rules"


@pytest.mark.parametrize(
    ("age", "may_cost", "way", "price"),
    [
        (timedelta(0), False, Way.FREE, 0),
        (timedelta(hours=47, minutes=59), False, Way.FREE, 0),
        (FREE, False, Way.FREE, 0),
        (FREE + SECOND, False, Way.CLOSED, 55),
        (FREE + SECOND, True, Way.PAID, 55),
        (timedelta(hours=48, minutes=1), True, Way.PAID, 55),
        (ALLOWED, True, Way.PAID, 55),
        (ALLOWED + SECOND, True, Way.TEMPLATE, 300),
        (ALLOWED + SECOND, False, Way.CLOSED, 0),
        (YEAR, True, Way.TEMPLATE, 300),
        (YEAR + SECOND, True, Way.CLOSED, 0),
    ],
)
def test_an_official_account_keeps_to_its_windows(
    age: timedelta, may_cost: bool, way: Way, price: int
) -> None:
    found = allowance("zalo_oa", last_in_at=NOW - age, may_cost=may_cost, now=NOW)
    assert (found.way, found.price) == (way, price)


def test_it_says_until_when() -> None:
    written = NOW - timedelta(hours=40)
    assert allowance("zalo_oa", last_in_at=written, may_cost=False, now=NOW).until == written + FREE
    late = NOW - timedelta(hours=50)
    assert allowance("zalo_oa", last_in_at=late, may_cost=True, now=NOW).until == late + ALLOWED


def test_who_never_wrote_gets_a_welcome_or_nothing() -> None:
    assert allowance("zalo_oa", last_in_at=None, may_cost=True, now=NOW).way is Way.CLOSED
    assert allowance("zalo_oa", last_in_at=None, may_cost=False, now=NOW, may_welcome=True).lets_through


@pytest.mark.parametrize("channel", ["telegram", "web_chat", "zalo_bot", "unheard_of"])
def test_a_channel_without_rules_lets_everything_through(channel: str) -> None:
    assert allowance(channel, last_in_at=None, may_cost=False, now=NOW) == Allowance(Way.FREE)


async def test_the_condition_in_sql_says_the_same(database: Database) -> None:
    ages = [
        base + step
        for base in (FREE, ALLOWED, timedelta(0), timedelta(days=30))
        for step in (-SECOND, timedelta(0), SECOND)
        if base + step >= timedelta(0)
    ]
    expected: dict[str, bool] = {}
    async with database.writing() as connection:
        for channel in ("zalo_oa", "telegram"):
            for may_cost in (False, True):
                account_id = await people.add_account(
                    connection, channel=channel, external_id=f"{channel}{may_cost}", now=NOW
                )
                await connection.execute(
                    sa.update(accounts).where(accounts.c.id == account_id).values(may_cost=may_cost)
                )
                for age in (None, *ages):
                    written = None if age is None else NOW - age
                    address = f"{channel}/{may_cost}/{age}"
                    await connection.execute(
                        sa.insert(contacts).values(
                            account_id=account_id, address=address, last_in_at=written, created_at=NOW
                        )
                    )
                    expected[address] = allowance(
                        channel, last_in_at=written, may_cost=may_cost, now=NOW
                    ).lets_through
        open_ones = await connection.scalars(
            sa.select(contacts.c.address).join(accounts).where(rules.lets_through(NOW))
        )
        found = set(open_ones)
    assert {address: address in found for address in expected} == expected


@pytest.mark.parametrize(
    ("hour_in_vietnam", "wakes"),
    [(21, None), (22, (22, 6)), (23, (22, 6)), (0, (21, 6)), (5, (21, 6)), (6, None), (12, None)],
)
def test_nothing_goes_to_a_phone_number_at_night(hour_in_vietnam: int, wakes: tuple[int, int] | None) -> None:
    moment = datetime(2026, 11, 21, hour_in_vietnam, 30, tzinfo=VIETNAM)
    found = rules.phone_wakes("zalo_oa", moment)
    if wakes is None:
        assert found is None
    else:
        assert found == datetime(2026, 11, wakes[0], wakes[1], tzinfo=moment.tzinfo)


@pytest.mark.parametrize("path", sorted(FOLDER.glob("*.toml")), ids=lambda path: path.stem)
def test_every_rule_has_its_day_and_its_source(path: Path) -> None:
    def leaves(part: Any) -> list[dict[str, Any]]:
        if isinstance(part, list):
            return [leaf for piece in part for leaf in leaves(piece)]
        inner = [leaf for piece in part.values() if isinstance(piece, dict | list) for leaf in leaves(piece)]
        return inner or [part]

    for rule in leaves(tomllib.loads(path.read_text(encoding="utf-8"))):
        assert isinstance(rule["read"], date)
        assert rule["source"]
