"""An officer approves announcements in her own chat, through the real conversation."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, time, timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from bot.outbox import Outbox
from bot.questions.post import Post
from bot.starting_content import CONTENT_FOLDER
from bot.store.database import Database
from bot.store.tables import approvals, broadcasts, interactions
from bot.store.tables.broadcasts import ApprovalState, BroadcastState, Route
from bot.store.tables.people import Role
from broadcasts import approval, approval_letters, confirming, steps, timing, writing
from broadcasts.approval import Shown, Why
from broadcasts.audience import NOBODY, Audience
from broadcasts.content import Content, Rule, Trial
from broadcasts.content import Post as PostIn
from broadcasts.templates import read_categories
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

    async def asks(
        self,
        title: str = "Họp mặt",
        *,
        why: Why | None = None,
        people: int = 1234,
        at_night: bool = False,
        **values: Any,
    ) -> int:
        """An asks for approval of an announcement to the whole province; returns the request's id."""
        now = self.clock()
        given: dict[str, Any] = {
            "title": title,
            "texts": {"vi": "Mời chị {{ten}} đi họp **tối nay**."},
            "unit_id": self.people.province_id,
            "audience": Audience.of_units([self.people.province_id], ("web_chat",)),
            "content": Content(answers=({"vi": "Em đi được"}, {"vi": "Em bận"})),
        }
        draft = Draft(**(given | values))
        async with self.database.writing() as connection:
            broadcast_id = await writing.create(connection, draft, staff_id=self.people.an, now=now)
            begins = now + timedelta(hours=2)
            shown = Shown(people, 56000, begins, now + timedelta(hours=3), why=why, at_night=at_night)
            approval_id = await confirming.ask(
                connection, broadcast_id, shown, staff_id=self.people.an, now=now
            )
            assert approval_id is not None
            post = Post(connection, Outbox({}), languages(), now)
            assert await approval_letters.tell_approvers(post, approval_id) == 2
        return approval_id

    async def asks_again(self, approval_id: int, **changes: Any) -> None:
        """An saves what was returned, perhaps changed, and asks once more."""
        now = self.clock()
        async with self.database.writing() as connection:
            before = await approval.request(connection, approval_id)
            assert before is not None
            row = await steps.get(connection, before.broadcast_id)
            draft = replace(Draft.of(row), **changes)
            await writing.edit(connection, row.id, draft, staff_id=self.people.an, now=now)
            shown = Shown.from_json(before.summary)
            again = await confirming.ask(connection, row.id, shown, staff_id=self.people.an, now=now)
            await approval_letters.tell_approvers(Post(connection, Outbox({}), languages(), now), again or 0)

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


async def test_she_learns_why_she_is_asked_and_what_the_message_does_not_show(story: Story) -> None:
    trial = Trial({"vi": "Chị đi họp nhé."}, 20, Rule.ANSWERED, 4)
    content = Content(answers=({"vi": "Em đi được"},), trial=trial)
    deadline_at = story.clock() + timedelta(hours=9)
    await story.asks(why=Why.COMMUNES, content=content, deadline_at=deadline_at)
    _head, _first, second, letter = await story.em.new_messages()
    assert second.text.startswith("Chị đi họp nhé.")
    for fact in (
        "Cần chị duyệt, vì nơi nhận rộng hơn một xã, phường",
        "Thử hai lời: mỗi lời gửi trước cho 20% người nhận, 4 giờ sau lời hay hơn gửi cho số còn lại",
        "Hạn chót: sau 18:00 ",
    ):
        assert fact in letter.text


@pytest.mark.parametrize(
    ("people", "share", "said"),
    [
        (3, 20, "có thể không còn ai để 4 giờ sau gửi lời hay hơn"),
        (1234, 50, "mỗi lời gửi cho một nửa số người nhận, không còn ai để gửi lời hay hơn"),
    ],
)
async def test_she_is_not_promised_the_better_text_for_the_rest_where_there_may_be_none(
    story: Story, people: int, share: int, said: str
) -> None:
    content = Content(trial=Trial({"vi": "Chị đi họp nhé."}, share, Rule.ANSWERED, 4))
    await story.asks(content=content, people=people)
    *_others, letter = await story.em.new_messages()
    assert said in letter.text
    assert "còn lại" not in letter.text


