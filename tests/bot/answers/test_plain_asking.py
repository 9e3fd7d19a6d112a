"""What officers see of a question: what it is about, and nothing of who asked."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.answers.plain_asking import MOST_UNITS, plain
from bot.text import utf16_length

CASES = [
    ("Tôi tên Nguyễn Thị Lan ở ấp 3 muốn vay 50 triệu, sđt 0912 345 678", "Tôi tên … ở ấp 3 muốn vay …, sđt …"),
    ("toi ten nguyen thi lan o ap 3 muon vay 50tr", "toi ten … o ap 3 muon vay …"),
    ("em là Trần Ngọc Bích, CCCD 094185001234", "em là …, CCCD …"),
    ("chồng tôi là nguyễn văn bé đánh bạc", "chồng tôi là … đánh bạc"),
    ("bà Thạch Thị Sa Rươne mượn 2 tỷ 5", "bà … mượn …"),
    ("NGUYEN THI LAN HOI VAY VON", "… HOI VAY VON"),
    ("toi ten lan o ap 3", "toi ten … o ap 3"),
    ("chị Lan chủ tịch hội xã số mấy", "chị … chủ tịch hội xã số mấy"),
    ("nhà ở số nhà 12/3 đường Lê Lợi", "nhà ở số nhà … đường Lê Lợi"),
    ("vay năm chục triệu lãi bao nhiêu", "vay … lãi bao nhiêu"),
    ("a@b.vn gọi +84 (0)912.345.678", "… gọi …"),
    ("sinh ngày 20/10/1985 có vô hội được không", "sinh ngày … có vô hội được không"),
    ("ខ្ញុំចង់ខ្ចីលុយ ៥០ លាន លេខ ០៩១២៣៤៥៦៧៨", "ខ្ញុំចង់ខ្ចីលុយ … លេខ …"),
]  # fmt: skip

UNCHANGED = [
    "Chị Hội ơi cho hỏi vay vốn",
    "Quyết định 01/QĐ-TTg là gì",
    "nghị định 39/2026/NĐ-CP nói gì",
    "năm học 2025-2026 học phí sao",
    "thai sản 6 tháng được nghỉ mấy ngày",
    "bao hiem y te 5 nam lien tuc",
    "xã Nguyễn Huân sáp nhập rồi hả",
    "đi Châu Thành làm giấy tờ",
    "ten hop tac xa dat sao cho dung",
    "hội tên là gì vậy em",
    "cô Bí thư chi bộ, Chị Chủ tịch Hội",
    "Luật Bình đẳng giới",
    "តើខ្ញុំអាចខ្ចីលុយបានទេ",
    "ខ្ញុំចង់ចូលសមាគមនារី តើធ្វើយ៉ាងម៉េច",
]


@pytest.mark.parametrize(("text", "left"), CASES)
def test_names_and_numbers_of_persons_are_taken_out(text: str, left: str) -> None:
    assert plain(text) == left


@pytest.mark.parametrize("text", UNCHANGED)
def test_what_the_question_is_about_stays(text: str) -> None:
    assert plain(text) == text


@given(st.text(max_size=300))
def test_any_text_is_taken_and_cut(text: str) -> None:
    assert utf16_length(plain(text * 5)) <= MOST_UNITS


@given(st.text(alphabet=[chr(code) for code in range(0x1780, 0x17DE)], max_size=80))
def test_khmer_comes_through_unharmed(text: str) -> None:
    assert plain(text) == text or "ឈ្មោះ" in text


@given(st.integers(10**8, 10**9 - 1))
def test_no_telephone_number_is_left(number: int) -> None:
    digits = f"0{number}"
    for written in (digits, f"{digits[:4]} {digits[4:7]} {digits[7:]}", f"{digits[:4]}.{digits[4:]}"):
        assert not any(char.isdigit() for char in plain(f"gọi em số {written} nha"))
