"""A member who has been silent for too long is called back to her answer once, by the wording that officers chose."""

from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from bot import accounts
from bot.questions import calling_back
from bot.questions.calling_back import Blank, Wording
from bot.store.tables import contacts, outbox
from tests.bot.questions.conftest import Desks
from tests.bot.questions.test_held import LATE, TOO_LATE, Window

WORDING = Wording("321", "Có câu trả lời", {"ten": Blank.NAME, "ma": Blank.CODE, "noi": Blank.UNIT})


@pytest.fixture
async def window(desks: Desks) -> Window:
    return Window(desks)


async def _choose(window: Window, wording: Wording | None = WORDING) -> None:
    async with window.desks.database.writing() as connection:
        await calling_back.choose(connection, window.account_id, wording)


async def _calls(window: Window) -> list[Any]:
    letters = await window.desks.letters("mai")
    return [row.message["template"] for row in letters if "template" in row.message]


async def test_she_is_called_once_and_the_answer_goes_when_she_writes(window: Window) -> None:
    await window.open(may_cost=True)
    await _choose(window)
    window.desks.clock.move(TOO_LATE)
    await window.answer()
    await window.answer("Nhớ mang căn cước nghen chị")
    assert await _calls(window) == [
        ["321", {"ten": "chị", "ma": str(window.code), "noi": "Hội Liên hiệp Phụ nữ"}, ""]
    ]
    # The call goes out, the answers stay: one is looked at at a time, for they go in order.
    assert await window.claim() == ["[Có câu trả lời]"]
    await _sent(window)
    for _ in range(2):
        assert await window.claim() == []
    assert sorted(set(await window.states())) == ["held", "sent"]
    await window.writes()
    assert (await window.states()).count("waiting") == 2


async def _sent(window: Window) -> None:
    async with window.desks.database.writing() as connection:
        await connection.execute(sa.update(outbox).where(outbox.c.state == "claimed").values(state="sent"))


@pytest.mark.parametrize(
    ("may_cost", "age", "chat"),
    [
        (False, TOO_LATE, {}),
        (True, LATE, {}),  # The answer itself goes.
        (True, timedelta(days=400), {}),
        (True, TOO_LATE, {"is_quiet": True}),
    ],
    ids=["no money", "reached anyway", "a year silent", "quiet"],
)
async def test_nobody_is_called_where_nothing_may_go_or_nothing_waits(
    window: Window, may_cost: bool, age: timedelta, chat: dict[str, Any]
) -> None:
    await window.open(may_cost=may_cost)
    await _choose(window)
    async with window.desks.database.writing() as connection:
        if chat:
            await connection.execute(sa.update(contacts).where(contacts.c.address == "mai").values(**chat))
    window.desks.clock.move(age)
    await window.answer()
    assert await _calls(window) == []


async def test_without_a_wording_she_is_not_called(window: Window) -> None:
    await window.open(may_cost=True)
    await _choose(window)
    await _choose(window, None)
    window.desks.clock.move(TOO_LATE)
    await window.answer()
    assert await _calls(window) == []


async def test_who_writes_before_the_call_is_out_gets_her_answer_and_no_call(window: Window) -> None:
    await window.open(may_cost=True)
    await _choose(window)
    window.desks.clock.move(TOO_LATE)
    await window.answer()
    await window.writes()
    texts = [text for _ in range(2) for text in await window.claim()]
    assert ["Ngày 5/12" in text for text in texts] == [True]
    assert await _calls(window) == []


async def test_nobody_is_called_any_more_once_nothing_may_cost(window: Window) -> None:
    await window.open(may_cost=True)
    await _choose(window)
    window.desks.clock.move(TOO_LATE)
    await window.answer()
    async with window.desks.database.writing() as connection:
        await accounts.let_cost(connection, window.account_id, may=False)
    assert await window.claim() == []
    assert await _calls(window) == []
