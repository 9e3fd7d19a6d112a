"""An answer on a platform with a window: free within 48 hours, kept until she writes afterwards, paid where allowed."""

import asyncio
from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from bot import accounts as union_accounts
from bot.languages import Languages
from bot.outbox import Outbox
from bot.people import contacts as chats
from bot.questions import answering, asking, record
from bot.questions.answering import Answered
from bot.questions.undelivered import Undelivered
from bot.sending.parcels import Outcome, Parcel, Verdict
from bot.store.tables import accounts, contacts, outbox
from tests import people as union
from tests.bot.questions.conftest import Desks
from tests.locks import until_it_waits

IN_TIME, LATE, TOO_LATE = timedelta(hours=47, minutes=59), timedelta(hours=48, minutes=1), timedelta(days=8)


class Window:
    """The asker is on an Official Account, the cadre where no window is."""

    def __init__(self, desks: Desks) -> None:
        self.desks = desks
        self.account_id = 0
        self.contact_id = 0
        self.code = 0
        self.cadre = 0

    async def open(self, *, may_cost: bool = False) -> None:
        desks = self.desks
        self.cadre = await desks.add_cadre("cuc", desks.people.commune_id)
        async with desks.database.writing() as connection:
            self.account_id = await union.add_account(
                connection, channel="zalo_oa", external_id="700", now=desks.clock()
            )
            await connection.execute(
                sa.update(accounts).where(accounts.c.id == self.account_id).values(may_cost=may_cost)
            )
            self.contact_id = await union.add_contact(
                connection, self.account_id, "mai", last_in_at=desks.clock(), now=desks.clock()
            )
        contact = await union.contact_of(desks.database, self.account_id, "mai")
        async with desks.post() as post:
            self.code, _ = await asking.ask(
                post, contact, "Lớp may khi nào mở", unit_id=desks.people.commune_id
            )

    async def answer(self, words: str = "Ngày 5/12 nghen chị") -> Answered:
        async with self.desks.post() as post:
            return await answering.answer(post, self.code, staff_id=self.cadre, words=words)

    async def claim(self) -> list[str]:
        """The sender looks what may go to her account; the texts it takes."""
        return [parcel.message.text for parcel in await self.take()]

    async def take(self) -> Sequence[Parcel]:
        desks = self.desks
        async with desks.database.writing() as connection:
            return await self._lane().claim(
                connection,
                self.account_id,
                10,
                owner="s",
                now=desks.clock(),
                until=desks.clock() + timedelta(minutes=1),
            )

    async def is_refused(self, parcel: Parcel) -> None:
        """Her platform lets nothing through before she writes."""
        outcome = Outcome(parcel, Verdict.HELD, self.desks.clock(), code="window")
        async with self.desks.database.writing() as connection:
            await self._lane().settle(connection, [outcome], owner="s")

    def _lane(self) -> Outbox:
        return Outbox({}, Undelivered(Outbox({}), Languages({}), self.desks.clock))

    async def states(self) -> list[str]:
        return [str(row.state) for row in await self.desks.letters("mai")]

    async def writes(self, *, ago: timedelta = timedelta()) -> None:
        now = self.desks.clock()
        async with self.desks.database.writing() as connection:
            await chats.heard_from(connection, self.contact_id, now=now, at=now - ago)


@pytest.fixture
def window(desks: Desks) -> Window:
    return Window(desks)


@pytest.mark.parametrize(
    ("age", "may_cost", "said", "goes"),
    [
        (IN_TIME, False, Answered.SENT, True),
        (LATE, False, Answered.HELD, False),
        (LATE, True, Answered.SENT, True),
        (TOO_LATE, True, Answered.HELD, False),
    ],
    ids=["47:59 free", "48:01 kept", "48:01 paid", "8 days kept"],
)
async def test_an_answer_takes_the_path_that_the_rules_name(
    window: Window, age: timedelta, may_cost: bool, said: Answered, goes: bool
) -> None:
    await window.open(may_cost=may_cost)
    window.desks.clock.move(age)
    assert await window.answer() is said
    assert ["Ngày 5/12" in text for text in await window.claim()] == ([True] if goes else [])
    assert await window.states() == ["claimed" if goes else "held"]


async def test_what_was_kept_goes_first_of_all_when_she_writes(window: Window) -> None:
    await window.open()
    window.desks.clock.move(LATE)
    await window.answer()
    await window.claim()
    await window.writes()
    assert await window.states() == ["waiting"]
    [text] = await window.claim()
    assert "Ngày 5/12" in text


@pytest.mark.parametrize(("age", "goes"), [(LATE, True), (TOO_LATE, False)], ids=["48:01", "8 days"])
async def test_what_was_kept_goes_when_an_officer_lets_it_cost(
    window: Window, age: timedelta, goes: bool
) -> None:
    await window.open()
    window.desks.clock.move(age)
    await window.answer()
    assert await window.claim() == []
    async with window.desks.database.writing() as connection:
        await union_accounts.let_cost(connection, window.account_id, may=True)
    assert ["Ngày 5/12" in text for text in await window.claim()] == ([True] if goes else [])
    assert await window.states() == ["claimed" if goes else "held"]
    assert (await window.desks.steps(window.code)).count("held") == 1


async def test_what_her_platform_refused_while_she_wrote_is_not_kept(window: Window) -> None:
    await window.open()
    await window.answer()
    [parcel] = await window.take()
    window.desks.clock.move(timedelta(seconds=1))
    await window.writes()
    await window.is_refused(parcel)
    assert await window.states() == ["waiting"]
    [parcel] = await window.take()
    await window.is_refused(parcel)
    assert await window.states() == ["held"]


