"""While duty staff are asked something about an alert, what else they type reaches no woman's phone unasked."""

from datetime import timedelta

import pytest
import sqlalchemy as sa

from bot.alerts import record
from bot.channels.contract import FileKind, IncomingKind, RemoteFile
from bot.store.tables import files, staff
from bot.store.tables.alerts import AlertState, AlertStepKind
from tests.handlers.on_duty import OnDuty


async def test_another_receiver_takes_the_place_of_one_who_may_be_near(duty: OnDuty) -> None:
    code = await duty.cries()
    hoa, thu = duty.chat("hoa"), duty.chat("thu")
    await hoa.says("4")
    await thu.says(f"NHAN {code}")
    await thu.says(f"BANGIAO {code}: công an xã Kế Sách")
    await hoa.news()
    said = "\n".join(await thu.says("vậy giao cho công an tỉnh, anh Ba trực"))
    assert "công an tỉnh, anh Ba trực" in said
    assert "1 = vẫn ghi bàn giao" in said
    assert "công an tỉnh" in "\n".join(await thu.says("chào em"))
    assert await hoa.news() == []
    await thu.says("1")
    async with duty.database.reading() as connection:
        step = (await record.steps(connection, code))[-1]
    assert step.kind is AlertStepKind.HANDED_OVER
    assert "công an tỉnh, anh Ba trực" in step.to_whom
    assert await hoa.news() == []


@pytest.mark.parametrize("words", ["công an xã giữ ông chồng rồi", "mai em ghé lại coi sao"])
async def test_more_words_after_a_question_about_the_log_go_to_nobody_unasked(
    duty: OnDuty, words: str
) -> None:
    await duty.cries()
    hoa, mai = duty.chat("hoa"), duty.chat("mai")
    await mai.says("1")
    await hoa.news()
    assert "1 = khép" in "\n".join(await mai.says("xong rồi, đưa về nhà mẹ ruột"))
    assert "1 = gửi, 2 = không" in "\n".join(await mai.says(words))
    assert await hoa.news() == []


async def test_words_below_the_letter_of_another_go_to_nobody_unasked(duty: OnDuty) -> None:
    await duty.cries()
    hoa, mai = duty.chat("hoa"), duty.chat("mai")
    await mai.says("1")
    await hoa.news()
    await mai.says(f"BAODONG {await duty.cries(address='lan')}")
    assert "3 = tôi nói chuyện khác" in "\n".join(await mai.says("để chị hỏi bên hội đã"))
    assert "1 = gửi, 2 = không" in "\n".join(await mai.says("bên hội bận rồi"))
    assert await hoa.news() == []


async def test_words_typed_after_another_letter_came_go_to_nobody_unasked(duty: OnDuty) -> None:
    first = await duty.cries()
    hoa, mai = duty.chat("hoa"), duty.chat("mai")
    await mai.says("1")
    await hoa.news()
    await duty.cries(address="lan")
    assert f"mã {first}) phải không? 1 = gửi, 2 = không" in "\n".join(
        await mai.says("chị ra đường lớn đợi em")
    )
    assert await hoa.news() == []
    await mai.says("1")
    assert "chị ra đường lớn đợi em" in "\n".join(await hoa.news())


async def test_what_she_says_is_another_matter_goes_to_nobody_unasked(duty: OnDuty) -> None:
    await duty.cries()
    hoa, mai = duty.chat("hoa"), duty.chat("mai")
    await mai.says("1")
    await hoa.news()
    await mai.says(f"BAODONG {await duty.cries(address='lan')}")
    await mai.says("để chị hỏi bên hội đã")
    assert "1 = gửi, 2 = không" in "\n".join(await mai.says("3"))
    assert await hoa.news() == []


@pytest.mark.parametrize("words", ["{second})", "chọn {second}", "số {second}.", "circled"])
async def test_which_she_takes_on_is_read_however_she_types_the_number(duty: OnDuty, words: str) -> None:
    first = await duty.cries()
    second = await duty.cries(address="lan")
    thu = duty.chat("thu")
    await thu.says("nhận")
    circled = chr(ord("①") + second - 1)
    await thu.says(circled if words == "circled" else words.format(second=second))
    async with duty.database.reading() as connection:
        one, other = await record.get(connection, first), await record.get(connection, second)
        declined = [
            step
            for code in (first, second)
            for step in await record.steps(connection, code)
            if step.kind is AlertStepKind.DECLINED
        ]
    assert one is not None
    assert other is not None
    assert (one.state, other.state, other.taken_by) == (AlertState.OPEN, AlertState.TAKEN, duty.thu)
    assert declined == []


