"""Single answers given in chat: every way of writing one that we know of, and what must not be guessed."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.people.parsing import BirthYearProblem, parse_birth_year, parse_digit, parse_name, parse_yes_no

TODAY = date(2026, 11, 21)
TOO_YOUNG, IMPOSSIBLE, UNCLEAR = (
    BirthYearProblem.TOO_YOUNG,
    BirthYearProblem.IMPOSSIBLE,
    BirthYearProblem.NOT_UNDERSTOOD,
)

NAMES = {
    "Trần Thị Bé Ba": "Trần Thị Bé Ba",
    "nguyễn thị sáu": "Nguyễn Thị Sáu",
    "NGUYỄN THỊ SÁU": "Nguyễn Thị Sáu",
    "thach thi sa rinh": "Thach Thi Sa Rinh",
    "  lâm   thị  đào ": "Lâm Thị Đào",
    "toi ten la Son Thi Huong": "Son Thi Huong",
    "Tên em là Kim Thị Sol": "Kim Thị Sol",
    "dạ em tên Hoa ạ": "Hoa",
    "tui la ut lan": "Ut Lan",
    "Họ và tên: Lý Thị Mai": "Lý Thị Mai",
    "họ tên Lý Thị Mai.": "Lý Thị Mai",
    "em tên là Danh Thị Thu nha": "Danh Thị Thu",
    "tên của tui là Mười": "Mười",
    "La Thị Hoa": "La Thị Hoa",
    "la thi hoa": "La Thi Hoa",
    "Chi": "Chi",
    "Sao Mai": "Sao Mai",
    "H'Hen Niê": "H'Hen Niê",
    "H’Hen Niê": "H'Hen Niê",
    "Lê-Thị Hà": "Lê-Thị Hà",
    "ថាច់ ធីតា": "ថាច់ ធីតា",
    "Nguye\u0302\u0303n Thi\u0323 Ha": "Nguyễn Thị Ha",
    "Mary O'Neil": "Mary O'Neil",
    "A": None,
    "": None,
    "1": None,
    "Lan 1985": None,
    "http://a.vn": None,
    "lan.com": None,
    "Chị tên gì?": None,
    "em hỏi cái gì": None,
    "lam sao vay tien": None,
    "không": None,
    "xin chào": None,
    "🙂🙂": None,
    "a" * 81: None,
    "x " * 5000: None,
    "<b>Lan</b>": None,
    "=cmd": None,
    "Иванова": None,
    "--": None,
    "tên em là": None,
    "\u202eLan Anh": None,
}


@pytest.mark.parametrize("text", NAMES)
def test_a_name_is_taken_as_a_person_gives_it(text: str) -> None:
    assert parse_name(text) == NAMES[text]


YEARS: dict[str, int | BirthYearProblem] = {
    "1985": 1985,
    "sinh năm 85": 1985,
    "nam 1985": 1985,
    "em sinh năm 1985 ạ": 1985,
    "20/10/1985": 1985,
    "20-10-1985": 1985,
    "20.10.85": 1985,
    "20 10 1985": 1985,
    "20101985": 1985,
    "10/1985": 1985,
    "85": 1985,
    "sn 72": 1972,
    "'85": 1985,
    "១៩៨៥": 1985,
    "１９８５": 1985,
    "05": 2005,
    "năm 2005": 2005,
    "08": 2008,
    "38 tuoi": 1988,
    "38 tuổi": 1988,
    "em 38t": 1988,
    "sinh 1985, có 2 con": 1985,
    "sinh năm 85 tuổi Sửu": 1985,
    "sinh năm 38": 1938,
    "1938": 1938,
    "38": UNCLEAR,  # 38 years old, or born in 1938?
    "25": UNCLEAR,
    "10": TOO_YOUNG,
    "2015": TOO_YOUNG,
    "15 tuổi": TOO_YOUNG,
    "20/12/2008": TOO_YOUNG,  # She is 18 in a month.
    "20/11/2008": 2008,
    "2027": IMPOSSIBLE,
    "1885": IMPOSSIBLE,
    "200 tuổi": IMPOSSIBLE,
    "0000": IMPOSSIBLE,
    "45/13/1985": UNCLEAR,
    "31/02/1985": UNCLEAR,
    "1985 hay 1986": UNCLEAR,
    "20/10/1985 21/10/1986": UNCLEAR,
    "0912345678": UNCLEAR,
    "khong nho": UNCLEAR,
    "": UNCLEAR,
    "5": UNCLEAR,
    "85 86": UNCLEAR,
    "1985" * 100: UNCLEAR,
}


@pytest.mark.parametrize("text", YEARS)
def test_a_birth_year_is_read_or_the_problem_named(text: str) -> None:
    assert parse_birth_year(text, TODAY) == YEARS[text]


YES_NO = {
    True: ["1", "có", "co", "Có ạ", "dạ có", "đồng ý", "dong y", "Em đồng ý nha", "ok", "OK!", "dạ", "da", "vâng", "dạ vâng",
           "đúng", "đúng rồi", "phải", "được", "dc", "ừ", "số 1", "1.", "①", "១", "👍", "chịu", "đồng ý 🙂"],
    False: ["2", "không", "khong", "ko", "KO", "k", "hông", "hong", "hổng", "hok", "không ạ", "dạ không", "không đồng ý",
            "khong dong y", "chưa đồng ý", "thôi không", "không phải", "sai", "số 2", "២", "👎"],
    None: ["vang", "vắng", "dung", "dung roi", "dừng", "dùng", "cô", "hồng", "đã", "phai", "có không", "khong biet", "3", "0", "12",
           "", "?", "tui ở Kế An", "co 2 con", "vay von", "1 2", "có" * 1000],
}  # fmt: skip


@pytest.mark.parametrize(
    ("text", "expected"), [(text, key) for key, texts in YES_NO.items() for text in texts]
)
def test_yes_and_no_are_understood_and_anything_between_is_asked_again(
    text: str, expected: bool | None
) -> None:
    assert parse_yes_no(text) is expected


DIGITS = {
    "1": 1, "so 1": 1, "số 2": 2, "1.": 1, "chọn 3": 3, "chon so 3": 3, "①": 1, "១": 1, "៣": 3, "１": 1, " 2 ": 2, "2)": 2,
    "(2)": 2, "#2": 2, "1️⃣": 1, "em chọn số 2 ạ": 2, "dạ 1": 1, "02": 2, "0": 0, "số3": 3, "câu 1": 1, "9": None, "10": None,
    "": None, "một": None, "1 2": None, "1/2": None, "1985": None, "-1": None, "1a2": None, "²": 2, "1" * 5000: None, "½": None,
}  # fmt: skip


@pytest.mark.parametrize("text", DIGITS)
def test_a_digit_is_read_in_every_script(text: str) -> None:
    assert parse_digit(text, 8) == DIGITS[text]


@given(st.text())
def test_no_text_breaks_a_parser(text: str) -> None:
    name = parse_name(text)
    assert name is None or (2 <= len(name) <= 80 and not any(letter.isdigit() for letter in name))
    year = parse_birth_year(text, TODAY)
    assert isinstance(year, BirthYearProblem) or 1916 <= year <= 2008
    parse_yes_no(text)
    digit = parse_digit(text, 5)
    assert digit is None or 0 <= digit <= 5


@given(st.from_regex(r"[0-9/. tuoinamsi៣]{0,20}", fullmatch=True))
def test_no_mixture_of_figures_breaks_a_parser(text: str) -> None:
    parse_birth_year(text, TODAY)
    parse_digit(text, 5)


@pytest.mark.parametrize("text", ["a", "1", "1 ", "ế", "🙂", "ខ្មែរ", "tên ", "dạ ", "\x00"])
def test_a_hundred_kilobytes_are_no_answer(text: str) -> None:
    long = text * (100_000 // len(text))
    assert parse_name(long) is None
    assert parse_birth_year(long, TODAY) is UNCLEAR
    assert parse_yes_no(long) is None
    assert parse_digit(long, 9) is None