async def test_what_is_looked_at_while_she_writes_is_not_kept(window: Window) -> None:
    await window.open()
    window.desks.clock.move(LATE)
    await window.answer()

    async def look() -> None:
        await window.take()

    async with window.desks.database.writing() as turn:
        await chats.heard_from(turn, window.contact_id, now=window.desks.clock())
        looking = asyncio.create_task(look())
        await until_it_waits(window.desks.database, looking)
    await looking
    await window.take()
    assert await window.states() == ["claimed"]


async def test_the_window_opens_when_she_wrote_and_not_when_we_were_told(window: Window) -> None:
    await window.open()
    window.desks.clock.move(timedelta(days=3))
    await window.writes(ago=timedelta(hours=20))
    window.desks.clock.move(timedelta(hours=27))
    assert await window.answer() is Answered.SENT
    window.desks.clock.move(timedelta(hours=2))
    assert await window.claim() == []
    await window.writes(ago=timedelta(hours=49))  # Told out of order: nothing is older by that.
    async with window.desks.database.reading() as connection:
        last_in_at = await connection.scalar(
            sa.select(contacts.c.last_in_at).where(contacts.c.id == window.contact_id)
        )
    assert last_in_at == window.desks.clock() - timedelta(hours=49)


async def test_what_waits_for_a_border_holds_up_nothing_and_goes_first_when_she_writes(
    window: Window,
) -> None:
    await window.open()
    await window.answer("một")
    async with window.desks.database.writing() as connection:
        tomorrow = window.desks.clock() + timedelta(hours=8)
        hers = outbox.c.contact_id == window.contact_id
        await connection.execute(sa.update(outbox).where(hers).values(next_at=tomorrow))
    await window.answer("hai")
    [text] = await window.claim()
    assert "hai" in text
    await window.answer("ba")
    await window.writes()
    assert await window.states() == ["waiting", "claimed", "waiting"]
    [text] = await window.claim()
    assert "một" in text


async def test_a_window_that_closes_while_the_answer_waits_keeps_it_and_the_cadre_is_told(
    window: Window,
) -> None:
    await window.open()
    window.desks.clock.move(IN_TIME)
    await window.answer()
    window.desks.clock.move(timedelta(minutes=2))
    assert await window.claim() == []
    assert await window.states() == ["held"]
    assert (await window.desks.steps(window.code))[-2:] == ["answered", "held"]
    assert "em giữ câu trả lời" in (await window.desks.texts("cuc"))[-1]


async def test_the_cadre_who_was_told_while_answering_is_not_told_again(window: Window) -> None:
    await window.open()
    window.desks.clock.move(LATE)
    await window.answer()
    before = await window.desks.texts("cuc")
    await window.claim()
    assert await window.desks.texts("cuc") == before
    assert (await window.desks.steps(window.code)).count("held") == 1


async def test_a_question_goes_to_no_desk_whose_window_is_closed(desks: Desks) -> None:
    near = desks.people.binh
    far = await desks.add_cadre("xa", desks.people.commune_id)
    async with desks.database.writing() as connection:
        account_id = await union.add_account(
            connection, channel="zalo_oa", external_id="700", now=desks.clock()
        )
        values: dict[str, Any] = {"account_id": account_id, "last_in_at": desks.clock() - LATE}
        await connection.execute(sa.update(contacts).where(contacts.c.staff_id == near).values(values))
    code = await desks.ask()
    assert (await desks.question(code)).staff_id == far


async def test_a_letter_to_a_desk_whose_window_closed_meanwhile_goes_to_the_next(desks: Desks) -> None:
    far = await desks.add_cadre("xa", desks.people.commune_id)
    window, code = await _letter_to_a_closed_window(desks)
    assert await window.claim() == []
    assert (await desks.question(code)).staff_id == far


async def test_a_letter_that_is_taken_back_while_the_sender_looks_at_it_stops_neither(desks: Desks) -> None:
    """Each has what the other is about to ask for: the sender the letter, the officer the question."""
    window, code = await _letter_to_a_closed_window(desks)

    async def look() -> None:
        await window.take()

    async with desks.post() as post:
        question = await record.lock(post.connection, code)
        assert question is not None
        looking = asyncio.create_task(look())
        await until_it_waits(desks.database, looking)
        await answering.answer(post, code, staff_id=desks.people.an, words="Ngày 5/12 nghen chị")
    await looking
    assert (await desks.question(code)).staff_id == desks.people.an
    assert "claimed" not in [str(row.state) for row in await desks.letters("binh")]


async def _letter_to_a_closed_window(desks: Desks) -> tuple[Window, int]:
    near = desks.people.binh
    window = Window(desks)
    async with desks.database.writing() as connection:
        window.account_id = await union.add_account(
            connection, channel="zalo_oa", external_id="700", now=desks.clock()
        )
    code = await desks.ask()
    assert (await desks.question(code)).staff_id == near
    async with desks.database.writing() as connection:
        # Her letter lies in the queue of an Official Account that she last wrote to long ago.
        values: dict[str, Any] = {"account_id": window.account_id, "last_in_at": desks.clock() - LATE}
        await connection.execute(sa.update(contacts).where(contacts.c.staff_id == near).values(values))

        await connection.execute(sa.update(outbox).values(account_id=window.account_id))
    return window, code