@pytest.mark.parametrize("words", ["8)", "chọn 8", "⑧", "mã 77"])
async def test_a_number_that_is_none_of_them_has_her_asked_again(duty: OnDuty, words: str) -> None:
    codes = [await duty.cries(), await duty.cries(address="lan")]
    thu = duty.chat("thu")
    await thu.says("nhận")
    assert f"Chị nhận mã nào: {codes[0]} hay {codes[1]}?" in "\n".join(await thu.says(words))


async def test_0_takes_on_none_of_them(duty: OnDuty) -> None:
    await duty.cries()
    await duty.cries(address="lan")
    thu = duty.chat("thu")
    await thu.says("nhận")
    assert "các báo động vẫn mở" in "\n".join(await thu.says("0"))


LOAN = "Tôi muốn vay vốn nuôi bò thì làm giấy tờ ở đâu"


@pytest.mark.parametrize("how", ["quoted", "asked for", "shown"])
async def test_nothing_of_an_album_goes_whose_line_steers_an_alert(duty: OnDuty, how: str) -> None:
    async with duty.database.writing() as connection:
        await connection.execute(sa.update(staff).values(takes_questions=staff.c.id == duty.mai))
    lan, mai = duty.chat("lan"), duty.chat("mai")
    await lan.says("gặp cán bộ")
    await lan.says(LOAN)
    reply_to = await mai.platform_id(LOAN) if how == "quoted" else ""
    if how == "asked for":
        await mai.says("1")
    elif how == "shown":
        await mai.says("CAUHOI")
        await mai.says("1")
    await mai.news()
    where = await mai.conversation()
    said = [
        await mai.incoming(
            IncomingKind.MEDIA,
            words,
            files=(RemoteFile(FileKind.IMAGE, name),),
            album="a1",
            reply_to=reply_to,
        )
        for name, words in (("a", "GHI 7: vết bầm của chị ấy"), ("b", ""), ("c", ""))
    ]
    assert "em chưa gửi gì" in "\n".join(said[0])
    assert said[1:] == [[], []]
    async with duty.database.reading() as connection:
        assert (await connection.execute(sa.select(files.c.id))).all() == []
    now = await mai.conversation()
    assert (now.flow, now.step, now.question_row) == (where.flow, where.step, where.question_row)


async def test_no_desk_near_her_gets_what_she_asks_a_day_later_while_her_wish_stands(duty: OnDuty) -> None:
    code = await duty.cries()
    hoa, thu = duty.chat("hoa"), duty.chat("thu")
    await hoa.says("4")
    await thu.says(f"NHAN {code}")
    duty.clock.move(timedelta(hours=25))
    for address in ("mai", "binh"):
        await duty.chat(address).news()
    await hoa.says("gặp cán bộ")
    await hoa.says("Em muốn hỏi thủ tục ly hôn thì nộp ở đâu")
    assert await duty.chat("binh").news() == []
    assert await duty.chat("mai").news() == []


# Words that may be for somebody else


async def test_other_words_below_the_letter_are_asked_about_and_sent_to_nobody(duty: OnDuty) -> None:
    code = await duty.cries()
    mai, hoa = duty.chat("mai"), duty.chat("hoa")
    await hoa.news()
    said = "\n".join(await mai.says("chị ấy bị chồng đánh nặng không em"))
    assert "113" in said
    assert f"Báo động mã {code}: 1 = tôi nhận" in said
    assert await hoa.news() == []
    assert await duty.count() == 1  # It is no cry of her own.
    await mai.says("1")
    assert await duty.state() == (AlertState.TAKEN, duty.mai)


async def test_a_cry_of_her_own_below_the_letter_is_heard(duty: OnDuty) -> None:
    await duty.cries()
    mai = duty.chat("mai")
    await mai.says("chồng tui cũng đang đánh tui, cứu tui với")
    said = "\n".join(await mai.says("3"))
    assert "Chị có đang an toàn không?" in said
    assert await duty.count() == 2
    alert = await duty.alert()
    assert "đang đánh tui" in alert.words


async def test_the_end_is_asked_about_where_it_may_be_meant_for_her(duty: OnDuty) -> None:
    code = await duty.cries()
    mai, hoa = duty.chat("mai"), duty.chat("hoa")
    await mai.says("1")
    await hoa.news()
    assert f"khép mã {code}" in "\n".join(await mai.says("xong rồi, đưa chị ấy qua nhà mẹ rồi"))
    assert await hoa.news() == []
    await mai.says("1")
    assert (await duty.state())[0] is AlertState.CLOSED
    assert "nhà mẹ" in (await duty.last_step(code)).text


