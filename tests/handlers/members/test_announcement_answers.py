"""What a member says to an announcement: her pick is recorded, and nothing else of hers is taken for one."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from bot.channels.contract import IncomingKind
from bot.store.database import Database
from bot.store.tables import contacts, interactions, members, responses, runs
from bot.store.tables.people import UnitLevel
from broadcasts.content import Content
from broadcasts.responses import REHEARSED, choice_value
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
    said = await hoa.says("1")
    assert "số 1 là một mục trong MENU" in said  # Which she has not been shown.
    assert "Chị muốn hỏi về" in said
    assert await hoa.answer(delivery_id) is None


async def test_a_digit_in_a_form_that_asked_last_is_the_forms(hoa: Hoa) -> None:
    delivery_id = await hoa.gets()
    await hoa.says("XOA")
    await hoa.says("2")
    assert await hoa.answer(delivery_id) is None


async def test_a_digit_below_an_announcement_erases_nothing_that_was_asked_before(hoa: Hoa) -> None:
    await hoa.says("XOA")
    delivery_id = await hoa.gets()
    said = await hoa.says("1")
    assert await hoa.answer(delivery_id) == 1
    assert "1. Xóa hết" in said  # Asked once more.
    assert "em đã xóa" in await hoa.says("1")


async def test_a_list_of_suggestions_that_came_before_is_closed_by_the_answer(hoa: Hoa) -> None:
    await hoa.says("MENU")
    await hoa.says("2")
    assert (await hoa.chat.conversation()).flow == "suggest"
    delivery_id = await hoa.gets()
    await hoa.says("1")
    assert await hoa.answer(delivery_id) == 1
    await hoa.says("2")
    assert await hoa.answer(delivery_id) == 2


async def test_what_was_unclear_before_waits_for_an_announcement_that_came_since(hoa: Hoa) -> None:
    await hoa.says("vao hoi duoc quyen loi gi")
    await hoa.says("2")  # The answer was not clear.
    delivery_id = await hoa.gets()
    assert "em ghi nhận rồi" in await hoa.says("1")
    assert await hoa.answer(delivery_id) == 1


async def test_words_of_danger_still_lie_ready_after_an_answer(hoa: Hoa) -> None:
    await hoa.says("chong danh toi")
    await hoa.gets()
    await hoa.says("1")
    assert "1 = chuyển" in await hoa.says("0")


async def test_asked_whether_she_is_safe_only_1_may_be_for_an_announcement_since(hoa: Hoa) -> None:
    await hoa.says("chong danh toi")
    delivery_id = await hoa.gets()
    await hoa.says("1")
    assert await hoa.answer(delivery_id) == 1
    assert "Chị đừng đợi" in await hoa.says("2")
    assert await hoa.answer(delivery_id) == 1


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
    for said in (
        (await hoa.chat.presses(choice_value(delivery_id, 1)))[-1],
        await hoa.says("1", reply_to=f"announcement-{delivery_id}"),
        await hoa.says("2"),
    ):
        assert "thu hồi rồi, chị không cần trả lời nữa" in said
    assert await hoa.answer(delivery_id) is None


@pytest.mark.parametrize("words", ["2", "em đi được", "em tới trễ chút xíu", "chiều em qua"])
async def test_right_below_what_was_taken_back_she_learns_that_no_answer_is_needed(
    hoa: Hoa, words: str
) -> None:
    delivery_id = await hoa.gets(revision=1, revised={})
    said = await hoa.says(words)
    assert "thu hồi rồi, chị không cần trả lời nữa" in said
    assert "1 = " not in said
    assert await hoa.answer(delivery_id) is None


@pytest.mark.parametrize("words", ["2", "em bận"])
async def test_who_has_answered_learns_on_changing_it_that_it_was_taken_back(hoa: Hoa, words: str) -> None:
    delivery_id = await hoa.gets()
    await hoa.says("1")
    async with hoa.database.writing() as connection:
        await connection.execute(sa.update(runs).values(revision=1, revised={}))
    assert "thu hồi rồi, chị không cần trả lời nữa" in await hoa.says(words)
    assert await hoa.answer(delivery_id) == 1


async def test_a_digit_for_the_menu_is_no_answer_to_what_was_taken_back(hoa: Hoa) -> None:
    await hoa.gets(revision=1, revised={})
    await hoa.says("MENU")
    assert "thu hồi" not in await hoa.says("1")


async def test_on_a_phone_that_others_read_the_answer_is_not_repeated(hoa: Hoa) -> None:
    await hoa.says("KIN")
    delivery_id = await hoa.gets()
    said = await hoa.says("1")
    assert "Em đi được" not in said
    assert await hoa.answer(delivery_id) == 1


# Dialogues: what she says after the announcement, and which answer stands in the end


@dataclass(frozen=True)
class Talk:
    label: str
    says: tuple[str, ...]
    answer: int | None
    reads: str = ""  # In what she reads last.
    is_noted: bool = False  # Words of hers stand beside her name.


TALKS = [
    Talk("as one talks", ("da em di duoc chi oi",), 1, "«Em đi được»"),
    Talk("with marks", ("Dạ, em đi được nha chị.",), 1, "«Em đi được»"),
    Talk("the other one", ("em ban roi",), 2, "«Em bận»"),
    Talk("this afternoon", ("chiều em bận rồi chị ơi",), 2, "«Em bận»"),
    Talk("in Khmer", ("ចាស ខ្ញុំទៅបាន",), 1, "«ខ្ញុំទៅបាន»"),
    Talk("another word for it in Khmer", ("ជាប់រវល់",), 2, "«Em bận»", is_noted=True),
    Talk("not the words, but the meaning", ("co nha chi",), 1, "«Em đi được»", is_noted=True),
    Talk("a no with its reason", ("em khong di duoc, con benh",), 2, "«Em bận»", is_noted=True),
    Talk("a no that is stressed", ("em khong di duoc dau chi oi",), 2, "«Em bận»", is_noted=True),
    Talk("not tonight, but tomorrow", ("tối không đi được, sáng em đi được",), None, "Em ghi lại lời chị", is_noted=True),
    Talk("not that she cannot", ("không phải em không đi được",), None, "Em ghi lại lời chị", is_noted=True),
    Talk("not by motorbike, but she comes", ("em không đi được xe máy nhưng em tới",), None, "Em ghi lại lời chị", is_noted=True),
    Talk("not in the morning, but after", ("mai em không tới được sáng, chiều em tới",), None, "Em ghi lại lời chị", is_noted=True),
    Talk("a no that begins with the day", ("dạ mai em không đi được, con bệnh",), 2, "«Em bận»", is_noted=True),
    Talk("a bare no", ("dạ không chị",), 2, "«Em bận»", is_noted=True),
    Talk("changed by words", ("em di duoc", "em ban roi"), 2, "«Em bận»"),
    Talk("changed by a digit after thanks", ("em di duoc", "cam on em", "2"), 2, "«Em bận»"),
    Talk("selling is not being busy", ("chị bán hết heo rồi",), None, "em cảm ơn chị", is_noted=True),
    Talk("a condition", ("em di duoc ma toi tre chut",), None, "Em ghi lại lời chị", is_noted=True),
    Talk("thanks", ("dạ cảm ơn chị",), None, "1 = Em đi được, 2 = Em bận", is_noted=True),
    Talk("thanks in Khmer", ("ចាស អរគុណ",), None, "1 = ខ្ញុំទៅបាន", is_noted=True),
    Talk("a yes to what", ("dạ",), None, "1 = Em đi được", is_noted=True),
    Talk("a thumb", ("👍",), None, "1 = Em đi được", is_noted=True),
    Talk("thanks, then the digit", ("cam on em", "2"), 2, "«Em bận»", is_noted=True),
    Talk("a question", ("vao hoi duoc quyen loi gi",), None, "Hội viên được", is_noted=True),
    Talk("is it a question?", ("em di duoc khong chi",), None, "", is_noted=True),
    Talk("a question, then her answer", ("vao hoi duoc quyen loi gi", "da em di duoc"), 1, "«Em đi được»", is_noted=True),
    Talk("the digit is for the answer that came last", ("vao hoi duoc quyen loi gi", "1"), None, "«Em đi được» / «Em bận»", is_noted=True),
    Talk("when that is settled it is free again", ("vao hoi duoc quyen loi gi", "1", "1"), 1, "«Em đi được»", is_noted=True),
    Talk("the menu's digit", ("MENU", "2"), None, "«Em đi được» / «Em bận»"),
    Talk("a no to a list is for the list", ("vay von", "khong phai"), None, "", is_noted=True),
]  # fmt: skip


@pytest.mark.parametrize("talk", TALKS, ids=lambda talk: talk.label)
async def test_what_she_says_is_taken_for_what_it_is_about(hoa: Hoa, talk: Talk) -> None:
    delivery_id = await hoa.gets()
    said = ""
    for words in talk.says:
        said = await hoa.says(words)
    row = await hoa.response(delivery_id)
    assert (row.answer if row else None) == talk.answer
    assert talk.reads in said
    assert bool(row and row.replied_at) is talk.is_noted


async def test_a_number_that_the_list_does_not_have_is_for_the_announcement(hoa: Hoa) -> None:
    four = Content(answers=tuple({"vi": word} for word in ("Sáng", "Trưa", "Chiều", "Tối")))
    delivery_id = await hoa.gets(four)
    await hoa.says("vao hoi duoc quyen loi gi")
    assert "«Tối»" in await hoa.says("4")
    assert await hoa.answer(delivery_id) == 4


async def test_she_is_told_once_what_her_digit_was_taken_for(hoa: Hoa) -> None:
    await hoa.gets()
    await hoa.says("MENU")
    assert "tin báo lúc nãy" in await hoa.says("1")
    await hoa.says("MENU")
    assert "tin báo lúc nãy" not in await hoa.says("1")


@pytest.mark.parametrize("word", ["có", "không"])
async def test_a_yes_or_no_to_what_was_asked_since_is_no_answer(hoa: Hoa, word: str) -> None:
    yes_or_no = Content(answers=({"vi": "Có"}, {"vi": "Không"}))
    delivery_id = await hoa.gets(yes_or_no)
    await hoa.says("gia vang hom nay bao nhieu mot chi")
    await hoa.says(word)
    assert await hoa.answer(delivery_id) is None


async def test_on_a_phone_that_others_read_her_own_words_are_not_repeated(hoa: Hoa) -> None:
    await hoa.says("KIN")
    for words in ("cam on em", "chi dau lung qua chung"):
        await hoa.gets()
        assert await hoa.says(words) == "Dạ, em ghi nhận rồi."


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


@pytest.mark.parametrize(
    "words",
    [
        "em bị ngứa vùng kín nên không đi",
        "em bi ngua vung kin nen khong di",
        "chồng em ghen lắm",
        "em mới ly hôn nên không đi được",
        "em sợ chồng nên không đi được",
        "em so chong nen khong di duoc",
        "em không đi được, em bị bệnh phụ khoa",
        "em không đi được vì chồng ghen",
        "em ko di dc vi ck em ghen",
        "em dang co bau met qua",
    ],
)
async def test_private_words_stand_neither_beside_her_name_nor_in_the_log(
    hoa: Hoa, database: Database, words: str
) -> None:
    delivery_id = await hoa.gets()
    said = await hoa.says(words)
    assert words not in said
    row = await hoa.response(delivery_id)
    assert row is None or (row.interaction_id, row.replied_at) == (None, None)
    async with database.reading() as connection:
        hers = interactions.c.direction == "in"
        line = sa.select(interactions).where(hers).order_by(interactions.c.id.desc()).limit(1)
        heard = (await connection.execute(line)).one()
    assert heard.is_sensitive
    assert words not in heard.text


@pytest.mark.parametrize(
    "words",
    [
        "em mac giu chau",
        "em không đi được, em mắc giữ cháu",
        "em ban bau bi ngoai cho",
        "chong em say lua, em o nha phu",
        "nhà em có đám giỗ",
    ],
)
async def test_why_she_cannot_come_is_read_by_officers(hoa: Hoa, database: Database, words: str) -> None:
    delivery_id = await hoa.gets()
    await hoa.says(words)
    row = await hoa.response(delivery_id)
    async with database.reading() as connection:
        noted = sa.select(interactions.c.text).where(interactions.c.id == row.interaction_id)
        assert await connection.scalar(noted) == words


async def test_the_no_to_which_a_private_reason_stands_is_taken(hoa: Hoa) -> None:
    delivery_id = await hoa.gets()
    await hoa.says("em không đi được, em bị bệnh phụ khoa")
    assert await hoa.answer(delivery_id) == 2


async def test_private_words_still_lie_ready_after_more_of_her_own_below_the_announcement(hoa: Hoa) -> None:
    await hoa.gets()
    await hoa.says("em mới ly hôn nên không đi được")
    await hoa.gets()
    await hoa.says("chi dau lung qua chung")
    assert "2 lời chị vừa nhắn" in await hoa.says("0")


@pytest.mark.parametrize("may_be_named", [True, False])
async def test_she_is_told_whether_her_words_stand_beside_her_name(hoa: Hoa, may_be_named: bool) -> None:
    async with hoa.database.writing() as connection:
        await connection.execute(sa.update(members).values(allows_name_to_cadres=may_be_named))
    await hoa.gets()
    said = await hoa.says("em tới trễ chút xíu")
    assert ("bên tin báo cho Hội xem rồi" in said, "không kèm tên chị" in said) == (
        may_be_named,
        not may_be_named,
    )


async def test_an_answer_of_a_test_send_is_for_no_announcement(hoa: Hoa) -> None:
    delivery_id = await hoa.gets()
    said = "\n".join(await hoa.chat.incoming(IncomingKind.CHOICE, choice_value(REHEARSED, 1)))
    assert "đây là tin gửi thử" in said
    assert await hoa.response(delivery_id) is None
