from typing import Any

import pytest
from structlog.testing import capture_logs

from bot.sending.parcels import Verdict
from bot.store.database import Database
from bot.store.tables.accounts import AccountState
from bot.store.tables.broadcasts import RunState
from broadcasts import running, stopping
from broadcasts.policy import Policy
from tests.broadcasts.conftest import Announce
from tests.broadcasts.desk import Desk
from tests.broadcasts.ledger import add_members, close_account, outcomes, run_of
from tests.conftest import MovingClock
from tests.people import People


@pytest.fixture
def desk(database: Database, union: People, clock: MovingClock) -> Desk:
    return Desk(database, union, clock)


async def _stop(database: Database) -> list[tuple[int, str]]:
    async with database.writing() as connection:
        return await stopping.stop_troubled(connection, Policy())


CASES: list[tuple[str, int, int, dict[str, Any], bool]] = [
    ("one in fifty", 49, 1, {}, True),
    ("one in fifty-one", 50, 1, {}, False),
    ("all of few", 0, 49, {}, False),
    ("all of fifty", 0, 50, {}, True),
    ("nobody", 60, 0, {}, False),
    ("people who cannot be reached", 0, 60, {"unreachable": True}, False),
]


@pytest.mark.parametrize(
    ("sent", "rejected", "values", "stops"), [case[1:] for case in CASES], ids=[case[0] for case in CASES]
)
async def test_a_run_that_is_refused_too_often_stops_itself_and_says_so_once(
    database: Database, union: People, desk: Desk, announce: Announce, clock: MovingClock,
    sent: int, rejected: int, values: dict[str, Any], stops: bool,
) -> None:  # fmt: skip
    await add_members(database, union, 68, clock)
    run_id = await announce()
    await desk.settle(await desk.claim(sent) if sent else [], Verdict.SENT)
    await desk.settle(
        await desk.claim(rejected) if rejected else [], Verdict.FAILED, code="rejected", **values
    )
    with capture_logs() as logs:
        assert await _stop(database) == ([(run_id, "stopped_rejected")] if stops else [])
        assert await _stop(database) == []
    assert [line["event"] for line in logs] == ["run_stopped"] * stops
    run = await run_of(database, run_id)
    assert (run.state, run.code) == (
        (RunState.PAUSED, "stopped_rejected") if stops else (RunState.RUNNING, "")
    )


async def test_an_officer_lets_it_go_on_and_it_is_counted_anew(
    database: Database, union: People, desk: Desk, announce: Announce, clock: MovingClock
) -> None:
    await add_members(database, union, 60, clock)
    run_id = await announce()
    await desk.settle(await desk.claim(50), Verdict.FAILED, code="rejected")
    await _stop(database)
    assert await desk.claim() == []
    async with database.writing() as connection:
        await running.resume(connection, run_id, staff_id=union.an, now=clock())
    run = await run_of(database, run_id)
    assert (run.state, run.code, run.rejected) == (RunState.RUNNING, "", 0)
    assert await _stop(database) == []
    assert len(await desk.claim()) == 12


async def test_a_run_stops_whose_account_is_not_accepted_any_more(
    database: Database, union: People, desk: Desk, announce: Announce
) -> None:
    done, waits = await announce(), await announce()
    await desk.send(100)
    async with database.writing() as connection:
        await running.pause(connection, waits, staff_id=union.an, now=(await run_of(database, waits)).due_at)
        await running.resume(connection, waits, staff_id=union.an, now=(await run_of(database, waits)).due_at)
    third = await announce()
    await close_account(database, union.account_id, AccountState.REFUSED)
    assert await _stop(database) == [(third, "stopped_account")]
    assert (await run_of(database, done)).state is RunState.RUNNING  # It has nothing left to send from there.


async def test_a_run_stops_at_once_when_the_money_is_used_up_and_nobody_has_failed(
    database: Database, desk: Desk, announce: Announce, clock: MovingClock
) -> None:
    run_id = await announce()
    hoa, lan = await desk.claim()
    await desk.settle([hoa], Verdict.SENT)
    with capture_logs() as logs:
        await desk.settle([lan], Verdict.HELD, code="no_money", is_for_money=True)
    assert logs == [{"event": "run_stopped", "log_level": "warning", "run": run_id, "code": "stopped_money"}]
    run = await run_of(database, run_id)
    assert (run.state, run.code) == (RunState.PAUSED, "stopped_money")
    assert await outcomes(database, run_id) == {("sent", ""): 1, ("planned", "no_money"): 1}
