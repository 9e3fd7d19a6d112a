"""An officer approves announcements in her own chat, through the real conversation."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import time, timedelta

import pytest
import sqlalchemy as sa

from bot.outbox import Outbox
from bot.questions.post import Post
from bot.store.database import Database
from bot.store.tables import approvals, broadcasts, interactions
from bot.store.tables.broadcasts import ApprovalState, BroadcastState
from bot.store.tables.people import Role
from broadcasts import approval, approval_letters, confirming, steps, timing, writing
from broadcasts.approval import Shown
from broadcasts.audience import Audience
from broadcasts.content import Content
from broadcasts.writing import Draft
from handlers.conversation import conversation
from tests import people as union
from tests.catalogues import languages
from tests.chat import Chat
from tests.conftest import MovingClock
from tests.parts import make_parts
from tests.people import People


@dataclass
class Story:
    database: Database
    clock: MovingClock
    people: People
    em: Chat  # An officer of the province, and so is Phượng.
    phuong: Chat
    an: Chat  # Who writes and asks.
    chat: Callable[[str], Chat]

    async def asks(self, title: str = "Họp mặt") -> int:
        """An asks for approval of an announcement to the whole province; returns the request's id."""
        now = self.clock()
        draft = Draft(
            title=title,
            texts={"vi": "Mời chị {{ten}} đi họp **tối nay**."},
            unit_id=self.people.province_id,
            audience=Audience.of_units([self.people.province_id], ("web_chat",)),
            content=Content(answers=({"vi": "Em đi được"}, {"vi": "Em bận"})),
        )
        async with self.database.writing() as connection:
            broadcast_id = await writing.create(connection, draft, staff_id=self.people.an, now=now)
            shown = Shown(1234, 56000, now + timedelta(hours=2), now + timedelta(hours=3))
            approval_id = await confirming.ask(
                connection, broadcast_id, shown, staff_id=self.people.an, now=now
            )
            assert approval_id is not None
            post = Post(connection, Outbox({}), languages(), now)
            assert await approval_letters.tell_approvers(post, approval_id) == 2
        return approval_id

    async def stand(self, approval_id: int) -> tuple[ApprovalState, BroadcastState]:
        async with self.database.reading() as connection:
            asked = await approval.request(connection, approval_id)
            assert asked is not None
            row = await steps.get(connection, asked.broadcast_id)
        return asked.state, row.state

    async def reason(self) -> str:
        async with self.database.reading() as connection:
            return await connection.scalar(sa.select(approvals.c.reason)) or ""


WAITS = (ApprovalState.WAITING, BroadcastState.WAITING)
APPROVED = (ApprovalState.APPROVED, BroadcastState.SCHEDULED)
RETURNED = (ApprovalState.RETURNED, BroadcastState.DRAFT)


@pytest.fixture
async def story(database: Database, clock: MovingClock) -> Story:
    people = await union.settle(database, clock())
    handler = conversation(make_parts())
    async with database.writing() as connection:
        for name, address in (("Đỗ Thị Em", "em"), ("Lý Thị Phượng", "phuong")):
            staff_id = await union.add_staff(
                connection, name, people.province_id, role=Role.OFFICER, login=address, now=clock()
            )
            await union.add_contact(connection, people.account_id, address, staff_id=staff_id, now=clock())
        await union.add_contact(connection, people.account_id, "an", staff_id=people.an, now=clock())

    def chat(address: str) -> Chat:
        return Chat(database, handler, people.account_id, address, clock, languages=languages())

    told = Story(database, clock, people, chat("em"), chat("phuong"), chat("an"), chat)
    for one in (told.em, told.phuong, told.an):
        await one.says("chào")
        await one.news()
    return told


async def test_she_gets_the_very_message_and_what_it_means(story: Story) -> None:
    await story.asks()
    head, message, letter = await story.em.new_messages()
    assert "Trần Thị An" in head.text
    assert "«Họp mặt»" in head.text
    assert message.text.startswith("Mời chị Mai đi họp tối nay.")
    assert "1. Em đi được" in message.text
    assert message.choices == ()  # They would answer the announcement, and nobody asked her that.
    assert [span.style for span in message.spans] == ["bold"]
    for fact in ("Cần Thơ", "1.234", "56.000", "11:00", "12:00", "1 = duyệt, 2 = sửa lại"):
        assert fact in letter.text
    assert len(letter.choices) == 2


