"""Who is told, and whom staff ring."""

from dataclasses import dataclass, field

import pytest
import sqlalchemy as sa

from bot.alerts import duty as on_duty
from bot.alerts import record
from bot.people import staff
from bot.store.tables import contacts
from bot.store.tables.people import Role
from tests.bot.alerts.conftest import Duty


@dataclass(frozen=True)
class Case:
    label: str
    told: list[str]
    more: list[str] = field(default_factory=list)  # Staff there besides, by name.
    unreachable: list[str] = field(default_factory=list)
    off: list[str] = field(default_factory=list)  # Takes no alerts.


# branch, officer and desk take no alerts unless the case says so.
CASES = [
    Case("the nearest unit alone", ["city:city", "branch:local"], more=["branch"]),
    Case("everybody of that unit", ["city:city", "commune:local", "commune2:local"], more=["commune2"]),
    Case("the next unit up where the nearest is not reached", ["city:city", "commune:local"], ["branch"], ["branch"]),
    Case("a desk for questions where nobody takes alerts", ["city:city", "binh:local"], off=["commune"]),
    Case("a desk for questions where nobody who takes alerts is reached", ["city:city", "binh:local"], unreachable=["commune"]),
    Case("nobody below the top", ["city:city", "nobody:local"], off=["commune"], unreachable=["binh"]),
    Case("a desk of the top", ["desk:city", "commune:local"], more=["desk", "officer"], off=["city"]),
    Case("every officer of the top", ["city:city", "officer:city", "commune:local"], more=["officer"], off=["city"]),
    Case("nobody at the top", ["commune:local", "nobody:city"], unreachable=["city"]),
    Case("not another commune", ["city:city", "commune:local"], more=["elsewhere"]),
    Case("nobody anywhere", ["nobody:city", "nobody:local"], unreachable=["city", "commune", "binh"]),
]  # fmt: skip


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.label)
async def test_who_is_told(case: Case, duty: Duty) -> None:
    places = {
        "branch": duty.people.branch_id,
        "commune2": duty.people.commune_id,
        "desk": duty.people.province_id,
        "officer": duty.people.province_id,
        "elsewhere": duty.people.other_commune_id,
    }
    staff_ids = {"city": duty.city, "commune": duty.commune}
    for name in case.more:
        staff_ids[name] = await duty.add_staff(
            name,
            places[name],
            takes_alerts=name not in {"desk", "officer"},
            takes_questions=name == "desk",
            role=Role.OFFICER if name == "officer" else Role.CADRE,
        )
    async with duty.post() as post:
        for name in case.off:
            await staff.set_takes_alerts(post.connection, staff_ids[name], takes_alerts=False)
        await post.connection.execute(
            sa.update(contacts)
            .where(contacts.c.address.in_(case.unreachable))
            .values(unreachable_at=post.now)
        )
    alert = await duty.hear()
    names = {staff_id: name for name, staff_id in staff_ids.items()} | {duty.people.binh: "binh"}
    async with duty.database.reading() as connection:
        steps = await record.steps(connection, alert.alert_id)
    assert sorted(
        f"{names.get(step.staff_id or 0, 'nobody')}:{step.route}" for step in steps if step.route
    ) == sorted(case.told)


async def test_where_one_route_reaches_nobody_the_other_gets_the_phone_list(duty: Duty) -> None:
    await _lists(duty)
    async with duty.post() as post:
        await post.connection.execute(
            sa.update(contacts)
            .where(contacts.c.address.in_(["commune", "binh"]))
            .values(unreachable_at=post.now)
        )
    await duty.hear()
    (letter,) = await duty.texts("city")
    assert "Ở nơi chị ấy sống em không báo được cho ai." in letter
    assert letter.index("Công an xã, trực ban: 0299 3877 113") < letter.index("Ngôi nhà bình yên: 1900969680")


async def test_the_phone_list_has_the_nearest_first(duty: Duty) -> None:
    await _lists(duty)
    async with duty.database.reading() as connection:
        near = await on_duty.phone_list(connection, duty.people.branch_id)
        unknown = await on_duty.phone_list(connection, None)
    assert [one.name for one in near] == ["Công an xã, trực ban", "Trạm y tế", "Ngôi nhà bình yên"]
    assert [one.name for one in unknown] == ["Ngôi nhà bình yên"]
    assert [one.phone for one in near] == ["+842993877113", "115", "1900969680"]


async def test_a_new_list_takes_the_place_of_the_units_own_alone(duty: Duty) -> None:
    await _lists(duty)
    async with duty.post() as post:
        await on_duty.set_phone_list(
            post.connection, duty.people.commune_id, [], staff_id=duty.people.an, now=post.now
        )
        left = await on_duty.phone_list(post.connection, duty.people.branch_id)
    assert [one.name for one in left] == ["Ngôi nhà bình yên"]


async def test_a_wrong_line_changes_nothing(duty: Duty) -> None:
    await _lists(duty)
    async with duty.post() as post:
        with pytest.raises(ValueError, match="without a name or a number"):
            await on_duty.set_phone_list(
                post.connection,
                duty.people.commune_id,
                [("Công an", "113"), ("Ai đó", "số cũ")],
                staff_id=duty.people.an,
                now=post.now,
            )
        assert len(await on_duty.phone_list(post.connection, duty.people.commune_id)) == 3


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("113", "113"),
        ("1900 96 96 80", "1900969680"),
        ("0912.345.678", "+84912345678"),
        ("0299 3877 113", "+842993877113"),
        ("12", None),
        ("công an xã", None),
        ("٣٤٥", None),
        ("", None),
    ],
)
def test_a_number_that_can_be_rung(typed: str, kept: str | None) -> None:
    assert on_duty.read_number(typed) == kept


async def _lists(duty: Duty) -> None:
    async with duty.post() as post:
        for unit_id, lines in (
            (duty.people.province_id, [("Ngôi nhà bình yên", "1900 96 96 80")]),
            (duty.people.commune_id, [("Công an xã,  trực ban", "0299 3877 113"), ("Trạm y tế", "115")]),
            (duty.people.other_commune_id, [("Công an nơi khác", "113")]),
        ):
            await on_duty.set_phone_list(
                post.connection, unit_id, lines, staff_id=duty.people.an, now=post.now
            )
