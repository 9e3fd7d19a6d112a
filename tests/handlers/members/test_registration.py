"""Registering by chat, as people really type."""

import pytest
import sqlalchemy as sa

from bot.channels.contract import IncomingKind
from bot.store.database import Database
from bot.store.tables import consents, contacts, members, units
from bot.store.tables.people import MemberStatus, Purpose
from tests.chat import Chat
from tests.handlers.members.conftest import NewChat

WHOLE = ["DANGKY", "1", "1", "2", "nguyen thi lan", "85", "xa Dai Hai", "ấp 3", "0912 345 678", "1", "1"]


async def fill_in(chat: Chat, answers: list[str]) -> list[str]:
    said: list[str] = []
    for answer in answers:
        said = await chat.says(answer)
    return said


async def row(database: Database) -> sa.RowMapping | None:
    async with database.reading() as connection:
        found = await connection.execute(
            sa.select(members, units.c.name.label("unit_name")).outerjoin(
                units, units.c.id == members.c.unit_id
            )
        )
        return found.mappings().one_or_none()


async def test_a_whole_registration_keeps_what_she_said_and_proves_each_consent(
    database: Database, new_chat: NewChat
) -> None:
    said = await fill_in(new_chat("lan"), WHOLE)
    assert "cảm ơn chị Lan" in said[0]
    member = await row(database)
    assert member is not None
    assert (member["full_name"], member["birth_year"], member["unit_name"], member["hamlet"], member["phone"]) == (
        "Nguyen Thi Lan", 1985, "Xã Đại Hải", "ấp 3", "+84912345678",
    )  # fmt: skip
    assert member["status"] is MemberStatus.REQUESTED
    assert (member["allows_announcements"], member["allows_name_to_cadres"], member["allows_call_back"]) == (
        True,
        False,
        True,
    )
    async with database.reading() as connection:
        proofs = (
            await connection.execute(sa.select(consents.c.purpose, consents.c.is_given, consents.c.wording))
        ).all()
    assert {proof.purpose: proof.is_given for proof in proofs} == {
        Purpose.PROFILE: True, Purpose.ANNOUNCEMENTS: True, Purpose.NAME_TO_CADRES: False, Purpose.CALL_BACK: True,
    }  # fmt: skip
    assert all("?" in proof.wording for proof in proofs)


async def test_nothing_is_kept_before_the_last_yes(database: Database, new_chat: NewChat) -> None:
    await fill_in(new_chat("lan"), WHOLE[:-1])
    assert await row(database) is None


async def test_without_the_first_consent_nothing_is_asked(database: Database, new_chat: NewChat) -> None:
    said = await fill_in(new_chat("lan"), ["DANGKY", "2"])
    assert said == [
        "Dạ không sao, em không ghi gì của chị hết. Chị cứ hỏi em như thường; khi nào muốn ghi tên thì gõ DANGKY."
    ]
    assert await row(database) is None


async def test_the_notice_says_all_that_the_law_asks_for(new_chat: NewChat) -> None:
    notice = (await new_chat("lan").says("dang ky"))[0]
    for part in (
        "Hội LHPN thành phố Cần Thơ",
        "cán bộ phụ trách",
        "HOSO",
        "XOA",
        "máy trả lời tự động",
        "năm sinh",
    ):
        assert part in notice


@pytest.mark.parametrize(
    ("answers", "expected"),
    [
        (["DANGKY", "có lẽ"], "Chị gõ 1 nếu đồng ý, 2 nếu không."),
        ([*WHOLE[:4], "12345"], "Chị viết giúp em họ tên bằng chữ, ví dụ: Nguyễn Thị Lan."),
        (
            [*WHOLE[:5], "hồi xưa"],
            "Chị gõ giúp em năm sinh đủ 4 số, ví dụ: 1985. Chị muốn hỏi việc khác thì gõ THOI trước nghen.",
        ),
        ([*WHOLE[:5], "2015"], "Dạ, Hội ghi tên người từ 18 tuổi."),
        ([*WHOLE[:6], "Paris"], "Em chưa tìm ra xã/phường đó."),
        ([*WHOLE[:8], "113"], "Chị gõ giúp em số điện thoại 10 số"),
        ([*WHOLE[:10], "hả"], "Chị gõ 1 nếu đúng hết, 2 để sửa từ đầu"),
    ],
    ids=["consent", "name", "year", "too young", "place", "phone", "summary"],
)
async def test_an_answer_that_does_not_fit_gets_one_sentence(
    new_chat: NewChat, answers: list[str], expected: str
) -> None:
    said = await fill_in(new_chat("lan"), answers)
    assert len(said) == 1
    assert said[0].startswith(expected)


