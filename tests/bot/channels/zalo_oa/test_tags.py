"""Marks are the same here and in Zalo's own tool, whoever puts them on or takes them off."""

import asyncio
from datetime import timedelta
from typing import Any

import pytest

from bot.channels.account_jobs import FOLLOWERS, TAGS
from bot.channels.zalo_oa.client import Api
from bot.channels.zalo_oa.jobs import Jobs
from bot.intake import keep
from bot.people import contacts, tags
from tests import people
from tests.bot.channels.keeping import Office
from tests.bot.channels.zalo_oa.conftest import Grant
from tests.bot.channels.zalo_oa.job_fixtures import Work
from tests.bot.channels.zalo_oa.test_recovery import door_of, handled, receiving
from tests.conftest import MovingClock
from tests.emulators.zalo_oa import User, ZaloOAEmulator

PUT_ON, TAKE_OFF = "v2.0/oa/tag/tagfollower", "v2.0/oa/tag/rmfollowerfromtag"
MINUTE = timedelta(minutes=1)


class Marking(Work):
    """Jobs with mirroring switched on, and Hoa, who follows."""

    def __init__(self, api: Api, grant: Grant, zalo: ZaloOAEmulator, clock: MovingClock) -> None:
        super().__init__(api, grant, zalo, clock)
        self.clock = clock
        self.zalo = zalo
        self.hoa: User = zalo.user(name="Hoa", follows=True)
        self.contact_id = 0

    def process(self, *, mirrors_tags: bool = True, **options: Any) -> Jobs:
        return super().process(mirrors_tags=mirrors_tags, **options)

    async def meet(self) -> None:
        async with self.database.writing() as connection:
            self.contact_id = await people.add_contact(
                connection, self.account_id, self.hoa.user_id, now=self.clock()
            )

    async def tag(self, name: str) -> None:
        async with self.database.writing() as connection:
            await tags.tag(connection, self.contact_id, name, self.clock())

    async def untag(self, name: str) -> None:
        async with self.database.writing() as connection:
            await tags.untag(connection, self.contact_id, name, self.clock())

    async def on(self) -> list[str]:
        async with self.database.reading() as connection:
            return await tags.tags_of(connection, self.contact_id)


@pytest.fixture
async def work(api: Api, kept_grant: Grant, zalo: ZaloOAEmulator, clock: MovingClock) -> Marking:
    """On a database of each kind."""
    made = Marking(api, kept_grant, zalo, clock)
    await made.meet()
    return made


@pytest.fixture
async def small(api: Api, grant: Grant, zalo: ZaloOAEmulator, clock: MovingClock) -> Marking:
    """On the quicker one."""
    made = Marking(api, grant, zalo, clock)
    await made.meet()
    return made


async def test_changes_go_both_ways_and_no_echo_makes_another_call(
    work: Marking, zalo: ZaloOAEmulator, clock: MovingClock
) -> None:
    door, office = door_of(work, zalo, clock), Office(work.database, clock)
    async with receiving(work, door, office):
        await work.tag("Chi hội 3")
        clock.move(MINUTE)
        await work.jobs.work_off(TAGS, keep)
        assert work.hoa.tags == ["Chi hội 3"]
        await zalo.events_taken()
        await handled(work, office)

        clock.move(MINUTE)
        await work.untag("Chi hội 3")
        await work.jobs.work_off(TAGS, keep)
        assert work.hoa.tags == []
        await zalo.events_taken()
        await handled(work, office)
        assert await work.on() == []
        calls = len(zalo.calls.entries)

        clock.move(MINUTE)
        zalo.world.announce(
            zalo.oa,
            {
                "oa_id": zalo.oa.oa_id,
                "event_name": "add_user_to_tag",
                "tag": {"user_ids": [work.hoa.user_id, "9000000000000000099"], "name": "VIP"},
            },
        )
        await zalo.events_taken()
        await handled(work, office)
        assert await work.on() == ["VIP"]
        await work.jobs.work_off(TAGS, keep)
        clock.move(timedelta(days=2))
        await work.jobs.work_off(TAGS, keep)
    assert len(zalo.calls.entries) == calls
    assert set(await work.contacts()) == {work.hoa.user_id}
    assert await work.tags() == {(work.hoa.user_id, "VIP", True, True)}  # What was taken off is forgotten.


