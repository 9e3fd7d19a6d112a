"""The real service between two platforms: a member asks on one, and a cadre answers at her desk on the Zalo bot."""

from pathlib import Path

import pytest
import sqlalchemy as sa

from bot.clock import utc_now
from bot.people import staff
from bot.store.database import Database
from bot.store.tables import units
from tests import crowd, people
from tests.emulators.telegram.remote import RemoteTelegram
from tests.emulators.zalo_bot import RemoteZaloBot
from tests.service import ServiceProcess

_ANSWER_S = 30.0  # As long as it may take on a busy machine.


@pytest.mark.parametrize("fresh_database", ["postgresql"], indirect=True)  # The browsers play it on both.
async def test_a_member_asks_and_a_cadre_answers_on_the_zalo_bot(database: Database, tmp_path: Path) -> None:
    now = utc_now()
    added = await crowd.add(database, 1, now)
    async with database.writing() as connection:
        unit_id = await connection.scalar(sa.select(units.c.id).where(units.c.code == "ben-thu"))
        assert unit_id is not None
        binh = await people.add_staff(connection, "Lê Thị Bình", unit_id, takes_questions=True, now=now)
        code = await staff.give_join_code(connection, binh, now)
    async with RemoteTelegram.started() as telegram, RemoteZaloBot.started() as zalo:
        bot = await zalo.bot()
        settings = {
            "CHIHOI_DATABASE_URL": database.engine.url.render_as_string(hide_password=False),
            "CHIHOI_TELEGRAM_TOKEN": crowd.TOKEN,
            "CHIHOI_TELEGRAM_BASE_URL": telegram.base_url,
            "CHIHOI_TELEGRAM_FILE_BASE_URL": telegram.file_base_url,
            "CHIHOI_ZALO_BOT_TOKEN": bot["token"],
            "CHIHOI_ZALO_BOT_BASE_URL": zalo.base_url,
            "CHIHOI_ALLOW_PRIVATE_MEDIA": "1",  # Where the emulator keeps what people send.
        }
        member = await telegram.user(name="Hoa", id=added.chats[0])
        cadre = await zalo.user(name="Bình")
        async with ServiceProcess.started(settings, tmp_path) as service:
            await cadre.says(code.lower())
            await cadre.hears(lambda m: "em nhận ra chị rồi" in m.text, timeout=_ANSWER_S)

            await member.says("loa keo tay cua chi hoi ai dang giu")
            await member.hears(lambda m: "nói lại bằng lời khác" in m.text, timeout=_ANSWER_S)
            await member.says("0")
            await member.hears(lambda m: "cho cán bộ nghen" in m.text, timeout=_ANSWER_S)
            await member.says("1")
            await member.hears(lambda m: "đã chuyển câu hỏi" in m.text, timeout=_ANSWER_S)

            asked = await cadre.hears(lambda m: "«loa keo tay" in m.text, timeout=_ANSWER_S)
            assert len(asked.text.encode("utf-16-le")) // 2 <= 2000

            # Her picture is fetched and goes to the desk; nobody outside reaches this service, so Zalo cannot fetch it.
            await member.sends_photo()
            await member.hears(lambda m: "em gửi kèm câu hỏi" in m.text, timeout=_ANSWER_S)
            await cadre.hears(
                lambda m: "một tấm hình" in m.text and "nhờ cán bộ phụ trách mở xem" in m.text,
                timeout=_ANSWER_S,
            )

            # And the cadre's goes back.
            await cadre.says("1")
            await cadre.hears(lambda m: "tin kế tiếp" in m.text, timeout=_ANSWER_S)
            await zalo.order_fault("close_after_accepting", method="sendMessage")
            await cadre.sends_photo(caption="Chị Hai trưởng ấp đang giữ, chị ghé lấy nghe")
            await member.hears(lambda m: "Chị Hai trưởng ấp đang giữ" in m.text, timeout=_ANSWER_S)
            picture = await member.hears(lambda m: "Cán bộ gửi kèm" in m.text, timeout=_ANSWER_S)
            assert "photo" in picture.raw
            await cadre.hears(lambda m: "em đã gửi" in m.text, timeout=_ANSWER_S)
            await cadre.hears(
                lambda m: "em đã gửi" in m.text, timeout=_ANSWER_S
            )  # In doubt, so told once more.
            assert await service.stop() == 0
    said = "\n".join(service.lines)
    assert bot["token"].partition(":")[2] not in said
    assert "Traceback" not in said
