"""The matcher through its public door: what it finds, how sure it is, and what no text can do to it."""

import time
import unicodedata
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.answers import Entry, Matcher, Rung, choose
from bot.answers.bank import read_bank
from bot.text import fold

CONTENT = Path(__file__).parents[3] / "config" / "content"

BANK = [
    Entry("JOIN", ("Muốn vào Hội thì làm sao?", "Đăng ký hội viên ở đâu", "thu tuc vao hoi")),
    Entry("LOAN", ("Vay vốn hội phụ nữ như thế nào", "tui muốn vay tiền nuôi bò")),
    Entry("FEE", ("Hội phí bao nhiêu?", "đóng hội phí ở đâu")),
    Entry("KHMER", ("ចង់ខ្ចីទុនពីធនាគារ", "ខ្ចីទុនត្រូវធ្វើដូចម្តេច")),
    Entry("KHMER-FEE", ("បង់ថ្លៃសេវាប៉ុន្មាន",)),
]


@pytest.fixture(scope="module")
def matcher() -> Matcher:
    return Matcher.build(BANK)


@pytest.fixture(scope="module")
def whole_bank() -> Matcher:
    entries = read_bank(CONTENT / "faq.vi.yaml").entries
    return Matcher.build(Entry(e.entry_id, (e.question, *e.phrasings)) for e in entries)


@pytest.mark.parametrize(
    ("text", "entry_id"),
    [
        ("tui muốn vay tiền nuôi bò", "LOAN"),
        ("TUI MUON VAY TIEN", "LOAN"),
        ("vay tiền nuôi heo", "LOAN"),
        ("vay tiefn nuooi bo", "LOAN"),
        ("dang ki hoi vien", "JOIN"),
        ("hội phí bn", "FEE"),
        ("ខ្ចី ទុន", "KHMER"),
        ("ខ្ញុំ\u200bចង់\u200bខ្ចី\u200bទុន", "KHMER"),
        ("បង់ថ្លៃ", "KHMER-FEE"),
        ("hộі phí bао nhiêu", "FEE"),  # Two letters are Cyrillic.
        ("ch\u200bo hỏi hội\ufeff phí bao nhiêu ạ", "FEE"),
        ("dki hvien o dau", "JOIN"),
        ("vayvon hpn ntn", "LOAN"),
    ],
)
def test_entry_is_found_as_people_type(matcher: Matcher, text: str, entry_id: str) -> None:
    assert matcher.search(text)[0].entry_id == entry_id


def test_best_comes_first_and_no_more_than_the_limit(matcher: Matcher) -> None:
    found = matcher.search("hội phí vay vốn ở đâu", limit=2)
    assert len(found) == 2
    assert found[0].score >= found[1].score
    assert matcher.search("hội phí", limit=0) == []


def test_confidence_does_not_depend_on_the_limit(matcher: Matcher) -> None:
    assert matcher.search("hội phí ở đâu", limit=1) == matcher.search("hội phí ở đâu", limit=5)[:1]


def test_case_makes_no_difference_and_marks_hardly_any(whole_bank: Matcher) -> None:
    for text in ("Hội viên có nhiệm vụ gì?", "Mẹ đỡ đầu là sao", "Đề án 01 là gì"):
        (with_marks, *_), (without, *_) = whole_bank.search(text), whole_bank.search(fold(text))
        assert whole_bank.search(text) == whole_bank.search(text.upper())
        assert with_marks.entry_id == without.entry_id
        assert with_marks.confidence == pytest.approx(without.confidence, abs=0.02)


def test_own_phrasing_is_nearly_certain_and_foreign_talk_is_not(whole_bank: Matcher) -> None:
    assert choose(whole_bank.search("Hội viên có nhiệm vụ gì?")).rung is Rung.ANSWER
    for text in ("giá vàng hôm nay", "đội nào vô địch bóng đá năm 1998", "cách nấu bún riêu"):
        assert all(match.confidence < 0.4 for match in whole_bank.search(text))