async def test_one_digit_approves_and_everybody_learns_of_it(story: Story) -> None:
    asked = await story.asks()
    await story.em.news()
    await story.phuong.news()
    said = await story.em.says("1")
    assert "đã duyệt" in said[0]
    assert await story.stand(asked) == APPROVED
    assert "Đỗ Thị Em đã duyệt" in (await story.an.news())[-1]
    assert "không cần làm gì nữa" in (await story.phuong.news())[-1]
    assert "đã duyệt rồi" in (await story.phuong.says(f"duyệt {asked}"))[0]  # The first answer counted.
    assert (await story.phuong.says("1")) != []  # The menu's, by now.
    assert await story.stand(asked) == APPROVED


async def test_two_asks_for_a_reason_that_the_writer_reads(story: Story) -> None:
    asked = await story.asks()
    said = await story.em.says("2")
    assert "cần sửa điều gì" in said[-1]
    assert await story.stand(asked) == WAITS
    await story.em.says("Sai giờ, họp lúc 14 giờ")
    assert await story.stand(asked) == RETURNED
    assert await story.reason() == "Sai giờ, họp lúc 14 giờ"
    assert "«Sai giờ, họp lúc 14 giờ»" in (await story.an.news())[-1]


async def test_button_means_its_request_however_late_and_whatever_came_since(story: Story) -> None:
    first = await story.asks("Một")
    second = await story.asks("Hai")
    story.clock.move(timedelta(hours=1))
    await story.em.says("hội phí bao nhiêu")
    await story.em.presses(f"DUYET {first}")
    assert await story.stand(first) == APPROVED
    assert await story.stand(second) == WAITS
    await story.em.presses(f"SUA {second}")
    await story.em.says("Viết ngắn lại")
    assert await story.stand(second) == RETURNED


async def test_quoted_letter_is_answered_whatever_else_is_open(story: Story) -> None:
    first = await story.asks("Một")
    await story.asks("Hai")
    await story.em.platform_id("Mời chị")
    async with story.database.reading() as connection:
        assert await approval.waiting_for(connection, story.people.an) == []
    await story.em.says("hội phí bao nhiêu")
    await story.em.says("duyệt")  # What waits longest.
    await story.em.replies("1", to="1 = duyệt")
    assert await story.stand(first) == APPROVED


async def test_digit_after_a_newer_question_is_for_the_question(story: Story) -> None:
    asked = await story.asks()
    async with story.database.writing() as connection:
        await connection.execute(
            sa.text("UPDATE staff SET takes_questions = :yes WHERE login = 'em'"), {"yes": True}
        )
        await connection.execute(
            sa.text("UPDATE staff SET is_active = :no WHERE login IS NULL"), {"no": False}
        )
    hoa = story.chat("hoa")
    await hoa.says("gặp cán bộ")
    await hoa.says("Tôi muốn vay vốn nuôi bò thì làm giấy tờ ở đâu")
    assert any("vay vốn" in text for text in await story.em.news())
    assert "nhắn câu trả lời" in (await story.em.says("1"))[0]
    assert await story.stand(asked) == WAITS
    await story.em.says("Chị lên Hội xã nghen")
    await story.em.says("duyet")
    await story.em.says("1")
    assert await story.stand(asked) == APPROVED


async def test_words_of_danger_come_first_unless_she_says_they_are_her_reason(story: Story) -> None:
    asked = await story.asks()
    said = await story.em.says("chồng đánh em, cứu em với")
    assert "113" in said[0]
    assert await story.stand(asked) == WAITS
    await story.em.says(f"SUA {asked}")
    said = await story.em.says("Thiếu số gọi khi bị chồng đánh")
    assert "113" in said[0]
    assert "lý do này phải không" in said[0]
    await story.em.says("1")
    assert await story.stand(asked) == RETURNED


