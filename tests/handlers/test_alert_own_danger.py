"""What whoever has an alert writes to the woman goes to her at once, though it sounds like danger; a cry of the writer's own is heard."""

from datetime import timedelta

import pytest

from handlers.cadres.own_cries import Whose, whose
from tests.handlers.on_duty import OnDuty

URGENT = [
    "Chị khóa cửa lại, đừng mở cho ổng, công an đang tới",
    "Chị đã báo công an rồi, chị ở yên trong nhà nghen",
    "Ổng còn đánh chị không",
    "Em tới liền nghen chị",
    "Dạ gọi em số này nghen",
    "Ổng có cầm dao đòi giết chị không",
]
UNSURE = "ổng đang cầm dao đòi giết ngoài cửa kìa, cứu"
OWN = "chồng tui cũng đang đánh tui, cứu tui với"


async def taken(duty: OnDuty) -> None:
    await duty.cries()
    await duty.chat("mai").says("1")
    duty.clock.move(timedelta(minutes=2))
    await duty.chat("hoa").news()


@pytest.mark.parametrize("words", URGENT)
async def test_urgent_words_go_at_once(duty: OnDuty, words: str) -> None:
    await taken(duty)
    said = "\n".join(await duty.chat("mai").says(words))
    assert any(words in text for text in await duty.chat("hoa").news())
    assert "Chính chị" not in said
    assert await duty.count() == 1


@pytest.mark.parametrize("words", ["Ổng còn đánh chị không", "Ổng có cầm dao đòi giết chị không"])
@pytest.mark.parametrize("answers", [True, False])
async def test_urgent_words_go_at_once_after_others(duty: OnDuty, words: str, *, answers: bool) -> None:
    await taken(duty)
    hoa, mai = duty.chat("hoa"), duty.chat("mai")
    await mai.says("chị ơi, em tới liền")
    if answers:
        await hoa.says("ổng đang đánh em nữa, cứu em")
    await hoa.news()
    await mai.says(words)
    assert any(words in text for text in await hoa.news())
    assert await duty.count() == 1


async def test_in_doubt_they_go_and_she_is_asked_how_it_is_with_herself(duty: OnDuty) -> None:
    await taken(duty)
    hoa, mai = duty.chat("hoa"), duty.chat("mai")
    said = "\n".join(await mai.says(UNSURE))
    assert any(UNSURE in text for text in await hoa.news())
    assert "113" in said
    assert "1 = có, em báo người trực ngay" in said
    assert await duty.count() == 1
    assert "hiểu" in "\n".join(await mai.says("2"))
    assert await duty.count() == 1


@pytest.mark.parametrize("answer", ["1", "có", OWN])
async def test_who_says_that_it_is_she_is_heard(duty: OnDuty, answer: str) -> None:
    await taken(duty)
    hoa, mai = duty.chat("hoa"), duty.chat("mai")
    await mai.says(UNSURE)
    await hoa.news()
    assert "Chị có đang an toàn không?" in "\n".join(await mai.says(answer))
    assert await duty.count() == 2
    assert UNSURE in (await duty.alert()).words
    assert await hoa.news() == []


async def test_more_for_her_goes_on_although_she_was_asked_how_it_is_with_herself(duty: OnDuty) -> None:
    await taken(duty)
    hoa, mai = duty.chat("hoa"), duty.chat("mai")
    await mai.says(UNSURE)
    await hoa.news()
    await mai.says("Ổng còn đánh chị không")
    assert any("Ổng còn đánh chị không" in text for text in await hoa.news())
    assert await duty.count() == 1


async def test_what_is_written_after_an_answer_goes_to_her_at_once_too(duty: OnDuty) -> None:
    await taken(duty)
    hoa, mai = duty.chat("hoa"), duty.chat("mai")
    for words in ("Em tên Mai bên Hội xã", "Chị ăn cơm chưa", "Lát em ghé nhà nghen"):
        assert "1 = gửi" not in "\n".join(await mai.says(words))
        assert any(words in text for text in await hoa.news())


async def test_where_another_waits_too_it_is_asked_whose_it_is(duty: OnDuty) -> None:
    await duty.gives_the_desk_to_mai()
    await taken(duty)
    hoa, lan, mai = duty.chat("hoa"), duty.chat("lan"), duty.chat("mai")
    await mai.says("Em tên Mai bên Hội xã")
    await hoa.news()
    await lan.says("gặp cán bộ")
    await lan.says("Lớp may khi nào khai giảng")
    await mai.says("Chị ăn cơm chưa")
    assert await hoa.news() == []
    assert not any("ăn cơm" in text for text in await lan.news())


async def test_a_cry_of_her_own_goes_to_nobody_unasked(duty: OnDuty) -> None:
    await taken(duty)
    hoa, mai = duty.chat("hoa"), duty.chat("mai")
    await hoa.news()
    said = "\n".join(await mai.says(OWN))
    assert "113" in said
    assert "1 = gửi, 2 = không" in said
    assert await hoa.news() == []
    assert "Chị có đang an toàn không?" in "\n".join(await mai.says("2"))
    assert await hoa.news() == []
    assert await duty.count() == 2


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        *((words, Whose.HERS) for words in URGENT),
        ("ổng mà đánh chị thì chị gọi tui liền", Whose.HERS),
        ("em chạy ra khỏi nhà liền đi", Whose.HERS),
        ("công an đang tới cứu mấy mẹ con", Whose.HERS),
        ("Chồng em còn đánh em không?", Whose.UNSURE),
        ("chồng em đánh em quá, em phải làm sao", Whose.UNSURE),
        ("chị bị ổng đánh ở đâu", Whose.UNSURE),
        ("ổng đang đập cửa", Whose.UNSURE),
        (OWN, Whose.OWN),
        ("chong danh em chi oi", Whose.OWN),
        ("em bị chồng đánh, cứu em với chị", Whose.OWN),
        ("tui không muốn sống nữa", Whose.OWN),
        ("ổng dọa giết tôi", Whose.OWN),
    ],
)
def test_whose_danger_words_are_about(words: str, expected: Whose) -> None:
    assert whose(words) is expected
