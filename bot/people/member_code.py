"""A member's code, "HV 1234-7": what stands beside her name in lists, and what officers type or upload instead of a phone.

The last digit is a check (Luhn), so that a slip of the finger finds nobody instead of somebody else. It says no more than
the row's number: it opens nothing.
"""

import re

from bot.text import fold

_CODE = re.compile(r"hv[\s.:\-]*(\d{1,18})[\s.\-]*(\d)")


def code_of(member_id: int) -> str:
    return f"HV {member_id}-{_check_digit(member_id)}"


def read_code(typed: str) -> int | None:
    """The member's id in a text that is nothing but her code, however it is spaced. None for anything else."""
    found = looks_like_code(typed)
    if not found:
        return None
    number, check = found
    return number if check == _check_digit(number) else None


def looks_like_code(typed: str) -> tuple[int, int] | None:
    """The number and the check digit of what is written as a code, right or not."""
    if len(typed) > 60:
        return None
    found = _CODE.fullmatch(fold(typed.strip()))
    return (int(found[1]), int(found[2])) if found else None


def _check_digit(number: int) -> int:
    total = 0
    for place, digit in enumerate(reversed(str(number))):
        value = int(digit) * (2 if place % 2 == 0 else 1)
        total += value - 9 if value > 9 else value
    return -total % 10