async def test_a_number_in_an_answer_is_asked_about_before_it_is_noted_or_sent(duty: OnDuty) -> None:
    code = await duty.cries()
    mai, hoa = duty.chat("mai"), duty.chat("hoa")
    await mai.says("1")
    await hoa.news()
    words = f"Ghi {code} bản chị nha"
    before = await duty.steps(code)
    assert f"ghi vào sổ mã {code} phải không" in "\n".join(await mai.says(words))
    assert "1 = gửi, 2 = không" in "\n".join(await mai.says("2"))
    assert await duty.steps(code) == before
    assert await hoa.news() == []
    await mai.says("1")
    assert any(words in text for text in await hoa.news())


async def test_what_quotes_another_womans_question_closes_no_alert(duty: OnDuty) -> None:
    await duty.gives_the_desk_to_mai()
    lan, mai = duty.chat("lan"), duty.chat("mai")
    await lan.says("gặp cán bộ")
    await lan.says(LOAN)
    await duty.cries()
    duty.clock.move(timedelta(minutes=1))
    await mai.says("1")
    assert "1 = gửi, 2 = không" in "\n".join(await mai.replies("Xong rồi nghen chị", to=LOAN))
    await mai.says("1")
    assert any("Xong rồi nghen chị" in text for text in await lan.news())
    assert (await duty.state())[0] is AlertState.TAKEN


async def test_a_number_that_names_no_alert_of_hers_leaves_an_answer_what_it_is(duty: OnDuty) -> None:
    binh, lan = duty.chat("binh"), duty.chat("lan")
    await lan.says("gặp cán bộ")
    await lan.says(LOAN)
    await binh.says("Ghi 2 bản chị nha")
    assert any("Ghi 2 bản chị nha" in text for text in await lan.news())


async def test_her_cadres_words_come_plain_to_a_woman_in_danger(duty: OnDuty) -> None:
    await duty.cries()
    mai, hoa = duty.chat("mai"), duty.chat("hoa")
    await mai.says("1")
    await hoa.news()
    await mai.replies("Em tới liền nghen chị", to="CHUYỆN RIÊNG")
    [message] = await hoa.new_messages()
    assert message.text.endswith("nhắn chị:\n\nEm tới liền nghen chị")
    assert message.choices == ()
    await mai.says("Chị khóa cửa lại nghen")
    await mai.says("1")
    [more] = await hoa.new_messages()
    assert "rõ" not in more.text


async def test_the_question_of_an_alert_is_not_passed_on_like_any_other(duty: OnDuty) -> None:
    code = await duty.cries()
    mai = duty.chat("mai")
    await mai.says("1")
    duty.clock.move(timedelta(minutes=2))
    said = "\n".join(await mai.replies("2", to="CHUYỆN RIÊNG"))
    assert f"KHONG {code}" in said
    assert not any("chồng đánh" in text for text in await duty.chat("binh").news())
    assert await duty.state() == (AlertState.TAKEN, duty.mai)


@pytest.mark.parametrize(("picks", "is_first"), [("1", True), ("2", False), ("mã {second}", False)])
async def test_of_two_women_the_lower_code_is_1(duty: OnDuty, picks: str, *, is_first: bool) -> None:
    first = await duty.cries()
    second = await duty.cries(address="lan")
    hoa, lan, mai = duty.chat("hoa"), duty.chat("lan"), duty.chat("mai")
    await mai.says(f"NHAN {first}")
    await mai.says(f"NHAN {second}")
    await hoa.news()
    await lan.news()
    words = "ra nhà trưởng ấp liền đi chị"
    lines = "\n".join(await mai.says(words)).split("\n")
    assert any(
        line.startswith("1 = chị đang cần giúp, nhắn lúc ") and f"(mã {first})" in line for line in lines
    )
    assert any(
        line.startswith("2 = chị đang cần giúp, nhắn lúc ") and f"(mã {second})" in line for line in lines
    )
    assert not any("chồng đánh" in line for line in lines)
    await mai.says(picks.format(second=second))
    assert any(words in text for text in await hoa.news()) is is_first
    assert any(words in text for text in await lan.news()) is not is_first


async def test_of_two_questions_the_lower_code_is_1_and_both_are_quoted(duty: OnDuty) -> None:
    async with duty.database.writing() as connection:
        await connection.execute(sa.update(staff).values(takes_questions=staff.c.id == duty.mai))
    hoa, lan, mai = duty.chat("hoa"), duty.chat("lan"), duty.chat("mai")
    for chat, asked in ((hoa, LOAN), (lan, "Lớp may ở xã khi nào khai giảng vậy")):
        await chat.says("gặp cán bộ")
        await chat.says(asked)
        duty.clock.move(timedelta(minutes=1))
    said = "\n".join(await mai.says("Tuần sau chị ghé văn phòng nghen"))
    assert f"1 = «{LOAN}»" in said
    assert "2 = «Lớp may ở xã khi nào khai giảng vậy»" in said