async def test_danger_typed_in_place_of_a_reason_is_heard_as_danger(story: Story) -> None:
    asked = await story.asks()
    await story.em.says("2")
    await story.em.says("chồng đánh em, cứu em với")
    said = await story.em.says("2")
    assert "113" in said[0]
    assert await story.stand(asked) == WAITS
    async with story.database.reading() as connection:
        texts = list(await connection.scalars(sa.select(interactions.c.text)))
    assert not any("cứu em" in (text or "") for text in texts)


@pytest.mark.parametrize("words", ["thôi", "THOI"])
async def test_leaving_the_reason_leaves_it_waiting(story: Story, words: str) -> None:
    asked = await story.asks()
    await story.em.says("2")
    assert "vẫn chờ chị" in (await story.em.says(words))[0]
    assert await story.stand(asked) == WAITS
    assert "Mời chị" in "".join(await story.em.says("DUYET"))


async def test_hour_gone_by_is_asked_about(story: Story) -> None:
    asked = await story.asks()
    story.clock.move(timedelta(hours=5))
    said = await story.em.says("1")
    assert "đã qua" in said[0]
    assert await story.stand(asked) == WAITS
    await story.em.says("1")
    assert await story.stand(asked) == APPROVED


async def test_who_asked_cannot_approve_in_chat_either(story: Story) -> None:
    asked = await story.asks()
    assert "không tự duyệt" in (await story.an.says(f"duyệt {asked}"))[0]
    hoa = story.chat("hoa")
    await hoa.says(f"DUYET {asked}")  # A member: just words.
    binh = story.chat("binh")
    assert "không phải người duyệt" in (await binh.says(f"DUYET {asked}"))[0]
    assert await story.stand(asked) == WAITS


async def test_what_was_changed_since_is_not_approved(story: Story) -> None:
    asked = await story.asks()
    async with story.database.writing() as connection:
        found = await approval.request(connection, asked)
        assert found is not None
        row = await steps.get(connection, found.broadcast_id)
        draft = Draft("Họp mặt", {"vi": "Khác"}, row.unit_id, Audience.from_json(row.audience))
        await writing.edit(connection, row.id, draft, staff_id=story.people.an, now=story.clock())
    assert "không cần duyệt nữa" in (await story.em.says("1"))[0]
    assert await story.stand(asked) == (ApprovalState.WITHDRAWN, BroadcastState.DRAFT)


async def test_feast_whose_day_was_taken_back_meanwhile_is_approved_and_waits_for_its_day(
    story: Story,
) -> None:
    asked = await story.asks()
    schedule = timing.Named("Ok Om Bok", 3, time(8))
    async with story.database.writing() as connection:
        await connection.execute(sa.update(broadcasts).values(due_at=None, schedule=timing.to_json(schedule)))
        found = await approval.request(connection, asked)
        assert found is not None
        row = await steps.get(connection, found.broadcast_id)
        await connection.execute(
            sa.update(approvals).values(digest=await approval.digest_of(connection, row))
        )
    assert "khi ngày lễ được xác nhận" in "".join(await story.em.says("1"))
    assert await story.stand(asked) == APPROVED
    assert "khi ngày lễ được xác nhận" in "".join(await story.an.news())


async def test_what_is_approved_at_night_is_said_to_go_in_the_morning(story: Story) -> None:
    asked = await story.asks()
    async with story.database.writing() as connection:
        due_at = timing.to_json(timing.Once(story.clock() + timedelta(hours=2)))
        await connection.execute(sa.update(broadcasts).values(schedule=due_at))
        found = await approval.request(connection, asked)
        assert found is not None
        row = await steps.get(connection, found.broadcast_id)
        digest = await approval.digest_of(connection, row)
        summary = await connection.scalar(sa.select(approvals.c.summary)) or {}
        await connection.execute(
            sa.update(approvals).values(digest=digest, summary={**summary, "at_once": True})
        )
    story.clock.move(timedelta(hours=14))
    assert "vào buổi sáng" in "".join(await story.em.says("1"))
    assert await story.stand(asked) == APPROVED
