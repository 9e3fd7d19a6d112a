"""Whole-message words, with the marks that people leave out and those that make another word."""

import pytest

from bot.keywords import Keywords

WORDS = Keywords("thôi", "sửa", "hủy", "huỷ", "không làm nữa")


@pytest.mark.parametrize(
    "typed",
    ["thôi", "THÔI", "thoi", "Thôi!", "sua", "sửa.", "huy", "hủy", "huỷ", "khong lam nua", "không lam nữa"],
)
def test_a_word_is_known_with_its_marks_or_without(typed: str) -> None:
    assert typed in WORDS


@pytest.mark.parametrize(
    "typed", ["thới", "Thời", "sữa", "sứa", "huy chương", "", "thôi thôi", "x" * 100_000]
)
def test_other_marks_make_another_word(typed: str) -> None:
    assert typed not in WORDS