def test_a_question_buried_in_a_story_is_found(whole_bank: Matcher) -> None:
    story = (
        "Chào em. Nhà chị ở ấp xa lắm, năm ngoái mưa bão tốc hết mái, chồng chị đi làm hồ trên Bình Dương mấy tháng mới về "
        "một lần. Hai đứa nhỏ ở với bà ngoại. Hôm bữa chị nghe mấy chị em nói chuyện mà chị không rành. "
        "Cho chị hỏi bảo hiểm y tế hộ gia đình đóng bao nhiêu vậy em? Cảm ơn em nhiều lắm."
    )
    assert "INS-04" in [match.entry_id for match in whole_bank.search(story)]


def test_an_answer_helps_to_find_its_entry() -> None:
    entries = [
        Entry("A", ("Hội hỗ trợ gì",), "Nuôi bò, nuôi heo."),
        Entry("B", ("Hội hỗ trợ ai",), "Trẻ em."),
        Entry("C", ("nuôi heo",)),
    ]
    assert Matcher.build(entries).search("hội hỗ trợ heo")[0].entry_id == "A"


def test_evidence_is_of_the_entry_that_search_finds(whole_bank: Matcher) -> None:
    found = whole_bank.evidence("hội phí đóng ở đâu")
    assert found is not None
    assert found[0] == whole_bank.search("hội phí đóng ở đâu")[0].entry_id
    assert whole_bank.evidence("😀") is None


@given(st.text(max_size=60))
@settings(max_examples=100, deadline=None)
def test_composed_and_decomposed_find_the_same(whole_bank: Matcher, text: str) -> None:
    composed = whole_bank.search(unicodedata.normalize("NFC", text))
    assert composed == whole_bank.search(unicodedata.normalize("NFD", text))


def test_two_entries_asked_alike_share_the_confidence() -> None:
    twins = Matcher.build([Entry("A", ("Hội phí bao nhiêu",)), Entry("B", ("hoi phi bao nhieu",))])
    first, second = twins.search("hoi phi bao nhieu")
    assert first.confidence == pytest.approx(0.5)
    assert 0.4 < second.confidence <= first.confidence


def test_entry_given_in_two_parts_is_one_entry() -> None:
    parts = Matcher.build([Entry("A", ("Hội phí bao nhiêu",)), Entry("A", ("hội phí đóng ở đâu",))])
    assert [match.entry_id for match in parts.search("hội phí")] == ["A"]


@pytest.mark.parametrize("text", ["", "   ", "\n\t", "😀😀", "?!…", "\u200b", "\u0301\u0323", "qqqq wwww"])
def test_text_that_shares_nothing_finds_nothing(matcher: Matcher, text: str) -> None:
    assert matcher.search(text) == []


def test_empty_bank_and_empty_phrasings_find_nothing() -> None:
    assert Matcher.build([]).search("hội phí") == []
    assert Matcher.build([Entry("A", ()), Entry("B", ("", "😀"))]).search("hội phí") == []


@pytest.mark.parametrize(
    "text", ["vay vốn nuôi bò " * 6500, "a" * 100_000, "ខ្ចី" * 25_000, "😀" * 50_000, "\ud800 vay"]
)
def test_any_text_is_answered_quickly(whole_bank: Matcher, text: str) -> None:
    began = time.process_time()
    whole_bank.search(text)
    assert time.process_time() - began < 0.5


@given(text=st.text(max_size=80) | st.text(alphabet="vay von hoi phi dang ky ០១ខ្ចីទុន?", max_size=60))
@settings(max_examples=150, deadline=None)
def test_confidences_are_probabilities_that_fall_and_sum_to_at_most_one(text: str) -> None:
    found = Matcher.build(BANK).search(text, limit=5)
    sure = [match.confidence for match in found]
    assert all(0 <= p <= 1 for p in sure)
    assert sure == sorted(sure, reverse=True)
    assert sum(sure) <= 1 + 1e-9
    assert all(0 < match.score <= 1 for match in found)
    assert len({match.entry_id for match in found}) == len(found)
