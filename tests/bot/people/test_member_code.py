import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.people.member_code import code_of, looks_like_code, read_code


@given(st.integers(1, 10**15))
def test_a_code_is_read_back_and_one_wrong_digit_finds_nobody(member_id: int) -> None:
    code = code_of(member_id)
    assert read_code(code) == member_id
    for place, sign in enumerate(code):
        if sign.isdigit():
            wrong = code[:place] + str((int(sign) + 1) % 10) + code[place + 1 :]
            assert read_code(wrong) is None


@pytest.mark.parametrize("typed", ["HV 7-5", "hv7-5", "hv 7 5", "HV.75", " HV-7-5 "])
def test_it_is_read_however_it_is_spaced(typed: str) -> None:
    assert read_code(typed) == 7


@pytest.mark.parametrize(
    "typed", ["", "HV", "HV 7", "7-5", "0912 345 678", "HV 7-4", "HV x-5", "HV " + "9" * 60]
)
def test_anything_else_is_no_code(typed: str) -> None:
    assert read_code(typed) is None


def test_a_slip_is_known_as_one() -> None:
    assert looks_like_code("HV 7-4") == (7, 4)
    assert looks_like_code("Hội viên 7") is None
