"""Telephone numbers as people write them."""

import phonenumbers
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.phone import display_phone, mask_phone, parse_phone

NUMBERS = {
    "0912345678": "+84912345678",
    "0912 345 678": "+84912345678",
    "0912.345.678": "+84912345678",
    "0912-345-678": "+84912345678",
    "84912345678": "+84912345678",
    "+84912345678": "+84912345678",
    "+84 (0)912 345 678": "+84912345678",
    "(+84) 912 345 678": "+84912345678",
    "số em là 0912345678 ạ": "+84912345678",
    "sđt: 0369 123 456": "+84369123456",
    "0299 3822 333": "+842993822333",
    "០៩១២៣៤៥៦៧៨": "+84912345678",
    "0912345678 hoặc 0912 345 678": "+84912345678",
    "0912345678, 0987654321": None,
    "091234567": None,
    "09123456789": None,
    "01234567890": None,
    "111": None,
    "113": None,
    "1900 96 96 80": None,
    "1800 1567": None,
    "+1 650 253 0000": None,
    "không có": None,
    "": None,
    "0912345678" * 100: None,
    "079123456789": None,
}


@pytest.mark.parametrize("text", NUMBERS)
def test_a_personal_vietnamese_number_is_taken_and_nothing_else(text: str) -> None:
    assert parse_phone(text) == NUMBERS[text]


def test_a_number_is_shown_as_dialled_at_home() -> None:
    assert display_phone("+84912345678") == "0912 345 678"
    assert parse_phone(display_phone("+84912345678")) == "+84912345678"
    assert display_phone("+16502530000") == "+1 650-253-0000"
    assert display_phone("hỏng") == "hỏng"


def test_a_masked_number_keeps_its_last_three_digits_only() -> None:
    assert mask_phone("+84912345678") == "•••• ••• 678"
    assert mask_phone("113") == "•••"


@given(st.one_of(st.text(), st.text("0123456789+-.() ", max_size=40)))
def test_no_text_breaks_the_parser_and_what_is_taken_is_valid(text: str) -> None:
    number = parse_phone(text)
    if number:
        assert phonenumbers.is_valid_number(phonenumbers.parse(number))
        display_phone(number)
    mask_phone(text)
    display_phone(text)
