"""What staff read."""

from dataclasses import dataclass

import pytest

from bot.alerts import letters, record
from bot.answers.safety import Alarm, AlarmKind
from bot.people import contacts
from tests.bot.alerts.conftest import DOUBTFUL, Duty


@dataclass(frozen=True)
class Case:
    label: str
    words: str
    press: tuple[bool, int] | None = None
    show: int | None = None


PRESSES = [
    Case("a button", "NHAN 12", press=(True, 12)),
    Case("typed", "nhận 12", press=(True, 12)),
    Case("without a blank", "khong12", press=(False, 12)),
    Case("with a full stop", "Không 12.", press=(False, 12)),
    Case("no code", "không"),
    Case("another word", "nhận tin 12"),
    Case("an endless code", "NHAN 1234567890"),
    Case("show", "BAODONG 12", show=12),
    Case("show, typed", "báo động 12", show=12),
    Case("the list", "BAODONG"),
    Case("very long", "NHAN " + " " * 9000 + "12"),
    Case("nothing", ""),
]


@pytest.mark.parametrize("case", PRESSES, ids=lambda case: case.label)
def test_reading_a_press(case: Case) -> None:
    assert letters.read_press(case.words) == case.press or case.label == "very long"
    assert letters.read_show(case.words) == case.show


async def test_the_first_letter_says_all_there_is_and_names_the_alert_by_its_buttons(duty: Duty) -> None:
    alert = await duty.hear("chồng em đánh em, em sợ quá")
    (row,) = await duty.letters("city")
    assert row.message["text"] == (
        f"KHẨN. Báo động mã {alert.alert_id}: có chị nhắn là bị đánh, bị bạo lực trong nhà.\n"
        "Hội viên Nguyễn Thị Hoa ở Chi hội An Ninh, Xã Kế Sách, nhắn lúc 9:00 ngày 23/11:\n\n"
        "«chồng em đánh em, em sợ quá»\n\n"
        "Chưa biết chị ấy có an toàn không.\n"
        "Chị ấy chưa nhờ gọi lại. Chị cẩn thận: người khác có thể đang cầm máy.\n\n"
        "1 = tôi nhận, 2 = không nhận được.\n"
        "Chị giữ kín giúp em, chỉ nói với người cùng lo."
    )
    assert [value for value, _label in row.message["choices"]] == [
        f"NHAN {alert.alert_id}",
        f"KHONG {alert.alert_id}",
    ]
    async with duty.database.reading() as connection:
        (call, _other) = await record.calls(connection, alert.alert_id)
    assert call.outbox_id == row.id


async def test_her_name_is_said_only_if_she_allowed_it(duty: Duty) -> None:
    await duty.hear(address="lan")
    (letter,) = await duty.texts("city")
    assert "Lan" not in letter
    assert "Một hội viên ở Chi hội An Ninh" in letter


async def test_a_doubted_one_says_so(duty: Duty) -> None:
    from datetime import timedelta

    alert = await duty.hear(alarm=DOUBTFUL)
    duty.clock.move(timedelta(minutes=10))
    await duty.tick()
    assert (await duty.texts("city"))[0].startswith(
        f"KHẨN, nhưng em chưa chắc. Báo động mã {alert.alert_id}: nghe như bị đe dọa."
    )


@pytest.mark.parametrize("kind", AlarmKind)
async def test_every_kind_has_its_words(kind: AlarmKind, duty: Duty) -> None:
    if not duty.database.is_sqlite:
        return
    alert = await duty.hear(alarm=Alarm(kind, urgent=True))
    assert alert.kind is kind
    assert letters.named(kind, str) in (await duty.texts("city"))[0]


async def test_nothing_of_an_alert_is_kept_in_the_common_log(duty: Duty) -> None:
    import sqlalchemy as sa

    from bot.store.tables import interactions

    await duty.hear("chồng em đánh em")
    await duty.hear("ổng cầm dao")
    async with duty.database.reading() as connection:
        kept = list(await connection.scalars(sa.select(interactions.c.text)))
    assert not [text for text in kept if "đánh" in text or "dao" in text or "Hoa" in text]


async def test_who_reads_it_later_sees_who_has_it_and_what_to_do(duty: Duty) -> None:
    alert = await duty.hear()
    await duty.take(alert, duty.commune)
    alert = await duty.alert(alert.alert_id)
    async with duty.database.reading() as connection:
        hers = await letters.whole(connection, alert, str, reader=duty.commune)
        others = await letters.whole(connection, alert, str, reader=duty.city)
    assert f"XONG {alert.alert_id}" in hers.text
    assert "Đã có người nhận lo việc này." in others.text
    for letter in (hers, others):
        assert letter.choices[0].value == f"BAODONG {alert.alert_id}"


async def test_a_very_long_story_is_cut_in_the_letter_and_kept_in_the_record(duty: Duty) -> None:
    alert = await duty.hear("ổng đánh em từ hồi tết " * 150)
    assert len(alert.words) > 3000
    assert sum(len(text) for text in await duty.texts("city")) < 2200


async def test_words_that_are_gone_are_said_to_be(duty: Duty) -> None:
    alert = await duty.hear("")
    async with duty.database.reading() as connection:
        assert "(Lời của chị ấy đã được xóa.)" in (await letters.whole(connection, alert, str)).text


async def test_the_letter_speaks_the_readers_language(duty: Duty) -> None:
    from bot.alerts import telling
    from bot.languages import Languages
    from bot.outbox import Outbox
    from bot.questions.post import Post

    alert = await duty.hear()
    async with duty.database.writing() as connection:
        await contacts.change(connection, (await duty.contact("city")).contact_id, language="km")
        post = Post(connection, Outbox({}), Languages.load(), duty.clock())
        chat = await contacts.get(connection, (await duty.contact("city")).contact_id)
        assert chat is not None
        await telling.show(post, chat, alert)
    assert str(alert.alert_id) in (await duty.texts("city"))[-1]
