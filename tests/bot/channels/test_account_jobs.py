"""Long work with an account: one process does it at a time, and nothing of a step stays that came too late."""

from dataclasses import dataclass
from datetime import timedelta

import pytest
import sqlalchemy as sa

from bot.channels import account_jobs
from bot.channels.account_jobs import Job, JobState, LeaseLost
from bot.store.database import Database
from bot.store.tables import account_jobs as job_rows
from bot.store.tables import accounts
from tests import people
from tests.conftest import MovingClock

KIND = "counting"


@dataclass
class Office:
    database: Database
    clock: MovingClock
    account_id: int

    async def ask(self, **place: int) -> bool:
        async with self.database.writing() as connection:
            return await account_jobs.ask(connection, self.account_id, KIND, self.clock(), place=place)

    async def take(self, owner: str) -> Job | None:
        async with self.database.writing() as connection:
            return await account_jobs.take(connection, self.account_id, KIND, owner=owner, now=self.clock())

    async def moves(self, job: Job, to: int) -> None:
        """A step that renames the account, and says how far it came."""
        async with self.database.writing() as connection:
            await connection.execute(sa.update(accounts).values(name=f"step {to}"))
            job.place, job.done = {"at": to}, to
            await account_jobs.move(connection, job, self.clock())

    async def name(self) -> str | None:
        async with self.database.reading() as connection:
            return await connection.scalar(sa.select(accounts.c.name))

    async def progress(self) -> account_jobs.Progress:
        async with self.database.reading() as connection:
            found = await account_jobs.progress(connection, self.account_id, KIND)
        assert found is not None
        return found


@pytest.fixture
async def office(database: Database, clock: MovingClock) -> Office:
    async with database.writing() as connection:
        return Office(database, clock, await people.add_account(connection, now=clock()))


async def test_one_does_it_and_the_next_goes_on_where_it_was(office: Office, clock: MovingClock) -> None:
    assert await office.take("first") is None
    assert await office.ask(at=0)
    assert not await office.ask(at=7)
    first = await office.take("first")
    assert first is not None
    assert await office.take("second") is None
    await office.moves(first, 1)
    clock.move(timedelta(minutes=3))
    second = await office.take("second")
    assert second is not None
    assert (second.place, second.done) == ({"at": 1}, 1)


async def test_who_has_lost_the_lease_leaves_nothing_of_its_step(office: Office, clock: MovingClock) -> None:
    await office.ask()
    first = await office.take("first")
    clock.move(timedelta(minutes=3))
    second = await office.take("second")
    assert first is not None
    assert second is not None
    await office.moves(second, 5)
    with pytest.raises(LeaseLost):
        await office.moves(first, 1)
    with pytest.raises(LeaseLost):
        async with office.database.writing() as connection:
            await account_jobs.finish(connection, first, clock())
    assert (await office.name(), (await office.progress()).done) == ("step 5", 5)


async def test_each_step_makes_the_lease_longer(office: Office, clock: MovingClock) -> None:
    await office.ask()
    job = await office.take("first")
    assert job is not None
    for step in range(4):
        clock.move(timedelta(minutes=1))
        await office.moves(job, step)
    assert await office.take("second") is None


async def test_a_clock_that_is_set_back_keeps_no_dead_lease(office: Office, clock: MovingClock) -> None:
    await office.ask()
    assert await office.take("dead") is not None
    clock.move(timedelta(days=-1))
    assert await office.take("next") is not None


async def test_what_is_over_begins_anew_when_it_is_asked_for_again(
    office: Office, clock: MovingClock
) -> None:
    await office.ask(at=3)
    job = await office.take("first")
    assert job is not None
    async with office.database.writing() as connection:
        await account_jobs.finish(connection, job, clock(), error="x" * 300)
    ended = await office.progress()
    assert (ended.state, ended.error) == (JobState.FAILED, "x" * 80)
    assert await office.take("second") is None
    assert await office.ask()
    begun = await office.progress()
    assert (begun.state, begun.error, begun.done, begun.total) == (JobState.RUNNING, "", 0, None)


@pytest.mark.parametrize(
    ("kept", "counts"),
    [
        ({}, {}),
        ({"counts": 3}, {}),
        ({"counts": None}, {}),
        ({"counts": ["taken_in"]}, {}),
        ({"counts": {"taken_in": 2, "too_old": None}}, {"taken_in": 2}),
        ([], {}),
    ],
)
async def test_what_was_counted_is_read_from_whatever_is_kept(
    office: Office, kept: object, counts: object
) -> None:
    await office.ask()
    async with office.database.writing() as connection:
        await connection.execute(sa.update(job_rows).values(place=kept))
    assert (await office.progress()).counts == counts


async def test_what_is_given_back_is_free_at_once(office: Office) -> None:
    await office.ask()
    job = await office.take("first")
    assert job is not None
    async with office.database.writing() as connection:
        await account_jobs.rest(connection, job)
    assert await office.take("second") is not None