async def test_back_and_out_work_at_every_step(database: Database, new_chat: NewChat) -> None:
    for steps in range(1, len(WHOLE)):
        chat = new_chat(f"lan{steps}")
        asked = await fill_in(chat, WHOLE[:steps])
        if steps > 1:
            await chat.says("sửa")
            again = await chat.says(WHOLE[steps - 1])
            assert again == asked
        left = await chat.says("thôi")
        assert left == ["Dạ, em dừng ở đây, chưa ghi gì của chị. Khi nào tiện chị gõ DANGKY làm lại nghen."]
        assert (await chat.conversation()).flow == ""
    assert await row(database) is None


async def test_a_name_of_several_places_is_asked_about_and_chosen_by_number(
    database: Database, new_chat: NewChat
) -> None:
    chat = new_chat("lan")
    said = await fill_in(chat, [*WHOLE[:6], "thi tran cu lao dung"])
    assert "Xã An Thạnh" in said[0]
    chat = new_chat("hoa")
    offered = (await fill_in(chat, [*WHOLE[:6], "thuan hung"]))[0]
    assert "1." in offered
    assert "0." in offered
    assert "gõ lại tên xã" in (await chat.says("0"))[0]
    asked = await fill_in(chat, ["ke an, ke sach"])
    assert "Xã Kế Sách" in asked[0]


async def test_her_own_number_shared_by_button_is_taken(database: Database, new_chat: NewChat) -> None:
    chat = new_chat("lan")
    await fill_in(chat, WHOLE[:8])
    await chat.incoming(IncomingKind.PHONE, "+84912345678")
    await fill_in(chat, ["2", "1"])
    member = await row(database)
    assert member is not None
    assert member["phone"] == "+84912345678"


async def test_a_second_registration_is_no_second_member(database: Database, new_chat: NewChat) -> None:
    chat = new_chat("lan")
    await fill_in(chat, WHOLE)
    assert "đã ghi tên rồi" in (await chat.says("dangky"))[0]


async def test_a_name_that_is_also_a_command_word_is_a_name(database: Database, new_chat: NewChat) -> None:
    chat = new_chat("dung")
    said = await fill_in(chat, [*WHOLE[:4], "Dung"])
    assert said == ["Chị sinh năm nào ạ? Ví dụ: 1985."]
    viet = new_chat("viet")
    assert await fill_in(viet, [*WHOLE[:4], "Việt"]) == said


@pytest.mark.parametrize("steps", [3, 4, 6])
async def test_stop_with_its_marks_stops_whatever_is_asked(
    database: Database, new_chat: NewChat, steps: int
) -> None:
    await fill_in(new_chat("lan"), [*WHOLE[:steps], "dừng"])
    async with database.reading() as connection:
        assert (await connection.execute(sa.select(contacts.c.stopped_at))).scalar_one() is not None


@pytest.mark.parametrize("word", ["0", "bo qua", "Bỏ qua", "ko co", "khong", "khoi can", "không muốn"])
async def test_who_does_not_want_to_say_it_says_so_by_a_digit_or_a_word(new_chat: NewChat, word: str) -> None:
    chat = new_chat("lan")
    assert "số điện thoại" in (await fill_in(chat, [*WHOLE[:7], word]))[0]
    assert "Chị xem lại giúp em" in (await chat.says(word))[-1]


@pytest.mark.parametrize("hamlet", ["Thới", "sữa", "Bò"])
async def test_a_hamlet_that_folds_into_a_word_is_a_hamlet(new_chat: NewChat, hamlet: str) -> None:
    chat = new_chat("lan")
    assert "số điện thoại" in (await fill_in(chat, [*WHOLE[:7], hamlet]))[0]


async def test_stop_and_quiet_work_in_the_middle_of_a_form(database: Database, new_chat: NewChat) -> None:
    chat = new_chat("lan")
    await fill_in(chat, WHOLE[:4])
    await chat.says("NGUNG")
    async with database.reading() as connection:
        assert (await connection.execute(sa.select(contacts.c.stopped_at))).scalar_one() is not None
