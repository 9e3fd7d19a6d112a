"""HOSO, SUAHOSO, XOA."""

import sqlalchemy as sa

from bot.store.database import Database
from bot.store.tables import askings, consents, contacts, erasures, interactions, members, metadata, outbox
from tests.bot.answers.learning.askings import add_asking
from tests.conftest import MovingClock
from tests.handlers.members.conftest import NewChat
from tests.handlers.members.test_registration import WHOLE, fill_in, row


async def test_she_sees_everything_that_is_kept(new_chat: NewChat) -> None:
    chat = new_chat("lan")
    await fill_in(chat, WHOLE)
    shown = (await chat.says("ho so"))[0]
    for part in (
        "Nguyen Thi Lan",
        "1985",
        "ấp 3, Xã Đại Hải",
        "0912 345 678",
        "Nhận tin báo của Hội: có",
        "Cho cán bộ thấy tên: không",
    ):
        assert part in shown


async def test_a_quiet_phone_shows_her_profile_only_on_xem(new_chat: NewChat) -> None:
    chat = new_chat("lan")
    await fill_in(chat, [*WHOLE, "KIN"])
    [covered] = await chat.says("HOSO")
    assert "Lan" not in covered
    assert "Gõ XEM" in covered
    assert "0912 345 678" in (await chat.says("XEM"))[0]


async def test_without_a_profile_she_is_told_that_nothing_is_kept(new_chat: NewChat) -> None:
    assert "chưa ghi thông tin gì" in (await new_chat("la").says("HOSO"))[0]


async def test_each_field_can_be_changed(database: Database, new_chat: NewChat) -> None:
    chat = new_chat("lan")
    await fill_in(chat, WHOLE)
    await fill_in(chat, ["SUAHOSO", "1", "Trần Thị Mai"])
    await fill_in(chat, ["SUAHOSO", "2", "1990"])
    await fill_in(chat, ["CHUYENXA", "xã Vĩnh Hải", "ấp Trà Sết"])
    await fill_in(
        chat,
        [
            "SUAHOSO",
            "5",
            "0",
        ],
    )
    await fill_in(chat, ["SUAHOSO", "7", "1"])
    member = await row(database)
    assert member is not None
    assert (member["full_name"], member["birth_year"], member["unit_name"], member["hamlet"], member["phone"]) == (
        "Trần Thị Mai", 1990, "Xã Vĩnh Hải", "ấp Trà Sết", None,
    )  # fmt: skip
    assert member["name_folded"] == "tran thi mai"
    assert (member["allows_name_to_cadres"], member["allows_call_back"]) == (True, False)


async def test_erasing_leaves_no_trace_of_her(
    database: Database, new_chat: NewChat, clock: MovingClock
) -> None:
    chat = new_chat("lan")
    await fill_in(chat, WHOLE)
    await chat.says("hội phí của tôi bao nhiêu vậy")
    said = await fill_in(chat, ["XOA", "1"])
    assert "đã xóa hết" in said[0]
    async with database.reading() as connection:
        everything = [
            str(value)
            for table in metadata.sorted_tables
            if table.name not in {"entries", "entry_texts", "units", "local_fields", "topics"}
            for found in await connection.execute(sa.select(table))
            for value in found
        ]
        assert (await connection.execute(sa.select(sa.func.count()).select_from(members))).scalar_one() == 0
        assert (await connection.execute(sa.select(sa.func.count()).select_from(erasures))).scalar_one() == 1
        assert (await connection.execute(sa.select(contacts.c.stopped_at))).scalar_one() is not None
        assert set(await connection.scalars(sa.select(consents.c.member_id))) == {None}
    for trace in ("Nguyen Thi Lan", "912345678", "912 345", "hội phí của tôi", "hoi phi cua toi"):
        assert not [value for value in everything if trace in value], trace


async def test_erasing_asks_once_and_can_be_refused(database: Database, new_chat: NewChat) -> None:
    chat = new_chat("lan")
    await fill_in(chat, WHOLE)
    await fill_in(chat, ["xoa", "2"])
    assert await row(database) is not None


async def test_erasing_works_without_a_profile(database: Database, new_chat: NewChat) -> None:
    chat = new_chat("la")
    await fill_in(chat, ["ai được vào hội", "XOA", "1"])
    async with database.reading() as connection:
        kept = list(await connection.scalars(sa.select(interactions.c.text)))
        assert not [text for text in kept if "vào hội" in text]
        assert (await connection.execute(sa.select(sa.func.count()).select_from(outbox))).scalar_one() == 1


async def test_erasing_takes_the_words_of_what_she_asked_the_faq(
    database: Database, new_chat: NewChat, clock: MovingClock
) -> None:
    chat = new_chat("lan")
    await fill_in(chat, WHOLE)
    async with database.writing() as connection:
        hers = (await connection.execute(sa.select(contacts.c.id))).scalar_one()
        await add_asking(connection, "mượn máy may ở đâu", at=clock(), contact_id=hers)
        await add_asking(connection, "lớp nấu ăn mấy giờ", at=clock())
    await fill_in(chat, ["XOA", "1"])
    async with database.reading() as connection:
        rows = (await connection.execute(sa.select(askings).order_by(askings.c.id))).all()
    assert [(row.text, row.contact_id) for row in rows] == [("", None), ("lớp nấu ăn mấy giờ", None)]