@pytest.mark.parametrize("at_night", [True, False])
async def test_she_learns_that_an_hour_of_rest_was_chosen_on_purpose(story: Story, *, at_night: bool) -> None:
    await story.asks(at_night=at_night)
    *_others, letter = await story.em.new_messages()
    said = "Người nhờ duyệt đã xác nhận việc này khẩn nên vẫn gửi."
    assert (said in letter.text) is at_night


@pytest.mark.parametrize(("hour", "is_said"), [("22:30", True), ("08:00", False)])
@pytest.mark.parametrize("at_once", [True, False])
async def test_who_decides_by_day_about_what_then_goes_at_once_reads_of_no_night(
    story: Story, hour: str, *, is_said: bool, at_once: bool
) -> None:
    asked = await story.asks(at_night=True)
    async with story.database.writing() as connection:
        summary = await connection.scalar(sa.select(approvals.c.summary)) or {}
        await connection.execute(sa.update(approvals).values(summary={**summary, "at_once": at_once}))
    story.clock.moment = datetime.fromisoformat(f"2026-11-24T{hour}:00+07:00")  # Its hour has gone by.
    letter = "".join(await story.em.says("DUYET"))
    assert (f"mã {asked}" in letter, "Gửi ngoài giờ" in letter) == (True, is_said)


async def test_she_reads_it_as_an_example_and_all_that_goes_with_it(story: Story) -> None:
    await story.asks(
        texts={"vi": "Chị {{ten}} ở {{xa}} xem https://vi-du.vn/a nghen."},
        content=Content(counts_clicks=True),
        category="suc_khoe",
    )
    head, message, letter = await story.em.new_messages()
    assert "ví dụ trên máy chị Nguyễn Thị Mai" in head.text
    assert message.text.startswith("Chị Mai ở xã Kế Sách xem") or "Xã Kế Sách" in message.text
    category = read_categories(CONTENT_FOLDER / "campaigns.vi.yaml")["suc_khoe"]
    for fact in (f"Về việc: {category}", "địa chỉ của Hội để đếm lượt bấm", "Mức ưu tiên: bình thường"):
        assert fact in letter.text
    await story.asks()
    *_rest, letter = await story.em.new_messages()
    assert "Về việc: chưa chọn" in letter.text
    assert "đếm lượt bấm" not in letter.text


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({}, "Lần này không đổi gì so với lần trước."),
        ({"texts": {"vi": "Mời chị họp sáng mai."}, "category": "suc_khoe"}, "Lần này đã đổi: lời nhắn, việc của thông báo"),
    ],
    ids=["nothing", "words"],
)  # fmt: skip
async def test_asked_again_after_it_was_returned_she_reads_why_and_what_is_another(
    story: Story, changes: dict[str, Any], said: str
) -> None:
    asked = await story.asks()
    await story.em.says("2")
    await story.em.says("Thêm giờ họp giúp chị")
    await story.em.news()
    await story.asks_again(asked, **changes)
    letter = (await story.em.new_messages())[-1]
    assert "Lần trước Đỗ Thị Em nhờ sửa: «Thêm giờ họp giúp chị»" in letter.text
    assert said in letter.text


async def test_of_what_is_only_posted_she_gets_the_post_and_reads_where_it_goes(story: Story) -> None:
    post = PostIn(story.people.account_id, Route.GROUP, "group:1", "Cán bộ Hội")
    await story.asks(audience=NOBODY, content=Content(posts=(post,)))
    head, message, letter = await story.em.new_messages()
    assert "đúng như bài sẽ đăng" in head.text
    assert message.text == "Mời chị đi họp tối nay."
    assert "Không gửi riêng cho ai, chỉ đăng bài" in letter.text
    assert "Đăng trong nhóm «Cán bộ Hội»" in letter.text
    assert "Số người" not in letter.text


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
    story.clock.move(timedelta(minutes=1))
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
