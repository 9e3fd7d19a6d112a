"""What a member says to an announcement: her pick is recorded, and nothing else of hers is taken for one."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from bot.channels.contract import IncomingKind
from bot.store.database import Database
from bot.store.tables import contacts, interactions, responses
from bot.store.tables.people import UnitLevel
from broadcasts.content import Content
from broadcasts.responses import choice_value
from tests import people
from tests.broadcasts.announced import ASKS, add_delivery, add_run
from tests.chat import Chat
from tests.conftest import MovingClock
from tests.handlers.members.conftest import NewChat

MINUTE = timedelta(minutes=1)


@dataclass
class Hoa:
    """A member with a chat, and the announcements she gets."""

    chat: Chat
    contact_id: int
    unit_id: int
    database: Database
    clock: MovingClock

    async def gets(self, content: Content = ASKS, **values: Any) -> int:
        """An announcement, a minute after whatever was before."""
        self.clock.move(MINUTE)
        run_id = await add_run(self.database, self.unit_id, now=self.clock(), content=content, **values)
        delivery_id = await add_delivery(self.database, run_id, self.contact_id, now=self.clock())
        self.clock.move(MINUTE)
        return delivery_id

    async def says(self, text: str, **fields: Any) -> str:
        said = await self.chat.says(text, **fields)
        self.clock.move(MINUTE)
        return "\n".join(said)

    async def response(self, delivery_id: int) -> Any:
        async with self.database.reading() as connection:
            found = sa.select(responses).where(responses.c.delivery_id == delivery_id)
            return (await connection.execute(found)).one_or_none()

    async def answer(self, delivery_id: int) -> int | None:
        row = await self.response(delivery_id)
        return row.answer if row else None


NewHoa = Callable[..., Awaitable[Hoa]]


@pytest.fixture
def new_hoa(database: Database, clock: MovingClock, new_chat: NewChat) -> NewHoa:
    async def make(address: str = "hoa") -> Hoa:
        chat = new_chat(address)
        await chat.says("chào em")
        async with database.writing() as connection:
            unit_id = await people.add_unit(
                connection, "Xã Bến Thử", UnitLevel.COMMUNE, code=f"ben-thu-{address}", now=clock()
            )
            member_id = await people.add_member(connection, "Nguyễn Thị Hoa", unit_id, now=clock())
            contact_id = await connection.scalar(
                sa.update(contacts)
                .where(contacts.c.address == address)
                .values(member_id=member_id)
                .returning(contacts.c.id)
            )
        assert contact_id is not None
        return Hoa(chat, contact_id, unit_id, database, clock)

    return make


@pytest.fixture
async def hoa(new_hoa: NewHoa) -> Hoa:
    return await new_hoa()


@pytest.mark.parametrize("typed", ["1", "số 1", "1.", "១", "Em đi được", "em di duoc", "1. Em đi được"])
async def test_a_digit_right_below_the_announcement_is_her_answer(hoa: Hoa, typed: str) -> None:
    delivery_id = await hoa.gets()
    said = await hoa.says(typed)
    assert "«Em đi được»" in said
    assert await hoa.answer(delivery_id) == 1


async def test_the_last_of_her_choices_counts(hoa: Hoa) -> None:
    delivery_id = await hoa.gets()
    await hoa.says("1")
    assert "Em bận" in await hoa.says("2")
    assert "không có chi" in await hoa.says("cảm ơn em")
    assert await hoa.answer(delivery_id) == 2
    await hoa.says("1")
    assert await hoa.answer(delivery_id) == 1


async def test_a_press_counts_at_any_moment_and_leaves_the_form_open(hoa: Hoa) -> None:
    delivery_id = await hoa.gets()
    await hoa.says("DANGKY")
    before = await hoa.chat.conversation()
    said = await hoa.chat.presses(choice_value(delivery_id, 2))
    assert "Em bận" in said[0]
    after = await hoa.chat.conversation()
    assert (after.flow, after.step) == (before.flow, before.step)
    assert await hoa.answer(delivery_id) == 2


async def test_a_press_that_comes_as_typed_words_counts_too(hoa: Hoa) -> None:
    delivery_id = await hoa.gets()
    assert "Em bận" in await hoa.says(choice_value(delivery_id, 2).upper())
    assert await hoa.answer(delivery_id) == 2


async def test_a_digit_that_quotes_the_announcement_counts_even_after_other_talk(hoa: Hoa) -> None:
    delivery_id = await hoa.gets()
    await hoa.says("MENU")
    await hoa.says("2", reply_to=f"announcement-{delivery_id}")
    assert await hoa.answer(delivery_id) == 2
    said = await hoa.says("7", reply_to=f"announcement-{delivery_id}")
    assert "từ 1 đến 2" in said
    assert await hoa.answer(delivery_id) == 2


async def test_of_two_announcements_the_later_one_is_answered(hoa: Hoa) -> None:
    earlier = await hoa.gets()
    later = await hoa.gets()
    await hoa.says("2")
    assert (await hoa.answer(earlier), await hoa.answer(later)) == (None, 2)


async def test_a_digit_after_something_else_was_said_is_the_menus(hoa: Hoa) -> None:
    delivery_id = await hoa.gets()
    await hoa.says("MENU")
    said = await hoa.says("1")
    assert "Chị muốn hỏi về" in said
    assert await hoa.answer(delivery_id) is None


async def test_a_digit_that_is_none_of_the_answers_is_the_menus(hoa: Hoa) -> None:
    delivery_id = await hoa.gets()
    assert "ghi nhận" not in await hoa.says("5")
    assert await hoa.answer(delivery_id) is None


async def test_a_digit_below_an_announcement_that_asks_nothing_is_the_menus(hoa: Hoa) -> None:
    delivery_id = await hoa.gets(Content())
    assert "Chị muốn hỏi về" in await hoa.says("1")
    assert await hoa.answer(delivery_id) is None


async def test_a_digit_in_a_form_is_the_forms(hoa: Hoa) -> None:
    await hoa.says("XOA")
    before = await hoa.chat.conversation()
    assert before.flow
    delivery_id = await hoa.gets()
    await hoa.says("2")
    assert await hoa.answer(delivery_id) is None


async def test_a_list_of_suggestions_that_came_before_is_closed_by_the_answer(hoa: Hoa) -> None:
    await hoa.says("MENU")
    await hoa.says("2")
    assert (await hoa.chat.conversation()).flow == "suggest"
    delivery_id = await hoa.gets()
    await hoa.says("1")
    assert await hoa.answer(delivery_id) == 1
    await hoa.says("2")
    assert await hoa.answer(delivery_id) == 2


async def test_words_of_danger_still_lie_ready_after_an_answer(hoa: Hoa) -> None:
    await hoa.says("chong danh toi")
    await hoa.gets()
    await hoa.says("1")
    assert "1 = chuyển" in await hoa.says("0")


async def test_somebody_elses_announcement_is_not_hers_to_answer(hoa: Hoa, new_hoa: NewHoa) -> None:
    delivery_id = await hoa.gets()
    other = await new_hoa("lan")
    assert "không thấy tin báo đó" in await other.says(choice_value(delivery_id, 1))
    assert await hoa.answer(delivery_id) is None


@pytest.mark.parametrize("way", ["press", "quote", "digit"])
async def test_after_two_weeks_nothing_is_recorded_any_more(hoa: Hoa, way: str, clock: MovingClock) -> None:
    delivery_id = await hoa.gets()
    clock.move(timedelta(days=14))
    if way == "press":
        assert "đã qua" in (await hoa.chat.presses(choice_value(delivery_id, 1)))[-1]
    elif way == "quote":
        assert "đã qua" in await hoa.says("1", reply_to=f"announcement-{delivery_id}")
    else:
        assert "Chị muốn hỏi về" in await hoa.says("1")
    assert await hoa.answer(delivery_id) is None


async def test_what_was_taken_back_cannot_be_answered(hoa: Hoa) -> None:
    delivery_id = await hoa.gets(revision=1, revised={})
    assert "đã qua" in (await hoa.chat.presses(choice_value(delivery_id, 1)))[-1]
    assert await hoa.answer(delivery_id) is None


async def test_on_a_phone_that_others_read_the_answer_is_not_repeated(hoa: Hoa) -> None:
    await hoa.says("KIN")
    delivery_id = await hoa.gets()
    said = await hoa.says("1")
    assert "Em đi được" not in said
    assert await hoa.answer(delivery_id) == 1


# Words that are no answer


async def test_free_words_go_their_way_and_are_noted_beside_her_name(hoa: Hoa, database: Database) -> None:
    delivery_id = await hoa.gets()
    assert "cán bộ" in await hoa.says("gia vang hom nay bao nhieu mot chi")
    row = await hoa.response(delivery_id)
    assert row.answer is None
    async with database.reading() as connection:
        line = sa.select(interactions.c.text).where(interactions.c.id == row.interaction_id)
        assert "gia vang" in (await connection.execute(line)).scalar_one()


async def test_words_of_danger_are_answered_first_and_noted_nowhere(hoa: Hoa) -> None:
    delivery_id = await hoa.gets()
    for fields in ({}, {"reply_to": f"announcement-{delivery_id}"}):
        assert "113" in await hoa.says("chong danh toi", **fields)
    assert await hoa.response(delivery_id) is None


async def test_a_picture_that_quotes_the_announcement_is_noted(hoa: Hoa) -> None:
    delivery_id = await hoa.gets()
    await hoa.chat.incoming(IncomingKind.MEDIA, media="photo", reply_to=f"announcement-{delivery_id}")
    assert (await hoa.response(delivery_id)).replied_at is not None


@pytest.mark.parametrize("said", ["NGUNG", "MENU", "DANGKY"])
async def test_a_command_is_no_reply(hoa: Hoa, said: str) -> None:
    delivery_id = await hoa.gets()
    await hoa.says(said)
    assert await hoa.response(delivery_id) is None


async def test_words_on_another_day_are_no_reply(hoa: Hoa, clock: MovingClock) -> None:
    delivery_id = await hoa.gets()
    clock.move(timedelta(days=2))
    await hoa.says("gia vang hom nay bao nhieu mot chi")
    assert await hoa.response(delivery_id) is None
