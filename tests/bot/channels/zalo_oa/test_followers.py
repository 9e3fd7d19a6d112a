"""Taking over who follows the Official Account."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Mapping
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy.exc import OperationalError
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.channels import account_jobs
from bot.channels.account_jobs import FOLLOWERS, JobState
from bot.channels.zalo_oa import followers
from bot.channels.zalo_oa.client import Api, OAClient
from bot.channels.zalo_oa.follower_profiles import Profile, read
from bot.channels.zalo_oa.unhurried import Unhurried
from bot.intake import keep
from bot.people import members
from bot.store.database import Database
from bot.store.tables import consents, deliveries, outbox
from bot.store.tables import members as member_rows
from tests import people
from tests.bot.channels.zalo_oa.conftest import Grant, make_api
from tests.bot.channels.zalo_oa.job_fixtures import Work
from tests.conftest import MovingClock
from tests.emulators.zalo_oa import ZaloOAEmulator

LIST, DETAIL = "v3.0/oa/user/getlist", "v3.0/oa/user/detail"
DAY = timedelta(days=1)


@pytest.fixture
def work(api: Api, kept_grant: Grant, zalo: ZaloOAEmulator, clock: MovingClock) -> Work:
    """On a database of each kind."""
    return Work(api, kept_grant, zalo, clock)


@pytest.fixture
def small(api: Api, grant: Grant, zalo: ZaloOAEmulator, clock: MovingClock) -> Work:
    """On the quicker one."""
    return Work(api, grant, zalo, clock)


async def test_followers_become_contacts_with_the_name_they_show_and_nothing_else(
    work: Work, zalo: ZaloOAEmulator, clock: MovingClock
) -> None:
    hoa = zalo.user(name="  Hoa\nNguyễn ", follows=True, interacted=timedelta(hours=20))
    hoa.tags.append("Chi hội 3")
    silent = zalo.user(name="Lan", follows=True)
    zalo.user(name="Người lạ", interacted=DAY)

    done = await work.does(FOLLOWERS)

    assert (done.state, done.done, done.total, done.counts) == (JobState.DONE, 2, 2, {})
    known = await work.contacts()
    assert set(known) == {hoa.user_id, silent.user_id}
    row = known[hoa.user_id]
    assert (row.display_name, row.is_follower, row.member_id, row.stopped_at) == (
        "Hoa Nguyễn",
        True,
        None,
        None,
    )
    # She wrote at 13:00 of the day before in Viet Nam; Zalo tells the day, and its beginning is taken.
    assert row.last_in_at == datetime(2026, 11, 21, 17, 0, tzinfo=UTC)
    assert known[silent.user_id].last_in_at is None
    for table in (member_rows, consents, outbox, deliveries):
        assert await work.count(table) == 0
    assert await work.tags() == set()
    assert not any(user.received for user in zalo.oa.users.values())


async def test_who_is_known_stays_one_and_keeps_what_is_known_better(
    work: Work, zalo: ZaloOAEmulator, clock: MovingClock
) -> None:
    hoa = zalo.user(name="Hoa", follows=True, interacted=timedelta(hours=1))
    gone = zalo.user(name="Cúc", interacted=DAY)
    async with work.database.writing() as connection:
        an_hour_ago = clock() - timedelta(hours=1)
        await people.add_contact(
            connection, work.account_id, hoa.user_id, last_in_at=an_hour_ago, now=clock()
        )
        await people.add_contact(connection, work.account_id, gone.user_id, is_follower=True, now=clock())

    await work.does(FOLLOWERS)
    await work.does(FOLLOWERS)

    known = await work.contacts()
    assert len(known) == 2
    assert (known[hoa.user_id].display_name, known[hoa.user_id].last_in_at) == ("Hoa", an_hour_ago)
    assert (known[gone.user_id].display_name, known[gone.user_id].is_follower) == ("", False)
    assert len(zalo.calls.of(DETAIL)) == 1

    clock.move(31 * DAY)
    hoa.person.name = "Hoa mới"
    await work.does(FOLLOWERS)
    assert (await work.contacts())[hoa.user_id].display_name == "Hoa mới"


async def test_who_had_herself_erased_stays_nameless(
    work: Work, zalo: ZaloOAEmulator, clock: MovingClock
) -> None:
    hoa = zalo.user(name="Hoa", follows=True, interacted=DAY)
    await work.does(FOLLOWERS)
    async with work.database.writing() as connection:
        contact_id = (await work.contacts())[hoa.user_id].id
        await members.erase(connection, contact_id, now=clock())
    clock.move(60 * DAY)

    await work.does(FOLLOWERS)

    row = (await work.contacts())[hoa.user_id]
    assert (row.display_name, row.is_follower) == ("", True)
    assert len(zalo.calls.of(DETAIL)) == 1


async def test_an_erasure_while_zalo_is_asked_about_her_is_not_undone(
    small: Work, zalo: ZaloOAEmulator, clock: MovingClock
) -> None:
    hoa = zalo.user(name="Hoa", follows=True)
    async with small.database.writing() as connection:
        contact_id = await people.add_contact(connection, small.account_id, hoa.user_id, now=clock())
    zalo.server.delay_s = 0.05
    await small.ask(FOLLOWERS)
    working = asyncio.create_task(small.jobs.work_off(FOLLOWERS, keep))
    await zalo.is_called(1, DETAIL)
    async with small.database.writing() as connection:
        await members.erase(connection, contact_id, now=clock())
    await working
    assert (await small.contacts())[hoa.user_id].display_name == ""


async def test_what_zalo_does_not_tell_of_one_person_stops_nobody(
    small: Work, zalo: ZaloOAEmulator, clock: MovingClock
) -> None:
    left, banned, foreign, lan = (zalo.user(name=f"Chị {n}", follows=True) for n in range(4))
    zalo.order_fault(-213, user=left, method=DETAIL)
    zalo.order_fault(-227, user=banned, method=DETAIL)
    zalo.order_fault(-201, user=foreign, method=DETAIL)

    done = await small.does(FOLLOWERS)

    assert (done.state, done.done) == (JobState.DONE, 4)
    known = {
        address: (row.display_name, row.is_follower) for address, row in (await small.contacts()).items()
    }
    assert known == {
        left.user_id: ("", False),
        banned.user_id: ("", None),
        lan.user_id: ("Chị 3", True),
    }


class Died(BaseException):
    """The process is gone: nothing of it runs any more, no clearing up either."""


class Mortal:
    """A client whose process dies at its n-th call, before or after Zalo answered it."""

    def __init__(self, client: OAClient, calls: int, *, after: bool) -> None:
        self._client = client
        self._left = calls
        self._after = after

    async def get(self, path: str, data: Mapping[str, Any] | None = None, **more: Any) -> Any:
        self._left -= 1
        if self._left < 0 and not self._after:
            raise Died
        answer = await self._client.get(path, data, **more)
        if self._left < 0:
            raise Died
        return answer


async def test_a_process_that_dies_at_any_call_is_gone_on_from_where_it_was(
    small: Work, zalo: ZaloOAEmulator, clock: MovingClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(followers, "_COUNT", 5)
    crowd = zalo.crowd(12)
    await small.ask(FOLLOWERS)
    deaths = 0
    while (await small.progress(FOLLOWERS)).state is JobState.RUNNING:
        dying = small.process()
        # Each process gets two calls further and dies in the third, in turn before and after its answer.
        mortal = Mortal(small.client_of(0), 2, after=bool(deaths % 2))
        monkeypatch.setattr(dying, "_client", lambda _account_id, mortal=mortal: mortal)
        with contextlib.suppress(Died):
            await dying.work_off(FOLLOWERS, keep)
        deaths += 1
        before = len(zalo.calls.entries)
        await small.process().work_off(FOLLOWERS, keep)
        assert len(zalo.calls.entries) == before  # Its lease still stands: nobody else begins.
        clock.move(timedelta(minutes=3))
        assert deaths < 30
    done = await small.progress(FOLLOWERS)
    assert (done.state, done.done, done.total) == (JobState.DONE, 12, 12)
    known = await small.contacts()
    assert {address: row.display_name for address, row in known.items()} == {
        user.user_id: user.name for user in crowd
    }
    asked = [call.user_id for call in zalo.calls.of(DETAIL)]
    assert len(asked) <= 12 + deaths  # Only the call in which it died is made again.
    assert deaths > 5


async def test_two_processes_do_a_job_once(work: Work, zalo: ZaloOAEmulator) -> None:
    zalo.crowd(6)
    await work.ask(FOLLOWERS)
    assert not await work.ask(FOLLOWERS)  # A second click goes on with the same job.
    await asyncio.gather(*(work.process().work_off(FOLLOWERS, keep) for _ in range(3)))
    done = await work.progress(FOLLOWERS)
    assert (done.state, done.done, len(zalo.calls.of(DETAIL))) == (JobState.DONE, 6, 6)


async def test_a_long_list_is_read_by_days_until_each_part_is_short_enough(
    small: Work, zalo: ZaloOAEmulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(followers, "_FIRST_DAY", date(2026, 9, 1))
    monkeypatch.setattr(followers, "_BORDER", 20)
    monkeypatch.setattr(followers, "_LAST_OFFSET", 11)
    monkeypatch.setattr(followers, "_COUNT", 10)
    crowd = zalo.crowd(70, spread=30 * DAY)
    silent = [zalo.user(name="Chưa nhắn", follows=True) for _ in range(5)]

    done = await small.does(FOLLOWERS)

    assert done.state is JobState.DONE
    known = await small.contacts()
    assert {user.user_id for user in crowd} <= set(known)
    # Of those who never did anything, what the head of the whole list shows: here nobody, all stand behind the others.
    assert not {user.user_id for user in silent} & set(known)
    assert (done.done, done.total) == (70, 75)


async def test_a_list_that_changes_under_our_hands_is_read_again(
    small: Work, zalo: ZaloOAEmulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(followers, "_COUNT", 5)
    crowd = zalo.crowd(20)
    await small.ask(FOLLOWERS)
    working = asyncio.create_task(small.jobs.work_off(FOLLOWERS, keep))
    await zalo.is_called(2, DETAIL)
    await crowd[0].unfollows()  # Everybody behind her moves up: one would be passed over.
    await working
    known = await small.contacts()
    assert {user.user_id for user in crowd[1:]} <= set(known)
    assert not known[crowd[0].user_id].is_follower
    done = await small.progress(FOLLOWERS)
    assert (done.state, done.total) == (JobState.DONE, 19)
    assert done.done <= 20


@pytest.mark.parametrize("fault", ["server_error", "html", "close_after_accepting", "no_data", -32])
async def test_trouble_at_zalos_end_is_waited_out(
    small: Work, zalo: ZaloOAEmulator, clock: MovingClock, fault: str | int
) -> None:
    zalo.crowd(3)
    zalo.order_fault(fault, times=2, method=LIST)
    await small.ask(FOLLOWERS)
    for _ in range(3):
        await small.jobs.work_off(FOLLOWERS, keep)
        await small.jobs.work_off(FOLLOWERS, keep)  # Too soon: nothing is called.
        clock.move(timedelta(minutes=5))
    assert (await small.progress(FOLLOWERS)).state is JobState.DONE
    assert len(zalo.calls.of(LIST)) == 2 + 2


async def test_one_person_whom_zalo_refuses_without_a_known_reason_stops_no_other(
    small: Work, zalo: ZaloOAEmulator, clock: MovingClock
) -> None:
    odd, *_ = (zalo.user(name=f"Chị {n}", follows=True) for n in range(3))
    zalo.order_fault(-999, times=None, user=odd, method=DETAIL)
    await small.ask(FOLLOWERS)
    for _ in range(3):
        await small.jobs.work_off(FOLLOWERS, keep)
        clock.move(timedelta(minutes=10))
    assert (await small.progress(FOLLOWERS)).state is JobState.DONE
    assert len(await small.contacts()) == 2
    refused = [call for call in zalo.calls.of(DETAIL) if call.user_id == odd.user_id]
    assert len(refused) == 2  # Zalo may only have had a bad moment.


async def test_a_job_that_our_own_fault_stops_ends_and_can_be_asked_for_anew(
    small: Work, zalo: ZaloOAEmulator, clock: MovingClock
) -> None:
    """As when an older or a newer program wrote down where it is."""
    zalo.crowd(3)
    async with small.database.writing() as connection:
        await account_jobs.ask(connection, small.account_id, FOLLOWERS, clock(), place={"corner": 4})
    for _ in range(6):
        await small.jobs.work_off(FOLLOWERS, keep)
        clock.move(timedelta(minutes=10))
    ended = await small.progress(FOLLOWERS)
    assert (ended.state, ended.error) == (JobState.FAILED, "job_broken")
    assert (await small.does(FOLLOWERS)).state is JobState.DONE


class Away(Database):
    """Its disk is full now and then."""

    writes = 0

    @contextlib.asynccontextmanager
    async def writing(self) -> AsyncIterator[AsyncConnection]:
        async with super().writing() as connection:
            yield connection
            self.writes += 1
            if self.writes in {
                2,
                5,
                8,
                11,
                14,
            }:  # The job is taken, a step of it fails, and it is given back.
                raise OperationalError("COMMIT", {}, OSError("the disk is full"))


async def test_a_database_that_is_away_ends_no_job(
    small: Work, zalo: ZaloOAEmulator, clock: MovingClock
) -> None:
    zalo.crowd(1)
    await small.ask(FOLLOWERS)
    small.database = Away(small.database.engine)
    jobs = small.process()
    for _ in range(6):
        await jobs.work_off(FOLLOWERS, keep)
        clock.move(timedelta(minutes=10))
    assert (await small.progress(FOLLOWERS)).state is JobState.DONE


async def test_what_zalo_refuses_again_and_again_ends_with_its_reason(
    small: Work, zalo: ZaloOAEmulator, clock: MovingClock
) -> None:
    zalo.order_fault(-221, times=None, method=LIST)
    await small.ask(FOLLOWERS)
    for _ in range(6):
        await small.jobs.work_off(FOLLOWERS, keep)
        clock.move(timedelta(minutes=10))
    ended = await small.progress(FOLLOWERS)
    assert (ended.state, ended.error) == (JobState.FAILED, "zalo_oa_not_verified")
    zalo.faults.clear()
    assert (await small.does(FOLLOWERS)).state is JobState.DONE


async def test_a_stop_in_the_middle_leaves_the_job_to_the_next_process_at_once(
    work: Work, zalo: ZaloOAEmulator
) -> None:
    zalo.crowd(4)
    zalo.server.delay_s = 0.02
    await work.ask(FOLLOWERS)
    await work.jobs.start(keep)
    await zalo.is_called(2, DETAIL)
    await work.jobs.stop()
    zalo.server.delay_s = 0.0
    assert (await work.progress(FOLLOWERS)).state is JobState.RUNNING
    await work.process().work_off(FOLLOWERS, keep)
    assert (await work.progress(FOLLOWERS)).state is JobState.DONE
    assert len(await work.contacts()) == 4


@pytest.mark.parametrize(
    ("detail", "expected"),
    [
        (None, Profile()),
        ([], Profile()),
        ({}, Profile()),
        ({"display_name": 7, "user_is_follower": None, "tags_and_notes_info": []}, Profile()),
        ({"user_is_follower": "false"}, Profile(is_follower=False)),
        ({"display_name": "Hoa" * 100}, Profile(name=("Hoa" * 100)[:100])),
        ({"user_last_interaction_date": "31/02/2026"}, Profile()),
        ({"user_last_interaction_date": "01/01/0001"}, Profile()),
        (
            {"user_last_interaction_date": "02/01/2026"},
            Profile(wrote_at=datetime(2026, 1, 1, 17, tzinfo=UTC)),
        ),
        ({"tags_and_notes_info": {"tag_names": ["VIP", 3]}}, Profile(marks=("VIP",))),
    ],
)
def test_details_of_any_shape_are_read(detail: object, expected: Profile) -> None:
    assert read(detail) == expected


async def test_an_import_makes_no_call_that_the_minute_has_no_room_for(
    grant: Grant, zalo: ZaloOAEmulator, clock: MovingClock
) -> None:
    zalo.app.calls_per_minute = 4
    zalo.crowd(10)
    narrow = make_api(zalo, clock, per_minute=4)
    await narrow.open()
    work = Work(narrow, grant, zalo, clock)
    await work.ask(FOLLOWERS)
    minutes = 0
    while (await work.progress(FOLLOWERS)).state is JobState.RUNNING:
        await work.jobs.work_off(FOLLOWERS, keep)
        clock.move(timedelta(minutes=1))
        minutes += 1
        assert minutes < 10
    await narrow.close()
    assert {call.outcome for call in zalo.calls.entries} == {"ok"}
    assert len(await work.contacts()) == 10


async def test_calls_that_can_wait_stand_apart(small: Work, zalo: ZaloOAEmulator) -> None:
    unhurried = Unhurried(small.client_of(0), timedelta(milliseconds=20))
    began = asyncio.get_running_loop().time()
    await asyncio.gather(*(unhurried.get("/v2.0/oa/getoa") for _ in range(4)))
    assert asyncio.get_running_loop().time() - began >= 0.06