async def test_an_import_brings_the_marks_that_zalo_has(work: Marking) -> None:
    work.hoa.tags.extend(["VIP", "Chi ho\u0323\u0302i 3"])
    await work.tag("Của em")
    await work.does(FOLLOWERS)
    assert await work.on() == ["Chi hội 3", "Của em", "VIP"]
    await work.jobs.work_off(TAGS, keep)
    assert sorted(work.hoa.tags) == sorted(["VIP", "Chi ho\u0323\u0302i 3", "Của em"])


async def test_switched_off_nothing_is_carried_in_either_direction(
    small: Marking, zalo: ZaloOAEmulator
) -> None:
    small.hoa.tags.append("VIP")
    await small.tag("Của em")
    quiet = small.process(mirrors_tags=False)
    await quiet.work_off(TAGS, keep)
    await small.does(FOLLOWERS, quiet)
    assert await small.on() == ["Của em"]
    assert (small.hoa.tags, zalo.calls.of(PUT_ON)) == (["VIP"], [])


async def test_who_does_not_follow_is_marked_there_when_she_does(
    small: Marking, zalo: ZaloOAEmulator
) -> None:
    await small.tag("VIP")
    small.hoa.is_follower = False
    for _ in range(3):
        await small.jobs.work_off(TAGS, keep)
    assert len(zalo.calls.of(PUT_ON)) == 1
    small.hoa.is_follower = True
    async with small.database.writing() as connection:  # As her following does.
        await contacts.change(connection, small.contact_id, is_follower=True)
    await small.jobs.work_off(TAGS, keep)
    assert small.hoa.tags == ["VIP"]


async def test_a_mark_that_zalo_does_not_take_waits_and_holds_no_other(
    small: Marking, zalo: ZaloOAEmulator, clock: MovingClock
) -> None:
    zalo.order_fault(-201, times=2, method=PUT_ON)  # As text, and as a number.
    await small.tag("Lạ")
    clock.move(MINUTE)
    await small.tag("VIP")
    await small.jobs.work_off(TAGS, keep)
    assert small.hoa.tags == ["VIP"]
    assert await small.on() == ["Lạ", "VIP"]
    clock.move(timedelta(hours=7))
    await small.jobs.work_off(TAGS, keep)
    assert small.hoa.tags == ["VIP", "Lạ"]


async def test_an_id_that_zalo_takes_as_a_number_only_is_sent_as_one(
    small: Marking, zalo: ZaloOAEmulator
) -> None:
    zalo.order_fault(-201, method=PUT_ON)
    await small.tag("VIP")
    await small.jobs.work_off(TAGS, keep)
    assert [type(call.params["user_id"]) for call in zalo.calls.of(PUT_ON)] == [str, int]
    assert small.hoa.tags == ["VIP"]


async def test_taking_off_what_zalo_has_not_got_is_done_with(small: Marking, zalo: ZaloOAEmulator) -> None:
    await small.tag("VIP")
    await small.jobs.work_off(TAGS, keep)
    await small.untag("VIP")
    zalo.order_fault(-201, times=2, method=TAKE_OFF)
    for _ in range(3):
        await small.jobs.work_off(TAGS, keep)
    assert len(zalo.calls.of(TAKE_OFF)) == 2


async def test_a_mark_taken_off_while_it_is_put_on_is_taken_off_there_too(
    small: Marking, zalo: ZaloOAEmulator
) -> None:
    await small.tag("VIP")
    zalo.server.delay_s = 0.05
    carrying = asyncio.create_task(small.jobs.work_off(TAGS, keep))
    await zalo.is_called(1, PUT_ON)
    await small.untag("VIP")
    await carrying
    assert (small.hoa.tags, await small.on()) == ([], [])


async def test_trouble_at_zalos_end_is_waited_out(
    small: Marking, zalo: ZaloOAEmulator, clock: MovingClock
) -> None:
    zalo.order_fault("close_after_accepting", method=PUT_ON)
    await small.tag("VIP")
    await small.jobs.work_off(TAGS, keep)
    await small.jobs.work_off(TAGS, keep)
    assert len(zalo.calls.of(PUT_ON)) == 1
    clock.move(MINUTE)
    await small.jobs.work_off(TAGS, keep)
    assert (small.hoa.tags, await small.tags()) == (["VIP"], {(small.hoa.user_id, "VIP", True, True)})
